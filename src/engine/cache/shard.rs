//! What the cache holds of one tile row of pictures: spans by what they show, and whole tile rows by the traits that are
//! visible in them.
//!
//! A tile row refers to its spans by their numbers. Its uses are theirs too, but adding them up at each use would cost as
//! much as looking the spans up: they are shared out when something must be dropped, which is rare. A row goes with the
//! first of its spans.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::engine::cache::memory::CacheMemory;
use crate::engine::cache::numbered::{Keyed, Numbered};
use crate::engine::cache::span_row::SpanRow;
use crate::engine::cache::uses::{Rank, Uses};
use crate::engine::cache::{Held, WINDOW};
use crate::geometry::{Place, TraitId};

/// Bytes of a span's entry beside what it holds: key, uses, and the slack of tables and memory.
pub(crate) const ENTRY_BYTES: u64 = 120;

/// Spans and tile rows of one tile row of pictures.
#[derive(Debug)]
pub(crate) struct Shard<V: Held> {
    spans: Numbered<SpanEntry<V>>,
    rows: Numbered<RowEntry>,
    memory: Arc<CacheMemory>,
    /// Hashes of spans that were dropped, with their bytes; only statistics depend on them.
    dropped: HashMap<u64, u32, FxBuildHasher>,
    /// Bytes of these.
    pub(super) dropped_bytes: u64,
    pub(super) counts: Counts,
}

/// What was asked of a tile row's cache.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    /// Spans that were shown.
    pub(super) shown: u64,
    /// Spans that had to be made.
    pub(super) misses: u64,
    /// Of the misses, those of spans that were here before.
    pub(super) again: u64,
    /// Spans that were made for items that may come.
    pub(super) ahead: u64,
    /// Of these, spans that an item showed.
    pub(super) ahead_used: u64,
}

/// What shows at a place.
#[derive(Debug)]
struct SpanEntry<V> {
    first: u16,
    last: u16,
    stack: Box<[TraitId]>,
    span: Arc<V>,
    uses: Uses,
    /// Whether it was made for an item that may come, and none has come.
    is_ahead: bool,
}

/// What shows in the tile row.
#[derive(Debug)]
struct RowEntry {
    visible: Box<[TraitId]>,
    row: Arc<SpanRow>,
    /// The numbers of its spans.
    spans: Box<[u32]>,
    /// The uses since they were shared out.
    uses: Uses,
}

fn span_hash(first: u16, last: u16, stack: &[TraitId]) -> u64 {
    FxBuildHasher.hash_one((first, last, stack))
}

/// The hash of a tile row in which these traits are visible.
pub(crate) fn row_hash(visible: &[TraitId]) -> u64 {
    FxBuildHasher.hash_one(visible)
}

impl<V> Keyed for SpanEntry<V> {
    fn hash(&self) -> u64 {
        span_hash(self.first, self.last, &self.stack)
    }
}

impl<V: Held> SpanEntry<V> {
    fn bytes(&self) -> u64 {
        self.span.memory() as u64 + ENTRY_BYTES
    }
}

impl Keyed for RowEntry {
    fn hash(&self) -> u64 {
        row_hash(&self.visible)
    }
}

impl RowEntry {
    /// Bytes without those of a block, which counts its own.
    fn bytes(&self) -> u64 {
        let lists = size_of_val(&*self.visible) + size_of_val(&*self.spans);
        (size_of::<Option<Self>>() + lists + self.row.memory()) as u64
    }
}

impl<V: Held> Shard<V> {
    pub(super) fn new(memory: Arc<CacheMemory>) -> Self {
        Self {
            spans: Numbered::default(),
            rows: Numbered::default(),
            memory,
            dropped: HashMap::default(),
            dropped_bytes: 0,
            counts: Counts::default(),
        }
    }

    /// The number of the tile row in which `visible` traits show; `hash` is its [`row_hash`].
    #[inline]
    pub(crate) fn find_row(&self, hash: u64, visible: &[TraitId]) -> Option<u32> {
        self.rows.find(hash, |entry| *entry.visible == *visible)
    }

    /// The tile row with this number.
    pub(crate) fn row(&self, number: u32) -> &Arc<SpanRow> {
        &self.rows.at(number).row
    }

    /// `items` show the tile row with this number; its spans are found for each.
    pub(crate) fn use_row(&mut self, number: u32, items: u32, clock: u64) {
        let entry = self.rows.at_mut(number);
        // What is shown again soon is worth joining; else long runs would keep a joined row for each that comes twice.
        if entry.uses.last + WINDOW as u64 >= clock {
            entry.row.repeat();
        }
        entry.uses.add(items, clock);
        self.counts.shown += u64::from(items) * entry.spans.len() as u64;
    }

    /// The number of a span, if it is here; `items` show it.
    pub(crate) fn use_span(
        &mut self,
        place: Place,
        stack: &[TraitId],
        items: u32,
        clock: u64,
    ) -> Option<u32> {
        let number = self.find(place, stack)?;
        let entry = self.spans.at_mut(number);
        entry.uses.add(items, clock);
        self.counts.ahead_used += u64::from(std::mem::take(&mut entry.is_ahead));
        self.counts.shown += u64::from(items);
        Some(number)
    }

    /// Items show a span that is not here so many times.
    pub(crate) fn show(&mut self, times: u32) {
        self.counts.shown += u64::from(times);
    }

    /// A span is not here and will be made.
    pub(crate) fn miss(&mut self, place: Place, stack: &[TraitId]) {
        self.counts.misses += 1;
        if !self.dropped.is_empty() {
            let hash = span_hash(place.first, place.last, stack);
            if let Some(bytes) = self.dropped.remove(&hash) {
                self.dropped_bytes -= u64::from(bytes);
                self.counts.again += 1;
            }
        }
    }

    /// The span with this number.
    pub(crate) fn span(&self, number: u32) -> &Arc<V> {
        &self.spans.at(number).span
    }

    /// Whether the number is still that of `span`.
    pub(crate) fn is_still(&self, number: u32, span: &Arc<V>) -> bool {
        self.spans.get(number).is_some_and(|entry| Arc::ptr_eq(&entry.span, span))
    }

    /// The number of a span, if it is here; looking does not count as use.
    pub(crate) fn find(&self, place: Place, stack: &[TraitId]) -> Option<u32> {
        let Place { first, last, .. } = place;
        self.spans.find(span_hash(first, last, stack), |entry| {
            (entry.first, entry.last) == (first, last) && *entry.stack == *stack
        })
    }

    /// Keeps a span and gives its number. If another thread was faster its span stays: both are the same bits.
    pub(crate) fn insert(&mut self, place: Place, stack: &[TraitId], span: Arc<V>, clock: u64) -> u32 {
        if let Some(number) = self.find(place, stack) {
            return number;
        }
        let Place { first, last, .. } = place;
        let entry =
            SpanEntry { first, last, stack: stack.into(), span, uses: Uses::first(clock), is_ahead: false };
        self.memory.add(entry.bytes());
        self.spans.insert(entry)
    }

    /// Keeps a span that was made for an item that may come.
    pub(super) fn insert_ahead(&mut self, place: Place, stack: &[TraitId], span: Arc<V>, clock: u64) {
        if self.find(place, stack).is_none() {
            let number = self.insert(place, stack, span, clock);
            self.spans.at_mut(number).is_ahead = true;
            self.counts.ahead += 1;
        }
    }

    /// Keeps a tile row of the spans with these numbers, if it is not here.
    pub(crate) fn insert_row(
        &mut self,
        visible: &[TraitId],
        row: Arc<SpanRow>,
        spans: Box<[u32]>,
        clock: u64,
    ) {
        if self.find_row(row_hash(visible), visible).is_some() {
            return;
        }
        let entry =
            RowEntry { visible: visible.into(), row, spans, uses: Uses { count: 0, ..Uses::first(clock) } };
        self.memory.add(entry.bytes());
        self.rows.insert(entry);
    }

    /// The item that is `ahead` items away, 0 being the next, shows `visible` traits in the tile row. Whether that is here.
    pub(crate) fn will_use_row(&mut self, visible: &[TraitId], ahead: usize, clock: u64) -> bool {
        let Some(number) = self.find_row(row_hash(visible), visible) else { return false };
        self.rows.at_mut(number).uses.expect(ahead, clock);
        true
    }

    /// The same of a span.
    pub(crate) fn will_use(&mut self, place: Place, stack: &[TraitId], ahead: usize, clock: u64) {
        if let Some(number) = self.find(place, stack) {
            self.spans.at_mut(number).uses.expect(ahead, clock);
        }
    }

    /// No use is known any more.
    pub(super) fn forget_uses(&mut self) {
        self.spans.values_mut().for_each(|entry| entry.uses.next = 0);
        self.rows.values_mut().for_each(|entry| entry.uses.next = 0);
    }

    /// Adds the uses of tile rows to those of their spans.
    pub(super) fn share_uses(&mut self, clock: u64) {
        let Self { spans, rows, .. } = self;
        for row in rows.values_mut() {
            for &number in &row.spans {
                let uses = &mut spans.at_mut(number).uses;
                uses.count = uses.count.saturating_add(row.uses.count);
                uses.share(&row.uses, clock);
            }
            row.uses.count = 0;
        }
    }

    /// All spans with number, uses and bytes.
    pub(super) fn span_uses(&self) -> impl Iterator<Item = (u32, &Uses, u64)> {
        self.spans.iter().map(|(number, entry)| (number, &entry.uses, entry.bytes()))
    }

    /// Drops the tile rows that `goes` wants to go.
    pub(super) fn drop_rows(&mut self, goes: impl Fn(&Uses) -> bool) {
        let gone: Vec<u32> =
            self.rows.iter().filter(|(_, row)| goes(&row.uses)).map(|(number, _)| number).collect();
        gone.into_iter().for_each(|number| self.drop_row(number));
    }

    fn drop_row(&mut self, number: u32) {
        let row = self.rows.remove(number);
        self.memory.remove(row.bytes());
    }

    /// Bytes of tile rows with their blocks, by rank.
    pub(super) fn row_ranks(&self, clock: u64) -> impl Iterator<Item = (Rank, u64)> {
        self.rows
            .iter()
            .map(move |(_, row)| (row.uses.rank(clock), row.bytes() + row.row.block_memory() as u64))
    }

    /// Drops the spans with these numbers, and the tile rows that have one of them.
    pub(super) fn drop_spans(&mut self, numbers: impl Iterator<Item = u32>) {
        for number in numbers {
            let entry = self.spans.remove(number);
            self.memory.remove(entry.bytes());
            let bytes = u32::try_from(entry.bytes()).unwrap_or(u32::MAX);
            let before = self.dropped.insert(entry.hash(), bytes);
            self.dropped_bytes += u64::from(bytes) - u64::from(before.unwrap_or(0));
        }
        let is_whole = |row: &RowEntry| row.spans.iter().all(|&number| self.spans.get(number).is_some());
        let gone: Vec<u32> =
            self.rows.iter().filter(|(_, row)| !is_whole(row)).map(|(number, _)| number).collect();
        gone.into_iter().for_each(|number| self.drop_row(number));
    }

    /// Spans held.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    /// Drops everything, and gives its memory back.
    pub(super) fn clear(&mut self) {
        let bytes: u64 = self.spans.iter().map(|(_, entry)| entry.bytes()).sum();
        let rows: u64 = self.rows.iter().map(|(_, row)| row.bytes()).sum();
        self.memory.remove(bytes + rows);
        (self.spans, self.rows) = (Numbered::default(), Numbered::default());
        (self.dropped, self.dropped_bytes) = (HashMap::default(), 0);
    }
}
