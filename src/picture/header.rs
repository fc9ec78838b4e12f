//! What a picture's file says of itself before any pixel is decoded.
//!
//! A header of a few bytes can claim a picture of many gigabytes. So the sides are read first, without memory for
//! pixels, and only a picture within the limits is decoded, under a memory limit that follows from its sides.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;

use image::metadata::Orientation;
use image::{ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::error::Problem;
use crate::geometry::{MAX_SIDE, Size};
use crate::panics::decoded;
use crate::picture::riff;

/// What the formats' own tables, profiles and window buffers may take.
const DECODER_BYTES: u64 = 256 << 20;

/// The most bytes of a file before its picture's size is known: what 16-bit pixels of the largest size take.
const MAX_FILE_BYTES: u64 = DECODER_BYTES + 8 * (MAX_SIDE as u64 * MAX_SIDE as u64);

/// The formats that are read.
const FORMATS: [ImageFormat; 4] = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif];

/// A picture's header.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) format: ImageFormat,
    /// As stored, before orientation.
    pub(crate) stored: Size,
    pub(crate) orientation: Orientation,
    pub(crate) icc_profile: Option<Vec<u8>>,
}

impl Header {
    /// Reads the header of the picture at `path`.
    pub(crate) fn read(path: &Path) -> Result<Self, Problem> {
        let file = open(path, MAX_FILE_BYTES)?;
        guarded(path, || Self::read_from(path, file))
    }

    fn read_from(path: &Path, file: File) -> Result<Self, Problem> {
        let (format, mut decoder) = decoder(path, BufReader::new(file), DECODER_BYTES)?;
        let (width, height) = decoder.dimensions();
        if !(1..=MAX_SIDE).contains(&width) || !(1..=MAX_SIDE).contains(&height) {
            let what = format!("the picture has {width}x{height} pixels, and a side has 1 to {MAX_SIDE}");
            return Err(Problem::at(path, what, "make it smaller"));
        }
        // Broken metadata is no reason to refuse whole pixels.
        let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
        let icc_profile = decoder.icc_profile().ok().flatten();
        Ok(Self { format, stored: Size { width, height }, orientation, icc_profile })
    }

    /// The size as shown, orientation applied.
    pub(crate) fn size(&self) -> Size {
        match self.orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => Size { width: self.stored.height, height: self.stored.width },
            _ => self.stored,
        }
    }

    /// The bytes of the picture's file, whose header was read before.
    pub(crate) fn read_file(&self, path: &Path, bytes: &mut Vec<u8>) -> Result<(), Problem> {
        bytes.clear();
        // No file has more than its pixels uncompressed and what a decoder may hold beside them.
        let most = self.decoder_bytes();
        let read = open(path, most)?.take(most).read_to_end(bytes);
        read.map(|_| ()).map_err(|error| Problem::unreadable(path, &error))
    }

    /// The most memory that a decoder of this picture may use: sixteen-bit pixels twice, and its own tables.
    pub(crate) fn decoder_bytes(&self) -> u64 {
        DECODER_BYTES + 16 * self.stored.pixels()
    }
}

/// Opens a picture's file, of at most so many bytes.
fn open(path: &Path, most: u64) -> Result<File, Problem> {
    let file = File::open(path).map_err(|error| Problem::unreadable(path, &error))?;
    let bytes = file.metadata().map_err(|error| Problem::unreadable(path, &error))?.len();
    if bytes > most {
        let what = format!("the file has {bytes} bytes, and the limit for its picture size is {most}");
        return Err(Problem::at(path, what, "export it again"));
    }
    Ok(file)
}

/// Does `work` on the picture at `path`: a panic of its decoder is a problem of that file.
pub(crate) fn guarded<T>(path: &Path, work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    decoded(|| Ok(work())).unwrap_or_else(|what| Err(damaged(path, &what)))
}

/// A decoder for the picture in `reader`, chosen by its content; `path` is only named in problems.
pub(crate) fn decoder<'a>(
    path: &Path,
    mut reader: impl BufRead + Seek + 'a,
    max_bytes: u64,
) -> Result<(ImageFormat, impl ImageDecoder + 'a), Problem> {
    let chunks = riff::check(&mut reader).map_err(|error| Problem::unreadable(path, &error))?;
    chunks.map_err(|what| damaged(path, &what))?;
    let mut reader =
        ImageReader::new(reader).with_guessed_format().map_err(|error| Problem::unreadable(path, &error))?;
    let remedy = "export it as PNG, JPEG, WebP or GIF";
    let format = match reader.format() {
        Some(format) if FORMATS.contains(&format) => format,
        Some(other) => {
            let what = format!("the file contains a {} picture", other.to_mime_type());
            return Err(Problem::at(path, what, remedy));
        }
        None => return Err(Problem::at(path, "the file contains no picture in a supported format", remedy)),
    };
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(max_bytes);
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| undecodable(path, &error))?;
    Ok((format, decoder))
}

/// The problem of a picture that its decoder refuses.
pub(crate) fn undecodable(path: &Path, error: &ImageError) -> Problem {
    match error {
        ImageError::Limits(_) => {
            let what = format!("the picture needs more memory than the limit of {MAX_SIDE} pixels per side");
            Problem::at(path, what, "make it smaller or export it again")
        }
        _ => damaged(path, &error.to_string()),
    }
}

/// The problem of a picture's file that is not whole.
pub(crate) fn damaged(path: &Path, what: &str) -> Problem {
    Problem::at(path, format!("the picture cannot be decoded: {what}"), "export it again")
}
