//! Whether a shard is still what its manifest describes: each of its files, and its own file as a whole.
//!
//! A collection of many shards is checked by as many processes, so a shard is checked alone. Manifests are read as streams
//! and files of some items at a time, so memory does not grow with the shard.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::{Error, PathIo, ThreadsError};
use crate::finished::verify::FileProblem;
use crate::output::{
    ProblemKind, Shard, ShardError, ShardFolder, ShardItem, ShardSet, Unlike, VerifyError, Written,
    manifest_path, open_place,
};
use crate::telemetry::Observer;
use crate::threads::thread_count;

/// Items that are looked at together.
const TOGETHER: usize = 512;

/// What was found of a shard.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ShardVerification {
    /// Its file or folder.
    pub path: PathBuf,
    /// How many items it has.
    pub items: u64,
    /// Files of items that are as they are listed.
    pub files: u64,
    /// Bytes of these.
    pub bytes: u64,
    /// What differs.
    pub problems: Vec<FileProblem>,
}

/// Compares a shard with its manifest. It is in `folder`, or is one of the merged collection there.
///
/// # Errors
/// If it is not there, its manifest cannot be read, or the observer stops it. Differences are no errors.
pub fn verify_shard(
    folder: &Path,
    shard: Shard,
    threads: Option<NonZeroUsize>,
    observer: &dyn Observer,
) -> Result<ShardVerification, Error> {
    let folder = folder_of_shard(folder, shard)?;
    let mut reader = folder.read_manifest(shard)?;
    let head = reader.head.shard.clone();
    let path = folder.file(&head);
    let mut found =
        ShardVerification { path: path.clone(), items: 0, files: 0, bytes: 0, problems: Vec::new() };
    let shown = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let files = match folder.files(&head) {
        Ok(files) => files,
        Err(error) => {
            let error = Error::from(error);
            found.problems.push(FileProblem::new(shown, ProblemKind::Missing, error.to_string()));
            return Ok(found);
        }
    };
    let threads = if files.are_in_store() { NonZeroUsize::new(1) } else { threads };
    let workers = rayon::ThreadPoolBuilder::new().num_threads(thread_count(threads)).build();
    let workers = workers.map_err(ThreadsError).map_err(VerifyError::from)?;
    let stems = reader.stems().clone();
    loop {
        let mut items: Vec<ShardItem> = Vec::with_capacity(TOGETHER);
        while items.len() < TOGETHER {
            let Some(item) = reader.next_item()? else { break };
            items.push(item);
        }
        if items.is_empty() {
            break;
        }
        let look = |item: &ShardItem| -> Vec<(u64, Option<FileProblem>)> {
            let edition = item.record.edition;
            let pictures = std::iter::once(&item.record.image).chain(&item.record.more);
            let names = (0..stems.pictures()).map(|number| match &item.stem {
                Some(stem) => stems.image_called(number, edition, stem),
                None => stems.image_of(number, edition),
            });
            let mut listed: Vec<(String, Written)> = names.zip(pictures.copied()).collect();
            listed.extend(head.documents.then(|| (stems.metadata(edition), item.record.metadata)));
            let mut offsets = item.offsets.iter().copied();
            let mut bytes = Vec::new();
            let one = |(name, written): (String, Written)| {
                let read = files.read(&name, offsets.next(), &written, &mut bytes);
                let problem = read.err().map(|unlike| {
                    let kind = match unlike {
                        Unlike::Unreadable(_) => ProblemKind::Missing,
                        Unlike::Length(_) | Unlike::Digest => ProblemKind::Changed,
                    };
                    FileProblem::new(name, kind, unlike.words())
                });
                (written.bytes, problem)
            };
            listed.into_iter().map(one).collect()
        };
        let looked: Vec<Vec<(u64, Option<FileProblem>)>> =
            workers.install(|| items.par_iter().map(look).collect());
        for (bytes, problem) in looked.into_iter().flatten() {
            match problem {
                Some(problem) => found.problems.push(problem),
                None => {
                    found.files += 1;
                    found.bytes += bytes;
                }
            }
        }
        found.items += items.len() as u64;
        crate::finished::upload::ensure_goes_on(
            observer,
            usize::try_from(found.items).unwrap_or(usize::MAX),
            usize::try_from(head.items).unwrap_or(usize::MAX),
        )?;
    }
    // What lies between the files: headers of a tar, spans of a pool that no file shows, labels.
    if let Some(listed) = head.file.filter(|_| found.problems.is_empty()) {
        let mut hasher = blake3::Hasher::new();
        let read = folder.open_file(&head).and_then(|file| hasher.update_reader(file).map(drop));
        read.map_err(PathIo::on("read", &path)).map_err(ShardError::from)?;
        if *hasher.finalize().as_bytes() != *listed.blake3.as_bytes() {
            let what =
                "its BLAKE3 is not the one that its manifest lists, and the files of all items are as listed";
            found.problems.push(FileProblem::new(shown, ProblemKind::Changed, what));
        }
    }
    Ok(found)
}

/// The folder that a shard is in: that of a merged collection is in its list of shards.
fn folder_of_shard(folder: &Path, shard: Shard) -> Result<ShardFolder, Error> {
    if let in_store @ ShardFolder::Store(_) = ShardFolder::at(folder)? {
        return Ok(in_store);
    }
    let open = open_place(folder).map_err(PathIo::on("open", folder)).map_err(ShardError::from)?;
    let Some(set) = ShardSet::of(&open) else { return Ok(ShardFolder::Disk(folder.to_owned())) };
    let number = shard.number() as usize;
    match set.shards.get(number).filter(|listed| listed.shard == shard) {
        Some(_) => Ok(set.folder(folder, number)?),
        None => Err(ShardError::Missing(manifest_path(folder, shard)).into()),
    }
}
