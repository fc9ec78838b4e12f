//! Whether the art has so few colours that pictures can be written with a palette.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::art::trait_art::{Tile, TraitArt};
use crate::geometry::Grid;
use crate::pixel::{Pixel, mul8};

/// The most colours that a palette can hold.
const MAX_COLOURS: usize = 256;

/// At most [`MAX_COLOURS`] distinct opaque colours.
#[derive(Clone, Debug, Default)]
pub(crate) struct Colours {
    set: hashbrown::HashSet<Pixel, rustc_hash::FxBuildHasher>,
}

impl Colours {
    /// Adds a straight pixel at an opacity; false if a palette cannot hold it.
    fn add(&mut self, pixel: Pixel, opacity: u8) -> bool {
        match mul8((pixel >> 24) as u8, opacity) {
            0 => true,
            255 => {
                self.set.insert(pixel);
                self.set.len() <= MAX_COLOURS
            }
            _ => false,
        }
    }

    pub(crate) fn into_sorted(self) -> Vec<Pixel> {
        let mut colours: Vec<Pixel> = self.set.into_iter().collect();
        colours.sort_unstable();
        colours
    }
}

/// The colours of a trait of straight pixels at an opacity; `None` as soon as `possible` is false, which is what it becomes when they are too many
/// or one is half transparent.
pub(crate) fn of(grid: Grid, art: &TraitArt, opacity: u8, possible: &AtomicBool) -> Option<Colours> {
    let mut colours = Colours::default();
    for row in 0..grid.rows() {
        if !possible.load(Ordering::Relaxed) {
            return None;
        }
        for column in 0..grid.columns() {
            let holds = match art.tile(row, column) {
                Tile::Empty => true,
                Tile::Solid(pixel) => colours.add(pixel, opacity),
                Tile::Pixels(pixels) => {
                    // Neighbours are mostly equal, and a comparison is cheaper than a look into the set.
                    let mut last = 0;
                    pixels.iter().all(|&pixel| {
                        pixel == last || {
                            last = pixel;
                            colours.add(pixel, opacity)
                        }
                    })
                }
            };
            if !holds {
                possible.store(false, Ordering::Relaxed);
                return None;
            }
        }
    }
    Some(colours)
}

/// The colours of both, if a palette can hold them.
pub(crate) fn join(a: Option<Colours>, b: Option<Colours>) -> Option<Colours> {
    let (mut a, b) = (a?, b?);
    a.set.extend(b.set);
    (a.set.len() <= MAX_COLOURS).then_some(a)
}
