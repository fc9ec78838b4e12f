//! The bar of a terminal, drawn five times a second.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::end::{End, unpoisoned};
use super::pace::Pace;
use super::source::Source;
use super::text;

/// Between two redraws of the bar.
const REDRAW: Duration = Duration::from_millis(200);

/// Draws a bar until the end, and removes it.
pub(super) fn draw_until(end: &End, source: &dyn Source) {
    // Each setter of the bar may draw it. So one call sets all that has changed, and the text comes from here.
    let beside_it = Arc::new(Mutex::new(String::new()));
    let shown = beside_it.clone();
    let beside = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
        // A bar that cannot be written is no reason to stop a run.
        let _ = out.write_str(&unpoisoned(shown.lock()));
    };
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {beside}");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(5));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("beside", beside));
    let mut pace = Pace::default();
    while !end.within(REDRAW) {
        let seen = source.snapshot();
        // Nothing is drawn before the number of items is known.
        if seen.total > 0 {
            pace.see(&seen);
            *unpoisoned(beside_it.lock()) = text::beside_bar(&seen, &pace);
            bar.update(|state| {
                state.set_len(seen.total);
                state.set_pos(seen.done);
            });
        }
    }
    bar.finish_and_clear();
}
