//! Events for programs: one for every so many items.

use std::time::Duration;

use super::end::End;
use super::events::{self, Body};
use super::pace::Pace;
use super::source::Source;

/// Between two reads of the source.
const BETWEEN_READS: Duration = Duration::from_millis(20);

/// Emits an event for each multiple of `every` items until the end.
pub(super) fn emit_until(end: &End, source: &dyn Source, every: u64) {
    let mut pace = Pace::default();
    let mut reported = 0;
    loop {
        let over = end.within(BETWEEN_READS);
        // Items of an earlier run are not reported.
        reported = reported.max(source.kept() / every * every);
        if source.done() / every > reported / every {
            let seen = source.snapshot();
            pace.see(&seen);
            let due = due(reported, seen.done, every);
            events::emit_all(due.map(|done| Body::progress(&seen, done, &pace)));
            reported = seen.done / every * every;
        }
        if over {
            break;
        }
    }
}

/// The numbers of items to report: multiples of `every` above `reported`, up to `done`.
fn due(reported: u64, done: u64, every: u64) -> impl Iterator<Item = u64> {
    (reported / every + 1..=done / every).map(move |number| number * every)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_multiple_is_reported_once_however_seldom_the_source_is_read() {
        assert_eq!(due(0, 24, 25).count(), 0);
        assert_eq!(due(0, 80, 25).collect::<Vec<_>>(), [25, 50, 75]);
        assert_eq!(due(75, 80, 25).count(), 0);
        assert_eq!(due(75, 100, 25).collect::<Vec<_>>(), [100]);
        assert_eq!(due(3, 6, 1).collect::<Vec<_>>(), [4, 5, 6]);
    }
}
