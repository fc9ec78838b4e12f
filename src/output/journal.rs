//! The journal: what is whole while a run is under way.
//!
//! A header line, then one line for each finished item, each ending in the CRC-32 of the text before it. It is begun
//! under a temporary name, so that a journal is there with its header or not at all, and takes the place of an earlier
//! one only when everything is in it that is known already. A line
//! is written only after both of its files have their final names, so a line that is whole speaks of files that
//! are; a torn last line is simply not there. Lines may come late, some dozens in one write and at most a tenth of a
//! second apart while items are finished: a run that is stopped then has more whole files than its journal says.

use std::fs::{File, TryLockError};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::PathIo;
use crate::files::Folder;
use crate::output::error::OutputError;
use crate::output::manifest::RunHeader;
use crate::output::picture_names::Stems;
use crate::project::check_output_sizes;
use crate::threads::lock;

pub(crate) const FORMAT: &str = "traitpress-journal/1";
/// Its name in the working folder, and the one that it has while it is being begun.
const NAME: &str = "journal";
const PART_NAME: &str = "journal.part";

/// A file as it was written: its length and BLAKE3 digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) bytes: u64,
    pub(crate) digest: [u8; 32],
}

impl Written {
    /// Stands for a file that was not asked for: no file of ours has no bytes.
    pub(crate) const NOTHING: Self = Self { bytes: 0, digest: [0; 32] };
}

/// What the first line says: what a run is made from, and which editions it claims.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    #[serde(flatten)]
    pub(crate) run: RunHeader,
    /// Ascending runs, each with its first and last edition. None of their names was taken when the run began, so a
    /// file that has one is of that run, even if it was stopped before the file's record.
    pub(crate) editions: Vec<[u32; 2]>,
    /// What their pictures are called.
    #[serde(default, skip_serializing_if = "Stems::are_numbers")]
    pub(crate) stems: Stems,
    /// Whether it changes the items of a finished collection, and what the collection has beside pictures and metadata.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edit: Option<EditMark>,
}

/// What a finished collection whose items are changed has beside them, which it has again when all is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EditMark {
    /// Whether SHA-256 digests are recorded.
    pub(crate) provenance: bool,
    /// The side of its thumbnails.
    pub(crate) thumbnails: Option<u32>,
}

impl Header {
    /// For `editions` in ascending order.
    pub(crate) fn new(run: RunHeader, editions: &[u32], stems: Stems) -> Self {
        let follow = |a: &u32, b: &u32| a.checked_add(1) == Some(*b);
        let ends = |run: &[u32]| [run[0], run[run.len() - 1]];
        Self { run, editions: editions.chunk_by(follow).map(ends).collect(), stems, edit: None }
    }

    /// Why no run can have written this, if so: what is read from a file is held to it before anything goes through
    /// the editions one by one.
    pub(crate) fn contradiction(&self) -> Option<String> {
        let sizes: Vec<i64> = self.run.output_size.iter().copied().map(i64::from).collect();
        if let Some(Err(what)) = (!sizes.is_empty()).then(|| check_output_sizes(&sizes)) {
            return Some(format!("output_size: {what}"));
        }
        if let Some(what) = self.run.picture_format.contradiction() {
            return Some(what);
        }
        if !self.run.layout.is_of_collections() {
            return Some(format!("layout: no collection has the layout {}", self.run.layout.name()));
        }
        let follows = |pair: &[[u32; 2]]| pair[0][1] < pair[1][0];
        if self.editions.iter().any(|[first, last]| first > last) || !self.editions.windows(2).all(follows) {
            return Some("its editions do not ascend".to_owned());
        }
        let claimed: u64 = self.editions.iter().map(|[first, last]| u64::from(last - first) + 1).sum();
        let is_other = claimed != self.run.count;
        is_other.then(|| format!("it claims {claimed} editions for {} items", self.run.count))
    }

    /// Whether the run claims this edition.
    pub(crate) fn claims(&self, edition: u32) -> bool {
        let after = self.editions.partition_point(|&[first, _]| first <= edition);
        after > 0 && edition <= self.editions[after - 1][1]
    }
}

/// A finished item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) edition: u32,
    /// Its picture; that of the first size, if there are several.
    pub(crate) image: Written,
    /// Its pictures in the other sizes, in their order.
    pub(crate) more: Vec<Written>,
    pub(crate) metadata: Written,
    /// SHA-256 of the image, if provenance was asked for; boxed, for most runs have none.
    pub(crate) sha256: Option<Box<[u8; 32]>>,
}

/// Lines wait until there are so many bytes of them, or until the first has waited so long.
const WAITING_BYTES: usize = 4096;
const WAITING_TIME: Duration = Duration::from_millis(100);

/// Appends `bytes` in hexadecimal. With a table: formatting byte by byte took as long as hashing a small picture.
pub(crate) fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.extend(bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| DIGITS[usize::from(digit)]));
}

pub(crate) fn unhex(text: &str) -> Option<[u8; 32]> {
    blake3::Hash::from_hex(text).ok().map(|hash| *hash.as_bytes())
}

/// Appends a number in decimal.
pub(crate) fn push_number(out: &mut Vec<u8>, number: u64) {
    write!(out, "{number}").expect("memory can be written to");
}

impl Record {
    /// What its picture with this number is, the first size's being 0.
    pub(crate) fn picture(&self, number: usize) -> &Written {
        number.checked_sub(1).map_or(&self.image, |number| &self.more[number])
    }

    /// Appends the record as a line.
    fn push_line(&self, out: &mut Vec<u8>) {
        let start = out.len();
        push_number(out, self.edition.into());
        for Written { bytes, digest } in [&self.image, &self.metadata] {
            out.push(b' ');
            push_number(out, *bytes);
            out.push(b' ');
            push_hex(out, digest);
        }
        out.push(b' ');
        match &self.sha256 {
            Some(digest) => push_hex(out, &**digest),
            None => out.push(b'-'),
        }
        for Written { bytes, digest } in &self.more {
            out.push(b' ');
            push_number(out, *bytes);
            out.push(b' ');
            push_hex(out, digest);
        }
        let crc = crc32fast::hash(&out[start..]);
        out.push(b' ');
        push_hex(out, &crc.to_be_bytes());
        out.push(b'\n');
    }

    /// The record of a line.
    pub(crate) fn from_line(line: &str) -> Option<Self> {
        let mut parts = line.split(' ');
        let mut next = || parts.next();
        let edition = next()?.parse().ok()?;
        let image = Written { bytes: next()?.parse().ok()?, digest: unhex(next()?)? };
        let metadata = Written { bytes: next()?.parse().ok()?, digest: unhex(next()?)? };
        let sha256 = match next()? {
            "-" => None,
            digest => Some(Box::new(unhex(digest)?)),
        };
        let mut more = Vec::new();
        while let Some(bytes) = next() {
            more.push(Written { bytes: bytes.parse().ok()?, digest: unhex(next()?)? });
        }
        Some(Self { edition, image, more, metadata, sha256 })
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub(crate) struct Journal {
    /// The working folder of the collection.
    folder: Folder,
    is_published: bool,
    lines: Mutex<Lines>,
}

#[derive(Debug)]
struct Lines {
    file: File,
    /// Whole lines that are not in the file yet.
    waiting: Vec<u8>,
    /// When the file was written to.
    written: Instant,
}

impl Lines {
    fn write(&mut self) -> io::Result<()> {
        self.written = Instant::now();
        // What could not be written is not tried again: it may be there in part, and nothing behind that counts.
        let waiting = std::mem::take(&mut self.waiting);
        let done = self.file.write_all(&waiting);
        self.waiting = waiting;
        self.waiting.clear();
        done
    }
}

impl Journal {
    /// Begins a journal beside its place in `folder`, the working folder of the collection at `root`.
    pub(crate) fn begin(root: &Path, folder: Folder, header: &Header) -> Result<Self, OutputError> {
        let fail = |action| {
            let path = folder.join(PART_NAME);
            move |error| PathIo::on(action, &path)(error)
        };
        // Of a run that was stopped here; one that is alive has locked it.
        if is_in_use(&folder, PART_NAME) {
            return Err(OutputError::InUse(root.to_owned()));
        }
        match folder.remove_file(PART_NAME) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed.map_err(fail("remove"))?,
        }
        let mut file = folder.create_new(PART_NAME).map_err(fail("create"))?;
        // Tells other runs that this one is alive. Where a file system has no locks, nothing is lost but that.
        let _ = file.try_lock();
        let header = serde_json::to_string(header).expect("a header always serializes");
        let header = checked(&format!("{FORMAT} {header}"));
        file.write_all(header.as_bytes()).map_err(fail("write"))?;
        let waiting = Vec::with_capacity(2 * WAITING_BYTES);
        let lines = Mutex::new(Lines { file, waiting, written: Instant::now() });
        Ok(Self { folder, is_published: false, lines })
    }

    /// Puts it where journals are, in place of one that may be there.
    pub(crate) fn publish(&mut self) -> Result<(), OutputError> {
        if self.is_published {
            return Ok(());
        }
        let mut lines = self.lines();
        // Once: what comes later may be lost with the machine's power, and is made again then.
        let written = lines.write().and_then(|()| lines.file.sync_data());
        drop(lines);
        written.map_err(PathIo::on("write", &self.folder.join(PART_NAME)))?;
        let renamed = self.folder.rename(PART_NAME, &self.folder, NAME);
        renamed.map_err(PathIo::on("rename to", &self.folder.join(NAME)))?;
        self.is_published = true;
        Ok(())
    }

    /// Adds a line, which is in the file soon.
    pub(crate) fn record(&self, record: &Record) -> Result<(), OutputError> {
        let mut lines = self.lines();
        record.push_line(&mut lines.waiting);
        if lines.waiting.len() >= WAITING_BYTES || lines.written.elapsed() >= WAITING_TIME {
            lines.write().map_err(|error| PathIo::on("write", &self.folder.join(NAME))(error))?;
        }
        Ok(())
    }

    /// Writes all lines that wait.
    pub(crate) fn flush(&self) -> Result<(), OutputError> {
        Ok(self.lines().write().map_err(|error| PathIo::on("write", &self.folder.join(NAME))(error))?)
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        lock(&self.lines)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Not by closing alone: a program that is being started at this moment has the file, too, for some time.
        let _ = self.lines().file.unlock();
        // A run that fails already has an error to report.
        let _ = match self.is_published {
            true => self.lines().write(),
            false => self.folder.remove_file(PART_NAME),
        };
    }
}

/// A line with its checksum.
fn checked(text: &str) -> String {
    format!("{text} {:08x}\n", crc32fast::hash(text.as_bytes()))
}

/// The text of a line whose checksum is right.
pub(crate) fn check(line: &str) -> Option<&str> {
    let (text, crc) = line.rsplit_once(' ')?;
    (u32::from_str_radix(crc, 16).ok()? == crc32fast::hash(text.as_bytes())).then_some(text)
}

/// Whether a run is at work on the journal `name` at this moment.
pub(crate) fn is_in_use(folder: &Folder, name: &str) -> bool {
    matches!(hold(folder, name), Ok(None))
}

/// Keeps others from taking up the run of a journal, until this is dropped.
#[derive(Debug)]
pub(crate) struct JournalLock {
    file: File,
}

impl Drop for JournalLock {
    fn drop(&mut self) {
        // As with a journal.
        let _ = self.file.unlock();
    }
}

/// Holds the journal `name`, unless a run is at work on it.
pub(crate) fn hold(folder: &Folder, name: &str) -> Result<Option<JournalLock>, OutputError> {
    let file = folder.open_file(name).map_err(|error| PathIo::on("read", &folder.join(name))(error))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        // Where a file system has no locks there is nothing to hold.
        _ => Ok(Some(JournalLock { file })),
    }
}

#[cfg(test)]
#[path = "tests_journal.rs"]
mod tests;
