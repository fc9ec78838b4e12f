//! The colours of the sample art, in one place so that every trait goes with every other.
//!
//! All shadows are the flat colour multiplied by one lilac and all lines are one plum, which is what holds forty
//! unrelated drawings together.

/// A colour as `0xRRGGBB`.
pub(super) type Rgb = u32;

/// Outlines, pupils and anything else that is drawn as a line.
pub(super) const INK: Rgb = 0x46_2f_52;
/// What a shadow multiplies a flat colour by.
const SHADOW: Rgb = 0xdc_c0_dc;

pub(super) const WHITE: Rgb = 0xff_ff_ff;
pub(super) const CREAM: Rgb = 0xff_f3_dc;
pub(super) const BUTTER: Rgb = 0xff_e6_a3;
pub(super) const PEACH: Rgb = 0xff_da_c3;
pub(super) const ROSE: Rgb = 0xff_c1_cc;
pub(super) const LILAC: Rgb = 0xd6_cb_f4;
pub(super) const SKY: Rgb = 0xb9_e0_f7;
pub(super) const MINT: Rgb = 0xbc_e8_d3;

pub(super) const GOLD: Rgb = 0xff_c8_4a;
pub(super) const MUSTARD: Rgb = 0xf4_b4_3c;
pub(super) const CORAL: Rgb = 0xf4_70_6c;
pub(super) const BERRY: Rgb = 0xe0_5a_8a;
pub(super) const PINK: Rgb = 0xf9_9f_b8;
pub(super) const TEAL: Rgb = 0x3d_ab_a4;
pub(super) const LEAF: Rgb = 0x6d_bf_74;
pub(super) const DENIM: Rgb = 0x5b_86_c4;
pub(super) const NAVY: Rgb = 0x40_4f_8a;
pub(super) const GRAPE: Rgb = 0x8a_68_b8;
pub(super) const COCOA: Rgb = 0x8a_5a_4c;

/// Three channels and an opacity as the four floats that the rasteriser wants.
pub(super) fn colour(rgb: Rgb, opacity: f32) -> tiny_skia::Color {
    let [_, r, g, b] = rgb.to_be_bytes();
    let mut colour = tiny_skia::Color::from_rgba8(r, g, b, 255);
    colour.set_alpha(opacity);
    colour
}

/// The shadow side of a flat colour.
pub(super) fn shaded(rgb: Rgb) -> Rgb {
    per_channel(rgb, SHADOW, |c, shadow| c * shadow / 255)
}

/// The lit side of a flat colour: halfway to white.
pub(super) fn lit(rgb: Rgb) -> Rgb {
    per_channel(rgb, WHITE, |c, white| (c + white).div_ceil(2))
}

fn per_channel(a: Rgb, b: Rgb, f: impl Fn(u32, u32) -> u32) -> Rgb {
    [16, 8, 0].into_iter().map(|shift| f(a >> shift & 255, b >> shift & 255) << shift).sum()
}
