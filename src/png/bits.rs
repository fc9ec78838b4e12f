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

    /// The words, the last one padded with zero bits, and the [`BLOCK`] more that [`ByteBits::copy`] may read beyond.
    pub(crate) fn finish(mut self) -> Vec<u64> {
        let words = self.align();
        self.words.resize(words + BLOCK, 0);
        self.words
    }
}

/// [`ByteBits::put`] takes no more bits than this at once: with up to seven that wait, they fit a word.
pub(crate) const MOST_PUT: u32 = 56;
/// Words that [`ByteBits::copy`] reads at least. Nine in ten rows of flat spans are no longer.
pub(crate) const BLOCK: usize = 4;
/// Bytes behind the last bit that are written as well.
pub(crate) const SLACK: usize = 8 * BLOCK + 8;

/// Writes bits into a byte buffer of known size, from a byte position on.
///
/// Rows of spans are short and their lengths follow no pattern, so nothing here depends on where a word is full:
/// whole words are stored wherever the next bit goes, [`BLOCK`] of them for a row, and what is too much is written over
/// by what follows. Branches taken wrongly were most of the time of joining before; flat pictures take 0.63 of it.
#[derive(Debug)]
pub(crate) struct ByteBits<'a> {
    bytes: &'a mut [u8],
    end: End,
}

/// Where the next bit goes. Copied in and out of what is rarely called, so that it stays in registers elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct End {
    /// Whole bytes written.
    at: usize,
    /// The bits that do not fill a byte yet, and how many.
    partial: u64,
    fill: u32,
}

impl<'a> ByteBits<'a> {
    /// Starts at the first byte of `bytes`, which must have [`SLACK`] bytes more than the bits need.
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, end: End::default() }
    }

    /// Lets `write` write, out of line.
    #[inline(always)]
    pub(crate) fn aside(&mut self, write: impl FnOnce(ByteBits<'_>) -> End) {
        self.end = write(ByteBits { bytes: self.bytes, end: self.end });
    }

    /// Where it ended.
    #[inline(always)]
    pub(crate) fn end(self) -> End {
        self.end
    }

    /// Appends the low `count` bits (at most [`MOST_PUT`]) of `bits`; higher ones must be zero.
    #[inline(always)]
    pub(crate) fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count <= MOST_PUT && bits >> count == 0, "bits beyond the count");
        let End { at, partial, fill } = self.end;
        let partial = partial | bits << fill;
        self.bytes[at..][..8].copy_from_slice(&partial.to_le_bytes());
        let filled = fill + count;
        let whole = filled / 8;
        self.end = End { at: at + whole as usize, partial: partial >> (8 * whole), fill: filled % 8 };
    }

    /// Appends the first `count` bits of the string in `words`, which goes on for [`BLOCK`] words at least.
    #[inline(always)]
    pub(crate) fn copy(&mut self, words: &[u64], count: u32) {
        if count as usize <= 64 * BLOCK {
            self.block(words, count);
        } else {
            self.aside(|stream| stream.blocks(words, count));
        }
    }

    #[inline(always)]
    fn block(&mut self, words: &[u64], count: u32) {
        let End { at, partial, fill } = self.end;
        let words: &[u64; BLOCK] = words.first_chunk().expect("strings go on for a block");
        let out: &mut [u8; SLACK] = self.bytes[at..].first_chunk_mut().expect("there is slack");
        let mut carry = partial;
        let (whole, last) = out.split_at_mut(8 * BLOCK);
        for (word, out) in words.iter().zip(whole.as_chunks_mut().0) {
            *out = (carry | word << fill).to_le_bytes();
            // Two shifts, for a fill of nothing.
            carry = word >> 1 >> (63 - fill);
        }
        last.copy_from_slice(&carry.to_le_bytes());
        let filled = fill + count;
        let (whole, fill) = ((filled / 8) as usize, filled % 8);
        self.end = End { at: at + whole, partial: u64::from(out[whole]) & ((1 << fill) - 1), fill };
    }

    #[inline(never)]
    fn blocks(mut self, mut words: &[u64], mut count: u32) -> End {
        while count as usize > 64 * BLOCK {
            self.block(words, 64 * BLOCK as u32);
            words = &words[BLOCK..];
            count -= 64 * BLOCK as u32;
        }
        self.block(words, count);
        self.end
    }

    /// Pads to a whole byte with zero bits and gives the number of bytes written.
    pub(crate) fn finish(self) -> usize {
        let End { at, partial, fill } = self.end;
        let rest = fill.div_ceil(8) as usize;
        self.bytes[at..at + rest].copy_from_slice(&partial.to_le_bytes()[..rest]);
        at + rest
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
            pieces in prop::collection::vec(
                (prop::collection::vec(any::<u64>(), 20), 0u32..=1024, any::<u64>(), 0..=MOST_PUT),
                0..40,
            ),
        ) {
            let mut expected: Vec<bool> = Vec::new();
            let mut bytes = vec![0xaau8; 40 * (128 + 7) + SLACK];
            let mut out = ByteBits::new(&mut bytes);
            for (words, count, bits, few) in pieces {
                // What stands behind a string must not matter.
                expected.extend((0..count.into()).map(|at| bit(&words, at)));
                out.copy(&words, count);
                expected.extend((0..few).map(|i| bits >> i & 1 == 1));
                out.put(bits & ((1 << few) - 1), few);
            }
            let written = out.finish();
            prop_assert_eq!(written, expected.len().div_ceil(8));
            expected.resize(8 * written, false);
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
