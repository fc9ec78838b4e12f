//! Work that a signal stops.

use traitpress::error::Cancelled;

use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;

/// Does `work`, which leaves everything as it was if it is stopped.
pub(super) fn until_stopped<R>(
    how_to_go_on: &str,
    text: &str,
    work: impl FnOnce(&Interrupt) -> Result<R, traitpress::Error>,
) -> Result<R, Failure> {
    let interrupt = Interrupt::watch()?;
    let done = interrupt.during(how_to_go_on, || work(&interrupt));
    done.map_err(|error| match error.downcast_ref::<Cancelled>() {
        Some(_) => Failure::Stopped(Some(text.to_owned()), interrupt.exit_code()),
        None => error.into(),
    })
}
