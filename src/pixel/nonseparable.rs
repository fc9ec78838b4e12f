//! The non-separable blend modes: hue, saturation, color, luminosity.
//!
//! W3C, *Compositing and Blending Level 1*, section 10.2. As in [`super::separable`], everything is in units of
//! `1 / one` with `one = sa * da`: the source's colours times the destination's alpha and the other way round are
//! integers from 0 to `one`, and so are luminosities, saturations and results.
//!
//! `SetLum` of the specification moves a colour out of the cube and `ClipColor` pulls it back towards its
//! luminosity. Here both are one step: each channel's distance from the luminosity, which is never negative once the
//! side is known, is shrunk as needed and put at the new luminosity. So there are no negative numbers. The functions
//! are the same, name for name, in `shaders/blend.wgsl`.

use crate::pixel::tables::{ONE, ratio, times};

/// Red, green and blue in units of `1 / one`.
pub(super) type Rgb = [u32; 3];

/// The source's hue, with saturation and luminosity of the destination.
#[inline]
pub(super) fn hue(source: Rgb, destination: Rgb, one: u32) -> Rgb {
    set_lum(set_sat(source, sat(destination)), lum(destination), one)
}

/// The source's saturation, with hue and luminosity of the destination.
#[inline]
pub(super) fn saturation(source: Rgb, destination: Rgb, one: u32) -> Rgb {
    set_lum(set_sat(destination, sat(source)), lum(destination), one)
}

/// The source's hue and saturation, with the luminosity of the destination.
#[inline]
pub(super) fn color(source: Rgb, destination: Rgb, one: u32) -> Rgb {
    set_lum(source, lum(destination), one)
}

/// The source's luminosity, with hue and saturation of the destination.
#[inline]
pub(super) fn luminosity(source: Rgb, destination: Rgb, one: u32) -> Rgb {
    set_lum(destination, lum(source), one)
}

#[inline]
fn highest([r, g, b]: Rgb) -> u32 {
    r.max(g).max(b)
}

#[inline]
fn lowest([r, g, b]: Rgb) -> u32 {
    r.min(g).min(b)
}

/// `Lum(C)`: `0.3 r + 0.59 g + 0.11 b`; the weights add up to 65536, so it lies between the lowest channel and the
/// highest.
#[inline]
fn lum([r, g, b]: Rgb) -> u32 {
    (r * 19661 + g * 38666 + b * 7209 + (1 << 15)) >> 16
}

/// `Sat(C)`.
#[inline]
fn sat(c: Rgb) -> u32 {
    highest(c) - lowest(c)
}

/// `SetSat(C, s)`: the lowest channel at 0, the highest at `s`, the other in proportion; all 0 if they are equal.
#[inline]
fn set_sat(c: Rgb, s: u32) -> Rgb {
    let (low, range) = (lowest(c), sat(c));
    c.map(|x| times(ratio(x - low, range), s))
}

/// `SetLum(C, l)` with `ClipColor`.
///
/// The lowest and the highest channel are at most `one` apart, so at most one of them needs to be clipped.
#[inline]
fn set_lum(c: Rgb, l: u32, one: u32) -> Rgb {
    let from = lum(c);
    let (down, up) = (from - lowest(c), highest(c) - from);
    let keep = if down > l {
        ratio(l, down)
    } else if up > one - l {
        ratio(one - l, up)
    } else {
        ONE
    };
    c.map(|x| if x >= from { (l + times(keep, x - from)).min(one) } else { l - times(keep, from - x).min(l) })
}
