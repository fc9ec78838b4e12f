//! Pictures brought onto the canvas: scaled or placed.
//!
//! All of it works on premultiplied pixels, so that the colour of a fully transparent pixel cannot bleed into its
//! neighbours.

use fast_image_resize::images::TypedImage;
use fast_image_resize::pixels::U8x4;
use fast_image_resize::{FilterType, ResizeAlg, ResizeOptions, Resizer};

use crate::geometry::Size;
use crate::pixel::Pixel;
use crate::project::ScaleFilter;

/// Puts a picture's upper left corner at `offset` on an empty canvas, cut off at its edges.
pub(crate) fn place(from: &[Pixel], size: Size, offset: [i64; 2], to: &mut Vec<Pixel>, canvas: Size) {
    to.clear();
    to.resize(canvas.pixels() as usize, 0);
    let columns = overlap(size.width, offset[0], canvas.width);
    if columns.is_empty() {
        return;
    }
    for y in overlap(size.height, offset[1], canvas.height) {
        let source = y * size.width as usize;
        let target = (y as i64 + offset[1]) as usize * canvas.width as usize;
        let left = (columns.start as i64 + offset[0]).max(0) as usize;
        to[target + left..target + left + columns.len()]
            .copy_from_slice(&from[source + columns.start..source + columns.end]);
    }
}

/// The part of `0..length` that lies on the canvas once it is moved by `offset`.
fn overlap(length: u32, offset: i64, canvas: u32) -> std::ops::Range<usize> {
    let start = (-offset).clamp(0, i64::from(length));
    let end = (i64::from(canvas) - offset).clamp(start, i64::from(length));
    start as usize..end as usize
}

/// Scales the picture of `size` in `pixels` to `target`, which is centred on the canvas; `other` is room to work.
pub(crate) fn scale(
    pixels: &mut Vec<Pixel>,
    other: &mut Vec<Pixel>,
    size: Size,
    target: Size,
    canvas: Size,
    filter: ScaleFilter,
) -> Result<(), String> {
    other.resize(target.pixels() as usize, 0);
    let algorithm = match filter {
        ScaleFilter::Nearest => ResizeAlg::Nearest,
        ScaleFilter::Lanczos3 => ResizeAlg::Convolution(FilterType::Lanczos3),
    };
    let (from, to) = (bytemuck::cast_slice_mut(pixels), bytemuck::cast_slice_mut(other));
    resize(from, size.into(), to, target.into(), algorithm, false)?;
    // Lanczos has negative lobes, after which a colour can exceed its alpha.
    for channels in bytemuck::cast_slice_mut::<Pixel, u8>(other).as_chunks_mut::<4>().0 {
        let [colour @ .., alpha] = channels;
        colour.iter_mut().for_each(|c| *c = (*c).min(*alpha));
    }
    if target == canvas {
        std::mem::swap(pixels, other);
        return Ok(());
    }
    let centred = |canvas: u32, side: u32| i64::from((canvas - side) / 2);
    let offset = [centred(canvas.width, target.width), centred(canvas.height, target.height)];
    place(other, target, offset, pixels, canvas);
    Ok(())
}

/// Scales four channels of bytes. With `straight`, alpha is multiplied in before and divided out behind.
///
/// The source is not changed. It is a mutable image like the one between the two passes, because the resizer is compiled
/// once for each type of source, and its variants were a fifth of the machine code of this library.
pub(crate) fn resize(
    from: &mut [u8],
    size: [u32; 2],
    to: &mut [u8],
    target: [u32; 2],
    algorithm: ResizeAlg,
    straight: bool,
) -> Result<(), String> {
    let image = |[width, height]: [u32; 2], pixels| {
        TypedImage::<U8x4>::from_buffer(width, height, pixels).map_err(|error| error.to_string())
    };
    let (from, mut to) = (image(size, from)?, image(target, to)?);
    let options = ResizeOptions::new().resize_alg(algorithm).use_alpha(straight);
    Resizer::new().resize_typed(&from, &mut to, &options).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::{pack, unpack};

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn placing_cuts_at_every_edge() {
        let from = [1, 2, 3, 4];
        for (offset, expected) in [
            ([0, 0], [1, 2, 0, 3, 4, 0]),
            ([1, 0], [0, 1, 2, 0, 3, 4]),
            ([2, 1], [0, 0, 0, 0, 0, 1]),
            ([-1, -1], [4, 0, 0, 0, 0, 0]),
            ([-2, 0], [0; 6]),
            ([3, 0], [0; 6]),
            ([i64::from(i32::MAX), 0], [0; 6]),
            ([0, i64::from(i32::MIN)], [0; 6]),
        ] {
            let mut to = vec![9; 50];
            place(&from, size(2, 2), offset, &mut to, size(3, 2));
            assert_eq!(to, expected, "{offset:?}");
        }
    }

    #[test]
    fn scaled_pictures_are_centred_and_stay_premultiplied() {
        let (red, half) = (pack([255, 0, 0, 255]), pack([0, 128, 0, 128]));
        let (mut pixels, mut other) = (vec![red, half], Vec::new());
        scale(&mut pixels, &mut other, size(2, 1), size(4, 2), size(4, 4), ScaleFilter::Nearest).unwrap();
        let row = [red, red, half, half];
        assert_eq!(pixels, [[0; 4], row, row, [0; 4]].concat());

        let mut pixels: Vec<Pixel> =
            (0..64).map(|i| if (i / 3) % 2 == 0 { red } else { pack([0, 9, 0, 9]) }).collect();
        scale(&mut pixels, &mut other, size(8, 8), size(29, 29), size(29, 31), ScaleFilter::Lanczos3)
            .unwrap();
        assert_eq!(pixels.len(), 29 * 31);
        assert!(pixels[..29].iter().all(|&p| p == 0), "one empty row above");
        assert!(pixels[29..58].iter().any(|&p| p != 0), "and then the picture");
        for pixel in pixels {
            let [r, g, b, a] = unpack(pixel);
            assert!(r.max(g).max(b) <= a, "{pixel:08x}");
        }
    }
}
