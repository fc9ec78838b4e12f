//! Readers of PNG that the program has no part in.

use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::canvas::{Canvas, Rgba};
use crate::common::require::found;

/// What the `png` crate reads.
#[derive(Debug)]
pub(crate) struct Strict {
    pub(crate) canvas: Canvas,
    pub(crate) profile: Option<Vec<u8>>,
}

/// Reads a file with the `png` crate to its end, every checksum checked: Adler-32 is not unless one asks for it.
pub(crate) fn strict(file: &[u8]) -> Result<Strict, String> {
    let mut options = png::DecodeOptions::default();
    options.set_ignore_adler32(false);
    options.set_ignore_crc(false);
    options.set_skip_ancillary_crc_failures(false);
    read(file, options).map_err(|error| error.to_string())
}

/// Reads a file as the `png` crate does by itself.
pub(crate) fn lenient(file: &[u8]) -> Result<Strict, String> {
    read(file, png::DecodeOptions::default()).map_err(|error| error.to_string())
}

fn read(file: &[u8], options: png::DecodeOptions) -> Result<Strict, png::DecodingError> {
    let mut decoder = png::Decoder::new_with_options(Cursor::new(file), options);
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info()?;
    let mut bytes = vec![0; reader.output_buffer_size().expect("pictures of the tests fit memory")];
    let frame = reader.next_frame(&mut bytes)?;
    reader.finish()?;
    bytes.truncate(frame.buffer_size());
    let pixels: Vec<Rgba> = match frame.color_type {
        png::ColorType::Rgb => bytes.as_chunks().0.iter().map(|&[r, g, b]| [r, g, b, 255]).collect(),
        png::ColorType::Rgba => bytes.as_chunks().0.to_vec(),
        other => panic!("expanding gave {other:?}"),
    };
    let canvas = Canvas { width: frame.width, height: frame.height, pixels };
    Ok(Strict { canvas, profile: reader.info().icc_profile.as_ref().map(|profile| profile.to_vec()) })
}

/// Whether `pngcheck` accepts these files; says so and gives nothing where the program is missing.
///
/// # Panics
/// If it is missing and `TRAITPRESS_TEST_REQUIRE=1` says that nothing may be skipped.
pub(crate) fn pngcheck<'a>(files: impl IntoIterator<Item = &'a Path>) -> Option<Result<(), String>> {
    let run = Command::new("pngcheck").arg("-q").args(files).stdin(Stdio::null()).output();
    match run {
        Ok(output) if output.status.success() => Some(Ok(())),
        Ok(output) => {
            Some(Err(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()))
        }
        Err(error) => {
            found(false, &format!("pngcheck cannot be run ({error})"), "pngcheck");
            None
        }
    }
}
