//! Blend modes: how a layer's pixel and what is below it become one, on premultiplied pixels.
//!
//! The set is that of W3C, *Compositing and Blending Level 1*, and `plus-lighter`. For all but that one and `normal`
//! the specification mixes first and composites then (section 5.8); on premultiplied channels that is
//!
//! ```text
//! co = sc * (1 - da) + dc * (1 - sa) + sa * da * B(Cb, Cs)        ao = sa + da - sa * da
//! ```
//!
//! In bytes, with `Q = sa * da * B` as an integer from 0 to `sa * da`, both are one sum of products over 255, rounded
//! once. From that follow, for all premultiplied pixels and every mode, the laws by which layers may be left out,
//! copied and packed:
//!
//! - an empty source (`s = 0`) leaves the destination: the sum is `255 * dc`;
//! - over nothing (`d = 0`) the result is the source: the sum is `255 * sc`;
//! - over an opaque pixel the result is opaque;
//! - no channel exceeds its alpha: it holds of the sums, and rounding is monotone.
//!
//! A channel that exceeds its alpha is no premultiplied colour, and what comes of it is not defined.

use crate::pixel::nonseparable::Rgb;
use crate::pixel::{Pixel, over};

/// A blend mode, with the names that CSS gives them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Blend {
    /// Source-over: what is above hides what is below as far as it is opaque.
    #[default]
    Normal,
    /// The product of both: never lighter than either.
    Multiply,
    /// The complement of the product of the complements: never darker than either.
    Screen,
    /// Multiply where the destination is dark, screen where it is light.
    Overlay,
    /// The darker of both in each channel.
    Darken,
    /// The lighter of both in each channel.
    Lighten,
    /// Brightens the destination to reflect the source.
    ColorDodge,
    /// Darkens the destination to reflect the source.
    ColorBurn,
    /// Multiply where the source is dark, screen where it is light.
    HardLight,
    /// A softer hard light.
    SoftLight,
    /// The distance between both.
    Difference,
    /// Like difference, with less contrast.
    Exclusion,
    /// The source's hue with the destination's saturation and luminosity.
    Hue,
    /// The source's saturation with the destination's hue and luminosity.
    Saturation,
    /// The source's hue and saturation with the destination's luminosity.
    Color,
    /// The source's luminosity with the destination's hue and saturation.
    Luminosity,
    /// The sum of both, alpha included, at most 1.
    PlusLighter,
}

impl Blend {
    /// All modes, in the order of their codes.
    pub const ALL: &'static [Self] = &[
        Self::Normal,
        Self::Multiply,
        Self::Screen,
        Self::Overlay,
        Self::Darken,
        Self::Lighten,
        Self::ColorDodge,
        Self::ColorBurn,
        Self::HardLight,
        Self::SoftLight,
        Self::Difference,
        Self::Exclusion,
        Self::Hue,
        Self::Saturation,
        Self::Color,
        Self::Luminosity,
        Self::PlusLighter,
    ];

    /// The name in CSS and in `collection.toml`, as in `color-dodge`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Multiply => "multiply",
            Self::Screen => "screen",
            Self::Overlay => "overlay",
            Self::Darken => "darken",
            Self::Lighten => "lighten",
            Self::ColorDodge => "color-dodge",
            Self::ColorBurn => "color-burn",
            Self::HardLight => "hard-light",
            Self::SoftLight => "soft-light",
            Self::Difference => "difference",
            Self::Exclusion => "exclusion",
            Self::Hue => "hue",
            Self::Saturation => "saturation",
            Self::Color => "color",
            Self::Luminosity => "luminosity",
            Self::PlusLighter => "plus-lighter",
        }
    }

    /// A number for shaders and digests that never changes, the place in [`Self::ALL`].
    #[must_use]
    pub const fn code(self) -> u32 {
        self as u32
    }
}

/// Runs an expression with `$f` as the function of `$mode` on two pixels, each mode with code of its own. The function of
/// `normal`, the two that turn formulas of one or of all channels into one of pixels, and that of `plus-lighter` are given.
macro_rules! with_mode {
    ($mode:expr, [$normal:path, $each:path, $all:path, $plus:path], $f:ident => $run:expr) => {
        with_mode!(@match $mode, $normal, $each, $all, $plus, $f => $run;
            separable: Multiply multiply, Screen screen, Overlay overlay, Darken darken, Lighten lighten,
                ColorDodge color_dodge, ColorBurn color_burn, HardLight hard_light, SoftLight soft_light,
                Difference difference, Exclusion exclusion;
            nonseparable: Hue hue, Saturation saturation, Color color, Luminosity luminosity)
    };
    (@match $mode:expr, $normal:path, $each:path, $all:path, $plus:path, $f:ident => $run:expr;
        separable: $($one:ident $one_fn:ident),*; nonseparable: $($three:ident $three_fn:ident),*) => {
        match $mode {
            Blend::Normal => {
                let $f = $normal;
                $run
            }
            $(Blend::$one => {
                let $f = |s, d| $each(s, d, $crate::pixel::separable::$one_fn);
                $run
            })*
            $(Blend::$three => {
                let $f = |s, d| $all(s, d, $crate::pixel::nonseparable::$three_fn);
                $run
            })*
            Blend::PlusLighter => {
                let $f = $plus;
                $run
            }
        }
    };
}
pub(super) use with_mode;

/// `s` blended over `d`, both premultiplied.
///
/// # Examples
///
/// ```
/// use traitpress::pixel::{Blend, blend, pack};
///
/// let (half, grey) = (pack([128, 128, 128, 255]), pack([100, 100, 100, 255]));
/// assert_eq!(blend(Blend::Multiply, half, grey), pack([50, 50, 50, 255]));
/// ```
#[must_use]
pub fn blend(mode: Blend, s: Pixel, d: Pixel) -> Pixel {
    with_mode!(mode, [over, each_channel, all_channels, plus_lighter], f => f(s, d))
}

/// `destination = source blended over destination`, pixel by pixel.
pub(super) fn blend_row(mode: Blend, destination: &mut [Pixel], source: &[Pixel]) {
    if mode == Blend::Normal {
        return over_row(destination, source);
    }
    with_mode!(mode, [over, each_channel, all_channels, plus_lighter], f => row(destination, source, f));
}

/// One pixel blended over each of `destination`.
pub(super) fn blend_fill(mode: Blend, destination: &mut [Pixel], source: Pixel) {
    with_mode!(
        mode,
        [over, each_channel, all_channels, plus_lighter],
        f => destination.iter_mut().for_each(|d| *d = f(source, *d))
    );
}

/// Blends eight pixels at a time, and not at all where one side is empty.
#[inline]
pub(super) fn row(destination: &mut [Pixel], source: &[Pixel], f: impl Fn(Pixel, Pixel) -> Pixel) {
    let (d_blocks, d_rest) = destination.as_chunks_mut::<8>();
    let (s_blocks, s_rest) = source.as_chunks::<8>();
    for (d, s) in d_blocks.iter_mut().zip(s_blocks) {
        if *s == [0; 8] {
            continue;
        }
        if *d == [0; 8] {
            *d = *s;
            continue;
        }
        for i in 0..8 {
            d[i] = f(s[i], d[i]);
        }
    }
    for (d, &s) in d_rest.iter_mut().zip(s_rest) {
        *d = f(s, *d);
    }
}

/// `destination = source over destination`, pixel by pixel. Most pixels of a trait are empty or opaque, so eight of these
/// are skipped or copied at a time.
fn over_row(destination: &mut [Pixel], source: &[Pixel]) {
    let (d_blocks, d_rest) = destination.as_chunks_mut::<8>();
    let (s_blocks, s_rest) = source.as_chunks::<8>();
    for (d, s) in d_blocks.iter_mut().zip(s_blocks) {
        let (all, any) = s.iter().fold((u32::MAX, 0), |(all, any), &p| (all & p, any | p));
        if any == 0 {
            continue;
        }
        if all >> 24 == 255 {
            *d = *s;
        } else {
            for i in 0..8 {
                d[i] = over(s[i], d[i]);
            }
        }
    }
    for (d, &s) in d_rest.iter_mut().zip(s_rest) {
        *d = over(s, *d);
    }
}

/// Blends each channel by itself; `mixed` gives `sa * da * B` of one.
#[inline]
fn each_channel(s: Pixel, d: Pixel, mixed: impl Fn(u32, u32, u32, u32) -> u32) -> Pixel {
    let (sa, da) = (s >> 24, d >> 24);
    let [r, g, b] = [0, 8, 16].map(|shift| mixed((s >> shift) & 255, sa, (d >> shift) & 255, da));
    compose(s, d, [r, g, b])
}

/// Blends the three channels together; `mixed` gives `sa * da * B` of them, from both colours in that unit.
#[inline]
fn all_channels(s: Pixel, d: Pixel, mixed: impl Fn(Rgb, Rgb, u32) -> Rgb) -> Pixel {
    let (sa, da) = (s >> 24, d >> 24);
    let colours = |pixel: Pixel, alpha| [0, 8, 16].map(|shift| ((pixel >> shift) & 255) * alpha);
    compose(s, d, mixed(colours(s, da), colours(d, sa), sa * da))
}

/// What shows of the source alone, of the destination alone, and of both, rounded once.
#[inline]
fn compose(s: Pixel, d: Pixel, [r, g, b]: Rgb) -> Pixel {
    let (sa, da) = (s >> 24, d >> 24);
    let channel = |shift: u32, both: u32| {
        let (sc, dc) = ((s >> shift) & 255, (d >> shift) & 255);
        div255(sc * (255 - da) + dc * (255 - sa) + both) << shift
    };
    channel(0, r) | channel(8, g) | channel(16, b) | (div255(255 * (sa + da) - sa * da) << 24)
}

/// `round(n / 255)` for `n <= 65025`, as [`super::mul8`] has it.
#[inline]
pub(super) const fn div255(n: u32) -> u32 {
    let t = n + 128;
    (t + (t >> 8)) >> 8
}

/// The sum of each channel, at most 255.
#[inline]
fn plus_lighter(s: Pixel, d: Pixel) -> Pixel {
    let channel = |shift: u32| (((s >> shift) & 255) + ((d >> shift) & 255)).min(255) << shift;
    channel(0) | channel(8) | channel(16) | channel(24)
}
