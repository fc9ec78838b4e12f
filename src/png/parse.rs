//! Choosing matches: one row of a span, whole pixels at a time, left to right.
//!
//! At each pixel the candidates are the run of the pixel to the left and what rows above show up to [`REACH`] pixels
//! to either side; the longest wins, the cheapest where they tie. A match above is taken only where it is cheaper than
//! the literals that it replaces; a run always is.
//!
//! How far the search goes is a matter of effort. Flat reference set, 2048x2048, KB an item in tiles of 64x64: one row and
//! three pixels 315, two rows and eight pixels 279, five rows (all that deflate reaches) and sixteen pixels 254, for a
//! quarter more time. Stopping the search at matches of 16 or 24 pixels made files 1 to 3 % larger and saved no time;
//! looking one match ahead made them 0.7 % smaller and took twice as long.
//!
//! All places of a row above are looked at together: the pixels around `x` are compared with the one at `x` in vector
//! registers, which gives a bit a place. Places that agree at the match's beginning and just behind the best match so
//! far are few, and are compared pixel by pixel, sixteen at a time.
//!
//! The choice depends on the span's own pixels and the collection's code alone: that is what lets a span's bits be
//! used in every picture that shows it.

use fearless_simd::prelude::*;
use fearless_simd::u32x16;

use crate::png::code::{Bits, Code, LANES, REACH};
use crate::png::token::{Token, pieces};

/// How far to look for matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// The pixel to the left, and straight above.
    Straight,
    /// Two rows up, eight pixels to either side.
    Near,
    /// As many rows up as deflate reaches, eight at most, and [`REACH`] pixels to either side.
    Far,
    /// As far, and the matches chosen for the fewest bits of a whole row (see [`crate::png::optimal`]).
    Optimal,
}

impl Search {
    fn rows(self) -> usize {
        match self {
            Self::Straight => 0,
            Self::Near => 2,
            Self::Far | Self::Optimal => usize::MAX,
        }
    }
}

/// Room around each line, so that every window of it can be read whole.
pub(crate) const ROOM: usize = REACH;

/// A row of pixels and those above it, with what equals what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines<'a> {
    /// Lines of `width + 2 * ROOM` values, the pixels in the middle; the room may hold anything.
    pub(crate) padded: &'a [u32],
    /// Which line is parsed; those before it are above it.
    pub(crate) line: usize,
    /// Pixels of a line.
    pub(crate) width: usize,
    /// A bit for each pixel that equals the one to the left, and more that are clear.
    pub(crate) left: &'a [u64],
    /// A bit for each pixel that equals the one above, and more that are clear.
    pub(crate) straight: &'a [u64],
}

impl<'a> Lines<'a> {
    /// The line `up` rows above, with its room.
    #[inline(always)]
    fn above(&self, up: usize) -> &'a [u32] {
        let pitch = self.width + 2 * ROOM;
        &self.padded[(self.line - up) * pitch..][..pitch]
    }
}

/// Sets a bit in `bits` where `a` equals `b`, for `width` values of each, and a word of clear bits behind. Both slices
/// go on for 15 values at least. Tells whether all are equal.
#[inline(always)]
pub(crate) fn equal_bits<S: Simd>(simd: S, a: &[u32], b: &[u32], width: usize, bits: &mut Vec<u64>) -> bool {
    bits.clear();
    let mut all = true;
    for from in (0..width).step_by(64) {
        let count = (width - from).min(64);
        let mut word = 0;
        for at in (0..count).step_by(16) {
            let (x, y) = (&a[from + at..][..16], &b[from + at..][..16]);
            let equal = u32x16::from_slice(simd, x).simd_eq(u32x16::from_slice(simd, y));
            word |= (equal.to_bitmask() & 0xffff) << at;
        }
        let valid = u64::MAX >> (64 - count);
        all &= word & valid == valid;
        bits.push(word & valid);
    }
    bits.push(0);
    all
}

/// How many bits in a row are set from `x` on. The last word of `bits` must be clear.
#[inline(always)]
fn ones(bits: &[u64], x: usize) -> usize {
    let (mut word, shift) = (x / 64, x % 64);
    let first = (!(bits[word] >> shift)).trailing_zeros() as usize;
    if first < 64 - shift {
        return first;
    }
    let mut count = 64 - shift;
    loop {
        word += 1;
        let more = (!bits[word]).trailing_zeros() as usize;
        count += more;
        if more < 64 {
            return count;
        }
    }
}

/// A bit for each of the first sixteen values that equals that of `pixel`.
///
/// Not a closure: one that the compiler does not inline is compiled without the vector instructions, and took a third
/// of all time.
#[inline(always)]
fn equal_lanes<S: Simd>(simd: S, values: &[u32], pixel: u32x16<S>) -> u32 {
    let values: &[u32] = &values[..16];
    u32x16::from_slice(simd, values).simd_eq(pixel).to_bitmask() as u32 & 0xffff
}

/// How many values at the start of `a` and `b` are equal, `most` at most. Both go on for 15 values beyond `most`.
#[inline(always)]
fn equal_prefix<S: Simd>(simd: S, a: &[u32], b: &[u32], most: usize) -> usize {
    let mut count = 0;
    while count < most {
        let (x, y) = (&a[count..][..16], &b[count..][..16]);
        let equal = u32x16::from_slice(simd, x).simd_eq(u32x16::from_slice(simd, y)).to_bitmask();
        let ones = (!equal & 0xffff).trailing_zeros() as usize;
        if ones < 16 {
            return (count + ones).min(most);
        }
        count += 16;
    }
    most
}

/// The lanes of a line above that equal `pixel`, a bit each; `x` is below lane [`REACH`].
#[inline(always)]
fn lanes<S: Simd>(simd: S, above: &[u32], x: usize, width: usize, pixel: u32, search: Search) -> u32 {
    let pixel = u32x16::splat(simd, pixel);
    let found = match search {
        Search::Straight => 0,
        Search::Near => equal_lanes(simd, &above[x + 8..], pixel) << 8,
        Search::Far | Search::Optimal => {
            equal_lanes(simd, &above[x..], pixel) | equal_lanes(simd, &above[x + 16..], pixel) << 16
        }
    };
    // At a span's ends the room around it takes part in the comparison, and means nothing. Spans are short: a branch
    // that passes this over in their middle is taken wrongly too often.
    let from_first = u32::MAX << REACH.saturating_sub(x);
    let to_last = u32::MAX >> REACH.saturating_sub(width - x);
    found & from_first & to_last
}

/// Of a set of lanes, a bit each, the cheapest by `bits`: of those to the left the nearest to straight above, or of those
/// straight above and to the right. Lanes of a side nearly always cost the same.
#[inline(always)]
fn cheapest(lanes: u32, bits: &[Bits; LANES]) -> usize {
    let (left, right) = (lanes & ((1 << REACH) - 1), lanes >> REACH);
    let nearest_left = (LANES - 1).wrapping_sub(left.leading_zeros() as usize);
    let nearest_right = REACH + right.trailing_zeros() as usize;
    match (left, right) {
        (_, 0) => nearest_left,
        (0, _) => nearest_right,
        _ if bits[nearest_left].count < bits[nearest_right].count => nearest_left,
        _ => nearest_right,
    }
}

/// Where a match comes from: rows up and lane, or nothing for the pixel to the left.
pub(crate) type Source = Option<(usize, usize)>;

/// What the matches of a line are looked for with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finder<'a, S> {
    simd: S,
    lines: &'a Lines<'a>,
    pub(crate) code: &'a Code,
    search: Search,
    /// Rows above that are looked at.
    rows: usize,
    /// The line itself, with the room behind it.
    pub(crate) row: &'a [u32],
}

impl<'a, S: Simd> Finder<'a, S> {
    #[inline(always)]
    pub(crate) fn new(simd: S, lines: &'a Lines<'a>, code: &'a Code, search: Search) -> Self {
        let rows = code.above.len().min(search.rows()).min(lines.line);
        Self { simd, lines, code, search, rows, row: &lines.above(0)[ROOM..] }
    }

    /// Calls `better` with a match at `x`, if there is one, and then with each that is longer, from near to far. No
    /// match is longer than deflate's longest; looking no further keeps wide rows linear.
    #[inline(always)]
    pub(crate) fn matches(&self, x: usize, mut better: impl FnMut(usize, Source)) {
        let Self { simd, lines, code, search, rows, row } = *self;
        let (width, max) = (lines.width, code.shape.max_match());
        let mut length = ones(lines.left, x).min(max);
        if length > 0 {
            better(length, None);
        }
        let can_copy = lines.line > 0 && !code.above.is_empty();
        let copy = if can_copy { ones(lines.straight, x).min(max) } else { 0 };
        if copy > length {
            length = copy;
            better(copy, Some((1, REACH)));
        }
        for up in 1..=rows {
            if length == max || x + length >= width {
                break;
            }
            let above = lines.above(up);
            // A longer match must also agree where the best so far ends, which refuses nearly all.
            let mut found = lanes(simd, above, x + length, width, row[x + length], search);
            if length > 0 && found != 0 {
                found &= lanes(simd, above, x, width, row[x], search);
            }
            while found != 0 {
                let lane = cheapest(found, &code.above[up - 1]);
                found &= !(1 << lane);
                let reach = max.min(width - x).min(width + REACH - x - lane);
                let matched = equal_prefix(simd, &row[x..], &above[x + lane..], reach);
                if matched > length {
                    length = matched;
                    better(length, Some((up, lane)));
                    if length == max || x + length >= width {
                        break;
                    }
                    found &= lanes(simd, above, x + length, width, row[x + length], search);
                }
            }
        }
    }

    /// The bits of a match.
    #[inline(always)]
    pub(crate) fn price(&self, length: usize, source: Source) -> u32 {
        let back = match source {
            Some((up, lane)) => self.code.above[up - 1][lane],
            None => self.code.left,
        };
        self.code.length[length].count + back.count
    }
}

/// Chooses the parts of a line, at each pixel the longest match.
#[inline(always)]
pub(crate) fn parse_line<S: Simd>(
    simd: S,
    lines: &Lines<'_>,
    code: &Code,
    search: Search,
    tokens: &mut Vec<Token>,
) {
    let finder = Finder::new(simd, lines, code, search);
    let (min, max) = (code.shape.min_match(), code.shape.max_match());
    let mut x = 0;
    while x < lines.width {
        let (mut length, mut source) = (0, None);
        finder.matches(x, |longer, from| (length, source) = (longer, from));
        if let Some((up, lane)) = source.filter(|_| length >= min) {
            let pays = length >= code.sure_match || {
                let literals: u32 = finder.row[x..x + length].iter().map(|&p| code.pixel(p).count).sum();
                finder.price(length, source) < literals
            };
            if pays {
                tokens.push(Token::above(up, lane, length));
                x += length;
                continue;
            }
        }
        let run = ones(lines.left, x);
        if run >= min {
            pieces(run, min, max, |n| tokens.push(Token::left(n)));
            x += run;
        } else {
            tokens.push(Token::literal());
            x += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_are_counted_across_words() {
        for from in 0..200 {
            for length in [0, 1, 5, 63, 64, 65, 130, 200] {
                let mut bits = vec![0u64; 8];
                (from..from + length).for_each(|i| bits[i / 64] |= 1 << (i % 64));
                assert_eq!(ones(&bits, from), length, "{length} from {from}");
            }
        }
    }

    #[test]
    fn the_cheapest_lane_is_found() {
        let mut bits = [Bits::default(); LANES];
        for (left, right) in [(5, 9), (9, 5), (7, 7)] {
            for (lane, bits) in bits.iter_mut().enumerate() {
                bits.count = if lane < REACH { left } else { right };
            }
            for a in 0..LANES {
                for b in 0..LANES {
                    let got = cheapest(1 << a | 1 << b, &bits);
                    assert!(got == a || got == b, "{a} {b}");
                    assert_eq!(bits[got].count, bits[a].count.min(bits[b].count), "{a} {b}");
                    if (a < REACH) == (b < REACH) {
                        let from_straight = |lane: usize| lane.abs_diff(REACH);
                        assert_eq!(from_straight(got), from_straight(a).min(from_straight(b)), "{a} {b}");
                    }
                }
            }
        }
    }
}
