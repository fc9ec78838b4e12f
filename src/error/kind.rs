//! The kinds of errors.

/// What sort of error it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is wrong: values that contradict each other, an output that is already there, items that do not exist.
    Usage,
    /// The project, its art or a plan is wrong.
    Project,
    /// A file, a stream or a device failed.
    Io,
    /// Something is not what it was, or not what is recorded of it.
    Mismatch,
    /// A failure that may be gone at the next try.
    Temporary,
    /// The caller stopped the work.
    Cancelled,
    /// A bug of this library.
    Internal,
}
