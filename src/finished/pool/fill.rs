//! Adding the digests that a pool was written without: every picture is joined once, and the pool is written again with the
//! same spans.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;

use rayon::prelude::*;

use crate::error::{Cancelled, Error, PathIo, ThreadsError};
use crate::files::{Digest, WholeFile};
use crate::output::{ArchiveError, Hashing, Record, RunHeader, Stems, Written, manifest_of, names, written};
use crate::pool::{FileDigest, NewItem, NewPicture, Pool, PoolError, PoolWriter, StoredItem, StoredPicture};
use crate::telemetry::Observer;
use crate::threads::thread_count;

/// Items that are joined before they are written, for each thread.
const PER_THREAD: usize = 16;

/// Adds the digests of its files to the pool at `path`, which then is the pool that the run would have written with them.
/// Gives the digest of the collection.
///
/// # Errors
/// If the pool has them, cannot be read or is damaged, cannot be written, or the observer stopped it; then it is as it was.
pub fn fill_pool(
    path: &Path,
    threads: Option<NonZeroUsize>,
    observer: &dyn Observer,
) -> Result<Digest, Error> {
    let pool = Pool::open_file(path)?;
    let damaged = |what: String| Error::from(PoolError::Damaged { name: pool.name().to_owned(), what });
    let Some(run) = pool.run() else {
        return Err(PoolError::HasDigests(pool.name().to_owned()).into());
    };
    let header: RunHeader = serde_json::from_value(run.clone())
        .map_err(|error| damaged(format!("what its run was made from cannot be read: {error}")))?;
    let workers = rayon::ThreadPoolBuilder::new().num_threads(thread_count(threads)).build();
    let workers = workers.map_err(ThreadsError)?;
    let name = path.display().to_string();
    let failed = |error: io::Error| Error::from(ArchiveError::write(&name)(error));
    let part = WholeFile::begin(path).map_err(PathIo::on("create", path)).map_err(ArchiveError::from)?;
    let out = BufWriter::with_capacity(1 << 18, part.file().map_err(failed)?);
    let mut writer = PoolWriter::begin(out, pool.pool_sizes().to_vec()).map_err(failed)?;
    let mut records: Vec<Record> = Vec::new();
    let mut stems: Vec<(u32, String)> = Vec::new();
    let mut waiting: Vec<u32> = Vec::new();
    let at_once = PER_THREAD * workers.current_num_threads();
    let mut flush = |waiting: &mut Vec<u32>, writer: &mut PoolWriter<BufWriter<File>>| -> Result<(), Error> {
        if observer.is_cancelled() {
            return Err(Cancelled { done: records.len() as u64, total: pool.len() }.into());
        }
        let make = |edition: u32| -> Result<(StoredItem, Record), PoolError> {
            let item = pool.stored_item(edition)?;
            let digest = |number: usize| Ok(written(&pool.picture_of_size(edition, number)?));
            let mut digests =
                (0..item.pictures.len()).map(digest).collect::<Result<Vec<Written>, PoolError>>()?;
            let image = digests.remove(0);
            let metadata = item.document.as_deref().map_or(Written::NOTHING, written);
            Ok((item, Record { edition, image, more: digests, metadata, sha256: None }))
        };
        let made: Vec<Result<(StoredItem, Record), PoolError>> =
            workers.install(|| std::mem::take(waiting).into_par_iter().map(make).collect());
        for made in made {
            let (item, record) = made?;
            add(writer, &item, &record).map_err(failed)?;
            stems.extend(item.name.map(|name| (record.edition, name)));
            records.push(record);
        }
        observer.items(records.len() as u64, pool.len());
        Ok(())
    };
    pool.for_each_item(|item| {
        waiting.push(item.edition());
        if waiting.len() >= at_once { flush(&mut waiting, &mut writer) } else { Ok(()) }
    })?;
    flush(&mut waiting, &mut writer)?;
    let stems = match stems.is_empty() {
        true => Stems::default(),
        false => Stems::try_from(stems).map_err(damaged)?,
    };
    let stems = stems.of_sizes(&header.output_size).of_format(header.picture_format);
    let mut collection = None;
    let finished = writer.finish(true, None, |writer| {
        let mut others = Vec::new();
        for name in pool.files() {
            let known = names::WHOLE.into_iter().chain([names::PLAN]).find(|known| *known == name);
            let known = known.ok_or(io::ErrorKind::InvalidData)?;
            others.push((known, copy(&pool, name, writer)?));
        }
        writer.add_file(names::MANIFEST, |mut out| {
            collection = Some(manifest_of(&mut out, &header, records.into_iter(), &stems, &others)?);
            Ok(())
        })
    });
    let (out, _) = finished.map_err(failed)?;
    drop(out);
    part.finish(true).map_err(PathIo::on("rename to", path)).map_err(ArchiveError::from)?;
    Ok(collection.expect("the manifest was written"))
}

/// Adds an item as it was, with the digests of its files.
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

/// Copies a file that is not of an item, and gives its length and digest.
fn copy(pool: &Pool, name: &str, writer: &mut PoolWriter<BufWriter<File>>) -> io::Result<Written> {
    let mut written = Written::NOTHING;
    writer.add_file(name, |out| {
        let mut file = pool.file(name).ok_or(io::ErrorKind::NotFound)?;
        let mut out = Hashing::new(out);
        let mut piece = vec![0; 1 << 16];
        loop {
            match file.read(&mut piece)? {
                0 => break,
                count => out.write_all(&piece[..count])?,
            }
        }
        written = out.written();
        Ok(())
    })?;
    Ok(written)
}
