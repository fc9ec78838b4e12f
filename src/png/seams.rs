//! Joining rows of spans: copies that end one and begin the next are written as one.
//!
//! Copies from straight above at a row's ends are not part of its bits (see [`Row`]). Here they wait for what follows, and
//! go on if that begins with more of them. Rows that are all copy, which most are where pictures are plain, are a sum.

use crate::png::bits::{ByteBits, End};
use crate::png::code::Code;
use crate::png::span::Row;
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
        self.copies(self.waiting);
        self.waiting = 0;
    }

    #[inline(always)]
    fn copies(&mut self, pixels: usize) {
        match self.code.copy.get(pixels) {
            Some(bits) => self.stream.put(bits.bits, bits.count),
            None => self.stream.aside(|stream| many_copies(self.code, pixels, stream)),
        }
    }

    /// Writes a pixel as it is. Nothing may wait.
    #[inline(always)]
    pub(crate) fn literal(&mut self, pixel: u32) {
        let bits = self.code.pixel(pixel);
        // Four bytes can take more than is put at once.
        let first = bits.count.min(32);
        self.stream.put(bits.bits & ((1 << first) - 1), first);
        self.stream.put(bits.bits >> first, bits.count - first);
    }

    /// Appends a row of a span with these words.
    #[inline(always)]
    pub(crate) fn row(&mut self, words: &[u64], row: &Row) {
        let waiting = self.waiting + usize::from(row.head);
        // Of a row without bits nothing is written; asking would be a branch that nobody can foretell.
        let (now, later) = if row.bits > 0 { (waiting, row.tail.into()) } else { (0, waiting) };
        self.copies(now);
        self.stream.copy(row.words(words), row.bits);
        self.waiting = later;
    }
}

/// Writes copies of more pixels than the code has ready.
#[inline(never)]
fn many_copies(code: &Code, pixels: usize, mut stream: ByteBits<'_>) -> End {
    pieces(pixels, code.shape.min_match(), code.shape.max_match(), |length| {
        let bits = code.copy[length];
        stream.put(bits.bits, bits.count);
    });
    stream.end()
}
