//! The journal: what is whole while a run is under way.
//!
//! A header line, then one line for each finished item, each ending in the CRC-32 of what stands before it. A line
//! is written only after both of its files have their final names, so a line that is whole speaks of files that
//! are; a torn last line is simply not there.

use std::fs::{File, TryLockError};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::output::error::OutputError;
use crate::output::manifest::RunHeader;

const FORMAT: &str = "traitpress-journal/1";

/// A file as it was written: its length and BLAKE3 digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    pub(crate) bytes: u64,
    pub(crate) digest: [u8; 32],
}

/// What the first line says: what a run is made from, and which editions it claims.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Header {
    #[serde(flatten)]
    pub(crate) run: RunHeader,
    /// Ascending runs, each with its first and last edition. None of their names was taken when the run began, so a
    /// file that has one is of that run, even if it was stopped before the file's record.
    pub(crate) editions: Vec<[u32; 2]>,
}

impl Header {
    /// For `editions` in ascending order.
    pub(crate) fn new(run: RunHeader, editions: &[u32]) -> Self {
        let follow = |a: &u32, b: &u32| a.checked_add(1) == Some(*b);
        let ends = |run: &[u32]| [run[0], run[run.len() - 1]];
        Self { run, editions: editions.chunk_by(follow).map(ends).collect() }
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
    pub(crate) image: Written,
    pub(crate) metadata: Written,
    /// SHA-256 of the image, if provenance was asked for; boxed, for most runs have none.
    pub(crate) sha256: Option<Box<[u8; 32]>>,
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    blake3::Hash::from_hex(text).ok().map(|hash| *hash.as_bytes())
}

impl Record {
    fn to_line(&self) -> String {
        let Self { edition, image, metadata, sha256 } = self;
        let sha256 = sha256.as_ref().map_or_else(|| "-".to_owned(), |digest| hex(&**digest));
        let (a, b) = (hex(&image.digest), hex(&metadata.digest));
        format!("{edition} {} {a} {} {b} {sha256}", image.bytes, metadata.bytes)
    }

    fn from_line(line: &str) -> Option<Self> {
        let parts: Vec<&str> = line.split(' ').collect();
        let [edition, image_bytes, image, metadata_bytes, metadata, sha256] = parts[..] else { return None };
        Some(Self {
            edition: edition.parse().ok()?,
            image: Written { bytes: image_bytes.parse().ok()?, digest: unhex(image)? },
            metadata: Written { bytes: metadata_bytes.parse().ok()?, digest: unhex(metadata)? },
            sha256: if sha256 == "-" { None } else { Some(Box::new(unhex(sha256)?)) },
        })
    }
}

/// A journal that is being written.
#[derive(Debug)]
pub(crate) struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

impl Journal {
    pub(crate) fn create(path: &Path, header: &Header) -> Result<Self, OutputError> {
        let mut file = File::create_new(path).map_err(OutputError::io("create", path))?;
        // Tells other runs that this one is alive. Where a file system has no locks, nothing is lost but that.
        let _ = file.try_lock();
        let header = serde_json::to_string(header).expect("a header always serializes");
        file.write_all(checked(&format!("{FORMAT} {header}")).as_bytes())
            .map_err(OutputError::io("write", path))?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file) })
    }

    pub(crate) fn record(&self, record: &Record) -> Result<(), OutputError> {
        // One write a line, so that a stop never leaves two lines mixed.
        let line = checked(&record.to_line());
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(line.as_bytes()).map_err(OutputError::io("write", &self.path))
    }
}

/// A line with its checksum.
fn checked(text: &str) -> String {
    format!("{text} {:08x}\n", crc32fast::hash(text.as_bytes()))
}

/// The text of a line whose checksum is right.
fn check(line: &str) -> Option<&str> {
    let (text, crc) = line.rsplit_once(' ')?;
    (u32::from_str_radix(crc, 16).ok()? == crc32fast::hash(text.as_bytes())).then_some(text)
}

/// Whether a run is at work on a journal at this moment.
pub(crate) fn is_in_use(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// Reads the header of a journal, and its records up to the first line that is not whole.
pub(crate) fn read(path: &Path) -> Result<(Header, Vec<Record>), OutputError> {
    let file = File::open(path).map_err(OutputError::io("read", path))?;
    let mut lines = BufReader::new(file).lines();
    // Bytes that are no text are no header.
    let first = lines.next().and_then(Result::ok).unwrap_or_default();
    let header = check(&first).and_then(|text| text.strip_prefix(FORMAT));
    let Some(header) = header.and_then(|header| serde_json::from_str::<Header>(header).ok()) else {
        let reason = format!("it does not begin as a {FORMAT} file does");
        return Err(OutputError::Unreadable { path: path.to_owned(), reason });
    };
    // At once, for growing would hold them twice; a number that a file says is believed up to a million.
    let mut records = Vec::with_capacity(header.run.count.min(1 << 20) as usize);
    for line in lines {
        // Bytes that are no text are a torn line too.
        let Ok(line) = line else { break };
        let Some(record) = check(&line).and_then(Record::from_line) else { break };
        records.push(record);
    }
    Ok((header, records))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(edition: u32) -> Record {
        let written = |n: u8| Written { bytes: u64::from(n), digest: [n; 32] };
        Record {
            edition,
            image: written(1),
            metadata: written(2),
            sha256: (edition % 2 == 1).then(|| Box::new([3; 32])),
        }
    }

    #[test]
    fn records_come_back_until_the_first_torn_or_changed_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let header = Header::new(RunHeader::default(), &[1, 2, 3]);
        let journal = Journal::create(&path, &header).unwrap();
        (1..=3).for_each(|edition| journal.record(&record(edition)).unwrap());
        assert_eq!(read(&path).unwrap(), (header, vec![record(1), record(2), record(3)]));
        let whole = std::fs::read(&path).unwrap();
        for cut in 1..60 {
            std::fs::write(&path, &whole[..whole.len() - 1 - cut]).unwrap();
            assert_eq!(read(&path).unwrap().1, [record(1), record(2)], "{cut} bytes are missing");
        }
        let mut changed = whole.clone();
        let last = whole.len() - 20;
        changed[last] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        assert_eq!(read(&path).unwrap().1.len(), 2, "one flipped bit");
        changed[3] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        assert!(matches!(read(&path), Err(OutputError::Unreadable { .. })));
    }

    #[test]
    fn a_header_claims_the_editions_of_its_run_and_no_others() {
        for editions in [&[][..], &[0], &[1, 2, 3], &[0, 2, 3, 7, 8, 9, 11], &[u32::MAX - 1, u32::MAX]] {
            let header = Header::new(RunHeader::default(), editions);
            for edition in (0..14).chain(u32::MAX - 3..=u32::MAX) {
                assert_eq!(header.claims(edition), editions.contains(&edition), "{edition} of {editions:?}");
            }
        }
        assert_eq!(Header::new(RunHeader::default(), &[1, 2, 3, 9]).editions, [[1, 3], [9, 9]]);
    }
}
