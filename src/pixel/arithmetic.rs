//! The two arithmetics, and how decoded pixels become what each of them composites.
//!
//! Art is decoded to straight pixels, for only when all of it is decoded it is clear whether its pictures store alpha.
//! Whole rows are converted at a time. Most runs of a trait are all opaque or all transparent, which a vector instruction sees
//! at once; these are left alone where nothing changes, for a canvas is larger than any cache and what is not written need not
//! go back to memory.

use crate::pixel::{Blend, Pixel, blend, mul8, mul8x4, premultiply, straight, unpremultiply};

/// Pixels that are looked at together.
const RUN: usize = 64;
const ALPHA: Pixel = 0xff00_0000;

/// What composited pixels are: it follows from how pictures are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// Colours are multiplied by alpha: for pictures that are opaque everywhere, and for those with a palette.
    #[default]
    Premultiplied,
    /// Colours are as files have them: for pictures that store alpha. An invisible pixel is 0.
    Straight,
}

impl Arithmetic {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Premultiplied, Self::Straight];

    /// `s` blended over `d`, both in this arithmetic.
    #[must_use]
    pub fn blend(self, mode: Blend, s: Pixel, d: Pixel) -> Pixel {
        match self {
            Self::Premultiplied => blend(mode, s, d),
            Self::Straight => straight::blend_straight(mode, s, d),
        }
    }

    /// `destination = source blended over destination`, pixel by pixel.
    pub(crate) fn blend_row(self, mode: Blend, destination: &mut [Pixel], source: &[Pixel]) {
        match self {
            Self::Premultiplied => blend::blend_row(mode, destination, source),
            Self::Straight => straight::blend_row(mode, destination, source),
        }
    }

    /// One pixel blended over each of `destination`.
    pub(crate) fn blend_fill(self, mode: Blend, destination: &mut [Pixel], source: Pixel) {
        match self {
            Self::Premultiplied => blend::blend_fill(mode, destination, source),
            Self::Straight => straight::blend_fill(mode, destination, source),
        }
    }

    /// Turns straight pixels, invisible ones 0, into this arithmetic's, at a layer's opacity.
    pub(crate) fn convert(self, pixels: &mut [Pixel], opacity: u8) {
        match self {
            Self::Premultiplied => {
                premultiply_all(pixels);
                if opacity < 255 {
                    pixels.iter_mut().for_each(|pixel| *pixel = mul8x4(*pixel, opacity));
                }
            }
            Self::Straight => {
                if opacity < 255 {
                    pixels.iter_mut().for_each(|pixel| *pixel = faded(*pixel, opacity));
                }
            }
        }
    }

    /// A pixel of this arithmetic as files store it.
    pub(crate) fn to_straight(self, pixel: Pixel) -> Pixel {
        match self {
            Self::Premultiplied => unpremultiply(pixel),
            Self::Straight => pixel,
        }
    }
}

/// A straight pixel at a layer's opacity; one that is not seen any more is 0.
#[inline]
pub(super) const fn faded(pixel: Pixel, opacity: u8) -> Pixel {
    let alpha = mul8((pixel >> 24) as u8, opacity) as u32;
    if alpha == 0 { 0 } else { (pixel & !ALPHA) | (alpha << 24) }
}

/// [`premultiply`] of all pixels.
pub(crate) fn premultiply_all(pixels: &mut [Pixel]) {
    for run in pixels.chunks_mut(RUN) {
        let (all, any) = run.iter().fold((ALPHA, 0), |(all, any), &pixel| (all & pixel, any | pixel));
        if any & ALPHA == 0 {
            if any != 0 {
                run.fill(0);
            }
        } else if all & ALPHA != ALPHA {
            run.iter_mut().for_each(|pixel| *pixel = premultiply(*pixel));
        }
    }
}

/// Makes every pixel of alpha 0 one without a colour.
pub(crate) fn clear_invisible(pixels: &mut [Pixel]) {
    let seen = |pixel: Pixel| if pixel & ALPHA == 0 { 0 } else { pixel };
    for run in pixels.chunks_mut(RUN) {
        if run.iter().fold(0, |ghosts, &pixel| ghosts | (pixel ^ seen(pixel))) != 0 {
            run.iter_mut().for_each(|pixel| *pixel = seen(*pixel));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::{pack, unpack};

    /// Runs of one alpha and runs of many, with colours everywhere.
    fn pixels() -> Vec<Pixel> {
        let alpha = |i: u32| match i / 100 {
            0..=2 => 255,
            3..=5 => 0,
            _ => i % 256,
        };
        (0..1000).map(|i: u32| i.wrapping_mul(0x0101_0307) & !ALPHA | alpha(i) << 24).collect()
    }

    #[test]
    fn runs_are_converted_like_single_pixels() {
        let mut cleared = pixels();
        clear_invisible(&mut cleared);
        for (&pixel, straight) in cleared.iter().zip(pixels()) {
            assert_eq!(pixel, if straight >> 24 == 0 { 0 } else { straight });
        }
        for opacity in [0, 1, 2, 128, 254, 255] {
            let mut premultiplied = pixels();
            Arithmetic::Premultiplied.convert(&mut premultiplied, opacity);
            let mut straight = cleared.clone();
            Arithmetic::Straight.convert(&mut straight, opacity);
            for ((&one, &other), &pixel) in premultiplied.iter().zip(&straight).zip(&cleared) {
                let [r, g, b, a] = unpack(pixel);
                let alpha = mul8(a, opacity);
                assert_eq!(one, mul8x4(premultiply(pixel), opacity), "{pixel:08x} at {opacity}");
                assert_eq!(
                    other,
                    if alpha == 0 { 0 } else { pack([r, g, b, alpha]) },
                    "{pixel:08x} at {opacity}"
                );
                assert_eq!(one >> 24, other >> 24, "coverage does not depend on the arithmetic");
            }
        }
    }
}
