//! Ctrl-C: the first stops a run in an orderly way, the second at once.
//!
//! A signal handler may do very little, so it only sets flags. One of them decides whether the next signal ends the program
//! at once, as it does before and after a run, when there is nothing to finish. A file that is being written has a temporary
//! name until it is complete, so even then no broken file has a final name.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use traitpress::telemetry::{CancelToken, Observer};

use crate::cli::failure::Failure;
use crate::cli::print::errln;

/// Exit codes are 128 and the signal's number, as shells have it.
const SIGNALS: [i32; 2] = [SIGINT, SIGTERM];

/// Watches for Ctrl-C, and for the signal that asks a program to end.
#[derive(Debug)]
pub(crate) struct Interrupt {
    /// Whether a signal ends the program at once.
    at_once: Arc<AtomicBool>,
    /// Whether the signal came, for each of [`SIGNALS`].
    seen: [Arc<AtomicBool>; SIGNALS.len()],
    token: CancelToken,
    /// Whether the stop was announced.
    announced: AtomicBool,
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
        register().map_err(|error| Failure::Other(format!("cannot watch for Ctrl-C: {error}")))?;
        Ok(Self { at_once, seen, token: stop.into(), announced: AtomicBool::new(false) })
    }

    /// A run begins: the next signal stops it in an orderly way, and only one after that ends the program.
    pub(crate) fn begin(&self) {
        self.at_once.store(false, Relaxed);
    }

    /// The run is over.
    pub(crate) fn end(&self) {
        self.at_once.store(true, Relaxed);
    }

    /// The exit code of a program that was stopped.
    pub(crate) fn exit_code(&self) -> u8 {
        let signal = SIGNALS.into_iter().zip(&self.seen).find(|(_, seen)| seen.load(Relaxed));
        128 + signal.map_or(SIGINT, |(signal, _)| signal) as u8
    }
}

impl Observer for Interrupt {
    fn is_cancelled(&self) -> bool {
        let cancelled = self.token.is_cancelled();
        if cancelled && !self.announced.swap(true, Relaxed) {
            errln!("stopping: items in flight are finished first; Ctrl-C again ends at once");
        }
        cancelled
    }
}
