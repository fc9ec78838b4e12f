//! A tile row in the cache: its spans, and once it repeats, its bits as one string.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use crate::engine::cache::memory::CacheMemory;
use crate::geometry::Grid;
use crate::png::{Block, RowSpans, TileRow};

/// Bytes that a block may take for each row of a span that it saves joining. Joining one takes 15 ns, copying 32 bytes 1
/// to 10, by how far away they are; a tile row of painted pictures is 96 KB for 260 of them.
const MOST_BYTES: usize = 32;
/// Beneath so many rows of spans a block saves nothing.
const FEWEST: usize = 64;

/// A tile row that pictures show, shared by all of them.
#[derive(Debug)]
pub(crate) struct SpanRow {
    spans: Arc<RowSpans>,
    /// Whether it was shown twice within a window of items.
    repeats: AtomicBool,
    /// Whether a block would save time.
    pays: AtomicBool,
    block: OnceLock<KeptBlock>,
}

/// A block whose memory is counted while it is there.
#[derive(Debug)]
struct KeptBlock {
    block: Block,
    memory: Arc<CacheMemory>,
}

impl KeptBlock {
    fn new(block: Block, memory: Arc<CacheMemory>) -> Self {
        memory.add(block.memory() as u64);
        Self { block, memory }
    }
}

impl Drop for KeptBlock {
    fn drop(&mut self) {
        self.memory.remove(self.block.memory() as u64);
    }
}

/// Rows of spans that are joined for a tile row, each time without a block.
fn joins(spans: &RowSpans) -> usize {
    spans.spans().iter().map(|span| span.rows.len()).sum()
}

/// Whether a block of so many bytes saves time in place of so many joins.
fn pays(joins: usize, bytes: usize) -> bool {
    joins >= FEWEST && bytes <= MOST_BYTES * joins
}

impl SpanRow {
    pub(crate) fn new(spans: RowSpans, repeats: bool) -> Self {
        // What comes out is not smaller than half of the spans' own bits, which are whole bytes for each row.
        let least = spans.spans().iter().map(|span| span.bytes.len()).sum::<usize>() / 2;
        let pays = pays(joins(&spans), least);
        Self {
            spans: Arc::new(spans),
            repeats: AtomicBool::new(repeats),
            pays: AtomicBool::new(pays),
            block: OnceLock::new(),
        }
    }

    /// Whether keeping a tile row of so many spans joined saves time, if that takes so many bytes.
    pub(crate) fn can_pay(spans: u64, bytes: u64) -> bool {
        pays((spans * u64::from(Grid::TILE_HEIGHT)) as usize, bytes as usize)
    }

    /// It is shown again.
    pub(crate) fn repeat(&self) {
        if !self.repeats.load(Relaxed) {
            self.repeats.store(true, Relaxed);
        }
    }

    /// Its spans, to be shared with what joins them elsewhere.
    pub(crate) fn spans(&self) -> &Arc<RowSpans> {
        &self.spans
    }

    /// The row as it is joined.
    pub(crate) fn tile_row(&self) -> TileRow<'_> {
        TileRow { spans: &self.spans, block: self.block.get().map(|kept| &kept.block) }
    }

    /// Has the row joined by `join` if it repeats, that pays and `memory` has room. `join` gets the spans, and the bytes
    /// above which it does not pay.
    pub(crate) fn join_once(
        &self,
        memory: &Arc<CacheMemory>,
        join: impl FnOnce(&RowSpans, usize) -> Option<Block>,
    ) {
        let wanted = self.repeats.load(Relaxed) && self.pays.load(Relaxed) && self.block.get().is_none();
        if !wanted {
            return;
        }
        let most = MOST_BYTES * joins(&self.spans);
        if memory.room() < most as u64 {
            return;
        }
        match join(&self.spans, most) {
            // Another thread may have been faster: both are the same bits.
            Some(block) => _ = self.block.set(KeptBlock::new(block, memory.clone())),
            None => self.pays.store(false, Relaxed),
        }
    }

    /// Bytes of memory beside the spans themselves and the block.
    pub(crate) fn memory(&self) -> usize {
        size_of::<Self>() + self.spans.memory()
    }

    /// Bytes of the block, if there is one.
    pub(crate) fn block_memory(&self) -> usize {
        self.block.get().map_or(0, |kept| kept.block.memory())
    }
}
