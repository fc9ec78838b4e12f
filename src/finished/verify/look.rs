//! A picture's file, looked at while its bytes pass by: PNG along its chunks, WebP and JPEG when all of it is there, for their
//! decoders need it as a whole.

use crate::finished::decode::{decode, size_of};
use crate::finished::verify::inflate::Inflater;
use crate::finished::verify::structure::{Fault, Header, Walk};
use crate::geometry::Size;
use crate::picture::PictureFormat;

/// The signature of a JPEG file (ITU-T T.81, B.1.1.3: SOI, then a marker).
const JPEG: &[u8] = b"\xff\xd8\xff";

/// What is done with the bytes of a picture while they pass by.
pub(crate) enum Look<'a> {
    /// PNG: a walk along its chunks.
    Png(Walk<'a>),
    /// Another format: it is collected.
    Other(Whole<'a>),
}

impl<'a> Look<'a> {
    pub(crate) fn new(
        format: PictureFormat,
        decode: bool,
        inflater: &'a mut Inflater,
        file: &'a mut Vec<u8>,
    ) -> Self {
        match format.is_png() {
            true => Self::Png(Walk::new(decode.then_some(inflater))),
            false => Self::Other(Whole::new(format, decode, file)),
        }
    }

    pub(crate) fn feed(&mut self, piece: &[u8]) {
        match self {
            Self::Png(walk) => walk.feed(piece),
            Self::Other(whole) => whole.feed(piece),
        }
    }

    pub(crate) fn finish(self) -> Result<Size, Fault> {
        match self {
            Self::Png(walk) => walk.finish().map(|Header { width, height, .. }| Size { width, height }),
            Self::Other(whole) => whole.finish(),
        }
    }
}

/// A file that is collected.
#[derive(Debug)]
pub(crate) struct Whole<'a> {
    format: PictureFormat,
    /// Whether its pixels are decoded.
    decode: bool,
    bytes: &'a mut Vec<u8>,
}

impl<'a> Whole<'a> {
    /// Begins a file of this format; `bytes` is room for it.
    fn new(format: PictureFormat, decode: bool, bytes: &'a mut Vec<u8>) -> Self {
        bytes.clear();
        Self { format, decode, bytes }
    }

    /// Takes the next bytes.
    fn feed(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    /// The size of the picture.
    ///
    /// # Errors
    /// If the file is none of the format, or cannot be decoded.
    fn finish(self) -> Result<Size, Fault> {
        let begins = match self.format {
            PictureFormat::Jpeg { .. } => self.bytes.starts_with(JPEG),
            _ => self.bytes.starts_with(b"RIFF") && self.bytes.get(8..12) == Some(b"WEBP"),
        };
        if !begins {
            return Err(Fault::Structure(format!("it is no {} file", self.format.kind())));
        }
        let size = size_of(self.bytes).map_err(Fault::Structure)?;
        if self.decode {
            decode(self.bytes).map_err(|what| Fault::Pixels(format!("it cannot be decoded ({what})")))?;
        }
        Ok(size)
    }
}
