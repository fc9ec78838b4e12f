//! Blend modes against the specification's formulas, and the laws that culling relies on.

use rayon::prelude::*;

use super::*;
use crate::pixel::reference::exact;

/// Alphas of destinations: the ends, around the half, and odd ones between.
const ALPHAS: [u32; 11] = [0, 1, 2, 3, 31, 64, 127, 128, 200, 254, 255];

const NONSEPARABLE: [Blend; 4] = [Blend::Hue, Blend::Saturation, Blend::Color, Blend::Luminosity];

fn separable() -> impl Iterator<Item = Blend> {
    Blend::ALL.iter().copied().filter(|mode| !NONSEPARABLE.contains(mode))
}

/// How far a result may be from the exact one, in levels of 255: rounding alone, and a little where a table is read.
fn allowed(mode: Blend) -> f64 {
    match mode {
        Blend::ColorDodge | Blend::ColorBurn | Blend::SoftLight => 0.52,
        Blend::Hue | Blend::Saturation | Blend::Color | Blend::Luminosity => 0.56,
        _ => 0.5 + 1e-9,
    }
}

/// The largest error, the sum of all, and their number.
#[derive(Clone, Copy, Default)]
struct Errors {
    worst: f64,
    sum: f64,
    count: u64,
}

impl Errors {
    fn add(self, other: Self) -> Self {
        Self {
            worst: self.worst.max(other.worst),
            sum: self.sum + other.sum,
            count: self.count + other.count,
        }
    }

    /// Blends two pixels, compares all channels, and holds the result to its alpha.
    fn measure(&mut self, mode: Blend, s: Pixel, d: Pixel) {
        let got = blend(mode, s, d);
        let want = exact(mode, s, d);
        let channels = unpack(got);
        for (got, want) in channels.into_iter().zip(want) {
            let error = (f64::from(got) - want).abs();
            self.worst = self.worst.max(error);
            self.sum += error;
        }
        self.count += 4;
        let most = channels[0].max(channels[1]).max(channels[2]);
        assert!(most <= channels[3], "{mode:?} of {s:08x} over {d:08x} is {got:08x}");
    }

    /// Says how large the errors are, and holds them to what is allowed.
    fn check(self, mode: Blend) {
        let mean = self.sum / self.count as f64;
        println!("{:<12} at most {:.4}, mean {mean:.4}, of {}", mode.name(), self.worst, self.count);
        assert!(self.worst <= allowed(mode), "{mode:?}: {}", self.worst);
    }
}

/// All premultiplied pairs of a colour and this alpha, three to a pixel.
fn pixels(alpha: u32) -> impl Iterator<Item = Pixel> {
    (0..=alpha).step_by(3).map(move |c| {
        let [r, g, b] = [c, c + 1, c + 2].map(|c| c.min(alpha));
        r | g << 8 | b << 16 | alpha << 24
    })
}

/// The same colour in all channels.
fn grey(colour: u32, alpha: u32) -> Pixel {
    (colour * 0x0001_0101) | (alpha << 24)
}

/// Every colour against every other: sources of many alphas with destinations of [`ALPHAS`].
#[test]
fn separable_modes_are_exact_but_for_rounding() {
    for mode in separable() {
        let of_alpha = |sa: u32| {
            let mut errors = Errors::default();
            for da in ALPHAS {
                for dc in 0..=da {
                    pixels(sa).for_each(|s| errors.measure(mode, s, grey(dc, da)));
                }
            }
            errors
        };
        let alphas: Vec<u32> = (0..=255).filter(|alpha| alpha % 8 == 5 || ALPHAS.contains(alpha)).collect();
        let errors = alphas.into_par_iter().map(of_alpha).reduce(Errors::default, Errors::add);
        errors.check(mode);
    }
}

/// The same the other way round, with fewer sources.
#[test]
fn separable_modes_are_exact_over_every_destination() {
    for mode in separable() {
        let of_alpha = |da: u32| {
            let mut errors = Errors::default();
            for sa in [1, 2, 97, 128, 255] {
                for sc in (0..=sa).filter(|sc| sc % 5 < 2 || sa - sc < 2) {
                    pixels(da).for_each(|d| errors.measure(mode, grey(sc, sa), d));
                }
            }
            errors
        };
        let errors = (0..=255).into_par_iter().map(of_alpha).reduce(Errors::default, Errors::add);
        errors.check(mode);
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A premultiplied pixel of 32 random bits; a quarter of all are opaque, and some have equal or extreme channels.
fn premultiplied(bits: u32) -> Pixel {
    let [r, g, b, a] = unpack(bits);
    let a = if bits.is_multiple_of(4) { 255 } else { a };
    let [r, g, b] = match bits >> 8 & 7 {
        0 => [r, r, b],
        1 => [0, g, 255],
        2 => [255, g, 255],
        _ => [r, g, b],
    };
    premultiply(pack([r, g, b, a]))
}

/// Colours on a lattice with the ends and the half, at the alphas of [`ALPHAS`] but nothing.
fn lattice() -> Vec<Pixel> {
    let mut pixels = Vec::new();
    for &a in &ALPHAS[1..] {
        let mut levels: Vec<u32> = [0, 1, 2, 5, 8].map(|eighth| (a * eighth + 4) / 8).to_vec();
        levels.dedup();
        for &r in &levels {
            for &g in &levels {
                pixels.extend(levels.iter().map(|&b| r | g << 8 | b << 16 | a << 24));
            }
        }
    }
    pixels
}

#[test]
fn nonseparable_modes_are_exact_but_for_rounding_and_tables() {
    let lattice = lattice();
    for (number, mode) in NONSEPARABLE.into_iter().enumerate() {
        let with_all = |&s: &Pixel| {
            let mut errors = Errors::default();
            lattice.iter().for_each(|&d| errors.measure(mode, s, d));
            errors
        };
        let on_lattice = lattice.par_iter().map(with_all).reduce(Errors::default, Errors::add);
        // Two and a half million for each of four modes.
        let sampled = |part: u64| {
            let mut errors = Errors::default();
            let mut state = part << 8 | number as u64;
            for _ in 0..25_000 {
                let bits = random(&mut state);
                errors.measure(mode, premultiplied(bits as u32), premultiplied((bits >> 32) as u32));
            }
            errors
        };
        let sampled = (0..100).into_par_iter().map(sampled).reduce(Errors::default, Errors::add);
        on_lattice.add(sampled).check(mode);
    }
}

/// Holds `mode` to the laws for all alphas with the colours that `of` gives for a pair of colour and alpha.
fn laws(mode: Blend, of: impl Fn(u32, u32) -> Pixel) {
    for alpha in 0..=255 {
        for c in 0..=alpha {
            let pixel = of(c, alpha);
            assert_eq!(blend(mode, 0, pixel), pixel, "{mode:?}: nothing over {pixel:08x}");
            assert_eq!(blend(mode, pixel, 0), pixel, "{mode:?}: {pixel:08x} over nothing");
            for other in [0, 1, 100, 254, 255].map(|level| of(level, 255)) {
                assert_eq!(blend(mode, pixel, other) >> 24, 255, "{mode:?}: {pixel:08x} over {other:08x}");
            }
        }
    }
}

#[test]
fn the_laws_hold_in_every_mode() {
    for &mode in Blend::ALL {
        laws(mode, grey);
        laws(mode, |c, alpha| c | (alpha - c) << 8 | (c / 2) << 16 | alpha << 24);
        laws(mode, |c, alpha| (c * 7 % (alpha + 1)) | alpha << 8 | c << 16 | alpha << 24);
    }
}

#[test]
fn alpha_is_that_of_source_over_in_every_mode_but_the_sum() {
    for (sa, da) in (0..=255u32).flat_map(|sa| (0..=255u32).map(move |da| (sa, da))) {
        let (s, d) = (sa << 24, da << 24);
        for &mode in Blend::ALL.iter().filter(|&&mode| mode != Blend::PlusLighter) {
            assert_eq!(blend(mode, s, d), over(s, d), "{mode:?} of {sa} and {da}");
        }
        assert_eq!(blend(Blend::PlusLighter, s, d) >> 24, (sa + da).min(255));
    }
}

#[test]
fn normal_is_source_over() {
    let mut state = 1;
    for _ in 0..100_000 {
        let bits = random(&mut state);
        let (s, d) = (premultiplied(bits as u32), premultiplied((bits >> 32) as u32));
        assert_eq!(blend(Blend::Normal, s, d), over(s, d));
    }
}

/// Opaque greys whose results follow from the formulas by hand.
#[test]
fn some_results_worked_out_by_hand() {
    let grey = |level| grey(level, 255);
    for (mode, s, d, want) in [
        (Blend::Multiply, 128, 100, 50),
        (Blend::Screen, 128, 100, 178),
        (Blend::Overlay, 200, 100, 157),
        (Blend::HardLight, 100, 200, 157),
        (Blend::Darken, 128, 100, 100),
        (Blend::Lighten, 128, 100, 128),
        (Blend::ColorDodge, 5, 100, 102),
        (Blend::ColorDodge, 255, 0, 0),
        (Blend::ColorDodge, 255, 1, 255),
        (Blend::ColorBurn, 250, 155, 153),
        (Blend::ColorBurn, 0, 255, 255),
        (Blend::ColorBurn, 0, 254, 0),
        (Blend::SoftLight, 0, 255, 255),
        (Blend::SoftLight, 255, 64, 128),
        (Blend::SoftLight, 0, 64, 16),
        (Blend::Difference, 128, 100, 28),
        (Blend::Exclusion, 255, 100, 155),
        (Blend::Luminosity, 77, 200, 77),
        (Blend::Color, 77, 200, 200),
        (Blend::PlusLighter, 77, 200, 255),
    ] {
        assert_eq!(blend(mode, grey(s), grey(d)), grey(want), "{mode:?} of {s} over {d}");
    }
    let (red, green) = (pack([255, 0, 0, 255]), pack([0, 255, 0, 255]));
    assert_eq!(blend(Blend::Luminosity, red, green), pack([0, 130, 0, 255]), "0.3 / 0.59 of 255");
    assert_eq!(
        blend(Blend::Color, green, grey(77)),
        blend(Blend::Hue, green, blend(Blend::Color, red, grey(77)))
    );
}

#[test]
fn names_and_codes_are_those_that_files_and_shaders_have() {
    for (code, &mode) in Blend::ALL.iter().enumerate() {
        assert_eq!(mode.code() as usize, code);
        let json = serde_json::to_string(&mode).expect("a mode is a string");
        assert_eq!(json, format!("\"{}\"", mode.name()));
        assert_eq!(serde_json::from_str::<Blend>(&json).expect("and back"), mode);
    }
    assert_eq!((Blend::ALL.len(), Blend::default()), (17, Blend::Normal));
    assert_eq!(Blend::PlusLighter.code(), 16);
}

/// No channel exceeds its alpha and nothing overflows, for all pairs of colour and alpha on both sides.
#[test]
#[ignore = "a billion pairs in every mode take minutes: scripts/test-long runs it"]
fn separable_modes_stay_below_alpha_for_all_pairs() {
    for mode in separable() {
        (0..=255u32).into_par_iter().for_each(|sa| {
            for (da, dc) in (0..=255u32).flat_map(|da| (0..=da).map(move |dc| (da, dc))) {
                for s in pixels(sa) {
                    let [r, g, b, a] = unpack(blend(mode, s, grey(dc, da)));
                    assert!(r.max(g).max(b) <= a, "{mode:?} of {s:08x} over {dc}/{da}");
                }
            }
        });
    }
}
