//! Straight compositing against the specification in fractions of whole numbers, and the laws that culling relies on.

use rayon::prelude::*;

use super::*;
use crate::pixel::reference::exact_straight;

const NONSEPARABLE: [Blend; 4] = [Blend::Hue, Blend::Saturation, Blend::Color, Blend::Luminosity];

/// How far a result may be from the exact one, in hundredths of a level: more than rounding only where a table is read.
const ALLOWED: u64 = 53;

/// Alphas at both ends, around the half, and every eighth.
fn alphas() -> Vec<u32> {
    let mut alphas: Vec<u32> = (0..32).map(|eighth| eighth * 8 + 1).chain([255]).collect();
    alphas[16] = 128;
    assert_eq!(alphas.len(), 33);
    alphas
}

/// All 256 colours at this alpha, three to a pixel.
fn pixels(alpha: u32) -> impl Iterator<Item = Pixel> {
    (0..=255).step_by(3).map(move |c| {
        let [g, b] = [c + 1, c + 2].map(|c: u32| c.min(255));
        c | g << 8 | b << 16 | alpha << 24
    })
}

/// The same colour in all channels.
fn grey(colour: u32, alpha: u32) -> Pixel {
    (colour * 0x0001_0101) | (alpha << 24)
}

/// `B(cb, cs)` of bytes as a fraction, as section 10.1 of the specification has it. The root of soft light is none.
fn mixed(mode: Blend, cb: u64, cs: u64) -> (u64, u64) {
    const ONE: u64 = 255;
    let screen = |cb, cs| (ONE * cb + ONE * cs - cb * cs, ONE * ONE);
    let hard_light = |cb, cs| if 2 * cs <= ONE { (cb * 2 * cs, ONE * ONE) } else { screen(cb, 2 * cs - ONE) };
    match mode {
        Blend::Multiply => (cb * cs, ONE * ONE),
        Blend::Screen => screen(cb, cs),
        Blend::Overlay => hard_light(cs, cb),
        Blend::Darken => (cb.min(cs), ONE),
        Blend::Lighten => (cb.max(cs), ONE),
        Blend::ColorDodge if cb == 0 => (0, 1),
        Blend::ColorDodge if cs == ONE => (1, 1),
        Blend::ColorDodge => (cb.min(ONE - cs), ONE - cs),
        Blend::ColorBurn if cb == ONE => (1, 1),
        Blend::ColorBurn if cs == 0 => (0, 1),
        Blend::ColorBurn => (cs - cs.min(ONE - cb), cs),
        Blend::HardLight => hard_light(cb, cs),
        Blend::Difference => (cb.abs_diff(cs), ONE),
        Blend::Exclusion => (ONE * cb + ONE * cs - 2 * cb * cs, ONE * ONE),
        other => panic!("{other:?} is no fraction"),
    }
}

/// A channel that a mode should give, before rounding: what shows of the source alone, of the destination alone and of both
/// (section 5.8), over the alpha of them all.
fn fraction(mode: Blend, (cs, sa): (u64, u64), (cd, da): (u64, u64)) -> (u64, u64) {
    if mode == Blend::PlusLighter {
        return ((sa * cs + da * cd).min(255 * 255), (sa + da).min(255));
    }
    let (both, unit) = if mode == Blend::Normal { (cs, 255) } else { mixed(mode, cd, cs) };
    let alone = sa * (255 - da) * cs + (255 - sa) * da * cd;
    (alone * unit + 255 * sa * da * both, (sa * 255 + da * 255 - sa * da) * unit)
}

/// Whether `c` is the nearest whole number to a fraction, of two the larger.
fn is_nearest(c: u64, (above, below): (u64, u64)) -> bool {
    (2 * c * below..2 * (c + 1) * below).contains(&(2 * above + below))
}

/// Blends two pixels that are not empty and compares all channels.
fn check(mode: Blend, s: Pixel, d: Pixel) {
    let got = blend_straight(mode, s, d);
    let [[sr, sg, sb, sa], [dr, dg, db, da], [r, g, b, a]] = [s, d, got].map(|p| unpack(p).map(u64::from));
    let same = match mode {
        Blend::PlusLighter => a == (sa + da).min(255),
        _ => is_nearest(a, (sa * 255 + da * 255 - sa * da, 255)),
    };
    assert!(same, "{mode:?} of {s:08x} over {d:08x} is {got:08x}");
    for (c, cs, cd) in [(r, sr, dr), (g, sg, dg), (b, sb, db)] {
        let exact = fraction(mode, (cs, sa), (cd, da));
        let near = match mode {
            Blend::ColorDodge | Blend::ColorBurn => {
                (c * exact.1).abs_diff(exact.0) * 100 <= ALLOWED * exact.1
            }
            _ => is_nearest(c, exact),
        };
        assert!(near, "{mode:?} of {s:08x} over {d:08x} is {got:08x}, and {exact:?} is exact");
    }
}

/// The same against the reference in floating point, which has the root and the modes of all channels; gives the error.
fn error(mode: Blend, s: Pixel, d: Pixel) -> f64 {
    let got = blend_straight(mode, s, d);
    let channels = unpack(got).into_iter().zip(exact_straight(mode, s, d));
    let worst = channels.map(|(got, exact)| (f64::from(got) - exact).abs()).fold(0.0, f64::max);
    assert!(worst * 100.0 <= ALLOWED as f64, "{mode:?} of {s:08x} over {d:08x} is {got:08x}: {worst}");
    worst
}

/// Whether normal has its own formula there, which rounds twice: over opaque pixels.
fn is_packed(mode: Blend, da: u32) -> bool {
    mode == Blend::Normal && da == 255
}

/// Every colour over every colour for these pairs of alphas.
fn check_all(mode: Blend, pairs: &[(u32, u32)]) {
    pairs.par_iter().filter(|&&(_, da)| !is_packed(mode, da)).for_each(|&(sa, da)| {
        for dc in 0..=255 {
            for s in pixels(sa) {
                match mode {
                    Blend::SoftLight => _ = error(mode, s, grey(dc, da)),
                    _ => check(mode, s, grey(dc, da)),
                }
            }
        }
    });
}

/// All pairs of alphas from `all` but 0.
fn pairs(all: &[u32]) -> Vec<(u32, u32)> {
    let seen = || all.iter().copied().filter(|&alpha| alpha > 0);
    seen().flat_map(|sa| seen().map(move |da| (sa, da))).collect()
}

/// The modes that are compared over 33 alphas.
fn separable() -> impl Iterator<Item = Blend> {
    let others =
        |mode: &Blend| !NONSEPARABLE.contains(mode) && !matches!(mode, Blend::Normal | Blend::PlusLighter);
    Blend::ALL.iter().copied().filter(others)
}

#[test]
fn results_are_the_specification_s_rounded_once() {
    let few = pairs(&[1, 2, 97, 128, 254, 255]);
    for mode in [Blend::Normal, Blend::PlusLighter].into_iter().chain(separable()) {
        check_all(mode, if mode == Blend::SoftLight { &few[..6] } else { &few });
    }
}

#[test]
#[ignore = "all pairs of pixels take minutes: scripts/test-long runs it"]
fn normal_and_plus_lighter_are_exact_for_all_pairs() {
    let all: Vec<u32> = (1..=255).collect();
    check_all(Blend::Normal, &pairs(&all));
    check_all(Blend::PlusLighter, &pairs(&all));
}

#[test]
#[ignore = "all pairs of colours at 33 alphas take minutes: scripts/test-long runs it"]
fn separable_modes_are_exact_for_all_pairs_of_colours() {
    separable().for_each(|mode| check_all(mode, &pairs(&alphas())));
}

#[test]
fn normal_over_opaque_pixels_is_as_for_premultiplied_ones() {
    for sa in 0..=255 {
        for s in pixels(sa).filter(|_| sa > 0).chain([0]) {
            for dc in (0..=255).step_by(5) {
                let d = grey(dc, 255);
                assert_eq!(
                    blend_straight(Blend::Normal, s, d),
                    over(premultiply(s), d),
                    "{s:08x} over {d:08x}"
                );
            }
        }
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

/// A straight pixel of 32 random bits; some are opaque, some faint, some have equal or extreme channels.
fn pixel(bits: u32) -> Pixel {
    let [r, g, b, a] = unpack(bits);
    let [r, g, b] = match bits >> 8 & 7 {
        0 => [r, r, b],
        1 => [0, g, 255],
        2 => [255, g, 255],
        _ => [r, g, b],
    };
    match bits & 7 {
        0 | 1 => pack([r, g, b, 255]),
        2 => pack([r, g, b, 1 + a / 32]),
        _ if a == 0 => 0,
        _ => pack([r, g, b, a]),
    }
}

/// The largest error of a mode over so many times ten thousand random pairs of pixels, which a seed decides.
fn over_random_pixels(mode: Blend, seed: u64, parts: u64) {
    let part = |number: u64| {
        let mut state = seed << 32 | number;
        let mut worst = 0.0f64;
        for _ in 0..10_000 {
            let bits = random(&mut state);
            worst = worst.max(error_unless_packed(mode, pixel(bits as u32), pixel((bits >> 32) as u32)));
        }
        worst
    };
    let worst = (0..parts).into_par_iter().map(part).reduce(|| 0.0, f64::max);
    println!("{:<12} at most {worst:.4}", mode.name());
}

fn error_unless_packed(mode: Blend, s: Pixel, d: Pixel) -> f64 {
    if is_packed(mode, d >> 24) { 0.0 } else { error(mode, s, d) }
}

#[test]
fn every_mode_is_near_the_specification_for_random_pixels() {
    Blend::ALL.iter().zip(1..).for_each(|(&mode, seed)| over_random_pixels(mode, seed, 30));
}

#[test]
#[ignore = "ten million pairs in four modes take a minute: scripts/test-long runs it"]
fn modes_of_all_channels_are_near_the_specification_for_ten_million_pixels() {
    NONSEPARABLE.into_iter().zip(100..).for_each(|(mode, seed)| over_random_pixels(mode, seed, 1000));
}

#[test]
fn the_laws_hold_in_every_mode() {
    for &mode in Blend::ALL {
        for alpha in 1..=255 {
            for pixel in pixels(alpha) {
                assert_eq!(blend_straight(mode, 0, pixel), pixel, "{mode:?}: nothing over {pixel:08x}");
                assert_eq!(blend_straight(mode, pixel, 0), pixel, "{mode:?}: {pixel:08x} over nothing");
                for other in [0, 1, 100, 254, 255].map(|level| grey(level, 255)) {
                    assert_eq!(blend_straight(mode, pixel, other) >> 24, 255, "{mode:?}: {pixel:08x}");
                }
            }
        }
        // What hides, hides, whatever is below: only normal layers are taken to do that.
        let below = [grey(0, 99), grey(255, 99), pack([255, 0, 128, 99])];
        let hides = pixels(255).all(|s| below.into_iter().all(|d| blend_straight(mode, s, d) == s));
        assert_eq!(hides, mode == Blend::Normal, "{mode:?}");
    }
    assert_eq!(
        blend_straight(Blend::Normal, grey(9, 254), grey(9, 254)) >> 24,
        255,
        "two partial ones are opaque"
    );
}

/// The premultiplied formula over opaque pixels would make steps of up to 200 levels here.
#[test]
fn results_move_by_one_level_as_the_destination_becomes_opaque() {
    for &mode in Blend::ALL {
        for sa in [1, 2, 5, 31, 64, 128, 200, 254, 255] {
            for dc in (0..=255).step_by(3) {
                for s in pixels(sa) {
                    let [one, other] = [254, 255].map(|da| unpack(blend_straight(mode, s, grey(dc, da))));
                    let step = (0..3).map(|c| one[c].abs_diff(other[c])).max();
                    assert!(step <= Some(1), "{mode:?} of {s:08x} over {dc}: {one:?}, then {other:?}");
                }
            }
        }
    }
}

#[test]
fn rows_and_fills_are_single_pixels() {
    let mut state = 5;
    // Blocks of eight that are empty, opaque, faint, or mixed.
    let mut row = |length: usize, kind: u32| -> Vec<Pixel> {
        let mut one = |at: usize| {
            let bits = random(&mut state);
            let pixel = pixel(bits as u32);
            match kind {
                0 => pixel,
                1 if (at / 8).is_multiple_of(2) => 0,
                2 => pixel | 0xff00_0000,
                3 if bits >> 60 < 8 => 0,
                _ => pixel & 0x3fff_ffff | 0x0100_0000,
            }
        };
        (0..length).map(&mut one).collect()
    };
    for arithmetic in Arithmetic::ALL {
        for &mode in Blend::ALL {
            for length in [0, 1, 7, 8, 9, 40, 67] {
                for (above, below) in (0..5).flat_map(|above| (0..5).map(move |below| (above, below))) {
                    let (mut source, mut before) = (row(length, above), row(length, below));
                    arithmetic.convert(&mut source, 255);
                    arithmetic.convert(&mut before, 255);
                    let mut after = before.clone();
                    arithmetic.blend_row(mode, &mut after, &source);
                    let each = source.iter().zip(&before).map(|(&s, &d)| arithmetic.blend(mode, s, d));
                    let want: Vec<Pixel> = each.collect();
                    assert_eq!(after, want, "{arithmetic:?} {mode:?}, length {length}, {above} over {below}");
                    let Some(&pixel) = source.last() else { continue };
                    let mut filled = before.clone();
                    arithmetic.blend_fill(mode, &mut filled, pixel);
                    let want: Vec<Pixel> = before.iter().map(|&d| arithmetic.blend(mode, pixel, d)).collect();
                    assert_eq!(filled, want, "{arithmetic:?} {mode:?}, filled with {pixel:08x}");
                }
            }
        }
    }
}
