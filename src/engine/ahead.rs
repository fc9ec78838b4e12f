//! Items that may come are prepared while the engine is idle.
//!
//! A service's users try one thing after the other, so what they request next is often one of few items. A model names these, and
//! their spans are composited and compressed before anybody requests them, or their traits decoded, where pictures have no spans. That
//! happens on the engine's own threads, some spans at a time, and only while no request is at work: a request waits for the spans at hand
//! at most. What is prepared has the bytes that it has in any case; only the time changes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};

use crate::engine::output::Outputs;
use crate::engine::prefetch::Prefetcher;
use crate::error::Error;
use crate::project::Project;
use crate::rules::check_row;

/// Items that are prepared after each request.
const ITEMS: usize = 12;

/// What was prepared for items that may come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AheadUse {
    /// Items that were prepared, or had nothing missing.
    pub items: u64,
    /// Spans that were made for them.
    pub spans: u64,
    /// Of these, spans that a request used later.
    pub used: u64,
    /// How often a request came while items were being prepared.
    pub interrupted: u64,
}

/// Prepares items; shared with the threads that do.
#[derive(Debug)]
pub(crate) struct Ahead {
    project: Project,
    outputs: Arc<Outputs>,
    prefetcher: Arc<Prefetcher>,
    pool: Arc<rayon::ThreadPool>,
    /// Requests at work.
    busy: AtomicUsize,
    /// Requests that came so far.
    requests: AtomicU64,
    /// Whether a thread prepares items, or is going to.
    is_at_work: AtomicBool,
    items: AtomicU64,
    interrupted: AtomicU64,
}

/// A request at work: nothing is prepared until it is dropped.
#[derive(Debug)]
pub(crate) struct Busy<'a>(Option<&'a Arc<Ahead>>);

impl Ahead {
    pub(crate) fn new(project: Project, outputs: Arc<Outputs>, prefetcher: Arc<Prefetcher>) -> Self {
        let pool = outputs.first.presser.pool().clone();
        Self {
            project,
            outputs,
            prefetcher,
            pool,
            busy: AtomicUsize::new(0),
            requests: AtomicU64::new(0),
            is_at_work: AtomicBool::new(false),
            items: AtomicU64::new(0),
            interrupted: AtomicU64::new(0),
        }
    }

    /// Prepares the items that are likely now, until `stop` says so.
    ///
    /// # Errors
    /// If a picture must be decoded again and has changed.
    pub(crate) fn prepare(&self, stop: &dyn Fn() -> bool) -> Result<(), Error> {
        for row in self.prefetcher.next_items(ITEMS) {
            if stop() {
                self.interrupted.fetch_add(1, SeqCst);
                break;
            }
            if check_row(&self.project, &row).is_ok() {
                self.outputs.first.presser.press_ahead(&row, stop)?;
                self.items.fetch_add(1, SeqCst);
            }
        }
        Ok(())
    }

    /// What was prepared so far.
    pub(crate) fn usage(&self) -> AheadUse {
        let [spans, used] = self.outputs.first.presser.cache().ahead();
        AheadUse { items: self.items.load(SeqCst), spans, used, interrupted: self.interrupted.load(SeqCst) }
    }

    fn work(&self) {
        loop {
            let seen = self.requests.load(SeqCst);
            // A picture that has changed is reported by the request that shows it.
            let _ = self.prepare(&|| self.busy.load(SeqCst) > 0);
            self.is_at_work.store(false, SeqCst);
            let is_new = self.busy.load(SeqCst) == 0 && self.requests.load(SeqCst) != seen;
            if !is_new || self.is_at_work.swap(true, SeqCst) {
                return;
            }
        }
    }
}

impl<'a> Busy<'a> {
    /// Begins a request.
    pub(crate) fn new(ahead: Option<&'a Arc<Ahead>>) -> Self {
        if let Some(ahead) = ahead {
            ahead.busy.fetch_add(1, SeqCst);
            ahead.requests.fetch_add(1, SeqCst);
        }
        Self(ahead)
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        let Some(ahead) = self.0 else { return };
        if ahead.busy.fetch_sub(1, SeqCst) == 1 && !ahead.is_at_work.swap(true, SeqCst) {
            let ahead = ahead.clone();
            ahead.pool.clone().spawn(move || ahead.work());
        }
    }
}
