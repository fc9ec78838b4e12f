// Pixels of a layer that is clipped to another one, and of a layer that is masked: function for function as in
// src/pixel/clip.rs, where the formulas are explained. It follows over.wgsl, blend.wgsl and straight.wgsl.

// `s` blended with `d` where `d` is, both straight or both premultiplied; the alpha is that of `d`.
fn clip(mode: u32, s: u32, d: u32) -> u32 {
    let sa = s >> 24u;
    let da = d >> 24u;
    if sa == 0u || da == 0u {
        return d;
    }
    if STRAIGHT {
        return (blend_straight(mode, s, d | 0xff000000u) & 0x00ffffffu) | (d & 0xff000000u);
    }
    var both = colours(s) * da;
    switch mode {
        case MULTIPLY, SCREEN, OVERLAY, DARKEN, LIGHTEN, COLOR_DODGE, COLOR_BURN, HARD_LIGHT, SOFT_LIGHT,
             DIFFERENCE, EXCLUSION: {
            let sc = colours(s);
            let dc = colours(d);
            both = vec3<u32>(
                separable(mode, sc.x, sa, dc.x, da),
                separable(mode, sc.y, sa, dc.y, da),
                separable(mode, sc.z, sa, dc.z, da),
            );
        }
        case HUE, SATURATION, COLOR, LUMINOSITY: {
            both = nonseparable(mode, colours(s) * da, colours(d) * sa, sa * da);
        }
        case PLUS_LIGHTER: {
            let c = colours(d) + vec3<u32>(div255(both.x), div255(both.y), div255(both.z));
            return min(c.x, da) | (min(c.y, da) << 8u) | (min(c.z, da) << 16u) | (d & 0xff000000u);
        }
        default: {}
    }
    let sum = colours(d) * (255u - sa) + both;
    return div255(sum.x) | (div255(sum.y) << 8u) | (div255(sum.z) << 16u) | (d & 0xff000000u);
}

fn clip4(mode: u32, s: vec4<u32>, d: vec4<u32>) -> vec4<u32> {
    var out = d;
    for (var i = 0u; i < 4u; i++) {
        out[i] = clip(mode, s[i], d[i]);
    }
    return out;
}

// Four pixels whose alphas are multiplied by those of a mask.
fn masked4(s: vec4<u32>, mask: vec4<u32>) -> vec4<u32> {
    var out = s;
    for (var i = 0u; i < 4u; i++) {
        let by = mask[i] >> 24u;
        if STRAIGHT {
            let alpha = div255((s[i] >> 24u) * by);
            out[i] = select((s[i] & 0x00ffffffu) | (alpha << 24u), 0u, alpha == 0u);
        } else {
            out[i] = mul8x4(s[i], by);
        }
    }
    return out;
}
