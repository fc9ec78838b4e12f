//! The Hat layer: what sits on, grows from or floats above the crown of any head.
//!
//! A brim is at most as wide as the crown between the ears, and follows the curve that all heads share there.

use super::canvas::{Canvas, LINE};
use super::figure::CROWN;
use super::palette::{BERRY, BUTTER, CORAL, CREAM, GOLD, GRAPE, INK, LEAF, PINK, Rgb, SKY, TEAL, WHITE, lit};
use super::shape::{MIDDLE, Point, Shape, blob, circle, curve, ellipse, on_circle, polygon};
use super::{Sketch, sketch};

pub(super) const TRAITS: &[Sketch] = &[
    sketch("Beanie", 24, beanie),
    sketch("Party Hat", 20, party_hat),
    sketch("Sprout", 20, sprout),
    sketch("Flower Crown", 16, flower_crown),
    sketch("Top Hat", 10, top_hat),
    sketch("Crown", 5, crown),
    sketch("Halo", 2, halo),
];

/// The line along which a hat meets the head, `half` units to either side of the middle.
fn brim(half: f32, drop: f32) -> Shape {
    let (x, y) = CROWN;
    let at = |u: f32| (x + u * half, y + 2.6 + drop * u * u);
    curve(&[at(-1.0), at(-0.5), at(0.0), at(0.5), at(1.0)])
}

fn beanie(c: &mut Canvas) {
    let dome = blob(&[(30.0, 31.0), (33.0, 18.0), (50.0, 9.5), (67.0, 18.0), (70.0, 31.0), (50.0, 29.0)]);
    c.cel_with(&dome, CORAL, |c| {
        let rib = curve(&[(50.0, 9.0), (50.0, 30.0)]).and(&curve(&[(48.0, 9.0), (41.0, 17.0), (39.0, 30.0)]));
        c.stroke(&rib.on_both_sides(), 0xdd_5a_66, LINE);
        c.gloss((39.5, 17.0), 3.2, 1.5, CORAL);
    });
    c.cel(&brim(19.5, 4.6).thickened(7.6), CREAM);
    for x in [34.5, 39.5, 44.8] {
        let y = 27.1 + 4.6 * ((x - MIDDLE) / 19.5) * ((x - MIDDLE) / 19.5);
        c.stroke(&curve(&[(x, y - 1.7), (x, y + 1.7)]).on_both_sides(), 0xe2_cd_c0, LINE);
    }
    pompom(c, (50.0, 8.5), 5.4, CREAM);
}

fn pompom(c: &mut Canvas, centre: Point, radius: f32, rgb: Rgb) {
    let tuft = |i: u8| {
        on_circle(centre, if i.is_multiple_of(2) { radius } else { radius * 0.84 }, f32::from(i) * 18.0)
    };
    c.cel(&blob(&(0..20).map(tuft).collect::<Vec<_>>()), rgb);
}

fn party_hat(c: &mut Canvas) {
    const TILT: f32 = 7.0;
    let cone =
        polygon(&[(50.0, 2.5), (62.5, 27.0), (57.0, 29.4), (50.0, 30.2), (43.0, 29.4), (37.5, 27.0)], 1.4);
    let band = |y: f32| curve(&[(30.0, y - 4.0), (50.0, y), (70.0, y - 4.0)]).turned(TILT, CROWN);
    c.cel_with(&cone.turned(TILT, CROWN), TEAL, |c| {
        for (y, rgb) in [(12.5, BUTTER), (19.5, PINK), (26.5, BUTTER)] {
            c.stroke(&band(y), rgb, 2.8);
        }
    });
    pompom(c, (52.4, 4.8), 3.6, BUTTER);
}

fn sprout(c: &mut Canvas) {
    let stem = curve(&[(50.0, 26.0), (49.6, 20.0), (50.4, 14.5)]);
    c.stroke(&stem, INK, 3.8);
    c.stroke(&stem, LEAF, 1.6);
    let leaf = blob(&[(50.2, 14.8), (54.0, 7.8), (63.5, 5.0), (66.8, 7.0), (63.5, 13.0), (56.5, 16.6)]);
    let vein = curve(&[(53.5, 13.4), (57.5, 10.8), (61.5, 8.8)]);
    c.cel(&leaf, LEAF);
    c.stroke(&vein, lit(LEAF), LINE * 0.9);
    let other = |shape: &Shape| shape.mirrored().turned(-10.0, (50.0, 15.0));
    c.cel(&other(&leaf), LEAF);
    c.stroke(&other(&vein), lit(LEAF), LINE * 0.9);
}

fn flower_crown(c: &mut Canvas) {
    let vine = curve(&[(29.0, 34.0), (39.0, 28.6), (50.0, 27.0), (61.0, 28.6), (71.0, 34.0)]);
    c.stroke(&vine, INK, 4.2);
    c.stroke(&vine, LEAF, 1.9);
    for (x, y) in [(34.3, 27.2), (43.5, 23.8)] {
        c.cel(&ellipse((x, y), 1.9, 3.2).turned(-25.0, (x, y)).on_both_sides(), LEAF);
    }
    let flowers = [
        ((29.5, 33.0), 4.2, SKY),
        ((70.5, 33.0), 4.2, SKY),
        ((39.0, 28.2), 4.8, BUTTER),
        ((61.0, 28.2), 4.8, BUTTER),
        ((50.0, 26.2), 5.6, PINK),
    ];
    for (centre, size, rgb) in flowers {
        flower(c, centre, size, rgb);
    }
}

fn flower(c: &mut Canvas, centre: Point, size: f32, rgb: Rgb) {
    let petal = |i: u8| circle(on_circle(centre, size * 0.58, f32::from(i) * 72.0), size * 0.48);
    let petals = (1..5).fold(petal(0), |all, i| all.and(&petal(i)));
    c.line(&petals);
    c.fill(&petals, rgb);
    c.fill(&circle(centre, size * 0.3), if rgb == BUTTER { CORAL } else { GOLD });
}

fn top_hat(c: &mut Canvas) {
    let felt: Rgb = 0x5d_4a_86;
    let pipe = blob(&[
        (37.5, 7.0),
        (50.0, 5.4),
        (62.5, 7.0),
        (61.0, 16.0),
        (61.2, 27.0),
        (50.0, 29.4),
        (38.8, 27.0),
        (39.0, 16.0),
    ]);
    c.cel_with(&pipe, felt, |c| {
        c.stroke(&curve(&[(34.0, 20.4), (50.0, 23.4), (66.0, 20.4)]), BERRY, 4.4);
        c.stroke(&curve(&[(42.2, 9.8), (42.2, 16.0)]), lit(felt), 1.8);
    });
    c.cel(&brim(19.0, 2.6).thickened(4.6), felt);
}

fn crown(c: &mut Canvas) {
    let outline = polygon(
        &[
            (36.0, 27.6),
            (33.5, 11.5),
            (42.6, 18.6),
            (50.0, 8.0),
            (57.4, 18.6),
            (66.5, 11.5),
            (64.0, 27.6),
            (57.5, 29.4),
            (50.0, 30.0),
            (42.5, 29.4),
        ],
        1.0,
    );
    c.cel_with(&outline, GOLD, |c| {
        c.stroke(&curve(&[(34.0, 24.0), (50.0, 26.4), (66.0, 24.0)]), lit(GOLD), 1.6);
    });
    for (centre, radius, rgb) in
        [((33.5, 11.0), 2.0, SKY), ((66.5, 11.0), 2.0, SKY), ((50.0, 7.4), 2.4, CORAL)]
    {
        c.cel(&circle(centre, radius), rgb);
    }
    for (x, y, rgb) in [(42.0, 21.8, GRAPE), (50.0, 22.0, BERRY), (58.0, 21.8, GRAPE)] {
        c.fill(&ellipse((x, y), 1.3, 1.8), rgb);
    }
}

fn halo(c: &mut Canvas) {
    let ring = ellipse((50.0, 13.0), 15.0, 4.6);
    for (rgb, width) in [(INK, 5.6), (GOLD, 3.0)] {
        c.stroke(&ring, rgb, width);
    }
    c.stroke(&curve(&[(37.0, 10.8), (42.0, 9.3), (48.0, 8.5)]), WHITE, 1.1);
}
