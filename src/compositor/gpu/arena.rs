//! Spans in the memory of a device, where those that it compresses stay for it to join, from batch to batch.
//!
//! Spans come one behind another. Those that the device compressed are copied on the device itself, all of a pass in one piece; the
//! others are sent. When there is no room for what is to be joined the arena begins again from its first word, and what is still
//! wanted comes again: a span is a kilobyte, and bookkeeping of holes would cost more than that. A span that was copied says
//! itself where it is, and since when; one that was sent is recognized by where it lies in the memory of the CPU, which nothing
//! else can take while the arena refers to it.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Weak};

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use wgpu::{Buffer, BufferUsages};

use crate::compositor::gpu::compute::storage;
use crate::compositor::gpu::context::{Context, Fault};
use crate::png::{CompressedSpan, OnCard};

/// Counts beginnings of arenas, so that none is taken for another.
static GENERATIONS: AtomicU32 = AtomicU32::new(0);

/// Spans of a device.
#[derive(Debug)]
pub(super) struct Arena {
    pub(super) buffer: Buffer,
    generation: u32,
    /// By address, which the reference keeps from being given to another span.
    places: HashMap<usize, (Weak<CompressedSpan>, OnCard), FxBuildHasher>,
    /// Words that are taken, those of `new` among them.
    used: u32,
    /// Spans that are not there yet, behind the others.
    new: Vec<u32>,
    /// Bytes that were sent so far.
    pub(super) sent: u64,
}

impl Arena {
    /// Of so many bytes.
    pub(super) fn new(context: &Context, bytes: u64) -> Result<Self, Fault> {
        let buffer = storage(context, "spans", bytes, BufferUsages::COPY_DST);
        context.check()?;
        let places = HashMap::default();
        Ok(Self { buffer, generation: next_generation(), places, used: 0, new: Vec::new(), sent: 0 })
    }

    /// Takes so many words, if there are.
    fn take(&mut self, words: u64) -> Option<u32> {
        let first = self.used;
        if u64::from(first) + words > self.buffer.size() / 4 {
            return None;
        }
        self.used += words as u32;
        Some(first)
    }

    /// Where a span is; nothing if there is no room for it.
    pub(super) fn place(&mut self, span: &Arc<CompressedSpan>) -> Option<OnCard> {
        if span.on_card.generation == self.generation {
            return Some(span.on_card);
        }
        let address = Arc::as_ptr(span) as usize;
        if let Some((_, place)) = self.places.get(&address) {
            return Some(*place);
        }
        let rows = self.take(span.words() as u64)?;
        span.put_words(&mut self.new);
        let place = OnCard { generation: self.generation, rows, bits: rows + span.row_words() as u32 };
        self.places.insert(address, (Arc::downgrade(span), place));
        Some(place)
    }

    /// Copies these bytes of another buffer of the device, from the next submission on; nothing if there is no room for them. What
    /// begins there has a place in the answer, rows and bits alike.
    pub(super) fn copy(&mut self, context: &Context, from: &Buffer, bytes: Range<u64>) -> Option<OnCard> {
        let count = bytes.end - bytes.start;
        let first = self.take(count / 4)?;
        let mut commands = context.device.create_command_encoder(&Default::default());
        commands.copy_buffer_to_buffer(from, bytes.start, &self.buffer, 4 * u64::from(first), count);
        context.queue.submit([commands.finish()]);
        Some(OnCard { generation: self.generation, rows: first, bits: first })
    }

    /// Forgets all spans.
    pub(super) fn clear(&mut self) {
        self.generation = next_generation();
        self.places.clear();
        self.new.clear();
        self.used = 0;
    }

    /// Sends what is new.
    pub(super) fn send(&mut self, context: &Context) {
        let first = 4 * (u64::from(self.used) - self.new.len() as u64);
        context.queue.write_buffer(&self.buffer, first, bytemuck::cast_slice(&self.new));
        self.sent += 4 * self.new.len() as u64;
        self.new.clear();
    }
}

fn next_generation() -> u32 {
    1 + GENERATIONS.fetch_add(1, Ordering::Relaxed)
}
