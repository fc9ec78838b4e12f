//! From a path to its address: the folders are listed, all files are read side by side, and folders follow from the inside
//! out.
//!
//! Nothing is read through a link: IPFS keeps links as links, and no marketplace follows those.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use rayon::prelude::*;

use crate::error::{Cancelled, Error, PathIo, ThreadsError};
use crate::files::{Folder, PathKind, folder_of};
use crate::finished::cid::directory::{self, Entries};
use crate::finished::cid::error::FolderCidError;
use crate::finished::cid::file::of_file;
use crate::finished::cid::node::Block;
use crate::finished::cid::{Cid, FolderCid};
use crate::telemetry::Observer;
use crate::threads::{in_order, thread_count};

/// A folder: its files by their place in the list of all, and the folders in it.
#[derive(Default)]
struct Listed {
    files: Vec<(String, usize)>,
    folders: Vec<(String, Self)>,
}

/// What was found below a path.
struct Walk<'a> {
    root: &'a Folder,
    /// The files' names, as seen from the root.
    files: Vec<String>,
    hidden: u64,
}

impl Walk<'_> {
    /// Lists the folder `name`, which is empty for the root.
    fn list(&mut self, name: &str) -> Result<Listed, FolderCidError> {
        let path = self.root.join(name);
        let entries = match name {
            "" => self.root.entries(),
            name => self.root.sub(name).and_then(|folder| folder.entries()),
        };
        let mut entries = entries.map_err(PathIo::on("list", &path))?;
        entries.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut listed = Listed::default();
        for (own, kind) in entries {
            if own.as_encoded_bytes().starts_with(b".") {
                self.hidden += 1;
                continue;
            }
            let Some(own) = own.to_str() else { return Err(FolderCidError::Name(path.join(own))) };
            let full = if name.is_empty() { own.to_owned() } else { format!("{name}/{own}") };
            match kind {
                PathKind::File => {
                    listed.files.push((own.to_owned(), self.files.len()));
                    self.files.push(full);
                }
                PathKind::FOLDER => listed.folders.push((own.to_owned(), self.list(&full)?)),
                kind => return Err(stray(path.join(own), kind)),
            }
        }
        Ok(listed)
    }
}

fn stray(path: std::path::PathBuf, kind: PathKind) -> FolderCidError {
    FolderCidError::Stray { path, what: if kind == PathKind::LINK { "a link" } else { "not a regular file" } }
}

/// The block of a folder whose files are read.
fn block(listed: Listed, files: &[(Block, u64)]) -> Result<Block, FolderCidError> {
    let mut entries: Entries = Vec::with_capacity(listed.files.len() + listed.folders.len());
    entries.extend(listed.files.into_iter().map(|(name, place)| (name, files[place].0)));
    for (name, folder) in listed.folders {
        entries.push((name, block(folder, files)?));
    }
    directory::of_entries(entries)
}

pub(super) fn compute(
    path: &Path,
    threads: Option<NonZeroUsize>,
    observer: &dyn Observer,
) -> Result<FolderCid, Error> {
    let look = std::fs::metadata(path);
    let is_folder = match look {
        Ok(found) if found.is_dir() => true,
        Ok(found) if found.is_file() => false,
        Ok(_) => return Err(stray(path.to_owned(), PathKind::SOMETHING).into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(FolderCidError::Missing(path.to_owned()).into());
        }
        Err(error) => return Err(FolderCidError::from(PathIo::on("look at", path)(error)).into()),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(thread_count(threads)).build();
    let pool = pool.map_err(|error| FolderCidError::from(ThreadsError(error)))?;
    let root = if is_folder { path.to_owned() } else { folder_of(path) };
    let root = Folder::open(&root).map_err(|error| FolderCidError::from(PathIo::on("open", path)(error)))?;
    let mut walk = Walk { root: &root, files: Vec::new(), hidden: 0 };
    let listed = match path.file_name().filter(|_| !is_folder) {
        Some(name) => {
            let Some(name) = name.to_str() else { return Err(FolderCidError::Name(path.to_owned()).into()) };
            walk.files.push(name.to_owned());
            None
        }
        None => Some(walk.list("")?),
    };
    let total = walk.files.len() as u64;
    let done = AtomicU64::new(0);
    let read = |chunk: &mut Vec<u8>, name: &String| -> Result<(Block, u64), Error> {
        if observer.is_cancelled() {
            return Err(Cancelled { done: done.load(Relaxed), total }.into());
        }
        let of = root.read(name).and_then(|file| of_file(file, chunk));
        let of = of.map_err(|error| FolderCidError::from(PathIo::on("read", &root.join(name))(error)))?;
        observer.items(done.fetch_add(1, Relaxed) + 1, total);
        Ok(of)
    };
    let files = pool.install(|| in_order(walk.files.par_iter().map_init(Vec::new, read)))?;
    let root = match listed {
        Some(listed) => block(listed, &files)?,
        None => files[0].0,
    };
    let bytes = files.iter().map(|(_, bytes)| bytes).sum();
    Ok(FolderCid { cid: Cid::from(&root), files: total, bytes, hidden: walk.hidden })
}
