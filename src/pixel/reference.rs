//! The specification's blend formulas in floating point, as it states them, to hold the integers against.
//!
//! The reference takes the same bytes as the code under test, as exact fractions, so what is measured
//! is the arithmetic alone: half a level is the rounding that every result in bytes has.

use crate::pixel::blend::Blend;
use crate::pixel::{Pixel, unpack};

/// A pixel as fractions: straight colours, and alpha. The colours of nothing are 0.
#[derive(Clone, Copy)]
struct Exact {
    colour: [f64; 3],
    alpha: f64,
}

impl Exact {
    fn of(pixel: Pixel) -> Self {
        let [r, g, b, a] = unpack(pixel).map(f64::from);
        let colour = [r, g, b].map(|c| if a > 0.0 { c / a } else { 0.0 });
        Self { colour, alpha: a / 255.0 }
    }

    fn of_straight(pixel: Pixel) -> Self {
        let [r, g, b, a] = unpack(pixel).map(|channel| f64::from(channel) / 255.0);
        Self { colour: [r, g, b], alpha: a }
    }
}

/// `B(Cb, Cs)` of a separable mode, as section 10.1 of the specification has it.
fn mix(mode: Blend, cb: f64, cs: f64) -> f64 {
    let hard_light = |cb: f64, cs: f64| {
        if cs <= 0.5 { cb * 2.0 * cs } else { cb + (2.0 * cs - 1.0) - cb * (2.0 * cs - 1.0) }
    };
    match mode {
        Blend::Normal => cs,
        Blend::Multiply => cb * cs,
        Blend::Screen => cb + cs - cb * cs,
        Blend::Overlay => hard_light(cs, cb),
        Blend::Darken => cb.min(cs),
        Blend::Lighten => cb.max(cs),
        Blend::ColorDodge if cb == 0.0 => 0.0,
        Blend::ColorDodge if cs == 1.0 => 1.0,
        Blend::ColorDodge => (cb / (1.0 - cs)).min(1.0),
        Blend::ColorBurn if cb == 1.0 => 1.0,
        Blend::ColorBurn if cs == 0.0 => 0.0,
        Blend::ColorBurn => 1.0 - ((1.0 - cb) / cs).min(1.0),
        Blend::HardLight => hard_light(cb, cs),
        Blend::SoftLight if cs <= 0.5 => cb - (1.0 - 2.0 * cs) * cb * (1.0 - cb),
        Blend::SoftLight => {
            let d = if cb <= 0.25 { ((16.0 * cb - 12.0) * cb + 4.0) * cb } else { cb.sqrt() };
            cb + (2.0 * cs - 1.0) * (d - cb)
        }
        Blend::Difference => (cb - cs).abs(),
        Blend::Exclusion => cb + cs - 2.0 * cb * cs,
        other => panic!("{other:?} has no formula for one channel"),
    }
}

fn lum([r, g, b]: [f64; 3]) -> f64 {
    0.3 * r + 0.59 * g + 0.11 * b
}

fn lowest(c: [f64; 3]) -> f64 {
    c[0].min(c[1]).min(c[2])
}

fn highest(c: [f64; 3]) -> f64 {
    c[0].max(c[1]).max(c[2])
}

fn sat(c: [f64; 3]) -> f64 {
    highest(c) - lowest(c)
}

fn set_sat(c: [f64; 3], s: f64) -> [f64; 3] {
    let range = sat(c);
    c.map(|x| if range > 0.0 { (x - lowest(c)) * s / range } else { 0.0 })
}

/// `SetLum` and `ClipColor`, as section 10.2 of the specification has them.
fn set_lum(c: [f64; 3], l: f64) -> [f64; 3] {
    let shift = l - lum(c);
    let mut c = c.map(|x| x + shift);
    let (l, low, high) = (lum(c), lowest(c), highest(c));
    if low < 0.0 {
        c = c.map(|x| l + (x - l) * l / (l - low));
    }
    if high > 1.0 {
        c = c.map(|x| l + (x - l) * (1.0 - l) / (high - l));
    }
    c
}

/// What `blend` should give, in levels of 255, before rounding.
pub(super) fn exact(mode: Blend, s: Pixel, d: Pixel) -> [f64; 4] {
    composite(mode, Exact::of(s), Exact::of(d)).map(|x| x * 255.0)
}

/// What `blend_straight` should give, in levels of 255, before rounding.
pub(super) fn exact_straight(mode: Blend, s: Pixel, d: Pixel) -> [f64; 4] {
    let [r, g, b, a] = composite(mode, Exact::of_straight(s), Exact::of_straight(d));
    let straight = |c: f64| if a > 0.0 { c / a } else { 0.0 };
    [straight(r), straight(g), straight(b), a].map(|x| x * 255.0)
}

/// Premultiplied colours and alpha of what both give, as section 5.8 of the specification has it.
fn composite(mode: Blend, s: Exact, d: Exact) -> [f64; 4] {
    let (cb, cs) = (d.colour, s.colour);
    if mode == Blend::PlusLighter {
        let sum = |c: usize| (s.alpha * cs[c] + d.alpha * cb[c]).min(1.0);
        return [sum(0), sum(1), sum(2), (s.alpha + d.alpha).min(1.0)];
    }
    let mixed = match mode {
        Blend::Hue => set_lum(set_sat(cs, sat(cb)), lum(cb)),
        Blend::Saturation => set_lum(set_sat(cb, sat(cs)), lum(cb)),
        Blend::Color => set_lum(cs, lum(cb)),
        Blend::Luminosity => set_lum(cb, lum(cs)),
        _ => std::array::from_fn(|c| mix(mode, cb[c], cs[c])),
    };
    let channel = |c: usize| {
        let alone = s.alpha * (1.0 - d.alpha) * cs[c] + d.alpha * (1.0 - s.alpha) * cb[c];
        alone + s.alpha * d.alpha * mixed[c]
    };
    [channel(0), channel(1), channel(2), s.alpha + d.alpha - s.alpha * d.alpha]
}
