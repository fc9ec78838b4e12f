//! A collection in a pool: pictures by their spans, the other files as they are.
//!
//! Threads finish items nearly in order, and a pool is written in the order of editions, so an item that is early waits for
//! its turn: with its spans, which it shares with the span cache, and not with its pictures. What the manifest needs of the
//! items is held in memory, as for an archive.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex};

use crate::error::Error;
use crate::files::Digest;
use crate::output::archive::{ArchiveError, Archived, Kept};
use crate::output::hashing::Hashing;
use crate::output::journal::{Record, Written};
use crate::output::manifest::{self, RunHeader};
use crate::output::metadata::{whole_files, write_whole};
use crate::output::names;
use crate::output::picture_names::Stems;
use crate::output::sink::{Sink, SinkError};
use crate::plan::Plan;
use crate::png::RowSpans;
use crate::pool::{FileDigest, NewItem, NewPicture, PoolSize, PoolWriter};
use crate::project::Project;
use crate::telemetry::FinishedItem;
use crate::threads::{into_inner, lock};

/// Items that may wait; none is larger than what it shares with others but for whole pictures.
const MOST_WAITING: usize = 4096;
/// Bytes of whole pictures that may wait.
const MOST_BYTES: usize = 32 << 20;

/// An item for a pool.
#[derive(Debug)]
pub(crate) struct PoolItem {
    pub(crate) edition: u32,
    /// One for each size.
    pub(crate) pictures: Vec<PoolPicture>,
    pub(crate) metadata: Vec<u8>,
    /// The digests of its files, unless they come later.
    pub(crate) record: Option<Record>,
}

/// A picture of it.
#[derive(Debug)]
pub(crate) enum PoolPicture {
    /// Its tile rows, from top to bottom.
    Spans(Vec<Arc<RowSpans>>),
    /// Its file.
    Whole(Vec<u8>),
}

impl PoolItem {
    fn bytes(&self) -> usize {
        let bytes = |picture: &PoolPicture| match picture {
            PoolPicture::Spans(_) => 0,
            PoolPicture::Whole(file) => file.len(),
        };
        self.metadata.len() + self.pictures.iter().map(bytes).sum::<usize>()
    }
}

/// What is written to.
type Out = PoolWriter<BufWriter<File>>;

/// Writes items to a pool, in the order of their places in the plan, which is that of their editions.
#[derive(Debug)]
pub(crate) struct PoolSink {
    state: Mutex<State>,
    items: usize,
    name: String,
    header: RunHeader,
    stems: Stems,
    provenance: bool,
    /// Whether the digests of files are left for later.
    later: bool,
}

#[derive(Debug)]
struct State {
    next: usize,
    early: BTreeMap<usize, PoolItem>,
    early_bytes: usize,
    /// None while a thread writes, and after a failure.
    writer: Option<(Out, Kept)>,
    failed: bool,
}

impl PoolSink {
    /// Begins a pool of `plan` in `file`, which messages call `name`. Its pictures have these `sizes`, each with the
    /// encoder of its spans; with `later` it gets no digests of its files.
    pub(crate) fn begin(
        file: File,
        name: String,
        (project, plan): (&Project, &Plan),
        header: RunHeader,
        sizes: Vec<PoolSize>,
        (provenance, later): (bool, bool),
    ) -> Result<Self, ArchiveError> {
        let out = BufWriter::with_capacity(1 << 18, file);
        let writer = PoolWriter::begin(out, sizes).map_err(ArchiveError::write(&name))?;
        let kept = Kept::new(if later { 0 } else { plan.len() }, provenance);
        let writer = Some((writer, kept));
        let state = State { next: 0, early: BTreeMap::new(), early_bytes: 0, writer, failed: false };
        let (items, stems) = (plan.len(), Stems::of(project, plan));
        Ok(Self { state: Mutex::new(state), items, name, header, stems, provenance, later })
    }

    /// Whether the pictures' files are needed for their digests.
    pub(crate) fn needs_files(&self) -> bool {
        !self.later
    }

    /// Whether SHA-256 of each image is needed.
    pub(crate) fn needs_provenance(&self) -> bool {
        self.provenance
    }

    /// Writes the item at `index` of the plan when all before it are written, now or later by another thread.
    ///
    /// # Errors
    /// If the pool cannot be written, once; what comes afterwards is dropped, for the run is over.
    pub(crate) fn take(&self, index: usize, item: PoolItem) -> Result<(), SinkError> {
        let mut state = lock(&self.state);
        if state.failed {
            return Ok(());
        }
        state.early_bytes += item.bytes();
        state.early.insert(index, item);
        // A thread that writes looks for more before it gives the writer back.
        let Some((mut writer, mut kept)) = state.writer.take() else { return Ok(()) };
        loop {
            let next = state.next;
            let Some(item) = state.early.remove(&next) else {
                state.writer = Some((writer, kept));
                return Ok(());
            };
            state.early_bytes -= item.bytes();
            drop(state);
            if let Some(record) = &item.record {
                kept.push(record);
            }
            let written = self.add(&mut writer, &item);
            state = lock(&self.state);
            match written {
                Ok(()) => state.next += 1,
                Err(error) => {
                    state.failed = true;
                    state.early.clear();
                    return Err(Error::from(ArchiveError::write(&self.name)(error)).into());
                }
            }
        }
    }

    fn add(&self, writer: &mut Out, item: &PoolItem) -> io::Result<()> {
        fn borrowed<'a>(picture: &'a PoolPicture) -> NewPicture<'a> {
            match picture {
                PoolPicture::Spans(rows) => NewPicture::Spans(rows),
                PoolPicture::Whole(file) => NewPicture::Whole(file),
            }
        }
        let pictures: Vec<NewPicture<'_>> = item.pictures.iter().map(borrowed).collect();
        let digest = |of: &Written| FileDigest { bytes: of.bytes, blake3: of.digest };
        let digests: Option<Vec<FileDigest>> = item
            .record
            .as_ref()
            .map(|record| std::iter::once(&record.image).chain(&record.more).map(digest).collect());
        let stem = self.stems.stem(item.edition);
        let document = item.record.as_ref().map_or([0; 32], |record| record.metadata.digest);
        writer.add(&NewItem {
            edition: item.edition,
            name: (!self.stems.are_numbers()).then_some(&*stem),
            pictures: &pictures,
            digests: digests.as_deref().map(|pictures| (pictures, document)),
            document: Some(&*item.metadata).filter(|metadata| !metadata.is_empty()),
        })
    }

    /// Writes what belongs to the whole collection, and the end of the pool. `ordered` is `plan` by edition. Without
    /// digests of its files the pool's own is given.
    pub(crate) fn finish(
        self,
        project: &Project,
        plan: &Plan,
        ordered: &Plan,
    ) -> Result<Archived, ArchiveError> {
        let state = into_inner(self.state);
        let incomplete = || ArchiveError::Incomplete(self.name.clone());
        let (writer, kept) = state.writer.filter(|_| state.next == self.items).ok_or_else(incomplete)?;
        let run = self.later.then(|| serde_json::to_value(&self.header).expect("a header is an object"));
        let mut digests = None;
        let files = |writer: &mut Out| {
            let mut others = Vec::new();
            for name in whole_files(&project.metadata) {
                others.push((
                    name,
                    add_file(writer, name, |out| write_whole(name, project, ordered, &mut &mut *out))?,
                ));
            }
            others.push((
                names::PLAN,
                add_file(writer, names::PLAN, |out| plan.write(project, &mut &mut *out))?,
            ));
            if !self.later {
                let records = kept.records(|index| ordered.edition(index));
                writer.add_file(names::MANIFEST, |mut out| {
                    digests = Some(manifest::write(&mut out, &self.header, records, &self.stems, &others)?);
                    Ok(())
                })?;
            }
            Ok(())
        };
        let (out, digest) =
            writer.finish(!self.later, run, files).map_err(ArchiveError::write(&self.name))?;
        drop(out);
        Ok(match digests {
            Some(digests) => Archived { digest: digests.collection, provenance: digests.provenance },
            None => Archived { digest: Digest::from(digest), provenance: None },
        })
    }
}

/// Adds a file that is not of an item to a pool, and gives its length and digest.
pub(crate) fn add_file(
    writer: &mut Out,
    name: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<Written> {
    let mut written = Written::NOTHING;
    writer.add_file(name, |out| {
        let mut out = BufWriter::with_capacity(1 << 16, Hashing::new(out));
        write(&mut out)?;
        written = out.into_inner().map_err(io::IntoInnerError::into_error)?.written();
        Ok(())
    })?;
    Ok(written)
}

impl Sink for PoolSink {
    /// Items come by [`PoolSink::take`], which gets their spans.
    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError> {
        Err(format!("item {} came to a pool as files", item.edition).into())
    }

    fn is_behind(&self) -> bool {
        let state = lock(&self.state);
        state.early.len() > MOST_WAITING || state.early_bytes > MOST_BYTES
    }
}
