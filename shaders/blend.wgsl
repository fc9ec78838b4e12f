// All blend modes, function for function as in src/pixel/: tables.rs, separable.rs, nonseparable.rs, blend.rs, where
// formulas, sources and bounds are explained. It follows over.wgsl, and needs the numbers of `blend_tables()`.
//
// Unsigned integers only, and nothing overflows: every device gives the same bits. No `/` and no `%`, which are slow.

@group(0) @binding(0) var<storage, read> blend_tables: array<u32>;

// --- tables.rs ---

// One, in fixed-point numbers with sixteen bits behind the point.
const ONE: u32 = 65536u;
// Where the roots begin.
const ROOTS_AT: u32 = 257u;

// a / b for a <= b < 65536; 0 where both are 0.
fn ratio(a: u32, b: u32) -> u32 {
    let divisor = max(b, 1u);
    let shift = countLeadingZeros(divisor) - 16u;
    let mantissa = divisor << shift;
    let entry = (mantissa >> 7u) & 255u;
    let part = mantissa & 127u;
    let reciprocal = (blend_tables[entry] * (128u - part) + blend_tables[entry + 1u] * part + 64u) >> 7u;
    return min(((a << shift) * reciprocal + 16384u) >> 15u, ONE);
}

// The square root of x for ONE / 4 <= x <= ONE.
fn root(x: u32) -> u32 {
    let step = min(x >> 8u, 255u);
    let part = x - (step << 8u);
    let entry = ROOTS_AT + step - 64u;
    return (blend_tables[entry] * (256u - part) + blend_tables[entry + 1u] * part + 128u) >> 8u;
}

// round(fraction * x) for x <= 65025 and a fraction of at most ONE.
fn times(fraction: u32, x: u32) -> u32 {
    return (fraction * x + 32768u) >> 16u;
}

// --- separable.rs: sa * da * B(Cb, Cs) of one channel ---

fn multiply(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    return sc * dc;
}

fn screen(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    return sc * da + dc * sa - sc * dc;
}

fn overlay(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    return hard_light(dc, da, sc, sa);
}

fn darken(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    return min(sc * da, dc * sa);
}

fn lighten(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    return max(sc * da, dc * sa);
}

fn color_dodge(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    let above = dc * sa;
    let below = da * (sa - sc);
    if dc == 0u {
        return 0u;
    }
    if above >= below {
        return sa * da;
    }
    return times(ratio(above, below), sa * da);
}

fn color_burn(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    let above = (da - dc) * sa;
    let below = da * sc;
    if dc == da {
        return sa * da;
    }
    if above >= below {
        return 0u;
    }
    return sa * da - times(ratio(above, below), sa * da);
}

fn hard_light(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    if 2u * sc <= sa {
        return 2u * sc * dc;
    }
    return sa * da - 2u * (da - dc) * (sa - sc);
}

fn soft_light(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    let x = ratio(dc, da);
    if 2u * sc <= sa {
        let less = (sa - 2u * sc) * ((da - dc) * x);
        return sa * dc - min((less + 32768u) >> 16u, sa * dc);
    }
    var lift: u32;
    if 4u * dc <= da {
        lift = times(x, 3u * ONE - 12u * x + ((x * x + 2048u) >> 12u));
    } else {
        lift = root(x) - x;
    }
    let more = (2u * sc - sa) * (da * lift);
    return min(sa * dc + ((more + 32768u) >> 16u), sa * da);
}

fn difference(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    return max(sc * da, dc * sa) - min(sc * da, dc * sa);
}

fn exclusion(sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    return sc * da + dc * sa - 2u * sc * dc;
}

// --- nonseparable.rs: sa * da * B(Cb, Cs) of all channels, from both colours in units of 1 / (sa * da) ---

fn hue(source: vec3<u32>, destination: vec3<u32>, one: u32) -> vec3<u32> {
    return set_lum(set_sat(source, sat(destination)), lum(destination), one);
}

fn saturation(source: vec3<u32>, destination: vec3<u32>, one: u32) -> vec3<u32> {
    return set_lum(set_sat(destination, sat(source)), lum(destination), one);
}

fn color(source: vec3<u32>, destination: vec3<u32>, one: u32) -> vec3<u32> {
    return set_lum(source, lum(destination), one);
}

fn luminosity(source: vec3<u32>, destination: vec3<u32>, one: u32) -> vec3<u32> {
    return set_lum(destination, lum(source), one);
}

fn highest(c: vec3<u32>) -> u32 {
    return max(max(c.x, c.y), c.z);
}

fn lowest(c: vec3<u32>) -> u32 {
    return min(min(c.x, c.y), c.z);
}

fn lum(c: vec3<u32>) -> u32 {
    return (c.x * 19661u + c.y * 38666u + c.z * 7209u + 32768u) >> 16u;
}

fn sat(c: vec3<u32>) -> u32 {
    return highest(c) - lowest(c);
}

fn set_sat(c: vec3<u32>, s: u32) -> vec3<u32> {
    let low = lowest(c);
    let range = sat(c);
    return vec3<u32>(
        times(ratio(c.x - low, range), s),
        times(ratio(c.y - low, range), s),
        times(ratio(c.z - low, range), s),
    );
}

fn set_lum(c: vec3<u32>, l: u32, one: u32) -> vec3<u32> {
    let from_lum = lum(c);
    let down = from_lum - lowest(c);
    let up = highest(c) - from_lum;
    var keep = ONE;
    if down > l {
        keep = ratio(l, down);
    } else if up > one - l {
        keep = ratio(one - l, up);
    }
    return vec3<u32>(
        move_lum(c.x, from_lum, l, keep, one),
        move_lum(c.y, from_lum, l, keep, one),
        move_lum(c.z, from_lum, l, keep, one),
    );
}

// One channel of set_lum: its distance from the old luminosity, shrunk, put at the new one.
fn move_lum(x: u32, from_lum: u32, l: u32, keep: u32, one: u32) -> u32 {
    if x >= from_lum {
        return min(l + times(keep, x - from_lum), one);
    }
    return l - min(times(keep, from_lum - x), l);
}

// --- blend.rs ---

// The codes of `Blend`.
const NORMAL: u32 = 0u;
const MULTIPLY: u32 = 1u;
const SCREEN: u32 = 2u;
const OVERLAY: u32 = 3u;
const DARKEN: u32 = 4u;
const LIGHTEN: u32 = 5u;
const COLOR_DODGE: u32 = 6u;
const COLOR_BURN: u32 = 7u;
const HARD_LIGHT: u32 = 8u;
const SOFT_LIGHT: u32 = 9u;
const DIFFERENCE: u32 = 10u;
const EXCLUSION: u32 = 11u;
const HUE: u32 = 12u;
const SATURATION: u32 = 13u;
const COLOR: u32 = 14u;
const LUMINOSITY: u32 = 15u;
const PLUS_LIGHTER: u32 = 16u;

// `s` blended over `d`, both premultiplied; an unknown mode is normal.
fn blend(mode: u32, s: u32, d: u32) -> u32 {
    switch mode {
        case MULTIPLY, SCREEN, OVERLAY, DARKEN, LIGHTEN, COLOR_DODGE, COLOR_BURN, HARD_LIGHT, SOFT_LIGHT,
             DIFFERENCE, EXCLUSION: {
            return each_channel(mode, s, d);
        }
        case HUE, SATURATION, COLOR, LUMINOSITY: {
            return all_channels(mode, s, d);
        }
        case PLUS_LIGHTER: {
            return plus_lighter(s, d);
        }
        default: {
            return over(s, d);
        }
    }
}

fn separable(mode: u32, sc: u32, sa: u32, dc: u32, da: u32) -> u32 {
    switch mode {
        case MULTIPLY: { return multiply(sc, sa, dc, da); }
        case SCREEN: { return screen(sc, sa, dc, da); }
        case OVERLAY: { return overlay(sc, sa, dc, da); }
        case DARKEN: { return darken(sc, sa, dc, da); }
        case LIGHTEN: { return lighten(sc, sa, dc, da); }
        case COLOR_DODGE: { return color_dodge(sc, sa, dc, da); }
        case COLOR_BURN: { return color_burn(sc, sa, dc, da); }
        case HARD_LIGHT: { return hard_light(sc, sa, dc, da); }
        case SOFT_LIGHT: { return soft_light(sc, sa, dc, da); }
        case DIFFERENCE: { return difference(sc, sa, dc, da); }
        default: { return exclusion(sc, sa, dc, da); }
    }
}

fn nonseparable(mode: u32, source: vec3<u32>, destination: vec3<u32>, one: u32) -> vec3<u32> {
    switch mode {
        case HUE: { return hue(source, destination, one); }
        case SATURATION: { return saturation(source, destination, one); }
        case COLOR: { return color(source, destination, one); }
        default: { return luminosity(source, destination, one); }
    }
}

fn colours(pixel: u32) -> vec3<u32> {
    return vec3<u32>(pixel & 255u, (pixel >> 8u) & 255u, (pixel >> 16u) & 255u);
}

fn each_channel(mode: u32, s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    let sc = colours(s);
    let dc = colours(d);
    return compose(s, d, vec3<u32>(
        separable(mode, sc.x, sa, dc.x, da),
        separable(mode, sc.y, sa, dc.y, da),
        separable(mode, sc.z, sa, dc.z, da),
    ));
}

fn all_channels(mode: u32, s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    return compose(s, d, nonseparable(mode, colours(s) * da, colours(d) * sa, sa * da));
}

// What shows of the source alone, of the destination alone, and of both, rounded once.
fn compose(s: u32, d: u32, both: vec3<u32>) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    let sum = colours(s) * (255u - da) + colours(d) * (255u - sa) + both;
    let alpha = div255(255u * (sa + da) - sa * da);
    return div255(sum.x) | (div255(sum.y) << 8u) | (div255(sum.z) << 16u) | (alpha << 24u);
}

// round(n / 255) for n <= 65025.
fn div255(n: u32) -> u32 {
    let t = n + 128u;
    return (t + (t >> 8u)) >> 8u;
}

fn plus_lighter(s: u32, d: u32) -> u32 {
    let sum = colours(s) + colours(d);
    let alpha = (s >> 24u) + (d >> 24u);
    return min(sum.x, 255u) | (min(sum.y, 255u) << 8u) | (min(sum.z, 255u) << 16u) | (min(alpha, 255u) << 24u);
}
