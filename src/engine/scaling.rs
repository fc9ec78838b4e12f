//! From finished pictures at the art's size to pictures of another size.
//!
//! Scaling traits one by one draws lines where they touch, so items are composited at the art's size and the result is
//! scaled. It works on stored values, colours multiplied by alpha, without regard to gamma. Upwards by a whole factor each
//! pixel becomes a block, downwards by a whole factor each block one pixel, its average; all else is resampled, by Lanczos,
//! or bilinearly where the project's `scale_filter` is `nearest`, for Lanczos rings at hard edges.

use fast_image_resize::{FilterType, ResizeAlg};

use crate::art::resize;
use crate::geometry::Size;
use crate::pixel::{Arithmetic, Pixel, average_rows, premultiply_all, unpremultiply};
use crate::project::ScaleFilter;

/// How finished pictures get their size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scaling {
    /// They have it.
    Full,
    /// Boxes of so many pixels a side become one.
    Average(u32),
    /// Each pixel becomes a box of so many a side.
    Repeat(u32),
    Bilinear,
    Lanczos3,
}

impl Scaling {
    /// How pictures of `from` become pictures whose longer side is `side`, and of which size these are.
    pub(crate) fn to_side(from: Size, side: u32, filter: ScaleFilter) -> (Self, Size) {
        let to = from.fitted(Size { width: side, height: side });
        let longer = from.longer_side();
        let (down, up) = (longer / side, side / longer);
        let is = |to: Size, factor: u32, from: Size| {
            (to.width * factor, to.height * factor) == (from.width, from.height)
        };
        let scaling = match filter {
            _ if to == from => Self::Full,
            _ if down > 1 && is(to, down, from) => Self::Average(down),
            _ if up > 1 && is(from, up, to) => Self::Repeat(up),
            ScaleFilter::Nearest => Self::Bilinear,
            ScaleFilter::Lanczos3 => Self::Lanczos3,
        };
        (scaling, to)
    }

    /// Whether a scaled picture has no colour that the picture does not have.
    pub(crate) fn keeps_colours(self) -> bool {
        matches!(self, Self::Full | Self::Repeat(_))
    }

    /// Scales pixels of an arithmetic from the first size to the second, which become straight where colours are mixed; `room`
    /// is room to work.
    pub(crate) fn apply(
        self,
        arithmetic: Arithmetic,
        pixels: &mut Vec<Pixel>,
        room: &mut Vec<Pixel>,
        (from, to): (Size, Size),
    ) {
        let width = from.width as usize;
        match self {
            Self::Full => return,
            Self::Average(factor) => average(arithmetic, pixels, room, width, factor as usize),
            Self::Repeat(factor) => repeat(pixels, room, width, factor as usize),
            Self::Bilinear => resample(arithmetic, pixels, room, (from, to), FilterType::Bilinear),
            Self::Lanczos3 => resample(arithmetic, pixels, room, (from, to), FilterType::Lanczos3),
        }
        std::mem::swap(pixels, room);
    }
}

/// Resamples pixels of an arithmetic from the first size to the second, to straight ones. The source is changed.
fn resample(
    arithmetic: Arithmetic,
    pixels: &mut [Pixel],
    out: &mut Vec<Pixel>,
    (from, to): (Size, Size),
    filter: FilterType,
) {
    if arithmetic == Arithmetic::Straight {
        premultiply_all(pixels);
    }
    out.clear();
    out.resize(to.pixels() as usize, 0);
    let (source, target) = (bytemuck::cast_slice_mut(pixels), bytemuck::cast_slice_mut(out));
    let done = resize(source, from.into(), target, to.into(), ResizeAlg::Convolution(filter), false);
    done.expect("both buffers have their size");
    // Lanczos has negative lobes, after which a colour can exceed its alpha.
    for channels in bytemuck::cast_slice_mut::<Pixel, u8>(out).as_chunks_mut::<4>().0 {
        let [colour @ .., alpha] = channels;
        colour.iter_mut().for_each(|c| *c = (*c).min(*alpha));
    }
    out.iter_mut().for_each(|pixel| *pixel = unpremultiply(*pixel));
}

/// The averages of boxes of `factor` pixels a side, which rows of `width` pixels have a whole number of.
pub(crate) fn average(
    arithmetic: Arithmetic,
    pixels: &[Pixel],
    out: &mut Vec<Pixel>,
    width: usize,
    factor: usize,
) {
    out.clear();
    out.resize(pixels.len() / (factor * factor), 0);
    let rows = pixels.chunks_exact(width * factor).zip(out.chunks_exact_mut(width / factor));
    rows.for_each(|(rows, out)| average_rows(arithmetic, factor, rows, out));
}

/// Each pixel as a box of `factor` pixels a side.
fn repeat(pixels: &[Pixel], out: &mut Vec<Pixel>, width: usize, factor: usize) {
    out.clear();
    out.reserve(pixels.len() * factor * factor);
    for row in pixels.chunks_exact(width) {
        let start = out.len();
        row.iter().for_each(|&pixel| out.extend(std::iter::repeat_n(pixel, factor)));
        let end = out.len();
        (1..factor).for_each(|_| out.extend_from_within(start..end));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::{pack, unpack};

    const fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn the_way_follows_from_both_sizes_and_the_filter() {
        use ScaleFilter::{Lanczos3, Nearest};
        for (from, side, filter, scaling, to) in [
            (size(2048, 2048), 2048, Lanczos3, Scaling::Full, size(2048, 2048)),
            (size(2048, 1024), 512, Nearest, Scaling::Average(4), size(512, 256)),
            (size(1000, 601), 500, Lanczos3, Scaling::Lanczos3, size(500, 301)),
            (size(1000, 600), 500, Lanczos3, Scaling::Average(2), size(500, 300)),
            (size(9, 27), 9, Lanczos3, Scaling::Average(3), size(3, 9)),
            (size(24, 10), 48, Lanczos3, Scaling::Repeat(2), size(48, 20)),
            (size(24, 24), 1024, Nearest, Scaling::Bilinear, size(1024, 1024)),
            (size(24, 24), 36, Lanczos3, Scaling::Lanczos3, size(36, 36)),
            (size(16384, 1), 1, Lanczos3, Scaling::Lanczos3, size(1, 1)),
            (size(16384, 16384), 1, Lanczos3, Scaling::Average(16384), size(1, 1)),
        ] {
            assert_eq!(Scaling::to_side(from, side, filter), (scaling, to), "{from} to {side}");
        }
    }

    #[test]
    fn blocks_and_averages_undo_each_other() {
        let pixels: Vec<Pixel> =
            (0..12).map(|i| pack([i as u8 * 20, 9, 255 - i as u8, 255 - 20 * i as u8])).collect();
        for arithmetic in Arithmetic::ALL {
            let pixels: Vec<Pixel> = match arithmetic {
                Arithmetic::Premultiplied => pixels.iter().map(|pixel| pixel | 0xff00_0000).collect(),
                Arithmetic::Straight => pixels.clone(),
            };
            let (mut scaled, mut room) = (pixels.clone(), vec![7; 5]);
            let sizes = (size(4, 3), size(20, 15));
            Scaling::Repeat(5).apply(arithmetic, &mut scaled, &mut room, sizes);
            assert_eq!(scaled.len(), 300);
            assert_eq!(
                (scaled[4], scaled[5], scaled[20], scaled[105]),
                (pixels[0], pixels[1], pixels[0], pixels[5])
            );
            Scaling::Average(5).apply(arithmetic, &mut scaled, &mut room, (sizes.1, sizes.0));
            assert_eq!(scaled, pixels);
        }
    }

    #[test]
    fn resampled_pixels_bleed_no_colour_and_keep_within_their_alpha() {
        let pixels: Vec<Pixel> =
            (0..64).map(|i| if i % 8 < 4 { pack([255, 0, 0, 255]) } else { 0 }).collect();
        for scaling in [Scaling::Bilinear, Scaling::Lanczos3] {
            let (mut scaled, mut room) = (pixels.clone(), Vec::new());
            let sizes = (size(8, 8), size(13, 13));
            scaling.apply(Arithmetic::Straight, &mut scaled, &mut room, sizes);
            assert_eq!(scaled.len(), 169);
            for [r, g, b, a] in scaled.into_iter().map(unpack) {
                assert!((r, g, b) == (255, 0, 0) || a == 0, "{r} {g} {b} {a}");
            }
        }
    }
}
