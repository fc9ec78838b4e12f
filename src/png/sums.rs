//! Adler-32 without the picture: two sums a span, from which the checksum of any picture that shows it follows.
//!
//! With n bytes d(0) to d(n - 1), Adler-32's halves are 1 + sum(d) and n + sum((n - i) x d(i)), mod 65521 (RFC 1950,
//! 8.2). Both are made of sum(d) and sum(i x d(i)), and these add up over the spans of a picture.

/// Adler-32's modulus.
pub(crate) const ADLER_MOD: u64 = 65_521;

/// Pixels that are added up side by side, so that the compiler uses wide registers.
const SIDE_BY_SIDE: usize = 16;

/// Sum of the bytes of `row`, and of each times its position in it. 16384 pixels of 4 bytes stay below 2^24 and 2^40.
///
/// Each of sixteen sums sees every sixteenth pixel: adding the sum so far to another sum at every step weighs each
/// pixel by how many steps are left, which takes no multiplication.
#[inline(always)]
pub(crate) fn row_sums(row: &[u32], bpp: usize) -> (u64, u64) {
    let (blocks, rest) = row.as_chunks::<SIDE_BY_SIDE>();
    // At most 1024 blocks of 4 x 255: the last of these is below 2^30.
    let mut plain = [0u32; SIDE_BY_SIDE];
    let mut inside = [0u32; SIDE_BY_SIDE];
    let mut weighted = [0u32; SIDE_BY_SIDE];
    for block in blocks {
        for i in 0..SIDE_BY_SIDE {
            let (bytes, places) = pixel_sums(block[i]);
            weighted[i] += plain[i];
            plain[i] += bytes;
            inside[i] += places;
        }
    }
    let (mut all, mut by_byte, mut by_pixel) = (0u64, 0u64, 0u64);
    for i in 0..SIDE_BY_SIDE {
        let bytes = u64::from(plain[i]);
        all += bytes;
        by_byte += u64::from(inside[i]);
        // `weighted` counts the blocks after a pixel's own; what counts is those before it.
        let before = (blocks.len() as u64).saturating_sub(1) * bytes - u64::from(weighted[i]);
        by_pixel += SIDE_BY_SIDE as u64 * before + i as u64 * bytes;
    }
    for (x, &pixel) in (blocks.len() * SIDE_BY_SIDE..).zip(rest) {
        let (bytes, places) = pixel_sums(pixel);
        all += u64::from(bytes);
        by_byte += u64::from(places);
        by_pixel += x as u64 * u64::from(bytes);
    }
    (all, bpp as u64 * by_pixel + by_byte)
}

/// Sum of a pixel's bytes, and of each times its place in the pixel.
#[inline(always)]
pub(crate) fn pixel_sums(pixel: u32) -> (u32, u32) {
    let even = pixel & 0x00ff_00ff;
    let odd = (pixel >> 8) & 0x00ff_00ff;
    let both = even + odd;
    ((both & 0xffff) + (both >> 16), (odd & 0xffff) + 2 * (even >> 16) + 3 * (odd >> 16))
}

/// Adds up the sums of rows, whose bytes have positions in a tile row.
#[derive(Debug)]
pub(crate) struct Sums {
    /// Position of the current row's first byte.
    position: u64,
    stride: u64,
    plain: u64,
    weighted: u64,
}

impl Sums {
    /// For rows of `stride` bytes, filter byte included, that begin at byte `position`.
    pub(crate) fn new(position: usize, stride: usize) -> Self {
        Self { position: position as u64, stride: stride as u64, plain: 0, weighted: 0 }
    }

    /// Adds the next row's sums.
    #[inline]
    pub(crate) fn add(&mut self, (plain, weighted): (u64, u64)) {
        self.plain += plain;
        self.weighted += (self.position % ADLER_MOD) * plain + weighted;
        self.position += self.stride;
    }

    /// Both sums mod 65521.
    pub(crate) fn finish(self) -> (u32, u32) {
        ((self.plain % ADLER_MOD) as u32, (self.weighted % ADLER_MOD) as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_rows_equal_the_definition() {
        for bpp in [1usize, 3, 4] {
            for width in (0..140).chain([1000, 16_384]) {
                let mask = if bpp == 4 { u32::MAX } else { (1 << (8 * bpp)) - 1 };
                for row in [
                    vec![mask; width],
                    (0..width as u32).map(|i| i.wrapping_mul(0x9e37_79b1) & mask).collect(),
                ] {
                    let bytes: Vec<u8> = row.iter().flat_map(|p| p.to_le_bytes()[..bpp].to_vec()).collect();
                    let plain: u64 = bytes.iter().map(|&b| u64::from(b)).sum();
                    let weighted: u64 = bytes.iter().zip(0u64..).map(|(&b, i)| u64::from(b) * i).sum();
                    assert_eq!(row_sums(&row, bpp), (plain, weighted), "{bpp} bytes, {width} pixels");
                }
            }
        }
    }
}
