//! The files of a collection in a pool, by the names that they have in a folder.
//!
//! With this a pool is a folder to all that reads finished collections. Pictures are joined when they are opened.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Cursor};
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize as _;

use crate::error::Error;
use crate::files::{Folder, OpenFile, PathKind, Tree};
use crate::output::listing_head::layout_of;
use crate::output::names;
use crate::pool::{Pool, PoolError, PoolSize};
use crate::project::Layout;

/// A file of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoolFile {
    /// Its picture in the size of this number.
    Picture(u32, usize),
    /// Its metadata document.
    Metadata(u32),
}

/// The files of a pool.
pub(crate) struct PoolTree {
    pool: Arc<Pool>,
    /// The editions of pictures that are not called by their numbers.
    named: BTreeMap<String, u32>,
    /// Whether items have documents.
    has_documents: bool,
    /// What the files would be called in a folder.
    layout: Layout,
    /// The folders that there would be, those in others after them.
    folders: BTreeSet<String>,
}

impl fmt::Debug for PoolTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PoolTree").field("pool", &self.pool).finish_non_exhaustive()
    }
}

impl PoolTree {
    /// The files of `pool`.
    pub(crate) fn new(pool: Arc<Pool>) -> Result<Self, PoolError> {
        let (mut named, mut has_documents) = (BTreeMap::new(), false);
        let layout = layout_in(&pool);
        let mut item_folders = BTreeSet::new();
        pool.for_each_item(|item| {
            let folder = layout.item_folder(item.edition());
            if !folder.is_empty() && !item_folders.contains(folder.trim_end_matches('/')) {
                item_folders.insert(folder.trim_end_matches('/').to_owned());
            }
            if let Some(name) = item.name() {
                named.insert(name.to_owned(), item.edition());
            }
            has_documents |= item.has_document();
            Ok::<_, PoolError>(())
        })?;
        let mut folders: BTreeSet<String> =
            pool.pool_sizes().iter().map(|size| size.folder.clone()).collect();
        if has_documents {
            folders.insert(names::JSON.to_owned());
        }
        for folder in folders.clone() {
            folders.extend(item_folders.iter().map(|item| format!("{folder}/{item}")));
        }
        folders.insert(names::IMAGES.to_owned());
        if pool.files().any(|name| name.starts_with(names::JSON)) {
            folders.insert(names::JSON.to_owned());
        }
        Ok(Self { pool, named, has_documents, layout, folders })
    }

    /// The folder that the pool at `path` is.
    pub(crate) fn folder(path: &Path) -> Result<Folder, PoolError> {
        let tree = Self::new(Arc::new(Pool::open_file(path)?))?;
        Ok(Folder::of_tree(Arc::new(tree), path))
    }

    /// What has this name, if it is a file of an item.
    pub(crate) fn item_file(&self, name: &str) -> Option<PoolFile> {
        if let Some(picture) = names::picture(name, self.layout) {
            let folder = picture.size.map_or_else(|| names::IMAGES.to_owned(), names::images_of_size);
            let has_name = |size: &PoolSize| size.folder == folder && size.extension == picture.extension;
            let number = self.pool.pool_sizes().iter().position(has_name)?;
            let edition = match self.named.is_empty() {
                true => names::edition_of(name, self.layout)?,
                false => {
                    let edition = *self.named.get(picture.stem)?;
                    (self.layout.item_folder(edition) == picture.folder).then_some(edition)?
                }
            };
            return self.pool.has_item(edition).then_some(PoolFile::Picture(edition, number));
        }
        let edition = name.strip_prefix(names::JSON).and_then(|_| names::edition_of(name, self.layout))?;
        (self.has_documents && self.pool.has_item(edition)).then_some(PoolFile::Metadata(edition))
    }

    /// The bytes of a file of an item into a buffer that is used again; gives how many they are.
    pub(crate) fn bytes_into(&self, file: PoolFile, out: &mut Vec<u8>) -> Result<usize, PoolError> {
        match file {
            PoolFile::Picture(edition, number) => self.pool.picture_into(edition, number, out),
            PoolFile::Metadata(_) => {
                *out = self.bytes(file)?;
                Ok(out.len())
            }
        }
    }

    /// The bytes of a file of an item.
    pub(crate) fn bytes(&self, file: PoolFile) -> Result<Vec<u8>, PoolError> {
        match file {
            PoolFile::Picture(edition, number) => self.pool.picture_of_size(edition, number),
            PoolFile::Metadata(edition) => Ok(self.pool.metadata(edition)?.unwrap_or_default()),
        }
    }

    /// Hands on the names of the files of all items, in the order of a manifest.
    pub(crate) fn for_each_file<E: From<PoolError>>(
        &self,
        mut take: impl FnMut(u32, String, PoolFile) -> Result<(), E>,
    ) -> Result<(), E> {
        self.pool.for_each_item(|item| {
            let edition = item.edition();
            let number = edition.to_string();
            let stem = item.name().unwrap_or(&number);
            for (number, size) in self.pool.pool_sizes().iter().enumerate() {
                let folder = self.layout.item_folder(edition);
                let name = format!("{}/{folder}{stem}.{}", size.folder, size.extension);
                take(edition, name, PoolFile::Picture(edition, number))?;
            }
            match item.has_document() {
                true => take(edition, names::metadata(edition, self.layout), PoolFile::Metadata(edition)),
                false => Ok(()),
            }
        })
    }

    /// The pool.
    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// The folders that there are, those in others after them.
    pub(crate) fn folder_names(&self) -> impl Iterator<Item = &str> {
        self.folders.iter().map(String::as_str)
    }
}

/// The layout of the files that a pool has the digests of, or will have.
fn layout_in(pool: &Pool) -> Layout {
    match (pool.run(), pool.file(names::MANIFEST)) {
        (Some(run), _) => {
            run.get("layout").and_then(|layout| Layout::deserialize(layout).ok()).unwrap_or_default()
        }
        (None, Some(manifest)) => layout_of(manifest),
        (None, None) => Layout::default(),
    }
}

impl Tree for PoolTree {
    fn kind(&self, name: &str) -> PathKind {
        if self.item_file(name).is_some() || self.pool.file_len(name).is_some() {
            return PathKind::File;
        }
        if name.is_empty() || self.folders.contains(name) { PathKind::FOLDER } else { PathKind::Nothing }
    }

    fn open(&self, name: &str) -> io::Result<OpenFile> {
        if let Some(file) = self.item_file(name) {
            let bytes = self.bytes(file).map_err(|error| io::Error::other(Error::from(error)))?;
            return Ok(OpenFile::Held(Cursor::new(bytes)));
        }
        let len = self.pool.file_len(name).ok_or(io::ErrorKind::NotFound)?;
        let (pool, name) = (self.pool.clone(), name.to_owned());
        Ok(OpenFile::stream(move || pool.file(&name).expect("its length was found"), len))
    }

    fn entries(&self, folder: &str) -> io::Result<Vec<(OsString, PathKind)>> {
        let mut found: Vec<(OsString, PathKind)> = Vec::new();
        let mut add = |name: &str, kind: PathKind| {
            let inside = match folder {
                "" => Some(name),
                folder => name.strip_prefix(folder).and_then(|name| name.strip_prefix('/')),
            };
            if let Some(inside) = inside.filter(|inside| !inside.is_empty() && !inside.contains('/')) {
                found.push((inside.into(), kind));
            }
        };
        self.folders.iter().for_each(|name| add(name, PathKind::FOLDER));
        self.pool.files().for_each(|name| add(name, PathKind::File));
        self.for_each_file(|_, name, _| {
            add(&name, PathKind::File);
            Ok::<_, PoolError>(())
        })
        .map_err(io::Error::other)?;
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.dedup();
        Ok(found)
    }
}
