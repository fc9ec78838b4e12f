//! Threads and memory that several engines share.
//!
//! A service has an engine for each of its projects. If each had threads and a span cache of its own, the machine would have too many
//! of the one and too little memory for the other. Engines that share have one pool, and one budget of compressed spans, which is
//! divided again after every [`EVERY`] pictures: a quarter of it equally, the rest by the pictures that each engine made lately, half
//! as many counting for each division that has passed since. An engine that is not used any more loses its part, and a dropped one
//! gives it back.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use crate::engine::caches::Caches;
use crate::error::{Error, ThreadsError};
use crate::threads::{lock, thread_count, try_lock};

/// Pictures between two divisions.
const EVERY: u64 = 64;
/// The part of the budget that is divided equally, as a divisor.
const EQUAL: u64 = 4;

/// Threads and memory of compressed spans for several engines; see
/// [`Performance::with_shared`](crate::engine::Performance::with_shared). Clones are the same.
#[derive(Clone, Debug)]
pub struct SharedResources(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    pool: Arc<rayon::ThreadPool>,
    cache_memory: u64,
    members: Mutex<Vec<Member>>,
    pictures: AtomicU64,
    next: AtomicU64,
}

/// An engine, or several that share their caches.
#[derive(Debug)]
struct Member {
    id: u64,
    caches: Caches,
    /// Its pictures at the last division.
    counted: u64,
    recent: u64,
}

/// An engine's part, until it is dropped.
#[derive(Debug)]
pub(crate) struct Membership {
    id: u64,
    of: Arc<Inner>,
}

impl SharedResources {
    /// So many threads, or one per processor, and `cache_memory` bytes of compressed spans for all engines together.
    ///
    /// # Errors
    /// If the threads cannot be started.
    pub fn new(threads: impl Into<Option<NonZeroUsize>>, cache_memory: u64) -> Result<Self, Error> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(thread_count(threads.into())).build();
        let pool = Arc::new(pool.map_err(ThreadsError)?);
        let (members, pictures, next) = (Mutex::default(), AtomicU64::new(0), AtomicU64::new(0));
        Ok(Self(Arc::new(Inner { pool, cache_memory, members, pictures, next })))
    }

    /// How many engines share them now; those that share their spans, as a reopened one does, are one.
    #[must_use]
    pub fn engines(&self) -> usize {
        lock(&self.0.members).len()
    }

    /// Bytes of compressed spans that all engines hold now.
    #[must_use]
    pub fn cache_bytes(&self) -> u64 {
        lock(&self.0.members).iter().map(|member| member.caches.usage().bytes).sum()
    }

    pub(crate) fn pool(&self) -> Arc<rayon::ThreadPool> {
        self.0.pool.clone()
    }

    /// Bytes for all.
    pub(crate) fn cache_memory(&self) -> u64 {
        self.0.cache_memory
    }

    /// Gives an engine with these caches its part.
    pub(crate) fn join(&self, caches: &Caches) -> Arc<Membership> {
        let id = self.0.next.fetch_add(1, Relaxed);
        let counted = caches.pictures();
        lock(&self.0.members).push(Member { id, caches: caches.clone(), counted, recent: EVERY });
        self.0.divide();
        Arc::new(Membership { id, of: self.0.clone() })
    }
}

impl Membership {
    /// Counts a picture, and divides the budget if it is time.
    pub(crate) fn after_picture(&self) {
        if self.of.pictures.fetch_add(1, Relaxed) % EVERY == EVERY - 1 {
            self.of.divide();
        }
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        lock(&self.of.members).retain(|member| member.id != self.id);
        self.of.divide();
    }
}

impl Inner {
    fn divide(&self) {
        // Another thread that divides does it for both.
        let Some(mut members) = try_lock(&self.members) else { return };
        for member in members.iter_mut() {
            let pictures = member.caches.pictures();
            member.recent = member.recent / 2 + (pictures - member.counted);
            member.counted = pictures;
        }
        let all: u64 = members.iter().map(|member| member.recent).sum();
        let count = members.len() as u64;
        let mut divided = Vec::with_capacity(members.len());
        for member in members.iter() {
            let equal = self.cache_memory / EQUAL / count;
            let by_use = self.cache_memory - self.cache_memory / EQUAL;
            let part = match all {
                0 => by_use / count,
                _ => (u128::from(by_use) * u128::from(member.recent) / u128::from(all)) as u64,
            };
            divided.push((member.caches.clone(), equal + part));
        }
        // Dropping spans takes threads of the pool, which may wait for the members.
        drop(members);
        divided.into_iter().for_each(|(caches, budget)| caches.set_budget(budget));
    }
}
