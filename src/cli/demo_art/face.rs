//! The Cheeks, Mouth and Eyes layers: what a face says, in the same places on every creature.

use super::canvas::{Canvas, LINE};
use super::figure::{CHEEK, EYE, MOUTH};
use super::palette::{BERRY, CORAL, GRAPE, INK, PINK, WHITE};
use super::shape::{MIDDLE, Point, Shape, blob, circle, curve, ellipse, heart, star};
use super::{Sketch, sketch};

pub(super) const CHEEKS: &[Sketch] =
    &[sketch("Blush", 50, blush), sketch("Freckles", 25, freckles), sketch("Hearts", 8, hearts)];

pub(super) const MOUTHS: &[Sketch] = &[
    sketch("Smile", 40, smile),
    sketch("Purr", 30, purr),
    sketch("Laugh", 25, laugh),
    sketch("Oh", 15, oh),
    sketch("Bubblegum", 5, bubblegum),
];

pub(super) const EYES: &[Sketch] = &[
    sketch("Bright", 40, bright),
    sketch("Happy", 25, happy),
    sketch("Sleepy", 20, sleepy),
    sketch("Wink", 15, wink),
    sketch("Spectacles", 10, spectacles),
    sketch("Starstruck", 3, starstruck),
];

/// Lines of the face are a little bolder than outlines: they are what is read first in a small picture.
const BOLD: f32 = LINE * 1.25;

fn blush(c: &mut Canvas) {
    c.tint(&ellipse(CHEEK, 4.4, 2.9).on_both_sides(), CORAL, 0.5);
}

fn freckles(c: &mut Canvas) {
    for (dx, dy) in [(-2.6, -0.6), (0.0, 0.9), (2.4, -0.8)] {
        c.tint(&circle((CHEEK.0 + dx, CHEEK.1 + dy), 1.0).on_both_sides(), 0x9c_4a_4a, 0.75);
    }
}

fn hearts(c: &mut Canvas) {
    c.fill(&heart(CHEEK, 6.4).on_both_sides(), BERRY);
}

fn smile(c: &mut Canvas) {
    let (x, y) = MOUTH;
    c.stroke(
        &curve(&[
            (x - 5.4, y - 1.0),
            (x - 3.0, y + 1.2),
            (x, y + 2.0),
            (x + 3.0, y + 1.2),
            (x + 5.4, y - 1.0),
        ]),
        INK,
        BOLD,
    );
}

fn purr(c: &mut Canvas) {
    let (x, y) = MOUTH;
    let half = curve(&[
        (x, y - 1.8),
        (x - 0.9, y + 0.5),
        (x - 2.9, y + 1.5),
        (x - 4.9, y + 0.9),
        (x - 6.0, y - 0.9),
    ]);
    c.stroke(&half.on_both_sides(), INK, BOLD);
}

fn laugh(c: &mut Canvas) {
    let (x, y) = MOUTH;
    let outline = blob(&[
        (x - 6.6, y - 1.6),
        (x, y - 1.1),
        (x + 6.6, y - 1.6),
        (x + 5.2, y + 3.4),
        (x, y + 6.2),
        (x - 5.2, y + 3.4),
    ]);
    c.fill(&outline, 0x86_30_4e);
    c.within(&outline, |c| c.fill(&ellipse((x, y + 6.2), 4.4, 3.4), CORAL));
    c.stroke(&outline, INK, BOLD);
}

fn oh(c: &mut Canvas) {
    let outline = ellipse((MOUTH.0, MOUTH.1 + 1.0), 2.6, 3.2);
    c.fill(&outline, 0x86_30_4e);
    c.within(&outline, |c| c.fill(&ellipse((MOUTH.0, MOUTH.1 + 3.8), 2.0, 1.8), CORAL));
    c.stroke(&outline, INK, BOLD);
}

fn bubblegum(c: &mut Canvas) {
    let centre = (MOUTH.0, MOUTH.1 + 4.0);
    c.cel(&circle(centre, 7.0), PINK);
    c.gloss((centre.0 - 2.6, centre.1 - 2.8), 1.9, 1.0, PINK);
}

/// An open eye: dark, with the two reflections that bring it to life.
fn open_eye(c: &mut Canvas, (x, y): Point) {
    c.fill(&ellipse((x, y), 4.8, 6.0), INK);
    c.within(&ellipse((x, y), 3.9, 5.1), |c| c.fill(&ellipse((x, y + 5.4), 4.2, 3.0), 0x75_58_a4));
    c.fill(&circle((x - 1.4, y - 2.0), 1.8), WHITE);
    c.fill(&circle((x + 1.6, y + 1.6), 0.85), WHITE);
}

fn other_eye() -> Point {
    (2.0 * MIDDLE - EYE.0, EYE.1)
}

/// An eye closed by a smile.
fn smiling_eye((x, y): Point) -> Shape {
    curve(&[(x - 4.8, y + 1.8), (x - 2.6, y - 1.6), (x, y - 2.6), (x + 2.6, y - 1.6), (x + 4.8, y + 1.8)])
}

fn bright(c: &mut Canvas) {
    open_eye(c, EYE);
    open_eye(c, other_eye());
}

fn happy(c: &mut Canvas) {
    c.stroke(&smiling_eye(EYE).on_both_sides(), INK, BOLD * 1.15);
}

fn sleepy(c: &mut Canvas) {
    let (x, y) = EYE;
    let lid = curve(&[
        (x - 4.8, y - 0.4),
        (x - 2.4, y + 2.2),
        (x, y + 2.9),
        (x + 2.4, y + 2.2),
        (x + 4.8, y - 0.4),
    ]);
    let lashes = curve(&[(x - 3.6, y + 1.4), (x - 5.2, y + 3.0)])
        .and(&curve(&[(x - 1.3, y + 2.8), (x - 2.0, y + 5.0)]));
    c.stroke(&lid.and(&lashes).on_both_sides(), INK, BOLD * 1.05);
}

fn wink(c: &mut Canvas) {
    open_eye(c, EYE);
    c.stroke(&smiling_eye(other_eye()), INK, BOLD * 1.15);
}

fn spectacles(c: &mut Canvas) {
    let lens = circle(EYE, 8.2).on_both_sides();
    c.tint(&lens, WHITE, 0.45);
    bright(c);
    let bridge = curve(&[(EYE.0 + 8.0, EYE.1 - 1.2), (MIDDLE, EYE.1 - 2.6), (92.0 - EYE.0, EYE.1 - 1.2)]);
    let temple = curve(&[(EYE.0 - 8.0, EYE.1 - 1.5), (EYE.0 - 12.5, EYE.1 - 3.2)]).on_both_sides();
    for (colour, width) in [(INK, 3.0), (CORAL, 1.2)] {
        c.stroke(&lens.and(&bridge).and(&temple), colour, width);
    }
}

fn starstruck(c: &mut Canvas) {
    for (x, y) in [EYE, other_eye()] {
        let eye = ellipse((x, y), 5.4, 6.4);
        c.fill(&eye, GRAPE);
        c.within(&eye, |c| c.fill(&ellipse((x, y + 6.6), 5.0, 4.6), PINK));
        c.line(&eye);
        c.fill(&star((x, y), 3.9, 1.9, 5), WHITE);
    }
}
