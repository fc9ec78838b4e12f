//! Rows of a span as bits of the collection's code.

use crate::png::bits::BitWriter;
use crate::png::code::{Bits, Code};
use crate::png::parts::{Parts, is_copy};

/// A row of a compressed span.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// Its first byte among those of the span.
    at: u32,
    /// How many bits.
    pub(crate) bits: u32,
    /// So many pixels from straight above come before the bits. All of a row's, if it has no bits.
    pub(crate) head: u16,
    /// So many pixels from straight above come after the bits.
    pub(crate) tail: u16,
}

impl Row {
    /// The bytes of its span from where its bits begin.
    #[inline(always)]
    pub(crate) fn of<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        &bytes[self.at as usize..]
    }

    /// The most bits that joining writes for it, whatever stands beside it.
    pub(crate) fn most_bits(&self, code: &Code) -> u64 {
        let copies = |pixels: u16| match pixels {
            0 => 0,
            _ => u64::from(pixels) / (code.max_match - code.min_match) as u64 + 2,
        };
        // The first pixel counts even where it is part of the bits.
        let first = 15 * code.shape.bpp as u64;
        u64::from(self.bits) + (copies(self.head) + copies(self.tail)) * u64::from(code.longest_match) + first
    }
}

/// Codes the parts of rows. Copies from straight above that a row begins or ends with are kept apart from its bits,
/// because they may go on in the spans beside it.
#[derive(Debug)]
pub(crate) struct RowCoder<'a> {
    code: &'a Code,
    out: BitWriter<'a>,
    /// Whether copies at a row's ends go on in other spans.
    joins: bool,
    at: usize,
    head: Option<usize>,
    /// Pixels from straight above that no bits were written for yet.
    waiting: usize,
    repeatable: bool,
}

impl<'a> RowCoder<'a> {
    /// Writes bits to `out`; it must have room for 64 bits a pixel.
    pub(crate) fn new(code: &'a Code, out: BitWriter<'a>, joins: bool) -> Self {
        Self { code, out, joins, at: 0, head: None, waiting: 0, repeatable: true }
    }

    /// What came since the last row was ended.
    #[inline(always)]
    pub(crate) fn end_row(&mut self) -> Row {
        if !self.joins {
            self.flush();
        }
        let waiting = std::mem::take(&mut self.waiting);
        let (head, tail) = match self.head.take() {
            Some(head) => (head, waiting),
            None => (waiting, 0),
        };
        let bits = self.out.len() - 8 * self.at;
        let row = Row { at: self.at as u32, bits: bits as u32, head: head as u16, tail: tail as u16 };
        self.at = self.out.align();
        row
    }

    /// The parts of a row that are to come now. Whether its bits mean the same again in the row below is told by
    /// [`Self::is_repeatable`].
    #[inline(always)]
    pub(crate) fn begin_row(&mut self) {
        self.repeatable = true;
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

    /// Writes the copies that wait, if they are not at the row's beginning.
    #[inline(always)]
    fn flush(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        if self.head.is_none() && self.joins {
            self.head = Some(waiting);
        } else {
            self.code.put_copies(waiting, &mut self.out);
        }
    }
}

impl Parts for RowCoder<'_> {
    #[inline(always)]
    fn literal(&mut self, pixel: u32) {
        self.flush();
        self.code.put_pixel(pixel, &mut self.out);
    }

    #[inline(always)]
    fn left(&mut self, length: usize) {
        self.flush();
        self.put(self.code.length[length].then(self.code.left));
    }

    #[inline(always)]
    fn above(&mut self, up: usize, lane: usize, length: usize) {
        if is_copy(up, lane) {
            self.waiting += length;
            return;
        }
        self.flush();
        self.repeatable = false;
        self.put(self.code.length[length].then(self.code.above[up - 1][lane]));
    }
}
