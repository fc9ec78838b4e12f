//! Blend modes from the W3C specification, one pixel after another, rounded to bytes.
//!
//! Premultiplied pixels are blended in floating point: for the modes that only multiply and add, the exact result is never
//! within a 510th of a half, so that it rounds to the byte that it must be. Straight pixels are quotients that can be halves;
//! so in these modes they are fractions of whole numbers, and halves are rounded up. The other modes look quotients up, and
//! may end one level beside the formula.

use traitpress::pixel::Blend;

type Color = [f64; 3];

/// How many levels of 255 a channel may be away from the formula, rounded.
pub(crate) fn tolerance(mode: Blend) -> u32 {
    match mode {
        Blend::ColorDodge | Blend::ColorBurn | Blend::SoftLight => 1,
        Blend::Hue | Blend::Saturation | Blend::Color | Blend::Luminosity => 1,
        _ => 0,
    }
}

/// Blends premultiplied bytes.
pub(crate) fn blend(mode: Blend, above: [u32; 4], below: [u32; 4]) -> [u32; 4] {
    if mode == Blend::PlusLighter {
        return std::array::from_fn(|c| (above[c] + below[c]).min(255));
    }
    let [alpha_s, alpha_b] = [above[3], below[3]].map(|a| f64::from(a) / 255.0);
    let straight = |pixel: [u32; 4]| -> Color {
        std::array::from_fn(|c| if pixel[3] == 0 { 0.0 } else { f64::from(pixel[c]) / f64::from(pixel[3]) })
    };
    let (cs, cb) = (straight(above), straight(below));
    let mixed = mix(mode, cb, cs);
    // Section 5.8: mix the source with the backdrop as far as there is one, then composite source-over.
    let color: Color = std::array::from_fn(|c| {
        let source = (1.0 - alpha_b) * cs[c] + alpha_b * mixed[c];
        alpha_s * source + (1.0 - alpha_s) * alpha_b * cb[c]
    });
    let alpha = alpha_s + alpha_b * (1.0 - alpha_s);
    [color[0], color[1], color[2], alpha].map(|x| (x * 255.0).round() as u32)
}

/// A fraction of whole numbers.
#[derive(Clone, Copy)]
struct Fraction {
    above: u64,
    below: u64,
}

impl Fraction {
    /// The nearest whole number, of two the larger.
    fn rounded(self) -> u32 {
        u32::try_from((2 * self.above + self.below) / (2 * self.below)).expect("a channel is small")
    }
}

/// Blends straight bytes that are both visible.
pub(crate) fn blend_straight(mode: Blend, above: [u32; 4], below: [u32; 4]) -> [u32; 4] {
    let ([alpha_s, alpha_b], one) = ([above[3], below[3]].map(u64::from), 255);
    if mode == Blend::PlusLighter {
        let alpha = (alpha_s + alpha_b).min(one);
        let channel = |c: usize| {
            let sum = alpha_s * u64::from(above[c]) + alpha_b * u64::from(below[c]);
            Fraction { above: sum.min(one * one), below: alpha }.rounded()
        };
        return [channel(0), channel(1), channel(2), alpha as u32];
    }
    // All that both cover, in units of 1 / 255^2.
    let alpha = alpha_s * one + alpha_b * one - alpha_s * alpha_b;
    let channels: [u32; 3] = match tolerance(mode) {
        0 => std::array::from_fn(|c| {
            let [cs, cb] = [above[c], below[c]].map(u64::from);
            let mixed = exact_mix(mode, cb, cs);
            // Section 5.8, in units of 1 / 255^3, and then over alpha.
            let alone = alpha_s * (one - alpha_b) * cs + (one - alpha_s) * alpha_b * cb;
            let sum = alone * mixed.below + alpha_s * alpha_b * one * mixed.above;
            Fraction { above: sum, below: alpha * mixed.below }.rounded()
        }),
        _ => {
            let color = |pixel: [u32; 4]| -> Color { std::array::from_fn(|c| f64::from(pixel[c]) / 255.0) };
            let (cs, cb) = (color(above), color(below));
            let mixed = mix(mode, cb, cs);
            let [alpha_s, alpha_b] = [alpha_s, alpha_b].map(|a| a as f64 / 255.0);
            std::array::from_fn(|c| {
                let alone = alpha_s * (1.0 - alpha_b) * cs[c] + (1.0 - alpha_s) * alpha_b * cb[c];
                let sum = alone + alpha_s * alpha_b * mixed[c];
                (sum / (alpha_s + alpha_b - alpha_s * alpha_b) * 255.0).round() as u32
            })
        }
    };
    let alpha = Fraction { above: alpha, below: one }.rounded();
    [channels[0], channels[1], channels[2], alpha]
}

/// `B(cb, cs)` of bytes, in the modes that are exact.
fn exact_mix(mode: Blend, cb: u64, cs: u64) -> Fraction {
    let of_one = |above| Fraction { above, below: 255 };
    let of_square = |above| Fraction { above, below: 255 * 255 };
    let screen = |b, s| of_square(255 * b + 255 * s - b * s);
    let hard_light = |b, s| if 2 * s <= 255 { of_square(2 * b * s) } else { screen(b, 2 * s - 255) };
    match mode {
        Blend::Normal => of_one(cs),
        Blend::Multiply => of_square(cb * cs),
        Blend::Screen => screen(cb, cs),
        Blend::Overlay => hard_light(cs, cb),
        Blend::Darken => of_one(cb.min(cs)),
        Blend::Lighten => of_one(cb.max(cs)),
        Blend::HardLight => hard_light(cb, cs),
        Blend::Difference => of_one(cb.abs_diff(cs)),
        Blend::Exclusion => of_square(255 * cb + 255 * cs - 2 * cb * cs),
        other => panic!("{other:?} is no fraction of bytes"),
    }
}

/// `B(cb, cs)`.
fn mix(mode: Blend, cb: Color, cs: Color) -> Color {
    let each = |f: fn(f64, f64) -> f64| std::array::from_fn(|c| f(cb[c], cs[c]));
    match mode {
        Blend::Normal => cs,
        Blend::Multiply => each(multiply),
        Blend::Screen => each(screen),
        Blend::Overlay => each(|b, s| hard_light(s, b)),
        Blend::Darken => each(f64::min),
        Blend::Lighten => each(f64::max),
        Blend::ColorDodge => each(|b, s| match (b, s) {
            (0.0, _) => 0.0,
            (_, 1.0) => 1.0,
            _ => (b / (1.0 - s)).min(1.0),
        }),
        Blend::ColorBurn => each(|b, s| match (b, s) {
            (1.0, _) => 1.0,
            (_, 0.0) => 0.0,
            _ => 1.0 - ((1.0 - b) / s).min(1.0),
        }),
        Blend::HardLight => each(hard_light),
        Blend::SoftLight => each(soft_light),
        Blend::Difference => each(|b, s| (b - s).abs()),
        Blend::Exclusion => each(|b, s| b + s - 2.0 * b * s),
        Blend::Hue => set_lum(set_sat(cs, sat(cb)), lum(cb)),
        Blend::Saturation => set_lum(set_sat(cb, sat(cs)), lum(cb)),
        Blend::Color => set_lum(cs, lum(cb)),
        Blend::Luminosity => set_lum(cb, lum(cs)),
        other => panic!("the reference does not know {other:?}"),
    }
}

fn multiply(b: f64, s: f64) -> f64 {
    b * s
}

fn screen(b: f64, s: f64) -> f64 {
    1.0 - (1.0 - b) * (1.0 - s)
}

fn hard_light(b: f64, s: f64) -> f64 {
    if s <= 0.5 { multiply(b, 2.0 * s) } else { screen(b, 2.0 * s - 1.0) }
}

fn soft_light(b: f64, s: f64) -> f64 {
    if s <= 0.5 {
        b - (1.0 - 2.0 * s) * b * (1.0 - b)
    } else {
        let d = if b <= 0.25 { ((16.0 * b - 12.0) * b + 4.0) * b } else { b.sqrt() };
        b + (2.0 * s - 1.0) * (d - b)
    }
}

fn lum([r, g, b]: Color) -> f64 {
    0.3 * r + 0.59 * g + 0.11 * b
}

fn sat(c: Color) -> f64 {
    extremes(c).1 - extremes(c).0
}

/// The lowest and the highest channel.
fn extremes(c: Color) -> (f64, f64) {
    (c.into_iter().fold(f64::INFINITY, f64::min), c.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

fn set_sat(c: Color, s: f64) -> Color {
    let (low, high) = extremes(c);
    c.map(|x| if high > low { (x - low) * s / (high - low) } else { 0.0 })
}

fn set_lum(c: Color, l: f64) -> Color {
    let shift = l - lum(c);
    clip(c.map(|x| x + shift))
}

fn clip(c: Color) -> Color {
    let (l, (low, high)) = (lum(c), extremes(c));
    if low < 0.0 {
        c.map(|x| l + (x - l) * l / (l - low))
    } else if high > 1.0 {
        c.map(|x| l + (x - l) * (1.0 - l) / (high - l))
    } else {
        c
    }
}
