//! Joining rows of spans: copies that end one and begin the next are written as one.
//!
//! Copies from straight above at a row's ends are not part of its bits (see [`Row`]). Here they wait for what follows, and
//! go on if that begins with more of them. Rows that are all copy, which most are where pictures are plain, are a sum.

use crate::png::bits::BitWriter;
use crate::png::code::Code;
use crate::png::rows::Row;

/// A deflate stream that rows of spans are appended to.
#[derive(Debug)]
pub(crate) struct SeamWriter<'a> {
    code: &'a Code,
    pub(crate) stream: BitWriter<'a>,
    /// Pixels to be copied from straight above.
    waiting: usize,
}

impl<'a> SeamWriter<'a> {
    pub(crate) fn new(code: &'a Code, stream: BitWriter<'a>) -> Self {
        Self { code, stream, waiting: 0 }
    }

    /// Writes the copies that wait at the end of a row.
    #[inline(always)]
    pub(crate) fn flush(&mut self) {
        self.code.put_copies(self.waiting, &mut self.stream);
        self.waiting = 0;
    }

    /// Writes a pixel as it is. Nothing may wait.
    #[inline(always)]
    pub(crate) fn literal(&mut self, pixel: u32) {
        self.code.put_pixel(pixel, &mut self.stream);
    }

    /// Appends a row of a span with these bytes.
    #[inline(always)]
    pub(crate) fn row(&mut self, bytes: &[u8], row: &Row) {
        let waiting = self.waiting + usize::from(row.head);
        // Of a row without bits nothing is written; asking would be a branch that nobody can foretell.
        let (now, later) = if row.bits > 0 { (waiting, row.tail.into()) } else { (0, waiting) };
        self.code.put_copies(now, &mut self.stream);
        self.stream.copy(row.of(bytes), row.bits);
        self.waiting = later;
    }
}
