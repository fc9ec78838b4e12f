//! The end of the work, for the thread that displays its progress.

use std::sync::{Condvar, LockResult, Mutex, PoisonError};
use std::time::Duration;

/// Whether the work is over.
#[derive(Debug, Default)]
pub(super) struct End {
    over: Mutex<bool>,
    changed: Condvar,
}

impl End {
    /// Waits for `time`, or until the work is over; returns whether it is.
    pub(super) fn within(&self, time: Duration) -> bool {
        let over = unpoisoned(self.over.lock());
        let waited = self.changed.wait_timeout_while(over, time, |over| !*over);
        *unpoisoned(waited).0
    }
}

/// The guard of a lock, even if a thread panicked while it held the lock: the values that the display locks are replaced as
/// a whole, so they are never half changed.
pub(super) fn unpoisoned<T>(locked: LockResult<T>) -> T {
    locked.unwrap_or_else(PoisonError::into_inner)
}

/// Ends the work when it is dropped, after a panic too.
pub(super) struct EndOnDrop<'a>(pub(super) &'a End);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        *unpoisoned(self.0.over.lock()) = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_waiting_thread_is_woken_by_the_end_even_after_a_panic() {
        let end = End::default();
        assert!(!end.within(Duration::from_millis(1)));
        let start = Instant::now();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            thread::scope(|scope| {
                let waiting = scope.spawn(|| end.within(Duration::from_secs(600)));
                let _end = EndOnDrop(&end);
                assert!(!waiting.is_finished() || start.elapsed() > Duration::from_secs(500));
                panic!("the work");
            })
        }));
        assert!(panicked.is_err() && end.within(Duration::ZERO));
        assert!(start.elapsed() < Duration::from_secs(300), "at once, not when the time is up");
    }
}
