//! Pictures that were decoded for an earlier state of a project, and need not be decoded again.
//!
//! A picture is what its file and its place on the canvas make of it. Both are in a key; where an earlier picture has the same
//! key, its tiles are shared. Pictures whose colours were converted, and projects whose pictures are compared with each other where they
//! touch, are decoded again.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use hashbrown::HashMap;

use crate::art::decoded::Art;
use crate::art::palette::Colours;
use crate::art::placement::Extent;
use crate::art::trait_art::TraitArt;
use crate::files::Digest;
use crate::geometry::{Size, TraitId};
use crate::project::{Picture, Problem, Project};

/// What is remembered of a decoded picture beside its tiles.
#[derive(Clone, Debug)]
pub(crate) struct Remembered {
    pub(super) key: blake3::Hash,
    pub(super) colours: Option<Colours>,
    pub(super) extent: Option<Extent>,
    pub(super) is_lossy: bool,
    pub(super) warnings: Vec<Problem>,
}

/// A picture that was decoded before.
pub(super) struct Found<'a> {
    pub(super) art: TraitArt,
    /// That of its pixels.
    pub(super) digest: Digest,
    /// BLAKE3 of its file.
    pub(super) file: blake3::Hash,
    pub(super) remembered: &'a Remembered,
}

/// The pictures of an earlier state of a project.
#[derive(Debug)]
pub(crate) struct Earlier<'a> {
    art: Art,
    remembered: &'a [Option<Remembered>],
    by_key: HashMap<blake3::Hash, TraitId>,
    reused: AtomicUsize,
}

impl<'a> Earlier<'a> {
    pub(super) fn new(art: Art, remembered: &'a [Option<Remembered>]) -> Self {
        let numbered = (0..).zip(remembered);
        let by_key = numbered.filter_map(|(id, found)| Some((found.as_ref()?.key, id))).collect();
        Self { art, remembered, by_key, reused: AtomicUsize::new(0) }
    }

    /// The picture as it was decoded before, if it was.
    pub(super) fn find(&self, project: &Project, picture: &Picture<'_>, canvas: Size) -> Option<Found<'a>> {
        let file = blake3::hash(&fs::read(picture.path()).ok()?);
        let id = *self.by_key.get(&key(project, picture, canvas, file))?;
        let remembered = self.remembered[usize::from(id)].as_ref()?;
        let art = self.art.traits[usize::from(id)].clone();
        // What a budget let go is decoded again.
        if !art.holds_pixels() {
            return None;
        }
        self.reused.fetch_add(1, Relaxed);
        let digest = self.art.digests[usize::from(id)];
        Some(Found { art, digest, file, remembered })
    }

    /// How many pictures were found.
    pub(crate) fn reused(&self) -> usize {
        self.reused.load(Relaxed)
    }
}

/// All that decides what a picture becomes but the arithmetic.
pub(super) fn key(
    project: &Project,
    picture: &Picture<'_>,
    canvas: Size,
    file: blake3::Hash,
) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(file.as_bytes());
    let [x, y] = picture.offset;
    for number in [canvas.width, canvas.height, x as u32, y as u32] {
        hasher.update(&number.to_le_bytes());
    }
    let (fit, filter) = (project.fit as u8, project.scale_filter as u8);
    hasher.update(&[fit, filter, picture.opacity, picture.blend.code() as u8, picture.role as u8]);
    // Warnings name it.
    hasher.update(picture.path().as_os_str().as_encoded_bytes());
    hasher.finalize()
}
