//! What each trait does to a picture, apart from its name: which traits have the same pixels, never show, or hide all below.

use std::collections::HashMap;

use crate::art::decoded::Art;
use crate::art::trait_art::{Tile, TraitArt};
use crate::pixel::Blend;
use crate::project::Project;

/// What a trait does to a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PictureClass {
    /// It shows nothing.
    Empty,
    /// Every pixel of it is covered, whatever the layers above show.
    Covered,
    /// It shows something.
    Shows {
        /// Equal for traits with the same pixels and blend mode, in whatever layer.
        pixels: u32,
        /// Whether everything below it is hidden, in every picture.
        hides_all: bool,
    },
}

impl Art {
    /// The class of each trait of `project`, by layer and trait. Without all pixels in memory no trait counts as covered.
    #[must_use]
    pub fn picture_classes(&self, project: &Project) -> Vec<Vec<PictureClass>> {
        let mut numbers = HashMap::new();
        let mut cover = self.traits.iter().all(TraitArt::holds_pixels).then(|| Mask::of(self, false));
        let mut classes = vec![Vec::new(); project.layers.len()];
        // From the top, so that the cover is what the layers above always cover.
        for (number, layer) in project.layers.iter().enumerate().rev() {
            let traits = || (0..layer.traits.len()).map(|index| project.trait_id(number, index).into());
            let class = |id: usize| {
                let art = &self.traits[id];
                if art.is_empty() {
                    return PictureClass::Empty;
                }
                if cover.as_ref().is_some_and(|cover| cover.covers(self, art)) {
                    return PictureClass::Covered;
                }
                let next = numbers.len() as u32;
                let pixels = *numbers.entry((self.digests[id], art.blend())).or_insert(next);
                PictureClass::Shows { pixels, hides_all: art.hides_all() }
            };
            classes[number] = traits().map(class).collect();
            if let Some(cover) = &mut cover
                && !project.can_be_absent(number)
                && layer.blend == Blend::Normal
            {
                let mut common = Mask::of(self, true);
                let mut drawn = traits().zip(&layer.traits).filter(|(_, item)| item.weight > 0);
                // Most layers have soon no pixel that all of their traits cover.
                if drawn.all(|(id, _)| common.keep_opaque(self, &self.traits[id])) {
                    cover.add(&common);
                }
            }
        }
        classes
    }
}

/// A set of pixels of the canvas, tile by tile.
struct Mask {
    pixels: Vec<bool>,
}

impl Mask {
    fn of(art: &Art, all: bool) -> Self {
        Self { pixels: vec![all; art.grid.size().pixels() as usize] }
    }

    /// Calls `see` for each tile, with the first of its pixels in the mask and their number.
    fn tiles<'a>(art: &Art, of: &'a TraitArt, mut see: impl FnMut(Tile<'a>, usize, usize) -> bool) -> bool {
        let mut at = 0;
        for row in 0..art.grid.rows() {
            for column in 0..art.grid.columns() {
                let pixels = art.grid.x_range(column).len() * art.grid.y_range(row).len();
                if !see(of.tile(row, column), at, pixels) {
                    return false;
                }
                at += pixels;
            }
        }
        true
    }

    /// Whether every visible pixel of a trait is in the mask.
    fn covers(&self, art: &Art, of: &TraitArt) -> bool {
        Self::tiles(art, of, |tile, at, count| {
            let mask = &self.pixels[at..at + count];
            match tile {
                Tile::Empty => true,
                Tile::Solid(_) => mask.iter().all(|covered| *covered),
                Tile::Pixels(pixels) => {
                    pixels.iter().zip(mask).all(|(pixel, covered)| *covered || pixel >> 24 == 0)
                }
            }
        })
    }

    /// Leaves only the pixels that are opaque in a trait; false if none is left.
    fn keep_opaque(&mut self, art: &Art, of: &TraitArt) -> bool {
        let mut is_left = false;
        Self::tiles(art, of, |tile, at, count| {
            let mask = &mut self.pixels[at..at + count];
            match tile {
                Tile::Solid(pixel) if pixel >> 24 == 255 => {}
                Tile::Empty | Tile::Solid(_) => mask.fill(false),
                Tile::Pixels(pixels) => {
                    mask.iter_mut().zip(pixels).for_each(|(kept, pixel)| *kept &= pixel >> 24 == 255);
                }
            }
            is_left |= mask.contains(&true);
            true
        });
        is_left
    }

    fn add(&mut self, other: &Self) {
        self.pixels.iter_mut().zip(&other.pixels).for_each(|(to, from)| *to |= from);
    }
}
