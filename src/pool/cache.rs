//! What a reader keeps: unpacked bundles and spans, the least recently used ones leaving first.

use std::hash::Hash;
use std::sync::Arc;

use lru::LruCache;

/// Values by key, as many as fit so many bytes.
#[derive(Debug)]
pub(super) struct Kept<K: Eq + Hash, V> {
    values: LruCache<K, (Arc<V>, usize)>,
    bytes: usize,
    most: usize,
}

impl<K: Eq + Hash, V> Kept<K, V> {
    pub(super) fn new(most: usize) -> Self {
        Self { values: LruCache::unbounded(), bytes: 0, most }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<Arc<V>> {
        self.values.get(key).map(|(value, _)| value.clone())
    }

    /// Keeps a value of so many bytes, if it fits at all.
    pub(super) fn put(&mut self, key: K, value: Arc<V>, bytes: usize) {
        if bytes > self.most {
            return;
        }
        if let Some((_, old)) = self.values.put(key, (value, bytes)) {
            self.bytes -= old;
        }
        self.bytes += bytes;
        while self.bytes > self.most
            && let Some((_, (_, bytes))) = self.values.pop_lru()
        {
            self.bytes -= bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_last_stays_within_the_bytes() {
        let mut kept = Kept::new(100);
        (0..5).for_each(|key| kept.put(key, Arc::new(key), 30));
        assert_eq!([0, 1, 2, 3, 4].map(|key| kept.get(&key).is_some()), [false, false, true, true, true]);
        kept.get(&2);
        kept.put(5, Arc::new(5), 30);
        assert_eq!([2, 3, 4, 5].map(|key| kept.get(&key).is_some()), [true, false, true, true]);
        kept.put(6, Arc::new(6), 101);
        assert!(kept.get(&6).is_none() && kept.get(&2).is_some() && kept.bytes <= 100);
        kept.put(2, Arc::new(2), 40);
        assert_eq!(kept.bytes, 100);
    }
}
