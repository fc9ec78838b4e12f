//! Bit strings: writing them, and copying them to any bit position.
//!
//! Deflate fills bytes from their lowest bit. What does not fill a byte yet waits in a register; bits are stored in
//! little-endian words, so the byte order of the stream is right on every machine.

/// [`BitWriter::put`] takes no more bits than this at once: with up to seven that wait, they fit a word.
pub(crate) const MAX_PUT: u32 = 56;
/// Bytes that [`BitWriter::copy`] reads at least. Nine in ten rows of flat spans are no longer.
pub(crate) const BLOCK: usize = 32;
/// Bytes behind the last bit that are written as well.
pub(crate) const SLACK: usize = BLOCK + 8;

/// Writes bits into a byte buffer of known size, from its first byte on.
///
/// Rows of spans are short and their lengths follow no pattern, so nothing here depends on where a word is full:
/// whole words are stored wherever the next bit goes, a whole block of them for a row, and what is too much is written
/// over by what follows. Branches taken wrongly were most of the time before; joining flat pictures takes 0.63 of it.
#[derive(Debug)]
pub(crate) struct BitWriter<'a> {
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

impl<'a> BitWriter<'a> {
    /// Starts at the first byte of `bytes`, which must have [`SLACK`] bytes more than the bits need.
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self { bytes, end: End::default() }
    }

    /// Bits written so far.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        8 * self.end.at + self.end.fill as usize
    }

    /// Where it ended.
    #[inline(always)]
    pub(crate) fn end(self) -> End {
        self.end
    }

    /// Lets `write` write, out of line.
    #[inline(always)]
    pub(crate) fn aside(&mut self, write: impl FnOnce(BitWriter<'_>) -> End) {
        self.end = write(BitWriter { bytes: self.bytes, end: self.end });
    }

    /// Appends the low `count` bits (at most [`MAX_PUT`]) of `bits`; higher ones must be zero.
    #[inline(always)]
    pub(crate) fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count <= MAX_PUT && bits >> count == 0, "bits beyond the count");
        let End { at, partial, fill } = self.end;
        let partial = partial | bits << fill;
        self.bytes[at..][..8].copy_from_slice(&partial.to_le_bytes());
        let filled = fill + count;
        let whole = filled / 8;
        self.end = End { at: at + whole as usize, partial: partial >> (8 * whole), fill: filled % 8 };
    }

    /// Appends four words, of each the low bits, at most [`MAX_PUT`]; higher ones must be zero. One check of the room for all.
    #[inline(always)]
    pub(crate) fn put_four(&mut self, words: [u64; 4], counts: [u64; 4]) {
        let End { at: from, mut partial, mut fill } = self.end;
        let out: &mut [u8; SLACK] = self.bytes[from..].first_chunk_mut().expect("there is slack");
        let mut at = 0;
        for (word, count) in words.into_iter().zip(counts) {
            debug_assert!(count <= u64::from(MAX_PUT) && word >> count == 0, "bits beyond the count");
            partial |= word << fill;
            // At most three times seven bytes and a bit: the mask only says so to the compiler.
            out[at & 31..][..8].copy_from_slice(&partial.to_le_bytes());
            let filled = fill + count as u32;
            let whole = filled / 8;
            at += whole as usize;
            partial >>= 8 * whole;
            fill = filled % 8;
        }
        self.end = End { at: from + at, partial, fill };
    }

    /// Appends the first `count` bits of the string in `bytes`, which goes on for [`BLOCK`] bytes at least.
    #[inline(always)]
    pub(crate) fn copy(&mut self, mut bytes: &[u8], mut count: u32) {
        while count as usize > 8 * BLOCK {
            self.block(bytes, 8 * BLOCK as u32);
            bytes = &bytes[BLOCK..];
            count -= 8 * BLOCK as u32;
        }
        self.block(bytes, count);
    }

    #[inline(always)]
    fn block(&mut self, bytes: &[u8], count: u32) {
        let End { at, partial, fill } = self.end;
        let bytes: &[u8; BLOCK] = bytes.first_chunk().expect("strings go on for a block");
        let out: &mut [u8; SLACK] = self.bytes[at..].first_chunk_mut().expect("there is slack");
        let mut carry = partial;
        let (whole, last) = out.split_at_mut(BLOCK);
        for (word, out) in bytes.as_chunks().0.iter().zip(whole.as_chunks_mut().0) {
            let word = u64::from_le_bytes(*word);
            *out = (carry | word << fill).to_le_bytes();
            // Two shifts, for a fill of nothing.
            carry = word >> 1 >> (63 - fill);
        }
        last.copy_from_slice(&carry.to_le_bytes());
        let filled = fill + count;
        let (whole, fill) = ((filled / 8) as usize, filled % 8);
        self.end = End { at: at + whole, partial: u64::from(out[whole]) & ((1 << fill) - 1), fill };
    }

    /// Pads to a whole byte with zero bits and gives the number of bytes written.
    #[inline(always)]
    pub(crate) fn align(&mut self) -> usize {
        let End { at, partial, fill } = self.end;
        // All that waits is below a byte.
        self.bytes[at] = partial as u8;
        self.end = End { at: at + usize::from(fill > 0), ..End::default() };
        self.end.at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bit(bytes: &[u8], at: usize) -> bool {
        bytes[at / 8] >> (at % 8) & 1 == 1
    }

    proptest! {
        /// Bit strings of random lengths, put and copied, against a bit-by-bit reference.
        #[test]
        fn writing_equals_the_bit_by_bit_reference(
            pieces in prop::collection::vec(
                (prop::collection::vec(any::<u8>(), 160), 0u32..=1024, any::<u64>(), 0..=MAX_PUT, any::<bool>()),
                0..40,
            ),
        ) {
            let mut expected: Vec<bool> = Vec::new();
            let mut bytes = vec![0xaau8; 40 * (128 + 8) + SLACK];
            let mut out = BitWriter::new(&mut bytes);
            for (string, count, bits, few, align) in pieces {
                // What follows a string must not matter.
                expected.extend((0..count as usize).map(|at| bit(&string, at)));
                out.copy(&string, count);
                expected.extend((0..few).map(|i| bits >> i & 1 == 1));
                out.put(bits & ((1 << few) - 1), few);
                prop_assert_eq!(out.len(), expected.len());
                if align {
                    expected.resize(expected.len().next_multiple_of(8), false);
                    prop_assert_eq!(8 * out.align(), expected.len());
                }
            }
            let written = out.align();
            prop_assert_eq!(written, expected.len().div_ceil(8));
            expected.resize(8 * written, false);
            for (at, &want) in expected.iter().enumerate() {
                prop_assert_eq!(bit(&bytes, at), want, "bit {}", at);
            }
        }
    }
}
