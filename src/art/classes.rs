//! What each trait does to a picture, apart from its name: which traits have the same pixels, never show, or hide all below.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;

use crate::art::decoded::Art;
use crate::art::store::{ArtStore, ReloadError};
use crate::art::trait_art::{Tile, TraitArt};
use crate::files::Digest;
use crate::geometry::TraitId;
use crate::pixel::Blend;
use crate::project::{Depth, Picture, PictureClass, Project};

/// Calls a function with the art, which holds the pixels of a trait at least.
type WithPixels<'a, E> = dyn FnMut(TraitId, &mut dyn FnMut(&Art)) -> Result<(), E> + 'a;

impl Art {
    /// The class of each trait of `project`, by layer and trait. Without all pixels in memory no trait counts as covered.
    #[must_use]
    pub fn picture_classes(&self, project: &Project) -> Vec<Vec<PictureClass>> {
        let mut with_pixels = |_, see: &mut dyn FnMut(&Self)| -> Result<(), Infallible> {
            see(self);
            Ok(())
        };
        let holds_all = self.traits.iter().all(TraitArt::holds_pixels);
        match classes(self, project, holds_all.then_some(&mut with_pixels)) {
            Ok(classes) => classes,
            Err(never) => match never {},
        }
    }
}

impl ArtStore {
    /// The class of each trait of `project`, by layer and trait; pixels that are needed and not in memory are decoded again.
    pub(super) fn picture_classes(&self, project: &Project) -> Result<Vec<Vec<PictureClass>>, ReloadError> {
        let ids: Vec<TraitId> = (0..self.art().traits.len() as TraitId).collect();
        let runs = self.groups(ids.len(), |index| &ids[index..=index]);
        let mut pinned: Option<(Range<usize>, Arc<Art>)> = None;
        let mut with_pixels = |id: TraitId, see: &mut dyn FnMut(&Art)| -> Result<(), ReloadError> {
            if pinned.as_ref().is_none_or(|(run, _)| !run.contains(&id.into())) {
                // What was lent goes before more is asked for.
                pinned = None;
                let run = runs.iter().find(|run| run.contains(&id.into())).expect("every trait is in a run");
                pinned = Some((run.clone(), self.pin(ids[run.clone()].iter().copied())?));
            }
            pinned.as_ref().into_iter().for_each(|(_, art)| see(art));
            Ok(())
        };
        classes(self.art(), project, Some(&mut with_pixels))
    }
}

fn classes<E>(
    art: &Art,
    project: &Project,
    with_pixels: Option<&mut WithPixels<'_, E>>,
) -> Result<Vec<Vec<PictureClass>>, E> {
    let (ids_of, pictures) = (project.picture_numbers(), project.pictures());
    // Where pictures are not in the order of layers, what is above what is not known layer by layer.
    let is_plain = project.is_drawn_by_layers();
    let mut with_pixels = if is_plain { with_pixels } else { None };
    let mut numbers: HashMap<Vec<Seen>, u32> = HashMap::new();
    let mut classes = vec![Vec::new(); project.layers.len()];
    let mut cover = Mask::of(art, false);
    let mut is_covered = false;
    // From the top, so that the cover is what the layers above always cover.
    for (number, layer) in project.layers.iter().enumerate().rev() {
        let adds = is_plain && !project.can_be_absent(number);
        // Most layers have soon no pixel that all of their traits cover.
        let mut common = (adds && with_pixels.is_some()).then(|| Mask::of(art, true));
        for (index, item) in layer.traits.iter().enumerate() {
            let looks = ids_of.of(number, index);
            let [[id]] = looks.iter().map(Vec::as_slice).collect::<Vec<_>>()[..] else {
                classes[number].push(class_of_parts(art, looks, &pictures, &mut numbers));
                continue;
            };
            let id = *id;
            let of = &art.traits[usize::from(id)];
            let mut is_hidden = false;
            let narrows = common.is_some() && item.weight > 0;
            if let Some(with_pixels) = &mut with_pixels
                && ((is_covered && !of.is_empty()) || narrows)
            {
                with_pixels(id, &mut |art: &Art| {
                    let of = &art.traits[usize::from(id)];
                    is_hidden = is_covered && cover.covers(art, of);
                    if narrows {
                        common.take_if(|common| !common.keep_opaque(art, of));
                    }
                })?;
            }
            classes[number].push(if of.is_empty() {
                PictureClass::Empty
            } else if is_hidden {
                PictureClass::Covered
            } else {
                let next = numbers.len() as u32;
                let pixels = *numbers.entry(vec![Seen::of(art, id, &pictures)]).or_insert(next);
                PictureClass::Shows { pixels, hides_all: is_plain && of.hides_all() }
            });
        }
        if let Some(common) = common.filter(|_| layer.traits.iter().any(|item| item.weight > 0)) {
            cover.add(&common);
            is_covered = true;
        }
    }
    Ok(classes)
}

/// One picture as it is seen: its pixels, how they mix with what is below, and where; or the end of those of one condition.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Seen {
    Picture(Digest, Blend, Depth),
    End,
}

impl Seen {
    fn of(art: &Art, id: TraitId, pictures: &[Picture<'_>]) -> Self {
        let id = usize::from(id);
        Self::Picture(art.digests[id], art.traits[id].blend(), pictures[id].depth)
    }
}

/// The class of a trait that is drawn at several depths, has other pictures where something else is shown, or has none. What it hides
/// depends on what lies between its parts, so it never counts as hiding everything.
fn class_of_parts(
    art: &Art,
    looks: &[Vec<TraitId>],
    pictures: &[Picture<'_>],
    numbers: &mut HashMap<Vec<Seen>, u32>,
) -> PictureClass {
    let shown = |&&id: &&TraitId| !art.traits[usize::from(id)].is_empty();
    let seen = looks.iter().flat_map(|ids| {
        let ids = ids.iter().filter(shown);
        ids.map(|&id| Seen::of(art, id, pictures)).chain([Seen::End])
    });
    let seen: Vec<Seen> = seen.collect();
    if seen.iter().all(|seen| *seen == Seen::End) {
        return PictureClass::Empty;
    }
    let next = numbers.len() as u32;
    PictureClass::Shows { pixels: *numbers.entry(seen).or_insert(next), hides_all: false }
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
