//! Pixels of a layer that is clipped to another one, and of a layer that is masked.
//!
//! A clipped layer is blended with its base as if that were opaque, and the base keeps its alpha: Porter-Duff's source-atop
//! ("Compositing Digital Images", 1984), with a blend mode in place of the source's colour. Of premultiplied pixels that is
//! the sum of a mode without what shows of the source alone:
//!
//! ```text
//! normal          c = (da*sc + (255-sa)*dc) / 255          all others   c = ((255-sa)*dc + sa*da*B) / 255
//! plus-lighter    c = min(da*sc / 255 + dc, da)            alpha = da throughout
//! ```
//!
//! Over an opaque base it is what the mode gives without a clip. A mask multiplies alpha by its own.
//! `shaders/clip.wgsl` is the twin of all this.

use crate::pixel::arithmetic::faded;
use crate::pixel::blend::{Blend, div255, with_mode};
use crate::pixel::nonseparable::Rgb;
use crate::pixel::{Arithmetic, Pixel, mul8x4};

const ALPHA: Pixel = 0xff00_0000;

impl Arithmetic {
    /// `s` blended with `d` where `d` is, both in this arithmetic; the alpha is that of `d`.
    #[must_use]
    pub fn clip(self, mode: Blend, s: Pixel, d: Pixel) -> Pixel {
        if d >> 24 == 0 || s >> 24 == 0 {
            return d;
        }
        match self {
            Self::Premultiplied => {
                with_mode!(mode, [normal, each_channel, all_channels, plus_lighter], f => f(s, d))
            }
            Self::Straight => (self.blend(mode, s, d | ALPHA) & !ALPHA) | (d & ALPHA),
        }
    }

    /// `destination = source clipped to destination`, pixel by pixel.
    pub(crate) fn clip_row(self, mode: Blend, destination: &mut [Pixel], source: &[Pixel]) {
        if destination.iter().fold(ALPHA, |all, pixel| all & pixel) >> 24 == 255 {
            return self.blend_row(mode, destination, source);
        }
        destination.iter_mut().zip(source).for_each(|(d, &s)| *d = self.clip(mode, s, *d));
    }

    /// A pixel whose alpha is multiplied by `mask`.
    #[must_use]
    pub fn masked(self, pixel: Pixel, mask: u8) -> Pixel {
        match self {
            Self::Premultiplied => mul8x4(pixel, mask),
            Self::Straight => faded(pixel, mask),
        }
    }
}

#[inline]
fn normal(s: Pixel, d: Pixel) -> Pixel {
    let da = d >> 24;
    compose(s, d, [0, 8, 16].map(|shift| ((s >> shift) & 255) * da))
}

/// Blends each channel by itself; `mixed` gives `sa * da * B` of one.
#[inline]
fn each_channel(s: Pixel, d: Pixel, mixed: impl Fn(u32, u32, u32, u32) -> u32) -> Pixel {
    let (sa, da) = (s >> 24, d >> 24);
    compose(s, d, [0, 8, 16].map(|shift| mixed((s >> shift) & 255, sa, (d >> shift) & 255, da)))
}

/// Blends the three channels together; `mixed` gives `sa * da * B` of them, from both colours in that unit.
#[inline]
fn all_channels(s: Pixel, d: Pixel, mixed: impl Fn(Rgb, Rgb, u32) -> Rgb) -> Pixel {
    let (sa, da) = (s >> 24, d >> 24);
    let colours = |pixel: Pixel, alpha| [0, 8, 16].map(|shift| ((pixel >> shift) & 255) * alpha);
    compose(s, d, mixed(colours(s, da), colours(d, sa), sa * da))
}

/// What shows of the destination alone and of both, rounded once; the alpha stays.
#[inline]
fn compose(s: Pixel, d: Pixel, [r, g, b]: Rgb) -> Pixel {
    let sa = s >> 24;
    let channel = |shift: u32, both: u32| div255(((d >> shift) & 255) * (255 - sa) + both) << shift;
    channel(0, r) | channel(8, g) | channel(16, b) | (d & ALPHA)
}

#[inline]
fn plus_lighter(s: Pixel, d: Pixel) -> Pixel {
    let da = d >> 24;
    let channel = |shift: u32| {
        let (sc, dc) = ((s >> shift) & 255, (d >> shift) & 255);
        (div255(sc * da) + dc).min(da) << shift
    };
    channel(0) | channel(8) | channel(16) | (d & ALPHA)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::{mul8, pack, premultiply, unpack};

    /// Premultiplied pixels of many alphas and colours.
    fn pixels() -> Vec<Pixel> {
        let mut all = vec![0];
        for alpha in [1u32, 2, 77, 128, 200, 254, 255] {
            for [r, g, b] in [[0, 0, 0], [255, 255, 255], [255, 0, 128], [3, 200, 90], [127, 128, 129]] {
                all.push(premultiply(pack([r, g, b, alpha as u8])));
            }
        }
        all
    }

    #[test]
    fn normal_is_source_atop_to_the_nearest_level_for_all_alphas() {
        for sa in 0..=255u32 {
            for da in 0..=255u32 {
                for (sc, dc) in [(sa, da), (sa / 2, da), (sa, 0), (sa / 3, da / 2)] {
                    let [s, d] = [(sc, sa), (dc, da)].map(|(c, a)| pack([c as u8, 0, c as u8, a as u8]));
                    let [r, g, b, a] = unpack(Arithmetic::Premultiplied.clip(Blend::Normal, s, d));
                    let exact = f64::from(sc * da + dc * (255 - sa)) / 255.0;
                    let expected = if sa == 0 { f64::from(dc) } else { exact };
                    assert!((f64::from(r) - expected).abs() <= 0.5, "{sc}/{sa} {dc}/{da}");
                    assert_eq!((u32::from(a), g, b), (da, 0, r));
                    assert!(r <= a, "a colour is at most its alpha");
                }
            }
        }
    }

    #[test]
    fn the_alpha_stays_and_an_opaque_base_gives_what_the_mode_gives() {
        for arithmetic in Arithmetic::ALL {
            for &mode in Blend::ALL {
                for &s in &pixels() {
                    for &d in &pixels() {
                        let clipped = arithmetic.clip(mode, s, d);
                        assert_eq!(clipped >> 24, d >> 24, "{mode:?}");
                        if d >> 24 == 255 {
                            assert_eq!(clipped, arithmetic.blend(mode, s, d), "{mode:?} {s:08x} {d:08x}");
                        }
                        if s == 0 || d == 0 {
                            assert_eq!(clipped, d);
                        }
                    }
                    let (mut row, sources) = (pixels(), vec![s; pixels().len()]);
                    arithmetic.clip_row(mode, &mut row, &sources);
                    let each: Vec<Pixel> = pixels().iter().map(|&d| arithmetic.clip(mode, s, d)).collect();
                    assert_eq!(row, each);
                }
            }
        }
    }

    #[test]
    fn a_mask_multiplies_alpha() {
        for alpha in 0..=255 {
            for mask in 0..=255 {
                let straight = if alpha == 0 { 0 } else { pack([9, 99, 255, alpha]) };
                let [.., found] = unpack(Arithmetic::Straight.masked(straight, mask));
                assert_eq!(found, mul8(alpha, mask));
                let premultiplied = Arithmetic::Premultiplied.masked(premultiply(straight), mask);
                assert_eq!(unpack(premultiplied)[3], mul8(alpha, mask));
            }
        }
    }
}
