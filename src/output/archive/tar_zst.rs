//! A tar that is compressed with Zstandard while it is written.
//!
//! Its bytes follow from those of the tar: one frame, one thread, with a checksum of the content (RFC 8878, section 3.1.1).
//! libzstd makes other blocks of the same bytes where they come in other pieces, so they always come in pieces of one length.

use std::io::{self, Write};

use zstd::stream::write::Encoder;

use crate::output::archive::entries::{Entries, Tar};

/// The level of the program `zstd`.
const LEVEL: i32 = 3;

/// A compressed POSIX ustar archive.
pub(crate) struct TarZst<W: Write> {
    tar: Tar<InPieces<Encoder<'static, W>>>,
}

/// Bytes of a piece: those of a block.
const PIECE: usize = 128 << 10;

/// Hands bytes on in pieces of one length, but for the last.
struct InPieces<W> {
    out: W,
    piece: Vec<u8>,
}

impl<W: Write> InPieces<W> {
    /// Hands the last piece on.
    fn end(mut self) -> io::Result<W> {
        self.out.write_all(&self.piece)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for InPieces<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.out.write_all(&self.piece)?;
            self.piece.clear();
        }
        Ok(taken)
    }

    /// What is not a piece yet waits.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> TarZst<W> {
    /// Begins an archive.
    ///
    /// # Errors
    /// If the compressor cannot be set up.
    pub(crate) fn new(out: W) -> io::Result<Self> {
        let mut encoder = Encoder::new(out, LEVEL)?;
        encoder.include_checksum(true)?;
        Ok(Self { tar: Tar::new(InPieces { out: encoder, piece: Vec::with_capacity(PIECE) }) })
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
        self.tar.end()?.end()?.finish()?.flush()
    }
}
