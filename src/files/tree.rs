//! Files that lie in something else than a folder: a collection in one file.

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use crate::files::PathKind;

/// Files with names, which are only read. Names are paths with slashes.
pub(crate) trait Tree: fmt::Debug + Send + Sync {
    /// What has this name.
    fn kind(&self, name: &str) -> PathKind;

    /// Opens a file.
    ///
    /// # Errors
    /// If there is none of this name, or it cannot be read.
    fn open(&self, name: &str) -> io::Result<OpenFile>;

    /// Everything in the folder `name`, which is empty for the whole.
    ///
    /// # Errors
    /// If there is no such folder.
    fn entries(&self, name: &str) -> io::Result<Vec<(OsString, PathKind)>>;
}

/// A file that is open for reading.
pub(crate) enum OpenFile {
    Disk(File),
    Held(Cursor<Vec<u8>>),
    Stream(Stream),
}

/// Begins a stream.
type Begin = Box<dyn Fn() -> Box<dyn Read + Send> + Send>;

/// Bytes that come one after another. To go back is to begin again.
pub(crate) struct Stream {
    begin: Begin,
    now: Box<dyn Read + Send>,
    at: u64,
    len: u64,
}

impl OpenFile {
    /// A file of `len` bytes that `begin` begins to read.
    pub(crate) fn stream<R: Read + Send + 'static>(begin: impl Fn() -> R + Send + 'static, len: u64) -> Self {
        let begin: Begin = Box::new(move || Box::new(begin()));
        Self::Stream(Stream { now: begin(), begin, at: 0, len })
    }

    /// How many bytes it has.
    pub(crate) fn len(&self) -> io::Result<u64> {
        match self {
            Self::Disk(file) => Ok(file.metadata()?.len()),
            Self::Held(bytes) => Ok(bytes.get_ref().len() as u64),
            Self::Stream(stream) => Ok(stream.len),
        }
    }
}

impl Read for OpenFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Disk(file) => file.read(out),
            Self::Held(bytes) => bytes.read(out),
            Self::Stream(stream) => {
                let read = stream.now.read(out)?;
                stream.at += read as u64;
                Ok(read)
            }
        }
    }
}

impl Seek for OpenFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match self {
            Self::Disk(file) => file.seek(to),
            Self::Held(bytes) => bytes.seek(to),
            Self::Stream(stream) => {
                let to = match to {
                    SeekFrom::Start(to) => Some(to),
                    SeekFrom::Current(by) => stream.at.checked_add_signed(by),
                    SeekFrom::End(by) => stream.len.checked_add_signed(by),
                };
                let to = to.filter(|&to| to <= stream.len).ok_or(io::ErrorKind::InvalidInput)?;
                if to < stream.at {
                    (stream.now, stream.at) = ((stream.begin)(), 0);
                }
                io::copy(&mut stream.now.by_ref().take(to - stream.at), &mut io::sink())?;
                stream.at = to;
                Ok(to)
            }
        }
    }
}

impl fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenFile").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_can_be_read_from_anywhere() {
        let mut file = OpenFile::stream(|| Cursor::new((0..100u8).collect::<Vec<_>>()), 100);
        let mut byte = [0];
        for (to, want) in [
            (SeekFrom::Start(90), 90),
            (SeekFrom::Current(-1), 90),
            (SeekFrom::End(-1), 99),
            (SeekFrom::Start(3), 3),
            (SeekFrom::Current(5), 9),
        ] {
            file.seek(to).unwrap();
            file.read_exact(&mut byte).unwrap();
            assert_eq!(byte[0], want, "{to:?}");
        }
        assert!(file.seek(SeekFrom::Start(101)).is_err() && file.seek(SeekFrom::Current(-50)).is_err());
        assert_eq!(file.len().unwrap(), 100);
    }
}
