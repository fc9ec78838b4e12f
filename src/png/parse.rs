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
//! far are few, and are compared pixel by pixel, sixteen at a time. All rows are looked at before anything is decided:
//! most of the time went into branches that were taken wrongly.
//!
//! The choice depends on the span's own pixels and the collection's code alone: that is what lets a span's bits be
//! used in every picture that shows it.

use fearless_simd::prelude::*;
use fearless_simd::u32x16;

use crate::png::code::{Bits, Code, LANES, REACH, ROWS};
use crate::png::lines::{Line, ROOM};
use crate::png::parts::{Parts, pieces};

/// How far to look for matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Search {
    /// The pixel to the left, and straight above.
    Straight,
    /// Two rows up, eight pixels to either side.
    Near,
    /// As many rows up as deflate reaches, seven at most, and [`REACH`] pixels to either side.
    Far,
    /// As far, and the matches chosen for the fewest bits of a whole row (see [`crate::png::optimal`]).
    Optimal,
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

/// The lanes of a line that mean pixels of the span, for pixel `x` of it: at the span's ends the room around takes part
/// in comparisons.
#[inline(always)]
fn inside(x: usize, width: usize) -> u32 {
    u32::MAX << REACH.saturating_sub(x) & u32::MAX >> REACH.saturating_sub(width - x)
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

/// What the matches of a line are looked for with. Rows above are looked at `SIDE` pixels to either side: 8, [`REACH`], or
/// 0 where none is looked at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finder<'a, S, const SIDE: usize> {
    simd: S,
    pub(crate) line: Line<'a>,
    pub(crate) code: &'a Code,
    /// Rows above that are looked at.
    rows: usize,
    /// The line itself, with the room behind it.
    pub(crate) row: &'a [u32],
}

impl<'a, S: Simd, const SIDE: usize> Finder<'a, S, SIDE> {
    /// Looks at `rows` rows above, if there are so many and deflate reaches them.
    #[inline(always)]
    pub(crate) fn new(simd: S, line: Line<'a>, code: &'a Code, rows: usize) -> Self {
        let rows = code.above.len().min(rows).min(line.number);
        Self { simd, line, code, rows, row: &line.above(0)[ROOM..] }
    }

    /// The lanes around `x` of a line above that equal pixel `x`, a bit each, some of which may not be pixels (see
    /// [`inside`]).
    #[inline(always)]
    fn lanes(&self, above: &[u32], x: usize, pixel: u32x16<S>) -> u32 {
        let around: &[u32; LANES] = above[x..].first_chunk().expect("lines have room");
        match SIDE {
            0 => 0,
            8 => equal_lanes(self.simd, &around[8..], pixel) << 8,
            _ => {
                let (left, right) = around.split_at(REACH);
                equal_lanes(self.simd, left, pixel) | equal_lanes(self.simd, right, pixel) << REACH
            }
        }
    }

    /// Pixel `x`, many times over.
    #[inline(always)]
    fn splat(&self, x: usize) -> u32x16<S> {
        u32x16::splat(self.simd, self.row[x])
    }

    /// Calls `better` with the match at `x` that goes on with the pixel to the left for `run` pixels, if that is any, and
    /// then with each that is longer, from near to far. No match is longer than deflate's longest; looking no further
    /// keeps wide rows linear.
    #[inline(always)]
    pub(crate) fn matches(&self, x: usize, run: usize, mut better: impl FnMut(usize, Source)) {
        let Self { simd, line, code, rows, row } = *self;
        let (width, max) = (line.width, code.max_match);
        let mut length = run.min(max);
        if length > 0 {
            better(length, None);
        }
        let copy = if code.above.is_empty() { 0 } else { line.copy(x).min(max) };
        if copy > length {
            length = copy;
            better(copy, Some((1, REACH)));
        }
        if SIDE == 0 || length == max || x + length >= width {
            return;
        }
        // A longer match must also agree where the best so far ends, which refuses nearly all.
        let within = inside(x, width) & inside(x + length, width);
        let (first, next) = (self.splat(x), self.splat(x + length));
        let mut found = [0; ROWS];
        let mut any = 0;
        for (found, up) in found.iter_mut().zip(1..=rows) {
            let above = line.above(up);
            *found = self.lanes(above, x, first) & self.lanes(above, x + length, next) & within;
            any |= *found;
        }
        if any == 0 {
            return;
        }
        let looked_for = length;
        for (mut found, up) in found.into_iter().zip(1..=rows) {
            let above = line.above(up);
            if length > looked_for {
                found &= self.lanes(above, x + length, self.splat(x + length)) & inside(x + length, width);
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
                        return;
                    }
                    found &=
                        self.lanes(above, x + length, self.splat(x + length)) & inside(x + length, width);
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
pub(crate) fn parse<S: Simd, const SIDE: usize>(finder: &Finder<'_, S, SIDE>, parts: &mut impl Parts) {
    let (code, line) = (finder.code, finder.line);
    let min = code.min_match;
    let mut x = 0;
    while x < line.width {
        let (mut length, mut source) = (0, None);
        let run = line.run(x);
        finder.matches(x, run, |longer, from| (length, source) = (longer, from));
        if let Some((up, lane)) = source.filter(|_| length >= min) {
            let pays = length >= code.sure_match || {
                let literals: u32 = finder.row[x..x + length].iter().map(|&p| code.pixel(p).count).sum();
                finder.price(length, source) < literals
            };
            if pays {
                parts.above(up, lane, length);
                x += length;
                continue;
            }
        }
        if run >= min {
            let pixel = finder.row[x];
            pieces(run, code.shape, |length| parts.left(length, pixel));
            x += run;
        } else {
            parts.literal(finder.row[x]);
            x += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
