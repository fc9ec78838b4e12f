//! From a picture's file to straight pixels, in buffers that are used again.
//!
//! Fresh memory costs more than the pixels that go into it (a page fault for every 4 KB), so each thread keeps its
//! buffers from picture to picture. A picture of 8-bit RGBA, the common kind, is decoded straight into its place.

use std::io::Cursor;
use std::path::Path;

use image::{ColorType, ImageDecoder, ImageFormat};

use crate::error::Problem;
use crate::geometry::Size;
use crate::picture::header::{Header, damaged, decoder, guarded, undecodable};
use crate::picture::jpeg;
use crate::picture::orient::orient;
use crate::pixel::{Pixel, clear_invisible, pack};
use crate::telemetry::Buffer;

/// A deflated stream holds at most so many times its bytes (RFC 1951: 258 bytes in two bits).
pub(super) const MAX_INFLATION: u64 = 1032;

/// The buffers of one thread.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(super) file: Vec<u8>,
    /// Decoded samples of the kinds that are not 8-bit RGBA.
    pub(super) samples: Vec<u8>,
    /// The picture, row by row.
    pub(crate) pixels: Vec<Pixel>,
    /// What an orientation, a scaling or a placing writes to; then the two change places.
    pub(crate) other: Vec<Pixel>,
    /// What is odd about the picture, although it was decoded.
    pub(crate) remarks: Vec<Problem>,
}

impl Scratch {
    /// BLAKE3 of the file that was read last; nothing if it could not be read, or was empty.
    pub(crate) fn file_digest(&self) -> Option<blake3::Hash> {
        (!self.file.is_empty()).then(|| blake3::hash(&self.file))
    }
}

impl Buffer for Scratch {
    fn bytes(&self) -> usize {
        let Self { file, samples, pixels, other, remarks: _ } = self;
        file.bytes() + samples.bytes() + pixels.bytes() + other.bytes()
    }
}

/// Decodes the picture at `path`, whose header was read before, into `scratch.pixels`, orientation applied: straight pixels,
/// those of alpha 0 without a colour.
pub(crate) fn decode(path: &Path, header: &Header, scratch: &mut Scratch) -> Result<(), Problem> {
    scratch.remarks.clear();
    header.read_file(path, &mut scratch.file)?;
    let has_alpha = guarded(path, || decode_stored(path, header, scratch))?;
    if has_alpha {
        clear_invisible(&mut scratch.pixels);
    }
    if orient(header.orientation, header.stored, &scratch.pixels, &mut scratch.other) {
        std::mem::swap(&mut scratch.pixels, &mut scratch.other);
    }
    Ok(())
}

/// Whether the picture at `path` has no visible pixel.
pub(crate) fn is_invisible(path: &Path) -> Result<bool, Problem> {
    let header = Header::read(path)?;
    let mut scratch = Scratch::default();
    decode(path, &header, &mut scratch)?;
    Ok(scratch.pixels.iter().all(|pixel| pixel >> 24 == 0))
}

/// Whether every pixel of the picture at `path` hides what is below it.
pub(crate) fn is_opaque(path: &Path) -> Result<bool, Problem> {
    let header = Header::read(path)?;
    let mut scratch = Scratch::default();
    decode(path, &header, &mut scratch)?;
    Ok(scratch.pixels.iter().all(|pixel| pixel >> 24 == 255))
}

/// Decodes `scratch.file` into `scratch.pixels`, straight and as stored; whether it has alpha.
fn decode_stored(path: &Path, header: &Header, scratch: &mut Scratch) -> Result<bool, Problem> {
    let Scratch { file, samples, pixels, remarks, .. } = scratch;
    let (format, decoder) = decoder(path, Cursor::new(&file[..]), header.decoder_bytes())?;
    let (width, height) = decoder.dimensions();
    if (Size { width, height }) != header.stored || format != header.format {
        return Err(Problem::at(path, "the picture changed while being read", "start again"));
    }
    match format {
        ImageFormat::Jpeg => {
            let odd = jpeg::check(file).map_err(|what| damaged(path, &what))?;
            let remark =
                |odd| Problem::at(path, format!("the picture is used, but {odd}"), "export it again");
            remarks.extend(odd.into_iter().map(remark));
        }
        ImageFormat::Png => {
            let bits = u64::from(decoder.original_color_type().bits_per_pixel());
            if header.stored.pixels() * bits / 8 > MAX_INFLATION * file.len() as u64 {
                return Err(damaged(path, "it is cut off: its bytes cannot hold so many pixels"));
            }
        }
        _ => {}
    }
    let count = header.stored.pixels() as usize;
    let colour = decoder.color_type();
    // The samples, the pixels, and the trait that is made of them.
    ensure_memory(path, count * (usize::from(colour.bytes_per_pixel()) + 2 * size_of::<Pixel>()))?;
    make_room(pixels, count);
    if colour == ColorType::Rgba8 {
        let bytes = bytemuck::cast_slice_mut(pixels);
        decoder.read_image(bytes).map_err(|error| undecodable(path, &error))?;
        if cfg!(target_endian = "big") {
            pixels.iter_mut().for_each(|pixel| *pixel = pixel.swap_bytes());
        }
    } else {
        let bytes = count * usize::from(colour.bytes_per_pixel());
        make_room(samples, bytes);
        decoder.read_image(samples).map_err(|error| undecodable(path, &error))?;
        if !convert(colour, samples, pixels) {
            let what = format!("the pixel format {colour:?} is not supported");
            return Err(Problem::at(path, what, "export it with 8 bits a channel"));
        }
    }
    Ok(colour.has_alpha())
}

/// Refuses a picture for which there is not enough memory: where the system says so, that is better than to be ended by
/// it. What small buffers take is left free.
pub(super) fn ensure_memory(path: &Path, bytes: usize) -> Result<(), Problem> {
    const SMALL: usize = 16 << 20;
    if Vec::<u8>::new().try_reserve_exact(bytes.saturating_add(SMALL)).is_ok() {
        return Ok(());
    }
    let what = format!("the picture needs {} MB of memory, which is not available", bytes / 1_000_000);
    Err(Problem::at(path, what, "free memory, raise the limit, or use fewer threads"))
}

/// Brings a buffer to `count` elements. Memory that is asked for as zeros is not taken before it is written to, so a
/// damaged file that claims many pixels takes no more than it has.
pub(super) fn make_room<T: Copy + Default>(buffer: &mut Vec<T>, count: usize) {
    if buffer.capacity() < count {
        *buffer = vec![T::default(); count];
    } else {
        buffer.resize(count, T::default());
    }
}

/// Samples of another kind to straight pixels; false if the kind is not known.
fn convert(colour: ColorType, samples: &[u8], pixels: &mut [Pixel]) -> bool {
    match colour {
        ColorType::L8 => each(samples, pixels, |[l]| [l, l, l, 255]),
        ColorType::La8 => each(samples, pixels, |[l, a]| [l, l, l, a]),
        ColorType::Rgb8 => each(samples, pixels, |[r, g, b]| [r, g, b, 255]),
        ColorType::L16 => each(samples, pixels, |[l0, l1]| {
            let l = narrow([l0, l1]);
            [l, l, l, 255]
        }),
        ColorType::La16 => each(samples, pixels, |[l0, l1, a0, a1]| {
            let l = narrow([l0, l1]);
            [l, l, l, narrow([a0, a1])]
        }),
        ColorType::Rgb16 => each(samples, pixels, |[r0, r1, g0, g1, b0, b1]| {
            [narrow([r0, r1]), narrow([g0, g1]), narrow([b0, b1]), 255]
        }),
        ColorType::Rgba16 => each(samples, pixels, |[r0, r1, g0, g1, b0, b1, a0, a1]| {
            [narrow([r0, r1]), narrow([g0, g1]), narrow([b0, b1]), narrow([a0, a1])]
        }),
        _ => return false,
    }
    true
}

#[inline]
fn each<const N: usize>(samples: &[u8], pixels: &mut [Pixel], straight: impl Fn([u8; N]) -> [u8; 4]) {
    for (pixel, sample) in pixels.iter_mut().zip(samples.as_chunks::<N>().0) {
        *pixel = pack(straight(*sample));
    }
}

/// A 16-bit sample, as the machine keeps it, in 8 bits: `round(v * 255 / 65535)`.
#[inline]
fn narrow(bytes: [u8; 2]) -> u8 {
    // 65535 = 255 * 257, and 257 is odd, so that no value lies halfway.
    ((u32::from(u16::from_ne_bytes(bytes)) + 128) / 257) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bits_are_rounded_not_cut() {
        for value in 0..=u16::MAX {
            let exact = (f64::from(value) * 255.0 / 65535.0).round() as u8;
            assert_eq!(narrow(value.to_ne_bytes()), exact, "{value}");
        }
    }
}
