//! The entries of a tar and of a zip: names and bytes, and nothing of the machine or of the time.

use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Everybody may read, the owner may write.
const MODE: u32 = 0o644;

/// Puts files into an archive, one behind the other.
pub(crate) trait Entries: Send {
    /// Adds a file of so many bytes, which `write` writes.
    fn add(
        &mut self,
        name: &str,
        bytes: u64,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()>;

    /// Writes the archive's end.
    fn finish(self: Box<Self>) -> io::Result<()>;

    /// Adds a file that is in memory.
    fn add_bytes(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.add(name, bytes.len() as u64, &mut |out| out.write_all(bytes))
    }
}

/// A POSIX ustar archive.
pub(crate) struct Tar<W: Write> {
    out: W,
}

/// What a tar is made of.
const BLOCK: u64 = 512;

impl<W: Write> Tar<W> {
    pub(crate) fn new(out: W) -> Self {
        Self { out }
    }

    /// Writes the end, two empty blocks, and gives back what was written to.
    pub(crate) fn end(mut self) -> io::Result<W> {
        self.out.write_all(&[0; 2 * BLOCK as usize])?;
        Ok(self.out)
    }
}

impl<W: Write + Send> Entries for Tar<W> {
    fn add(
        &mut self,
        name: &str,
        bytes: u64,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_path(name)?;
        header.set_size(bytes);
        header.set_mode(MODE);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_cksum();
        self.out.write_all(header.as_bytes())?;
        let mut exact = Exact { out: &mut self.out, left: bytes };
        write(&mut exact)?;
        exact.end()?;
        let padding = bytes.next_multiple_of(BLOCK) - bytes;
        self.out.write_all(&[0; BLOCK as usize][..padding as usize])
    }

    fn finish(self: Box<Self>) -> io::Result<()> {
        self.end()?.flush()
    }
}

/// A zip archive of stored files.
pub(crate) struct Zip<W: Write + Seek> {
    /// Here until the archive is finished.
    zip: Option<ZipWriter<Severable<W>>>,
    severed: Arc<AtomicBool>,
}

impl<W: Write + Seek> Zip<W> {
    pub(crate) fn new(out: W) -> Self {
        let severed = Arc::<AtomicBool>::default();
        let out = Severable { out, severed: severed.clone(), at: 0 };
        Self { zip: Some(ZipWriter::new(out)), severed }
    }
}

impl<W: Write + Seek + Send> Entries for Zip<W> {
    fn add(
        &mut self,
        name: &str,
        bytes: u64,
        write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        // PNG files are deflated already. The default time is the first that the format has, 1980-01-01.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .unix_permissions(MODE)
            .large_file(bytes > u64::from(u32::MAX));
        let zip = self.zip.as_mut().expect("it is not finished");
        zip.start_file(name, options).map_err(system)?;
        let mut exact = Exact { out: zip, left: bytes };
        write(&mut exact)?;
        exact.end()
    }

    fn finish(mut self: Box<Self>) -> io::Result<()> {
        let zip = self.zip.take().expect("it is not finished");
        zip.finish().map_err(system)?.out.flush()
    }
}

impl<W: Write + Seek> Drop for Zip<W> {
    fn drop(&mut self) {
        self.severed.store(true, Relaxed);
    }
}

/// What the system said, without the words that the library puts around it.
fn system(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => other.into(),
    }
}

/// A writer that can be cut off. A zip that is dropped before its end is finished by the library: what a run that failed
/// leaves behind would look whole, and where that fails, too, the library prints. Cut off, it writes to nothing.
struct Severable<W> {
    out: W,
    severed: Arc<AtomicBool>,
    at: u64,
}

impl<W: Write> Write for Severable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = if self.severed.load(Relaxed) { bytes.len() } else { self.out.write(bytes)? };
        self.at += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.severed.load(Relaxed) { Ok(()) } else { self.out.flush() }
    }
}

impl<W: Seek> Seek for Severable<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = match (self.severed.load(Relaxed), to) {
            (false, to) => self.out.seek(to)?,
            (true, SeekFrom::Start(at)) => at,
            (true, SeekFrom::Current(by) | SeekFrom::End(by)) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

/// Lets through exactly as many bytes as were announced: an archive whose headers are wrong is worse than none.
struct Exact<'a, W> {
    out: &'a mut W,
    left: u64,
}

impl<W: Write> Exact<'_, W> {
    fn end(self) -> io::Result<()> {
        match self.left {
            0 => Ok(()),
            left => Err(io::Error::other(format!("{left} bytes of a file are missing"))),
        }
    }
}

impl<W: Write> Write for Exact<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            return Err(io::Error::other("a file is longer than its header says"));
        }
        let written = self.out.write(bytes)?;
        self.left -= written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// 70,000 files, more than the number of entries that a plain zip can hold.
    #[test]
    fn more_files_than_a_plain_zip_can_have_are_a_zip64() {
        let mut out = Cursor::new(Vec::new());
        let mut zip = Box::new(Zip::new(&mut out));
        (0..70_000).for_each(|file| zip.add_bytes(&format!("json/{file}.json"), b"{}").unwrap());
        zip.finish().unwrap();
        let bytes = out.get_ref().clone();
        // The record and the locator of zip64, PKWARE's APPNOTE 4.3.14 and 4.3.15.
        let at = |mark: &[u8]| bytes.windows(4).rposition(|window| window == mark).expect("it is there");
        assert!(at(b"PK\x06\x06") < at(b"PK\x06\x07") && at(b"PK\x06\x07") < at(b"PK\x05\x06"));
        let mut read = zip::ZipArchive::new(out).unwrap();
        assert_eq!(read.len(), 70_000);
        let mut text = String::new();
        io::Read::read_to_string(&mut read.by_name("json/69999.json").unwrap(), &mut text).unwrap();
        assert_eq!(text, "{}");
    }

    #[test]
    fn a_zip_that_is_given_up_gets_no_end_that_would_make_it_look_whole() {
        let mut out = Cursor::new(Vec::new());
        let mut zip = Zip::new(&mut out);
        zip.add_bytes("plan.json", b"{}").unwrap();
        let error = zip.add("images/1.png", 4, &mut |out| out.write_all(b"abc")).unwrap_err();
        assert!(error.to_string().contains("1 bytes of a file are missing"), "{error}");
        drop(zip);
        let bytes = out.get_ref();
        assert!(!bytes.is_empty() && !bytes.windows(4).any(|window| window == b"PK\x05\x06"));
        assert!(zip::ZipArchive::new(out).is_err());
    }

    #[test]
    fn a_file_is_as_long_as_its_header_says_or_an_error() {
        let all: [Box<dyn Entries>; 2] =
            [Box::new(Tar::new(Vec::new())), Box::new(Zip::new(Cursor::new(Vec::new())))];
        for mut entries in all {
            assert!(entries.add("plan.json", 2, &mut |out| out.write_all(b"long")).is_err());
        }
    }
}
