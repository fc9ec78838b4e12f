//! Progress of work on standard error: a bar, lines, events for programs, or nothing.
//!
//! One thread reads the state of the work from time to time and displays it; the threads that work print nothing. So progress
//! costs next to nothing, however fast items finish: a bar is drawn five times a second, a line printed once in two seconds,
//! and for events the state is read fifty times a second at most, each time for all items since the time before.

mod bar;
mod end;
pub(crate) mod events;
mod json;
mod lines;
mod pace;
mod source;
mod text;

use std::io::IsTerminal;
use std::path::Path;
use std::thread;
use std::time::Instant;

use clap::ValueEnum;

use traitpress::engine::Engine;
use traitpress::plan::Plan;
use traitpress::telemetry::Observer;

use crate::cli::measure::counted;
use crate::cli::print::{errln, is_verbose};
use end::{End, EndOnDrop};
use events::Body;
pub(crate) use source::{Counter, Source};

/// The value of `--progress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Auto,
    Bar,
    Lines,
    Json,
    None,
}

/// Items between two events without `--progress-every`.
const EVERY: u64 = 25;

/// How the progress of a command is displayed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Progress {
    Bar,
    Lines,
    Json {
        /// Items between two events.
        every: u64,
    },
    None,
}

impl Progress {
    /// A bar on a terminal, and lines elsewhere.
    pub(crate) fn auto() -> Self {
        if std::io::stderr().is_terminal() { Self::Bar } else { Self::Lines }
    }

    /// The display that `--progress` asks for. From here on all that goes to standard error is an event if events are asked
    /// for; their seconds count from `start`.
    pub(crate) fn new(mode: Mode, every: Option<u64>, start: Instant) -> Self {
        match mode {
            // Without a terminal a bar would be a file full of control characters.
            Mode::Auto | Mode::Bar => Self::auto(),
            Mode::Lines => Self::Lines,
            Mode::Json => {
                events::begin(start);
                Self::Json { every: every.unwrap_or(EVERY) }
            }
            Mode::None => Self::None,
        }
    }

    /// Whether a program reads the output, and not a person.
    pub(crate) fn is_for_programs(self) -> bool {
        matches!(self, Self::Json { .. })
    }

    /// Reports the settings of a run that begins, and that what is there of an earlier run of so many items is verified first,
    /// which may take a while.
    pub(crate) fn report_start(self, engine: &Engine, plan: &Plan, out: &Path, earlier: Option<u64>) {
        match self {
            Self::None => return,
            Self::Json { .. } => events::emit(&events::start(engine, plan, out)),
            Self::Bar | Self::Lines if is_verbose() => {
                text::setup(&engine.setup()).iter().for_each(|line| errln!("{line}"));
            }
            Self::Bar | Self::Lines => {}
        }
        if let Some(items) = earlier {
            errln!("resuming: verifying the existing ones of {}", counted(items, "item"));
        }
    }

    /// Does `work`, whose state is read from `source`, and displays its progress.
    pub(crate) fn show<R>(self, source: &dyn Source, work: impl FnOnce() -> R) -> R {
        if matches!(self, Self::None) {
            return work();
        }
        let end = End::default();
        thread::scope(|scope| {
            let display = || match self {
                Self::Bar => bar::draw_until(&end, source),
                Self::Lines => lines::print_until(&end, source),
                Self::Json { every } => json::emit_until(&end, source, every),
                Self::None => {}
            };
            // If no thread can be started the work is done without a display.
            let _ = thread::Builder::new().name("progress".to_owned()).spawn_scoped(scope, display);
            // Also when the work panics: the scope waits for the thread.
            let _end = EndOnDrop(&end);
            work()
        })
    }

    /// Does `work`, which counts its items, and displays their number. `total` is 0 if only the work finds it out.
    pub(crate) fn count<R>(self, total: u64, work: impl FnOnce(&Counter) -> R) -> R {
        let counter = Counter::new(total);
        self.show(&counter, || work(&counter))
    }
}

/// Reports previews to programs.
impl Observer for Progress {
    fn preview(&self, path: &Path, edition: u32) {
        events::emit(&Body::preview(path, Some(edition)));
    }
}
