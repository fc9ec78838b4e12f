//! The message of a run that stopped early: how far it came, and how to go on.

use traitpress::Error;
use traitpress::error::Cancelled;
use traitpress::output::{OutputError, SinkFailed};

use super::job::Run;
use crate::cli::destination::Destination;
use crate::cli::failure::Failure;
use crate::cli::progress::events;
use crate::cli::remedy;

/// How a run goes on after a stop.
pub(super) fn how_to_go_on(run: &Run) -> String {
    match &run.destination {
        Destination::Folder(_) => format!("use {} to continue", run.again),
        Destination::Shards(_) => {
            "use the same command to make this shard again; complete shards are kept".to_owned()
        }
        Destination::File(_) => "an archive cannot be resumed, so nothing of it is kept".to_owned(),
        Destination::Stdout => "an archive cannot be resumed, and the part that was sent is \
         incomplete"
            .to_owned(),
    }
}

/// The failure of a run that ended with `error`.
pub(super) fn stopped(error: Error, run: &Run) -> Failure {
    let Run { destination, progress, interrupt, again, .. } = run;
    let how = how_to_go_on(run);
    let is_write = matches!(error.downcast_ref(), Some(OutputError::Io(_)))
        || error.downcast_ref::<SinkFailed>().is_some();
    match (error.downcast_ref(), destination) {
        (Some(&Cancelled { done, total }), destination) => {
            let done_so_far = format!("{done} of {total} items");
            let text = match destination {
                Destination::Folder(out) => format!("stopped: {done_so_far} are in {}; {how}", out.display()),
                Destination::File(_) | Destination::Stdout | Destination::Shards(_) => {
                    format!("stopped: after {done_so_far}; {how}")
                }
            };
            if progress.is_for_programs() {
                events::emit(&events::Body::cancelled(done, total, &text));
            }
            Failure::Stopped((!progress.is_for_programs()).then_some(text), interrupt.exit_code())
        }
        (None, Destination::Folder(_)) if is_write => {
            let message = remedy::message(&error);
            Failure::Other(format!("{message}, use {again} to continue; complete files are kept"))
        }
        _ => error.into(),
    }
}
