//! Joining rows of spans: what ends one and goes on in the next is written as one.
//!
//! Copies from straight above, and runs of one colour, that a row begins or ends with are not part of its bits (see
//! [`Row`]). Here they wait for what follows, and go on if that begins with more of them. Rows that are all copy, which
//! most are where pictures are plain, are a sum.
//!
//! What a row begins and ends with follows no pattern, so all that may have to be written is put each time, with no
//! bits where there is nothing: asking took longer.

use crate::png::bits::BitWriter;
use crate::png::code::Code;
use crate::png::rows::Row;

/// A deflate stream that rows of spans are appended to.
#[derive(Debug)]
pub(crate) struct SeamWriter<'a> {
    code: &'a Code,
    pub(crate) stream: BitWriter<'a>,
    /// Pixels that repeat others, and whether that is the one to their left.
    waiting: usize,
    waiting_left: bool,
    /// The last pixel; no pixel at the beginning of a row.
    last: u64,
}

/// Differs from all pixels.
const NO_PIXEL: u64 = u64::MAX;

impl<'a> SeamWriter<'a> {
    pub(crate) fn new(code: &'a Code, stream: BitWriter<'a>) -> Self {
        Self { code, stream, waiting: 0, waiting_left: false, last: NO_PIXEL }
    }

    /// Begins a row of the picture with the byte of its filter.
    #[inline(always)]
    pub(crate) fn begin_row(&mut self, filter: u8) {
        self.flush(true);
        let bits = self.code.byte(filter);
        self.stream.put(bits.bits, bits.count);
        (self.waiting, self.last) = (0, NO_PIXEL);
    }

    /// Ends the last row.
    pub(crate) fn end(mut self) -> BitWriter<'a> {
        self.flush(true);
        self.stream
    }

    /// Writes what waits, or nothing.
    #[inline(always)]
    fn flush(&mut self, now: bool) {
        let pixels = if now { self.waiting } else { 0 };
        self.code.put_repeats(self.waiting_left, pixels, &mut self.stream);
    }

    /// Writes a pixel as it is. Nothing may wait.
    #[inline(always)]
    pub(crate) fn literal(&mut self, pixel: u32) {
        self.code.put_pixel(pixel, &mut self.stream);
    }

    /// Appends a row of a span with these bytes.
    #[inline(always)]
    pub(crate) fn row(&mut self, bytes: &[u8], row: &Row) {
        let (pixels, left) = (row.head.pixels(), row.head.is_left());
        // Another colour begins here: its first pixel is written, and the others repeat it.
        let other = left && u64::from(row.first) != self.last;
        let turns = pixels > 0 && self.waiting > 0 && left != self.waiting_left;
        if other | turns {
            self.flush(true);
            if other {
                self.literal(row.first);
            }
            self.waiting = 0;
        }
        self.waiting += pixels - usize::from(other);
        self.waiting_left = if pixels > 0 { left } else { self.waiting_left };
        self.last = row.last.into();
        if row.bits > 0 || row.tail.pixels() > 0 {
            self.flush(true);
            self.stream.copy(row.of(bytes), row.bits);
            (self.waiting, self.waiting_left) = (row.tail.pixels(), row.tail.is_left());
        }
    }
}
