//! What the kernels give: records of spans and rows, and bits.

use std::ops::Range;

use wgpu::Buffer;

use crate::compositor::gpu::arena::Arena;
use crate::compositor::gpu::compress::work::{HEAD, ROW_WORDS, SPAN_WORDS, Work};
use crate::compositor::gpu::context::Context;
use crate::png::{CompressedSpan, Encoder, OnCard};

/// Bytes that say how many there are.
pub(in crate::compositor::gpu) const HEAD_BYTES: u64 = 16;

/// Where the parts of a pass's results lie.
#[derive(Clone, Copy, Debug)]
pub(in crate::compositor::gpu) struct Results {
    rows_at: usize,
    bits_at: usize,
    /// Where the first row and the bits are among the spans to join, if they stay on the device.
    kept: OnCard,
}

impl Results {
    /// Of the spans of `work`.
    pub(super) fn of(work: &Work) -> Self {
        let bits_at = work.bits_at() as usize;
        Self { rows_at: bits_at - (ROW_WORDS * work.rows()) as usize, bits_at, kept: OnCard::default() }
    }

    /// Bytes of records, without bits.
    pub(super) fn record_bytes(&self) -> u64 {
        4 * self.bits_at as u64
    }

    /// Bytes of what is there, of which `words` are the first.
    pub(in crate::compositor::gpu) fn bytes(&self, words: &[u32]) -> u64 {
        4 * (self.bits_at as u64 + u64::from(words[0]))
    }

    /// Has rows and bits stay on the device, where `arena` has room for them: all that lies behind the records of spans, so one
    /// copy is enough. Gives their bytes.
    pub(in crate::compositor::gpu) fn keep(
        &mut self,
        context: &Context,
        results: &Buffer,
        bytes: u64,
        arena: &mut Arena,
    ) -> u64 {
        let first = 4 * self.rows_at as u64;
        let Some(place) = arena.copy(context, results, first..bytes) else { return 0 };
        let bits = place.rows + (self.bits_at - self.rows_at) as u32;
        self.kept = OnCard { bits, ..place };
        bytes - first
    }

    /// The span of this number, whose rows have the numbers `rows` and which begins at column `x`; nothing if it was given up.
    pub(in crate::compositor::gpu) fn span(
        &self,
        words: &[u32],
        number: usize,
        rows: Range<usize>,
        x: u32,
        encoder: &Encoder,
    ) -> Option<CompressedSpan> {
        let record = &words[(HEAD + SPAN_WORDS * number as u32) as usize..];
        let &[base, bytes, sums, given_up] = record.first_chunk()?;
        if given_up != 0 {
            return None;
        }
        let kept = self.kept.at(ROW_WORDS * rows.start as u32, base);
        let (records, _) = words[self.rows_at..self.bits_at].as_chunks::<{ ROW_WORDS as usize }>();
        let bits: &[u8] = bytemuck::cast_slice(&words[self.bits_at + base as usize..]);
        let sums = (sums & 0xffff, sums >> 16);
        Some(encoder.compressed_span(&records[rows], &bits[..bytes as usize], x, sums, kept))
    }
}
