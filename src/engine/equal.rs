//! Items whose pictures are equal, found at the end of a run.
//!
//! Items differ in the traits that they show, and two different sets of traits can still make the same picture: two files
//! with the same pixels, a trait that hides all others. Comparing all pictures with each other would cost more than making
//! them. But equal pixels have equal checksums in their files (`png::checksum`), which the run makes anyway; so only items
//! with the same checksum are looked at. Most of these show the same pixels trait by trait, which digests of the art say.
//! The rest is composited again and compared by digest.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, Cursor};
use std::sync::Mutex;

use crate::art::Art;
use crate::engine::canvas::CanvasBuffers;
use crate::engine::facade::Engine;
use crate::error::{Cancelled, Error};
use crate::files::Digest;
use crate::finished::{EqualPictures, EqualSearch};
use crate::geometry::TraitId;
use crate::output::picture_checksum;
use crate::picture::PictureFormat;
use crate::pixel::Blend;
use crate::plan::Plan;
use crate::project::Role;
use crate::telemetry::Observer;
use crate::threads::{into_inner, lock};

/// The checksums of the pictures of a run; one-of-ones have none.
#[derive(Debug, Default)]
pub(crate) struct Checksums {
    /// With the edition.
    sums: Mutex<Vec<(u32, u32)>>,
}

impl Checksums {
    /// Adds a picture that was made just now.
    pub(crate) fn add(&self, edition: u32, format: PictureFormat, file: &[u8]) {
        if let Ok(Some(sum)) = picture_checksum(format, &mut Cursor::new(file)) {
            lock(&self.sums).push((sum, edition));
        }
    }

    /// Adds a picture with this checksum.
    pub(crate) fn add_sum(&self, edition: u32, sum: u32) {
        lock(&self.sums).push((sum, edition));
    }

    /// Adds a picture of an earlier run.
    pub(crate) fn add_file(&self, edition: u32, format: PictureFormat, file: File) -> io::Result<()> {
        if let Some(sum) = picture_checksum(format, &mut BufReader::with_capacity(64, file))? {
            lock(&self.sums).push((sum, edition));
        }
        Ok(())
    }

    /// Editions that share a checksum, ascending.
    fn shared(self) -> Vec<Vec<u32>> {
        let mut sums = into_inner(self.sums);
        sums.sort_unstable();
        sums.dedup();
        let several = sums.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1);
        several.map(|group| group.iter().map(|&(_, edition)| edition).collect()).collect()
    }
}

/// What an item shows, apart from which trait shows it: the pixels of each trait that is not empty and not below one that
/// hides everything, bottom to top, with its blend mode and its role.
type Shown = Vec<(Digest, Blend, Role)>;

/// What is visible of traits, bottom to top.
fn shown(art: &Art, traits: impl Iterator<Item = TraitId>) -> Shown {
    let mut shown = Shown::new();
    let mut is_masked = false;
    for id in traits.map(usize::from) {
        let of = &art.traits[id];
        // What is clipped hides no more than its base, and what is masked perhaps nothing.
        if of.hides_all() && of.role() == Role::Drawn && !is_masked {
            shown.clear();
        }
        // An empty mask hides what it masks.
        if !of.is_empty() || of.role() == Role::Mask {
            shown.push((art.digests[id], of.blend(), of.role()));
        }
        is_masked = of.role() == Role::Mask;
    }
    shown
}

impl Engine {
    /// Finds the items of `plan` whose pictures are equal, by the checksums of the pictures that were made. Where the
    /// project allows equal items none are looked for.
    ///
    /// # Errors
    /// If a picture must be decoded again and has changed, or the observer stops the run.
    pub(crate) fn equal_items(
        &self,
        plan: &Plan,
        sums: Checksums,
        observer: &dyn Observer,
    ) -> Result<EqualPictures, Error> {
        let mut search = EqualSearch::new();
        if self.project().duplicates {
            return Ok(search.into_found());
        }
        let shared = sums.shared();
        let index_of: HashMap<u32, usize> = match &shared[..] {
            [] => HashMap::new(),
            _ => (0..plan.len()).map(|index| (plan.edition(index), index)).collect(),
        };
        for editions in shared {
            // Editions that show the same pixels trait by trait, with the index of the first.
            let mut alike: Vec<(usize, Vec<u32>)> = Vec::new();
            let mut place_of: HashMap<Shown, usize> = HashMap::new();
            for edition in editions {
                let Some(&index) = index_of.get(&edition) else { continue };
                let shown = shown(self.art(), self.presser().items().iter(plan.traits(index)));
                let place = *place_of.entry(shown).or_insert(alike.len());
                match alike.get_mut(place) {
                    Some((_, editions)) => editions.push(edition),
                    None => alike.push((index, vec![edition])),
                }
            }
            let digest = |&index: &usize| self.picture_digest(plan, index).map(Some);
            if !self.presser().pool().install(|| search.compare(alike, digest, observer))? {
                let total = plan.len() as u64;
                return Err(Cancelled { done: total, total }.into());
            }
        }
        search.add(self.equal_ones(plan));
        Ok(search.into_found())
    }

    /// The one-of-ones by their pixels, which were digested when the project was loaded.
    fn equal_ones(&self, plan: &Plan) -> Vec<Vec<u32>> {
        let mut by_pixels: HashMap<Digest, Vec<u32>> = HashMap::new();
        for index in 0..plan.len() {
            if let Some(number) = plan.one(index) {
                by_pixels.entry(self.art().ones[number].digest).or_default().push(plan.edition(index));
            }
        }
        by_pixels.into_values().collect()
    }

    /// BLAKE3 of an item's pixels in the largest size, and their number.
    fn picture_digest(&self, plan: &Plan, index: usize) -> Result<(Digest, u64), Error> {
        let mut canvas = CanvasBuffers::default();
        self.outputs.largest().1.presser.canvases().draw(plan.traits(index), &mut canvas)?;
        Ok((Digest::of(bytemuck::cast_slice(&canvas.pixels)), canvas.pixels.len() as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::art::TraitArt;
    use crate::geometry::{Grid, Size};
    use crate::pixel::pack;

    #[test]
    fn only_checksums_that_several_have_are_shared() {
        let sums = Checksums::default();
        *lock(&sums.sums) = vec![(5, 9), (7, 1), (5, 2), (6, 3), (7, 1), (5, 4)];
        assert_eq!(sums.shared(), [[2, 4, 9]]);
    }

    #[test]
    fn what_is_shown_leaves_out_empty_traits_and_what_is_hidden() {
        let grid = Grid::new(Size { width: 70, height: 40 });
        let solid = |pixel| TraitArt::solid(grid, pixel);
        let (red, veil) = (pack([9, 0, 0, 255]), pack([0, 9, 0, 99]));
        let mut half = vec![0; 70 * 40];
        half[..70 * 32].fill(red);
        let traits = vec![
            solid(red),
            solid(veil),
            solid(0),
            solid(red),
            solid(red).with_blend(Blend::Multiply),
            TraitArt::from_canvas(grid, &half),
        ];
        let digests = traits.iter().map(TraitArt::digest).collect();
        let art = Art { digests, ..Art::of_tiles(grid, traits) };
        let of = |ids: &[TraitId]| shown(&art, ids.iter().copied());
        assert_eq!(of(&[1, 0]), of(&[0]), "hidden");
        assert_eq!(of(&[0, 2, 1, 2]), of(&[3, 1]), "empty, and equal pixels");
        assert_eq!(of(&[2]), []);
        assert_ne!(of(&[1, 4]), of(&[4]), "only normal traits hide");
        assert_ne!(of(&[1, 5]), of(&[5]), "not in every tile");
        assert_ne!(of(&[0, 1]), of(&[1, 0]));
    }
}
