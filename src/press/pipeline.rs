//! From a plan to finished items, batch by batch.
//!
//! One thread drives: it cuts the next batch into spans, has the new ones composited and compressed by the pool, and
//! hands the pictures on in small batches. Joining and writing these runs on the same pool beside the next batch's
//! compositing; a gate holds the driver back when too many wait, which bounds the memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, OnceLock, PoisonError};

use crate::error::Error;
use crate::output::{FinishedItem, Sink};
use crate::press::engine::{Engine, Prepared};
use crate::press::options::PressOptions;
use crate::report::{Observer, Stage};
use crate::selection::Plan;

/// What came out.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Done {
    pub(crate) items: u64,
    pub(crate) bytes: u64,
}

/// The most items in flight together when the batch adapts. Above 64 nothing more is gained on two cores.
const MOST_BATCH: usize = 64;
/// The batch that a run starts with.
const FIRST_BATCH: usize = 8;

pub(crate) fn press(
    engine: &Engine,
    plan: &Plan,
    sink: &dyn Sink,
    observer: &dyn Observer,
) -> Result<Done, Error> {
    let (items, bytes) = (AtomicU64::new(0), AtomicU64::new(0));
    let failure = OnceLock::new();
    let threads = engine.pool.current_num_threads();
    let gate = Gate::new(2 * threads + 1);
    let encode_batch = engine.options().encode_batch_size();
    let total = plan.len() as u64;

    let write = |picture: &Prepared| -> Result<(), Error> {
        let row = plan.row(picture.index);
        let edition = plan.edition(picture.index);
        let len = engine.files.with(|file| {
            let len = engine.write_picture(picture, row, file)?;
            let png = &file[..len];
            engine.stages.time(Stage::Write, || {
                let metadata = crate::output::metadata(engine.project(), edition, row);
                let item = FinishedItem { index: picture.index, edition, png, metadata: &metadata };
                sink.write(item).map_err(Error::Sink)
            })?;
            Ok::<_, Error>(len)
        })?;
        bytes.fetch_add(len as u64, Ordering::Relaxed);
        let done = items.fetch_add(1, Ordering::Relaxed) + 1;
        observer.items(done, total);
        Ok(())
    };

    engine.pool.in_place_scope(|scope| {
        let mut next = 0;
        let mut batch = Batch::new(engine);
        while next < plan.len() && failure.get().is_none() {
            let end = plan.len().min(next + batch.size());
            let rows: Vec<(usize, &[u16])> = (next..end).map(|index| (index, plan.row(index))).collect();
            let after = (end..plan.len().min(end + batch.size())).map(|index| plan.row(index));
            engine.forecast(after);
            let prepared = match engine.prepare(&rows) {
                Ok(prepared) => prepared,
                Err(error) => {
                    let _ = failure.set(error);
                    break;
                }
            };
            let mut pictures = prepared.into_iter();
            batch.adapt(bytes.load(Ordering::Relaxed), items.load(Ordering::Relaxed));
            loop {
                let group: Vec<Prepared> = pictures.by_ref().take(encode_batch).collect();
                if group.is_empty() {
                    break;
                }
                let ticket = gate.enter();
                let (write, failure) = (&write, &failure);
                scope.spawn(move |_| {
                    let _ticket = ticket;
                    for picture in &group {
                        // What is on its way is finished even if another item has failed: it is made already.
                        if let Err(error) = write(picture) {
                            // Only the first error is reported; the others follow from it as a rule.
                            let _ = failure.set(error);
                        }
                    }
                });
            }
            next = end;
        }
    });
    match failure.into_inner() {
        Some(error) => Err(error),
        None => Ok(Done { items: items.into_inner(), bytes: bytes.into_inner() }),
    }
}

/// How many items are prepared together. Never shapes a byte.
struct Batch {
    fixed: Option<usize>,
    size: usize,
    /// Compressed bytes that one batch should not exceed.
    budget: u64,
}

impl Batch {
    fn new(engine: &Engine) -> Self {
        // Until sizes are known, a batch is bounded by what its pictures would be uncompressed.
        let raw = 4 * engine.art.grid.size().pixels();
        let first = ((256 << 20) / raw).clamp(1, FIRST_BATCH as u64) as usize;
        let fixed = engine.options().batch.map(|batch| batch.min(PressOptions::MOST_BATCH).get());
        Self { fixed, size: first, budget: engine.cache_budget() / 4 }
    }

    fn size(&self) -> usize {
        self.fixed.unwrap_or(self.size)
    }

    /// Grows the batch while its pictures stay small against the span cache.
    fn adapt(&mut self, bytes: u64, items: u64) {
        if let Some(mean) = bytes.checked_div(items) {
            let fits = self.budget / mean.max(1);
            self.size = (self.size * 2).min(MOST_BATCH).min(fits as usize).max(1);
        }
    }
}

/// Lets a bounded number in.
#[derive(Debug)]
struct Gate {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place inside the gate, given back when dropped.
struct Ticket<'a>(&'a Gate);

impl Gate {
    fn new(places: usize) -> Self {
        Self { free: Mutex::new(places), freed: Condvar::new() }
    }

    /// Waits until there is a place.
    fn enter(&self) -> Ticket<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.freed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Ticket(self)
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
