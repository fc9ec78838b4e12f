fn mul8x4(pixel: u32, y: u32) -> u32 {
    let even = (pixel & 0x00ff00ffu) * y + 0x00800080u;
    let odd = ((pixel >> 8u) & 0x00ff00ffu) * y + 0x00800080u;
    let e = ((even + ((even >> 8u) & 0x00ff00ffu)) >> 8u) & 0x00ff00ffu;
    let o = (odd + ((odd >> 8u) & 0x00ff00ffu)) & 0xff00ff00u;
    return e | o;
}
fn over(s: u32, d: u32) -> u32 {
    return s + mul8x4(d, 255u - (s >> 24u));
}
