//! Choosing matches: one row of a span, whole pixels at a time, left to right.
//!
//! At each pixel the candidates are the run of the pixel to the left and the row above, up to [`REACH`] pixels to
//! either side; the longest wins, the run where they tie because its distance costs no extra bits. A match in the
//! row above is taken only where it is cheaper than the literals that it replaces; a run always is. A row that equals the one above is not parsed at
//! all: it is a copy of it, or the same bits again, whichever is shorter.
//!
//! The choice depends on the span's own pixels and the collection's code alone: that is what lets a span's bits be
//! used in every picture that shows it.

use crate::png::code::{Code, OFFSETS, REACH};

/// Where the parts of a row go.
pub(crate) trait Tokens {
    /// One pixel, as it is.
    fn literal(&mut self, pixel: u32);
    /// `length` pixels equal to the one to the left.
    fn left(&mut self, length: usize);
    /// `length` pixels from the row above, `offset - REACH` pixels to the right.
    fn above(&mut self, offset: usize, length: usize);
}

/// A bit for each place at which `a` and `b` are equal: without branches, in vector registers.
#[inline(always)]
fn equal_lanes(a: &[u32; 8], b: &[u32; 8]) -> u32 {
    let mut bits = 0;
    for i in 0..8 {
        bits |= u32::from(a[i] == b[i]) << i;
    }
    bits
}

/// Pixels at the start of `a` and `b` that are equal.
#[inline]
fn equal_prefix(a: &[u32], b: &[u32]) -> usize {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let mut at = 0;
    // Comparing eight and then the rest one by one takes fewer instructions than finding the place in a mask: most
    // matches end within the first few pixels.
    while let (Some(x), Some(y)) = (a[at..].first_chunk::<8>(), b[at..].first_chunk::<8>()) {
        if x != y {
            break;
        }
        at += 8;
    }
    while at < n && a[at] == b[at] {
        at += 1;
    }
    at
}

/// Splits `length` pixels in pieces that one match can copy, the last no shorter than `min`.
fn pieces(mut length: usize, min: usize, max: usize, mut emit: impl FnMut(usize)) {
    while length > max {
        let take = if length - max < min { max - min } else { max };
        emit(take);
        length -= take;
    }
    emit(length);
}

/// Codes a row that equals the one above as a copy.
pub(crate) fn copy_row(width: usize, code: &Code, out: &mut impl Tokens) {
    pieces(width, code.shape.min_match(), code.shape.max_match(), |n| out.above(REACH as usize, n));
}

/// The bits that [`copy_row`] takes, if a row of this width can be copied.
pub(crate) fn copy_cost(width: usize, code: &Code) -> Option<u64> {
    let table = &code.above[REACH as usize];
    if table.is_empty() || width < code.shape.min_match() {
        return None;
    }
    let mut cost = 0;
    pieces(width, code.shape.min_match(), code.shape.max_match(), |n| cost += u64::from(table[n].count));
    Some(cost)
}

/// The row above, with room on both sides so that every window of it can be read whole.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowAbove<'a> {
    pixels: &'a [u32],
    /// [`REACH`] pixels, then `pixels`, then 8 more.
    padded: &'a [u32],
}

impl<'a> RowAbove<'a> {
    /// Copies `pixels` into `buffer` with room around.
    pub(crate) fn new(pixels: &'a [u32], buffer: &'a mut Vec<u32>) -> Self {
        buffer.clear();
        buffer.extend([0; REACH as usize]);
        buffer.extend_from_slice(pixels);
        buffer.extend([0; 8]);
        Self { pixels, padded: buffer }
    }

    /// A bit for each offset at which the pixel above `x` equals `pixel`. In the room around the row it may be set
    /// wrongly.
    #[inline(always)]
    fn equal(&self, x: usize, pixel: u32) -> u32 {
        let window = self.padded[x..].first_chunk::<8>().expect("the room on the right");
        // The eighth is out of reach.
        equal_lanes(window, &[pixel; 8])
    }

    /// The longest match with what begins at `x` in `row`, if it is longer than `best`: its offset and length.
    ///
    /// A candidate can only be longer if it also agrees where the best so far ends, which refuses nearly all.
    #[inline(always)]
    fn longest(&self, row: &[u32], x: usize, mut best: usize, offsets: u32) -> Option<(usize, usize)> {
        if x + best >= row.len() {
            return None;
        }
        let mut candidates = offsets & self.equal(x + best, row[x + best]);
        if candidates == 0 {
            return None;
        }
        if best > 0 {
            candidates &= self.equal(x, row[x]);
        }
        let mut found = None;
        while candidates != 0 {
            // Nearest first, so that of equally long matches the one with the likeliest distance is taken.
            let i = NEAREST_FIRST[candidates as usize];
            candidates &= !(1 << i);
            let length = (x + i)
                .checked_sub(REACH as usize)
                .and_then(|from| self.pixels.get(from..))
                .map_or(0, |up| equal_prefix(&row[x..], up));
            if length > best {
                best = length;
                found = Some((i, length));
                if x + best >= row.len() {
                    break;
                }
                candidates &= self.equal(x + best, row[x + best]);
            }
        }
        found
    }
}

/// For each set of offsets, a bit each, the one nearest to straight above; of two as near the left one.
const NEAREST_FIRST: [usize; 1 << OFFSETS] = {
    let order = [3, 2, 4, 1, 5, 0, 6];
    let mut nearest = [0; 1 << OFFSETS];
    let mut set = 1;
    while set < nearest.len() {
        let mut rank = OFFSETS;
        while rank > 0 {
            rank -= 1;
            if set >> order[rank] & 1 == 1 {
                nearest[set] = order[rank];
            }
        }
        set += 1;
    }
    nearest
};

/// Chooses the parts of `row`. `above` is the span's row above, of the same width, if there is one.
#[inline]
pub(crate) fn parse_row(row: &[u32], above: Option<RowAbove<'_>>, code: &Code, out: &mut impl Tokens) {
    let (min, max) = (code.shape.min_match(), code.shape.max_match());
    let offsets = code.offsets();
    let above = above.filter(|_| offsets != 0);
    let mut x = 0;
    while x < row.len() {
        let here = row[x];
        let run = if x > 0 && row[x - 1] == here { equal_prefix(&row[x..], &row[x - 1..]) } else { 0 };
        // No match is longer than `max`; looking no further keeps wide rows linear, and prefers a run that long.
        let reachable = &row[..row.len().min(x + max)];
        let longer = above.and_then(|above| above.longest(reachable, x, run, offsets));
        if let Some((i, length)) = longer.filter(|&(_, length)| length >= min) {
            // Literals at the start of the match, as far as they can matter for the price.
            let priced = length.min(4);
            let literals: u32 = row[x..x + priced].iter().map(|&p| code.pixel(p).count).sum();
            if code.above[i][length].count < literals {
                out.above(i, length);
                x += length;
                continue;
            }
        }
        if run >= min {
            pieces(run, min, max, |n| out.left(n));
            x += run;
        } else {
            out.literal(here);
            x += 1;
        }
    }
}
