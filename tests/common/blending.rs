//! Blend modes from the W3C specification in floating point, one pixel after another, rounded to bytes.
//!
//! For the modes that only multiply and add, the exact result is never within a 510th of a half, so floating point
//! rounds to the byte that it must be. The others look quotients up, and may end one level beside it.

use traitpress::pixel::Blend;

type Color = [f64; 3];

/// How many levels of 255 a premultiplied channel may be away from the formula, rounded.
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
