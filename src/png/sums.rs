//! Adler-32 without the picture: two sums a span, from which the checksum of any picture that shows it follows.
//!
//! With n bytes d(0) to d(n - 1), Adler-32's halves are 1 + sum(d) and n + sum((n - i) x d(i)), mod 65521 (RFC 1950,
//! 8.2). Both are made of sum(d) and sum(i x d(i)), and these add up over the spans of a picture.

/// Adler-32's modulus.
pub(crate) const ADLER_MOD: u64 = 65_521;

/// Sum of a pixel's bytes, and of each times its place in the pixel.
#[inline(always)]
pub(crate) fn pixel_sums(pixel: u32) -> (u32, u32) {
    let even = pixel & 0x00ff_00ff;
    let odd = (pixel >> 8) & 0x00ff_00ff;
    let both = even + odd;
    ((both & 0xffff) + (both >> 16), (odd & 0xffff) + 2 * (even >> 16) + 3 * (odd >> 16))
}

/// Pixels that are added up side by side, so that the compiler uses wide registers.
const LANES: usize = 16;
/// So many times sixteen pixels are added up in 16 bits: 255 x (0 + 1 + ... + 15) is below 2^16.
const BLOCKS: usize = 16;

/// Adds up the rows of a span, of 16384 pixels at most, whose bytes have positions in a tile row.
///
/// Lane by lane, each of which sees every sixteenth pixel; sums over the lanes are made once a span. Adding the sum so
/// far to another sum at every step weighs each block and each row by how many are left, which takes no multiplication.
#[derive(Debug)]
pub(crate) struct Sums {
    bpp: u32,
    /// Position of the first row's first byte, and bytes from row to row.
    position: u64,
    stride: u64,
    rows: u64,
    /// The last row: sum of the bytes, and of each times its position in the row.
    row: [u32; LANES],
    row_weighted: [u64; LANES],
    /// All rows: the bytes, these times the rows left, and these times their positions in their row.
    bytes: [u32; LANES],
    left: [u32; LANES],
    weighted: [u64; LANES],
}

impl Sums {
    /// For rows of pixels of `bpp` bytes; the first begins at byte `position`, the others `stride` bytes after another.
    pub(crate) fn new(bpp: usize, position: usize, stride: usize) -> Self {
        Self {
            bpp: bpp as u32,
            position: position as u64,
            stride: stride as u64,
            rows: 0,
            row: [0; LANES],
            row_weighted: [0; LANES],
            bytes: [0; LANES],
            left: [0; LANES],
            weighted: [0; LANES],
        }
    }

    /// Adds a row.
    #[inline(always)]
    pub(crate) fn add(&mut self, pixels: &[u32]) {
        self.row = [0; LANES];
        self.row_weighted = [0; LANES];
        let mut parts = pixels.chunks_exact(LANES * BLOCKS);
        let mut x = 0;
        for part in parts.by_ref() {
            self.add_blocks(x, part.as_chunks().0);
            x += (LANES * BLOCKS) as u32;
        }
        let (blocks, rest) = parts.remainder().as_chunks();
        self.add_blocks(x, blocks);
        if !rest.is_empty() {
            // Empty pixels add nothing.
            let mut last = [0; LANES];
            last[..rest.len()].copy_from_slice(rest);
            self.add_blocks(x + (LANES * blocks.len()) as u32, &[last]);
        }
        self.add_again();
    }

    /// Adds up to [`BLOCKS`] times sixteen pixels to the row, from its pixel `x` on.
    #[inline(always)]
    fn add_blocks(&mut self, x: u32, blocks: &[[u32; LANES]]) {
        const HALVES: u32 = 0x00ff_00ff;
        // Bytes 0 and 2, and bytes 1 and 3, each in 16 bits.
        let (mut even, mut odd) = ([0u32; LANES], [0u32; LANES]);
        let (mut even_left, mut odd_left) = ([0u32; LANES], [0u32; LANES]);
        for block in blocks {
            for i in 0..LANES {
                even_left[i] += even[i];
                odd_left[i] += odd[i];
                even[i] += block[i] & HALVES;
                odd[i] += block[i] >> 8 & HALVES;
            }
        }
        let before = (blocks.len() as u32).saturating_sub(1);
        for i in 0..LANES {
            let sum = |even: u32, odd: u32| (even & 0xffff) + (even >> 16) + (odd & 0xffff) + (odd >> 16);
            let bytes = sum(even[i], odd[i]);
            // The sums count the blocks after a pixel's own; what counts is those before it.
            let blocks_before = before * bytes - sum(even_left[i], odd_left[i]);
            let places = (odd[i] & 0xffff) + 2 * (even[i] >> 16) + 3 * (odd[i] >> 16);
            let by_pixel = (x + i as u32) * bytes + LANES as u32 * blocks_before;
            self.row[i] += bytes;
            self.row_weighted[i] += u64::from(self.bpp * by_pixel + places);
        }
    }

    /// Adds a row that equals the last.
    #[inline(always)]
    pub(crate) fn add_again(&mut self) {
        for i in 0..LANES {
            self.left[i] += self.bytes[i];
            self.bytes[i] += self.row[i];
            self.weighted[i] += self.row_weighted[i];
        }
        self.rows += 1;
    }

    /// Sum of all bytes, and of each times its position, mod 65521.
    pub(crate) fn finish(self) -> (u32, u32) {
        let sum = |lanes: [u32; LANES]| lanes.iter().map(|&lane| u64::from(lane)).sum::<u64>();
        let bytes = sum(self.bytes);
        let by_row = self.rows.saturating_sub(1) * bytes - sum(self.left);
        let weighted = self.position % ADLER_MOD * bytes
            + self.stride * (by_row % ADLER_MOD)
            + self.weighted.iter().sum::<u64>();
        ((bytes % ADLER_MOD) as u32, (weighted % ADLER_MOD) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_rows_equal_the_definition() {
        for bpp in [1usize, 3, 4] {
            for width in (0..140).chain([255, 256, 257, 1000, 16_384]) {
                let mask = if bpp == 4 { u32::MAX } else { (1 << (8 * bpp)) - 1 };
                let (position, stride) = (77_777, 16_384 * bpp + 1);
                let mut sums = Sums::new(bpp, position, stride);
                let (mut plain, mut weighted) = (0u128, 0u128);
                for y in 0..32u32 {
                    // Every third row is the one before; some have the largest values there are.
                    let kind = y - y % 3 / 2;
                    let value = |i: u32| (kind + 1).wrapping_mul(i + 1).wrapping_mul(0x9e37_79b1);
                    let row: Vec<u32> =
                        (0..width as u32).map(|i| if kind < 9 { mask } else { value(i) & mask }).collect();
                    if kind == y {
                        sums.add(&row);
                    } else {
                        sums.add_again();
                    }
                    let bytes = row.iter().flat_map(|p| p.to_le_bytes()[..bpp].to_vec());
                    for (byte, at) in bytes.zip((position + y as usize * stride) as u128..) {
                        plain += u128::from(byte);
                        weighted += at * u128::from(byte);
                    }
                }
                let modulus = u128::from(ADLER_MOD);
                let want = ((plain % modulus) as u32, (weighted % modulus) as u32);
                assert_eq!(sums.finish(), want, "{bpp} bytes, {width} pixels");
            }
        }
    }
}
