//! What an earlier run left in a folder: the run that it was, and a record of each item that it says is whole.
//!
//! A journal records it during a run, and a manifest when it is finished. What they say about files is not
//! believed here; `resume` reads the files.

use std::io;
use std::path::Path;

use crate::error::{Explain, PathIo};
use crate::output::error::OutputError;
use crate::output::journal::{Header, Record};
use crate::output::manifest::RunHeader;
use crate::output::picture_names::Stems;
use crate::output::records::{InOrder, Records};
use crate::output::verify_error::VerifyError;
use crate::output::{listing, names, open_place, unfinished};
use crate::plan::Plan;
use crate::pool::is_pool;

/// The run that a folder holds, finished or not.
#[derive(Debug)]
pub(crate) struct Earlier {
    pub(crate) header: Header,
    records: Source,
}

#[derive(Debug)]
enum Source {
    Journal(Records),
    Manifest(Vec<Record>),
}

impl Earlier {
    /// The run in the folder at `path`; none if there is no journal and no manifest.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, OutputError> {
        let folder = match open_place(path) {
            Ok(folder) => folder,
            Err(error) if [io::ErrorKind::NotFound, io::ErrorKind::NotADirectory].contains(&error.kind()) => {
                return Ok(None);
            }
            Err(error) => return Err(PathIo::on("open", path)(error).into()),
        };
        if folder.is_file(names::JOURNAL) {
            let (header, records) = Records::open(&folder, names::JOURNAL)?;
            return Ok(Some(Self { header, records: Source::Journal(records) }));
        }
        if !folder.is_file(names::MANIFEST) {
            if is_pool(path) {
                return Err(OutputError::NoDigests(path.to_owned()));
            }
            return Ok(None);
        }
        let manifest = folder.join(names::MANIFEST);
        let unreadable = |reason| OutputError::Unreadable { path: manifest.clone(), reason };
        if unfinished::is_unfinished(&folder) {
            return Err(OutputError::Rewriting(path.to_owned()));
        }
        let listing = listing::read(&folder, names::MANIFEST).map_err(|error| match error {
            VerifyError::Manifest { reason, .. } => unreadable(reason),
            VerifyError::Io(error) => error.into(),
            other => unreadable(other.explain().detail.into_owned()),
        })?;
        if let Some(contradiction) = listing.contradictions.into_iter().next() {
            return Err(unreadable(contradiction));
        }
        let editions: Vec<u32> = listing.items.iter().map(|item| item.edition).collect();
        let header = Header::new(listing.header, &editions, listing.stems);
        Ok(Some(Self { header, records: Source::Manifest(listing.items) }))
    }

    /// Refuses claims of other editions than the first items of `plan` have: the run was one of that plan.
    pub(crate) fn check_editions(&self, folder: &Path, plan: &Plan) -> Result<(), OutputError> {
        let count = u32::try_from(self.header.run.count).unwrap_or(u32::MAX).min(plan.len() as u32);
        let first: Vec<u32> = (0..count).collect();
        let wanted =
            Header::new(self.header.run.clone(), &plan.pick(&first).sorted_editions(), Stems::default());
        if self.header.editions == wanted.editions {
            return Ok(());
        }
        let name = if matches!(self.records, Source::Journal(_)) { names::JOURNAL } else { names::MANIFEST };
        let reason = "its editions differ from its plan".to_owned();
        Err(OutputError::Unreadable { path: folder.join(name), reason })
    }

    /// Whether it is a finished collection.
    pub(crate) fn is_finished(&self) -> bool {
        matches!(self.records, Source::Manifest(_))
    }

    /// Whether a finished collection records SHA-256 digests.
    pub(crate) fn has_sha256(&self) -> bool {
        match &self.records {
            Source::Manifest(records) => records.first().is_some_and(|record| record.sha256.is_some()),
            Source::Journal(_) => false,
        }
    }

    /// The records in the order of their editions, each once.
    pub(crate) fn records(self) -> Box<dyn Iterator<Item = Record>> {
        match self.records {
            Source::Journal(records) => Box::new(InOrder::new(self.header, records)),
            Source::Manifest(records) => Box::new(records.into_iter()),
        }
    }
}

/// What a folder holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CollectionState {
    /// A finished collection.
    Finished(RunHeader),
    /// A run that is not finished.
    Stopped(RunHeader),
    /// A change of a finished collection that was stopped.
    StoppedEdit(RunHeader),
}

/// What is in `folder`; none if there is no collection.
///
/// # Errors
/// If its journal or manifest cannot be read.
pub fn collection_state(folder: &Path) -> Result<Option<CollectionState>, OutputError> {
    let state = |earlier: Earlier| match (earlier.is_finished(), earlier.header.edit) {
        (true, _) => CollectionState::Finished(earlier.header.run),
        (false, None) => CollectionState::Stopped(earlier.header.run),
        (false, Some(_)) => CollectionState::StoppedEdit(earlier.header.run),
    };
    Ok(Earlier::open(folder)?.map(state))
}

/// The inputs of the run in `folder`, finished or not; none if there is no run.
///
/// # Errors
/// If its journal or manifest cannot be read.
pub fn earlier_run(folder: &Path) -> Result<Option<RunHeader>, OutputError> {
    Ok(Earlier::open(folder)?.map(|earlier| earlier.header.run))
}
