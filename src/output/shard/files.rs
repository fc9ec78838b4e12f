//! The files of a shard: in its tar at the offsets that the manifest lists, or in its folder or pool by their names.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::PathIo;
use crate::files::{Folder, OpenFile, PathKind, ReadAt, path_kind};
use crate::output::journal::Written;
use crate::output::pool_tree::PoolTree;
use crate::output::shard::place::open_object;
use crate::output::shard::{ShardError, ShardForm, ShardHead};
use crate::output::tar_tree::open_part;
use crate::pool::Pool;
use crate::project::Layout;
use crate::store::{Store, StoreAddress, StoreError};

/// The files of one shard.
#[derive(Debug)]
pub(crate) struct ShardFiles {
    pub(crate) path: PathBuf,
    files: Files,
}

#[derive(Debug)]
enum Files {
    /// Each of them is a part of a file or an object.
    InOne(Arc<dyn ReadAt>),
    Folder(Folder),
    /// Each of them is an object.
    Objects(Store),
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

    /// Opens the object of a shard whose manifest is in `store`.
    ///
    /// # Errors
    /// If it is not there, or has another length.
    pub(crate) fn open_in_store(store: &Store, head: &ShardHead) -> Result<Self, ShardError> {
        let Some(listed) = &head.file else {
            let path = store.path_of("");
            return match head.names {
                Layout::Objects => Ok(Self { path, files: Files::Objects(store.clone()) }),
                _ => Err(ShardError::Taken { path, what: "a folder of files" }),
            };
        };
        let name = head.form.name_of(head.shard);
        let path = store.path_of(&name);
        let object = store.object(&name)?;
        let object = object.ok_or(StoreError::Missing { action: "read", path: path.clone() })?;
        if object.bytes() != listed.bytes {
            let what = format!("it has {} bytes, and its manifest lists {}", object.bytes(), listed.bytes);
            return Err(ShardError::Manifest { path, what });
        }
        let files = match head.form {
            ShardForm::Pool => {
                let name = path.display().to_string();
                let tree = Pool::open_named(object, name).and_then(|pool| PoolTree::new(Arc::new(pool)));
                let tree = tree.map_err(|error| ShardError::Pool(Box::new(error)))?;
                Files::Folder(Folder::of_tree(Arc::new(tree), &path))
            }
            _ => Files::InOne(Arc::new(object)),
        };
        Ok(Self { path, files })
    }

    /// Whether they are in a store, where many requests at once are slower than one after the other.
    pub(crate) fn are_in_store(&self) -> bool {
        StoreAddress::is_one(&self.path)
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
            (Files::Objects(store), _) => {
                let read = store.read(name, 0..listed.bytes.saturating_add(1));
                *bytes = read.map_err(|error| Unlike::Unreadable(error.to_string()))?;
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
            (Files::Objects(store), _) => open_object(store, name),
            (Files::Folder(folder), _) => folder.read(name),
            (Files::InOne(_), None) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}
