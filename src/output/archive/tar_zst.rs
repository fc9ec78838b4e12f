//! A tar that is compressed with Zstandard while it is written.
//!
//! Its bytes follow from those of the tar: one frame, one thread, with a checksum of the content (RFC 8878, section 3.1.1).

use std::io::{self, Write};

use zstd::stream::write::Encoder;

use crate::output::archive::entries::{Entries, Tar};

/// The level of the program `zstd`.
const LEVEL: i32 = 3;

/// A compressed POSIX ustar archive.
pub(crate) struct TarZst<W: Write> {
    tar: Tar<Encoder<'static, W>>,
}

impl<W: Write> TarZst<W> {
    /// Begins an archive.
    ///
    /// # Errors
    /// If the compressor cannot be set up.
    pub(crate) fn new(out: W) -> io::Result<Self> {
        let mut encoder = Encoder::new(out, LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self { tar: Tar::new(encoder) })
    }
}

impl<W: Write + Send> Entries for TarZst<W> {
    fn add(
        &mut self,
        name: &str,
        bytes: u64,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        self.tar.add(name, bytes, write)
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.tar.end()?.finish()?.flush()
    }
}
