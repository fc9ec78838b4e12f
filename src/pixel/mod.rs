//! Pixel arithmetic: the few integer formulas that decide every byte of every picture.
//!
//! Everything is 8-bit integer arithmetic, so that every processor, thread count and back end makes the same
//! bytes. Pixels travel as one `u32`, red in the lowest byte and alpha in the highest ([`pack`]). [`Arithmetic`] says
//! whether they are premultiplied, as for opaque pictures, or straight, as for those with alpha. The tests check each formula
//! against exact rational arithmetic over its whole domain where that is small enough. [`Blend`] has the blend
//! modes; those that divide or take a root read [`blend_tables`], so that shaders can do exactly the same.

mod arithmetic;
mod average;
mod blend;
mod clip;
mod nonseparable;
#[cfg(test)]
mod reference;
mod separable;
mod straight;
mod tables;
#[cfg(test)]
mod tests_blend;
#[cfg(test)]
mod tests_straight;

pub use arithmetic::Arithmetic;
pub(crate) use arithmetic::{clear_invisible, premultiply_all};
pub(crate) use average::{Averages, BoxSums, average_rows};
pub use blend::{Blend, blend};
pub use straight::blend_straight;
pub use tables::blend_tables;

/// One pixel, `r | g << 8 | b << 16 | a << 24`.
pub type Pixel = u32;

/// Packs four channels into a [`Pixel`].
#[inline]
#[must_use]
pub const fn pack(rgba: [u8; 4]) -> Pixel {
    u32::from_le_bytes(rgba)
}

/// The four channels of a [`Pixel`]: red, green, blue, alpha.
#[inline]
#[must_use]
pub const fn unpack(pixel: Pixel) -> [u8; 4] {
    pixel.to_le_bytes()
}

/// `round(x * y / 255)` for all bytes, without a division.
///
/// With `t = x*y + 128`, `(t + (t >> 8)) >> 8` is exact for every product of two bytes; the formula is the one of
/// Jim Blinn's "Three Wrongs Make a Right" (IEEE CG&A, 1995) and of pixman.
#[inline]
#[must_use]
pub const fn mul8(x: u8, y: u8) -> u8 {
    let t = x as u32 * y as u32 + 128;
    ((t + (t >> 8)) >> 8) as u8
}

/// [`mul8`] of all four channels with `y`, two channels to a 32-bit word.
///
/// Each 16-bit half holds at most 255 * 255 + 128 + 254 = 65407, so no carry leaves it.
#[inline]
#[must_use]
pub const fn mul8x4(pixel: Pixel, y: u8) -> Pixel {
    const HALVES: u32 = 0x00ff_00ff;
    let even = (pixel & HALVES) * y as u32 + 0x0080_0080;
    let odd = ((pixel >> 8) & HALVES) * y as u32 + 0x0080_0080;
    let even = ((even + ((even >> 8) & HALVES)) >> 8) & HALVES;
    let odd = (odd + ((odd >> 8) & HALVES)) & !HALVES;
    even | odd
}

/// Straight alpha to premultiplied: each colour channel through [`mul8`] with alpha.
#[inline]
#[must_use]
pub const fn premultiply(straight: Pixel) -> Pixel {
    // Without a branch, so that it becomes vector instructions: the formula is right for alpha 0 and 255 too.
    (mul8x4(straight, (straight >> 24) as u8) & 0x00ff_ffff) | (straight & 0xff00_0000)
}

/// Premultiplied to straight alpha: `min(255, (c * 255 + a / 2) / a)`; a fully transparent
/// pixel becomes 0, 0, 0, 0.
#[inline]
#[must_use]
pub fn unpremultiply(pixel: Pixel) -> Pixel {
    let a = pixel >> 24;
    match a {
        255 => pixel,
        0 => 0,
        _ => {
            let channel = |shift: u32| {
                let c = (pixel >> shift) & 255;
                ((c * 255 + a / 2) / a).min(255) << shift
            };
            channel(0) | channel(8) | channel(16) | (a << 24)
        }
    }
}

/// Porter-Duff source-over of premultiplied pixels: `s + mul8(d, 255 - s.a)` in each channel.
///
/// No channel of a premultiplied pixel exceeds its alpha, so the sum stays below 256 and the packed addition never
/// carries from one channel to the next.
#[inline]
#[must_use]
pub const fn over(source: Pixel, destination: Pixel) -> Pixel {
    source.wrapping_add(mul8x4(destination, 255 - (source >> 24) as u8))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `round(numerator / denominator)`, halves up, in exact integers.
    fn round_div(numerator: u64, denominator: u64) -> u64 {
        (2 * numerator + denominator) / (2 * denominator)
    }

    #[test]
    fn mul8_is_the_rounded_product_for_all_pairs() {
        for x in 0..=255u8 {
            for y in 0..=255u8 {
                assert_eq!(u64::from(mul8(x, y)), round_div(u64::from(x) * u64::from(y), 255), "{x} * {y}");
                let packed = mul8x4(pack([x, 255 - x, x, 255]), y);
                assert_eq!(unpack(packed), [mul8(x, y), mul8(255 - x, y), mul8(x, y), y], "packed {x} * {y}");
            }
        }
    }

    #[test]
    fn premultiply_rounds_and_never_exceeds_alpha() {
        for a in 0..=255u8 {
            for c in 0..=255u8 {
                let [r, g, b, alpha] = unpack(premultiply(pack([c, 0, c, a])));
                assert_eq!(u64::from(r), round_div(u64::from(c) * u64::from(a), 255), "{c} at alpha {a}");
                assert_eq!((g, b, alpha), (0, r, a));
                assert!(r <= a);
            }
        }
    }

    #[test]
    fn unpremultiply_rounds_half_of_the_alpha_up_and_clamps() {
        for a in 1..=255u32 {
            for c in 0..=255u32 {
                let exact = (u64::from(c) * 255 + u64::from(a / 2)) / u64::from(a);
                let [r, ..] = unpack(unpremultiply(c | a << 24));
                assert_eq!(u64::from(r), exact.min(255), "{c} at alpha {a}");
                if c <= a && a % 2 == 1 {
                    // With an odd divisor no half exists, so this is plain rounding to nearest.
                    assert_eq!(u64::from(r), round_div(u64::from(c) * 255, u64::from(a)));
                }
            }
        }
        assert_eq!(unpremultiply(0x0012_3456), 0, "no colour survives at alpha 0");
    }

    #[test]
    fn premultiplied_pixels_survive_the_way_to_straight_ones_and_back() {
        for a in 0..=255u32 {
            for c in 0..=a {
                let pixel = c | (a - c) << 8 | a << 16 | a << 24;
                assert_eq!(premultiply(unpremultiply(pixel)), pixel, "{c} at alpha {a}");
            }
        }
        assert_eq!(premultiply(pack([200, 100, 50, 0])), 0);
    }

    #[test]
    fn over_equals_exact_rational_arithmetic() {
        // One channel decides: every source colour and alpha against every destination value.
        for sa in 0..=255u8 {
            for s in 0..=sa {
                for d in 0..=255u8 {
                    let [r, g, _, a] = unpack(over(pack([s, 0, 0, sa]), pack([d, d, 0, 255])));
                    let kept = round_div(u64::from(d) * u64::from(255 - sa), 255);
                    assert_eq!(u64::from(r), u64::from(s) + kept, "{s}/{sa} over {d}");
                    assert_eq!(u64::from(g), kept);
                    assert_eq!(a, 255, "over an opaque pixel stays opaque");
                }
            }
        }
    }

    #[test]
    fn the_laws_that_make_culling_legal_hold() {
        for d in [0, pack([1, 2, 3, 4]), pack([255; 4]), pack([0, 0, 0, 255])] {
            assert_eq!(over(0, d), d, "an empty source leaves the destination");
            assert_eq!(over(pack([9, 8, 7, 255]), d), pack([9, 8, 7, 255]), "a hiding source replaces it");
        }
        for s in [pack([3, 2, 1, 9]), pack([0, 0, 0, 1])] {
            assert_eq!(over(s, 0), s, "over nothing is the source");
        }
    }
}
