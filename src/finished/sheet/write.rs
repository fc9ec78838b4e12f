//! Pictures as files, row by row: a PNG never lies in memory as a whole.

use std::collections::HashMap;
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

/// How a picture holds its colours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    Rgba,
    /// Alpha is left out.
    Rgb,
    /// Numbers of colours in a palette, of PNG files only: the colours, and the number of each.
    Palette(Vec<[u8; 4]>, HashMap<[u8; 4], u8>),
}

impl Colours {
    /// Those of a palette of at most 256 colours.
    pub(crate) fn palette(colours: &[[u8; 4]]) -> Self {
        let numbers = colours.iter().zip(0..=255u8).map(|(&colour, number)| (colour, number)).collect();
        Self::Palette(colours.to_owned(), numbers)
    }
}

/// A picture that is being written, whole rows at a time.
pub(crate) struct Rows<'c> {
    whole: WholeFile,
    out: Out,
    width: u32,
    colours: &'c Colours,
    row: Vec<u8>,
}

enum Out {
    Png(Box<StreamWriter<'static, BufWriter<File>>>),
    /// This encoder wants everything at once.
    WebP(BufWriter<File>, Vec<u8>),
}

impl<'c> Rows<'c> {
    /// Begins the picture that is to be in `whole`.
    pub(crate) fn begin(
        whole: WholeFile,
        format: Format,
        [width, height]: [u32; 2],
        colours: &'c Colours,
    ) -> io::Result<Self> {
        let file = BufWriter::with_capacity(1 << 16, whole.file()?);
        let out = match format {
            Format::Png => {
                let mut encoder = Encoder::new(file, width, height);
                encoder.set_depth(BitDepth::Eight);
                encoder.set_compression(Compression::Balanced);
                encoder.set_filter(Filter::Adaptive);
                match colours {
                    Colours::Rgba => encoder.set_color(ColorType::Rgba),
                    Colours::Rgb => encoder.set_color(ColorType::Rgb),
                    Colours::Palette(palette, _) => {
                        encoder.set_color(ColorType::Indexed);
                        encoder.set_palette(
                            palette.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect::<Vec<_>>(),
                        );
                        encoder.set_trns(palette.iter().map(|colour| colour[3]).collect::<Vec<_>>());
                        // Numbers that are near each other need not be like each other.
                        encoder.set_filter(Filter::NoFilter);
                    }
                }
                encoder.add_text_chunk(KEYWORD.to_owned(), MARK.to_owned())?;
                Out::Png(Box::new(encoder.write_header()?.into_stream_writer()?))
            }
            Format::WebP => Out::WebP(
                file,
                Vec::with_capacity(
                    width as usize * height as usize * if *colours == Colours::Rgb { 3 } else { 4 },
                ),
            ),
        };
        Ok(Self { whole, out, width, colours, row: Vec::new() })
    }

    /// Writes rows of straight RGBA.
    pub(crate) fn write(&mut self, rgba: &[u8]) -> io::Result<()> {
        for row in rgba.chunks_exact(self.width as usize * 4) {
            let pixels = row.as_chunks::<4>().0;
            self.row.clear();
            let row = match self.colours {
                Colours::Rgba => row,
                Colours::Rgb => {
                    self.row.extend(pixels.iter().flat_map(|[r, g, b, _]| [r, g, b]));
                    &self.row
                }
                Colours::Palette(_, numbers) => {
                    let number = |pixel| numbers.get(pixel).copied().ok_or(io::ErrorKind::InvalidData);
                    for pixel in pixels {
                        self.row.push(number(pixel)?);
                    }
                    &self.row
                }
            };
            match &mut self.out {
                Out::Png(png) => png.write_all(row)?,
                Out::WebP(_, all) => all.extend_from_slice(row),
            }
        }
        Ok(())
    }

    /// Ends the picture, which has no name yet.
    pub(crate) fn close(self, height: u32) -> io::Result<WholeFile> {
        match self.out {
            Out::Png(png) => png.finish()?,
            Out::WebP(mut file, all) => {
                let is_rgb = *self.colours == Colours::Rgb;
                let colour = if is_rgb { ExtendedColorType::Rgb8 } else { ExtendedColorType::Rgba8 };
                let encoder = WebPEncoder::new_lossless(&mut file);
                encoder.encode(&all, self.width, height, colour).map_err(io::Error::other)?;
                file.flush()?;
            }
        }
        Ok(self.whole)
    }
}

/// Writes a picture that is in memory, as a PNG.
pub(crate) fn png(whole: WholeFile, [width, height]: [u32; 2], rgba: &[u8], force: bool) -> io::Result<()> {
    let opaque = rgba.as_chunks::<4>().0.iter().all(|pixel| pixel[3] == 255);
    let colours = if opaque { Colours::Rgb } else { Colours::Rgba };
    let mut rows = Rows::begin(whole, Format::Png, [width, height], &colours)?;
    rows.write(rgba)?;
    rows.close(height)?.finish(force).map(drop)
}
