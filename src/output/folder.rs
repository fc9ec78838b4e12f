//! A collection in a folder: `images/N.png`, `json/N.json`, and what belongs to the whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use sha2::Digest as _;

use crate::error::{Error, PathIo};
use crate::files::Digest;
use crate::output::claim::{Existing, clear, folder_state};
use crate::output::error::OutputError;
use crate::output::hashing::{self, Hashing};
use crate::output::journal::{self, Journal, Record, Written};
use crate::output::manifest::{self, RunHeader};
use crate::output::metadata::{whole_files, write_whole};
use crate::output::names;
use crate::output::parts::Parts;
use crate::output::picture_names::Stems;
use crate::output::records::{InOrder, Records};
use crate::output::sink::{Sink, SinkError};
use crate::plan::Plan;
use crate::project::Project;
use crate::telemetry::FinishedItem;

/// Writes items to a folder.
///
/// Every file is written under a temporary name and renamed, so a file with its final name is whole. Between
/// [`Self::begin`] and [`Self::finish`] the folder holds a journal; a run that stops between leaves it there.
#[derive(Debug)]
pub struct FolderSink {
    pub(crate) folder: PathBuf,
    parts: Parts,
    /// Where images and metadata go.
    places: [PathBuf; 2],
    pub(crate) stems: Stems,
    header: RunHeader,
    pub(crate) journal: Journal,
    pub(crate) provenance: bool,
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
        clear(folder, holds, &is_written)?;
        let mut sink = Self::prepare(folder, project, plan, header, stems, provenance)?;
        sink.journal.publish()?;
        sink.write_plan(project, plan)?;
        Ok(sink)
    }

    /// Makes the folders, and begins a journal that takes its place when it is published.
    pub(crate) fn prepare(
        folder: &Path,
        project: &Project,
        plan: &Plan,
        header: RunHeader,
        stems: Stems,
        provenance: bool,
    ) -> Result<Self, OutputError> {
        let has_documents = names::has_json(&project.metadata);
        for name in [names::IMAGES, names::JSON, names::WORK] {
            let path = folder.join(name);
            if name != names::JSON || has_documents {
                fs::create_dir_all(&path).map_err(PathIo::on("create", &path))?;
            } else {
                // Empty, if an earlier collection was replaced; else it is somebody's.
                let _ = fs::remove_dir(&path);
            }
        }
        let claim = journal::Header::new(header.clone(), &plan.sorted_editions(), stems.clone());
        Ok(Self {
            folder: folder.to_owned(),
            parts: Parts::new(folder.join(names::WORK)),
            places: [names::IMAGES, names::JSON].map(|name| folder.join(name)),
            stems,
            header,
            journal: Journal::begin(folder, &claim)?,
            provenance,
        })
    }

    /// Writes the plan's file.
    pub(crate) fn write_plan(&self, project: &Project, plan: &Plan) -> Result<(), OutputError> {
        self.write_whole(names::PLAN, |out| plan.write(project, out)).map(|_| ())
    }

    /// Removes the temporary files that nobody will finish; how many there were.
    pub(crate) fn clean_up_parts(&self) -> u64 {
        self.parts.remove_stale()
    }

    /// Writes what belongs to the whole collection, and removes the journal.
    ///
    /// # Errors
    /// If items are missing, or the folder cannot be written to.
    pub fn finish(self, project: &Project, plan: &Plan) -> Result<Collection, OutputError> {
        let journal = names::under(&self.folder, names::JOURNAL);
        self.journal.flush()?;
        // Read twice, so that nothing is written where items are missing, and records are never held all at once.
        let records = || Records::open(&journal).map(|(header, records)| InOrder::new(header, records));
        let found = records()?.count();
        if found != plan.len() {
            let missing = plan.len().saturating_sub(found);
            return Err(OutputError::Incomplete { path: journal, missing, expected: plan.len() });
        }
        let records = records()?;
        let mut others = Vec::new();
        for name in whole_files(&project.metadata) {
            others.push((name, self.write_whole(name, |out| write_whole(name, project, plan, out))?));
        }
        others.push((names::PLAN, digest_of(&self.folder.join(names::PLAN))?));
        let mut digests = None;
        self.write_whole(names::MANIFEST, |out| {
            digests = Some(manifest::write(out, &self.header, records, &self.stems, &others)?);
            Ok(())
        })?;
        let digests = digests.expect("the manifest was written");
        fs::remove_file(&journal).map_err(PathIo::on("remove", &journal))?;
        match fs::remove_dir(self.parts.folder()) {
            // Somebody has put a file there; it is not ours to remove.
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            removed => removed.map_err(PathIo::on("remove", self.parts.folder()))?,
        }
        Ok(Collection { folder: self.folder, digest: digests.collection, provenance: digests.provenance })
    }

    /// Writes the file `name`, under a temporary name first.
    pub(crate) fn write_whole(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<Hashing<File>>) -> io::Result<()>,
    ) -> Result<Written, OutputError> {
        let path = names::under(&self.folder, name);
        let part = self.parts.begin(name);
        // It is always made anew, so that no link is followed.
        let file = File::create_new(&part.path).map_err(PathIo::on("create", &part.path))?;
        let mut out = BufWriter::new(Hashing::new(file));
        write(&mut out).map_err(PathIo::on("write", &path))?;
        let hashing = out.into_inner().map_err(|e| PathIo::on("write", &path)(e.into_error()))?;
        fs::rename(&part.path, &path).map_err(PathIo::on("rename to", &path))?;
        Ok(hashing.written())
    }

    /// Writes `bytes` as a file of an item: four calls of the system.
    fn write_item(&self, path: &Path, part: &Path, bytes: &[u8]) -> Result<Written, OutputError> {
        let mut file = File::create_new(part).map_err(PathIo::on("create", part))?;
        file.write_all(bytes).map_err(PathIo::on("write", path))?;
        drop(file);
        fs::rename(part, path).map_err(PathIo::on("rename to", path))?;
        Ok(hashing::written(bytes))
    }

    /// Writes the metadata of an item, if items have such.
    pub(crate) fn write_metadata(&self, edition: u32, document: &[u8]) -> Result<Written, OutputError> {
        if document.is_empty() {
            return Ok(Written::NOTHING);
        }
        let part = self.parts.begin(&names::metadata(edition));
        self.write_item(&self.places[1].join(format!("{edition}.json")), &part.path, document)
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
        let path = self.places[0].join(format!("{}.png", self.stems.stem(item.edition)));
        // Short, and known for ours, whatever the file is called in the end.
        let part = self.parts.begin(&names::image(item.edition));
        let image = self.write_item(&path, &part.path, item.png)?;
        drop(part);
        let metadata = self.write_metadata(item.edition, item.metadata)?;
        let sha256 = self.provenance.then(|| Box::new(sha2::Sha256::digest(item.png).into()));
        self.journal.record(&Record { edition: item.edition, image, metadata, sha256 })
    }
}

fn digest_of(path: &Path) -> Result<Written, OutputError> {
    let mut file = File::open(path).map_err(PathIo::on("read", path))?;
    let mut hashing = Hashing::new(io::sink());
    io::copy(&mut file, &mut hashing).map_err(PathIo::on("read", path))?;
    Ok(hashing.written())
}
