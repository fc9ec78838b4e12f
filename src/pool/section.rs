//! Sections of a pool, read from their beginning to their end: in memory, or as a stream.

use std::io::{self, BufReader, Read};
use std::sync::Arc;

use flate2::bufread::DeflateDecoder;

use crate::files::ReadAt;
use crate::pool::error::PoolError;
use crate::pool::footer::Section;

/// Bytes that a section may have in memory: a directory or a description.
const MOST_HELD: u64 = 1 << 30;
/// Bytes that are read together.
const PIECE: usize = 1 << 16;

/// All of a section; `name` is the pool's.
pub(super) fn read_section(source: &dyn ReadAt, section: &Section, name: &str) -> Result<Vec<u8>, PoolError> {
    let about = |what: &str| PoolError::Damaged {
        name: name.to_owned(),
        what: format!("the section {:?} {what}", section.name),
    };
    if section.len > MOST_HELD || section.stored > MOST_HELD {
        return Err(about("is too long"));
    }
    let mut stored = vec![0; section.stored as usize];
    let read = source.read_at(section.offset, &mut stored);
    read.map_err(|source| PoolError::Read { name: name.to_owned(), source })?;
    if crc32fast::hash(&stored) != section.crc {
        return Err(about("has a wrong checksum"));
    }
    if !section.deflated {
        return Ok(stored);
    }
    let mut out = Vec::new();
    let inflated = DeflateDecoder::new(&*stored).take(section.len + 1).read_to_end(&mut out);
    match inflated {
        Ok(_) if out.len() as u64 == section.len => Ok(out),
        _ => Err(about("is not what was written")),
    }
}

/// A section that is read piece by piece. What is wrong with it is an error at its end at the latest.
pub(super) struct SectionReader {
    form: Form,
    /// Bytes that are still to come.
    left: u64,
}

enum Form {
    Plain(Stored),
    Deflated(DeflateDecoder<BufReader<Stored>>),
}

impl SectionReader {
    pub(super) fn new(source: Arc<dyn ReadAt>, section: &Section) -> Self {
        let crc = crc32fast::Hasher::new();
        let end = section.offset + section.stored;
        let stored = Stored { source, at: section.offset, end, crc, wanted: section.crc };
        let form = match section.deflated {
            false => Form::Plain(stored),
            true => Form::Deflated(DeflateDecoder::new(BufReader::with_capacity(PIECE, stored))),
        };
        Self { form, left: section.len }
    }
}

impl Read for SectionReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.form {
            Form::Plain(stored) => stored.read(out)?,
            Form::Deflated(inflate) => inflate.read(out)?,
        };
        let wrong =
            || io::Error::new(io::ErrorKind::InvalidData, "this part of the pool is not what was written");
        self.left = self.left.checked_sub(read as u64).ok_or_else(wrong)?;
        if read == 0 && !out.is_empty() && self.left > 0 {
            return Err(wrong());
        }
        Ok(read)
    }
}

/// The bytes of a section as they are in the pool; at their end their checksum is compared.
struct Stored {
    source: Arc<dyn ReadAt>,
    at: u64,
    end: u64,
    crc: crc32fast::Hasher,
    wanted: u32,
}

impl Read for Stored {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let len = (self.end - self.at).min(out.len() as u64) as usize;
        let out = &mut out[..len];
        self.source.read_at(self.at, out)?;
        self.crc.update(out);
        self.at += len as u64;
        if self.at == self.end && self.crc.clone().finalize() != self.wanted {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the checksum of this part of the pool is wrong",
            ));
        }
        Ok(len)
    }
}
