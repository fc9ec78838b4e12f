//! Rows of a span as bits of the collection's code.

use fearless_simd::Simd;

use crate::geometry::MAX_SIDE;
use crate::png::bits::BitWriter;
use crate::png::deflate_symbols::Bits;
use crate::png::huffman_tables::Code;
use crate::png::parts::{Parts, Source};

/// Pixels at an end of a row that repeat others and may go on in the span beside it: those straight above, or the one
/// to the left of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stretch(u16);

/// A stretch is no longer than a picture is wide.
const _: () = assert!(MAX_SIDE < Stretch::LEFT as u32);

impl Stretch {
    const LEFT: u16 = 1 << 15;

    #[inline(always)]
    pub(super) fn new(left: bool, pixels: usize) -> Self {
        debug_assert!(pixels < usize::from(Self::LEFT));
        Self(pixels as u16 | if left && pixels > 0 { Self::LEFT } else { 0 })
    }

    /// How many; there may be none.
    #[inline(always)]
    pub(crate) fn pixels(self) -> usize {
        (self.0 & !Self::LEFT).into()
    }

    /// Whether they repeat the pixel to the left.
    #[inline(always)]
    pub(crate) fn is_left(self) -> bool {
        self.0 & Self::LEFT != 0
    }
}

/// A row of a compressed span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its first byte among those of the span.
    at: u32,
    /// How many bits.
    pub(crate) bits: u32,
    /// What comes before the bits. If it repeats the pixel to the left, that is the last one of another span, and may be
    /// a different one: then the first pixel must be written before the others repeat it.
    pub(crate) head: Stretch,
    /// What comes after the bits.
    pub(crate) tail: Stretch,
    /// Its first and last pixel: as they are for filters that look to the left, else filtered.
    pub(crate) first: u32,
    pub(crate) last: u32,
}

impl Row {
    /// A row as a device writes it: where its bits begin, how many, what comes before them in the low half of a word and what
    /// comes after in the high one, its first and its last pixel.
    #[cfg(feature = "gpu")]
    pub(super) fn from_words([at, bits, ends, first, last]: [u32; 5]) -> Self {
        Self { at, bits, head: Stretch(ends as u16), tail: Stretch((ends >> 16) as u16), first, last }
    }

    /// The row as five words, from which [`Self::from_words`] makes it again.
    #[cfg(feature = "gpu")]
    pub(super) fn words(&self) -> [u32; 5] {
        let ends = u32::from(self.head.0) | u32::from(self.tail.0) << 16;
        [self.at, self.bits, ends, self.first, self.last]
    }

    /// A row whose bits begin at byte `at`, as it is read from a file.
    pub(super) fn read(at: u32, bits: u32, [head, tail]: [Stretch; 2], [first, last]: [u32; 2]) -> Self {
        Self { at, bits, head, tail, first, last }
    }

    /// Whether both are the same bits, with the same before and behind them.
    pub(super) fn has_bits_of(&self, other: &Self) -> bool {
        let same = (self.bits, self.head, self.tail) == (other.bits, other.head, other.tail);
        same && (self.bits == 0 || self.at == other.at)
    }

    /// The bytes of its span from where its bits begin.
    #[inline(always)]
    pub(crate) fn of<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.at as usize..]
    }

    /// The same bits for a row with other edges.
    pub(crate) fn with_edges(self, [first, last]: [u32; 2]) -> Self {
        Self { first, last, ..self }
    }

    /// The most bits that joining writes for it, whatever its neighbours are.
    pub(crate) fn most_bits(&self, code: &Code) -> u64 {
        let stretch = |stretch: Stretch| match stretch.pixels() {
            0 => 0,
            pixels => (pixels / (code.max_match - code.min_match) + 2) as u64,
        };
        // The first pixel counts even where it is part of the bits.
        let first = 15 * code.shape.bpp as u64;
        let matches = stretch(self.head) + stretch(self.tail);
        u64::from(self.bits) + matches * u64::from(code.longest_match) + first
    }
}

/// Codes the parts of rows. What a row begins and ends with is kept apart from its bits if it may go on beside it.
#[derive(Debug)]
pub(crate) struct RowCoder<'a> {
    code: &'a Code,
    out: BitWriter<'a>,
    /// Whether what is at a row's ends may go on in other spans.
    joins: bool,
    at: usize,
    head: Option<Stretch>,
    /// What no bits were written for yet.
    waiting: usize,
    waiting_left: bool,
    repeatable: bool,
}

impl<'a> RowCoder<'a> {
    /// Writes bits to `out`; it must have room for 64 bits a pixel.
    pub(crate) fn new(code: &'a Code, out: BitWriter<'a>, joins: bool) -> Self {
        let (head, waiting, waiting_left) = (None, 0, false);
        Self { code, out, joins, at: 0, head, waiting, waiting_left, repeatable: true }
    }

    /// The parts of a row are to come now. Whether its bits mean the same again in the row below is given by
    /// [`Self::is_repeatable`].
    #[inline(always)]
    pub(crate) fn begin_row(&mut self) {
        self.repeatable = true;
    }

    /// What came since the last row was ended, as a row whose first and last pixels are these.
    #[inline(always)]
    pub(crate) fn end_row(&mut self, [first, last]: [u32; 2]) -> Row {
        if !self.joins {
            self.flush();
        }
        let waiting = Stretch::new(self.waiting_left, self.waiting);
        self.waiting = 0;
        let (head, tail) = match self.head.take() {
            Some(head) => (head, waiting),
            None => (waiting, Stretch::default()),
        };
        let bits = (self.out.len() - 8 * self.at) as u32;
        let row = Row { at: self.at as u32, bits, head, tail, first, last };
        self.at = self.out.align();
        row
    }

    /// Only what looks straight up, or not up at all, finds the same pixels a row further down.
    pub(crate) fn is_repeatable(&self) -> bool {
        self.repeatable
    }

    /// Bytes written, all of whole rows.
    pub(crate) fn len(&self) -> usize {
        self.at
    }

    #[inline(always)]
    fn put(&mut self, bits: Bits) {
        self.out.put(bits.bits, bits.count);
    }

    /// Writes what waits, if it is not at the row's beginning.
    #[inline(always)]
    fn flush(&mut self) {
        if self.head.is_none() && self.joins {
            self.head = Some(Stretch::new(self.waiting_left, self.waiting));
        } else {
            self.code.put_repeats(self.waiting_left, self.waiting, &mut self.out);
        }
        self.waiting = 0;
    }

    #[inline(always)]
    fn wait(&mut self, left: bool, pixels: usize) {
        if self.waiting > 0 && self.waiting_left != left {
            self.flush();
        }
        self.waiting_left = left;
        self.waiting += pixels;
    }
}

impl Parts for RowCoder<'_> {
    #[inline(always)]
    fn literal(&mut self, pixel: u32) {
        self.flush();
        self.code.put_pixel(pixel, &mut self.out);
    }

    #[inline(always)]
    fn literals<S: Simd>(&mut self, simd: S, from: &[u32], count: usize) {
        self.flush();
        self.code.put_pixels(simd, from, count, &mut self.out);
    }

    #[inline(always)]
    fn left(&mut self, length: usize, _: u32) {
        self.wait(true, length);
    }

    #[inline(always)]
    fn above(&mut self, length: usize) {
        self.wait(false, length);
    }

    #[inline(always)]
    fn back(&mut self, length: usize, distance: u32) {
        self.flush();
        self.repeatable = false;
        self.put(self.code.a_match(length, Source::Back(distance)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png::bits::SLACK;
    use crate::png::deflate_symbols::{CodeLengths, Shape};

    #[test]
    fn what_may_go_on_beside_a_row_is_kept_apart() {
        let shape = Shape { bpp: 3, width: 2048 };
        let code = Code::new(CodeLengths::untrained(shape, 256), shape);
        let literal = |coder: &mut RowCoder<'_>| coder.literal(0x00ff_8000);
        let run = |coder: &mut RowCoder<'_>| coder.left(4, 0);
        let copy = |coder: &mut RowCoder<'_>| coder.above(6);
        let other = |coder: &mut RowCoder<'_>| coder.back(5, 12_000);
        type Part<'a> = &'a dyn Fn(&mut RowCoder<'_>);
        /// Pixels, and whether they repeat the one to the left.
        type End = (usize, bool);
        type Case<'a> = (&'a [Part<'a>], End, bool, End);
        let cases: [Case<'_>; 10] = [
            (&[], (0, false), false, (0, false)),
            (&[&literal], (0, false), true, (0, false)),
            (&[&copy, &copy], (12, false), false, (0, false)),
            (&[&run, &run], (8, true), false, (0, false)),
            (&[&run, &copy], (4, true), false, (6, false)),
            (&[&literal, &run, &other, &copy], (0, false), true, (6, false)),
            (&[&copy, &literal, &run], (6, false), true, (4, true)),
            (&[&run, &copy, &run], (4, true), true, (4, true)),
            (&[&copy, &copy, &other, &copy, &copy], (12, false), true, (12, false)),
            (&[&other, &run, &literal], (0, false), true, (0, false)),
        ];
        let mut bytes = vec![0; 1000 + SLACK];
        let mut coder = RowCoder::new(&code, BitWriter::new(&mut bytes), true);
        for (number, (parts, head, bits, tail)) in cases.into_iter().enumerate() {
            coder.begin_row();
            parts.iter().for_each(|part| part(&mut coder));
            let row = coder.end_row([1, 2]);
            let ends = |stretch: Stretch| (stretch.pixels(), stretch.is_left());
            assert_eq!((ends(row.head), row.bits > 0, ends(row.tail)), (head, bits, tail), "row {number}");
        }

        // Where nothing goes on, everything is bits.
        let mut coder = RowCoder::new(&code, BitWriter::new(&mut bytes), false);
        for (number, (parts, ..)) in cases.into_iter().enumerate() {
            coder.begin_row();
            parts.iter().for_each(|part| part(&mut coder));
            let row = coder.end_row([1, 2]);
            assert_eq!((row.head.pixels(), row.tail.pixels()), (0, 0), "row {number}");
            assert_eq!(row.bits > 0, !parts.is_empty(), "row {number}");
        }
    }
}
