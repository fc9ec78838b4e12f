//! The Background layer: six calm grounds, each opaque to the last pixel.
//!
//! The figure is in the middle, so whatever there is to see is at the edges, and contrast is low throughout.

use super::canvas::Canvas;
use super::palette::{BUTTER, CREAM, LEAF, LILAC, MINT, PEACH, ROSE, SKY, WHITE, lit, shaded};
use super::shape::{Point, Shape, blob, circle, ellipse, on_circle, polygon, star};
use super::{Sketch, sketch};

pub(super) const TRAITS: &[Sketch] = &[
    sketch("Peach", 24, peach),
    sketch("Two Mints", 20, two_mints),
    sketch("Polka Dots", 20, polka_dots),
    sketch("Sunbeams", 12, sunbeams),
    sketch("Meadow", 12, meadow),
    sketch("Starry Dusk", 6, starry_dusk),
];

fn peach(c: &mut Canvas) {
    c.flood(PEACH);
}

fn two_mints(c: &mut Canvas) {
    c.flood(MINT);
    c.fill(&polygon(&[(-5.0, 72.0), (105.0, 38.0), (105.0, 105.0), (-5.0, 105.0)], 0.0), 0xa3_da_c4);
}

fn polka_dots(c: &mut Canvas) {
    c.flood(LILAC);
    for row in 0..8u8 {
        let indent = if row.is_multiple_of(2) { 0.0 } else { 8.0 };
        for column in 0..8u8 {
            let centre = (f32::from(column) * 16.0 + indent - 6.0, f32::from(row) * 14.0 + 1.0);
            c.fill(&circle(centre, 3.2), 0xe6_de_fb);
        }
    }
}

fn sunbeams(c: &mut Canvas) {
    const CENTRE: Point = (50.0, 50.0);
    c.flood(BUTTER);
    for ray in 0..10u8 {
        let angle = f32::from(ray) * 36.0;
        let [a, b] = [angle - 9.0, angle + 9.0].map(|degrees| on_circle(CENTRE, 80.0, degrees));
        c.fill(&polygon(&[CENTRE, a, b], 0.0), 0xff_f0_c6);
    }
}

fn meadow(c: &mut Canvas) {
    c.flood_down(&[SKY, 0xe3_f4_fb]);
    c.tint(&circle((86.0, 17.0), 13.5), CREAM, 0.5);
    c.fill(&circle((86.0, 17.0), 9.0), BUTTER);
    c.fill(&cloud((14.0, 22.0)), WHITE);
    c.fill(&cloud((94.0, 50.0)), WHITE);
    let far = blob(&[
        (-10.0, 74.0),
        (12.0, 66.0),
        (40.0, 74.0),
        (70.0, 74.0),
        (96.0, 64.0),
        (115.0, 72.0),
        (50.0, 140.0),
    ]);
    c.fill(&far, lit(LEAF));
    c.fill(
        &blob(&[(-15.0, 84.0), (10.0, 82.0), (50.0, 92.0), (90.0, 80.0), (115.0, 82.0), (50.0, 150.0)]),
        0x96_d3_98,
    );
    for (x, y, petals) in [(6.0, 90.0, ROSE), (15.0, 95.0, WHITE), (88.0, 92.0, BUTTER), (95.0, 87.0, ROSE)] {
        c.fill(&circle((x, y), 1.7), petals);
        c.fill(&circle((x, y), 0.7), shaded(BUTTER));
    }
}

fn cloud((x, y): Point) -> Shape {
    let puffs = ellipse((x, y + 2.0), 11.0, 4.0).and(&circle((x - 3.0, y - 1.0), 5.0));
    puffs.and(&circle((x + 4.0, y), 3.8))
}

fn starry_dusk(c: &mut Canvas) {
    c.flood_down(&[0x7d_78_c8, 0xb3_93_d6, 0xf3_b5_cb, 0xff_d9_b8]);
    let stars = [
        (10.0, 12.0, 2.6),
        (27.0, 7.0, 1.5),
        (17.0, 33.0, 1.6),
        (6.0, 52.0, 1.9),
        (70.0, 8.0, 1.7),
        (91.0, 30.0, 2.4),
        (95.0, 55.0, 1.4),
        (78.0, 20.0, 1.4),
    ];
    for (x, y, size) in stars {
        c.fill(&star((x, y), size, size * 0.42, 4), CREAM);
    }
    c.fill(&circle((87.0, 13.0), 6.0), CREAM);
    c.fill(&circle((85.0, 11.5), 1.3), BUTTER);
    c.fill(&circle((88.8, 14.8), 1.8), BUTTER);
}
