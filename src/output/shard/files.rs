//! The files of a shard: in its tar at the offsets that the manifest lists, or in its folder or pool by their names.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::PathIo;
use crate::files::{Folder, OpenFile, PathKind, path_kind};
use crate::output::journal::Written;
use crate::output::pool_tree::PoolTree;
use crate::output::shard::{ShardError, ShardForm, ShardHead};
use crate::output::tar_tree::open_part;

/// The files of one shard.
#[derive(Debug)]
pub(crate) struct ShardFiles {
    pub(crate) path: PathBuf,
    files: Files,
}

#[derive(Debug)]
enum Files {
    InOne(Arc<File>),
    Folder(Folder),
}

/// What is wrong with a file of a shard.
#[derive(Debug)]
pub(crate) enum Unlike {
    /// It is not there, or cannot be read.
    Unreadable(String),
    /// It has another length.
    Length(u64),
    /// It has another digest.
    Digest,
}

impl Unlike {
    /// In words, behind the name of the file.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Unreadable(what) => what.clone(),
            Self::Length(found) => format!("it has {found} bytes, and the manifest lists another length"),
            Self::Digest => "its BLAKE3 is not the one that the manifest lists".to_owned(),
        }
    }
}

impl ShardFiles {
    /// Opens the file or folder of a shard whose manifest is in `folder`.
    ///
    /// # Errors
    /// If it is not there, or has another length.
    pub(crate) fn open(folder: &std::path::Path, head: &ShardHead) -> Result<Self, ShardError> {
        let path = head.form.path(folder, head.shard);
        let files = match &head.file {
            None => Files::Folder(Folder::open(&path).map_err(PathIo::on("open", &path))?),
            Some(listed) => {
                if let PathKind::Else(what) = path_kind(&path).map_err(PathIo::on("look at", &path))? {
                    return Err(ShardError::Taken { path, what });
                }
                let file = File::open(&path).map_err(PathIo::on("open", &path))?;
                let bytes = file.metadata().map_err(PathIo::on("look at", &path))?.len();
                if bytes != listed.bytes {
                    let what = format!("it has {bytes} bytes, and its manifest lists {}", listed.bytes);
                    return Err(ShardError::Manifest { path, what });
                }
                match head.form {
                    ShardForm::Pool => Files::Folder(
                        PoolTree::folder(&path).map_err(|error| ShardError::Pool(Box::new(error)))?,
                    ),
                    _ => Files::InOne(Arc::new(file)),
                }
            }
        };
        Ok(Self { path, files })
    }

    /// Reads a file that is listed with this length and digest; `at` is where it is, for messages and in folders.
    pub(crate) fn read(
        &self,
        name: &str,
        offset: Option<u64>,
        listed: &Written,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Unlike> {
        bytes.clear();
        let unreadable = |error: io::Error| Unlike::Unreadable(format!("it cannot be read: {error}"));
        match (&self.files, offset) {
            (Files::InOne(file), Some(offset)) => {
                let mut file = open_part(file, offset, listed.bytes).map_err(unreadable)?;
                file.read_to_end(bytes).map_err(unreadable)?;
            }
            (Files::Folder(folder), _) => {
                if !folder.is_file(name) {
                    return Err(Unlike::Unreadable("it is missing, or is no regular file".to_owned()));
                }
                let file = folder.read(name).map_err(unreadable)?;
                file.take(listed.bytes + 1).read_to_end(bytes).map_err(unreadable)?;
            }
            (Files::InOne(_), None) => return Err(Unlike::Unreadable("its place is not listed".to_owned())),
        }
        if bytes.len() as u64 != listed.bytes {
            return Err(Unlike::Length(bytes.len() as u64));
        }
        match *blake3::hash(bytes).as_bytes() {
            digest if digest == listed.digest => Ok(()),
            _ => Err(Unlike::Digest),
        }
    }

    /// Opens a file of so many bytes.
    pub(crate) fn open_file(&self, name: &str, offset: Option<u64>, bytes: u64) -> io::Result<OpenFile> {
        match (&self.files, offset) {
            (Files::InOne(file), Some(offset)) => open_part(file, offset, bytes),
            (Files::Folder(folder), _) => folder.read(name),
            (Files::InOne(_), None) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}
