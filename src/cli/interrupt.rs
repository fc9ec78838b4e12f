//! Ctrl-C: the first stops a run in an orderly way, the second at once. What takes longer than a second to stop is ended.
//!
//! A signal handler may do very little, so it only sets flags. One of them decides whether the next signal ends the program
//! at once, as it does before and after a run, when there is nothing to finish. A file that is being written has a temporary
//! name until it is complete, so even then no broken file has a final name.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};
use traitpress::files::remove_temporary_files;
use traitpress::telemetry::{CancelToken, Observer};

use crate::cli::failure::Failure;
use crate::cli::print::errln;
use crate::cli::progress::events;

/// Exit codes are 128 and the signal's number, as shells have it.
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// How long a run may take to stop, so that it has ended a second after the signal.
const PATIENCE: Duration = Duration::from_millis(800);
/// Between two looks at the flags.
const LOOK: Duration = Duration::from_millis(25);

/// Watches for Ctrl-C, and for the signal that asks a program to end.
#[derive(Debug)]
pub(crate) struct Interrupt {
    /// Whether a signal ends the program at once.
    at_once: Arc<AtomicBool>,
    /// Whether the signal came, for each of [`SIGNALS`].
    seen: [Arc<AtomicBool>; SIGNALS.len()],
    stop: Arc<AtomicBool>,
    token: CancelToken,
    /// Whether the stop was announced.
    announced: AtomicBool,
    /// Whether a run is under way.
    runs: Arc<AtomicBool>,
}

impl Interrupt {
    /// From now on signals end the program at once.
    pub(crate) fn watch() -> Result<Self, Failure> {
        let at_once = Arc::new(AtomicBool::new(true));
        let stop = Arc::new(AtomicBool::new(false));
        let seen = SIGNALS.map(|_| Arc::new(AtomicBool::new(false)));
        let register = || -> io::Result<()> {
            for (signal, seen) in SIGNALS.into_iter().zip(&seen) {
                // In this order: the first signal finds the flag down that it raises.
                flag::register_conditional_shutdown(signal, 128 + signal, at_once.clone())?;
                flag::register(signal, at_once.clone())?;
                flag::register(signal, stop.clone())?;
                flag::register(signal, seen.clone())?;
            }
            Ok(())
        };
        register().map_err(|error| Failure::Other(format!("cannot handle Ctrl-C: {error}")))?;
        let (announced, runs) = Default::default();
        Ok(Self { at_once, seen, token: stop.clone().into(), stop, announced, runs })
    }

    /// Does `work`: the next signal stops it in an orderly way, and only one after that ends the program. What has not
    /// stopped after a second is ended, with `how_to_go_on` behind the message.
    pub(crate) fn during<R>(&self, how_to_go_on: &str, work: impl FnOnce() -> R) -> R {
        let message = format!("stopped: the items in flight took too long to finish; {how_to_go_on}");
        self.watched(PATIENCE, Some(message), work)
    }

    /// Does `work`, of which nothing is kept if it is stopped: a signal removes its temporary files and ends the program.
    pub(crate) fn or_end<R>(&self, work: impl FnOnce() -> R) -> R {
        self.watched(Duration::ZERO, None, work)
    }

    fn watched<R>(&self, patience: Duration, message: Option<String>, work: impl FnOnce() -> R) -> R {
        self.runs.store(true, Relaxed);
        self.at_once.store(false, Relaxed);
        self.end_what_is_slow(patience, message);
        let result = work();
        self.runs.store(false, Relaxed);
        self.at_once.store(true, Relaxed);
        result
    }

    /// Starts a thread that ends the program if the work does not stop in time. Every file has a temporary name until it
    /// is whole, so there is never a broken one.
    fn end_what_is_slow(&self, patience: Duration, message: Option<String>) {
        let (runs, stop, seen) = (self.runs.clone(), self.stop.clone(), self.seen.clone());
        let watch = move || {
            let mut since = None;
            while runs.load(Relaxed) {
                if stop.load(Relaxed) && since.get_or_insert_with(Instant::now).elapsed() >= patience {
                    let exit_code = exit_code(&seen);
                    match &message {
                        Some(message) if events::are_on() => {
                            events::emit(&events::Body::Error { message, exit_code });
                        }
                        Some(message) => errln!("traitpress: {message}"),
                        None => {}
                    }
                    remove_temporary_files();
                    low_level::exit(exit_code.into());
                }
                thread::sleep(LOOK);
            }
        };
        // Without a thread the run stops all the same, if later.
        let _ = thread::Builder::new().name("signals".to_owned()).spawn(watch);
    }

    /// The exit code of a program that was stopped.
    pub(crate) fn exit_code(&self) -> u8 {
        exit_code(&self.seen)
    }
}

fn exit_code(seen: &[Arc<AtomicBool>; SIGNALS.len()]) -> u8 {
    let signal = SIGNALS.into_iter().zip(seen).find(|(_, seen)| seen.load(Relaxed));
    128 + signal.map_or(SIGINT, |(signal, _)| signal) as u8
}

impl Observer for Interrupt {
    fn is_cancelled(&self) -> bool {
        let cancelled = self.token.is_cancelled();
        if cancelled && !self.announced.swap(true, Relaxed) {
            errln!("stopping after the items in flight; press Ctrl-C again to stop immediately");
        }
        cancelled
    }
}
