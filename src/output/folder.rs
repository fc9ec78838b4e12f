//! A collection in a folder: `images/N.png` (or another extension), `json/N.json`, and what belongs to the whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use sha2::Digest as _;

use crate::error::{Error, PathIo};
use crate::files::{Digest, Folder};
use crate::output::claim::{Existing, clear, folder_state};
use crate::output::error::OutputError;
use crate::output::hashing::{self, Hashing};
use crate::output::item_folders::ItemFolders;
use crate::output::journal::{self, EditMark, Journal, Record, Written};
use crate::output::manifest::{self, Digests, RunHeader};
use crate::output::metadata::{whole_files, write_whole};
use crate::output::names;
use crate::output::parts::{Part, Parts};
use crate::output::picture_names::Stems;
use crate::output::records::{InOrder, Records};
use crate::output::sink::{Sink, SinkError};
use crate::plan::Plan;
use crate::project::{Layout, Project};
use crate::telemetry::FinishedItem;
use crate::threads::lock;

/// Between two looks whether the folders are still in place.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// Writes items to a folder.
///
/// Every file is written under a temporary name and renamed, so a file with its final name is whole. Between
/// [`Self::begin`] and [`Self::finish`] the folder holds a journal; a run that stops between leaves it there.
#[derive(Debug)]
pub struct FolderSink {
    pub(crate) folder: Folder,
    pub(super) parts: Parts,
    images: ItemFolders,
    /// The folders in it of the sizes, if there are several.
    sizes: Vec<ItemFolders>,
    /// The folder of documents, if items have such.
    json: Option<ItemFolders>,
    pub(crate) stems: Stems,
    header: RunHeader,
    pub(crate) journal: Journal,
    pub(crate) provenance: bool,
    /// When the folders were last seen in place.
    looked: Mutex<Instant>,
}

impl FolderSink {
    /// Opens the picture of an item that is there, in the largest size; with its path, for messages.
    pub(crate) fn open_picture(&self, edition: u32) -> (PathBuf, io::Result<File>) {
        let name = self.stems.image_of(self.stems.largest(), edition);
        (self.folder.join(&name), self.folder.open_file(&name))
    }

    /// The folder of the pictures of the size with this number.
    fn images_of(&self, number: usize) -> &ItemFolders {
        self.sizes.get(number).unwrap_or(&self.images)
    }
}

/// What a finished folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Collection {
    /// The folder, or the archive.
    pub folder: PathBuf,
    /// BLAKE3 over the list of all files.
    pub digest: Digest,
    /// SHA-256 of the images' SHA-256 digests in edition order, if provenance was asked for.
    pub provenance: Option<Digest>,
}

impl FolderSink {
    /// Claims `folder` (making it if need be) and writes the plan.
    ///
    /// # Errors
    /// If the folder must not be touched, or cannot be written to.
    pub fn begin(
        folder: &Path,
        project: &Project,
        plan: &Plan,
        header: RunHeader,
        existing: Existing,
        provenance: bool,
    ) -> Result<Self, OutputError> {
        let holds = folder_state(folder, project, existing)?;
        let (editions, stems) = (plan.sorted_editions(), Stems::of(project, plan));
        let is_written = |name: &str| {
            stems.edition_of(name).is_some_and(|edition| editions.binary_search(&edition).is_ok())
        };
        fs::create_dir_all(folder).map_err(PathIo::on("create", folder))?;
        let folder = Folder::open(folder).map_err(PathIo::on("open", folder))?;
        clear(&folder, holds, &is_written)?;
        let mut sink = Self::prepare(folder, project, plan, header, stems, provenance, None)?;
        sink.journal.publish()?;
        sink.write_plan(project, plan)?;
        Ok(sink)
    }

    /// Makes the folders, and begins a journal that takes its place when it is published.
    pub(crate) fn prepare(
        folder: Folder,
        project: &Project,
        plan: &Plan,
        header: RunHeader,
        stems: Stems,
        provenance: bool,
        edit: Option<EditMark>,
    ) -> Result<Self, OutputError> {
        let make = |name: &str| {
            folder.make_sub(name).map_err(|error| PathIo::on("create", &folder.join(name))(error))
        };
        let of_items = |folder: Folder| ItemFolders::new(folder, stems.layout());
        let images = of_items(make(names::IMAGES)?);
        let sizes = stems.size_folders().map(|name| make(&name).map(of_items));
        let sizes = sizes.collect::<Result<Vec<ItemFolders>, PathIo>>()?;
        let json = if names::has_json(&project.metadata) {
            Some(of_items(make(names::JSON)?))
        } else {
            // Empty, if an earlier collection was replaced; otherwise it belongs to another program.
            let _ = folder.remove_sub(names::JSON);
            None
        };
        let claim = journal::Header::new(header.clone(), &plan.sorted_editions(), stems.clone());
        let claim = journal::Header { edit, ..claim };
        let parts = Parts::new(make(names::WORK)?);
        let journal = Journal::begin(folder.path(), make(names::WORK)?, &claim)?;
        Ok(Self {
            folder,
            parts,
            images,
            sizes,
            json,
            stems,
            header,
            journal,
            provenance,
            looked: Mutex::new(Instant::now()),
        })
    }

    /// Gives up a run before its beginning; what an unfinished run has there stays.
    pub(crate) fn give_up(self) {
        let Self { folder, parts, journal, .. } = self;
        drop((parts, journal));
        let _ = folder.remove_sub(names::WORK);
    }

    /// Looks whether the folders are in place, if that was not done just now: it takes longer than writing a small file.
    fn look_in_time(&self) -> Result<(), OutputError> {
        let mut looked = lock(&self.looked);
        if looked.elapsed() < BETWEEN_LOOKS {
            return Ok(());
        }
        *looked = Instant::now();
        drop(looked);
        self.ensure_in_place()
    }

    /// Fails if one of the folders was replaced: what is written from then on would not be where it belongs.
    fn ensure_in_place(&self) -> Result<(), OutputError> {
        let replaced = |path: &Path, source| OutputError::Replaced { path: path.to_owned(), source };
        self.folder.ensure_in_place().map_err(|error| replaced(self.folder.path(), error))?;
        let json = self.json.as_ref().map(ItemFolders::folder);
        for sub in [Some(self.images.folder()), json, Some(self.parts.folder())].into_iter().flatten() {
            self.folder.ensure_holds(sub).map_err(|error| replaced(sub.path(), error))?;
        }
        for sub in self.sizes.iter().map(ItemFolders::folder) {
            self.images.folder().ensure_holds(sub).map_err(|error| replaced(sub.path(), error))?;
        }
        let mut all = std::iter::once(&self.images).chain(&self.sizes).chain(&self.json);
        all.try_for_each(ItemFolders::ensure_in_place).map_err(|(path, error)| replaced(&path, error))
    }

    /// What the collection is made from.
    pub(crate) fn header(&self) -> &RunHeader {
        &self.header
    }

    /// Writes the plan's file.
    pub(crate) fn write_plan(&self, project: &Project, plan: &Plan) -> Result<(), OutputError> {
        self.write_whole(names::PLAN, |out| plan.write(project, out)).map(|_| ())
    }

    /// Removes abandoned temporary files; returns their number.
    pub(crate) fn clean_up_parts(&self) -> u64 {
        self.parts.remove_stale()
    }

    /// Writes what belongs to the whole collection, and removes the journal.
    ///
    /// # Errors
    /// If items are missing, or the folder cannot be written to.
    pub fn finish(self, project: &Project, plan: &Plan) -> Result<Collection, OutputError> {
        self.ensure_in_place()?;
        self.journal.flush()?;
        // Read twice, so that nothing is written where items are missing, and records are never held all at once.
        let records = || {
            Records::open(&self.folder, names::JOURNAL).map(|(header, records)| InOrder::new(header, records))
        };
        let found = records()?.count();
        if found != plan.len() {
            let missing = plan.len().saturating_sub(found);
            let path = self.folder.join(names::JOURNAL);
            return Err(OutputError::Incomplete { path, missing, expected: plan.len() });
        }
        let records = records()?;
        let mut others = Vec::new();
        for name in whole_files(&project.metadata) {
            others.push((name, self.write_whole(name, |out| write_whole(name, project, plan, out))?));
        }
        others.push((names::PLAN, self.digest_of(names::PLAN)?));
        let mut digests = None;
        self.write_whole(names::MANIFEST, |out| {
            digests = Some(manifest::write(out, &self.header, records, &self.stems, &others)?);
            Ok(())
        })?;
        let digests = digests.expect("the manifest was written");
        let Self { folder, parts, journal, .. } = self;
        let remove = |name: &str, removed: io::Result<()>| {
            removed.map_err(|error| PathIo::on("remove", &folder.join(name))(error))
        };
        remove(names::JOURNAL, folder.remove_file(names::JOURNAL))?;
        // Some systems remove no folder that is held open.
        drop((parts, journal));
        match folder.remove_sub(names::WORK) {
            // Somebody has put a file there; it is not ours to remove.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            removed => remove(names::WORK, removed)?,
        }
        let (path, Digests { collection, provenance }) = (folder.path().to_owned(), digests);
        Ok(Collection { folder: path, digest: collection, provenance })
    }

    /// Writes the file `name`, under a temporary name first.
    pub(crate) fn write_whole(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<Hashing<File>>) -> io::Result<()>,
    ) -> Result<Written, OutputError> {
        let path = self.folder.join(name);
        let part = self.parts.begin(name);
        let mut out = BufWriter::new(Hashing::new(part.create()?));
        write(&mut out).map_err(PathIo::on("write", &path))?;
        let hashing = out.into_inner().map_err(|e| PathIo::on("write", &path)(e.into_error()))?;
        part.take_place(&self.folder, name)?;
        Ok(hashing.written())
    }

    /// Writes `bytes` as a file of an item.
    fn write_item(
        &self,
        part: &Part<'_>,
        (folders, edition): (&ItemFolders, u32),
        name: &str,
        bytes: &[u8],
    ) -> Result<Written, OutputError> {
        let folder = &*folders
            .of(edition)
            .map_err(|error| PathIo::on("create a folder in", folders.folder().path())(error))?;
        let mut file = part.create()?;
        file.write_all(bytes).map_err(|error| PathIo::on("write", &folder.join(name))(error))?;
        drop(file);
        part.take_place(folder, name)?;
        Ok(hashing::written(bytes))
    }

    /// Writes the metadata of an item, if items have such.
    pub(crate) fn write_metadata(&self, edition: u32, document: &[u8]) -> Result<Written, OutputError> {
        let Some(json) = self.json.as_ref().filter(|_| !document.is_empty()) else {
            return Ok(Written::NOTHING);
        };
        let part = self.parts.begin(&names::metadata(edition, Layout::Flat));
        self.write_item(&part, (json, edition), &format!("{edition}.json"), document)
    }

    /// Removes thumbnails of ours; they are made again at the end, if they are asked for.
    pub(crate) fn remove_thumbnails(&self) -> Result<(), OutputError> {
        if names::has_thumbnails(&self.folder) {
            let removed = self.folder.remove_file(names::THUMBNAILS);
            removed.map_err(PathIo::on("remove", &self.folder.join(names::THUMBNAILS)))?;
        }
        Ok(())
    }

    fn digest_of(&self, name: &str) -> Result<Written, OutputError> {
        let fail = |error| PathIo::on("read", &self.folder.join(name))(error);
        let mut file = self.folder.read(name).map_err(fail)?;
        let mut hashing = Hashing::new(io::sink());
        io::copy(&mut file, &mut hashing).map_err(fail)?;
        Ok(hashing.written())
    }
}

impl Sink for FolderSink {
    fn clean_up(&self) -> u64 {
        self.clean_up_parts()
    }

    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError> {
        self.write_files(item).map_err(|error| Error::from(error).into())
    }
}

impl FolderSink {
    /// Writes the picture and the metadata of an item, and records them.
    fn write_files(&self, item: FinishedItem<'_>) -> Result<(), OutputError> {
        self.look_in_time()?;
        let name = self.stems.file(item.edition);
        let write = |number: usize, picture: &[u8]| {
            // Short, and known for ours, whatever the file is called in the end.
            let part = self.parts.begin(&names::image(item.edition));
            self.write_item(&part, (self.images_of(number), item.edition), &name, picture)
        };
        let image = write(0, item.picture)?;
        let more = item.more.iter().zip(1..).map(|(picture, number)| write(number, picture));
        let more = more.collect::<Result<Vec<Written>, OutputError>>()?;
        let metadata = self.write_metadata(item.edition, item.metadata)?;
        let sha256 = self.provenance.then(|| Box::new(sha2::Sha256::digest(item.picture).into()));
        self.journal.record(&Record { edition: item.edition, image, more, metadata, sha256 })
    }
}
