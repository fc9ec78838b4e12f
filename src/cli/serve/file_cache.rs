//! Finished files within a budget of bytes, and one work for equal requests that come at the same time.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::body::Bytes;
use lru::LruCache;
use tokio::sync::OnceCell;

/// What a file is: BLAKE3 of the state of its project, the item, the size and the format.
pub(crate) type Key = [u8; 32];

/// Bytes of an entry beside its file.
const ENTRY: u64 = 160;

/// A file that is being made; those who wait for it hold it.
type InWork = Arc<OnceCell<Bytes>>;

/// Finished files, those used last.
#[derive(Debug)]
pub(crate) struct FileCache {
    budget: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    files: LruCache<Key, Bytes>,
    bytes: u64,
    in_work: hashbrown::HashMap<Key, Weak<OnceCell<Bytes>>>,
}

/// A file, or the place where it is being made.
#[derive(Debug)]
pub(crate) enum Found {
    File(Bytes),
    InWork(InWork),
}

impl FileCache {
    pub(crate) fn new(budget: u64) -> Self {
        let inner = Inner { files: LruCache::unbounded(), bytes: 0, in_work: hashbrown::HashMap::new() };
        Self { budget, inner: Mutex::new(inner) }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes that are held.
    pub(crate) fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// Whether the file of a key is there.
    pub(crate) fn has(&self, key: &Key) -> bool {
        self.lock().files.contains(key)
    }

    /// The file of a key, or the place where all who request it wait.
    pub(crate) fn find(&self, key: &Key) -> Found {
        let mut inner = self.lock();
        if let Some(file) = inner.files.get(key) {
            return Found::File(file.clone());
        }
        if let Some(work) = inner.in_work.get(key).and_then(Weak::upgrade) {
            return Found::InWork(work);
        }
        let work = InWork::default();
        inner.in_work.insert(*key, Arc::downgrade(&work));
        // Those that nobody waits for any more.
        if inner.in_work.len().is_power_of_two() {
            inner.in_work.retain(|_, work| work.strong_count() > 0);
        }
        Found::InWork(work)
    }

    /// Keeps a file, and drops those that were used longest ago beyond the budget.
    pub(crate) fn keep(&self, key: Key, file: &Bytes) {
        let mut inner = self.lock();
        inner.in_work.remove(&key);
        let size = |file: &Bytes| file.len() as u64 + ENTRY;
        if size(file) > self.budget {
            return;
        }
        inner.bytes += size(file);
        if let Some(before) = inner.files.put(key, file.clone()) {
            inner.bytes -= size(&before);
        }
        while inner.bytes > self.budget {
            let Some((_, oldest)) = inner.files.pop_lru() else { break };
            inner.bytes -= size(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_stay_within_the_budget_and_the_last_used_stay_longest() {
        let cache = FileCache::new(1000);
        let file = |byte: u8, length: usize| Bytes::from(vec![byte; length]);
        let has = |number: u8| matches!(cache.find(&[number; 32]), Found::File(_));
        for number in 0..3 {
            cache.keep([number; 32], &file(number, 100));
        }
        assert!(has(0) && cache.bytes() == 3 * 260);
        cache.keep([3; 32], &file(3, 100));
        assert!(has(0) && !has(1) && has(2) && has(3), "1 was used longest ago");
        cache.keep([4; 32], &file(4, 5000));
        assert!(!has(4) && cache.bytes() <= 1000, "what exceeds the budget alone is not kept");
        cache.keep([3; 32], &file(3, 10));
        assert_eq!(cache.bytes(), 260 + 260 + 170);
    }

    #[test]
    fn equal_requests_wait_at_one_place() {
        let cache = FileCache::new(1000);
        let Found::InWork(one) = cache.find(&[7; 32]) else { panic!("it is not there") };
        let Found::InWork(other) = cache.find(&[7; 32]) else { panic!("it is not there") };
        assert!(Arc::ptr_eq(&one, &other));
        drop((one, other));
        let Found::InWork(again) = cache.find(&[7; 32]) else { panic!("nobody made it") };
        assert!(!again.initialized());
    }
}
