//! A shard as a folder, which is filled under a temporary name and renamed when it is complete.
//!
//! There is no journal: a shard takes minutes, and one that was stopped is made again from its beginning. A file in the
//! folder that the process holds locked says that it is alive; what a killed one left is removed by the next.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::error::{Error, PathIo};
use crate::files::Folder;
use crate::output::item_folders::ItemFolders;
use crate::output::journal::{Record, Written};
use crate::output::names;
use crate::output::picture_names::Stems;
use crate::output::shard::sink::{WritePlan, record_of};
use crate::output::shard::{ShardError, ShardSink};
use crate::output::sink::{Sink, SinkError};
use crate::telemetry::FinishedItem;
use crate::threads::lock;

/// What a process holds locked while it fills the folder.
const LOCK: &str = ".traitpress-lock";

/// A folder that is being filled.
pub(crate) struct FolderShard {
    temporary: PathBuf,
    path: PathBuf,
    lock: Option<File>,
    sizes: Vec<ItemFolders>,
    json: Option<ItemFolders>,
    stems: Stems,
    provenance: bool,
    records: Mutex<Vec<Record>>,
    is_complete: bool,
}

impl FolderShard {
    /// Begins the folder `path`; `plan` writes the plan, where the shard has it.
    pub(crate) fn begin(
        path: &Path,
        stems: Stems,
        has_documents: bool,
        provenance: bool,
        plan: Option<WritePlan<'_>>,
    ) -> Result<Self, ShardError> {
        let name = path.file_name().expect("a shard has a name").to_string_lossy().into_owned();
        let temporary = path.with_file_name(format!(".traitpress-{name}{}", names::PART));
        clear(&temporary, path)?;
        let make = |result: io::Result<Folder>| result.map_err(PathIo::on("create", &temporary));
        fs::create_dir_all(&temporary).map_err(PathIo::on("create", &temporary))?;
        let folder = match Folder::open(&temporary) {
            // Another process has removed it as left over, to make the shard itself.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ShardError::InUse(path.to_owned()));
            }
            opened => make(opened)?,
        };
        // Of two processes that came here together, one makes this file, also where a file system has no locks.
        let locked = folder.create_new(LOCK).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound => ShardError::InUse(path.to_owned()),
            _ => PathIo::on("create", &temporary)(error).into(),
        })?;
        // A process that removes the folder as left over holds this lock meanwhile.
        if matches!(locked.try_lock(), Err(TryLockError::WouldBlock)) || !folder.is_file(LOCK) {
            return Err(ShardError::InUse(path.to_owned()));
        }
        let layout = stems.layout();
        let images = make(folder.make_sub(names::IMAGES))?;
        let mut sizes = Vec::new();
        for size in stems.size_folders() {
            sizes.push(ItemFolders::new(make(folder.make_sub(&size))?, layout));
        }
        if sizes.is_empty() {
            sizes.push(ItemFolders::new(images, layout));
        }
        let json = match has_documents {
            true => Some(ItemFolders::new(make(folder.make_sub(names::JSON))?, layout)),
            false => None,
        };
        if let Some(write) = plan {
            let written = folder.create_new(names::PLAN).and_then(|file| {
                let mut out = io::BufWriter::with_capacity(1 << 16, file);
                write(&mut out)?;
                out.flush()
            });
            written.map_err(PathIo::on("write", &folder.join(names::PLAN)))?;
        }
        Ok(Self {
            temporary,
            path: path.to_owned(),
            lock: Some(locked),
            sizes,
            json,
            stems,
            provenance,
            records: Mutex::default(),
            is_complete: false,
        })
    }

    fn write_files(&self, item: &FinishedItem<'_>) -> Result<(), PathIo> {
        let write = |folders: &ItemFolders, name: &str, bytes: &[u8]| {
            let folder = folders
                .of(item.edition)
                .map_err(PathIo::on("create a folder in", folders.folder().path()))?;
            let written = folder.create_new(name).and_then(|mut file| file.write_all(bytes));
            written.map_err(PathIo::on("write", &folder.join(name)))
        };
        let name = self.stems.file(item.edition);
        let pictures = std::iter::once(item.picture).chain(item.more.iter().copied());
        for (folders, picture) in self.sizes.iter().zip(pictures) {
            write(folders, &name, picture)?;
        }
        if let Some(json) = self.json.as_ref().filter(|_| !item.metadata.is_empty()) {
            write(json, &format!("{}.json", item.edition), item.metadata)?;
        }
        lock(&self.records).push(record_of(item, self.provenance));
        Ok(())
    }
}

/// Removes what a killed process left of this shard.
fn clear(temporary: &Path, path: &Path) -> Result<(), ShardError> {
    let kind = match fs::symlink_metadata(temporary) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        other => other.map_err(PathIo::on("look at", temporary))?,
    };
    if !kind.is_dir() {
        return Err(ShardError::Taken { path: temporary.to_owned(), what: "not a folder of this program" });
    }
    // Locked until the folder is removed, so that a process that has just begun it sees that.
    let lock = File::open(temporary.join(LOCK));
    if lock.as_ref().is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock))) {
        return Err(ShardError::InUse(path.to_owned()));
    }
    Ok(fs::remove_dir_all(temporary).map_err(PathIo::on("remove", temporary))?)
}

impl Sink for FolderShard {
    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError> {
        self.write_files(&item).map_err(|error| Error::from(ShardError::from(error)).into())
    }
}

impl ShardSink for FolderShard {
    fn complete(mut self: Box<Self>) -> Result<(Vec<Record>, Option<Written>), ShardError> {
        let mut records = std::mem::take(&mut self.records);
        let mut records =
            std::mem::take(records.get_mut().unwrap_or_else(std::sync::PoisonError::into_inner));
        records.sort_unstable_by_key(|record| record.edition);
        // Some systems rename no folder in which something is open.
        (self.sizes, self.json) = (Vec::new(), None);
        let in_folder = self.temporary.join(LOCK);
        drop(self.lock.take());
        fs::remove_file(&in_folder).map_err(PathIo::on("remove", &in_folder))?;
        if self.path.is_dir() {
            // One without a manifest is what a process left that was killed between the two.
            fs::remove_dir_all(&self.path).map_err(PathIo::on("remove", &self.path))?;
        }
        fs::rename(&self.temporary, &self.path).map_err(PathIo::on("rename to", &self.path))?;
        self.is_complete = true;
        Ok((records, None))
    }
}

impl Drop for FolderShard {
    fn drop(&mut self) {
        if !self.is_complete {
            (self.sizes, self.json) = (Vec::new(), None);
            drop(self.lock.take());
            let _ = fs::remove_dir_all(&self.temporary);
        }
    }
}
