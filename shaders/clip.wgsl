// Pixels of a layer that is clipped to another one, and of a layer that is masked: function for function as in
// src/pixel/clip.rs, where the formulas are explained. It follows over.wgsl, blend.wgsl and straight.wgsl.

// `s` blended with `d` where `d` is, both premultiplied; the alpha is that of `d`.
fn clip(mode: u32, s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    if sa == 0u {
        return d;
    }
    if da == 0u {
        return d;
    }
    if mode == PLUS_LIGHTER {
        let sum = colours(s) * da;
        let c = colours(d) + vec3<u32>(div255(sum.x), div255(sum.y), div255(sum.z));
        return min(c.x, da) | (min(c.y, da) << 8u) | (min(c.z, da) << 16u) | (d & 0xff000000u);
    }
    let sum = colours(d) * (255u - sa) + clip_both(mode, s, d);
    return div255(sum.x) | (div255(sum.y) << 8u) | (div255(sum.z) << 16u) | (d & 0xff000000u);
}

// What shows of both.
fn clip_both(mode: u32, s: u32, d: u32) -> vec3<u32> {
    let sa = s >> 24u;
    let da = d >> 24u;
    let sc = colours(s);
    let dc = colours(d);
    switch mode {
        case MULTIPLY, SCREEN, OVERLAY, DARKEN, LIGHTEN, COLOR_DODGE, COLOR_BURN, HARD_LIGHT, SOFT_LIGHT,
             DIFFERENCE, EXCLUSION: {
            return vec3<u32>(
                separable(mode, sc.x, sa, dc.x, da),
                separable(mode, sc.y, sa, dc.y, da),
                separable(mode, sc.z, sa, dc.z, da),
            );
        }
        case HUE, SATURATION, COLOR, LUMINOSITY: {
            return nonseparable(mode, sc * da, dc * sa, sa * da);
        }
        default: {
            return sc * da;
        }
    }
}

// The same of straight pixels.
fn clip_straight(mode: u32, s: u32, d: u32) -> u32 {
    if (s >> 24u) == 0u {
        return d;
    }
    if (d >> 24u) == 0u {
        return d;
    }
    return (blend_straight(mode, s, d | 0xff000000u) & 0x00ffffffu) | (d & 0xff000000u);
}

// A straight pixel whose alpha is multiplied by that of a mask; a premultiplied one is multiplied as a whole.
fn masked_straight(s: u32, mask: u32) -> u32 {
    let alpha = div255((s >> 24u) * (mask >> 24u));
    if alpha == 0u {
        return 0u;
    }
    return (s & 0x00ffffffu) | (alpha << 24u);
}
