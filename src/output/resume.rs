//! Going on in a folder where an earlier run stopped, or ended.
//!
//! Every file that its journal or manifest lists is read, and stays only if its digest is right: what a crash, a full
//! disk or a hand has spoilt is made again like what was never made. The new journal is written beside the old one and
//! takes its place once all of this is in it, so that a run that is stopped while it looks loses nothing.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;

use rayon::prelude::*;
use sha2::Digest;

use crate::error::PathIo;
use crate::files::Folder;
use crate::output::claim::{Existing, folder_state, names_in};
use crate::output::earlier::Earlier;
use crate::output::error::OutputError;
use crate::output::folder::FolderSink;
use crate::output::journal::{self, EditMark, Record, Written};
use crate::output::manifest::{self, RunHeader};
use crate::output::metadata::MetadataTexts;
use crate::output::parts::Part;
use crate::output::picture_names::Stems;
use crate::output::read_listed::read as read_listed;
use crate::output::{hashing, names};
use crate::plan::Plan;
use crate::project::Project;
use crate::telemetry::{Account, Observer, Pool};
use crate::threads::in_order;

/// Records that are looked at side by side, and held meanwhile.
const AT_A_TIME: usize = 256;

/// A folder in which a run goes on.
#[derive(Debug)]
pub(crate) struct Resumed {
    pub(crate) sink: FolderSink,
    /// The items that are to be made, by their places in the plan, ascending.
    pub(crate) missing: Vec<u32>,
}

/// What became of going on.
#[derive(Debug)]
pub(crate) enum ResumeOutcome {
    Ready(Box<Resumed>),
    /// The observer stopped it, after so many items were found whole.
    Cancelled(u64),
}

/// What stays of an earlier run.
pub(crate) struct KeepPolicy<'a> {
    /// Whether the item at this place of the plan is still what it was.
    pub(crate) is_reusable: &'a (dyn Fn(usize) -> bool + Sync),
    pub(crate) pool: &'a rayon::ThreadPool,
    pub(crate) observer: &'a dyn Observer,
    /// Set where the items of a finished collection are changed.
    pub(crate) edit: Option<EditMark>,
}

impl FolderSink {
    /// Goes on in `folder` with the items of `plan` after the run that is there, `earlier`; where there is none, begins.
    ///
    /// If the observer stops it, nothing has changed but metadata that was not right.
    ///
    /// None of the items that the earlier run claims may have another place or content in `plan`, but for those that
    /// do not stay.
    ///
    /// # Errors
    /// If the folder must not be touched, or cannot be read or written to.
    pub(crate) fn resume(
        folder: &Path,
        project: &Project,
        plan: &Plan,
        header: RunHeader,
        provenance: bool,
        earlier: Option<Earlier>,
        keeping: &KeepPolicy<'_>,
    ) -> Result<ResumeOutcome, OutputError> {
        folder_state(folder, project, Existing::Resume)?;
        let Some(earlier) = earlier else {
            let sink = Self::begin(folder, project, plan, header, Existing::Refuse, provenance)?;
            let missing = (0..plan.len() as u32).collect();
            return Ok(ResumeOutcome::Ready(Box::new(Resumed { sink, missing })));
        };
        let open = Folder::open(folder).map_err(PathIo::on("open", folder))?;
        // Until the new journal, which is locked from its beginning, has taken its place.
        let held = match open.is_file(names::JOURNAL) {
            true => {
                let held = journal::hold(&open, names::JOURNAL)?;
                Some(held.ok_or_else(|| OutputError::InUse(folder.to_owned()))?)
            }
            false => None,
        };
        let (places, stems) = (Places::new(plan), Stems::of(project, plan));
        refuse_strays(&open, &places, &stems, &earlier)?;
        let sink = Self::prepare(open, project, plan, header, stems, provenance, keeping.edit)?;
        sink.clean_up_parts();
        let check = Check {
            sink: &sink,
            plan,
            places: &places,
            texts: MetadataTexts::new(project),
            is_reusable: keeping.is_reusable,
            buffers: Pool::new(&Account::new(true)),
        };
        let mut missing = Vec::new();
        let (mut next, mut kept, total) = (0, 0, plan.len() as u64);
        let mut records = earlier.records();
        loop {
            let some: Vec<Record> = records.by_ref().take(AT_A_TIME).collect();
            if keeping.observer.is_cancelled() {
                drop(check);
                sink.give_up();
                return Ok(ResumeOutcome::Cancelled(kept));
            }
            if some.is_empty() {
                break;
            }
            let whole =
                keeping.pool.install(|| in_order(some.into_par_iter().map(|record| check.whole(record))))?;
            for (index, record) in whole.into_iter().flatten() {
                sink.journal.record(&record)?;
                missing.extend(next..index);
                next = index + 1;
                kept += 1;
            }
            keeping.observer.items(kept, total);
        }
        drop(check);
        missing.extend(next..plan.len() as u32);
        let mut sink = sink;
        // There before the journal that speaks of it: else a stop between the two would leave no plan of a run that was not drawn.
        let whole = sink.parts.begin(names::PLAN);
        write_part(&whole, &sink.folder.join(names::PLAN), |out| plan.write(project, out))?;
        sink.journal.publish()?;
        drop(held);
        whole.take_place(&sink.folder, names::PLAN)?;
        drop(whole);
        remove_gone(&sink.folder, &places, &sink.stems)?;
        // The journal speaks for the folder now.
        match sink.folder.remove_file(names::MANIFEST) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(PathIo::on("remove", &sink.folder.join(names::MANIFEST))(error).into())
            }
            _ => Ok(ResumeOutcome::Ready(Box::new(Resumed { sink, missing }))),
        }
    }
}

/// Writes a temporary file.
fn write_part(
    part: &Part<'_>,
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), OutputError> {
    let mut out = BufWriter::new(part.create()?);
    write(&mut out).and_then(|()| out.flush()).map_err(|error| PathIo::on("write", path)(error).into())
}

/// Removes the files of items that the plan does not have, by the manifest, which stays until that is done. So a run that is
/// stopped on the way removes the others when it goes on.
fn remove_gone(folder: &Folder, places: &Places<'_>, stems: &Stems) -> Result<(), OutputError> {
    if !folder.is_file(names::MANIFEST) {
        return Ok(());
    }
    let listed = manifest::listed_names(folder, names::MANIFEST)?;
    let is_kept = |name: &String| stems.edition_of(name).is_some_and(|edition| places.of(edition).is_some());
    let of_items = |name: &String| name.starts_with("images/") || name.starts_with("json/");
    for name in listed.iter().filter(|name| of_items(name) && !is_kept(name)) {
        if folder.is_file(name) {
            folder.remove_file(name).map_err(PathIo::on("remove", &folder.join(name)))?;
        }
    }
    // Those of items that are left are not empty.
    let of_items = listed.iter().filter_map(|name| name.rsplit_once('/'));
    let folders: BTreeSet<&str> = of_items.map(|(folder, _)| folder).collect();
    for folder_of_items in folders.into_iter().filter(|name| names::is_item_folder(name)) {
        let _ = folder.remove_sub(folder_of_items);
    }
    Ok(())
}

/// The position of an edition in a plan.
struct Places<'p> {
    plan: &'p Plan,
    /// Where editions do not count up.
    listed: Option<HashMap<u32, u32>>,
}

impl<'p> Places<'p> {
    fn new(plan: &'p Plan) -> Self {
        let counts_up = (0..plan.len()).all(|index| plan.edition(index) - plan.edition(0) == index as u32);
        let listed =
            (!counts_up).then(|| (0..plan.len()).map(|index| (plan.edition(index), index as u32)).collect());
        Self { plan, listed }
    }

    fn of(&self, edition: u32) -> Option<u32> {
        match &self.listed {
            Some(listed) => listed.get(&edition).copied(),
            None => {
                let index = edition.checked_sub(self.plan.edition(0))?;
                ((index as usize) < self.plan.len()).then_some(index)
            }
        }
    }
}

/// Refuses files that have the names of items to be made and are not of the earlier run.
fn refuse_strays(
    folder: &Folder,
    places: &Places<'_>,
    stems: &Stems,
    earlier: &Earlier,
) -> Result<(), OutputError> {
    for name in names_in(folder)? {
        if let Some(edition) = stems.edition_of(&name)
            && places.of(edition).is_some()
        {
            if folder.is_folder(&name) {
                return Err(OutputError::NotAFile(folder.join(&name)));
            }
            if !earlier.header.claims(edition) {
                return Err(OutputError::Stray(folder.join(&name)));
            }
        }
    }
    Ok(())
}

/// The look at what an earlier run recorded.
struct Check<'a> {
    sink: &'a FolderSink,
    plan: &'a Plan,
    places: &'a Places<'a>,
    texts: MetadataTexts<'a>,
    is_reusable: &'a (dyn Fn(usize) -> bool + Sync),
    buffers: Pool<Vec<u8>>,
}

impl Check<'_> {
    /// The item of a record with its place, if its picture is whole. Metadata is not worth a question: it is written
    /// again where it is not what it has to be.
    fn whole(&self, record: Record) -> Result<Option<(u32, Record)>, OutputError> {
        let Some(index) = self.places.of(record.edition).filter(|&index| (self.is_reusable)(index as usize))
        else {
            return Ok(None);
        };
        let mut sha256 = self.sink.provenance.then(sha2::Sha256::new);
        let image = self.written(&self.sink.stems.image(record.edition), record.image.bytes, |piece| {
            sha256.iter_mut().for_each(|hasher| hasher.update(piece));
        });
        if image != Some(record.image) || record.more.len() + 1 != self.sink.stems.pictures() {
            return Ok(None);
        }
        let more = self.sink.stems.images(record.edition).skip(1).zip(&record.more);
        if more.into_iter().any(|(name, of)| self.written(&name, of.bytes, |_| {}) != Some(*of)) {
            return Ok(None);
        }
        let mut document = Vec::new();
        self.texts.write_item(self.plan, index as usize, &mut document);
        let wanted = if document.is_empty() { Written::NOTHING } else { hashing::written(&document) };
        let is_right =
            || self.written(&self.sink.stems.metadata(record.edition), wanted.bytes, |_| {}) == Some(wanted);
        if wanted != Written::NOTHING && !is_right() {
            self.sink.write_metadata(record.edition, &document)?;
        }
        let sha256 = sha256.map(|hasher| Box::new(hasher.finalize().into()));
        Ok(Some((index, Record { metadata: wanted, sha256, ..record })))
    }

    /// What a file of so many bytes holds; nothing if there is no such file.
    fn written(&self, name: &str, bytes: u64, mut see: impl FnMut(&[u8])) -> Option<Written> {
        let mut hasher = blake3::Hasher::new();
        let done = self.buffers.with(|buffer| {
            read_listed(&self.sink.folder, name, bytes, buffer, |piece| {
                hasher.update(piece);
                see(piece);
            })
        });
        done.ok().map(|()| Written { bytes, digest: *hasher.finalize().as_bytes() })
    }
}
