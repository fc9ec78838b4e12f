//! Joining rows of spans: copies that end one and begin the next are written as one.
//!
//! Copies from straight above at a row's ends are not part of its bits (see [`Row`]). Here they wait for what follows, and
//! go on if that begins with more of them. Rows that are all copy, which most are where pictures are plain, are a sum.

use crate::png::bits::ByteBits;
use crate::png::code::Code;
use crate::png::span::{CompressedSpan, Row};
use crate::png::token::pieces;

/// A deflate stream that rows of spans are appended to.
#[derive(Debug)]
pub(crate) struct SeamWriter<'a> {
    code: &'a Code,
    pub(crate) stream: ByteBits<'a>,
    /// Pixels to be copied from straight above.
    waiting: usize,
}

impl<'a> SeamWriter<'a> {
    pub(crate) fn new(code: &'a Code, stream: ByteBits<'a>) -> Self {
        Self { code, stream, waiting: 0 }
    }

    /// Writes the copies that wait: at the end of a row, or before something else.
    #[inline(always)]
    pub(crate) fn flush(&mut self) {
        // Most are one match or none, which are no bits.
        match self.code.copy.get(self.waiting) {
            Some(bits) => self.stream.put(bits.bits, bits.count),
            None => self.several(),
        }
        self.waiting = 0;
    }

    fn several(&mut self) {
        let (min, max) = (self.code.shape.min_match(), self.code.shape.max_match());
        pieces(self.waiting, min, max, |length| {
            let bits = self.code.copy[length];
            self.stream.put(bits.bits, bits.count);
        });
    }

    /// Writes a pixel as it is. Nothing may wait.
    #[inline(always)]
    pub(crate) fn literal(&mut self, pixel: u32) {
        let bits = self.code.pixel(pixel);
        self.stream.put(bits.bits, bits.count);
    }

    /// Appends a row of a span.
    #[inline(always)]
    pub(crate) fn row(&mut self, span: &CompressedSpan, row: &Row) {
        self.waiting += usize::from(row.head);
        if row.bits > 0 {
            self.flush();
            self.stream.copy(span.words(row), row.bits.into());
            self.waiting = row.tail.into();
        }
    }
}
