//! Why a command ended without its result: the lines to print, and the exit code.

/// Some items failed, or there are problems with the project.
const PROBLEMS: u8 = 1;
/// The program was called in a wrong way.
pub(crate) const USAGE: u8 = 2;

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What the library refused.
    Library(traitpress::Error),
    /// The arguments do not fit each other or what they name.
    Usage(String),
    /// The command has said what is wrong already.
    Reported,
    /// Something else went wrong.
    Other(String),
    /// The run was stopped by a signal: what is still to be said, and the exit code.
    Stopped(Option<String>, u8),
}

impl Failure {
    /// The messages, one line each even if a file name holds a line break.
    pub(crate) fn problems(&self) -> Vec<String> {
        match self {
            Self::Library(traitpress::Error::Project(error)) => {
                error.problems.iter().map(ToString::to_string).collect()
            }
            Self::Library(error) => vec![error.to_string()],
            Self::Usage(text) | Self::Other(text) => vec![text.clone()],
            // Programs have been told in a way of their own.
            Self::Stopped(text, _) => text.iter().cloned().collect(),
            Self::Reported => Vec::new(),
        }
    }

    /// The exit code of the program.
    pub(crate) fn exit_code(&self) -> u8 {
        use traitpress::Error;
        use traitpress::engine::BackendError;
        use traitpress::finished::{ReportError, RewriteError};
        use traitpress::output::{ArchiveError, VerifyError};
        use traitpress::selection::SelectionError;
        match self {
            // Rules that contradict each other are a problem of the project, whatever is asked for.
            Self::Library(Error::Selection(
                SelectionError::Conflict { .. } | SelectionError::ConflictOfAmounts { .. },
            )) => PROBLEMS,
            Self::Stopped(_, code) => *code,
            Self::Usage(_) | Self::Library(Error::Selection(_) | Error::Threads(_) | Error::Resume(_)) => {
                USAGE
            }
            Self::Library(Error::Backend(BackendError::NoMatch { .. } | BackendError::NotBuilt)) => USAGE,
            Self::Library(Error::Output(traitpress::output::OutputError::Io { .. })) => PROBLEMS,
            Self::Library(Error::Output(_)) => USAGE,
            Self::Library(Error::Sheet(error)) if error.is_usage() => USAGE,
            Self::Library(Error::Archive(
                ArchiveError::Io { .. }
                | ArchiveError::Write { .. }
                | ArchiveError::Closed(_)
                | ArchiveError::Incomplete(_),
            )) => PROBLEMS,
            Self::Library(Error::Archive(_)) => USAGE,
            Self::Library(Error::Report(ReportError::Folder(
                VerifyError::NotAFolder { .. } | VerifyError::NoManifest(_),
            ))) => USAGE,
            Self::Library(Error::Report(ReportError::Threads(_) | ReportError::TooMany { .. })) => USAGE,
            Self::Library(Error::Verify(error) | Error::Rewrite(RewriteError::Verify(error)))
                if matches!(
                    error,
                    VerifyError::NotAFolder { .. }
                        | VerifyError::NoManifest(_)
                        | VerifyError::Unfinished(_)
                        | VerifyError::InUse(_)
                        | VerifyError::Threads(_)
                ) =>
            {
                USAGE
            }
            Self::Library(_) | Self::Reported | Self::Other(_) => PROBLEMS,
        }
    }
}

impl<E: Into<traitpress::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}
