//! The Clothes layer: six outfits cut for the one torso, drawn before the head so that collars go round behind it.

use super::canvas::{Canvas, LINE};
use super::figure::{cuff, sleeve, torso};
use super::palette::{
    BERRY, BUTTER, CORAL, CREAM, DENIM, GOLD, GRAPE, INK, MUSTARD, NAVY, Rgb, SKY, TEAL, WHITE, lit, shaded,
};
use super::shape::{Point, Shape, circle, curve, ellipse, heart, polygon, rounded_rect};
use super::{Sketch, sketch};

pub(super) const TRAITS: &[Sketch] = &[
    sketch("Knitted Sweater", 30, knitted_sweater),
    sketch("Sailor Stripes", 30, sailor_stripes),
    sketch("Hoodie", 25, hoodie),
    sketch("Dungarees", 20, dungarees),
    sketch("Bow Tie", 10, bow_tie),
    sketch("Space Suit", 3, space_suit),
];

/// Trunk with its pattern, then both sleeves over it with theirs.
fn garment(c: &mut Canvas, rgb: Rgb, front: impl FnOnce(&mut Canvas), sleeves: impl FnOnce(&mut Canvas)) {
    c.cel_with(&torso(), rgb, front);
    c.cel_with(&sleeve().on_both_sides(), rgb, sleeves);
}

fn cuffs(c: &mut Canvas, rgb: Rgb) {
    c.cel(&cuff().on_both_sides(), rgb);
}

/// A band round the chest that sags as knitwear does.
fn hoop(y: f32) -> Shape {
    curve(&[(18.0, y - 3.0), (35.0, y), (50.0, y + 1.0), (65.0, y), (82.0, y - 3.0)])
}

/// A collar round behind the head.
fn collar(c: &mut Canvas, rgb: Rgb, width: f32) {
    c.cel(
        &curve(&[(36.0, 66.5), (42.0, 70.8), (50.0, 72.2), (58.0, 70.8), (64.0, 66.5)]).thickened(width),
        rgb,
    );
}

fn knitted_sweater(c: &mut Canvas) {
    let zigzag = |y: f32| {
        let peak = |i: u8| (20.0 + 5.0 * f32::from(i), if i.is_multiple_of(2) { y } else { y + 3.6 });
        let points: Vec<Point> = (0..=12).map(peak).collect();
        points.windows(2).map(curve).reduce(|a, b| a.and(&b)).unwrap_or_else(|| curve(&[]))
    };
    garment(
        c,
        MUSTARD,
        |c| {
            c.stroke(&zigzag(79.0), CREAM, 2.0);
            c.stroke(&zigzag(84.0), CORAL, 2.0);
        },
        |_| (),
    );
    collar(c, MUSTARD, 7.0);
    for x in [42.0, 46.0, 50.0, 54.0, 58.0] {
        c.stroke(
            &curve(&[(x, 73.0 - (x - 50.0).abs() * 0.12), (x, 74.4 - (x - 50.0).abs() * 0.12)]),
            shaded(MUSTARD),
            LINE,
        );
    }
    cuffs(c, MUSTARD);
}

fn sailor_stripes(c: &mut Canvas) {
    let hoops =
        |c: &mut Canvas| [75.5, 82.0, 88.5, 95.0].into_iter().for_each(|y| c.stroke(&hoop(y), NAVY, 2.4));
    garment(c, CREAM, hoops, hoops);
    collar(c, NAVY, 4.6);
    cuffs(c, NAVY);
}

fn hoodie(c: &mut Canvas) {
    garment(c, TEAL, |_| (), |_| ());
    c.cel(&ellipse((50.0, 64.0), 26.5, 10.6), TEAL);
    c.fill(&ellipse((50.0, 64.0), 21.0, 7.6), shaded(shaded(TEAL)));
    for (from, to) in [((43.0, 72.0), (42.0, 81.0)), ((57.0, 72.0), (58.4, 82.5))] {
        c.stroke(&curve(&[from, to]), INK, 2.8);
        c.stroke(&curve(&[from, to]), CREAM, 1.3);
    }
    c.fill(&heart((50.0, 84.0), 6.0), lit(TEAL));
    cuffs(c, TEAL);
}

fn dungarees(c: &mut Canvas) {
    let dots = |c: &mut Canvas| shirt_dots(c, BERRY);
    garment(
        c,
        CREAM,
        |c| {
            dots(c);
            collar(c, CREAM, 4.0);
            denim(c);
        },
        dots,
    );
    cuffs(c, CREAM);
}

fn denim(c: &mut Canvas) {
    let strap = polygon(&[(33.5, 64.0), (38.5, 64.0), (42.5, 81.0), (37.5, 81.0)], 0.8);
    c.cel(&strap.on_both_sides(), DENIM);
    c.cel(&polygon(&[(36.0, 78.5), (64.0, 78.5), (67.0, 106.0), (33.0, 106.0)], 2.5), DENIM);
    c.stroke(&curve(&[(39.0, 81.8), (61.0, 81.8)]), lit(DENIM), LINE * 0.7);
    c.cel(&circle((39.8, 80.0), 1.9).on_both_sides(), GOLD);
}

fn shirt_dots(c: &mut Canvas, rgb: Rgb) {
    for row in 0..7u8 {
        for column in 0..10u8 {
            let indent = if row.is_multiple_of(2) { 0.0 } else { 3.25 };
            let centre = (18.0 + 6.5 * f32::from(column) + indent, 66.0 + 5.5 * f32::from(row));
            c.fill(&circle(centre, 0.9), rgb);
        }
    }
}

fn bow_tie(c: &mut Canvas) {
    garment(
        c,
        GRAPE,
        |c| {
            let shirt = polygon(&[(39.0, 60.0), (61.0, 60.0), (50.0, 92.0)], 0.0);
            c.fill(&shirt, WHITE);
            c.line(&shirt);
            let lapel = polygon(&[(38.0, 62.0), (50.0, 92.0), (40.5, 82.0), (42.0, 79.0), (37.0, 76.0)], 0.6);
            c.fill(&lapel.on_both_sides(), lit(GRAPE));
            c.line(&lapel.on_both_sides());
        },
        |_| (),
    );
    let wing = polygon(&[(50.0, 74.6), (40.0, 69.6), (40.0, 79.6)], 2.6);
    c.cel(&wing.on_both_sides(), CORAL);
    c.cel(&rounded_rect((47.4, 71.6), 5.2, 6.0, 1.8), CORAL);
    for y in [82.0, 86.5] {
        c.fill(&circle((50.0, y), 0.9), INK);
    }
    cuffs(c, WHITE);
}

fn space_suit(c: &mut Canvas) {
    let suit = 0xf4_f2_fb;
    garment(c, suit, |_| (), |_| ());
    c.cel(&ellipse((50.0, 66.0), 25.0, 8.8), SKY);
    c.fill(&ellipse((50.0, 65.0), 20.0, 6.2), shaded(shaded(SKY)));
    c.cel(&rounded_rect((41.5, 78.5), 17.0, 9.0, 2.0), lit(SKY));
    for (x, rgb) in [(45.5, CORAL), (50.0, BUTTER), (54.5, TEAL)] {
        c.fill(&circle((x, 83.0), 1.6), rgb);
    }
    cuffs(c, CORAL);
}
