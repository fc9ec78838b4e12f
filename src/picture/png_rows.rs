//! PNG pictures row by row, without a whole picture in memory.
//!
//! Nearly all art is PNG of the canvas' size, and what is kept of it are tiles. A picture of 2048x2048 is 16.8 MB: writing it
//! to memory, clearing what is invisible and reading it again for the tiles took longer than decoding it. Here a band of
//! rows as high as a tile is decoded, cleared and handed on while it is in the processor's cache.
//!
//! Only what needs nothing else is decoded in this way. Whatever is odd about a file is left to the decoder of whole pictures,
//! which words all problems.

use std::io::Cursor;
use std::path::Path;

use image::ImageFormat;
use image::metadata::Orientation;
use png::{BitDepth, ColorType, Decoder, Limits, Transformations};

use crate::geometry::Size;
use crate::panics::caught;
use crate::picture::header::Header;
use crate::picture::raster::{MAX_INFLATION, Scratch, ensure_memory, make_room};
use crate::pixel::{Pixel, clear_invisible, pack};

/// Decodes the picture at `path`, whose header was read before, in bands of so many rows, the last perhaps of fewer: `take` gets the straight pixels of
/// each, those of alpha 0 without a colour. The same checks are made as for a whole picture.
///
/// False if the picture is not decoded in this way, or is damaged: then `take` may have got some of it.
pub(crate) fn decode_bands(
    path: &Path,
    header: &Header,
    band: usize,
    scratch: &mut Scratch,
    take: impl FnMut(&[Pixel]),
) -> bool {
    let is_upright_png = header.format == ImageFormat::Png && header.orientation == Orientation::NoTransforms;
    if !is_upright_png || header.read_file(path, &mut scratch.file).is_err() {
        return false;
    }
    scratch.remarks.clear();
    // The tiles' pixels, in their making and then kept.
    let bytes = 2 * size_of::<Pixel>() * header.stored.pixels() as usize;
    ensure_memory(path, bytes).is_ok()
        && caught(|| bands(header, band, scratch, take)).is_ok_and(|done| done.is_some())
}

fn bands(header: &Header, band: usize, scratch: &mut Scratch, mut take: impl FnMut(&[Pixel])) -> Option<()> {
    let Scratch { file, samples, pixels, .. } = scratch;
    let limits = Limits { bytes: usize::try_from(header.decoder_bytes()).ok()? };
    let mut decoder = Decoder::new_with_limits(Cursor::new(&file[..]), limits);
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().ok()?;
    let info = reader.info();
    let (width, height) = (info.width, info.height);
    let bits = u64::from(info.bit_depth as u8) * info.color_type.samples() as u64;
    let claimed = header.stored.pixels() * bits / 8;
    let is_odd = info.interlaced
        || (Size { width, height }) != header.stored
        // The first picture of an animation can be smaller than its canvas.
        || info.animation_control.is_some()
        || claimed > MAX_INFLATION * file.len() as u64;
    let (color, depth) = reader.output_color_type();
    if is_odd || depth != BitDepth::Eight {
        return None;
    }
    let (width, height) = (width as usize, height as usize);
    let channels = color.samples();
    make_room(pixels, width * band.min(height));
    if color != ColorType::Rgba {
        make_room(samples, width * channels);
    }
    let has_alpha = matches!(color, ColorType::Rgba | ColorType::GrayscaleAlpha);
    for first in (0..height).step_by(band) {
        let rows = &mut pixels[..width * band.min(height - first)];
        for row in rows.chunks_exact_mut(width) {
            if color == ColorType::Rgba {
                reader.read_row(bytemuck::cast_slice_mut(row)).ok()??;
                if cfg!(target_endian = "big") {
                    row.iter_mut().for_each(|pixel| *pixel = pixel.swap_bytes());
                }
            } else {
                reader.read_row(samples).ok()??;
                widen(color, samples, row)?;
            }
            if has_alpha {
                clear_invisible(row);
            }
        }
        take(rows);
    }
    // What comes after the last row is checked when another is asked for.
    reader.read_row(&mut []).ok()?.is_none().then_some(())
}

/// Eight-bit samples of another kind as pixels.
fn widen(color: ColorType, samples: &[u8], row: &mut [Pixel]) -> Option<()> {
    match color {
        ColorType::Rgb => {
            let samples = samples.as_chunks().0;
            row.iter_mut().zip(samples).for_each(|(pixel, &[r, g, b])| *pixel = pack([r, g, b, 255]));
        }
        ColorType::Grayscale => {
            row.iter_mut().zip(samples).for_each(|(pixel, &l)| *pixel = pack([l, l, l, 255]));
        }
        ColorType::GrayscaleAlpha => {
            let samples = samples.as_chunks().0;
            row.iter_mut().zip(samples).for_each(|(pixel, &[l, a])| *pixel = pack([l, l, l, a]));
        }
        ColorType::Rgba | ColorType::Indexed => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::picture::raster::decode;

    const SIZE: Size = Size { width: 53, height: 41 };

    /// A picture of noise with repeats in it.
    fn encoded(color: ColorType, depth: BitDepth, transparent: bool) -> Vec<u8> {
        let mut file = Vec::new();
        let mut info = png::Info::with_size(SIZE.width, SIZE.height);
        (info.color_type, info.bit_depth) = (color, depth);
        if color == ColorType::Indexed {
            let palette: Vec<u8> = (0..3 << depth as u8).map(|value| (value * 7) as u8).collect();
            info.palette = Some(palette.into());
        }
        if transparent {
            let trns = match color {
                ColorType::Indexed => (0..1u16 << depth as u8).map(|value| (value * 90) as u8).collect(),
                ColorType::Rgb => vec![0, 5, 0, 5, 0, 5],
                _ => vec![0, 1],
            };
            info.trns = Some(trns.into());
        }
        let bytes = info.raw_row_length() - 1;
        let mut state = 1u32;
        let mut sample = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 30 == 0 { (state >> 16) as u8 } else { 5 * ((state >> 20) as u8 % 2) }
        };
        let data: Vec<u8> = (0..bytes * SIZE.height as usize).map(|_| sample()).collect();
        let mut writer = png::Encoder::with_info(&mut file, info).unwrap().write_header().unwrap();
        writer.write_image_data(&data).unwrap();
        writer.finish().unwrap();
        file
    }

    fn written(name: &str, file: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, file).unwrap();
        (folder, path)
    }

    /// What a decoder gives.
    type Decoded = Option<Vec<Pixel>>;

    /// The pixels of the picture at `path`, decoded whole and in bands.
    fn both(path: &Path, band: usize) -> Option<(Decoded, Decoded)> {
        let header = Header::read(path).ok()?;
        // Buffers that were used before.
        let mut scratch = Scratch { pixels: vec![7; 10], samples: vec![7; 9000], ..Scratch::default() };
        let mut pixels = Vec::new();
        let done = decode_bands(path, &header, band, &mut scratch, |band| pixels.extend_from_slice(band));
        let whole = decode(path, &header, &mut scratch).ok().map(|()| scratch.pixels);
        Some((whole, done.then_some(pixels)))
    }

    #[test]
    fn every_kind_of_picture_is_the_same_in_bands_as_whole() {
        use BitDepth::{Eight, Four, One, Sixteen, Two};
        let kinds: [(ColorType, &[BitDepth], bool); 5] = [
            (ColorType::Grayscale, &[One, Two, Four, Eight, Sixteen], true),
            (ColorType::GrayscaleAlpha, &[Eight, Sixteen], false),
            (ColorType::Indexed, &[One, Two, Four, Eight], true),
            (ColorType::Rgb, &[Eight, Sixteen], true),
            (ColorType::Rgba, &[Eight, Sixteen], false),
        ];
        for (color, depths, can_be_transparent) in kinds {
            for &depth in depths {
                for transparent in [false, true] {
                    if transparent && !can_be_transparent {
                        continue;
                    }
                    let (_folder, path) = written("a.png", &encoded(color, depth, transparent));
                    for band in [1, 32, 41, 100] {
                        let (whole, bands) = both(&path, band).unwrap();
                        let kind = format!("{color:?} {depth:?} {transparent} by {band}");
                        assert!(whole.is_some(), "{kind}");
                        match depth {
                            Sixteen => assert_eq!(bands, None, "{kind}"),
                            _ => assert!(bands == whole, "{kind}"),
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn damage_is_found_in_bands_as_in_whole_pictures() {
        let good = encoded(ColorType::Rgba, BitDepth::Eight, false);
        let mut refused = 0;
        for at in (0..good.len()).step_by(11) {
            let mut changed = good.clone();
            changed[at] ^= 0x14;
            for file in [&changed[..], &good[..at]] {
                let (_folder, path) = written("a.png", file);
                let Some((whole, bands)) = both(&path, 32) else { continue };
                refused += usize::from(whole.is_none());
                assert!(bands.is_none() || bands == whole, "byte {at}");
                assert_eq!(bands.is_some(), whole.is_some(), "byte {at}");
            }
        }
        assert!(refused > 100, "{refused}");
    }

    #[test]
    fn pictures_that_are_no_upright_png_are_left_to_others() {
        let mut jpeg = Cursor::new(Vec::new());
        image::RgbImage::new(8, 8).write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
        let (_folder, path) = written("a.jpg", jpeg.get_ref());
        assert_eq!(both(&path, 4).map(|(whole, bands)| (whole.is_some(), bands)), Some((true, None)));
        let (_folder, path) = written("a.png", &encoded(ColorType::Rgba, BitDepth::Eight, false));
        let mut header = Header::read(&path).unwrap();
        header.orientation = Orientation::Rotate90;
        assert!(!decode_bands(&path, &header, 4, &mut Scratch::default(), |_| panic!("nothing is decoded")));
    }
}
