//! An encoder that failed.

use crate::error::{ErrorKind, Explain, Explanation, Remedy};

/// The plain encoder failed. It writes to memory, so this is a bug.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
pub(crate) struct EncoderError(#[source] pub(crate) png::EncodingError);

impl Explain for EncoderError {
    fn explain(&self) -> Explanation<'_> {
        Explanation::new(ErrorKind::Internal, format!("cannot encode a picture: {}", self.0))
            .remedy(Remedy::ReportBug)
    }
}
