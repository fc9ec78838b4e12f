//! Joining rows of spans: what ends one and begins the next is written as one where it can be.
//!
//! A row's head and tail are not part of its bits (see [`Seam`]). Here a run or a copy that reached a span's end waits
//! for what follows, and goes on if that is of its kind.

use crate::png::bits::ByteBits;
use crate::png::code::{Bits, Code, REACH};
use crate::png::span::{CompressedSpan, Row, Seam};
use crate::png::token::pieces;

/// A deflate stream that rows of spans are appended to.
#[derive(Debug)]
pub(crate) struct SeamWriter<'a> {
    code: &'a Code,
    pub(crate) stream: ByteBits<'a>,
    /// What waits: never [`Seam::Run`] of 0.
    waiting: Waiting,
    /// The colour of a run that waits.
    color: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    Nothing,
    Copy(usize),
    Run(usize),
}

impl<'a> SeamWriter<'a> {
    pub(crate) fn new(code: &'a Code, stream: ByteBits<'a>) -> Self {
        Self { code, stream, waiting: Waiting::Nothing, color: 0 }
    }

    /// Writes what waits: at the end of a row, or before something that it cannot join with.
    #[inline(always)]
    pub(crate) fn flush(&mut self) {
        match std::mem::replace(&mut self.waiting, Waiting::Nothing) {
            Waiting::Nothing => {}
            Waiting::Copy(length) => self.matches(length, self.code.above[0][REACH]),
            Waiting::Run(length) => self.matches(length, self.code.left),
        }
    }

    #[inline(always)]
    fn matches(&mut self, length: usize, back: Bits) {
        // Most are one match.
        match self.code.length.get(length) {
            Some(bits) if bits.count > 0 => {
                let bits = bits.then(back);
                self.stream.put(bits.bits, bits.count);
            }
            _ => self.several(length, back),
        }
    }

    #[cold]
    fn several(&mut self, length: usize, back: Bits) {
        let (min, max) = (self.code.shape.min_match(), self.code.shape.max_match());
        if length < min {
            // A run that grew from a single pixel is too short for a match.
            (0..length).for_each(|_| self.literal(self.color));
            return;
        }
        pieces(length, min, max, |n| {
            let bits = self.code.length[n].then(back);
            self.stream.put(bits.bits, bits.count);
        });
    }

    /// Writes a pixel as it is. Nothing may wait.
    #[inline(always)]
    pub(crate) fn literal(&mut self, pixel: u32) {
        let bits = self.code.pixel(pixel);
        self.stream.put(bits.bits, bits.count);
    }

    #[inline(always)]
    fn copy(&mut self, length: usize) {
        if let Waiting::Copy(before) = &mut self.waiting {
            *before += length;
        } else {
            self.flush();
            self.waiting = Waiting::Copy(length);
        }
    }

    #[inline(always)]
    fn run(&mut self, length: usize, color: u32) {
        if let Waiting::Run(before) = &mut self.waiting {
            *before += length;
        } else {
            self.flush();
            (self.waiting, self.color) = (Waiting::Run(length), color);
        }
    }

    /// Appends a row of a span. `left` is the last pixel of the span to the left, if there is one.
    #[inline(always)]
    pub(crate) fn row(&mut self, span: &CompressedSpan, row: &Row, left: Option<u32>) {
        match row.head {
            Seam::None => {}
            Seam::Copy(length) => self.copy(length.into()),
            Seam::Run(length) => {
                let color = row.edges[0];
                if left == Some(color) {
                    self.run(usize::from(length) + 1, color);
                } else {
                    self.flush();
                    self.literal(color);
                    if length > 0 {
                        self.run(length.into(), color);
                    }
                }
            }
        }
        if row.bits > 0 {
            self.flush();
            self.stream.copy(span.words(row), row.bits.into());
        }
        match row.tail {
            Seam::None => {}
            Seam::Copy(length) => self.copy(length.into()),
            Seam::Run(length) => self.run(length.into(), row.edges[1]),
        }
    }
}
