//! Bytes that are read by position: of a file, in memory, or by requests for ranges.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes that can be read from anywhere: a file, memory, or what answers requests for ranges.
pub trait ReadAt: Send + Sync {
    /// How many bytes there are.
    ///
    /// # Errors
    /// Whatever keeps the length from being found.
    fn len(&self) -> io::Result<u64>;

    /// Fills `out` with the bytes from `offset` on.
    ///
    /// # Errors
    /// Whatever keeps them from being read; [`io::ErrorKind::UnexpectedEof`] where there are fewer.
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Whether there are none.
    ///
    /// # Errors
    /// As [`Self::len`].
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }
}

impl fmt::Debug for dyn ReadAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReadAt")
    }
}

/// Some of the bytes, one after another.
#[derive(Debug)]
pub(crate) struct ReadPart {
    source: Arc<dyn ReadAt>,
    at: u64,
    left: u64,
}

impl ReadPart {
    /// So many bytes from `offset` on.
    pub(crate) fn new(source: Arc<dyn ReadAt>, offset: u64, bytes: u64) -> Self {
        Self { source, at: offset, left: bytes }
    }
}

impl Read for ReadPart {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(out.len());
        if count > 0 {
            self.source.read_at(self.at, &mut out[..count])?;
            self.at += count as u64;
            self.left -= count as u64;
        }
        Ok(count)
    }
}

impl ReadAt for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, out, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, mut offset: u64, mut out: &mut [u8]) -> io::Result<()> {
        while !out.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(self, out, offset)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => {
                    out = &mut out[read..];
                    offset += read as u64;
                }
            }
        }
        Ok(())
    }
}

impl ReadAt for [u8] {
    fn len(&self) -> io::Result<u64> {
        Ok(<[u8]>::len(self) as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let from = usize::try_from(offset).ok().and_then(|offset| self.get(offset..));
        let bytes = from.and_then(|from| from.get(..out.len())).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }
}

impl ReadAt for Vec<u8> {
    fn len(&self) -> io::Result<u64> {
        ReadAt::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.as_slice().read_at(offset, out)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for Arc<T> {
    fn len(&self) -> io::Result<u64> {
        (**self).len()
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        (**self).read_at(offset, out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_files_read_alike() {
        let bytes: Vec<u8> = (0..=255).collect();
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, &bytes).unwrap();
        for source in [&bytes as &dyn ReadAt, &file, &Arc::new(bytes.clone())] {
            assert_eq!(source.len().unwrap(), 256);
            let mut out = [0; 3];
            source.read_at(253, &mut out).unwrap();
            assert_eq!(out, [253, 254, 255]);
            for from in [254, 256, u64::MAX] {
                assert!(source.read_at(from, &mut out).is_err(), "{from}");
            }
        }
    }
}
