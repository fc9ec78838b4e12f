//! The Extra layer: small company beside the figure or in its paws, drawn last.

use super::canvas::{Canvas, LINE};
use super::palette::{COCOA, CORAL, CREAM, DENIM, GOLD, GRAPE, INK, PINK, SKY, WHITE, lit};
use super::shape::{Shape, blob, circle, curve, ellipse, heart, polygon, rounded_rect};
use super::{Sketch, sketch};

pub(super) const TRAITS: &[Sketch] = &[
    sketch("Cocoa", 15, cocoa),
    sketch("Butterfly", 12, butterfly),
    sketch("Balloon", 10, balloon),
    sketch("Chick", 3, chick),
];

fn cocoa(c: &mut Canvas) {
    let mug = rounded_rect((42.5, 82.0), 15.0, 15.0, 3.4);
    c.cel(&mug, CREAM);
    c.fill(&heart((50.0, 90.4), 6.0), CORAL);
    let rim = ellipse((50.0, 82.4), 7.5, 2.3);
    c.fill(&rim, COCOA);
    c.fill(&ellipse((48.2, 82.0), 2.4, 1.0), WHITE);
    c.line(&rim);
    for x in [47.2, 52.8] {
        let steam = curve(&[(x, 79.2), (x + 1.2, 77.0), (x - 0.8, 74.8), (x + 0.4, 72.8)]);
        c.tint(&steam.thickened(1.3), WHITE, 0.85);
    }
}

fn butterfly(c: &mut Canvas) {
    let body = (87.5, 17.0);
    let at = |dx: f32, dy: f32| (body.0 + dx, body.1 + dy);
    let turned = |shape: Shape| shape.turned(18.0, body);
    let upper =
        |d: f32| blob(&[body, at(d * 3.0, -7.0), at(d * 9.0, -8.0), at(d * 9.0, -2.0), at(d * 4.0, 1.0)]);
    let lower = |d: f32| blob(&[body, at(d * 6.5, 1.0), at(d * 7.0, 6.5), at(d * 2.5, 7.0)]);
    for side in [-1.0, 1.0] {
        c.cel(&turned(lower(side)), PINK);
        c.cel(&turned(upper(side)), GRAPE);
        c.fill(&turned(circle(at(side * 6.2, -4.6), 1.6)), lit(GRAPE));
    }
    c.stroke(&turned(curve(&[at(0.0, -3.0), at(0.0, 4.0)])), INK, 2.4);
    let feeler = curve(&[at(0.0, -3.0), at(-1.0, -6.5), at(-2.6, -8.0)]).and(&curve(&[
        at(0.0, -3.0),
        at(1.0, -6.5),
        at(2.6, -8.0),
    ]));
    c.stroke(&turned(feeler), INK, LINE * 0.7);
}

fn balloon(c: &mut Canvas) {
    let string = curve(&[(13.0, 35.0), (15.0, 50.0), (11.5, 64.0), (17.0, 80.0), (37.0, 89.0)]);
    c.stroke(&string, INK, LINE * 0.75);
    c.cel(&polygon(&[(13.0, 33.0), (15.4, 37.6), (10.6, 37.6)], 0.8), DENIM);
    let skin = blob(&[
        (13.0, 12.0),
        (21.0, 15.6),
        (22.8, 23.6),
        (18.6, 31.0),
        (13.0, 35.0),
        (7.4, 31.0),
        (3.2, 23.6),
        (5.0, 15.6),
    ]);
    c.cel(&skin, DENIM);
    c.gloss((8.6, 19.4), 2.8, 1.5, SKY);
}

fn chick(c: &mut Canvas) {
    let tuft = curve(&[(78.6, 61.0), (78.2, 57.8), (80.2, 56.6)]).and(&curve(&[
        (79.4, 60.8),
        (81.2, 58.4),
        (83.2, 58.8),
    ]));
    c.line(&tuft);
    let body = blob(&[
        (79.0, 59.8),
        (85.4, 62.6),
        (88.2, 69.2),
        (91.2, 71.6),
        (87.6, 76.6),
        (80.0, 78.6),
        (72.6, 76.6),
        (69.8, 70.4),
        (72.6, 62.8),
    ]);
    c.cel(&body, GOLD);
    for x in [74.6, 81.4] {
        c.fill(&circle((x, 67.0), 1.35), INK);
        c.fill(&circle((x - 0.45, 66.5), 0.5), WHITE);
        c.tint(&circle((x + (x - 78.0) * 0.45, 70.2), 1.3), CORAL, 0.6);
    }
    let beak = polygon(&[(76.2, 68.6), (79.8, 68.6), (78.0, 71.4)], 0.8);
    c.fill(&beak, CORAL);
    c.stroke(&beak, INK, LINE * 0.7);
    c.stroke(&curve(&[(83.6, 70.8), (84.2, 73.6), (86.4, 74.4), (88.6, 72.2)]), INK, LINE * 0.8);
}
