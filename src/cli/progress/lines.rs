//! A line every two seconds, where there is no terminal.

use std::time::Duration;

use super::end::End;
use super::pace::Pace;
use super::source::Source;
use super::text;
use crate::cli::print::errln;

/// Between two lines.
const BETWEEN_LINES: Duration = Duration::from_secs(2);

/// Prints lines until the end.
pub(super) fn print_until(end: &End, source: &dyn Source) {
    let mut pace = Pace::default();
    while !end.within(BETWEEN_LINES) {
        let seen = source.snapshot();
        if seen.total > 0 && seen.done < seen.total {
            pace.see(&seen);
            let mut line = text::line(&seen, &pace);
            if source.has_span_cache() {
                line += &text::span_cache(&seen.span_cache);
            }
            errln!("{line}");
        }
    }
}
