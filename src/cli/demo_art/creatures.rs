//! The Creature layer: seven heads of different silhouette, each with its paws.
//!
//! A head is drawn over the clothes, so a collar or a hood goes round behind it, and casts one soft shadow on them.
//! Ears, horns, gills and antennas keep to the sides, which leaves the crown free for hats.

use super::canvas::{Canvas, LINE};
use super::figure::{NOSE, PAW, torso};
use super::palette::{BERRY, CORAL, CREAM, GOLD, INK, PINK, Rgb, WHITE, lit, shaded};
use super::shape::{Point, Shape, blob, circle, curve, ellipse, polygon, rounded_rect, symmetric};
use super::{Sketch, sketch};

pub(super) const TRAITS: &[Sketch] = &[
    sketch("Cat", 30, cat),
    sketch("Bear", 30, bear),
    sketch("Bunny", 25, bunny),
    sketch("Dragon", 20, dragon),
    sketch("Axolotl", 15, axolotl),
    sketch("Robot", 10, robot),
    sketch("Ghost", 5, ghost),
];

const GINGER: Rgb = 0xfb_b0_66;
const BROWN: Rgb = 0xc0_8a_66;
const SNOW: Rgb = 0xfb_f3_ee;
const GREEN: Rgb = 0x8f_d0_86;
const ROSY: Rgb = 0xfc_bd_c8;
const STEEL: Rgb = 0x9c_c0_dc;
const MIST: Rgb = 0xec_e8_fc;

/// The head with the shadow that it casts on the clothes, and what is drawn on it, inside its line.
fn head(c: &mut Canvas, shape: &Shape, rgb: Rgb, face: impl FnOnce(&mut Canvas)) {
    c.within(&torso(), |c| c.tint(&shape.moved(0.0, 3.4), INK, 0.28));
    c.cel_with(shape, rgb, face);
}

/// The highlight on the forehead that every head has in the same place.
fn forehead(c: &mut Canvas, rgb: Rgb) {
    c.gloss((33.0, 36.5), 4.6, 2.1, rgb);
}

/// Three spots opposite the highlight.
fn spots(c: &mut Canvas, rgb: Rgb) {
    for (x, y, radius) in [(65.5, 35.0, 1.6), (69.6, 39.0, 1.2), (65.0, 39.4, 0.9)] {
        c.fill(&circle((x, y), radius), rgb);
    }
}

fn paws(c: &mut Canvas, rgb: Rgb) {
    c.cel(&ellipse(PAW, 4.9, 4.6).on_both_sides(), rgb);
    let toe = |x: f32| curve(&[(PAW.0 + x, PAW.1 + 1.4), (PAW.0 + x, PAW.1 + 3.2)]);
    c.stroke(&toe(-0.6).and(&toe(1.8)).on_both_sides(), INK, LINE * 0.7);
}

/// A small triangular nose.
fn button_nose(c: &mut Canvas, rgb: Rgb) {
    let (x, y) = NOSE;
    let nose = polygon(&[(x - 3.0, y - 1.4), (x + 3.0, y - 1.4), (x, y + 1.9)], 1.6);
    c.fill(&nose, rgb);
    c.stroke(&nose, INK, LINE * 0.8);
}

fn cat(c: &mut Canvas) {
    let ear = polygon(&[(24.5, 44.0), (23.0, 11.0), (47.0, 28.0)], 5.0).on_both_sides();
    c.cel(&ear, GINGER);
    c.fill(&polygon(&[(28.5, 36.0), (27.2, 18.0), (39.0, 27.5)], 3.0).on_both_sides(), PINK);
    let outline = symmetric(&[
        (50.0, 24.5),
        (62.0, 26.2),
        (72.0, 33.0),
        (76.8, 44.0),
        (79.8, 56.0),
        (72.0, 63.0),
        (62.0, 67.6),
        (50.0, 68.8),
    ]);
    head(c, &outline, GINGER, |c| {
        let stripe =
            curve(&[(50.0, 22.0), (50.0, 33.0)]).and(&curve(&[(43.0, 23.0), (43.8, 30.0)]).on_both_sides());
        c.stroke(&stripe, shaded(GINGER), 2.6);
        let cheek = curve(&[(82.0, 47.5), (74.0, 48.5)]).and(&curve(&[(82.0, 53.0), (76.0, 53.0)]));
        c.stroke(&cheek.on_both_sides(), shaded(GINGER), 2.2);
        c.fill(&ellipse((50.0, 60.0), 11.0, 8.0), lit(lit(GINGER)));
        forehead(c, GINGER);
    });
    button_nose(c, BERRY);
    paws(c, GINGER);
}

fn bear(c: &mut Canvas) {
    let ear = (28.5, 27.5);
    c.cel(&circle(ear, 9.2).on_both_sides(), BROWN);
    c.fill(&circle(ear, 5.0).on_both_sides(), PINK);
    let outline = symmetric(&[
        (50.0, 24.0),
        (63.0, 26.2),
        (73.0, 33.8),
        (77.2, 46.0),
        (73.5, 59.0),
        (63.0, 67.0),
        (50.0, 69.2),
    ]);
    head(c, &outline, BROWN, |c| {
        c.fill(&ellipse((50.0, 57.8), 12.5, 9.4), lit(lit(BROWN)));
        forehead(c, BROWN);
    });
    let nose = ellipse((NOSE.0, NOSE.1 - 0.6), 3.8, 2.7);
    c.fill(&nose, INK);
    c.fill(&ellipse((NOSE.0 - 1.2, NOSE.1 - 1.5), 1.2, 0.7), WHITE);
    paws(c, BROWN);
}

fn bunny(c: &mut Canvas) {
    let outline = symmetric(&[
        (50.0, 24.0),
        (62.0, 25.8),
        (71.5, 33.0),
        (76.0, 45.5),
        (74.5, 58.0),
        (64.0, 67.0),
        (50.0, 69.2),
    ]);
    head(c, &outline, SNOW, |c| forehead(c, WHITE));
    let ear = blob(&[
        (38.0, 27.5),
        (31.0, 21.5),
        (21.5, 23.0),
        (14.5, 33.0),
        (11.0, 48.0),
        (13.5, 58.5),
        (20.0, 59.0),
        (23.5, 51.0),
        (25.5, 40.5),
        (31.0, 33.0),
    ]);
    c.cel(&ear.on_both_sides(), SNOW);
    let inner = blob(&[(24.0, 29.5), (18.5, 36.0), (15.5, 47.0), (16.8, 53.5), (19.8, 51.5), (21.5, 41.0)]);
    c.fill(&inner.on_both_sides(), ROSY);
    button_nose(c, PINK);
    paws(c, SNOW);
}

fn dragon(c: &mut Canvas) {
    let fin = blob(&[
        (72.0, 40.0),
        (80.0, 36.0),
        (90.0, 33.5),
        (88.5, 42.0),
        (90.0, 50.0),
        (83.0, 53.0),
        (74.0, 58.0),
    ]);
    c.cel(&fin.on_both_sides(), 0x5f_b3_8a);
    let rays = curve(&[(76.0, 44.0), (85.5, 38.5)]).and(&curve(&[(77.0, 50.0), (85.5, 48.5)]));
    c.stroke(&rays.on_both_sides(), INK, LINE * 0.7);
    let horn = blob(&[(29.5, 33.0), (25.5, 25.0), (25.5, 14.0), (32.0, 20.0), (39.5, 27.5), (36.0, 34.0)]);
    c.cel(&horn.on_both_sides(), CREAM);
    let outline = symmetric(&[
        (50.0, 24.0),
        (62.0, 26.0),
        (71.0, 33.0),
        (74.2, 43.0),
        (77.2, 54.0),
        (73.0, 63.5),
        (62.0, 68.4),
        (50.0, 69.4),
    ]);
    head(c, &outline, GREEN, |c| {
        c.fill(&ellipse((50.0, 62.0), 21.0, 11.0), lit(lit(GREEN)));
        forehead(c, GREEN);
        spots(c, shaded(GREEN));
    });
    c.fill(&ellipse((47.2, NOSE.1 + 0.6), 0.9, 1.2).on_both_sides(), INK);
    paws(c, GREEN);
}

/// The point at a share of the way between two.
fn along(from: Point, to: Point, share: f32) -> Point {
    (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share)
}

/// A feathered gill: out along one side of its stem in three frills and back along the other.
fn gill(root: Point, tip: Point) -> Shape {
    /// How far out, and how far to the side, both in lengths of the stem.
    const FRILLS: [(f32, f32); 10] = [
        (0.28, 0.12),
        (0.37, 0.21),
        (0.46, 0.21),
        (0.53, 0.14),
        (0.61, 0.22),
        (0.7, 0.21),
        (0.76, 0.14),
        (0.84, 0.18),
        (0.92, 0.15),
        (0.98, 0.08),
    ];
    let (dx, dy) = (tip.0 - root.0, tip.1 - root.1);
    let beside = |share: f32, width: f32| {
        let (x, y) = along(root, tip, share);
        (x - dy * width, y + dx * width)
    };
    let there = FRILLS.iter().map(|&(share, width)| beside(share, width));
    let back = FRILLS.iter().rev().map(|&(share, width)| beside(share, -width));
    blob(&[root].into_iter().chain(there).chain([tip]).chain(back).collect::<Vec<_>>())
}

fn axolotl(c: &mut Canvas) {
    for (root, tip) in
        [((71.0, 59.0), (92.0, 61.5)), ((72.0, 38.0), (91.0, 25.5)), ((72.0, 47.5), (95.5, 43.5))]
    {
        c.cel(&gill(root, tip).on_both_sides(), BERRY);
        c.stroke(&curve(&[root, along(root, tip, 0.86)]).on_both_sides(), PINK, 1.7);
    }
    let outline = symmetric(&[
        (50.0, 24.8),
        (63.0, 26.6),
        (74.0, 34.5),
        (79.0, 47.0),
        (75.5, 59.0),
        (64.0, 67.0),
        (50.0, 69.0),
    ]);
    head(c, &outline, ROSY, |c| {
        forehead(c, ROSY);
        spots(c, PINK);
    });
    paws(c, ROSY);
}

fn robot(c: &mut Canvas) {
    let antenna = curve(&[(33.0, 28.0), (30.5, 21.0), (26.5, 16.0)]).on_both_sides();
    c.stroke(&antenna, INK, 3.2);
    let bulb = (25.5, 14.0);
    c.cel(&circle(bulb, 3.6).on_both_sides(), CORAL);
    c.fill(&circle((bulb.0 - 1.1, bulb.1 - 1.2), 0.9), lit(CORAL));
    c.cel(&rounded_rect((17.5, 39.0), 10.0, 15.0, 3.0).on_both_sides(), GOLD);
    head(c, &rounded_rect((22.8, 24.5), 54.4, 44.5, 13.0), STEEL, |_| ());
    let screen = rounded_rect((26.5, 34.5), 47.0, 30.5, 9.0);
    c.fill(&screen, 0xe4_f3_f8);
    c.within(&screen, |c| {
        c.tint(&polygon(&[(26.0, 50.0), (42.0, 34.0), (49.0, 34.0), (26.0, 57.0)], 0.0), WHITE, 0.6);
    });
    c.stroke(&screen, INK, LINE * 0.8);
    for x in [30.0, 34.0] {
        c.fill(&circle((x, 30.5), 0.9).on_both_sides(), shaded(shaded(STEEL)));
    }
    paws(c, STEEL);
}

fn ghost(c: &mut Canvas) {
    let outline = symmetric(&[
        (50.0, 23.5),
        (62.5, 26.0),
        (72.0, 33.8),
        (76.2, 46.0),
        (78.0, 60.0),
        (80.5, 69.0),
        (77.0, 71.8),
        (72.0, 69.8),
        (67.5, 69.8),
        (62.5, 72.6),
        (57.0, 70.4),
        (53.5, 70.4),
        (50.0, 71.8),
    ]);
    head(c, &outline, MIST, |c| forehead(c, WHITE));
    c.stroke(&curve(&[(70.0, 37.0), (72.2, 43.0)]), shaded(MIST), LINE);
    paws(c, MIST);
}
