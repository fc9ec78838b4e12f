//! When a single picture is given up: a deadline, and a token of its caller.
//!
//! It is looked at before each step of a picture and between groups of its spans, so that work ends some milliseconds after
//! nobody waits for it. Spans that were made until then are kept: the next request goes on from there.

use std::time::Instant;

use crate::engine::render_error::RenderError;
use crate::telemetry::{CancelToken, Observer};

/// Spans that are made between two looks.
pub(crate) const SPANS: usize = 64;

/// Until when a picture is wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watch {
    pub(crate) deadline: Option<Instant>,
    pub(crate) cancel: Option<CancelToken>,
}

impl Watch {
    /// Whether it can end the work at all.
    pub(crate) fn is_set(&self) -> bool {
        self.deadline.is_some() || self.cancel.is_some()
    }

    /// # Errors
    /// If the picture is not wanted any more.
    pub(crate) fn check(&self) -> Result<(), RenderError> {
        if self.cancel.as_ref().is_some_and(CancelToken::is_cancelled) {
            return Err(RenderError::Cancelled);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(RenderError::Deadline),
            _ => Ok(()),
        }
    }
}
