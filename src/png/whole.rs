//! A picture that shares nothing with the others: written whole, in the smallest colour type that holds it exactly.
//!
//! Its bytes depend on its pixels, its profile and the effort alone. No code of the collection is used, which was
//! trained for other pictures, and none of theirs learns from it.

use std::collections::BTreeSet;

use crate::geometry::Size;
use crate::pixel::Pixel;
use crate::png::color::Color;
use crate::png::file::Format;
use crate::png::join::encode;
use crate::png::lz77::Search;

/// The most entries of a palette.
const MAX_ENTRIES: usize = 256;

/// Writes straight pixels, fully transparent ones all zero, as a file; `pixels` and `raw` are room to work afterwards.
pub(crate) fn whole(
    size: Size,
    icc_profile: Option<Vec<u8>>,
    search: Search,
    pixels: &mut [Pixel],
    raw: &mut Vec<u8>,
) -> Result<Vec<u8>, png::EncodingError> {
    let color = smallest(pixels);
    color.to_samples(pixels);
    raw.clear();
    color.append_bytes(pixels, raw);
    let compression = match search {
        Search::Straight | Search::Near => png::Compression::Fast,
        Search::Far => png::Compression::Balanced,
        Search::Optimal => png::Compression::High,
    };
    encode(&Format { size, color, icc_profile }, raw, compression)
}

/// The smallest colour type that holds straight pixels.
fn smallest(pixels: &[Pixel]) -> Color {
    if let Some(entries) = entries(pixels) {
        return Color::Indexed(entries.try_into().expect("the opaque colours were counted"));
    }
    let opaque = pixels.iter().all(|pixel| pixel >> 24 == 255);
    if opaque { Color::Rgb } else { Color::Rgba }
}

/// The colours, the transparent one first, if a palette can hold them.
fn entries(pixels: &[Pixel]) -> Option<Vec<Pixel>> {
    let mut colours = BTreeSet::new();
    let mut last = None;
    for &pixel in pixels {
        // Neighbours are mostly equal.
        if last == Some(pixel) {
            continue;
        }
        last = Some(pixel);
        if !matches!(pixel >> 24, 0 | 255) {
            return None;
        }
        if colours.insert(pixel) && colours.len() > MAX_ENTRIES {
            return None;
        }
    }
    // The transparent one is 0, and so the first.
    Some(colours.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::{pack, unpack};

    /// The colour type of the file, and its pixels as another reader gives them.
    fn written(pixels: &[Pixel], search: Search) -> (png::ColorType, Vec<Pixel>, Vec<u8>) {
        let size = Size { width: pixels.len() as u32 / 4, height: 4 };
        let file = whole(size, None, search, &mut pixels.to_vec(), &mut vec![7; 3]).unwrap();
        let kind = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap().info().color_type;
        let back = image::load_from_memory(&file).unwrap().into_rgba8();
        assert_eq!(back.dimensions(), (size.width, size.height));
        (kind, back.pixels().map(|pixel| pack(pixel.0)).collect(), file)
    }

    #[test]
    fn each_picture_has_the_smallest_colour_type_that_holds_it() {
        let grey = |i: u32| pack([i as u8, i as u8, i as u8, 255]);
        let many = |i: u32| pack([i as u8, (i / 256) as u8, 9, 255]);
        let greys: Vec<Pixel> = (0..256).map(grey).collect();
        let with_hole: Vec<Pixel> = (0..256).map(|i| if i == 77 { 0 } else { grey(i) }).collect();
        let colours: Vec<Pixel> = (0..260).map(many).collect();
        let one_hole: Vec<Pixel> = (0..260).map(|i| if i == 3 { 0 } else { many(i) }).collect();
        let veil: Vec<Pixel> = (0..8).map(|i| pack([200, 100, 50, i * 30 + 1])).collect();
        for (pixels, kind) in [
            (greys, png::ColorType::Indexed),
            (with_hole, png::ColorType::Indexed),
            (vec![0; 8], png::ColorType::Indexed),
            (colours, png::ColorType::Rgb),
            (one_hole, png::ColorType::Rgba),
            (veil, png::ColorType::Rgba),
        ] {
            for search in [Search::Near, Search::Far, Search::Optimal] {
                let (found, back, _) = written(&pixels, search);
                assert_eq!(found, kind);
                assert!(back == pixels, "no pixel differs, {kind:?}: {:?}", unpack(pixels[0]));
            }
        }
    }

    #[test]
    fn effort_makes_files_smaller() {
        let noise = |i: u32| (i.wrapping_mul(0x9e37_79b9) >> 28) * 0x0003_0501;
        let pixels: Vec<Pixel> =
            (0..40_000).map(|i| 0xff00_0000 | (noise(i % 997) + noise(i % 91))).collect();
        let [fast, balanced, small] =
            [Search::Near, Search::Far, Search::Optimal].map(|search| written(&pixels, search).2.len());
        assert!(small <= balanced && balanced < fast, "{fast} {balanced} {small}");
    }

    #[test]
    fn a_profile_goes_into_the_file() {
        let size = Size { width: 1, height: 1 };
        let profile = vec![5; 200];
        let file =
            whole(size, Some(profile.clone()), Search::Near, &mut [pack([1, 2, 3, 255])], &mut Vec::new());
        let reader = png::Decoder::new(std::io::Cursor::new(file.unwrap())).read_info().unwrap();
        assert_eq!(reader.info().icc_profile.as_deref(), Some(&profile[..]));
    }
}
