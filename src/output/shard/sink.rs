//! A shard as one tar: the files of its items, by edition, each at an offset that follows from the lengths before it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sha2::Digest as _;

use crate::error::{Error, PathIo};
use crate::files::{Folder, WholeFile};
use crate::output::archive::{ArchiveError, Entries, Parts, Tar, Turns};
use crate::output::hashing::{self, Hashing};
use crate::output::journal::{Record, Written};
use crate::output::names;
use crate::output::picture_names::Stems;
use crate::output::shard::{Labels, ShardError};
use crate::output::sink::{Sink, SinkError};
use crate::telemetry::FinishedItem;

/// Writes the plan of the whole collection.
pub(crate) type WritePlan<'p> = &'p mut dyn FnMut(&mut dyn Write) -> io::Result<()>;

type Out = BufWriter<Hashing<File>>;

/// What takes the items of a shard.
pub(crate) trait ShardSink: Sink {
    /// Gives the shard's file or folder its name, and the records of its items in the order of their editions; with what
    /// its file holds, if it is one.
    fn complete(self: Box<Self>) -> Result<(Vec<Record>, Option<Written>), ShardError>;
}

/// A tar that is being written.
pub(crate) struct TarShard<'a> {
    turns: Turns<Tar<Out>>,
    whole: WholeFile,
    path: PathBuf,
    stems: Stems,
    provenance: bool,
    /// By ascending edition.
    editions: Vec<u32>,
    /// Set for the names of WebDataset.
    labels: Option<Labels<'a>>,
}

impl<'a> TarShard<'a> {
    /// Begins the file `path` in `folder`; `plan` writes the plan, with its length, where the shard has it.
    pub(crate) fn begin(
        folder: Arc<Folder>,
        path: &Path,
        (stems, editions): (Stems, Vec<u32>),
        labels: Option<Labels<'a>>,
        provenance: bool,
        plan: Option<(u64, WritePlan<'_>)>,
    ) -> Result<Self, ShardError> {
        let fail = |action: &'static str| PathIo::on(action, path);
        let name = path.file_name().expect("a shard has a name");
        let whole = WholeFile::begin_in(folder, name).map_err(fail("create"))?;
        let file = whole.file().map_err(fail("open"))?;
        let mut tar = Tar::new(BufWriter::with_capacity(1 << 18, Hashing::new(file)));
        if let Some((bytes, write)) = plan {
            tar.add(names::PLAN, bytes, write).map_err(fail("write"))?;
        }
        let turns = Turns::new(tar, editions.len(), provenance);
        Ok(Self { turns, whole, path: path.to_owned(), stems, provenance, editions, labels })
    }

    /// Adds the files of an item.
    fn add(&self, tar: &mut Tar<Out>, parts: Parts<'_>) -> io::Result<()> {
        let edition = parts.record.edition;
        let key = format!("{edition:09}");
        let folder_of_sizes = self.stems.pictures() > 1;
        let member = |name: String, number: usize| match self.labels {
            None => name,
            // The first is what readers look for; others have their number before the ending.
            Some(_) if number == 0 || !folder_of_sizes => {
                format!("{key}.{}", self.stems.format().extension())
            }
            Some(_) => format!("{key}.{number}.{}", self.stems.format().extension()),
        };
        let mut names = self.stems.images(edition).enumerate();
        let (_, first) = names.next().expect("there is a picture");
        tar.add_bytes(&member(first, 0), parts.picture)?;
        let mut rest = parts.more;
        for ((number, name), of) in names.zip(&parts.record.more) {
            let (file, others) = rest.split_at(of.bytes as usize);
            tar.add_bytes(&member(name, number), file)?;
            rest = others;
        }
        if let Some(labels) = &self.labels {
            tar.add_bytes(&format!("{key}.txt"), labels.of(edition).as_bytes())?;
        }
        match (parts.metadata, self.labels) {
            ([], _) => Ok(()),
            (document, None) => tar.add_bytes(&self.stems.metadata(edition), document),
            (document, Some(_)) => tar.add_bytes(&format!("{key}.json"), document),
        }
    }
}

impl Sink for TarShard<'_> {
    fn write(&self, item: FinishedItem<'_>) -> Result<(), SinkError> {
        let record = record_of(&item, self.provenance);
        let more = item.more.concat();
        let parts = Parts { record, picture: item.picture, more: &more, metadata: item.metadata };
        let add = |tar: &mut Tar<Out>, parts: Parts<'_>| self.add(tar, parts);
        let fail = |error| PathIo::on("write", &self.path)(error);
        let taken = self.turns.take(item.index, parts, add).map_err(fail);
        taken.map_err(|error| Error::from(ArchiveError::from(error)).into())
    }

    fn is_behind(&self) -> bool {
        self.turns.is_behind()
    }
}

impl ShardSink for TarShard<'_> {
    fn complete(self: Box<Self>) -> Result<(Vec<Record>, Option<Written>), ShardError> {
        let Self { turns, whole, path, editions, .. } = *self;
        let (tar, kept) = turns.into_inner().ok_or_else(|| ShardError::Incomplete(path.clone()))?;
        let fail = |action: &'static str| PathIo::on(action, &path);
        let out = tar.end().map_err(fail("write"))?;
        let out = out.into_inner().map_err(|error| fail("write")(error.into_error()))?;
        let written = out.written();
        drop(out);
        // A file without a manifest is what a process left that was killed between the two.
        whole.finish(true).map_err(fail("rename to"))?;
        Ok((kept.records(|index| editions[index]).collect(), Some(written)))
    }
}

/// What is recorded of an item.
pub(crate) fn record_of(item: &FinishedItem<'_>, provenance: bool) -> Record {
    let metadata = match item.metadata {
        [] => Written::NOTHING,
        document => hashing::written(document),
    };
    Record {
        edition: item.edition,
        image: hashing::written(item.picture),
        more: item.more.iter().map(|file| hashing::written(file)).collect(),
        metadata,
        sha256: provenance.then(|| Box::new(sha2::Sha256::digest(item.picture).into())),
    }
}
