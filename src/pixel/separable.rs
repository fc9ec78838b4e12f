//! The separable blend modes: each channel by itself.
//!
//! W3C, *Compositing and Blending Level 1*, section 10.1, gives every mode as `B(Cb, Cs)` of the straight colours of
//! backdrop and source. The functions here give `sa * da * B` of premultiplied bytes instead, an integer from 0 to
//! `sa * da`: with `Cs = sc / sa` and `Cb = dc / da` the alphas cancel, so for most modes it is exact, and none
//! divides by an alpha that may be 0. [`super::blend`] adds what shows of either side alone and rounds once.
//!
//! All take the source's colour and alpha and the destination's colour and alpha, each colour at most its alpha, and
//! are the same, name for name, in `shaders/blend.wgsl`.

use crate::pixel::tables::{ONE, ratio, root, times};

/// `Cs * Cb`.
#[inline]
pub(super) const fn multiply(sc: u32, _sa: u32, dc: u32, _da: u32) -> u32 {
    sc * dc
}

/// `Cb + Cs - Cb * Cs`.
#[inline]
pub(super) const fn screen(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    sc * da + dc * sa - sc * dc
}

/// Hard light with the sides swapped.
#[inline]
pub(super) const fn overlay(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    hard_light(dc, da, sc, sa)
}

/// `min(Cb, Cs)`.
#[inline]
pub(super) fn darken(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    (sc * da).min(dc * sa)
}

/// `max(Cb, Cs)`.
#[inline]
pub(super) fn lighten(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    (sc * da).max(dc * sa)
}

/// `min(1, Cb / (1 - Cs))`; 0 where `Cb` is 0, else 1 where `Cs` is 1.
#[inline]
pub(super) fn color_dodge(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    let (above, below) = (dc * sa, da * (sa - sc));
    if dc == 0 {
        0
    } else if above >= below {
        sa * da
    } else {
        times(ratio(above, below), sa * da)
    }
}

/// `1 - min(1, (1 - Cb) / Cs)`; 1 where `Cb` is 1, else 0 where `Cs` is 0.
#[inline]
pub(super) fn color_burn(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    let (above, below) = ((da - dc) * sa, da * sc);
    if dc == da {
        sa * da
    } else if above >= below {
        0
    } else {
        sa * da - times(ratio(above, below), sa * da)
    }
}

/// Multiply with `2 Cs` where `Cs <= 1/2`, else screen with `2 Cs - 1`.
#[inline]
pub(super) const fn hard_light(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    if 2 * sc <= sa { 2 * sc * dc } else { sa * da - 2 * (da - dc) * (sa - sc) }
}

/// `Cb - (1 - 2 Cs) * Cb * (1 - Cb)` where `Cs <= 1/2`, else `Cb + (2 Cs - 1) * (D(Cb) - Cb)`, with
/// `D(x) = ((16 x - 12) x + 4) x` where `x <= 1/4`, else the root of `x`.
///
/// Of each product below, the last factor is at most a quarter of 255 or of [`ONE`].
#[inline]
pub(super) fn soft_light(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    let x = ratio(dc, da);
    if 2 * sc <= sa {
        let less = (sa - 2 * sc) * ((da - dc) * x);
        sa * dc - ((less + (1 << 15)) >> 16).min(sa * dc)
    } else {
        let lift = if 4 * dc <= da {
            // x * (3 - 12 x + 16 x^2), and the bracket is at most 3.
            times(x, 3 * ONE - 12 * x + ((x * x + (1 << 11)) >> 12))
        } else {
            root(x) - x
        };
        let more = (2 * sc - sa) * (da * lift);
        (sa * dc + ((more + (1 << 15)) >> 16)).min(sa * da)
    }
}

/// `|Cb - Cs|`.
#[inline]
pub(super) const fn difference(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    (sc * da).abs_diff(dc * sa)
}

/// `Cb + Cs - 2 * Cb * Cs`.
#[inline]
pub(super) const fn exclusion(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    sc * da + dc * sa - 2 * sc * dc
}
