//! Spans in the memory of a device, where they stay from batch to batch.
//!
//! Spans come one behind another. When there is no room the arena begins again from its first word, and what is still wanted comes
//! again: a span is a kilobyte, and bookkeeping of holes would cost more than that. A span is recognized by where it lies in
//! the memory of the CPU, which nothing else can take while the arena refers to it.

use std::sync::{Arc, Weak};

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;
use wgpu::{Buffer, BufferUsages};

use crate::compositor::gpu::compute::storage;
use crate::compositor::gpu::context::{Context, Fault};
use crate::png::CompressedSpan;

/// Spans of a device.
#[derive(Debug)]
pub(super) struct Arena {
    pub(super) buffer: Buffer,
    /// By address, which the reference keeps from being given to another span.
    places: HashMap<usize, (Weak<CompressedSpan>, u32), FxBuildHasher>,
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
        Ok(Self { buffer, places: HashMap::default(), used: 0, new: Vec::new(), sent: 0 })
    }

    fn words(&self) -> u64 {
        self.buffer.size() / 4
    }

    /// The word that a span begins with; nothing if there is no room for it.
    pub(super) fn place(&mut self, span: &Arc<CompressedSpan>) -> Option<u32> {
        let address = Arc::as_ptr(span) as usize;
        if let Some((_, place)) = self.places.get(&address) {
            return Some(*place);
        }
        let words = span.words();
        if u64::from(self.used) + words as u64 > self.words() {
            return None;
        }
        let place = self.used;
        span.put_words(&mut self.new);
        self.used += words as u32;
        self.places.insert(address, (Arc::downgrade(span), place));
        Some(place)
    }

    /// Forgets all spans.
    pub(super) fn clear(&mut self) {
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
