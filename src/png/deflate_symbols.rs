//! Deflate's symbols, how often they occur, and the code lengths that follow from it.
//!
//! The lengths are all that the recipe stores of a collection's code. Every symbol that a picture of this geometry can
//! need has a code, also where the training sample did not use it.

use crate::geometry::Grid;
use crate::png::huffman::{code_lengths, is_complete};

/// Symbols of the literal/length alphabet that can be used (RFC 1951 forbids 286 and 287).
pub(crate) const LITERALS: usize = 286;
/// Symbols of the distance alphabet that can be used (30 and 31 never occur).
pub(crate) const DISTANCES: usize = 30;
/// End of block.
pub(crate) const END: usize = 256;
/// How far back deflate reaches, in bytes.
pub(crate) const WINDOW: usize = 32_768;

/// A bit string: its bits, lowest first, and how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    pub(crate) bits: u64,
    pub(crate) count: u32,
}

impl Bits {
    #[inline]
    pub(crate) fn then(self, next: Bits) -> Bits {
        Bits { bits: self.bits | next.bits << self.count, count: self.count + next.count }
    }
}

/// Length symbol, number of extra bits and their value for a match of `length` bytes, 3 to 258 (RFC 1951, 3.2.5).
pub(crate) fn length_symbol(length: usize) -> (usize, Bits) {
    debug_assert!((3..=258).contains(&length));
    if length == 258 {
        return (285, Bits::default());
    }
    let l = length - 3;
    if l < 8 {
        return (257 + l, Bits::default());
    }
    // Four symbols an octave: the two bits below the leading one choose, the rest are extra bits.
    let extra = l.ilog2() - 2;
    let symbol = 257 + 4 * extra as usize + (l >> extra);
    (symbol, Bits { bits: (l & ((1 << extra) - 1)) as u64, count: extra })
}

/// Distance symbol and extra bits for a distance of 1 to 32768 bytes (RFC 1951, 3.2.5).
pub(crate) fn distance_symbol(distance: usize) -> (usize, Bits) {
    debug_assert!((1..=WINDOW).contains(&distance));
    let d = distance - 1;
    if d < 4 {
        return (d, Bits::default());
    }
    let extra = d.ilog2() - 1;
    let symbol = 2 * extra as usize + (d >> extra);
    (symbol, Bits { bits: (d & ((1 << extra) - 1)) as u64, count: extra })
}

/// What of deflate a picture's geometry lets happen: pixel size, and how far the row above is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Bytes of a pixel: 1, 3 or 4.
    pub(crate) bpp: usize,
    /// Width of the picture in pixels.
    pub(crate) width: usize,
}

impl Shape {
    /// Bytes of a row with its filter byte.
    pub(crate) fn stride(self) -> usize {
        self.width * self.bpp + 1
    }

    /// The shortest match in pixels: deflate's are three bytes or more.
    pub(crate) fn min_match(self) -> usize {
        3usize.div_ceil(self.bpp)
    }

    /// The longest match in pixels.
    pub(crate) fn max_match(self) -> usize {
        258 / self.bpp
    }

    /// Whether deflate reaches the pixel straight above.
    pub(crate) fn reaches_above(self) -> bool {
        self.stride() <= WINDOW
    }
}

/// How often each symbol occurred.
#[derive(Clone, Debug)]
pub(crate) struct Histogram {
    pub(crate) literals: [u64; LITERALS],
    pub(crate) distances: [u64; DISTANCES],
}

impl Default for Histogram {
    fn default() -> Self {
        Self { literals: [0; LITERALS], distances: [0; DISTANCES] }
    }
}

impl Histogram {
    /// Adds `other`'s counts, `times` over.
    pub(crate) fn add(&mut self, other: &Self, times: u64) {
        self.literals.iter_mut().zip(&other.literals).for_each(|(a, b)| *a += b * times);
        self.distances.iter_mut().zip(&other.distances).for_each(|(a, b)| *a += b * times);
    }

    /// Bits of what was counted under a code with `lengths`.
    pub(crate) fn bits(&self, lengths: &CodeLengths) -> u64 {
        let codes = |counts: &[u64], lengths: &[u8]| -> u64 {
            counts.iter().zip(lengths).map(|(&n, &l)| n * u64::from(l)).sum()
        };
        let extra = |counts: &[u64], per_octave: u32| -> u64 {
            // The first eight length and four distance symbols have no extra bits, then each octave has one more.
            let bits = |symbol: usize| (symbol as u32 / per_octave).saturating_sub(1);
            counts.iter().enumerate().map(|(symbol, &n)| n * u64::from(bits(symbol))).sum()
        };
        // Symbol 285 is a length of its own, without extra bits.
        codes(&self.literals, &lengths.literals)
            + codes(&self.distances, &lengths.distances)
            + extra(&self.literals[END + 1..LITERALS - 1], 4)
            + extra(&self.distances, 2)
    }

    /// Counts every symbol that can occur at least once, so that it gets a code.
    fn with_all_possible(&self, shape: Shape, literals: usize) -> Self {
        let mut counts = self.clone();
        let at_least_once = |n: &mut u64| *n = (*n).max(1);
        counts.literals[..literals].iter_mut().for_each(at_least_once);
        at_least_once(&mut counts.literals[END]);
        for pixels in shape.min_match()..=shape.max_match() {
            at_least_once(&mut counts.literals[length_symbol(pixels * shape.bpp).0]);
        }
        // From the pixel to the left on, everything in rows above that deflate reaches can be a match's source.
        let farthest = WINDOW.min(Grid::TILE_HEIGHT as usize * shape.stride());
        let distances = distance_symbol(shape.bpp).0..=distance_symbol(farthest).0;
        counts.distances[distances].iter_mut().for_each(at_least_once);
        // A complete code has two symbols at least.
        for symbol in 0..2 {
            if counts.distances.iter().filter(|&&n| n > 0).count() < 2 {
                at_least_once(&mut counts.distances[symbol]);
            }
        }
        counts
    }
}

/// Lengths of the literal/length and the distance code: all that the recipe stores of a code.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct CodeLengths {
    pub(crate) literals: Vec<u8>,
    pub(crate) distances: Vec<u8>,
}

impl CodeLengths {
    /// Lengths to begin with, when nothing was counted yet: all symbols alike.
    pub(crate) fn untrained(shape: Shape, literals: usize) -> Self {
        Self::trained(&Histogram::default(), shape, literals)
    }

    /// The best lengths for what was counted. The first `literals` literals can occur.
    pub(crate) fn trained(counts: &Histogram, shape: Shape, literals: usize) -> Self {
        let counts = counts.with_all_possible(shape, literals);
        Self { literals: code_lengths(&counts.literals, 15), distances: code_lengths(&counts.distances, 15) }
    }

    /// Whether these are the lengths of a complete code that has every symbol that can occur.
    pub(crate) fn are_for(&self, shape: Shape, literals: usize) -> bool {
        let possible = Histogram::default().with_all_possible(shape, literals);
        let have = |counts: &[u64], lengths: &[u8]| {
            counts.len() == lengths.len()
                && is_complete(lengths, 15)
                && counts.iter().zip(lengths).all(|(&count, &length)| count == 0 || length > 0)
        };
        have(&possible.literals, &self.literals) && have(&possible.distances, &self.distances)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_distance_symbols_are_those_of_the_rfc() {
        // (symbol, extra bits, first length or distance) from the tables of RFC 1951, 3.2.5.
        for (symbol, extra, first) in
            [(257, 0, 3), (264, 0, 10), (265, 1, 11), (268, 1, 17), (269, 2, 19), (284, 5, 227)]
        {
            assert_eq!(length_symbol(first), (symbol, Bits { bits: 0, count: extra }), "length {first}");
        }
        assert_eq!(length_symbol(257), (284, Bits { bits: 30, count: 5 }));
        assert_eq!(length_symbol(258), (285, Bits::default()));
        for (symbol, extra, first) in
            [(0, 0, 1), (3, 0, 4), (4, 1, 5), (5, 1, 7), (6, 2, 9), (24, 11, 4097), (29, 13, 24577)]
        {
            assert_eq!(distance_symbol(first), (symbol, Bits { bits: 0, count: extra }), "distance {first}");
        }
        assert_eq!(distance_symbol(32_768), (29, Bits { bits: 8191, count: 13 }));
    }

    #[test]
    fn consecutive_lengths_and_distances_never_share_symbol_and_extra_bits() {
        let lengths: Vec<_> = (3..=258).map(length_symbol).collect();
        assert!(lengths.windows(2).all(|w| w[0] != w[1] && w[0].0 <= w[1].0));
        let distances: Vec<_> = (1..=WINDOW).map(distance_symbol).collect();
        assert!(distances.windows(2).all(|w| w[0] != w[1] && w[0].0 <= w[1].0));
    }

    #[test]
    fn counted_bits_are_those_of_the_symbols() {
        let shape = Shape { bpp: 3, width: 2048 };
        let lengths = CodeLengths::untrained(shape, 256);
        let mut all = Histogram::default();
        let mut want = 0;
        for length in 3..=258 {
            let (symbol, extra) = length_symbol(length);
            all.literals[symbol] += 1;
            want += u64::from(u32::from(lengths.literals[symbol]) + extra.count);
        }
        for distance in (1..=WINDOW).step_by(7) {
            let (symbol, extra) = distance_symbol(distance);
            all.distances[symbol] += 1;
            want += u64::from(u32::from(lengths.distances[symbol]) + extra.count);
        }
        assert_eq!(all.bits(&lengths), want);
    }
}
