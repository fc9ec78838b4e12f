//! Watching a run from beside it: a bar, lines, or events for programs.
//!
//! One thread looks at the engine's snapshot from time to time and says what it sees; the threads that press know
//! nothing of it. So being watched costs next to nothing, however fast items come: five looks a second for a bar, one
//! in two seconds for lines, and for events fifty at most, each of which tells of all items since the one before.

mod counter;
pub(crate) mod events;
mod pace;
mod text;

use std::io::IsTerminal;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use traitpress::engine::Engine;
use traitpress::plan::Plan;
use traitpress::telemetry::Observer;

pub(crate) use counter::Progress;

use crate::cli::measure::thousands;
use crate::cli::print::errln;
use events::Body;
use pace::Pace;

/// What is asked for with `--progress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Auto,
    Bar,
    Lines,
    Json,
    None,
}

/// Items between two events if nothing else is asked for.
pub(crate) const EVERY: u64 = 25;
/// Between two redraws of the bar.
const REDRAW: Duration = Duration::from_millis(200);
/// Between two lines.
const LINE: Duration = Duration::from_secs(2);
/// Between two looks for events.
const LOOK: Duration = Duration::from_millis(20);

/// How a run is watched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch {
    mode: Mode,
    every: u64,
}

impl Watch {
    /// Decides how to watch; from here on everything that is said is an event if that was asked for.
    pub(crate) fn new(mode: Mode, every: Option<u64>, start: Instant) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let mode = match mode {
            Mode::Auto | Mode::Bar if terminal => Mode::Bar,
            // A bar that is no terminal's would be a file full of control characters.
            Mode::Auto | Mode::Bar => Mode::Lines,
            other => other,
        };
        if mode == Mode::Json {
            events::begin(start);
        }
        Self { mode, every: every.unwrap_or(EVERY) }
    }

    /// Whether programs listen, and people do not.
    pub(crate) fn is_for_programs(self) -> bool {
        self.mode == Mode::Json
    }

    /// Says how the run is going to work.
    pub(crate) fn tell_setup(self, engine: &Engine, plan: &Plan, out: &std::path::Path) {
        match self.mode {
            Mode::None => {}
            Mode::Json => events::emit(&events::start(engine, plan, out)),
            Mode::Auto | Mode::Bar | Mode::Lines => {
                text::setup(&engine.setup()).iter().for_each(|line| errln!("{line}"));
            }
        }
    }

    /// Says that what an earlier run left of so many items is looked at, which may take a while.
    pub(crate) fn tell_earlier(self, items: u64) {
        if self.mode != Mode::None {
            errln!(
                "earlier     what is there of {} items is read first, and stays if it is whole",
                thousands(items)
            );
        }
    }

    /// Does `work` on `engine` and watches it.
    pub(crate) fn during<R>(self, engine: &Engine, work: impl FnOnce() -> R) -> R {
        if self.mode == Mode::None {
            return work();
        }
        let end = End::default();
        thread::scope(|scope| {
            // Where there is no thread to be had the run goes on unwatched.
            let _ =
                thread::Builder::new().name("progress".to_owned()).spawn_scoped(scope, || match self.mode {
                    Mode::Json => events_until(engine, self.every, &end),
                    Mode::Bar => bar_until(engine, &end),
                    _ => lines_until(engine, &end),
                });
            // Also when the work panics: the scope waits for the thread.
            let _over = Over(&end);
            work()
        })
    }
}

/// Tells programs of previews.
impl Observer for Watch {
    fn preview(&self, path: &std::path::Path, edition: u32) {
        events::emit(&Body::preview(path, Some(edition)));
    }
}

/// Draws a bar until the end.
fn bar_until(engine: &Engine, end: &End) {
    // Each setter of the bar may draw it, so there is one call for all that has changed, and the text comes from here.
    let beside_it = Arc::new(Mutex::new(String::new()));
    let shown = beside_it.clone();
    let beside = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
        let _ = out.write_str(&shown.lock().unwrap_or_else(PoisonError::into_inner));
    };
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {beside}");
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(5));
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("beside", beside));
    let mut pace = Pace::default();
    while !end.within(REDRAW) {
        let seen = engine.snapshot();
        // Before the first item there is nothing to draw.
        if seen.total > 0 {
            pace.see(&seen);
            *beside_it.lock().unwrap_or_else(PoisonError::into_inner) = text::beside_bar(&seen, &pace);
            bar.update(|state| {
                state.set_len(seen.total);
                state.set_pos(seen.done);
            });
        }
    }
    bar.finish_and_clear();
}

/// Says a line every two seconds until the end.
fn lines_until(engine: &Engine, end: &End) {
    let mut pace = Pace::default();
    while !end.within(LINE) {
        let seen = engine.snapshot();
        if seen.total > 0 && seen.done < seen.total {
            pace.see(&seen);
            errln!("{}", text::line(&seen, &pace));
        }
    }
}

/// Says an event every so many items until the end.
fn events_until(engine: &Engine, every: u64, end: &End) {
    let mut pace = Pace::default();
    let mut told = 0;
    loop {
        let over = end.within(LOOK);
        // What was there already is not told of.
        told = told.max(engine.items_kept() / every * every);
        if engine.items_done() / every > told / every {
            let seen = engine.snapshot();
            pace.see(&seen);
            let due = due(told, seen.done, every);
            events::emit_all(due.map(|done| Body::progress(&seen, done, &pace)));
            told = seen.done / every * every;
        }
        if over {
            break;
        }
    }
}

/// The numbers of items to tell of: multiples of `every` above `told`, up to `done`.
fn due(told: u64, done: u64, every: u64) -> impl Iterator<Item = u64> {
    (told / every + 1..=done / every).map(move |number| number * every)
}

/// Whether the work is over.
#[derive(Debug, Default)]
struct End {
    over: Mutex<bool>,
    changed: Condvar,
}

impl End {
    /// Waits so long, or until the work is over; whether it is.
    fn within(&self, time: Duration) -> bool {
        let over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(over, time, |over| !*over);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Says that the work is over when it is dropped.
struct Over<'a>(&'a End);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        *self.0.over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_multiple_is_told_once_however_seldom_somebody_looks() {
        assert_eq!(due(0, 24, 25).count(), 0);
        assert_eq!(due(0, 80, 25).collect::<Vec<_>>(), [25, 50, 75]);
        assert_eq!(due(75, 80, 25).count(), 0);
        assert_eq!(due(75, 100, 25).collect::<Vec<_>>(), [100]);
        assert_eq!(due(3, 6, 1).collect::<Vec<_>>(), [4, 5, 6]);
    }

    #[test]
    fn whoever_waits_for_the_end_is_woken_by_it_even_after_a_panic() {
        let end = End::default();
        assert!(!end.within(Duration::from_millis(1)));
        let start = Instant::now();
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            thread::scope(|scope| {
                let waiting = scope.spawn(|| end.within(Duration::from_secs(600)));
                let _over = Over(&end);
                assert!(!waiting.is_finished() || start.elapsed() > Duration::from_secs(500));
                panic!("the work");
            })
        }));
        assert!(panicked.is_err() && end.within(Duration::ZERO));
        assert!(start.elapsed() < Duration::from_secs(300), "at once, not when the time is up");
    }
}
