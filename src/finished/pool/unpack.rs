//! Writing the files of a pool: those that the run would have written, byte for byte.
//!
//! Threads join pictures a piece of the collection at a time. A folder is made beside its place and renamed when it is
//! whole, so nothing in it has to be written under a name of its own first; an archive gets its files in the order of a run.

use std::fs;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use crate::error::{Cancelled, Error, PathIo, ThreadsError};
use crate::files::{PathKind, folder_of, path_kind};
use crate::finished::pool::picked::Editions;
use crate::output::{Archive, ArchiveError, ArchiveFile, OutputError, PoolFile, PoolTree, names};
use crate::pool::{Pool, PoolError};
use crate::telemetry::Observer;
use crate::threads::{in_order, thread_count};

/// Files that are made before they are written, for each thread: enough for the threads to end together, and few in memory.
const PER_THREAD: usize = 16;

/// Bytes of spans that are kept: most pictures show those of others, however far apart they are.
pub(crate) const MEMORY: usize = 128 << 20;

/// What is written of a pool, and how.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct UnpackOptions {
    /// Only the pictures and metadata of these items; else all files.
    pub pick: Option<Editions>,
    /// Threads that join; else one for each processor.
    pub threads: Option<NonZeroUsize>,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unpacked {
    /// Items.
    pub items: u64,
    /// Files.
    pub files: u64,
    /// Bytes of these files.
    pub bytes: u64,
}

/// Writes the files of the pool at `path` to an archive.
///
/// # Errors
/// If the pool cannot be read or is damaged, there are no such items, the archive cannot be written, or the observer
/// stopped it. What was written is no whole archive then.
pub fn unpack(
    path: &Path,
    archive: Archive<'_>,
    options: &UnpackOptions,
    observer: &dyn Observer,
) -> Result<Unpacked, Error> {
    let files = PoolFiles::open(path, options)?;
    let mut archiver = archive.into_archiver();
    files.whole(&[names::PLAN], &mut |name, len, write| Ok(archiver.add(name, len, write)?))?;
    files.items(observer, &mut |made| {
        made.iter().try_for_each(|made| Ok(archiver.add_bytes(&made.name, made.bytes())?))
    })?;
    let others = files.others();
    files.whole(&others, &mut |name, len, write| Ok(archiver.add(name, len, write)?))?;
    archiver.finish()?;
    Ok(files.unpacked())
}

/// Writes the files of the pool at `path` to the archive `out`, a tar or a zip as its name says. It is whole or not there;
/// `replace` says whether it may take the place of another file.
///
/// # Errors
/// As [`unpack`], and if there is something at `out`.
pub fn unpack_to_file(
    path: &Path,
    out: &Path,
    replace: bool,
    options: &UnpackOptions,
    observer: &dyn Observer,
) -> Result<Unpacked, Error> {
    if !replace && path_kind(out).is_ok_and(|kind| kind != PathKind::Nothing) {
        return Err(ArchiveError::Occupied(out.to_owned()).into());
    }
    let file = ArchiveFile::begin(out)?;
    let unpacked = unpack(path, file.archive()?, options, observer)?;
    file.finish(replace)?;
    Ok(unpacked)
}

/// Writes the files of the pool at `path` to the folder `out`, which is empty or does not exist. It is whole or not there.
///
/// # Errors
/// As [`unpack`], and if there is something at `out`.
pub fn unpack_to_folder(
    path: &Path,
    out: &Path,
    options: &UnpackOptions,
    observer: &dyn Observer,
) -> Result<Unpacked, Error> {
    let files = PoolFiles::open(path, options)?;
    match fs::read_dir(out).map(|mut entries| entries.next().is_none()) {
        Ok(true) => {}
        Ok(false) => return Err(OutputError::Foreign(out.to_owned()).into()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(OutputError::from(PathIo::on("look at", out)(error)).into()),
    }
    let beside = folder_of(out);
    let failed = |what, path: &Path| {
        let path = path.to_owned();
        move |error| Error::from(OutputError::from(PathIo::on(what, &path)(error)))
    };
    let part = tempfile::Builder::new()
        .prefix(".traitpress-")
        .suffix(names::PART)
        .tempdir_in(&beside)
        .map_err(failed("create a folder in", &beside))?;
    for folder in files.tree.folder_names() {
        let folder = part.path().join(folder);
        fs::create_dir_all(&folder).map_err(failed("create", &folder))?;
    }
    files.items(observer, &mut |made| {
        made.par_iter().try_for_each(|made| {
            let path = part.path().join(&made.name);
            fs::write(&path, made.bytes()).map_err(failed("write", &path))
        })
    })?;
    let mut others = vec![names::PLAN.to_owned()];
    others.extend(files.others());
    files.whole(&others, &mut |name, _, write| {
        let path = part.path().join(name);
        let written = fs::File::create_new(&path).and_then(|file| {
            let mut file = io::BufWriter::with_capacity(1 << 16, file);
            write(&mut file)?;
            file.flush()
        });
        written.map_err(failed("write", &path))
    })?;
    // Its permissions are those of a new folder, and not of a temporary one.
    let whole = part.path().join(".whole");
    let named = fs::create_dir(&whole)
        .and_then(|()| fs::metadata(&whole))
        .and_then(|new| fs::remove_dir(&whole).map(|()| new))
        .and_then(|new| fs::set_permissions(part.path(), new.permissions()))
        .and_then(|()| match fs::remove_dir(out) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => fs::rename(part.path(), out),
        });
    named.map_err(failed("rename to", out))?;
    // It has another name now.
    let _ = part.keep();
    Ok(files.unpacked())
}

/// The files of a pool that are to be written.
struct PoolFiles {
    tree: PoolTree,
    pick: Option<Editions>,
    workers: rayon::ThreadPool,
    items: AtomicU64,
    files: AtomicU64,
    bytes: AtomicU64,
}

/// Writes a file whose bytes another function writes.
type Add<'a> =
    dyn FnMut(&str, u64, &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> Result<(), Error> + 'a;

impl PoolFiles {
    fn open(path: &Path, options: &UnpackOptions) -> Result<Self, Error> {
        let pool = Arc::new(Pool::open_file(path)?.with_memory(MEMORY));
        for range in options.pick.iter().flat_map(Editions::ranges) {
            // Ends that are there; between them there can be gaps.
            [range.start(), range.end()].into_iter().try_for_each(|&edition| pool.check_item(edition))?;
        }
        let workers = rayon::ThreadPoolBuilder::new().num_threads(thread_count(options.threads)).build();
        Ok(Self {
            tree: PoolTree::new(pool)?,
            pick: options.pick.clone(),
            workers: workers.map_err(ThreadsError)?,
            items: AtomicU64::new(0),
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        })
    }

    /// The files of the collection beside plan and items, the manifest last.
    fn others(&self) -> Vec<String> {
        self.tree.pool().files().filter(|name| *name != names::PLAN).map(str::to_owned).collect()
    }

    fn unpacked(&self) -> Unpacked {
        let count = |of: &AtomicU64| of.load(Relaxed);
        Unpacked { items: count(&self.items), files: count(&self.files), bytes: count(&self.bytes) }
    }

    /// Hands on files that are not of an item; none where items were picked.
    fn whole(&self, wanted: &[impl AsRef<str>], add: &mut Add<'_>) -> Result<(), Error> {
        if self.pick.is_some() {
            return Ok(());
        }
        for name in wanted.iter().map(AsRef::as_ref) {
            let pool = self.tree.pool();
            let Some(len) = pool.file_len(name) else { continue };
            let mut damaged = None;
            let added = add(name, len, &mut |out| {
                let mut file = pool.file(name).expect("its length was found");
                let mut piece = vec![0; 1 << 16];
                loop {
                    match file.read(&mut piece) {
                        Ok(0) => return Ok(()),
                        Ok(count) => out.write_all(&piece[..count])?,
                        Err(error) => {
                            damaged = Some(error.to_string());
                            return Err(error);
                        }
                    }
                }
            });
            if let Some(what) = damaged {
                let name = pool.name().to_owned();
                return Err(PoolError::Damaged { name, what }.into());
            }
            added?;
            self.files.fetch_add(1, Relaxed);
            self.bytes.fetch_add(len, Relaxed);
        }
        Ok(())
    }

    /// Makes the files of the items, and hands them to `take` in their order.
    fn items(
        &self,
        observer: &dyn Observer,
        take: &mut (dyn FnMut(&[Made]) -> Result<(), Error> + Send),
    ) -> Result<(), Error> {
        let total = self.tree.pool().len();
        let mut slots: Vec<Made> = Vec::new();
        slots.resize_with(PER_THREAD * self.workers.current_num_threads(), Made::default);
        let mut waiting = 0;
        let (mut last, mut done) = (None, 0);
        let mut flush = |made: &mut [Made], done: u64| -> Result<(), Error> {
            if observer.is_cancelled() {
                return Err(Cancelled { done, total }.into());
            }
            self.workers.install(|| {
                let make = |made: &mut Made| -> Result<(), Error> {
                    let file = made.file.expect("it was asked for");
                    made.len = self.tree.bytes_into(file, &mut made.buffer)?;
                    Ok(())
                };
                in_order(made.par_iter_mut().map(make))?;
                self.files.fetch_add(made.len() as u64, Relaxed);
                self.bytes.fetch_add(made.iter().map(|made| made.len as u64).sum(), Relaxed);
                take(made)
            })?;
            observer.items(done, total);
            Ok(())
        };
        self.tree.for_each_file(|edition, name, file| -> Result<(), Error> {
            if self.pick.as_ref().is_some_and(|pick| !pick.contain(edition)) {
                return Ok(());
            }
            if last != Some(edition) {
                (last, done) = (Some(edition), done + 1);
            }
            (slots[waiting].name, slots[waiting].file) = (name, Some(file));
            waiting += 1;
            if waiting == slots.len() {
                waiting = 0;
                flush(&mut slots, done)?;
            }
            Ok(())
        })?;
        flush(&mut slots[..waiting], done)?;
        self.items.store(done, Relaxed);
        Ok(())
    }
}

/// A file of an item that was made, in a buffer that is used again.
#[derive(Default)]
struct Made {
    name: String,
    file: Option<PoolFile>,
    buffer: Vec<u8>,
    len: usize,
}

impl Made {
    fn bytes(&self) -> &[u8] {
        &self.buffer[..self.len]
    }
}
