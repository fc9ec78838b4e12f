//! Pictures as files, row by row: a PNG never lies in memory as a whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use image::ExtendedColorType;
use image::codecs::webp::WebPEncoder;
use png::{BitDepth, ColorType, Compression, Encoder, Filter, StreamWriter};

use crate::error::PathIo;
use crate::files::{PathKind, WholeFile, path_kind};
use crate::finished::sheet::error::SheetError;
use crate::finished::sheet::grid::{MAX_SIDE, MAX_WEBP_SIDE};
use crate::panics::caught;

/// What a PNG file of ours says of itself, which distinguishes it from other files.
const KEYWORD: &str = "Software";
const MARK: &str = "traitpress sheet";

/// The format of a sheet or an atlas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    WebP,
}

impl Format {
    /// What a file's name says.
    pub(crate) fn of(path: &Path) -> Result<Self, SheetError> {
        let extension = path.extension().unwrap_or_default();
        if extension.eq_ignore_ascii_case("png") {
            Ok(Self::Png)
        } else if extension.eq_ignore_ascii_case("webp") {
            Ok(Self::WebP)
        } else {
            Err(SheetError::NoFormat(path.to_owned()))
        }
    }

    pub(crate) fn most_side(self) -> u32 {
        match self {
            Self::Png => MAX_SIDE,
            Self::WebP => MAX_WEBP_SIDE,
        }
    }
}

/// Refuses to replace a file without permission, and anything that is not a file.
pub(crate) fn refuse_taken(path: &Path, force: bool) -> Result<(), SheetError> {
    match path_kind(path).map_err(PathIo::on("look at", path))? {
        PathKind::Nothing => Ok(()),
        PathKind::File if force => Ok(()),
        PathKind::File => Err(SheetError::Occupied(path.to_owned())),
        PathKind::Else(what) => Err(SheetError::NotAFile { path: path.to_owned(), what }),
    }
}

/// Whether the regular file at `path` is a PNG that this module wrote.
pub(crate) fn is_ours(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let has_mark = || {
        let reader = png::Decoder::new(io::BufReader::new(file)).read_info().ok()?;
        let texts = &reader.info().uncompressed_latin1_text;
        Some(texts.iter().any(|text| text.keyword == KEYWORD && text.text == MARK))
    };
    caught(has_mark).ok().flatten().unwrap_or(false)
}

/// A picture that is being written, whole rows at a time.
pub(crate) struct Rows {
    whole: WholeFile,
    out: Out,
    width: u32,
    /// Whether alpha is left out.
    opaque: bool,
    row: Vec<u8>,
}

enum Out {
    Png(Box<StreamWriter<'static, BufWriter<File>>>),
    /// This encoder wants everything at once.
    WebP(BufWriter<File>, Vec<u8>),
}

impl Rows {
    /// Begins the picture that is to be in `whole`.
    pub(crate) fn begin(
        whole: WholeFile,
        format: Format,
        [width, height]: [u32; 2],
        opaque: bool,
    ) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 16, whole.file()?);
        let out = match format {
            Format::Png => {
                let mut encoder = Encoder::new(file, width, height);
                encoder.set_color(if opaque { ColorType::Rgb } else { ColorType::Rgba });
                encoder.set_depth(BitDepth::Eight);
                encoder.set_compression(Compression::Balanced);
                encoder.set_filter(Filter::Adaptive);
                encoder.add_text_chunk(KEYWORD.to_owned(), MARK.to_owned())?;
                Out::Png(Box::new(encoder.write_header()?.into_stream_writer()?))
            }
            Format::WebP => Out::WebP(
                file,
                Vec::with_capacity(width as usize * height as usize * if opaque { 3 } else { 4 }),
            ),
        };
        Ok(Self { whole, out, width, opaque, row: Vec::new() })
    }

    /// Writes rows of straight RGBA.
    pub(crate) fn write(&mut self, rgba: &[u8]) -> io::Result<()> {
        for row in rgba.chunks_exact(self.width as usize * 4) {
            let row = if self.opaque {
                self.row.clear();
                self.row.extend(row.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [r, g, b]));
                &self.row
            } else {
                row
            };
            match &mut self.out {
                Out::Png(png) => png.write_all(row)?,
                Out::WebP(_, all) => all.extend_from_slice(row),
            }
        }
        Ok(())
    }

    /// Gives the whole picture its name.
    pub(crate) fn finish(self, height: u32, force: bool) -> io::Result<()> {
        match self.out {
            Out::Png(png) => png.finish()?,
            Out::WebP(mut file, all) => {
                let colour = if self.opaque { ExtendedColorType::Rgb8 } else { ExtendedColorType::Rgba8 };
                let encoder = WebPEncoder::new_lossless(&mut file);
                encoder.encode(&all, self.width, height, colour).map_err(io::Error::other)?;
                file.flush()?;
            }
        }
        self.whole.finish(force).map(drop)
    }
}

/// Writes a picture that is in memory, as a PNG.
pub(crate) fn png(whole: WholeFile, [width, height]: [u32; 2], rgba: &[u8], force: bool) -> io::Result<()> {
    let opaque = rgba.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 255);
    let mut rows = Rows::begin(whole, Format::Png, [width, height], opaque)?;
    rows.write(rgba)?;
    rows.finish(height, force)
}
