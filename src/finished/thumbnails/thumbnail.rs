//! Small pictures of large ones.
//!
//! A thumbnail is the picture scaled down to fit a square, never up. Opaque ones are JPEG files or, where that is no larger,
//! lossless WebP; those with transparency, and pictures that are small already, are always WebP. All JPEG files of one size
//! and quality begin with the same bytes up to their scan, so that part need not be kept with each (`Code::header`).

use std::io::Read;

use fast_image_resize::{FilterType, ResizeAlg};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, RgbaImage};

use crate::art::resize;
use crate::error::PathIo;
use crate::files::Folder;
use crate::finished::decode::decode;
use crate::finished::error::ReportError;
use crate::finished::rarity::files;
use crate::output::{Record, Written};
use crate::pixel::Pixel;

/// Small pictures show little of what a lower quality spoils, and more is not seen. From `LARGE` pixels on they are made for
/// screens with two pixels a pixel, where less is seen: of the sample collection at 320 pixels 70 takes 18.3 KB, 80 22.4 KB.
const JPEG_QUALITY: u8 = 80;
const LARGE_QUALITY: u8 = 70;
const LARGE: u32 = 192;
/// From this side on a page also has thumbnails of half the side, for other screens.
const HALVED_FROM: u32 = 128;

/// A small picture as a file.
#[derive(Clone, Debug)]
pub(crate) struct Thumbnail {
    pub(crate) code: Code,
    /// Whether the picture itself was so small that this is all of it.
    pub(crate) is_whole: bool,
}

/// A thumbnail, and one of half its side where that is worth its bytes.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) large: Thumbnail,
    pub(crate) small: Option<Code>,
}

/// The side of the smaller thumbnails beside those of `side` pixels.
pub(crate) fn half(side: u32) -> Option<u32> {
    (side >= HALVED_FROM).then_some(side / 2)
}

/// The side that thumbnails of so many items get if nothing says another: as sharp as a page of some 60 MB allows. A thumbnail
/// of the sample collection takes 24 KB as base64 at 320 pixels (12 KB more for its half), 12 and 6 KB at 192, 6 KB at 96,
/// 4 KB at 64.
pub(crate) fn default_side(items: usize) -> u32 {
    match items {
        0..=1500 => 320,
        1501..=3000 => 192,
        3001..=12_000 => 96,
        _ => 64,
    }
}

/// The file.
#[derive(Clone, Debug)]
pub(crate) enum Code {
    /// A JPEG file; its first `header` bytes, a multiple of three, are what all of its size begin with.
    Jpeg { bytes: Vec<u8>, header: usize },
    /// A WebP file.
    WebP(Vec<u8>),
}

impl Code {
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Jpeg { bytes, .. } | Self::WebP(bytes) => bytes,
        }
    }

    /// Its pixels.
    fn decode(&self) -> Result<RgbaImage, String> {
        decode(self.bytes()).map_err(|what| format!("a thumbnail cannot be decoded ({what})"))
    }

    /// What all JPEG files of the size begin with.
    pub(crate) fn header(&self) -> Option<&[u8]> {
        match self {
            Self::Jpeg { bytes, header } => Some(&bytes[..*header]),
            Self::WebP(_) => None,
        }
    }
}

/// Makes the thumbnails of the picture `name` of an item in `folder`, which must be what is listed.
pub(crate) fn of_picture(folder: &Folder, name: &str, item: &Record, side: u32) -> Result<Pair, ReportError> {
    let picture = picture(folder, name, &item.image)?;
    let make = || {
        let (large, is_whole) = reduced(picture, side)?;
        let large_code = encode(&large, is_whole)?;
        let small = halved(large, is_whole, side)?;
        Ok(Pair { large: Thumbnail { code: large_code, is_whole }, small })
    };
    make().map_err(|what: String| ReportError::file(&folder.join(name), what))
}

/// Makes the smaller thumbnail of one of `side` pixels.
pub(crate) fn with_half(large: Thumbnail, side: u32) -> Result<Pair, String> {
    let small = match half(side).filter(|_| !large.is_whole) {
        Some(_) => halved(large.code.decode()?, false, side)?,
        None => None,
    };
    Ok(Pair { large, small })
}

fn halved(large: RgbaImage, is_whole: bool, side: u32) -> Result<Option<Code>, String> {
    let Some(half) = half(side).filter(|_| !is_whole) else { return Ok(None) };
    reduced(large, half).and_then(|(small, is_whole)| encode(&small, is_whole)).map(Some)
}

/// Decodes the picture `name` in `folder`, which must be what is listed.
pub(crate) fn picture(folder: &Folder, name: &str, listed: &Written) -> Result<RgbaImage, ReportError> {
    let (path, file) = files::open(folder, name, listed)?;
    let mut bytes = Vec::new();
    let read = file.take(listed.bytes).read_to_end(&mut bytes);
    read.map_err(PathIo::on("read", &path))?;
    if *blake3::hash(&bytes).as_bytes() != listed.digest {
        return Err(ReportError::file(&path, "it is not the picture listed in the manifest"));
    }
    decode(&bytes).map_err(|what| ReportError::file(&path, format!("it cannot be decoded ({what})")))
}

/// Scales and encodes.
pub(crate) fn make(picture: RgbaImage, side: u32) -> Result<Thumbnail, String> {
    let (small, is_whole) = reduced(picture, side)?;
    Ok(Thumbnail { code: encode(&small, is_whole)?, is_whole })
}

/// Scales a picture down, and says whether it was so small that this is all of it.
fn reduced(mut picture: RgbaImage, side: u32) -> Result<(RgbaImage, bool), String> {
    let (width, height) = picture.dimensions();
    if width.max(height) <= side {
        return Ok((picture, true));
    }
    let (to_width, to_height) = fitting(width, height, side);
    let mut small = RgbaImage::new(to_width, to_height);
    // Alpha is multiplied in before and divided out behind.
    scale(&mut picture, [width, height], &mut small, [to_width, to_height], true)?;
    Ok((small, false))
}

/// The size of a thumbnail with a longer side of at most `side`, in the proportions of the picture, rounded.
pub(crate) fn fitting(width: u32, height: u32, side: u32) -> (u32, u32) {
    let longer = width.max(height);
    let scaled = |length: u32| {
        let (product, longer) = (u64::from(length) * u64::from(side), u64::from(longer));
        ((2 * product + longer) / (2 * longer)).max(1) as u32
    };
    if longer <= side { (width, height) } else { (scaled(width), scaled(height)) }
}

/// Scales premultiplied pixels down.
pub(crate) fn scale_premultiplied(
    from: &mut [Pixel],
    size: [u32; 2],
    to: [u32; 2],
) -> Result<Vec<Pixel>, String> {
    if size == to {
        return Ok(from.to_vec());
    }
    let mut small = vec![0; to[0] as usize * to[1] as usize];
    scale(bytemuck::cast_slice_mut(from), size, bytemuck::cast_slice_mut(&mut small), to, false)?;
    Ok(small)
}

fn scale(
    from: &mut [u8],
    size: [u32; 2],
    small: &mut [u8],
    to: [u32; 2],
    straight: bool,
) -> Result<(), String> {
    // No negative lobes: no colour exceeds its alpha.
    let algorithm = ResizeAlg::Convolution(FilterType::Bilinear);
    resize(from, size, small, to, algorithm, straight)
        .map_err(|error| format!("it cannot be scaled ({error})"))
}

/// Encodes a small picture; one that is all of its picture loses nothing, for its pixels are to be seen.
pub(crate) fn encode(small: &RgbaImage, is_whole: bool) -> Result<Code, String> {
    let fail = |error: image::ImageError| format!("its thumbnail cannot be encoded ({error})");
    let (width, height) = small.dimensions();
    let mut webp = Vec::new();
    let is_opaque = small.pixels().all(|pixel| pixel.0[3] == 255);
    if !is_opaque {
        WebPEncoder::new_lossless(&mut webp)
            .encode(small, width, height, ExtendedColorType::Rgba8)
            .map_err(fail)?;
        return Ok(Code::WebP(webp));
    }
    let rgb: Vec<u8> = small.pixels().flat_map(|pixel| [pixel.0[0], pixel.0[1], pixel.0[2]]).collect();
    WebPEncoder::new_lossless(&mut webp)
        .encode(&rgb, width, height, ExtendedColorType::Rgb8)
        .map_err(fail)?;
    if is_whole {
        return Ok(Code::WebP(webp));
    }
    let mut jpeg = Vec::new();
    let quality = if width.max(height) >= LARGE { LARGE_QUALITY } else { JPEG_QUALITY };
    let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, quality);
    encoder.encode(&rgb, width, height, ExtendedColorType::Rgb8).map_err(fail)?;
    let Some((bytes, header)) = with_even_header(jpeg) else {
        return Err("its thumbnail was encoded in an unexpected form".to_owned());
    };
    // Compared as they are kept.
    if webp.len() <= bytes.len() - header { Ok(Code::WebP(webp)) } else { Ok(Code::Jpeg { bytes, header }) }
}

/// Finds where the scan of a JPEG file begins, and puts as many fill bytes (ITU-T T.81, B.1.1.2) before its marker that what
/// comes before the scan's data is a multiple of three bytes: then its base64 can be put before that of the rest.
fn with_even_header(mut bytes: Vec<u8>) -> Option<(Vec<u8>, usize)> {
    const START_OF_SCAN: u8 = 0xda;
    let mut at = 2;
    loop {
        let &[0xff, marker, high, low] = bytes.get(at..at + 4)? else { return None };
        let next = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == START_OF_SCAN {
            let fill = next.next_multiple_of(3) - next;
            bytes.splice(at..at, std::iter::repeat_n(0xff, fill));
            return (bytes.len() > next + fill).then_some((bytes, next + fill));
        }
        at = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(width: u32, height: u32, alpha: u8) -> RgbaImage {
        RgbaImage::from_fn(width, height, |x, y| {
            let hash = (x + 7919 * y).wrapping_mul(0x9e37_79b9) >> 8;
            image::Rgba([hash as u8, (hash >> 5) as u8, (hash >> 9) as u8, alpha])
        })
    }

    fn bytes(thumbnail: &Thumbnail) -> &[u8] {
        thumbnail.code.bytes()
    }

    #[test]
    fn a_thumbnail_for_two_pixels_a_pixel_has_one_of_half_the_side_beside_it() {
        let size = |code: &Code| {
            image::load_from_memory(code.bytes()).map(|read| (read.width(), read.height())).unwrap()
        };
        for (side, large, small) in
            [(320, (320, 213), Some((160, 107))), (128, (128, 85), Some((64, 43))), (127, (127, 85), None)]
        {
            let made = with_half(make(noise(900, 600, 255), side).unwrap(), side).unwrap();
            assert_eq!((size(&made.large.code), made.small.as_ref().map(size)), (large, small), "{side}");
        }
        // Small art is shown as it is.
        let whole = with_half(make(noise(200, 200, 255), 320).unwrap(), 320).unwrap();
        assert!(whole.large.is_whole && whole.small.is_none());
        // Of the same colours all over.
        let flat = make(RgbaImage::from_pixel(900, 600, image::Rgba([9, 120, 230, 255])), 320).unwrap();
        let small = with_half(flat, 320).unwrap().small.unwrap().decode().unwrap();
        assert!(small.pixels().all(|pixel| (0..3).all(|at| pixel.0[at].abs_diff([9, 120, 230][at]) < 6)));
    }

    #[test]
    fn jpeg_files_of_a_size_begin_alike_and_another_decoder_reads_them() {
        let sizes = [(300, 200), (600, 400), (900, 600)];
        let made = sizes.map(|(width, height)| make(noise(width, height, 255), 64).unwrap());
        let headers: Vec<&[u8]> = made.iter().map(|thumbnail| thumbnail.code.header().unwrap()).collect();
        assert!(headers[0].len() > 500 && headers[0].len().is_multiple_of(3), "{}", headers[0].len());
        assert_eq!((headers[0], headers[1]), (headers[1], headers[2]));
        for thumbnail in &made {
            let read =
                image::load_from_memory_with_format(bytes(thumbnail), image::ImageFormat::Jpeg).unwrap();
            assert_eq!((read.width(), read.height()), (64, 43));
        }
    }

    #[test]
    fn transparency_and_small_art_stay_as_they_are() {
        let veiled = make(noise(24, 24, 90), 64).unwrap();
        assert!(veiled.is_whole);
        let read = image::load_from_memory_with_format(bytes(&veiled), image::ImageFormat::WebP).unwrap();
        assert_eq!(read.into_rgba8(), noise(24, 24, 90));
        let flat = RgbaImage::from_pixel(500, 1000, image::Rgba([1, 200, 30, 255]));
        let made = make(flat, 64).unwrap();
        assert!(!made.is_whole);
        let read = image::load_from_memory(bytes(&made)).unwrap().into_rgba8();
        assert_eq!(read.dimensions(), (32, 64));
        let off = |pixel: &image::Rgba<u8>| {
            (0..4).any(|channel| pixel.0[channel].abs_diff([1, 200, 30, 255][channel]) > 3)
        };
        assert!(!read.pixels().any(off));
        // Scaled, the colour of what is not there does not bleed in.
        let half = RgbaImage::from_fn(200, 200, |x, _| {
            image::Rgba(if x < 101 { [255, 0, 0, 255] } else { [0, 255, 0, 0] })
        });
        let read = image::load_from_memory(bytes(&make(half, 50).unwrap())).unwrap().into_rgba8();
        assert!(read.pixels().all(|pixel| pixel.0[3] == 0 || (pixel.0[0] > 250 && pixel.0[1] == 0)));
    }
}
