//! From the file of a finished picture to its pixels, in any format that this program writes.

use std::io::Cursor;

use image::{ImageDecoder, ImageFormat, ImageReader, Limits, RgbaImage};

use crate::geometry::{MAX_SIDE, Size};
use crate::panics::decoded;

/// Bytes of a pixel while it is decoded: sixteen bits a channel, and as much again.
const PIXEL_BYTES: u64 = 16;
/// Bytes that a decoder may use for anything else.
const ROOM: u64 = 1 << 26;

fn reader(bytes: &[u8]) -> Result<ImageReader<Cursor<&[u8]>>, String> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let reader = reader.map_err(|error| error.to_string())?;
    match reader.format() {
        Some(ImageFormat::Png | ImageFormat::WebP | ImageFormat::Jpeg) => Ok(reader),
        _ => Err("it is neither PNG nor WebP nor JPEG".to_owned()),
    }
}

/// The size of a picture, read from its header.
///
/// # Errors
/// If it is no picture of ours, or has a side that none has.
pub(crate) fn size_of(bytes: &[u8]) -> Result<Size, String> {
    let header = || {
        let decoder = reader(bytes)?.into_decoder().map_err(|error| error.to_string())?;
        Ok(decoder.dimensions())
    };
    let (width, height) = decoded(header)?;
    if (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height) {
        Ok(Size { width, height })
    } else {
        Err(format!("it has {width}x{height} pixels, and a side has 1 to {MAX_SIDE}"))
    }
}

/// The pixels of a picture, straight.
///
/// # Errors
/// As [`size_of`], and if the file is damaged.
pub(crate) fn decode(bytes: &[u8]) -> Result<RgbaImage, String> {
    let size = size_of(bytes)?;
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(PIXEL_BYTES * size.pixels() + ROOM);
    decoded(|| {
        let mut reader = reader(bytes)?;
        reader.limits(limits);
        Ok(reader.decode().map_err(|error| error.to_string())?.into_rgba8())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_of_all_our_formats_are_decoded_and_others_refused() {
        let picture = image::RgbImage::from_fn(70, 40, |x, y| image::Rgb([x as u8, y as u8, 9]));
        for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Jpeg] {
            let mut file = Cursor::new(Vec::new());
            picture.write_to(&mut file, format).unwrap();
            let bytes = file.into_inner();
            assert_eq!(size_of(&bytes).unwrap(), Size { width: 70, height: 40 });
            assert_eq!(decode(&bytes).unwrap().dimensions(), (70, 40));
            assert!(size_of(&bytes[..10]).is_err() && decode(&bytes[..10]).is_err());
        }
        let mut gif = Cursor::new(Vec::new());
        picture.write_to(&mut gif, ImageFormat::Gif).unwrap();
        for other in [&gif.into_inner()[..], b"", b"text"] {
            assert_eq!(decode(other).unwrap_err(), "it is neither PNG nor WebP nor JPEG");
        }
    }
}
