// Source-over of premultiplied pixels, the twin of `over` in src/pixel/mod.rs.
//
// A pixel is one u32, red in the lowest byte and alpha in the highest. Two channels share a word while they are
// multiplied, which no carry leaves: a half holds at most 255 * 255 + 128 + 254 = 65407. Integers only, and no
// division: every device gives the same bits.

const HALVES: u32 = 0x00ff00ffu;

// round(c * y / 255) of all four channels.
fn mul8x4(pixel: u32, y: u32) -> u32 {
    let even = (pixel & HALVES) * y + 0x00800080u;
    let odd = ((pixel >> 8u) & HALVES) * y + 0x00800080u;
    let low = ((even + ((even >> 8u) & HALVES)) >> 8u) & HALVES;
    let high = (odd + ((odd >> 8u) & HALVES)) & 0xff00ff00u;
    return low | high;
}

fn over(s: u32, d: u32) -> u32 {
    return s + mul8x4(d, 255u - (s >> 24u));
}
