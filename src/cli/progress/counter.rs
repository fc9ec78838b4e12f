//! How far the run is: a bar on a terminal, a line every two seconds elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use traitpress::telemetry::Observer;

use crate::cli::print::errln;

/// Watches a run.
#[derive(Debug)]
pub(crate) enum Progress {
    Bar(ProgressBar),
    Lines { start: Instant, next: Mutex<Instant> },
}

const BETWEEN_LINES: Duration = Duration::from_secs(2);

impl Progress {
    pub(crate) fn new(total: u64) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines { start: Instant::now(), next: Mutex::new(Instant::now() + BETWEEN_LINES) };
        }
        let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            // A bar that cannot be written is no reason to stop a run.
            let _ = write!(out, "{:.0} items/s", state.per_sec());
        };
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {rate}  {eta} left")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("rate", rate);
        Self::Bar(
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(5))
                .with_style(style),
        )
    }

    pub(crate) fn finish(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

impl Observer for Progress {
    fn items(&self, done: u64, total: u64) {
        match self {
            Self::Bar(bar) => {
                // Where nobody knew at the start how many there are.
                if bar.length() != Some(total) {
                    bar.set_length(total);
                }
                // Items finish on several threads, so a later call may bring a smaller number.
                bar.set_position(done.max(bar.position()));
            }
            Self::Lines { start, next } => {
                // Whoever finds the lock taken leaves the line to the one who has it.
                let Ok(mut next) = next.try_lock() else { return };
                let now = Instant::now();
                if now < *next || done == total {
                    return;
                }
                *next = now + BETWEEN_LINES;
                let rate = done as f64 / start.elapsed().as_secs_f64();
                let left = (total - done) as f64 / rate;
                errln!("{done}/{total} items, {rate:.1} items/s, {left:.0} s left");
            }
        }
    }
}
