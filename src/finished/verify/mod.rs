//! Whether a folder is still the collection that its manifest describes.
//!
//! Somebody copied it, a disk forgot a bit, a tool "optimised" the pictures: each is found and named. The manifest is not
//! trusted, because anyone can have written it: `listing` reads it strictly, names are derived from numbers, links are not
//! followed, and what is reported is what was read. Every file is read once, in pieces (`read`), and all that is wanted of
//! it is done with a piece while it is in the processor's cache: hashing, the walk along the chunks of a picture
//! (`structure`), and inflating its pixels (`inflate`) if that is asked for. Threads take items side by side, so memory
//! grows with their number and with 96 bytes an item of what is listed. `extra` finds what is not listed, and `found` is
//! what comes out.

mod extra;
mod found;
mod inflate;
mod look;
mod shard;
mod structure;

pub use found::{FileProblem, Verification};
pub use shard::{ShardVerification, verify_shard};

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;
use sha2::Digest as _;

use crate::error::ThreadsError;
use crate::files::{Digest, Folder, PathKind};
use crate::finished::equal::{EqualPictures, equal_pictures};
use crate::finished::listed::listed_plan;
use crate::finished::verify::inflate::Inflater;
use crate::finished::verify::look::Look;
use crate::finished::verify::structure::Fault;
use crate::geometry::Size;
use crate::output::{
    Listing, ProblemKind, Record, ShardSet, Stems, VerifyError, Written, listing, look_for_collection, names,
    read_listed, unfinished,
};
use crate::telemetry::{Account, Buffer, Observer, Pool};
use crate::threads::{into_inner, lock, thread_count};

/// How a folder is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifyOptions {
    /// Threads that work, at most 1024; `None` takes one per processor.
    pub threads: Option<NonZeroUsize>,
    /// Whether to inflate the pixels of every picture, too.
    pub decode: bool,
    /// The digest that the collection should have.
    pub expect: Option<Digest>,
}

/// Compares the collection in `folder` with its manifest.
///
/// # Errors
/// If there is no finished collection, or its manifest says what cannot be. Differences are no errors: they are what is
/// asked for.
pub fn verify(
    folder: &Path,
    options: &VerifyOptions,
    observer: &dyn Observer,
) -> Result<Verification, VerifyError> {
    let path = folder;
    let folder = &look_for_collection(path)?;
    if unfinished::is_unfinished(folder) {
        return Err(VerifyError::Rewriting(path.to_owned()));
    }
    let listing = listing::read(folder, names::MANIFEST)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(thread_count(options.threads)).build();
    let pool = pool.map_err(ThreadsError)?;
    let check = Check::new(folder, &listing, options, observer);
    let others = &is_to_be_there(folder, &listing);
    // For each item the sides of its pictures, as far as they have any.
    let canvases: Vec<Vec<[u16; 2]>> = pool.install(|| {
        others.par_iter().for_each(|(name, written)| check.other(name, written));
        listing.items.par_iter().map(|item| check.item(item)).collect()
    });
    let mut found = check.into_found(&listing.others, &canvases);
    found.equal = pool.install(|| equal_pictures(folder, &listing.items, &listing.stems, observer));
    found.add(extra::find(folder, &listing, &folders_of(&listing)));
    found.add(names_of_pictures(folder, &listing));
    let contradiction = |what: &String| FileProblem::new(names::MANIFEST, ProblemKind::Manifest, what);
    found.add(listing.contradictions.iter().map(contradiction));
    if let Some(expected) = &options.expect {
        let what = match &found.collection {
            Some(digest) if digest == expected => None,
            Some(digest) => Some(format!("the collection is {digest}, not {expected}")),
            None => Some(format!("the collection is not {expected}: not all of its files could be read")),
        };
        found.add(what.map(|what| FileProblem::new(names::MANIFEST, ProblemKind::Expected, what)));
    }
    Ok(Verification { header: listing.header, items: listing.items, ..found })
}

/// The files of the whole collection, but for those that a merged collection leaves out: they follow from the plan.
fn is_to_be_there<'a>(folder: &Folder, listing: &'a Listing) -> Vec<(&'a str, Written)> {
    let leaves_out = ShardSet::of(folder).is_some_and(|set| !set.metadata);
    let is_there = |name: &str| !leaves_out || name == names::PLAN || folder.is_file(name);
    listing
        .others
        .iter()
        .filter(|(name, _)| is_there(name))
        .map(|(name, written)| (&**name, *written))
        .collect()
}

/// What a thread needs to look at a file.
#[derive(Debug, Default)]
struct Scratch {
    piece: Vec<u8>,
    inflater: Inflater,
    /// A file that is looked at as a whole.
    file: Vec<u8>,
}

impl Buffer for Scratch {
    fn bytes(&self) -> usize {
        self.piece.capacity() + self.inflater.bytes() + self.file.capacity()
    }
}

/// The check of one folder.
struct Check<'a> {
    folder: &'a Folder,
    listing: &'a Listing,
    decode: bool,
    observer: &'a dyn Observer,
    /// Those of our folders that are missing; each is reported once.
    closed: Vec<String>,
    scratches: Pool<Scratch>,
    problems: Mutex<Vec<FileProblem>>,
    /// What was read of files that are not as they are listed, by name; none of those that could not be read.
    others: Mutex<BTreeMap<String, Option<Written>>>,
    files: AtomicU64,
    pictures: AtomicU64,
    bytes: AtomicU64,
    done: AtomicU64,
}

impl<'a> Check<'a> {
    fn new(
        folder: &'a Folder,
        listing: &'a Listing,
        options: &VerifyOptions,
        observer: &'a dyn Observer,
    ) -> Self {
        let mut check = Self {
            folder,
            listing,
            decode: options.decode,
            observer,
            closed: Vec::new(),
            scratches: Pool::new(&Account::new(true)),
            problems: Mutex::default(),
            others: Mutex::default(),
            files: AtomicU64::new(0),
            pictures: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            done: AtomicU64::new(0),
        };
        for (name, count) in folders_of(listing) {
            // Files of a missing folder are not reported one by one.
            if check.closed.iter().any(|closed| is_in(&name, closed)) {
                continue;
            }
            let (kind, what) = match folder.kind(&name) {
                Ok(PathKind::FOLDER) => continue,
                Ok(PathKind::LINK) => (ProblemKind::Link, "it is a link, and links are not followed"),
                Ok(PathKind::Nothing) => (ProblemKind::Missing, "it is missing"),
                Ok(_) => (ProblemKind::NotAFile, "it is not a folder"),
                Err(_) => (ProblemKind::Unreadable, "it cannot be read"),
            };
            let what = format!("{what}, so the files of {count} items in it were not checked");
            check.report(&name, kind, what);
            check.closed.push(name);
        }
        check
    }

    fn report(&self, name: &str, kind: ProblemKind, what: impl Into<String>) {
        lock(&self.problems).push(FileProblem::new(name, kind, what));
    }

    /// Looks at a file that belongs to the whole collection.
    fn other(&self, name: &str, listed: &Written) {
        self.file(name, listed, |_| {});
    }

    /// Looks at the files of an item, and gives the sides of its pictures.
    fn item(&self, item: &Record) -> Vec<[u16; 2]> {
        let sha256 = item.sha256.as_deref().filter(|_| self.listing.has_sha256);
        let written = std::iter::once((&item.image, sha256)).chain(item.more.iter().map(|of| (of, None)));
        let pictures = self.listing.stems.images(item.edition).zip(written);
        let sides = pictures.map(|(name, (written, sha256))| self.picture(&name, written, sha256)).collect();
        if self.listing.has_documents {
            self.file(&self.listing.stems.metadata(item.edition), &item.metadata, |_| {});
        }
        let done = self.done.fetch_add(1, Relaxed) + 1;
        self.observer.items(done, self.listing.items.len() as u64);
        sides
    }

    /// Looks at a picture, and gives its sides.
    fn picture(&self, name: &str, written: &Written, sha256: Option<&[u8; 32]>) -> [u16; 2] {
        let mut found_sha256 = sha256.map(|_| sha2::Sha256::new());
        let mut header: Option<Result<Size, Fault>> = None;
        let whole = self.scratches.with(|scratch| {
            let mut look =
                Look::new(self.listing.stems.format(), self.decode, &mut scratch.inflater, &mut scratch.file);
            let whole = self.read(name, written, &mut scratch.piece, |piece| {
                look.feed(piece);
                if let Some(hasher) = &mut found_sha256 {
                    hasher.update(piece);
                }
            });
            header = whole.map(|_| look.finish());
            whole
        });
        if let Some(is_same) = whole {
            self.pictures.fetch_add(1, Relaxed);
            let found: Option<[u8; 32]> = found_sha256.map(|hasher| hasher.finalize().into());
            if let (Some(listed), Some(found)) = (sha256, found)
                && *listed != found
                && is_same
            {
                let what = format!("its SHA-256 is {} instead of {}", short(&found), short(listed));
                self.report(name, ProblemKind::Changed, what);
            }
        }
        match header {
            None => [0; 2],
            Some(Ok(size)) => [size.width, size.height].map(|side| u16::try_from(side).unwrap_or(u16::MAX)),
            Some(Err(fault)) => {
                let (kind, what) = match fault {
                    Fault::Structure(what) => (ProblemKind::Structure, what),
                    Fault::Pixels(what) => (ProblemKind::Decode, what),
                };
                self.report(name, kind, what);
                [0; 2]
            }
        }
    }

    fn file(&self, name: &str, listed: &Written, look: impl FnMut(&[u8])) {
        self.scratches.with(|scratch| self.read(name, listed, &mut scratch.piece, look));
    }

    /// Reads a file and compares it with what is listed; whether it is the same, if it could be read to its end.
    fn read(
        &self,
        name: &str,
        listed: &Written,
        piece: &mut Vec<u8>,
        mut look: impl FnMut(&[u8]),
    ) -> Option<bool> {
        if self.closed.iter().any(|folder| is_in(name, folder)) {
            lock(&self.others).insert(name.to_owned(), None);
            return None;
        }
        let mut hasher = blake3::Hasher::new();
        let read = read_listed(self.folder, name, listed.bytes, piece, |bytes| {
            hasher.update(bytes);
            look(bytes);
        });
        if let Err((kind, what)) = read {
            self.report(name, kind, what);
            lock(&self.others).insert(name.to_owned(), None);
            return None;
        }
        self.files.fetch_add(1, Relaxed);
        self.bytes.fetch_add(listed.bytes, Relaxed);
        let digest = *hasher.finalize().as_bytes();
        if digest != listed.digest {
            let what = format!("its BLAKE3 is {} instead of {}", short(&digest), short(&listed.digest));
            self.report(name, ProblemKind::Changed, what);
            lock(&self.others).insert(name.to_owned(), Some(Written { bytes: listed.bytes, digest }));
        }
        Some(digest == listed.digest)
    }

    /// What came out, but for what is not listed.
    fn into_found(self, others: &[(&str, Written)], canvases: &[Vec<[u16; 2]>]) -> Verification {
        let items = &self.listing.items;
        let read = into_inner(self.others);
        let is_known = read.values().all(Option::is_some);
        let collection = is_known.then(|| {
            let found = |name: &str, listed: &Written| read.get(name).copied().flatten().unwrap_or(*listed);
            let others: Vec<(&str, Written)> =
                others.iter().map(|(name, listed)| (*name, found(name, listed))).collect();
            let stems = &self.listing.stems;
            let items = items.iter().map(|item| Record {
                edition: item.edition,
                image: found(&stems.image(item.edition), &item.image),
                more: stems
                    .images(item.edition)
                    .skip(1)
                    .zip(&item.more)
                    .map(|(name, of)| found(&name, of))
                    .collect(),
                metadata: if self.listing.has_documents {
                    found(&self.listing.stems.metadata(item.edition), &item.metadata)
                } else {
                    Written::NOTHING
                },
                sha256: None,
            });
            listing::collection_digest(items, stems, &others)
        });
        let mut found = Verification {
            header: Default::default(),
            files: self.files.into_inner(),
            pictures: self.pictures.into_inner(),
            bytes: self.bytes.into_inner(),
            collection,
            problems: Vec::new(),
            equal: EqualPictures::default(),
            items: Vec::new(),
            stems: self.listing.stems.clone(),
        };
        found.add(into_inner(self.problems));
        let stems = &self.listing.stems;
        for number in 0..stems.pictures() {
            found.add(odd_canvases(items, stems, canvases, number));
        }
        found
    }
}

/// What pictures are not called as the plan and the template make it, if a template named them: what is listed is only
/// what could be such a name. Nothing, if the plan is not the one that is listed, which is reported separately.
fn names_of_pictures(folder: &Folder, listing: &Listing) -> Vec<FileProblem> {
    let Some(told) = listing.header.metadata.as_ref().filter(|_| !listing.stems.are_numbers()) else {
        return Vec::new();
    };
    let Some((mut project, plan)) = listed_plan(folder, listing) else { return Vec::new() };
    told.apply(&mut project);
    let stems = Stems::of(&project, &plan);
    let others =
        listing.items.iter().filter(|item| stems.stem(item.edition) != listing.stems.stem(item.edition));
    others
        .map(|item| {
            let what = format!("the plan and file_name make it {}", stems.file(item.edition));
            FileProblem::new(listing.stems.image(item.edition), ProblemKind::Manifest, what)
        })
        .collect()
}

/// The pictures that are of another size than most of those with this number among their item's.
fn odd_canvases(
    items: &[Record],
    stems: &Stems,
    canvases: &[Vec<[u16; 2]>],
    number: usize,
) -> Vec<FileProblem> {
    let sides = canvases.iter().map(|sides| &sides[number]);
    let known = || items.iter().zip(sides.clone()).filter(|(_, sides)| **sides != [0; 2]);
    let mut counts: HashMap<[u16; 2], u64> = HashMap::new();
    known().for_each(|(_, sides)| *counts.entry(*sides).or_default() += 1);
    let Some((usual, _)) = counts.into_iter().max_by_key(|&(sides, count)| (count, sides)) else {
        return Vec::new();
    };
    let odd = known().filter(|(_, sides)| **sides != usual);
    odd.map(|(item, [width, height])| {
        let what =
            format!("it has {width}x{height} pixels, and most pictures have {}x{}", usual[0], usual[1]);
        FileProblem::new(stems.image_of(number, item.edition), ProblemKind::Canvas, what)
    })
    .collect()
}

/// The folders of a collection's pictures and documents, each before those in it, with the number of items that have files
/// there.
fn folders_of(listing: &Listing) -> Vec<(String, usize)> {
    let all = listing.items.len();
    let json = Some(names::JSON.to_owned()).filter(|_| listing.has_documents);
    let mut folders: Vec<(String, usize)> = [names::IMAGES.to_owned()]
        .into_iter()
        .chain(json)
        .chain(listing.stems.size_folders())
        .map(|name| (name, all))
        .collect();
    let layout = listing.stems.layout();
    let same = |a: &Record, b: &Record| layout.item_folder(a.edition) == layout.item_folder(b.edition);
    for items in listing.items.chunk_by(same) {
        let of_items = listing.stems.item_folders(items[0].edition).into_iter();
        let has_files = |name: &String| listing.has_documents || !is_in(name, names::JSON);
        folders.extend(of_items.filter(has_files).map(|name| (name, items.len())));
    }
    folders
}

/// Whether `name` is that of a folder, or of something in it.
fn is_in(name: &str, folder: &str) -> bool {
    name.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The beginning of a digest, for people to compare.
fn short(digest: &[u8; 32]) -> String {
    format!("{}..", Digest::from(*digest).short())
}
