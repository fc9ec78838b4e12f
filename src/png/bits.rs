//! Bit strings: writing them, and copying them to any bit position.
//!
//! Deflate fills bytes from their lowest bit. A 64-bit accumulator keeps the bits that do not fill a word yet; words
//! go out little-endian, so the byte order of the stream is right on every machine.

/// Collects bits in whole 64-bit words.
#[derive(Clone, Debug, Default)]
pub(crate) struct BitWriter {
    words: Vec<u64>,
    partial: u64,
    /// Bits in `partial`, 0 to 63.
    fill: u32,
}

impl BitWriter {
    /// An empty writer that re-uses `words`' memory.
    pub(crate) fn reusing(mut words: Vec<u64>) -> Self {
        words.clear();
        Self { words, partial: 0, fill: 0 }
    }

    /// Appends the low `count` bits (at most 64) of `bits`; higher ones must be zero.
    #[inline]
    pub(crate) fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count == 64 || bits >> count == 0, "bits beyond the count");
        self.partial |= bits << self.fill;
        let filled = self.fill + count;
        if filled >= 64 {
            self.words.push(self.partial);
            // The two shifts keep the amount below 64 when the word was empty.
            self.partial = bits >> 1 >> (63 - self.fill);
            self.fill = filled - 64;
        } else {
            self.fill = filled;
        }
    }

    /// Bits written so far.
    #[inline]
    pub(crate) fn len(&self) -> u64 {
        self.words.len() as u64 * 64 + u64::from(self.fill)
    }

    /// Pads to a whole word with zero bits; gives the number of words so far.
    #[inline]
    pub(crate) fn align(&mut self) -> usize {
        if self.fill > 0 {
            self.words.push(self.partial);
            (self.partial, self.fill) = (0, 0);
        }
        self.words.len()
    }

    /// The words, the last one padded with zero bits.
    pub(crate) fn finish(mut self) -> Vec<u64> {
        self.align();
        self.words
    }
}

/// Writes bits into a byte buffer of known size, from a byte position on.
#[derive(Debug)]
pub(crate) struct ByteBits<'a> {
    bytes: &'a mut [u8],
    at: usize,
    partial: u64,
    fill: u32,
}

impl<'a> ByteBits<'a> {
    /// Starts at the first byte of `bytes`, which must have room for whole words: 8 bytes more than the bits need.
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, at: 0, partial: 0, fill: 0 }
    }

    /// Appends the low `count` bits (at most 64) of `bits`; higher ones must be zero.
    #[inline(always)]
    pub(crate) fn put(&mut self, bits: u64, count: u32) {
        self.partial |= bits << self.fill;
        let filled = self.fill + count;
        if filled >= 64 {
            self.bytes[self.at..self.at + 8].copy_from_slice(&self.partial.to_le_bytes());
            self.at += 8;
            self.partial = bits >> 1 >> (63 - self.fill);
            self.fill = filled - 64;
        } else {
            self.fill = filled;
        }
    }

    /// Appends the first `count` bits of the string in `words`; bits of the last word beyond them must be zero.
    #[inline(always)]
    pub(crate) fn copy(&mut self, words: &[u64], count: u64) {
        let (whole, rest) = words[..count.div_ceil(64) as usize].split_at((count / 64) as usize);
        for &word in whole {
            // As in `put`, with 64 bits: the fill stays.
            self.bytes[self.at..self.at + 8]
                .copy_from_slice(&(self.partial | word << self.fill).to_le_bytes());
            self.at += 8;
            self.partial = word >> 1 >> (63 - self.fill);
        }
        if let [last] = rest {
            self.put(*last, (count % 64) as u32);
        }
    }

    /// Pads to a whole byte with zero bits and gives the number of bytes written.
    pub(crate) fn finish(self) -> usize {
        let rest = self.fill.div_ceil(8) as usize;
        self.bytes[self.at..self.at + rest].copy_from_slice(&self.partial.to_le_bytes()[..rest]);
        self.at + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bit(words: &[u64], at: u64) -> bool {
        words[(at / 64) as usize] >> (at % 64) & 1 == 1
    }

    proptest! {
        /// Bit strings of random lengths, joined, against a bit-by-bit reference.
        #[test]
        fn joining_equals_the_bit_by_bit_reference(
            pieces in prop::collection::vec((prop::collection::vec(any::<u64>(), 4), 0u64..=256), 0..40),
            lead in 0u32..64,
        ) {
            let mut expected: Vec<bool> = vec![true; lead as usize];
            let mut bytes = vec![0u8; 40 * 32 + 32];
            let mut out = ByteBits::new(&mut bytes);
            out.put(u64::MAX >> 1 >> (63 - lead), lead);
            for (mut words, count) in pieces {
                expected.extend((0..count).map(|at| bit(&words, at)));
                if count % 64 > 0 {
                    words[(count / 64) as usize] &= (1 << (count % 64)) - 1;
                }
                out.copy(&words, count);
            }
            let written = out.finish();
            prop_assert_eq!(written, expected.len().div_ceil(8));
            for (at, &want) in expected.iter().enumerate() {
                prop_assert_eq!(bytes[at / 8] >> (at % 8) & 1 == 1, want, "bit {}", at);
            }
        }

        #[test]
        fn words_equal_the_reference(puts in prop::collection::vec((any::<u64>(), 0u32..=64, any::<bool>()), 1..50)) {
            let mut expected = Vec::new();
            let mut writer = BitWriter::default();
            for &(bits, count, align) in &puts {
                let bits = if count == 64 { bits } else { bits & ((1 << count) - 1) };
                writer.put(bits, count);
                expected.extend((0..count).map(|i| bits >> i & 1 == 1));
                if align {
                    expected.resize(expected.len().next_multiple_of(64), false);
                    prop_assert_eq!(writer.align() * 64, expected.len());
                }
                prop_assert_eq!(writer.len(), expected.len() as u64);
            }
            let words = writer.finish();
            for (at, &want) in expected.iter().enumerate() {
                prop_assert_eq!(bit(&words, at as u64), want, "bit {}", at);
            }
        }
    }
}
