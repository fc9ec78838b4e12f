//! Choosing matches: one row of a span, whole pixels at a time, left to right.
//!
//! At each pixel the candidates are the run of the pixel to the left and the row above, up to [`REACH`] pixels to
//! either side; the longest wins, the run where they tie because its distance costs no extra bits. A match is taken
//! only where it is cheaper than the literals that it replaces. A row that equals the one above is not parsed at
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

/// Pixels at the start of `a` and `b` that are equal.
#[inline]
fn equal_prefix(a: &[u32], b: &[u32]) -> usize {
    let n = a.len().min(b.len());
    let (a, b) = (&a[..n], &b[..n]);
    let mut at = 0;
    // Eight at a time: the comparison of two arrays becomes two vector instructions.
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

/// The order in which the row above is tried: nearest first, so that ties choose the likeliest distance.
const NEAREST_FIRST: [usize; OFFSETS] = [3, 2, 4, 1, 5, 0, 6];

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

/// Chooses the parts of `row`. `above` is the span's row above, of the same width, if there is one.
pub(crate) fn parse_row(row: &[u32], above: Option<&[u32]>, code: &Code, out: &mut impl Tokens) {
    let (min, max) = (code.shape.min_match(), code.shape.max_match());
    let above = above.filter(|_| !code.above[REACH as usize].is_empty());
    let mut x = 0;
    while x < row.len() {
        let here = row[x];
        let run = if x > 0 && row[x - 1] == here { equal_prefix(&row[x..], &row[x - 1..]) } else { 0 };
        let (mut best, mut offset) = (run, None);
        if let Some(up) = above {
            for i in NEAREST_FIRST {
                let Some(from) = (x + i).checked_sub(REACH as usize) else { continue };
                if from < up.len() && up[from] == here && !code.above[i].is_empty() {
                    let length = equal_prefix(&row[x..], &up[from..]);
                    if length > best {
                        (best, offset) = (length, Some(i));
                    }
                }
            }
        }
        if best < min {
            out.literal(here);
            x += 1;
            continue;
        }
        match offset {
            None => {
                pieces(best, min, max, |n| out.left(n));
                x += best;
            }
            Some(i) => {
                let length = best.min(max);
                // Literals at the start of the match, as far as they can matter for the price.
                let priced = length.min(4);
                let literals: u32 = row[x..x + priced].iter().map(|&p| code.pixel(p).count).sum();
                if code.above[i][length].count < literals {
                    out.above(i, length);
                    x += length;
                } else if run >= min {
                    out.left(run.min(max));
                    x += run.min(max);
                } else {
                    out.literal(here);
                    x += 1;
                }
            }
        }
    }
}
