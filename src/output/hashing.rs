//! Hashing what passes by, so that nothing has to be read a second time.

use std::io::{self, Write};

use crate::output::journal::Written;

/// Length and digest of a file of these bytes.
pub(crate) fn written(bytes: &[u8]) -> Written {
    Written { bytes: bytes.len() as u64, digest: *blake3::hash(bytes).as_bytes() }
}

/// Hashes and counts what is written through it.
#[derive(Debug)]
pub(crate) struct Hashing<W> {
    pub(crate) inner: W,
    pub(crate) hasher: blake3::Hasher,
    pub(crate) bytes: u64,
}

impl<W> Hashing<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self { inner, hasher: blake3::Hasher::new(), bytes: 0 }
    }

    /// Length and digest of what has passed by.
    pub(crate) fn written(&self) -> Written {
        Written { bytes: self.bytes, digest: *self.hasher.finalize().as_bytes() }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
