//! The rows of a span, filtered, and which of their pixels equal others.
//!
//! Rows that need no filter are read where they lie. Comparing with the pixel above and with the one to the left in one pass in
//! place of two was no faster (AVX2).

use fearless_simd::prelude::*;
use fearless_simd::u32x16;

use crate::png::deflate_symbols::Shape;
use crate::png::edges::Edges;
use crate::png::filter::Filter;
use crate::png::row_bits::RowBits;
use crate::png::span::SpanSamples;
use crate::telemetry::Buffer;

/// A span's filtered rows. Memory is re-used from span to span.
#[derive(Debug, Default)]
pub(crate) struct LineBuffers {
    filtered: Vec<u32>,
    left: RowBits,
    last_left: RowBits,
    straight: RowBits,
    edges: Edges,
}

impl LineBuffers {
    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.filtered.bytes() + 3 * RowBits::BYTES + self.edges.bytes()
    }

    /// Filters row `y` of a span, whose rows above were read before. If it `opens`, its first pixel counts as equal to the one
    /// to its left, which is not part of the span. Edges of rows above are only kept if they are `searched`, in pictures of a shape.
    #[inline(always)]
    pub(crate) fn read<'a, S: Simd>(
        &'a mut self,
        simd: S,
        span: SpanSamples<'a>,
        filter: Filter,
        y: usize,
        opens: bool,
        searched: Option<Shape>,
    ) -> Line<'a> {
        let Self { filtered, left, last_left, straight, edges } = self;
        let width = span.width - usize::from(filter.looks_left());
        let start = y * width;
        let all = match filter {
            // Not copied: that took a twentieth of the time.
            Filter::None => span.pixels,
            _ => {
                if filtered.len() < start + width + 64 {
                    filtered.resize(span.height() * width + 64, 0);
                }
                let above = if y > 0 { span.row(y - 1) } else { &[] };
                filter.row(y, span.row(y), above, &mut filtered[start..][..width]);
                &filtered[..]
            }
        };
        let equal = y > 0 && compare(simd, all, [start, start - width], width, straight);
        if !equal {
            compare(simd, all, [start, start.wrapping_sub(1)], width, left);
            if let Some(shape) = searched {
                match y.checked_sub(1) {
                    None => edges.clear(),
                    // Of equal rows only the last can be the source of a cheaper match, and only that is added.
                    Some(above) => edges.add(above, &all[start - width..][..width], last_left, shape),
                }
            }
            std::mem::swap(left, last_left);
            last_left.set_first(opens);
        }
        Line { all, number: y, width, equal, left: last_left, straight, edges }
    }
}

/// A row of a span, with those above it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Lines of `width` pixels, one after another, and more values, which may be any. It may end with this line.
    pub(crate) all: &'a [u32],
    /// How many are above it.
    pub(crate) number: usize,
    /// Pixels of a line.
    pub(crate) width: usize,
    /// Whether it is the same as the one above.
    pub(crate) equal: bool,
    /// A bit for each pixel that equals the one to the left, and clear ones.
    left: &'a RowBits,
    /// A bit for each pixel that equals the one above, and clear ones. Means nothing in the first line.
    straight: &'a RowBits,
    /// Where the colour changes, in this row and in those above.
    pub(crate) edges: &'a Edges,
}

impl<'a> Line<'a> {
    /// How many pixels from `x` on equal the one to the left, and how many are of one colour.
    #[inline(always)]
    pub(crate) fn run_and_colour(&self, x: usize) -> (usize, usize) {
        let (repeats, more) = self.left.bit_and_ones(x);
        (if repeats { more + 1 } else { 0 }, more + 1)
    }

    /// The line's pixels, and what comes behind them.
    #[inline(always)]
    pub(crate) fn onwards(&self) -> &'a [u32] {
        &self.all[self.number * self.width..]
    }

    /// The line's pixels.
    #[inline(always)]
    pub(crate) fn pixels(&self) -> &'a [u32] {
        &self.onwards()[..self.width]
    }

    /// How many pixels from `x` on equal the one to the left of each.
    #[inline(always)]
    pub(crate) fn run(&self, x: usize) -> usize {
        self.left.ones(x)
    }

    /// How many pixels from `x` on equal neither the one to the left nor the one above.
    #[inline(always)]
    pub(crate) fn literals(&self, x: usize) -> usize {
        let mut at = x;
        while at < self.width {
            let above = if self.number > 0 { self.straight.window(at) } else { 0 };
            let repeats = self.left.window(at) | above;
            if repeats != 0 {
                return at + repeats.trailing_zeros() as usize - x;
            }
            at += RowBits::WINDOW;
        }
        self.width - x
    }

    /// How many pixels from `x` on equal those above. Means nothing in the first line.
    #[inline(always)]
    pub(crate) fn copy(&self, x: usize) -> usize {
        self.straight.ones(x)
    }
}

/// Sets a bit for each of `width` pixels from `a` on that equals that from `b` on. Gives whether all do. What would be before
/// the first pixel of all may be any.
#[inline(always)]
fn compare<S: Simd>(simd: S, all: &[u32], [a, b]: [usize; 2], width: usize, bits: &mut RowBits) -> bool {
    bits.set_count(width);
    let mut equal = true;
    for (word, bits) in bits.words_mut().iter_mut().enumerate() {
        let from = 64 * word;
        // What a block has of the rows behind is cut off.
        let count = (width - from).min(64);
        let valid = u64::MAX >> (64 - count);
        let same = match (block(all, a + from), block(all, b.wrapping_add(from))) {
            (Some(a), Some(b)) => equal_bits(simd, a, b),
            _ => equal_at_ends(all, [a + from, b.wrapping_add(from)], count),
        };
        *bits = (same & valid).to_le_bytes();
        equal &= same & valid == valid;
    }
    equal
}

/// The same where the span begins or ends: no whole block is there.
#[cold]
fn equal_at_ends(all: &[u32], [a, b]: [usize; 2], count: usize) -> u64 {
    let equal = |&i: &usize| all[a + i] == all.get(b.wrapping_add(i)).copied().unwrap_or_default();
    (0..count).filter(equal).fold(0, |bits, i| bits | 1 << i)
}

#[inline(always)]
fn block(all: &[u32], from: usize) -> Option<&[u32; 64]> {
    all.get(from..)?.first_chunk()
}

/// A bit for each of 64 values of `a` that equals that of `b`.
#[inline(always)]
fn equal_bits<S: Simd>(simd: S, a: &[u32; 64], b: &[u32; 64]) -> u64 {
    let mut bits = 0;
    for at in [0, 16, 32, 48] {
        bits |= equal_sixteen(simd, &a[at..], &b[at..]) << at;
    }
    bits
}

/// A bit for each of the first sixteen values of `a` that equals that of `b`.
#[inline(always)]
fn equal_sixteen<S: Simd>(simd: S, a: &[u32], b: &[u32]) -> u64 {
    let (a, b) = (u32x16::from_slice(simd, &a[..16]), u32x16::from_slice(simd, &b[..16]));
    a.simd_eq(b).to_bitmask() & 0xffff
}
