//! The drawing order of pictures whose layers do not give it.
//!
//! Within a layer the engine draws by the places of files and folders. Where what is always drawn lies between what is chosen, or
//! a folder's own pictures between its choices, no order of layers is right for every item; then every picture gets a depth.

use std::ops::Range;

use crate::import::model::{Layer, Part};

/// Every picture of the layers with the number of its layer and trait.
fn parts(layers: &[Layer]) -> Vec<(usize, usize, &Part)> {
    let mut all = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        for (item, it) in layer.traits.iter().enumerate() {
            all.extend(it.parts.iter().map(|part| (number, item, part)));
        }
    }
    all
}

/// Whether the order of these layers, with the places that parts have above choices within their trait, is the order of the places.
pub(super) fn is_plain(layers: &[Layer]) -> bool {
    // A part comes with its layer, or right behind the one that it is above.
    let drawn = |layer: usize, part: &Part| part.above.map_or((layer, 0), |above| (above, 1));
    let mut all = parts(layers);
    all.sort_by(|a, b| a.2.place.cmp(&b.2.place));
    let is_right = |a: &(usize, usize, &Part), b: &(usize, usize, &Part)| {
        let are_together = can_be_together(layers, (a.0, a.1), (b.0, b.1));
        let (before, after) = (drawn(a.0, a.2), drawn(b.0, b.2));
        // Parts of one trait are listed in the order of their places.
        !are_together || a.2.z != b.2.z || before < after || (before == after && a.0 == b.0)
    };
    (1..all.len()).all(|at| all[..at].iter().all(|before| is_right(before, &all[at])))
}

/// Whether an item can show both traits: each needs those that it is a choice within.
fn can_be_together(layers: &[Layer], a: (usize, usize), b: (usize, usize)) -> bool {
    let needed = |(layer, item): (usize, usize)| {
        std::iter::successors(Some((layer, item)), |(layer, _)| {
            layers[*layer].parent.map(|parent| (parent.layer, parent.item))
        })
    };
    needed(a).all(|(layer, item)| needed(b).all(|(other, its)| layer != other || item == its))
}

/// Gives the pictures of some layers depths behind those that earlier layers have: one for each run of pictures of one layer, by
/// z and then by place.
pub(super) fn spread(layers: &mut [Layer], range: &Range<usize>) {
    let mut order: Vec<(i32, String, usize)> = parts(&layers[range.clone()])
        .iter()
        .map(|(layer, _, part)| (part.z, part.place.clone(), *layer))
        .collect();
    order.sort();
    // Layers of earlier ranges come first among those of the same z.
    let most = |z: i32, layers: &[Layer]| {
        let depths =
            parts(layers).into_iter().filter(|(.., part)| z_of(part.z) == z).map(|(.., part)| part.z);
        depths.max()
    };
    let mut next: Option<(i32, usize, i32)> = None;
    for (z, place, layer) in order {
        let begin = most(z, &layers[..range.start]).map_or_else(|| first_of(z), |last| last + 1);
        let depth = match next {
            Some((before, of, depth)) if before == z => {
                if of == layer {
                    depth
                } else {
                    depth + 1
                }
            }
            _ => begin,
        };
        next = Some((z, layer, depth));
        let of_layer = &mut layers[range.start + layer];
        for part in of_layer.traits.iter_mut().flat_map(|item| &mut item.parts) {
            if part.place == place && part.z == z {
                part.z = depth;
                part.above = None;
                // Its place is used up, for two depths can be the same number.
                part.place.clear();
            }
        }
    }
}

/// Depths that one z of the engine has room for.
const ROOM: i32 = 10_000;

/// The first depth of a z.
fn first_of(z: i32) -> i32 {
    z.saturating_mul(ROOM)
}

/// The z of a depth.
fn z_of(depth: i32) -> i32 {
    depth.div_euclid(ROOM)
}
