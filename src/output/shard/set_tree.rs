//! A merged collection whose files are in shards, read as if it were a folder.
//!
//! The list of shards says which of them has an edition, and the manifest of that shard where its files are. Lists are read
//! when the first of their items is asked for, and few are kept: readers go through a collection in order.

use std::collections::{BTreeSet, VecDeque};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::files::{Folder, OpenFile, PathKind, Tree};
use crate::output::names;
use crate::output::picture_names::Stems;
use crate::output::shard::set::{SET, ShardSet};
use crate::output::shard::{ShardError, ShardFiles};
use crate::output::verify_error::VerifyError;
use crate::threads::lock;

/// Shards whose lists are held.
const HELD: usize = 8;

/// The files of a merged collection.
#[derive(Debug)]
pub(crate) struct SetTree {
    /// Manifest, plan and what else is of the whole.
    disk: Folder,
    path: PathBuf,
    set: ShardSet,
    stems: Stems,
    has_documents: bool,
    held: Mutex<VecDeque<Arc<Held>>>,
}

/// A shard that is open.
#[derive(Debug)]
struct Held {
    number: usize,
    files: ShardFiles,
    /// By ascending edition: offset and length of each file, where it is in one file.
    items: Vec<(u32, Vec<Place>)>,
}

/// Where a file is.
#[derive(Clone, Copy, Debug)]
struct Place {
    offset: Option<u64>,
    bytes: u64,
}

impl SetTree {
    /// The merged collection in the folder at `path`, if it is one.
    ///
    /// # Errors
    /// If its list of shards is damaged, or shards cannot be read.
    pub(crate) fn folder(path: &Path) -> Result<Option<Folder>, VerifyError> {
        let Ok(disk) = Folder::open(path) else { return Ok(None) };
        if !disk.is_file(SET) {
            return Ok(None);
        }
        let fail = |what: String| VerifyError::Archive { path: path.join(SET), what };
        let bytes =
            std::fs::read(path.join(SET)).map_err(|error| fail(format!("it cannot be read: {error}")))?;
        let set = ShardSet::parse(&bytes).map_err(fail)?;
        let of_shard = |error: ShardError| VerifyError::Shard(Box::new(error));
        let head = set.read_manifest(path, 0).map_err(of_shard)?.head;
        let run = &head.run;
        let mut named = Vec::new();
        if run.metadata.as_ref().is_some_and(|metadata| !metadata.settings.file_name.is_empty()) {
            for number in 0..set.shards.len() {
                let mut reader = set.read_manifest(path, number).map_err(of_shard)?;
                while let Some(item) = reader.next_item().map_err(of_shard)? {
                    named.extend(item.stem.map(|stem| (item.record.edition, stem)));
                }
            }
        }
        let stems = match named.is_empty() {
            true => Stems::default(),
            false => Stems::try_from(named).map_err(fail)?,
        };
        let stems = stems.of_sizes(&run.output_size).of_format(run.picture_format).of_layout(run.layout);
        let tree = Self {
            disk,
            path: path.to_owned(),
            set,
            stems,
            has_documents: head.shard.documents,
            held: Mutex::default(),
        };
        Ok(Some(Folder::of_tree(Arc::new(tree), path)))
    }

    /// The shard with an edition, and the number of the item in it.
    fn find(&self, edition: u32) -> Result<Option<(Arc<Held>, usize)>, ShardError> {
        let has = |shard: &crate::output::shard::SetShard| {
            shard.editions.is_some_and(|[first, last]| (first..=last).contains(&edition))
        };
        let Some(number) = self.set.shards.iter().position(has) else { return Ok(None) };
        let shard = self.hold(number)?;
        let found = shard.items.binary_search_by_key(&edition, |(edition, _)| *edition);
        Ok(found.ok().map(|item| (shard, item)))
    }

    fn hold(&self, number: usize) -> Result<Arc<Held>, ShardError> {
        let mut held = lock(&self.held);
        if let Some(found) = held.iter().find(|held| held.number == number) {
            return Ok(found.clone());
        }
        let mut reader = self.set.read_manifest(&self.path, number)?;
        let files = self.set.folder(&self.path, number)?.files(&reader.head.shard)?;
        let mut items = Vec::new();
        while let Some(item) = reader.next_item()? {
            let record = &item.record;
            let bytes = std::iter::once(&record.image)
                .chain(&record.more)
                .chain(self.has_documents.then_some(&record.metadata));
            let mut offsets = item.offsets.iter().copied();
            let place =
                |of: &crate::output::journal::Written| Place { offset: offsets.next(), bytes: of.bytes };
            items.push((record.edition, bytes.map(place).collect()));
        }
        let shard = Arc::new(Held { number, files, items });
        if held.len() >= HELD {
            held.pop_front();
        }
        held.push_back(shard.clone());
        Ok(shard)
    }

    /// A file of an item, if `name` is that of one.
    fn item_file(&self, name: &str) -> Result<Option<(Arc<Held>, Place)>, ShardError> {
        let Some(edition) = self.stems.edition_of(name) else { return Ok(None) };
        let mut files =
            self.stems.images(edition).chain(self.has_documents.then(|| self.stems.metadata(edition)));
        let Some(number) = files.position(|file| file == name) else { return Ok(None) };
        let Some((shard, item)) = self.find(edition)? else { return Ok(None) };
        let place = shard.items[item].1.get(number).copied();
        Ok(place.map(|place| (shard, place)))
    }

    /// The folders of the items' files.
    fn item_folders(&self) -> Result<BTreeSet<String>, ShardError> {
        let mut folders: BTreeSet<String> = self.stems.size_folders().collect();
        folders.insert(names::IMAGES.to_owned());
        if self.has_documents {
            folders.insert(names::JSON.to_owned());
        }
        if !self.stems.layout().item_folder(0).is_empty() {
            for number in 0..self.set.shards.len() {
                for (edition, _) in &self.hold(number)?.items {
                    folders.extend(self.stems.item_folders(*edition));
                }
            }
        }
        Ok(folders)
    }

    /// Whether some item's files are in the folder `name`.
    fn is_item_folder(&self, name: &str) -> bool {
        name == names::IMAGES
            || (self.has_documents && name == names::JSON)
            || self.stems.size_folders().any(|folder| folder == name)
            || (names::is_item_folder(name)
                && self.item_folders().is_ok_and(|folders| folders.contains(name)))
    }
}

impl Tree for SetTree {
    fn kind(&self, name: &str) -> PathKind {
        match self.item_file(name) {
            Ok(Some(_)) => return PathKind::File,
            Err(_) => return PathKind::Else("in a shard that cannot be read"),
            Ok(None) => {}
        }
        match name.is_empty() || self.is_item_folder(name) {
            true => PathKind::FOLDER,
            false => self.disk.kind(name).unwrap_or(PathKind::SOMETHING),
        }
    }

    fn open(&self, name: &str) -> io::Result<OpenFile> {
        match self.item_file(name).map_err(|error| io::Error::other(crate::error::Error::from(error)))? {
            Some((shard, place)) => shard.files.open_file(name, place.offset, place.bytes),
            None => self.disk.read(name),
        }
    }

    fn entries(&self, folder: &str) -> io::Result<Vec<(OsString, PathKind)>> {
        let other = |error: ShardError| io::Error::other(crate::error::Error::from(error));
        let mut found: Vec<(OsString, PathKind)> = Vec::new();
        let inside = |name: &str| -> Option<OsString> {
            let rest = match folder {
                "" => name,
                folder => name.strip_prefix(folder)?.strip_prefix('/')?,
            };
            (!rest.is_empty() && !rest.contains('/')).then(|| rest.into())
        };
        let folders = self.item_folders().map_err(other)?;
        found.extend(folders.iter().filter_map(|name| Some((inside(name)?, PathKind::FOLDER))));
        let on_disk = match folder {
            "" => self.disk.entries()?,
            folder => match self.disk.sub(folder) {
                Ok(sub) => sub.entries()?,
                Err(_) => Vec::new(),
            },
        };
        let is_of_shards = |name: &OsString| {
            let path = self.path.join(name);
            name == SET
                || self.set.shards.iter().any(|shard| self.path.join(&shard.folder).starts_with(&path))
        };
        found.extend(on_disk.into_iter().filter(|(name, _)| !folder.is_empty() || !is_of_shards(name)));
        if self.is_item_folder(folder) {
            for number in 0..self.set.shards.len() {
                for (edition, _) in &self.hold(number).map_err(other)?.items {
                    let names = self
                        .stems
                        .images(*edition)
                        .chain(self.has_documents.then(|| self.stems.metadata(*edition)));
                    found.extend(names.filter_map(|name| Some((inside(&name)?, PathKind::File))));
                }
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found.dedup_by(|a, b| a.0 == b.0);
        Ok(found)
    }
}
