// A pixel's bytes under PNG filters, four at a time: the functions of src/png/filter.rs with these names.

// Each byte of `a` minus the same byte of `b`, modulo 256 (`subtract_bytes`).
fn subtract_bytes(a: u32, b: u32) -> u32 {
    return ((a | 0x80808080u) - (b & 0x7f7f7f7fu)) ^ ((a ^ ~b) & 0x80808080u);
}

// The mean of each byte, rounded down (`average_bytes`).
fn average_bytes(a: u32, b: u32) -> u32 {
    return (a & b) + (((a ^ b) >> 1u) & 0x7f7f7f7fu);
}

// Paeth's predictor of one byte (`paeth`), from words shifted so that it is the lowest.
fn paeth(left: u32, above: u32, corner: u32) -> u32 {
    let a = i32(left & 255u);
    let b = i32(above & 255u);
    let c = i32(corner & 255u);
    let from_left = abs(b - c);
    let from_above = abs(a - c);
    let from_corner = abs(a + b - 2 * c);
    let other = select(c, b, from_above <= from_corner);
    return u32(select(other, a, from_left <= from_above && from_left <= from_corner));
}

fn paeth_bytes(left: u32, above: u32, corner: u32) -> u32 {
    return paeth(left, above, corner)
        | paeth(left >> 8u, above >> 8u, corner >> 8u) << 8u
        | paeth(left >> 16u, above >> 16u, corner >> 16u) << 16u
        | paeth(left >> 24u, above >> 24u, corner >> 24u) << 24u;
}
