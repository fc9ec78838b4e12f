//! What single systems did, in numbers that are the same while a run goes on and when it is done.

/// What the span cache did and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CacheUse {
    /// Spans shown that were there already: kept from earlier items, or made for another item of the same batch.
    pub hits: u64,
    /// Spans shown that had to be composited and compressed.
    pub misses: u64,
    /// Spans dropped to keep the budget, or because they were no longer needed.
    pub evictions: u64,
    /// Of the misses, those of spans that had been held and were dropped.
    pub pressed_again: u64,
    /// Bytes of the spans that were dropped and not pressed again: with so many more, none would have been.
    pub dropped_bytes: u64,
    /// Spans held now.
    pub entries: u64,
    /// Bytes held now.
    pub bytes: u64,
    /// Most bytes held at once.
    pub peak_bytes: u64,
    /// Bytes that may be held.
    pub budget: u64,
}

impl CacheUse {
    /// What this and another cache did and hold together.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self {
            hits: self.hits + other.hits,
            misses: self.misses + other.misses,
            evictions: self.evictions + other.evictions,
            pressed_again: self.pressed_again + other.pressed_again,
            dropped_bytes: self.dropped_bytes + other.dropped_bytes,
            entries: self.entries + other.entries,
            bytes: self.bytes + other.bytes,
            peak_bytes: self.peak_bytes + other.peak_bytes,
            budget: self.budget + other.budget,
        }
    }

    /// Spans shown for each that was pressed: how much the items have in common. `None` before the first.
    #[must_use]
    pub fn shown_per_pressed(&self) -> Option<f64> {
        let shown = self.hits + self.misses;
        (shown > 0).then(|| shown as f64 / self.misses.max(1) as f64)
    }

    /// The share of spans shown that were there already, 0.0 to 1.0; `None` before the first.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        let shown = self.hits + self.misses;
        (shown > 0).then(|| self.hits as f64 / shown as f64)
    }

    /// The share of the budget that is used now, 0.0 to 1.0, or a little more within a batch; `None` without a budget.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        (self.budget > 0).then(|| self.bytes as f64 / self.budget as f64)
    }

    /// The same for the most that was held.
    #[must_use]
    pub fn peak_share(&self) -> Option<f64> {
        (self.budget > 0).then(|| self.peak_bytes as f64 / self.budget as f64)
    }
}

/// What the encoder did.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct EncoderUse {
    /// Pictures made.
    pub pictures: u64,
    /// Groups of pictures that were joined and written together.
    pub batches: u64,
    /// Seconds of compressing and joining, summed over the threads.
    pub seconds: f64,
    /// Bytes of all pictures.
    pub bytes: u64,
}

impl EncoderUse {
    /// Seconds of one thread's work that a picture took on average; 0 without pictures.
    #[must_use]
    pub fn seconds_per_picture(&self) -> f64 {
        self.seconds / self.pictures.max(1) as f64
    }
}

/// Bytes that something holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct MemoryUse {
    /// Now.
    pub now: u64,
    /// At most, so far.
    pub peak: u64,
}

impl MemoryUse {
    pub(crate) fn new(now: u64, peak: u64) -> Self {
        // They are read one after the other, so what is held may have grown in between.
        Self { now, peak: peak.max(now) }
    }
}

/// Who holds how many bytes of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct HeldBySystem {
    /// The decoded art.
    pub art: MemoryUse,
    /// Compressed spans.
    pub span_cache: MemoryUse,
    /// The pools' buffers.
    pub pools: MemoryUse,
    /// Textures, targets and buffers of the graphics card, which are made once and stay; `None` without one.
    pub textures: Option<MemoryUse>,
    /// The process, if the system reports it.
    pub process: Option<MemoryUse>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_rates_have_no_value_where_there_is_nothing_to_divide_by() {
        let none = CacheUse::default();
        assert_eq!((none.hit_rate(), none.share(), none.shown_per_pressed()), (None, None, None));
        let cache = CacheUse { hits: 9, misses: 3, bytes: 25, peak_bytes: 50, budget: 100, ..none };
        assert_eq!((cache.hit_rate(), cache.shown_per_pressed()), (Some(0.75), Some(4.0)));
        assert_eq!((cache.share(), cache.peak_share()), (Some(0.25), Some(0.5)));
        let warm = CacheUse { hits: 9, ..none };
        assert_eq!(warm.shown_per_pressed(), Some(9.0), "all was there");
        assert_eq!(EncoderUse::default().seconds_per_picture(), 0.0);
        assert_eq!(MemoryUse::new(7, 5), MemoryUse { now: 7, peak: 7 });
    }
}
