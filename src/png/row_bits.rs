//! A bit for each pixel of a row, to be counted from anywhere.

use crate::geometry::MAX_SIDE;

/// A bit for each pixel of a row, and clear ones. As bytes, so that a window of bits begins with a byte anywhere: ends of words
/// lie anywhere, and a branch there is taken wrongly.
#[derive(Debug)]
pub(crate) struct RowBits {
    bytes: Box<[[u8; 8]; Self::WORDS]>,
    /// Words that are in use, and not clear behind the row.
    words: usize,
}

impl Default for RowBits {
    fn default() -> Self {
        Self { bytes: Box::new([[0; 8]; Self::WORDS]), words: 0 }
    }
}

impl RowBits {
    /// Bytes of memory.
    pub(crate) const BYTES: usize = 8 * Self::WORDS;
    /// Bits of a window at least.
    pub(crate) const WINDOW: usize = 57;
    /// Bytes that windows begin at, so that none must be checked: a row and its end have no more.
    const WINDOWS: usize = (MAX_SIDE as usize / 8 + 1).next_power_of_two();
    const WORDS: usize = Self::WINDOWS / 8 + 1;

    /// The bits from now on are of a row of so many pixels, each of which is set next.
    #[inline(always)]
    pub(crate) fn set_count(&mut self, count: usize) {
        let words = count.div_ceil(64);
        if self.words != words {
            self.words = words;
            self.bytes[words..][..2].fill([0; 8]);
        }
    }

    /// 64 bits each, those of no pixel clear.
    #[inline(always)]
    pub(crate) fn words_mut(&mut self) -> &mut [[u8; 8]] {
        &mut self.bytes[..self.words]
    }

    /// Sets or clears the first bit.
    #[inline(always)]
    pub(crate) fn set_first(&mut self, bit: bool) {
        self.bytes[0][0] = self.bytes[0][0] & !1 | u8::from(bit);
    }

    /// 64 bits each.
    #[inline(always)]
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> {
        self.bytes[..self.words].iter().map(|&word| u64::from_le_bytes(word))
    }

    /// The bits from `x` on.
    #[inline(always)]
    pub(crate) fn window(&self, x: usize) -> u64 {
        let bytes: &[u8; 8 * Self::WORDS] = self.bytes.as_flattened().try_into().expect("as many bytes");
        u64::from_le_bytes(*bytes[x / 8 % Self::WINDOWS..].first_chunk().expect("a word is behind"))
            >> (x % 8)
    }

    /// How many bits in a row are set from `x` on.
    #[inline(always)]
    pub(crate) fn ones(&self, mut x: usize) -> usize {
        let from = x;
        loop {
            let count = (!self.window(x)).trailing_zeros() as usize;
            x += count;
            if count < Self::WINDOW {
                return x - from;
            }
        }
    }

    /// Whether bit `x` is set, and how many bits in a row are set behind it.
    #[inline(always)]
    pub(crate) fn bit_and_ones(&self, x: usize) -> (bool, usize) {
        let window = self.window(x);
        let mut count = (!(window >> 1)).trailing_zeros() as usize;
        if count >= Self::WINDOW - 1 {
            count += self.ones(x + 1 + count);
        }
        (window & 1 == 1, count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_are_counted_across_words() {
        for from in 0..200 {
            for length in [0, 1, 5, 63, 64, 65, 128, 130, 200] {
                let mut bits = RowBits::default();
                bits.set_count(400);
                (from..from + length).for_each(|i| bits.bytes[i / 64][i / 8 % 8] |= 1 << (i % 8));
                assert_eq!(bits.ones(from), length, "{length} from {from}");
            }
        }
    }
}
