//! An encoder of whole pictures that failed.

use crate::error::{ErrorKind, Explain, Explanation, Remedy};
use crate::picture::EncodeError;

/// An encoder of whole pictures failed. It writes to memory, so this is a bug.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
pub(crate) enum EncoderError {
    /// That of PNG.
    Png(#[from] png::EncodingError),
    /// That of another format.
    Other(#[from] EncodeError),
}

impl Explain for EncoderError {
    fn explain(&self) -> Explanation<'_> {
        let what = match self {
            Self::Png(error) => error.to_string(),
            Self::Other(error) => error.to_string(),
        };
        Explanation::new(ErrorKind::Internal, format!("cannot encode a picture: {what}"))
            .remedy(Remedy::ReportBug)
    }
}
