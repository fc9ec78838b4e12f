//! Thumbnails that were kept when a collection was pressed: one file, so that a folder of ten thousand items does not become
//! one of twenty thousand.
//!
//! It lies beside the collection and is not part of it: digests and manifest are the same without it. So it says itself what
//! it belongs to (the digests of plan, art and configuration), and ends with its own digest:
//!
//! ```text
//! {"format":"traitpress-thumbnails/1","plan":"..","art":"..","configuration":"..","side":64,"whole":false,"items":N}\n
//! for each item, by ascending edition: its edition (4 bytes, lowest first), a letter (`j` for JPEG, `w` for WebP), how many
//! bytes all JPEG files of the size begin with (2 bytes; a multiple of 3), how many bytes follow (4 bytes), the file
//! BLAKE3 of everything before (32 bytes)
//! ```

use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::error::PathIo;
use crate::files::{Digest, Folder, OpenFile};
use crate::finished::error::ReportError;
use crate::finished::thumbnails::thumbnail::{Code, Thumbnail};
use crate::output::{RunHeader, names};

pub(crate) const FORMAT: &str = "traitpress-thumbnails/1";
/// The most bytes of a thumbnail: more than the largest ones take uncompressed.
const MAX_BYTES: u32 = 4 << 20;
/// The most bytes of the first line.
const MAX_LINE: u64 = 4096;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    // First, for that is how the file is known.
    format: String,
    plan: Digest,
    art: Digest,
    configuration: Digest,
    side: u32,
    whole: bool,
    items: u64,
}

impl Header {
    /// For thumbnails of `side` pixels of the items of a run; `whole` if these are the pictures themselves.
    pub(crate) fn new(run: &RunHeader, side: u32, whole: bool) -> Self {
        Self {
            format: FORMAT.to_owned(),
            plan: run.plan,
            art: run.art,
            configuration: run.configuration,
            side,
            whole,
            items: run.count,
        }
    }
}

/// Writes the file.
#[derive(Debug)]
pub(crate) struct Writer<W> {
    out: W,
    hasher: blake3::Hasher,
}

impl<W: Write> Writer<W> {
    pub(crate) fn begin(out: W, header: &Header) -> io::Result<Self> {
        let mut writer = Self { out, hasher: blake3::Hasher::new() };
        let mut line = serde_json::to_vec(header)?;
        line.push(b'\n');
        writer.put(&line)?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.update(bytes);
        self.out.write_all(bytes)
    }

    /// Writes the thumbnail of the next item.
    pub(crate) fn item(&mut self, edition: u32, code: &Code) -> io::Result<()> {
        let (letter, header, bytes) = match code {
            Code::Jpeg { bytes, header } => (b'j', *header as u16, bytes),
            Code::WebP(bytes) => (b'w', 0, bytes),
        };
        self.put(&edition.to_le_bytes())?;
        self.put(&[letter])?;
        self.put(&header.to_le_bytes())?;
        self.put(&(bytes.len() as u32).to_le_bytes())?;
        self.put(bytes)
    }

    pub(crate) fn finish(mut self) -> io::Result<()> {
        let digest = self.hasher.finalize();
        self.out.write_all(digest.as_bytes())
    }
}

/// Reads the file, strictly: whatever is wrong ends the report.
#[derive(Debug)]
pub(crate) struct ThumbnailFile {
    path: PathBuf,
    file: BufReader<OpenFile>,
    hasher: blake3::Hasher,
    header: Header,
}

impl ThumbnailFile {
    /// Opens the thumbnails of a run in `folder`, if there are any.
    pub(crate) fn open(folder: &Folder, run: &RunHeader, items: usize) -> Result<Option<Self>, ReportError> {
        if !names::has_thumbnails(folder) {
            return Ok(None);
        }
        let path = folder.join(names::THUMBNAILS);
        let unreadable = PathIo::on("read", &path);
        let mut file = BufReader::with_capacity(1 << 16, folder.read(names::THUMBNAILS).map_err(unreadable)?);
        let mut line = Vec::new();
        (&mut file).take(MAX_LINE).read_until(b'\n', &mut line).map_err(unreadable)?;
        let fail = |what: &str| ReportError::Thumbnails { path: path.clone(), what: what.to_owned() };
        let header: Header = serde_json::from_slice(&line).map_err(|_| fail("its first line is invalid"))?;
        let ours = Header::new(run, header.side, header.whole);
        let is_of_run =
            header.plan == ours.plan && header.art == ours.art && header.configuration == ours.configuration;
        if !is_of_run || header.items != items as u64 {
            return Err(fail("its thumbnails belong to another collection"));
        }
        let mut hasher = blake3::Hasher::new();
        hasher.update(&line);
        Ok(Some(Self { path, file, hasher, header }))
    }

    /// The longer side that was asked for, in pixels.
    pub(crate) fn side(&self) -> u32 {
        self.header.side
    }

    /// Reads the thumbnail of the next item, which must be this one.
    pub(crate) fn next(&mut self, edition: u32) -> Result<Thumbnail, ReportError> {
        let [a, b, c, d, letter, low, high, rest @ ..] = self.take::<11>()?;
        let (header, length) = (usize::from(u16::from_le_bytes([low, high])), u32::from_le_bytes(rest));
        if u32::from_le_bytes([a, b, c, d]) != edition || length > MAX_BYTES {
            return Err(self.broken());
        }
        let mut bytes = vec![0; length as usize];
        self.read(&mut bytes)?;
        let code = match letter {
            b'j' if header <= bytes.len() && header.is_multiple_of(3) => Code::Jpeg { bytes, header },
            b'w' if header == 0 => Code::WebP(bytes),
            _ => return Err(self.broken()),
        };
        Ok(Thumbnail { code, is_whole: self.header.whole })
    }

    /// Checks that everything was as it was written.
    pub(crate) fn finish(mut self) -> Result<(), ReportError> {
        let digest = self.hasher.finalize();
        let found = self.take::<32>()?;
        let is_end = self.file.fill_buf().is_ok_and(<[u8]>::is_empty);
        if *digest.as_bytes() == found && is_end { Ok(()) } else { Err(self.broken()) }
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], ReportError> {
        let mut bytes = [0; N];
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    fn read(&mut self, bytes: &mut [u8]) -> Result<(), ReportError> {
        match self.file.read_exact(bytes) {
            Ok(()) => {
                self.hasher.update(bytes);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(self.broken()),
            Err(source) => Err(PathIo::on("read", &self.path)(source).into()),
        }
    }

    fn broken(&self) -> ReportError {
        self.failure("it was changed after it was written")
    }

    /// Something is wrong with the file.
    pub(crate) fn failure(&self, what: impl Into<String>) -> ReportError {
        ReportError::Thumbnails { path: self.path.clone(), what: what.into() }
    }
}
