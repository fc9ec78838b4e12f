//! Where things sit: the one figure that all creatures, clothes, faces and hats are drawn for.
//!
//! Any trait of a layer has to fit any trait of the others. So the layers agree on the numbers here and not on each
//! other: a torso that clothes cover and heads cast their shadow on, two arms, and the places of eyes, cheeks, nose
//! and mouth. Every head covers 27 to 73 across and 27 to 66 down, and its crown is at [`CROWN`].

use super::shape::{MIDDLE, Point, Shape, blob, curve, symmetric};

/// Centre of the eye on the left of the picture; the other one is its mirror image.
pub(super) const EYE: Point = (38.5, 46.5);
/// Centre of the cheek on the left of the picture.
pub(super) const CHEEK: Point = (30.5, 55.5);
/// Where a nose goes, if the creature has one.
pub(super) const NOSE: Point = (MIDDLE, 52.5);
/// Centre of the mouth.
pub(super) const MOUTH: Point = (MIDDLE, 58.5);
/// Top of the head, where hats sit.
pub(super) const CROWN: Point = (MIDDLE, 24.5);
/// Centre of the paw on the left of the picture.
pub(super) const PAW: Point = (41.0, 91.5);

/// Shoulders and trunk, running off the lower edge.
pub(super) fn torso() -> Shape {
    symmetric(&[
        (50.0, 58.0),
        (60.0, 62.0),
        (69.0, 69.5),
        (75.0, 79.0),
        (77.5, 91.0),
        (77.0, 110.0),
        (50.0, 112.0),
    ])
}

/// The sleeve on the left of the picture, from the shoulder to the wrist; the other one is its mirror image.
pub(super) fn sleeve() -> Shape {
    blob(&[
        (28.5, 72.5),
        (23.5, 79.0),
        (21.0, 88.0),
        (24.0, 95.5),
        (31.0, 98.0),
        (36.5, 97.0),
        (37.5, 91.8),
        (36.0, 86.9),
        (33.8, 83.5),
        (34.2, 78.0),
        (32.6, 73.4),
    ])
}

/// The end of the sleeve on the left of the picture.
pub(super) fn cuff() -> Shape {
    curve(&[(35.0, 87.6), (35.8, 96.2)]).thickened(3.8)
}
