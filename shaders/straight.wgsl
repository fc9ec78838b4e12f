// Compositing of straight pixels, function for function as in src/pixel/straight.rs, where formulas and bounds are explained.
// It follows over.wgsl and blend.wgsl.
//
// Quotients are exact, and formed without a division: a table gives an estimate that is at most one too small.

// Where the divisors begin in `blend_tables`: 2^31 / m, rounded down, for the largest mantissa m of every 128.
const DIVISORS_AT: u32 = 450u;
// One, in the unit of a product of two opaque colours.
const STRAIGHT_ONE: u32 = 65025u;

// A divisor from 1 to 65535: itself, how far it is shifted so that its highest bit is bit 15, and its entry of the table.
fn divisor(d: u32) -> vec3<u32> {
    let shift = countLeadingZeros(d) - 16u;
    return vec3<u32>(d, shift, blend_tables[DIVISORS_AT + (((d << shift) >> 7u) & 255u)]);
}

// n / d, rounded down, for n <= 255 d + d / 2.
fn quotient(n: u32, by: vec3<u32>) -> u32 {
    let estimate = (((n << by.y) >> 8u) * by.z) >> 23u;
    return estimate + select(0u, 1u, n - estimate * by.x >= by.x);
}

// n / (255 d), rounded down, for n <= 255 (255 d + d / 2).
fn quotient255(n: u32, by: vec3<u32>) -> u32 {
    let d = by.x * 255u;
    let t = ((n << by.y) >> 16u) * by.z;
    let estimate = (t + (t >> 8u)) >> 23u;
    return estimate + select(0u, 1u, n - estimate * d >= d);
}

fn premultiply(s: u32) -> u32 {
    return (mul8x4(s, s >> 24u) & 0x00ffffffu) | (s & 0xff000000u);
}

// `s` blended over `d`, both straight, and 0 where alpha is 0; an unknown mode is normal.
fn blend_straight(mode: u32, s: u32, d: u32) -> u32 {
    switch mode {
        case MULTIPLY, SCREEN, OVERLAY, DARKEN, LIGHTEN, COLOR_DODGE, COLOR_BURN, HARD_LIGHT, SOFT_LIGHT,
             DIFFERENCE, EXCLUSION: {
            return straight_each_channel(mode, s, d);
        }
        case HUE, SATURATION, COLOR, LUMINOSITY: {
            return straight_all_channels(mode, s, d);
        }
        case PLUS_LIGHTER: {
            return straight_plus_lighter(s, d);
        }
        default: {
            return straight_normal(s, d);
        }
    }
}

fn straight_normal(s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    if sa == 0u {
        return d;
    }
    if sa == 255u {
        return s;
    }
    if da == 0u {
        return s;
    }
    if da == 255u {
        return over(premultiply(s), d);
    }
    let above = 255u * sa;
    let below = (255u - sa) * da;
    let sum = above + below;
    let mixed = colours(s) * above + colours(d) * below + (sum >> 1u);
    let by = divisor(sum);
    let red = quotient(mixed.x, by);
    return red | (quotient(mixed.y, by) << 8u) | (quotient(mixed.z, by) << 16u) | (div255(sum) << 24u);
}

fn straight_each_channel(mode: u32, s: u32, d: u32) -> u32 {
    let cs = colours(s);
    let cd = colours(d);
    return straight_compose(s, d, vec3<u32>(
        separable(mode, cs.x, 255u, cd.x, 255u),
        separable(mode, cs.y, 255u, cd.y, 255u),
        separable(mode, cs.z, 255u, cd.z, 255u),
    ));
}

fn straight_all_channels(mode: u32, s: u32, d: u32) -> u32 {
    return straight_compose(s, d, nonseparable(mode, colours(s) * 255u, colours(d) * 255u, STRAIGHT_ONE));
}

// What shows of the source alone, of the destination alone, and of both, over the alpha of them all.
fn straight_compose(s: u32, d: u32, both: vec3<u32>) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    if sa == 0u {
        return d;
    }
    if da == 0u {
        return s;
    }
    let sum = 255u * (sa + da) - sa * da;
    let above = 255u * sa * (255u - da);
    let below = 255u * (255u - sa) * da;
    let mixed = colours(s) * above + colours(d) * below + both * (sa * da) + ((255u * sum) >> 1u);
    let by = divisor(sum);
    let red = quotient255(mixed.x, by);
    return red | (quotient255(mixed.y, by) << 8u) | (quotient255(mixed.z, by) << 16u) | (div255(sum) << 24u);
}

fn straight_plus_lighter(s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    if sa == 0u {
        return d;
    }
    if da == 0u {
        return s;
    }
    let alpha = min(sa + da, 255u);
    let sum = colours(s) * sa + colours(d) * da;
    let half = alpha >> 1u;
    let by = divisor(alpha);
    let red = quotient(min(sum.x, STRAIGHT_ONE) + half, by);
    let green = quotient(min(sum.y, STRAIGHT_ONE) + half, by);
    let blue = quotient(min(sum.z, STRAIGHT_ONE) + half, by);
    return red | (green << 8u) | (blue << 16u) | (alpha << 24u);
}
