//! Pictures turned upright, as their metadata (EXIF) says.

use image::metadata::Orientation;

use crate::geometry::Size;
use crate::pixel::Pixel;

/// Turns a picture of `size`; false (and nothing is written) if it is upright already.
pub(super) fn orient(orientation: Orientation, size: Size, from: &[Pixel], to: &mut Vec<Pixel>) -> bool {
    let (width, height) = (size.width as usize, size.height as usize);
    let (right, bottom) = (width - 1, height - 1);
    match orientation {
        Orientation::NoTransforms => return false,
        Orientation::FlipHorizontal => gather(from, to, width, width, |x, y| (right - x, y)),
        Orientation::FlipVertical => gather(from, to, width, width, |x, y| (x, bottom - y)),
        Orientation::Rotate180 => gather(from, to, width, width, |x, y| (right - x, bottom - y)),
        Orientation::Rotate90 => gather(from, to, width, height, |x, y| (y, bottom - x)),
        Orientation::Rotate270 => gather(from, to, width, height, |x, y| (right - y, x)),
        Orientation::Rotate90FlipH => gather(from, to, width, height, |x, y| (y, x)),
        Orientation::Rotate270FlipH => gather(from, to, width, height, |x, y| (right - y, bottom - x)),
    }
    true
}

/// Fills `to`, `to_width` pixels wide, from the places of `from` that `source` names.
fn gather(
    from: &[Pixel],
    to: &mut Vec<Pixel>,
    width: usize,
    to_width: usize,
    source: impl Fn(usize, usize) -> (usize, usize),
) {
    to.resize(from.len(), 0);
    for (y, row) in to.chunks_exact_mut(to_width).enumerate() {
        for (x, pixel) in row.iter_mut().enumerate() {
            let (from_x, from_y) = source(x, y);
            *pixel = from[from_y * width + from_x];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::{pack, unpack};

    #[test]
    fn orientations_equal_those_of_the_image_crate() {
        let pixels: Vec<Pixel> = (1..=6).map(|i| pack([i, 0, 0, 255])).collect();
        for exif in 1..=8 {
            let orientation = Orientation::from_exif(exif).unwrap();
            let bytes = pixels.iter().flat_map(|&p| unpack(p)).collect();
            let mut expected =
                image::DynamicImage::ImageRgba8(image::RgbaImage::from_raw(3, 2, bytes).unwrap());
            expected.apply_orientation(orientation);
            let mut turned = Vec::new();
            let did = orient(orientation, Size { width: 3, height: 2 }, &pixels, &mut turned);
            assert_eq!(did, exif != 1);
            let turned = if did { turned } else { pixels.clone() };
            let bytes: Vec<u8> = turned.iter().flat_map(|&p| unpack(p)).collect();
            assert_eq!(bytes, expected.into_rgba8().into_raw(), "orientation {exif}");
        }
    }
}
