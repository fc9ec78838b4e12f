//! A collection in one file, a tar, a compressed tar or a zip: the same tree, and the same bytes of every file, as in a folder.
//!
//! Threads finish items nearly, not strictly, in order, and an archive is written from its beginning to its end: `turns`
//! lets each item wait for its turn. `entries` writes what both formats have in common, without times, owners or anything
//! else that is not the collection's. `file` puts a whole archive under its final name. What a folder keeps in a journal,
//! the digests for the manifest, is held in memory here: 72 bytes an item, 104 with provenance.

mod entries;
mod error;
mod file;
mod tar_zst;
mod turns;

pub(crate) use entries::{Entries, Tar};
pub use error::ArchiveError;
pub(crate) use file::ArchiveFile;
pub use file::{ArchiveKind, check_archive};
pub(crate) use turns::{Kept, Parts, Turns};

use std::io::{self, Seek, Write};

use sha2::Digest as _;

use crate::error::Error;
use crate::files::Digest;
use crate::output::archive::entries::Zip;
use crate::output::archive::tar_zst::TarZst;
use crate::output::hashing::{self, Hashing};
use crate::output::journal::{Record, Written};
use crate::output::manifest::{self, RunHeader};
use crate::output::metadata::{whole_files, write_whole};
use crate::output::names;
use crate::output::picture_names::Stems;
use crate::output::sink::{Sink, SinkError};
use crate::plan::Plan;
use crate::project::Project;
use crate::telemetry::FinishedItem;

/// An archive that is to be written.
pub struct Archive<'w> {
    entries: Box<dyn Entries + 'w>,
    /// What messages call it.
    name: String,
}

impl std::fmt::Debug for Archive<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Archive").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'w> Archive<'w> {
    /// A tar (POSIX ustar). It is written front to back, so a pipe will do.
    pub fn tar(writer: impl Write + Send + 'w) -> Self {
        Self { entries: Box::new(Tar::new(writer)), name: "the archive".to_owned() }
    }

    /// The same, compressed with Zstandard. Pictures are compressed already; metadata becomes a tenth.
    ///
    /// # Errors
    /// If the compressor cannot be set up.
    pub fn tar_zst(writer: impl Write + Send + 'w) -> io::Result<Self> {
        Ok(Self { entries: Box::new(TarZst::new(writer)?), name: "the archive".to_owned() })
    }

    /// A zip of files as they are, not deflated again; zip64 where it has more than 65,535 files or 4 GiB.
    pub fn zip(writer: impl Write + Seek + Send + 'w) -> Self {
        Self { entries: Box::new(Zip::new(writer)), name: "the archive".to_owned() }
    }

    /// Calls it `name` in messages.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }
}

/// Puts files into an archive one by one.
pub(crate) struct Archiver<'w> {
    entries: Box<dyn Entries + 'w>,
    name: String,
}

impl<'w> Archive<'w> {
    /// The archive, to put files into.
    pub(crate) fn into_archiver(self) -> Archiver<'w> {
        Archiver { entries: self.entries, name: self.name }
    }
}

impl Archiver<'_> {
    /// Adds a file of so many bytes, which `write` writes.
    pub(crate) fn add(
        &mut self,
        name: &str,
        bytes: u64,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), ArchiveError> {
        self.entries.add(name, bytes, write).map_err(ArchiveError::write(&self.name))
    }

    /// Adds a file that is in memory.
    pub(crate) fn add_bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), ArchiveError> {
        self.entries.add_bytes(name, bytes).map_err(ArchiveError::write(&self.name))
    }

    /// Writes the archive's end.
    pub(crate) fn finish(self) -> Result<(), ArchiveError> {
        self.entries.finish().map_err(ArchiveError::write(&self.name))
    }
}

/// What a finished archive holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Archived {
    /// BLAKE3 over the list of all files: that of the same collection in a folder.
    pub digest: Digest,
    /// SHA-256 of the images' SHA-256 digests in edition order, if provenance was asked for.
    pub provenance: Option<Digest>,
}

/// Writes items to an archive, in the order of their places in the plan, which is that of their editions.
pub(crate) struct ArchiveSink<'w> {
    turns: Turns<Box<dyn Entries + 'w>>,
    name: String,
    header: RunHeader,
    plan: Written,
    stems: Stems,
    provenance: bool,
}

impl<'w> ArchiveSink<'w> {
    /// Begins an archive of `plan` with the plan's file.
    pub(crate) fn begin(
        archive: Archive<'w>,
        project: &Project,
        plan: &Plan,
        header: RunHeader,
        provenance: bool,
    ) -> Result<Self, ArchiveError> {
        let Archive { mut entries, name } = archive;
        let written = add_document(&mut *entries, names::PLAN, |mut out| plan.write(project, &mut out))
            .map_err(ArchiveError::write(&name))?;
        let turns = Turns::new(entries, plan.len(), provenance);
        Ok(Self { turns, name, header, plan: written, stems: Stems::of(project, plan), provenance })
    }

    /// Writes what belongs to the whole collection, and the end of the archive. `ordered` is `plan` by edition.
    pub(crate) fn finish(self, project: &Project, ordered: &Plan) -> Result<Archived, ArchiveError> {
        let (mut entries, kept) =
            self.turns.into_inner().ok_or_else(|| ArchiveError::Incomplete(self.name.clone()))?;
        let fail = || ArchiveError::write(&self.name);
        let mut others = Vec::new();
        for name in whole_files(&project.metadata) {
            let add = |mut out: &mut dyn Write| write_whole(name, project, ordered, &mut out);
            others.push((name, add_document(&mut *entries, name, add).map_err(fail())?));
        }
        others.push((names::PLAN, self.plan));
        let mut digests = None;
        add_document(&mut *entries, names::MANIFEST, |mut out| {
            let records = kept.records(|index| ordered.edition(index));
            digests = Some(manifest::write(&mut out, &self.header, records, &self.stems, &others)?);
            Ok(())
        })
        .map_err(fail())?;
        entries.finish().map_err(fail())?;
        let digests = digests.expect("the manifest was written");
        Ok(Archived { digest: digests.collection, provenance: digests.provenance })
    }
}

impl Sink for ArchiveSink<'_> {
    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError> {
        let sha256 = self.provenance.then(|| Box::new(sha2::Sha256::digest(item.picture).into()));
        let image = hashing::written(item.picture);
        let metadata = match item.metadata {
            [] => Written::NOTHING,
            document => hashing::written(document),
        };
        let more = item.more.iter().map(|file| hashing::written(file)).collect();
        let record = Record { edition: item.edition, image, more, metadata, sha256 };
        let add = |entries: &mut Box<dyn Entries + '_>, parts: Parts<'_>| {
            let mut names = self.stems.images(parts.record.edition);
            entries.add_bytes(&names.next().expect("there is a picture"), parts.picture)?;
            let mut rest = parts.more;
            for (name, of) in names.zip(&parts.record.more) {
                let (file, others) = rest.split_at(of.bytes as usize);
                entries.add_bytes(&name, file)?;
                rest = others;
            }
            match parts.metadata {
                [] => Ok(()),
                document => entries.add_bytes(&self.stems.metadata(parts.record.edition), document),
            }
        };
        let more = item.more.concat();
        let parts = Parts { record, picture: item.picture, more: &more, metadata: item.metadata };
        let taken = self.turns.take(item.index, parts, add).map_err(ArchiveError::write(&self.name));
        taken.map_err(|error| Error::from(error).into())
    }

    fn is_behind(&self) -> bool {
        self.turns.is_behind()
    }
}

/// Adds a file whose bytes are not held: they are made twice, the first time to be counted, because their number is written
/// before them.
fn add_document(
    entries: &mut dyn Entries,
    name: &str,
    mut write: impl FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<Written> {
    let mut counting = io::BufWriter::with_capacity(1 << 16, Hashing::new(io::sink()));
    write(&mut counting)?;
    let counted = counting.into_inner().map_err(io::IntoInnerError::into_error)?;
    entries.add(name, counted.bytes, &mut write)?;
    Ok(counted.written())
}
