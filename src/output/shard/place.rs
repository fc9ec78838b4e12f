//! Where shards are, and whether one is there already: a folder of the disk, or what lies below an address of a store.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::PathIo;
use crate::files::{OpenFile, PathKind, path_kind};
use crate::output::claim::resolve;
use crate::output::shard::{Shard, ShardError, ShardFiles, ShardForm, ShardHead, ShardManifest, ShardReader};
use crate::project::{Layout, Project};
use crate::store::{Store, StoreAddress, StoreError, as_io};

/// What is behind the shard's name in the name of its manifest.
const MANIFEST: &str = ".manifest.json";
/// What is behind it in the name of the plan of the whole collection, beside a first shard that is a pool.
const PLAN: &str = ".plan.json";

/// The manifest of a shard in `folder`.
pub(crate) fn manifest_path(folder: &Path, shard: Shard) -> PathBuf {
    folder.join(manifest_name(shard))
}

/// The plan of the whole collection beside a first shard that is a pool, which has a plan of its own.
pub(crate) fn plan_path(folder: &Path, shard: Shard) -> PathBuf {
    folder.join(shard.name() + PLAN)
}

/// The name of a shard's manifest.
pub(crate) fn manifest_name(shard: Shard) -> String {
    shard.name() + MANIFEST
}

/// The name of the plan beside a first shard that is a pool.
pub(crate) fn plan_name(shard: Shard) -> String {
    shard.name() + PLAN
}

/// Whether a shard is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShardState {
    /// It is there, and was made from the same.
    There,
    /// It is not, or not complete.
    Missing,
}

/// Where shards are.
#[derive(Clone, Debug)]
pub(crate) enum ShardFolder {
    /// In a folder.
    Disk(PathBuf),
    /// Below an address of a store.
    Store(Store),
}

/// The shards in a folder.
#[derive(Debug, Default)]
pub(crate) struct ListedShards {
    /// Those that have manifests, ascending.
    pub(crate) shards: Vec<Shard>,
    /// The lengths of the objects of a store, by name.
    lengths: std::collections::BTreeMap<String, u64>,
}

impl ShardFolder {
    /// What a path or an address leads to. Nothing need be there.
    ///
    /// # Errors
    /// If it is an address of no store that can be opened.
    pub(crate) fn at(path: &Path) -> Result<Self, ShardError> {
        match StoreAddress::of(path)? {
            Some(address) => Ok(Self::Store(Store::open(&address)?)),
            None => Ok(Self::Disk(path.to_owned())),
        }
    }

    /// Its path, or its address as one.
    pub(crate) fn path(&self) -> PathBuf {
        match self {
            Self::Disk(folder) => folder.clone(),
            Self::Store(store) => store.path_of(""),
        }
    }

    /// The manifest of a shard.
    pub(crate) fn manifest(&self, shard: Shard) -> PathBuf {
        match self {
            Self::Disk(folder) => manifest_path(folder, shard),
            Self::Store(store) => store.path_of(&manifest_name(shard)),
        }
    }

    /// The file or folder of a shard; that of single objects is the address itself.
    pub(crate) fn file(&self, head: &ShardHead) -> PathBuf {
        match self {
            Self::Disk(folder) => head.form.path(folder, head.shard),
            Self::Store(store) if head.names == Layout::Objects => store.path_of(""),
            Self::Store(store) => store.path_of(&head.form.name_of(head.shard)),
        }
    }

    /// The shards in it.
    ///
    /// # Errors
    /// If it cannot be listed.
    pub(crate) fn list(&self) -> Result<ListedShards, ShardError> {
        let of_name = |name: &str| name.strip_suffix(MANIFEST).and_then(Shard::of_name);
        let mut found = ListedShards::default();
        match self {
            Self::Disk(folder) => {
                let fail = PathIo::on("list", folder);
                for entry in fs::read_dir(folder).map_err(PathIo::on("list", folder))? {
                    let name = entry.map_err(&fail)?.file_name();
                    found.shards.extend(name.to_str().and_then(of_name));
                }
            }
            Self::Store(store) => {
                for (name, len) in store.list("")?.objects {
                    found.shards.extend(of_name(&name));
                    found.lengths.insert(name, len);
                }
            }
        }
        found.shards.sort_unstable();
        Ok(found)
    }

    /// Opens the manifest of a shard.
    ///
    /// # Errors
    /// If it is not there, or is none.
    pub(crate) fn read_manifest(&self, shard: Shard) -> Result<ShardReader, ShardError> {
        self.find_manifest(shard)?.ok_or_else(|| ShardError::Missing(self.manifest(shard)))
    }

    /// Opens the manifest of a shard that was listed, without looking for it.
    ///
    /// # Errors
    /// If it is not there, or is none.
    pub(crate) fn read_listed(&self, shard: Shard, listed: &ListedShards) -> Result<ShardReader, ShardError> {
        match (self, listed.lengths.get(&manifest_name(shard))) {
            (Self::Store(store), Some(&len)) => {
                let object = store.listed(&manifest_name(shard), len);
                ShardReader::begin(self.manifest(shard), object.into_file())
            }
            _ => self.read_manifest(shard),
        }
    }

    fn find_manifest(&self, shard: Shard) -> Result<Option<ShardReader>, ShardError> {
        let path = self.manifest(shard);
        let file = match self {
            Self::Disk(_) => match path_kind(&path).map_err(PathIo::on("look at", &path))? {
                PathKind::File => OpenFile::Disk(File::open(&path).map_err(PathIo::on("read", &path))?),
                PathKind::Nothing => return Ok(None),
                PathKind::Else(what) => return Err(ShardError::Taken { path, what }),
            },
            Self::Store(store) => match store.object(&manifest_name(shard))? {
                Some(object) => object.into_file(),
                None => return Ok(None),
            },
        };
        ShardReader::begin(path, file).map(Some)
    }

    /// Whether the file or folder of a shard is there, with its length; `listed` is what [`Self::list`] gave.
    pub(crate) fn has_file(&self, head: &ShardHead, listed: &ListedShards) -> bool {
        match self {
            Self::Disk(folder) => {
                match (&head.file, fs::symlink_metadata(head.form.path(folder, head.shard))) {
                    (Some(file), Ok(found)) => found.is_file() && found.len() == file.bytes,
                    (None, Ok(found)) => found.is_dir(),
                    _ => false,
                }
            }
            // Single objects are there when the manifest is.
            Self::Store(_) => head
                .file
                .is_none_or(|file| listed.lengths.get(&head.form.name_of(head.shard)) == Some(&file.bytes)),
        }
    }

    /// Opens the files of a shard.
    ///
    /// # Errors
    /// If they are not there, or its file has another length.
    pub(crate) fn files(&self, head: &ShardHead) -> Result<ShardFiles, ShardError> {
        match self {
            Self::Disk(folder) => ShardFiles::open(folder, head),
            Self::Store(store) => ShardFiles::open_in_store(store, head),
        }
    }

    /// Opens the file of a shard as a whole.
    pub(crate) fn open_file(&self, head: &ShardHead) -> io::Result<OpenFile> {
        match self {
            Self::Disk(folder) => File::open(head.form.path(folder, head.shard)).map(OpenFile::Disk),
            Self::Store(store) => open_object(store, &head.form.name_of(head.shard)),
        }
    }

    /// The plan beside a first shard that is a pool, and its path.
    pub(crate) fn plan_beside(&self, shard: Shard) -> (PathBuf, io::Result<OpenFile>) {
        match self {
            Self::Disk(folder) => {
                let path = plan_path(folder, shard);
                let file = File::open(&path).map(OpenFile::Disk);
                (path, file)
            }
            Self::Store(store) => {
                let name = plan_name(shard);
                (store.path_of(&name), open_object(store, &name))
            }
        }
    }

    /// Looks whether the shard that `wanted` describes, up to its file, is there.
    ///
    /// # Errors
    /// If one that was made from something else is there.
    pub(crate) fn look(&self, wanted: &ShardManifest) -> Result<ShardState, ShardError> {
        let shard = wanted.shard.shard;
        let differs = |found: &ShardReader| match found.head.difference(wanted) {
            Some(what) => Err(ShardError::Other { path: found.path.clone(), what }),
            None => Ok(()),
        };
        let Some(found) = self.find_manifest(shard)? else {
            if let (Self::Store(_), Layout::Objects) = (self, wanted.shard.names) {
                // Pictures of another run would be written over.
                if let Some(&other) = self.list()?.shards.first() {
                    self.find_manifest(other)?.as_ref().map_or(Ok(()), differs)?;
                }
            }
            return Ok(ShardState::Missing);
        };
        differs(&found)?;
        let head = &found.head.shard;
        let mut listed = ListedShards::default();
        if let (Self::Store(store), Some(_)) = (self, &head.file) {
            let name = head.form.name_of(shard);
            let object = store.object(&name)?;
            listed.lengths.extend(object.map(|object| (name, object.bytes())));
        }
        Ok(if self.has_file(head, &listed) { ShardState::There } else { ShardState::Missing })
    }
}

/// Opens an object as a file.
pub(super) fn open_object(store: &Store, name: &str) -> io::Result<OpenFile> {
    match store.object(name).map_err(as_io)? {
        Some(object) => Ok(object.into_file()),
        None => Err(io::ErrorKind::NotFound.into()),
    }
}

/// Checks, without changing anything, that shards of `project` can be written to `folder`.
///
/// # Errors
/// If it is no folder, or lies among the art; if it is an address of a store that cannot be opened, or does not answer.
pub fn check_shards(folder: &Path, project: &Project) -> Result<(), ShardError> {
    if let ShardFolder::Store(store) = ShardFolder::at(folder)? {
        return match store.list("") {
            // Who may write need not be allowed to list.
            Ok(_) | Err(StoreError::Refused { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        };
    }
    let resolved = resolve(folder)?;
    if let Some(art) = project.art_folders().find(|art| resolved.starts_with(art)) {
        return Err(ShardError::InsideArt { path: folder.to_owned(), art: art.clone() });
    }
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() => Ok(()),
        Ok(_) => Err(ShardError::Taken { path: folder.to_owned(), what: "not a folder" }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(PathIo::on("look at", folder)(error).into()),
    }
}

impl ShardForm {
    /// The path of a shard of this form in `folder`.
    #[must_use]
    pub fn path(self, folder: &Path, shard: Shard) -> PathBuf {
        folder.join(self.name_of(shard))
    }

    /// The name of the file or folder of a shard of this form.
    pub(crate) fn name_of(self, shard: Shard) -> String {
        shard.name() + self.ending()
    }
}
