//! An object that is read by ranges, as a file is by positions.
//!
//! A request costs some ten milliseconds, whatever it is for. So each asks for more than was wanted, and the more the longer an
//! object has been read without gaps: manifests, tars and rows of plans are read from their beginning to their end.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex};

use crate::files::{OpenFile, ReadAt, ReadPart};
use crate::store::{Store, StoreError};
use crate::threads::lock;

/// The least bytes of a request, as far as there are so many: the head of a manifest is in them.
const LEAST: u64 = 1 << 17;
/// The most bytes that a request asks for beside what is wanted.
const MOST: u64 = 8 << 20;
/// What is read behind the last bytes with at most such a gap is read on.
const GAP: u64 = 1 << 16;

/// An object of a known length.
#[derive(Clone)]
pub struct StoreObject {
    store: Store,
    name: String,
    len: u64,
    held: Arc<Mutex<Held>>,
}

/// The bytes of the last request.
#[derive(Debug, Default)]
struct Held {
    at: u64,
    bytes: Vec<u8>,
    next: u64,
}

impl Held {
    fn end(&self) -> u64 {
        self.at + self.bytes.len() as u64
    }
}

impl fmt::Debug for StoreObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.store.path_of(&self.name).display())
    }
}

impl StoreObject {
    pub(crate) fn new(store: Store, name: String, len: u64) -> Self {
        Self { store, name, len, held: Arc::default() }
    }

    /// How many bytes it has.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.len
    }

    /// The object as an open file.
    pub(crate) fn into_file(self) -> OpenFile {
        let len = self.len;
        OpenFile::stream(move || ReadPart::new(Arc::new(self.clone()), 0, len), len)
    }
}

impl ReadAt for StoreObject {
    fn len(&self) -> io::Result<u64> {
        Ok(self.len)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let wanted = out.len() as u64;
        let end = offset.checked_add(wanted).filter(|&end| end <= self.len);
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        let mut held = lock(&self.held);
        if !(held.at..=held.end()).contains(&offset) || end > held.end() {
            let goes_on = !held.bytes.is_empty() && (held.at..=held.end() + GAP).contains(&offset);
            held.next = if goes_on { (held.next * 4).min(MOST) } else { LEAST };
            let to = (offset + wanted.max(held.next)).min(self.len);
            held.bytes = Vec::new();
            let bytes = self.store.read(&self.name, offset..to).map_err(as_io)?;
            (held.at, held.bytes) = (offset, bytes);
        }
        let from = usize::try_from(offset - held.at).unwrap_or(usize::MAX);
        let found = held.bytes.get(from..).and_then(|bytes| bytes.get(..out.len()));
        out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// An error of a store where one of the system is expected. A store that is away keeps that kind.
pub(crate) fn as_io(error: StoreError) -> io::Error {
    let kind = match &error {
        StoreError::Away { .. } => io::ErrorKind::NotConnected,
        StoreError::Missing { .. } => io::ErrorKind::NotFound,
        StoreError::Refused { .. } => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}
