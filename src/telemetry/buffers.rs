//! Buffers that are used again.
//!
//! The first write to a fresh megabyte costs as much as compressing it does here (1.3 GB/s, measured), so buffers go
//! back to their pool instead of to the system. There are never more of them than threads that work at once. All
//! pools of an engine share one account, which says how much they hold and how often a buffer was there already; it
//! can also make them keep nothing, to measure what they are worth, and to let buffers go that were idle for a
//! whole period.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use crate::threads::lock;

/// What a pool can hold.
pub(crate) trait Buffer: Default {
    /// Bytes of memory that it owns.
    fn bytes(&self) -> usize;
}

impl<T> Buffer for Vec<T> {
    fn bytes(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

impl<A: Buffer, B: Buffer> Buffer for (A, B) {
    fn bytes(&self) -> usize {
        self.0.bytes() + self.1.bytes()
    }
}

/// What all pools of an engine have in common.
#[derive(Debug)]
pub(crate) struct Account {
    /// Whether buffers are kept at all.
    keep: bool,
    fresh: AtomicU64,
    reused: AtomicU64,
    bytes: AtomicU64,
    peak: AtomicU64,
    pools: Mutex<Vec<Weak<dyn Idle>>>,
}

/// Where a pool keeps unused buffers.
trait Idle: std::fmt::Debug + Send + Sync {
    /// Frees the buffers that were not used since the last call; returns their number and size.
    fn release(&self) -> (u64, u64);
}

impl Account {
    pub(crate) fn new(keep: bool) -> Arc<Self> {
        let zero = AtomicU64::default;
        Arc::new(Self {
            keep,
            fresh: zero(),
            reused: zero(),
            bytes: zero(),
            peak: zero(),
            pools: Mutex::default(),
        })
    }

    /// How often a buffer was asked for and there was none, and how often there was one.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.fresh.load(Relaxed), self.reused.load(Relaxed))
    }

    /// Bytes in all pools' buffers now.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// The most bytes in all pools' buffers at once.
    pub(crate) fn peak_bytes(&self) -> u64 {
        self.peak.load(Relaxed)
    }

    /// Lets go of all buffers that were idle since the last call; how many.
    pub(crate) fn release_idle(&self) -> u64 {
        let mut pools = lock(&self.pools);
        pools.retain(|pool| pool.strong_count() > 0);
        let mut count = 0;
        for pool in pools.iter().filter_map(Weak::upgrade) {
            let (buffers, bytes) = pool.release();
            self.resized(bytes as usize, 0);
            count += buffers;
        }
        count
    }

    /// A buffer of `before` bytes has `after` now.
    fn resized(&self, before: usize, after: usize) {
        // It may have shrunk: the sum wraps, and wraps back.
        let change = (after as u64).wrapping_sub(before as u64);
        let bytes = self.bytes.fetch_add(change, Relaxed).wrapping_add(change);
        self.peak.fetch_max(bytes, Relaxed);
    }
}

/// Something that is no buffer of a pool, and that an account counts for as long as it is there.
#[derive(Debug)]
pub(crate) struct Counted<T> {
    value: T,
    bytes: usize,
    account: Arc<Account>,
}

impl<T> Counted<T> {
    /// A value that takes so many bytes.
    pub(crate) fn new(value: T, bytes: usize, account: &Arc<Account>) -> Self {
        account.resized(0, bytes);
        Self { value, bytes, account: account.clone() }
    }

    pub(crate) fn value(&self) -> &T {
        &self.value
    }
}

impl<T> Drop for Counted<T> {
    fn drop(&mut self) {
        self.account.resized(self.bytes, 0);
    }
}

/// A pool of buffers of one kind.
#[derive(Debug)]
pub(crate) struct Pool<T> {
    shelf: Arc<Shelf<T>>,
    account: Arc<Account>,
}

/// Unused buffers, as a stack: those at the bottom are used least.
#[derive(Debug)]
struct Shelf<T>(Mutex<Stack<T>>);

#[derive(Debug)]
struct Stack<T> {
    idle: Vec<T>,
    /// The fewest that were idle at one time since the last release: so many were not needed.
    fewest: usize,
}

impl<T> Shelf<T> {
    fn lock(&self) -> MutexGuard<'_, Stack<T>> {
        lock(&self.0)
    }
}

impl<T: Buffer + std::fmt::Debug + Send> Idle for Shelf<T> {
    fn release(&self) -> (u64, u64) {
        let mut stack = self.lock();
        let unused = stack.fewest.min(stack.idle.len());
        let released: Vec<T> = stack.idle.drain(..unused).collect();
        stack.fewest = stack.idle.len();
        (released.len() as u64, released.iter().map(|buffer| buffer.bytes() as u64).sum())
    }
}

impl<T: Buffer + std::fmt::Debug + Send + 'static> Pool<T> {
    pub(crate) fn new(account: &Arc<Account>) -> Self {
        let shelf = Arc::new(Shelf(Mutex::new(Stack { idle: Vec::new(), fewest: 0 })));
        let idle: Weak<Shelf<T>> = Arc::downgrade(&shelf);
        lock(&account.pools).push(idle);
        Self { shelf, account: account.clone() }
    }

    /// Runs `work` with a buffer, as some earlier user left it.
    pub(crate) fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        let account = &*self.account;
        let kept = {
            let mut stack = self.shelf.lock();
            let kept = stack.idle.pop();
            stack.fewest = stack.fewest.min(stack.idle.len());
            kept
        };
        let count = if kept.is_some() { &account.reused } else { &account.fresh };
        count.fetch_add(1, Relaxed);
        // A fresh buffer is new as a whole: some have memory from the beginning.
        let before = kept.as_ref().map_or(0, T::bytes);
        let mut buffer = kept.unwrap_or_default();
        let result = work(&mut buffer);
        account.resized(before, buffer.bytes());
        if account.keep {
            self.shelf.lock().idle.push(buffer);
        } else {
            account.resized(buffer.bytes(), 0);
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_counts_while_it_is_there() {
        let account = Account::new(true);
        let first = Counted::new(7, 100, &account);
        let second = Counted::new(8, 50, &account);
        assert_eq!((account.bytes(), *first.value() + *second.value()), (150, 15));
        drop(first);
        assert_eq!((account.bytes(), account.peak_bytes()), (50, 150));
    }

    #[test]
    fn buffers_come_back_as_they_were_left_and_are_counted() {
        let account = Account::new(true);
        let (pool, other) = (Pool::<Vec<u32>>::new(&account), Pool::<(Vec<u8>, Vec<u8>)>::new(&account));
        pool.with(|buffer| buffer.extend([7; 100]));
        let bytes = account.peak_bytes();
        assert!(bytes >= 400);
        pool.with(|buffer| assert_eq!(buffer.len(), 100));
        other.with(|(_, buffer)| buffer.reserve_exact(50));
        assert_eq!((account.counts(), account.peak_bytes()), ((2, 1), bytes + 50));
        pool.with(|buffer| *buffer = Vec::new());
        other.with(|(buffer, _)| buffer.reserve_exact(20));
        assert_eq!(account.peak_bytes(), bytes + 50, "what shrank made room");
    }

    #[test]
    fn buffers_that_were_idle_for_a_whole_period_are_let_go() {
        let account = Account::new(true);
        let pool = Pool::<Vec<u8>>::new(&account);
        let three = || {
            pool.with(|a| {
                a.reserve_exact(10);
                pool.with(|b| {
                    b.reserve_exact(10);
                    pool.with(|c| c.reserve_exact(10));
                });
            });
        };
        three();
        assert_eq!((account.release_idle(), account.bytes.load(Relaxed)), (0, 30), "all three were used");
        pool.with(|_| ());
        assert_eq!((account.release_idle(), account.bytes.load(Relaxed)), (2, 10), "one was used");
        assert_eq!((account.release_idle(), account.bytes.load(Relaxed)), (1, 0), "none was used");
        three();
        assert_eq!(account.counts(), (6, 1));
        drop(pool);
        assert_eq!(account.release_idle(), 0);
    }

    #[test]
    fn what_a_buffer_has_from_the_beginning_is_counted() {
        #[derive(Debug)]
        struct Table(Vec<u8>);
        impl Default for Table {
            fn default() -> Self {
                Self(vec![0; 30])
            }
        }
        impl Buffer for Table {
            fn bytes(&self) -> usize {
                self.0.bytes()
            }
        }
        let account = Account::new(true);
        let pool = Pool::<Table>::new(&account);
        pool.with(|_| ());
        pool.with(|table| table.0.reserve_exact(50));
        assert_eq!((account.bytes(), account.peak_bytes()), (80, 80));
        (0..2).for_each(|_| _ = account.release_idle());
        assert_eq!((account.bytes(), account.peak_bytes()), (0, 80));
    }

    #[test]
    fn nothing_is_kept_when_nothing_is_to_be() {
        let account = Account::new(false);
        let pool = Pool::<Vec<u8>>::new(&account);
        for _ in 0..3 {
            pool.with(|buffer| {
                assert_eq!(buffer.capacity(), 0);
                buffer.reserve_exact(64);
            });
        }
        assert_eq!((account.counts(), account.peak_bytes()), ((3, 0), 64));
    }
}
