//! From a picture's file to a small picture.

use crate::art::scale;
use crate::finished::decode::decode;
use crate::geometry::Size;
use crate::pixel::{Pixel, pack, premultiply, unpack, unpremultiply};
use crate::project::ScaleFilter;

/// A small picture with its colours as files have them, four bytes a pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Thumb {
    pub(crate) size: Size,
    pub(crate) rgba: Vec<u8>,
}

/// The sides that a picture of `size` gets when neither may be longer than `side`: smaller in proportion, as it is, or,
/// where there is room for it, a whole number of times larger, which keeps pixel art sharp.
pub(crate) fn fitted(size: Size, side: u32) -> Size {
    let longest = size.width.max(size.height);
    if longest <= side {
        let times = side / longest;
        return Size { width: size.width * times, height: size.height * times };
    }
    let part = |length: u32| {
        let (length, side, longest) = (u64::from(length), u64::from(side), u64::from(longest));
        ((2 * length * side + longest) / (2 * longest)).max(1) as u32
    };
    Size { width: part(size.width), height: part(size.height) }
}

/// The pixels of a picture a whole number of times larger, as they are; `None` if `cell` is of another size than that.
fn enlarged(rgba: &[u8], size: Size, cell: Size) -> Option<Vec<u8>> {
    let times = cell.width / size.width;
    if times < 1 || (times * size.width, times * size.height) != (cell.width, cell.height) {
        return None;
    }
    let (width, times) = (size.width as usize, times as usize);
    let row = |line: &[[u8; 4]]| line.iter().flat_map(|&pixel| std::iter::repeat_n(pixel, times)).collect();
    let rows = rgba.as_chunks::<4>().0.chunks_exact(width).flat_map(|line| {
        let row: Vec<[u8; 4]> = row(line);
        std::iter::repeat_n(row, times)
    });
    Some(rows.flatten().flatten().collect())
}

impl Thumb {
    /// Decodes a picture's file and brings it into `cell`, in proportion and centred.
    pub(crate) fn of_file(file: &[u8], cell: Size) -> Result<Self, String> {
        let picture = decode(file)?;
        let size = Size { width: picture.width(), height: picture.height() };
        if size == cell {
            return Ok(Self { size, rgba: picture.into_raw() });
        }
        if let Some(rgba) = enlarged(picture.as_raw(), size, cell) {
            return Ok(Self { size: cell, rgba });
        }
        let mut pixels: Vec<Pixel> = picture.pixels().map(|pixel| premultiply(pack(pixel.0))).collect();
        drop(picture);
        let enlarges = size.width <= cell.width && size.height <= cell.height;
        let filter = if enlarges { ScaleFilter::Nearest } else { ScaleFilter::Lanczos3 };
        scale(&mut pixels, &mut Vec::new(), size, size.fitted(cell), cell, filter)?;
        Ok(Self {
            size: cell,
            rgba: pixels.into_iter().flat_map(|pixel| unpack(unpremultiply(pixel))).collect(),
        })
    }

    /// Copies it to a canvas of `width` pixels a row, its upper left corner at `at`.
    pub(crate) fn place(&self, canvas: &mut [u8], width: u32, [x, y]: [u32; 2]) {
        let row = self.size.width as usize * 4;
        for (line, from) in self.rgba.chunks_exact(row).enumerate() {
            let start = ((y as usize + line) * width as usize + x as usize) * 4;
            canvas[start..start + row].copy_from_slice(from);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn pictures_keep_their_proportions_and_grow_by_whole_numbers() {
        assert_eq!(fitted(size(200, 100), 50), size(50, 25));
        assert_eq!(fitted(size(24, 24), 100), size(96, 96));
        assert_eq!(fitted(size(3, 100), 100), size(3, 100));
        assert_eq!(fitted(size(16384, 1), 10), size(10, 1));
        assert_eq!(fitted(size(1000, 667), 100), size(100, 67));
    }

    #[test]
    fn pixels_that_are_enlarged_keep_their_colours_however_faint() {
        let picture = image::RgbaImage::from_fn(3, 2, |x, y| image::Rgba([200, 31, x as u8, 1 + y as u8]));
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let thumb = Thumb::of_file(png.get_ref(), size(9, 6)).unwrap();
        for (at, pixel) in thumb.rgba.as_chunks::<4>().0.iter().enumerate() {
            assert_eq!(pixel, &picture.get_pixel(at as u32 % 9 / 3, at as u32 / 9 / 3).0);
        }
    }

    #[test]
    fn what_is_transparent_bleeds_into_nothing() {
        // Invisible red beside opaque blue.
        let picture = image::RgbaImage::from_fn(64, 64, |x, _| {
            image::Rgba(if x < 32 { [255, 0, 0, 0] } else { [0, 0, 255, 255] })
        });
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let thumb = Thumb::of_file(png.get_ref(), size(7, 7)).unwrap();
        assert!(thumb.rgba.as_chunks::<4>().0.iter().all(|[r, g, _, _]| (*r, *g) == (0, 0)));
        assert_eq!((&thumb.rgba[..4], &thumb.rgba[24..28]), (&[0; 4][..], &[0, 0, 255, 255][..]));
    }
}
