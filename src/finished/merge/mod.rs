//! Many shards as one collection: its manifest and its plan, in a folder that says where the shards are.
//!
//! The collection's digest is taken over the list of its files, and each shard's manifest has its part of that list in
//! order. So merging reads manifests alone, one behind the other, and holds one item at a time. `found` decides whether the
//! shards belong together, and `unpack` makes the folder that one machine
//! would have made.

mod error;
mod found;
mod unpack;

pub use error::MergeError;

use std::cell::RefCell;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, PathIo};
use crate::finished::filling::Filling;
use crate::finished::listed;
use crate::finished::merge::found::{FoundShard, FoundShards, find};
use crate::finished::upload::ensure_goes_on;
use crate::output::{
    Collection, Contents, Hashing, OutputError, Record, SHARD_SET, ShardForm, ShardReader, ShardSet, Stems,
    WholeFile, Written, manifest, names, write_whole,
};
use crate::project::{Layout, Project};
use crate::telemetry::Observer;

/// What a merged collection has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MergeOptions {
    /// Whether the files that describe all items are written, too.
    pub metadata: bool,
    /// Whether all files are taken out of the shards: the folder is the one that one machine would have made.
    pub unpack: bool,
}

/// Shards that were merged.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Merged {
    /// The collection.
    pub collection: Collection,
    /// Its shards.
    pub shards: u32,
    /// Its items.
    pub items: u64,
}

/// Merges the shards in some folders, or those whose manifests are given, to a collection in the folder `out`.
///
/// # Errors
/// If shards are missing, there twice or made from something else, a manifest is damaged, `out` is not empty, or files cannot
/// be written. With [`Cancelled`](crate::error::Cancelled) if the observer stops it. Nothing is left of `out` then.
pub fn merge(
    places: &[PathBuf],
    out: &Path,
    options: MergeOptions,
    observer: &dyn Observer,
) -> Result<Merged, Error> {
    let found = find(places)?;
    let FoundShards { first, shards } = &found;
    let items = first.run.count;
    if options.unpack && first.run.layout != Layout::FanOut && items > Layout::MAX_FLAT as u64 {
        let items = usize::try_from(items).unwrap_or(usize::MAX);
        return Err(OutputError::TooManyForLayout { items, layout: first.run.layout }.into());
    }
    let filling = Filling::begin(out).map_err(MergeError::from)?;
    let filling = filling.ok_or_else(|| MergeError::Taken(out.to_owned()))?;
    let stems = found.stems()?;
    copy_plan(&filling, &shards[0], first.whole.last())?;
    if options.unpack {
        unpack::unpack(&filling, &found, &stems, observer)?;
    }
    if options.unpack || options.metadata {
        write_metadata(&filling, &found)?;
    }
    let digests = write_manifest(&filling, out, &found, &stems, observer)?;
    if !options.unpack {
        let set =
            ShardSet::new(shards.iter().map(|shard| (&shard.folder, &shard.head)), out, options.metadata)
                .map_err(MergeError::from)?;
        filling.write(SHARD_SET, &set.to_bytes()).map_err(MergeError::from)?;
    }
    let folder = filling.finish().map_err(MergeError::from)?;
    let collection = Collection { folder, digest: digests.collection, provenance: digests.provenance };
    Ok(Merged { collection, shards: first.shard.shard.of(), items })
}

impl FoundShards {
    /// What pictures are called. Names of a template are read from all manifests, before the first is written.
    fn stems(&self) -> Result<Stems, MergeError> {
        let run = &self.first.run;
        let is_named = run.metadata.as_ref().is_some_and(|metadata| !metadata.settings.file_name.is_empty());
        let mut named = Vec::new();
        for shard in self.shards.iter().filter(|_| is_named) {
            let mut reader = shard.read()?;
            while let Some(item) = reader.next_item()? {
                named.extend(item.stem.map(|stem| (item.record.edition, stem)));
            }
        }
        let stems = match is_named {
            true => Stems::try_from(named)
                .map_err(|what| MergeError::Differs { path: self.shards[0].manifest(), what })?,
            false => Stems::default(),
        };
        Ok(stems.of_sizes(&run.output_size).of_format(run.picture_format).of_layout(run.layout))
    }
}

/// Copies the plan out of the first shard.
fn copy_plan(filling: &Filling, shard: &FoundShard, listed: Option<&WholeFile>) -> Result<(), MergeError> {
    let damaged =
        |path: PathBuf, what: &str| MergeError::Damaged { path, what: format!("plan.json: {what}") };
    let listed = listed.filter(|file| file.name == names::PLAN);
    let listed = listed.ok_or_else(|| damaged(shard.manifest(), "it is not listed"))?;
    let (path, from) = match shard.head.form {
        ShardForm::Pool => shard.folder.plan_beside(shard.head.shard),
        _ => {
            let files = shard.folder.files(&shard.head)?;
            let from = files.open_file(names::PLAN, listed.offset, listed.contents.bytes);
            (files.path, from)
        }
    };
    let mut from = from.map_err(PathIo::on("read", &path))?.take(listed.contents.bytes.saturating_add(1));
    let to = filling.folder.create_new(names::PLAN).map_err(PathIo::on("write", names::PLAN))?;
    let mut to = Hashing::new(to);
    io::copy(&mut from, &mut to).map_err(PathIo::on("copy the plan from", &path))?;
    if Contents::from(to.written()) != listed.contents {
        return Err(damaged(path, "it is not the plan that the manifest lists"));
    }
    Ok(())
}

/// Makes the files that describe all items, which must be those that the first shard lists.
fn write_metadata(filling: &Filling, found: &FoundShards) -> Result<(), Error> {
    let texts = &found.first.texts;
    let whole: Vec<&WholeFile> = found.first.whole.iter().filter(|file| file.name != names::PLAN).collect();
    if whole.is_empty() {
        return Ok(());
    }
    let mut project: Project = listed::project_of(&filling.folder)?;
    found.first.run.set_output(&mut project);
    listed::set_groups(&mut project, texts);
    let plan = listed::plan_for(&filling.folder, &project)?;
    texts.apply(&mut project);
    for file in whole {
        let fail = PathIo::on("write", &file.name);
        if file.name.starts_with(names::JSON) {
            filling.folder.make_sub(names::JSON).map_err(fail).map_err(MergeError::from)?;
        }
        let to = filling.folder.create_new(&file.name).map_err(fail).map_err(MergeError::from)?;
        let mut to = BufWriter::with_capacity(1 << 16, Hashing::new(to));
        let made = write_whole(&file.name, &project, &plan, &mut to).and_then(|()| to.flush());
        made.map_err(fail).map_err(MergeError::from)?;
        if Contents::from(to.get_ref().written()) != file.contents {
            let what =
                format!("{}: what the plan and the metadata settings make is not what it lists", file.name);
            return Err(MergeError::Damaged { path: found.shards[0].manifest(), what }.into());
        }
    }
    Ok(())
}

/// Writes the manifest of the whole collection.
fn write_manifest(
    filling: &Filling,
    out: &Path,
    found: &FoundShards,
    stems: &Stems,
    observer: &dyn Observer,
) -> Result<manifest::Digests, Error> {
    let failure: RefCell<Option<Error>> = RefCell::new(None);
    let total = usize::try_from(found.first.run.count).unwrap_or(usize::MAX);
    let mut done = 0;
    let mut open = None;
    let mut left = found.shards.iter();
    let mut next = || -> Result<Option<Record>, Error> {
        loop {
            if open.is_none() {
                let Some(shard) = left.next() else { return Ok(None) };
                open = Some(shard.read()?);
                ensure_goes_on(observer, done, total)?;
            }
            match open.as_mut().map(ShardReader::next_item).transpose()?.flatten() {
                Some(item) => {
                    done += 1;
                    return Ok(Some(item.record));
                }
                None => open = None,
            }
        }
    };
    let records = std::iter::from_fn(|| {
        next().unwrap_or_else(|error| {
            *failure.borrow_mut() = Some(error);
            None
        })
    });
    let whole = &found.first.whole;
    let others: Vec<(&str, Written)> =
        whole.iter().map(|file| (file.name.as_str(), file.contents.into())).collect();
    let path = out.join(names::MANIFEST);
    let fail = PathIo::on("write", &path);
    let file = filling.folder.create_new(names::MANIFEST).map_err(fail).map_err(MergeError::from)?;
    let mut to = BufWriter::with_capacity(1 << 18, file);
    let written = manifest::write(&mut to, &found.first.run, records, stems, &others);
    let digests =
        written.and_then(|digests| to.flush().map(|()| digests)).map_err(fail).map_err(MergeError::from)?;
    match failure.into_inner() {
        Some(error) => Err(error),
        None => Ok(digests),
    }
}
