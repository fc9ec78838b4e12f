//! A finished collection in one tar, read as if it were a folder.
//!
//! The headers are read once, and the place of each file is kept, some 100 bytes a file. Files are read where they are, by
//! offset, so several readers share one open tar.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Cursor};
use std::path::Path;
use std::sync::Arc;

use crate::error::PathIo;
use crate::files::{Folder, OpenFile, PathKind, ReadAt, ReadPart, Tree};
use crate::output::verify_error::VerifyError;

/// Files up to this length are read at once.
const HELD: u64 = 64 << 20;

/// The files of a tar.
#[derive(Debug)]
pub(crate) struct TarTree {
    file: Arc<dyn ReadAt>,
    /// By name, offset and length.
    files: BTreeMap<String, (u64, u64)>,
    folders: BTreeSet<String>,
}

impl TarTree {
    /// The tar at `path` as a folder.
    ///
    /// # Errors
    /// If it cannot be read, or has what no collection has.
    pub(crate) fn folder(path: &Path) -> Result<Folder, VerifyError> {
        let fail = |what: String| VerifyError::Archive { path: path.to_owned(), what };
        let file = File::open(path).map_err(PathIo::on("open", path))?;
        let mut tar = tar::Archive::new(&file);
        let (mut files, mut folders) = (BTreeMap::new(), BTreeSet::new());
        let invalid = |error: io::Error| fail(format!("it is no complete tar ({error})"));
        let len = file.metadata().map_err(PathIo::on("look at", path))?.len();
        for entry in tar.entries_with_seek().map_err(invalid)? {
            let entry = entry.map_err(invalid)?;
            let name = entry.path().map_err(invalid)?.to_str().map(str::to_owned);
            let name = name.ok_or_else(|| fail("a name in it is no text".to_owned()))?;
            let (at, bytes) = (entry.raw_file_position(), entry.size());
            if !entry.header().entry_type().is_file() {
                return Err(fail(format!("{name:?} in it is not a regular file")));
            }
            if at.checked_add(bytes).is_none_or(|end| end > len) {
                return Err(fail(format!("it ends within {name:?}")));
            }
            folders.extend(name.match_indices('/').map(|(at, _)| name[..at].to_owned()));
            if files.insert(name.clone(), (at, bytes)).is_some() {
                return Err(fail(format!("{name:?} is in it twice")));
            }
        }
        Ok(Folder::of_tree(Arc::new(Self { file: Arc::new(file), files, folders }), path))
    }
}

impl Tree for TarTree {
    fn kind(&self, name: &str) -> PathKind {
        match name {
            name if self.files.contains_key(name) => PathKind::File,
            name if name.is_empty() || self.folders.contains(name) => PathKind::FOLDER,
            _ => PathKind::Nothing,
        }
    }

    fn open(&self, name: &str) -> io::Result<OpenFile> {
        let &(offset, bytes) = self.files.get(name).ok_or(io::ErrorKind::NotFound)?;
        open_part(&self.file, offset, bytes)
    }

    fn entries(&self, folder: &str) -> io::Result<Vec<(OsString, PathKind)>> {
        let within = |name: &String| {
            let rest = match folder {
                "" => name.as_str(),
                folder => name.strip_prefix(folder)?.strip_prefix('/')?,
            };
            (!rest.contains('/')).then(|| OsString::from(rest))
        };
        let files = self.files.keys().filter_map(within).map(|name| (name, PathKind::File));
        let folders = self.folders.iter().filter_map(within).map(|name| (name, PathKind::FOLDER));
        Ok(files.chain(folders).collect())
    }
}

/// A file that is a part of another.
pub(crate) fn open_part(file: &Arc<dyn ReadAt>, offset: u64, bytes: u64) -> io::Result<OpenFile> {
    if bytes <= HELD {
        let mut held = vec![0; usize::try_from(bytes).unwrap_or_default()];
        file.read_at(offset, &mut held)?;
        return Ok(OpenFile::Held(Cursor::new(held)));
    }
    let file = file.clone();
    Ok(OpenFile::stream(move || ReadPart::new(file.clone(), offset, bytes), bytes))
}
