//! The rows of a span, filtered, and which of their pixels equal others.

use fearless_simd::prelude::*;
use fearless_simd::u32x16;

use crate::png::edges::Edges;
use crate::png::filter::Filter;
use crate::png::span::SpanSamples;
use crate::telemetry::Buffer;

/// Room around each line, so that every window of it can be read whole.
pub(crate) const ROOM: usize = 16;

/// A span's filtered rows. Memory is re-used from span to span.
#[derive(Debug, Default)]
pub(crate) struct LineBuffers {
    padded: Vec<u32>,
    left: Vec<u64>,
    straight: Vec<u64>,
    edges: Edges,
}

impl LineBuffers {
    /// Bytes of memory.
    pub(crate) fn bytes(&self) -> usize {
        self.padded.bytes() + self.left.bytes() + self.straight.bytes() + self.edges.bytes()
    }

    /// Filters row `y` of a span, whose rows above were read before. If it `opens`, its first pixel counts as equal to the one
    /// to its left, which is not part of the span. Edges of rows above are only kept if they are `searched`.
    #[inline(always)]
    pub(crate) fn read<S: Simd>(
        &mut self,
        simd: S,
        span: SpanSamples<'_>,
        filter: Filter,
        y: usize,
        opens: bool,
        searched: bool,
    ) -> Line<'_> {
        let Self { padded, left, straight, edges } = self;
        let width = span.width - usize::from(filter.looks_left());
        let pitch = width + 2 * ROOM;
        let start = y * pitch + ROOM;
        if padded.len() < (y + 1) * pitch {
            padded.resize(span.height() * pitch, 0);
        }
        filter.row(y, span.row(y), if y > 0 { span.row(y - 1) } else { &[] }, &mut padded[start..][..width]);
        let padded = &padded[..(y + 1) * pitch];
        // Pixels that were just written cannot be read at another alignment at once; so, where they are the same, those
        // of the span are compared. It has no room at its end, which whole words do not need.
        let (all, start, pitch) = match filter == Filter::None && y > 0 && width.is_multiple_of(64) {
            true => (span.pixels, y * width, width),
            false => (padded, start, pitch),
        };
        let equal = y > 0 && equal_bits(simd, &all[start..], &all[start - pitch..], width, straight);
        // An equal line's left neighbours are those of the one above.
        if !equal && width > 0 {
            match (searched, y.checked_sub(1)) {
                (false, _) => {}
                (true, None) => edges.clear(),
                // Of equal rows only the last can be the source of a cheaper match, and only that is added.
                (true, Some(above)) => edges.add(above, &line_of(padded, above, width)[..width], left),
            }
            equal_bits(simd, &all[start..], &all[start - 1..], width, left);
            left[0] = left[0] & !1 | u64::from(opens);
        }
        Line { padded, number: y, width, equal, left, straight, edges }
    }
}

/// A row of a span, with those above it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Lines of `width + 2 * ROOM` values, the pixels in the middle; the room may hold anything. The last is this.
    padded: &'a [u32],
    /// How many are above it.
    pub(crate) number: usize,
    /// Pixels of a line.
    pub(crate) width: usize,
    /// Whether it is the same as the one above.
    pub(crate) equal: bool,
    /// A bit for each pixel that equals the one to the left, and clear ones.
    left: &'a [u64],
    /// A bit for each pixel that equals the one above, and clear ones. Means nothing in the first line.
    straight: &'a [u64],
    /// Where rows above change their colour, of those that differ from the one below.
    pub(crate) edges: &'a Edges,
}

impl<'a> Line<'a> {
    /// The pixels of row `row` of the span from `column` on, and [`ROOM`] values more, which may be any.
    #[inline(always)]
    pub(crate) fn from(&self, row: usize, column: usize) -> &'a [u32] {
        &line_of(self.padded, row, self.width)[column..]
    }

    /// The line's pixels.
    #[inline(always)]
    pub(crate) fn pixels(&self) -> &'a [u32] {
        &self.from(self.number, 0)[..self.width]
    }

    /// How many pixels from `x` on equal the one to the left of each.
    #[inline(always)]
    pub(crate) fn run(&self, x: usize) -> usize {
        ones(self.left, x)
    }

    /// How many pixels from `x` on equal neither the one to the left nor the one above.
    #[inline(always)]
    pub(crate) fn literals(&self, x: usize) -> usize {
        let mut at = x;
        while at < self.width {
            let (word, shift) = (at / 64, at % 64);
            let above = if self.number > 0 { self.straight[word] } else { 0 };
            let repeats = (self.left[word] | above) >> shift;
            if repeats != 0 {
                return at + repeats.trailing_zeros() as usize - x;
            }
            at += 64 - shift;
        }
        self.width - x
    }

    /// How many pixels from `x` on equal those above. None in the first line.
    #[inline(always)]
    pub(crate) fn copy(&self, x: usize) -> usize {
        if self.number > 0 { ones(self.straight, x) } else { 0 }
    }
}

/// Row `row` of padded rows, and the room behind it.
#[inline(always)]
fn line_of(padded: &[u32], row: usize, width: usize) -> &[u32] {
    let pitch = width + 2 * ROOM;
    &padded[row * pitch..][..pitch][ROOM..]
}

/// Sets a bit in `bits` where `a` equals `b`, for `width` values of each, and two words of clear bits behind. Both slices
/// go on to whole words of bits, or for 15 values at least. Tells whether all are equal.
#[inline(always)]
fn equal_bits<S: Simd>(simd: S, a: &[u32], b: &[u32], width: usize, bits: &mut Vec<u64>) -> bool {
    bits.clear();
    let mut all = true;
    let mut from = 0;
    while from < width {
        let (a, b) = (&a[from..], &b[from..]);
        let mut word = 0;
        let mut valid = u64::MAX;
        if let (Some(a), Some(b)) = (a.first_chunk::<64>(), b.first_chunk::<64>()) {
            for at in [0, 16, 32, 48] {
                word |= equal_sixteen(simd, &a[at..], &b[at..]) << at;
            }
        } else {
            for at in (0..(width - from).min(64)).step_by(16) {
                word |= equal_sixteen(simd, &a[at..], &b[at..]) << at;
            }
        }
        if width - from < 64 {
            valid >>= 64 - (width - from);
        }
        all &= word & valid == valid;
        bits.push(word & valid);
        from += 64;
    }
    bits.extend([0; 2]);
    all
}

/// A bit for each of the first sixteen values of `a` that equals that of `b`.
#[inline(always)]
fn equal_sixteen<S: Simd>(simd: S, a: &[u32], b: &[u32]) -> u64 {
    let (a, b) = (u32x16::from_slice(simd, &a[..16]), u32x16::from_slice(simd, &b[..16]));
    a.simd_eq(b).to_bitmask() & 0xffff
}

/// How many bits in a row are set from `x` on. The last two words of `bits` must be clear.
#[inline(always)]
fn ones(bits: &[u64], mut x: usize) -> usize {
    let from = x;
    loop {
        // A window that begins at `x`: ends of words lie anywhere, and a branch there is taken wrongly.
        let (word, shift) = (x / 64, x % 64);
        let window = bits[word] >> shift | bits[word + 1] << 1 << (63 - shift);
        let count = (!window).trailing_zeros() as usize;
        x += count;
        if count < 64 {
            return x - from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_are_counted_across_words() {
        for from in 0..200 {
            for length in [0, 1, 5, 63, 64, 65, 128, 130, 200] {
                let mut bits = vec![0u64; 9];
                (from..from + length).for_each(|i| bits[i / 64] |= 1 << (i % 64));
                assert_eq!(ones(&bits, from), length, "{length} from {from}");
            }
        }
    }
}
