//! A tile row of a picture: its spans from left to right, and what joining needs of all of them together.
//!
//! Many pictures show the same tile row, more than half of them in a long collection. What is the same for all of these
//! is added up once here: the sums for Adler-32 and the most bits that can come out. A row that repeats is joined once,
//! to a [`Block`]: it begins with its filter byte and no copy or run goes on past its end, so its bits depend on nothing
//! outside, and a picture takes them in one copy in place of one for each row of each span.

use std::sync::Arc;

use crate::png::span::CompressedSpan;

/// The spans of a tile row.
#[derive(Debug)]
pub(crate) struct RowSpans {
    spans: Box<[Arc<CompressedSpan>]>,
    /// No more bits than this are joined for them.
    most_bits: u64,
    /// Adler-32's two sums over the spans, by positions within the tile row.
    sums: ByteSums,
}

/// Adler-32's two sums: of bytes, and of bytes times their position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ByteSums {
    pub(crate) plain: u64,
    pub(crate) weighted: u64,
}

impl RowSpans {
    /// Of spans that fill a tile row, left to right.
    pub(crate) fn new(spans: Box<[Arc<CompressedSpan>]>) -> Self {
        let most_bits = spans.iter().map(|span| span.most_bits).sum();
        let plain = spans.iter().map(|span| u64::from(span.sums.0)).sum();
        let weighted = spans.iter().map(|span| u64::from(span.sums.1)).sum();
        Self { spans, most_bits, sums: ByteSums { plain, weighted } }
    }

    /// The spans, left to right.
    pub(crate) fn spans(&self) -> &[Arc<CompressedSpan>] {
        &self.spans
    }

    /// No more bits than this are joined for the spans.
    pub(crate) fn most_bits(&self) -> u64 {
        self.most_bits
    }

    /// ByteSums over what the spans code.
    pub(crate) fn sums(&self) -> ByteSums {
        self.sums
    }

    /// Bytes of memory beside the spans themselves.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.spans)
    }
}

/// A tile row as one string of bits, filter bytes included.
#[derive(Debug)]
pub(crate) struct Block {
    /// The bits, and as many bytes more as copying reads of the last.
    pub(super) bytes: Box<[u8]>,
    pub(super) bits: u32,
    /// ByteSums of the first pixels of spans, which are made at joining under a filter that looks to the left.
    pub(super) edges: ByteSums,
}

impl Block {
    /// Bytes of memory.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + self.bytes.len()
    }
}

/// A tile row of a picture to join.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TileRow<'a> {
    pub(crate) spans: &'a RowSpans,
    /// The same row joined, where there is such a string.
    pub(crate) block: Option<&'a Block>,
}
