//! Whole pictures as WebP and JPEG files.
//!
//! These formats cannot be joined from spans, so each picture is encoded by itself, by libraries: lossless WebP and JPEG by
//! `image`, lossy WebP by libwebp. JPEG has no transparency; what is transparent shows the project's background colour.

use std::fmt;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::geometry::Size;
use crate::picture::format::PictureFormat;
use crate::pixel::{Pixel, over, pack, premultiply, unpack};

/// The colour behind what is transparent where a project has none, and a format cannot leave it so.
const PAPER: [u8; 3] = [255; 3];

/// An encoder's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EncodeError(String);

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EncodeError {}

/// What a picture's file is beside its pixels.
#[derive(Clone, Debug)]
pub(crate) struct Form<'a> {
    pub(crate) format: PictureFormat,
    pub(crate) size: Size,
    pub(crate) icc_profile: Option<&'a [u8]>,
    /// The project's background, straight.
    pub(crate) background: Option<[u8; 4]>,
}

/// Writes straight pixels, row by row, as a file that is not PNG. `raw` is room to work; `pixels` mean nothing afterwards.
///
/// # Errors
/// If the encoder refuses.
///
/// # Panics
/// If the format is PNG, which `png` writes.
pub(crate) fn encode(
    form: &Form<'_>,
    pixels: &mut [Pixel],
    raw: &mut Vec<u8>,
) -> Result<Vec<u8>, EncodeError> {
    let Form { format, size: Size { width, height }, icc_profile, background } = form;
    if matches!(format, PictureFormat::Jpeg { .. }) {
        flatten(pixels, background.map_or(PAPER, |[r, g, b, _]| [r, g, b]));
    }
    // An alpha channel that says nothing costs bytes.
    let is_opaque = pixels.iter().all(|pixel| pixel >> 24 == 255);
    raw.clear();
    for pixel in pixels.iter() {
        raw.extend(&unpack(*pixel)[..if is_opaque { 3 } else { 4 }]);
    }
    let color = if is_opaque { ExtendedColorType::Rgb8 } else { ExtendedColorType::Rgba8 };
    let failed = |error: image::ImageError| EncodeError(error.to_string());
    let mut file = Vec::new();
    match *format {
        PictureFormat::Png => unreachable!("PNG files are written by `png`"),
        PictureFormat::Webp { quality: None } => {
            let mut encoder = WebPEncoder::new_lossless(&mut file);
            if let Some(profile) = icc_profile {
                let profile = profile.to_vec();
                encoder.set_icc_profile(profile).map_err(|error| EncodeError(error.to_string()))?;
            }
            encoder.write_image(raw, *width, *height, color).map_err(failed)?;
        }
        PictureFormat::Webp { quality: Some(quality) } => {
            let encoder = match is_opaque {
                true => webp::Encoder::from_rgb(raw, *width, *height),
                false => webp::Encoder::from_rgba(raw, *width, *height),
            };
            let encoded = encoder.encode_simple(false, f32::from(quality));
            let encoded = encoded.map_err(|error| EncodeError(format!("libwebp: {error:?}")))?;
            match icc_profile {
                Some(profile) => {
                    file = with_profile(&encoded, form.size, profile);
                }
                None => file.extend_from_slice(&encoded),
            }
        }
        PictureFormat::Jpeg { quality } => {
            let mut encoder = JpegEncoder::new_with_quality(&mut file, quality);
            if let Some(profile) = icc_profile {
                let profile = profile.to_vec();
                encoder.set_icc_profile(profile).map_err(|error| EncodeError(error.to_string()))?;
            }
            encoder.write_image(raw, *width, *height, color).map_err(failed)?;
        }
    }
    Ok(file)
}

/// A WebP file with a colour profile, which libwebp writes none of: in the extended form, where the profile comes before the
/// picture (RFC 9649, section 2.7).
fn with_profile(file: &[u8], size: Size, profile: &[u8]) -> Vec<u8> {
    const HEAD: usize = 12;
    const HAS_PROFILE: u8 = 0x20;
    let chunk = |name: &[u8; 4], data: &[u8]| {
        let pad = vec![0; data.len() & 1];
        [&name[..], &(data.len() as u32).to_le_bytes(), data, &pad].concat()
    };
    let chunks = &file[HEAD..];
    // A picture with alpha has the extended form already: a chunk of ten bytes in front.
    let (flags, picture) = match chunks.starts_with(b"VP8X") {
        true => (chunks[8] | HAS_PROFILE, &chunks[18..]),
        false => (HAS_PROFILE, chunks),
    };
    let [width, height] = [size.width - 1, size.height - 1].map(u32::to_le_bytes);
    let extended = [&[flags, 0, 0, 0][..], &width[..3], &height[..3]].concat();
    let body = [&chunk(b"VP8X", &extended)[..], &chunk(b"ICCP", profile), picture].concat();
    [&b"RIFF"[..], &(body.len() as u32 + 4).to_le_bytes(), b"WEBP", &body].concat()
}

/// Lays straight pixels over a colour.
fn flatten(pixels: &mut [Pixel], [r, g, b]: [u8; 3]) {
    let below = pack([r, g, b, 255]);
    for pixel in pixels.iter_mut().filter(|pixel| **pixel >> 24 != 255) {
        *pixel = over(premultiply(*pixel), below);
    }
}
