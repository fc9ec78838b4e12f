//! How fast items come now, and how long the rest will take.
//!
//! Later items are made faster than the first ones, for most of their places are there already. So what counts is
//! the last ten seconds, not the whole run.

use std::collections::VecDeque;

use traitpress::telemetry::Snapshot;

/// Seconds that count.
const WINDOW: f64 = 10.0;

/// Items over time.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// Seconds and items, the oldest first.
    seen: VecDeque<(f64, u64)>,
}

impl Pace {
    /// Takes a snapshot into account.
    pub(super) fn see(&mut self, seen: &Snapshot) {
        // Items that were there already took no time.
        self.note(seen.seconds, seen.done.saturating_sub(seen.kept));
    }

    fn note(&mut self, seconds: f64, done: u64) {
        if self.seen.is_empty() {
            self.seen.push_back((0.0, 0));
        }
        self.seen.push_back((seconds, done));
        // One that is older than the window stays, to measure from.
        while self.seen.len() > 2 && self.seen[1].0 <= seconds - WINDOW {
            self.seen.pop_front();
        }
    }

    /// Items a second lately; 0 while there are none.
    pub(super) fn rate(&self) -> f64 {
        match (self.seen.front(), self.seen.back()) {
            (Some(first), Some(last)) if last.0 > first.0 => {
                last.1.saturating_sub(first.1) as f64 / (last.0 - first.0)
            }
            _ => 0.0,
        }
    }

    /// Seconds that so many more items will take at this rate; `None` if none came lately.
    pub(super) fn left(&self, items: u64) -> Option<f64> {
        let rate = self.rate();
        (rate > 0.0).then(|| items as f64 / rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ten_seconds_count() {
        let mut pace = Pace::default();
        assert_eq!((pace.rate(), pace.left(5)), (0.0, None));
        pace.note(2.0, 20);
        assert_eq!((pace.rate(), pace.left(5)), (10.0, Some(0.5)));
        for second in 3..=30 {
            pace.note(f64::from(second), 20 + 100 * (u64::from(second as u32) - 2));
        }
        assert_eq!(pace.rate(), 100.0, "what was slow at first is long ago");
        assert!(pace.seen.len() < 15);
        (31..=60).for_each(|second| pace.note(f64::from(second), 2820));
        assert_eq!((pace.rate(), pace.left(1)), (0.0, None), "nothing comes any more");
    }
}
