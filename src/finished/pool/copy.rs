//! Writing a pool again with the same spans: other documents, or digests that were not there.

use std::fs::File;
use std::io::{self, BufWriter};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::{Cancelled, Error, PathIo, ThreadsError};
use crate::files::{Digest, WholeFile};
use crate::output::{ArchiveError, Record, RunHeader, Stems, Written, add_file, manifest_of, names};
use crate::pool::{FileDigest, NewItem, NewPicture, Pool, PoolError, PoolWriter, StoredItem, StoredPicture};
use crate::telemetry::Observer;
use crate::threads::thread_count;

/// Items that are read before they are written, for each thread.
const PER_THREAD: usize = 16;

/// A pool that takes the place of another one when it is whole.
pub(crate) struct PoolCopy<'p> {
    pool: &'p Pool,
    path: PathBuf,
    part: WholeFile,
    writer: PoolWriter<BufWriter<File>>,
    records: Vec<Record>,
}

impl<'p> PoolCopy<'p> {
    /// Begins what is to replace `pool`, which is at `path`.
    pub(crate) fn begin(pool: &'p Pool, path: &Path) -> Result<Self, Error> {
        let part = WholeFile::begin(path).map_err(PathIo::on("create", path)).map_err(ArchiveError::from)?;
        let failed = |error: io::Error| ArchiveError::write(&path.display().to_string())(error);
        let out = BufWriter::with_capacity(1 << 18, part.file().map_err(failed)?);
        let writer = PoolWriter::begin(out, pool.pool_sizes().to_vec()).map_err(failed)?;
        Ok(Self { pool, path: path.to_owned(), part, writer, records: Vec::new() })
    }

    fn failed(&self) -> impl Fn(io::Error) -> Error + use<> {
        let name = self.path.display().to_string();
        move |error| ArchiveError::write(&name)(error).into()
    }

    /// Copies all items. `record` may change each, and gives the digests of its files.
    pub(crate) fn items(
        &mut self,
        threads: Option<NonZeroUsize>,
        observer: &dyn Observer,
        record: impl Fn(u32, &mut StoredItem) -> Result<Record, Error> + Sync,
    ) -> Result<(), Error> {
        let workers = rayon::ThreadPoolBuilder::new().num_threads(thread_count(threads)).build();
        let workers = workers.map_err(ThreadsError)?;
        let at_once = PER_THREAD * workers.current_num_threads();
        let (pool, failed) = (self.pool, self.failed());
        let mut flush = |waiting: &mut Vec<u32>| -> Result<(), Error> {
            if observer.is_cancelled() {
                return Err(Cancelled { done: self.records.len() as u64, total: pool.len() }.into());
            }
            let make = |edition: u32| {
                let mut item = pool.stored_item(edition)?;
                let record = record(edition, &mut item)?;
                Ok((item, record))
            };
            let made: Vec<Result<(StoredItem, Record), Error>> =
                workers.install(|| std::mem::take(waiting).into_par_iter().map(make).collect());
            for made in made {
                let (item, record) = made?;
                add(&mut self.writer, &item, &record).map_err(&failed)?;
                self.records.push(record);
            }
            observer.items(self.records.len() as u64, pool.len());
            Ok(())
        };
        let mut waiting: Vec<u32> = Vec::new();
        pool.for_each_item(|item| {
            waiting.push(item.edition());
            if waiting.len() >= at_once { flush(&mut waiting) } else { Ok(()) }
        })?;
        flush(&mut waiting)
    }

    /// Copies a file that is not of an item.
    pub(crate) fn copy_file(
        writer: &mut PoolWriter<BufWriter<File>>,
        pool: &Pool,
        name: &str,
    ) -> io::Result<Written> {
        let mut file = pool.file(name).ok_or(io::ErrorKind::NotFound)?;
        add_file(writer, name, |out| io::copy(&mut file, out).map(drop))
    }

    /// Writes the files that are not of an item, with `others`, which gives what the manifest says of them, and puts the
    /// pool in its place. Gives the digest of the collection.
    pub(crate) fn finish(
        self,
        header: &RunHeader,
        stems: &Stems,
        others: impl FnOnce(&mut PoolWriter<BufWriter<File>>) -> io::Result<Vec<(&'static str, Written)>>,
    ) -> Result<(Digest, Option<Digest>), Error> {
        let failed = self.failed();
        let Self { path, part, writer, records, .. } = self;
        let mut digests = None;
        let finished = writer.finish(true, None, |writer| {
            let others = others(writer)?;
            writer.add_file(names::MANIFEST, |mut out| {
                digests = Some(manifest_of(&mut out, header, records.into_iter(), stems, &others)?);
                Ok(())
            })
        });
        drop(finished.map_err(failed)?);
        part.finish(true).map_err(PathIo::on("rename to", &path)).map_err(ArchiveError::from)?;
        Ok(digests.expect("the manifest was written"))
    }
}

/// Adds an item with the digests of its files.
fn add(writer: &mut PoolWriter<BufWriter<File>>, item: &StoredItem, record: &Record) -> io::Result<()> {
    fn borrowed(picture: &StoredPicture) -> NewPicture<'_> {
        match picture {
            StoredPicture::Spans(rows) => NewPicture::Spans(rows),
            StoredPicture::Whole(file) => NewPicture::Whole(file),
        }
    }
    let pictures: Vec<NewPicture<'_>> = item.pictures.iter().map(borrowed).collect();
    let digest = |of: &Written| FileDigest { bytes: of.bytes, blake3: of.digest };
    let digests: Vec<FileDigest> = std::iter::once(&record.image).chain(&record.more).map(digest).collect();
    writer.add(&NewItem {
        edition: record.edition,
        name: item.name.as_deref(),
        pictures: &pictures,
        digests: Some((&digests, record.metadata.digest)),
        document: item.document.as_deref(),
    })
}

/// An error about something in `pool` that cannot be.
pub(crate) fn damaged(pool: &Pool, what: impl Into<String>) -> Error {
    PoolError::Damaged { name: pool.name().to_owned(), what: what.into() }.into()
}
