//! Compositing of straight pixels, for pictures with translucent places: the colours of faint pixels are kept.
//!
//! A premultiplied byte at alpha 5 has six values to distinguish colours. Straight pixels have all of them at every alpha,
//! and what one trait alone shows is what was drawn. An invisible pixel is 0. With `D = 255 * (sa + da) - sa * da`:
//!
//! ```text
//! sa = 0                 the destination                         da = 0    the source, in every mode
//! normal over da = 255   as for premultiplied pixels
//! normal                 c = (255*sa*cs + (255-sa)*da*cd) / D                     alpha = D / 255
//! plus-lighter           c = min(sa*cs + da*cd, 65025) / alpha                    alpha = min(sa + da, 255)
//! all others             c = (255*sa*(255-da)*cs + 255*(255-sa)*da*cd + sa*da*Q) / (255*D)      alpha = D / 255
//! ```
//!
//! `Q = 65025 * B` is what the functions of the premultiplied modes give for opaque colours. Each is the specification's
//! sum over its exact denominator, rounded once, so a result moves by no more than one level where a destination becomes
//! opaque. Only normal layers over opaque pixels keep the packed formula, which rounds twice and is the fastest.
//!
//! Laws, for all pixels without a colour at alpha 0: an empty source leaves the destination, over nothing the source comes
//! out, over an opaque pixel the result is opaque. A channel can exceed its alpha, so pixels are never added packed.
//!
//! The largest sum is 4,236,541,312. Quotients are exact, so that `shaders/straight.wgsl`, which forms them from a table,
//! gives the same pixels.

use std::sync::LazyLock;

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, f32x8, i32x8, u32x8};

use crate::pixel::blend::{Blend, div255, row, with_mode};
use crate::pixel::nonseparable::Rgb;
use crate::pixel::{Pixel, over, premultiply};

/// One, in the unit of a product of two opaque colours.
const OPAQUE: u32 = 255 * 255;

/// `s` blended over `d`, both straight, and 0 where alpha is 0.
///
/// # Examples
///
/// ```
/// use traitpress::pixel::{Blend, blend_straight, pack};
///
/// let shadow = pack([90, 60, 30, 4]);
/// assert_eq!(blend_straight(Blend::Multiply, shadow, 0), shadow);
/// assert_eq!(blend_straight(Blend::Normal, shadow, shadow), pack([90, 60, 30, 8]));
/// ```
#[must_use]
pub fn blend_straight(mode: Blend, s: Pixel, d: Pixel) -> Pixel {
    with_mode!(mode, [normal, each_channel, all_channels, plus_lighter], f => f(s, d))
}

/// `destination = source blended over destination`, pixel by pixel.
pub(super) fn blend_row(mode: Blend, destination: &mut [Pixel], source: &[Pixel]) {
    if mode == Blend::Normal {
        return normal_row(destination, source);
    }
    with_mode!(mode, [normal, each_channel, all_channels, plus_lighter], f => row(destination, source, f));
}

/// One pixel blended over each of `destination`.
pub(super) fn blend_fill(mode: Blend, destination: &mut [Pixel], source: Pixel) {
    if mode == Blend::Normal {
        let faded = premultiply(source);
        for d in destination {
            *d = if *d >> 24 == 255 { over(faded, *d) } else { normal(source, *d) };
        }
        return;
    }
    with_mode!(
        mode,
        [normal, each_channel, all_channels, plus_lighter],
        f => destination.iter_mut().for_each(|d| *d = f(source, *d))
    );
}

/// The vector instructions that there are; finding them out for each row of a tile would take longer than blending some rows.
static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

/// Normal, eight pixels at a time.
fn normal_row(destination: &mut [Pixel], source: &[Pixel]) {
    dispatch!(*LEVEL, simd => normal_row_with(simd, destination, source));
}

/// Empty and opaque blocks are skipped or copied.
#[inline(always)]
fn normal_row_with<S: Simd>(simd: S, destination: &mut [Pixel], source: &[Pixel]) {
    let (d_blocks, d_rest) = destination.as_chunks_mut::<8>();
    let (s_blocks, s_rest) = source.as_chunks::<8>();
    for (d, s) in d_blocks.iter_mut().zip(s_blocks) {
        if *s == [0; 8] {
            continue;
        }
        if *d == [0; 8] || are_opaque(s) {
            *d = *s;
        } else {
            normal_block(simd, d, s);
        }
    }
    for (d, &s) in d_rest.iter_mut().zip(s_rest) {
        *d = normal(s, *d);
    }
}

/// [`normal`] of eight pixels without a branch for each: the general quotient gives the source where one of both is empty or
/// the source is opaque, so only opaque destinations need another formula, the packed one.
///
/// All is calculated in single floats. Products and sums are whole numbers below 2^24, so they are exact. A quotient below a
/// whole number `k <= 255` is below it by at least 1/65025, more than half of the distance between floats there (2^-17), so none
/// is rounded up to `k`. Eight pixels take three divisions in place of 24 of integers, which no vector unit has.
#[inline(always)]
fn normal_block<S: Simd>(simd: S, destination: &mut [Pixel; 8], source: &[Pixel; 8]) {
    let (s, d) = (u32x8::from_slice(simd, &source[..]), u32x8::from_slice(simd, &destination[..]));
    let (sa, da) = (s >> 24, d >> 24);
    let (opaque, under) = (da.simd_eq(255), u32x8::splat(simd, 255) - sa);
    if opaque.all_true() {
        return covering(s, d, sa, under).store_slice(&mut destination[..]);
    }
    let (above, below) = (sa * 255, under * da);
    let sum = above + below;
    // Where both are empty the quotients are those of 0.
    let weights = [float(above), float(below), float(sum >> 1), float(sum.max(1))];
    let colours =
        channel::<S, 0>(weights, s, d) | channel::<S, 8>(weights, s, d) | channel::<S, 16>(weights, s, d);
    let rounded = sum + 128;
    let mut blended = colours | (((rounded + (rounded >> 8)) >> 8) << 24);
    if opaque.any_true() {
        blended = opaque.select(covering(s, d, sa, under), blended);
    }
    blended.store_slice(&mut destination[..]);
}

/// `over(premultiply(s), d)` of eight pixels, with the alphas of `s` and what they leave.
#[inline(always)]
fn covering<S: Simd>(s: u32x8<S>, d: u32x8<S>, sa: u32x8<S>, under: u32x8<S>) -> u32x8<S> {
    ((times(s, sa) & 0x00ff_ffff) | (s & 0xff00_0000)) + times(d, under)
}

/// [`mul8x4`](crate::pixel::mul8x4) of eight pixels.
#[inline(always)]
fn times<S: Simd>(pixels: u32x8<S>, by: u32x8<S>) -> u32x8<S> {
    let even = (pixels & 0x00ff_00ff) * by + 0x0080_0080;
    let odd = ((pixels >> 8) & 0x00ff_00ff) * by + 0x0080_0080;
    (((even + ((even >> 8) & 0x00ff_00ff)) >> 8) & 0x00ff_00ff)
        | ((odd + ((odd >> 8) & 0x00ff_00ff)) & 0xff00_ff00)
}

/// One channel of eight pixels: the weights of the source and of the destination, half of their sum, and the sum. No closure
/// here: one that is not inlined would not have the vector instructions, and took ten times as long.
#[inline(always)]
fn channel<S: Simd, const SHIFT: u32>(weights: [f32x8<S>; 4], s: u32x8<S>, d: u32x8<S>) -> u32x8<S> {
    let [above, below, half, sum] = weights;
    let sums = above * float((s >> SHIFT) & 255) + below * float((d >> SHIFT) & 255) + half;
    (sums / sum).to_int::<i32x8<S>>().bitcast::<u32x8<S>>() << SHIFT
}

/// Numbers below 2^31 as floats.
#[inline(always)]
fn float<S: Simd>(numbers: u32x8<S>) -> f32x8<S> {
    numbers.bitcast::<i32x8<S>>().to_float()
}

/// Whether eight pixels are opaque.
#[inline(always)]
fn are_opaque(pixels: &[Pixel; 8]) -> bool {
    pixels.iter().fold(u32::MAX, |all, &p| all & p) >> 24 == 255
}

/// Source-over.
#[inline]
fn normal(s: Pixel, d: Pixel) -> Pixel {
    match (s >> 24, d >> 24) {
        (0, _) => d,
        (255, _) | (_, 0) => s,
        (_, 255) => over(premultiply(s), d),
        (sa, da) => {
            let (above, below) = (255 * sa, (255 - sa) * da);
            let sum = above + below;
            let channel = |shift: u32| {
                let (cs, cd) = ((s >> shift) & 255, (d >> shift) & 255);
                ((above * cs + below * cd + sum / 2) / sum) << shift
            };
            channel(0) | channel(8) | channel(16) | (div255(sum) << 24)
        }
    }
}

/// Blends each channel by itself; `mixed` gives the product of alphas, here those of opaque pixels, and `B`.
#[inline]
fn each_channel(s: Pixel, d: Pixel, mixed: impl Fn(u32, u32, u32, u32) -> u32) -> Pixel {
    compose(s, d, || [0, 8, 16].map(|shift| mixed((s >> shift) & 255, 255, (d >> shift) & 255, 255)))
}

/// Blends the three channels together; `mixed` gives the same of them, from both colours in that unit.
#[inline]
fn all_channels(s: Pixel, d: Pixel, mixed: impl Fn(Rgb, Rgb, u32) -> Rgb) -> Pixel {
    let colours = |pixel: Pixel| [0, 8, 16].map(|shift| ((pixel >> shift) & 255) * 255);
    compose(s, d, || mixed(colours(s), colours(d), OPAQUE))
}

/// What shows of the source alone, of the destination alone, and of both, as `mixed` gives it, over the alpha of them all.
#[inline]
fn compose(s: Pixel, d: Pixel, mixed: impl Fn() -> Rgb) -> Pixel {
    let (sa, da) = (s >> 24, d >> 24);
    if sa == 0 {
        return d;
    }
    if da == 0 {
        return s;
    }
    let [r, g, b] = mixed();
    let channels = |shift: u32| ((s >> shift) & 255, (d >> shift) & 255);
    if da == 255 {
        // The same quotient with 255 taken out of both sides, by a divisor that the compiler sees.
        let channel = |shift: u32, both: u32| {
            let (_, cd) = channels(shift);
            ((255 * (255 - sa) * cd + sa * both + OPAQUE / 2) / OPAQUE) << shift
        };
        return channel(0, r) | channel(8, g) | channel(16, b) | (255 << 24);
    }
    let (above, below) = (255 * sa * (255 - da), 255 * (255 - sa) * da);
    let sum = 255 * (sa + da) - sa * da;
    let channel = |shift: u32, both: u32| {
        let (cs, cd) = channels(shift);
        ((above * cs + below * cd + sa * da * both + 255 * sum / 2) / (255 * sum)) << shift
    };
    channel(0, r) | channel(8, g) | channel(16, b) | (div255(sum) << 24)
}

/// The sum of what both show, at most 255.
#[inline]
fn plus_lighter(s: Pixel, d: Pixel) -> Pixel {
    let (sa, da) = (s >> 24, d >> 24);
    if sa == 0 {
        return d;
    }
    if da == 0 {
        return s;
    }
    let alpha = (sa + da).min(255);
    let channel = |shift: u32| {
        let sum = sa * ((s >> shift) & 255) + da * ((d >> shift) & 255);
        ((sum.min(OPAQUE) + alpha / 2) / alpha) << shift
    };
    channel(0) | channel(8) | channel(16) | (alpha << 24)
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;
    use crate::pixel::pack;

    /// The quotient of [`normal_block`] for whole numbers.
    fn quotient(n: u32, d: u32) -> u32 {
        (n as f32 / d as f32) as u32
    }

    #[test]
    fn float_quotients_are_exact_at_both_ends_of_every_value() {
        // Between the ends of a value floats are monotone.
        (1..=255 * 255u32).into_par_iter().for_each(|d| {
            for q in 1..=255 {
                assert_eq!((quotient(q * d - 1, d), quotient(q * d, d)), (q - 1, q), "{d}");
            }
            assert_eq!(quotient(255 * d + d / 2, d), 255, "{d}");
        });
    }

    #[test]
    fn rows_are_what_single_pixels_are_at_all_pairs_of_alphas() {
        let colour = |x: u32, alpha: u32| {
            let [r, g, b, _] = x.wrapping_mul(0x9e37_79b9).to_le_bytes();
            if alpha == 0 { 0 } else { pack([r, g, b, alpha as u8]) }
        };
        for sa in 0..=255 {
            // Beside each other and all alike: the ways of blocks that are opaque, empty, over opaque ones, or none of these.
            for in_row in [1, 8] {
                let source: Vec<Pixel> = (0..2051).map(|x| colour(x, (sa + x / in_row * 31) % 256)).collect();
                let below: Vec<Pixel> = (0..2051).map(|x| colour(!x, x / 8 % 256)).collect();
                let mut row = below.clone();
                blend_row(Blend::Normal, &mut row, &source);
                for ((&got, &s), &d) in row.iter().zip(&source).zip(&below) {
                    assert_eq!(got, blend_straight(Blend::Normal, s, d), "{s:08x} over {d:08x}");
                }
            }
        }
    }
}
