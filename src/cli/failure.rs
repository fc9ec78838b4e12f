//! Why a command ended without its result: the lines to print, and the exit code.

use traitpress::ErrorKind;

use crate::cli::{excerpt, remedy};

/// Some items failed, or there are problems with the project.
const PROBLEMS: u8 = 1;
/// The program was called in a wrong way.
pub(crate) const USAGE: u8 = 2;
/// A bug of this program (`EX_SOFTWARE` of sysexits.h).
const INTERNAL: u8 = 70;
/// A failure that may be gone at the next try (`EX_TEMPFAIL`).
const TEMPORARY: u8 = 75;
/// The run was stopped, as by Ctrl-C.
const INTERRUPTED: u8 = 130;

/// A message, and what is printed below it.
#[derive(Debug)]
pub(crate) struct Message {
    /// One line, even if a file name holds a line break.
    pub(crate) line: String,
    /// The place in the file that it is about, with carets, in lines; empty if it is about no such place.
    pub(crate) excerpt: Vec<String>,
}

impl From<String> for Message {
    fn from(line: String) -> Self {
        Self { line, excerpt: Vec::new() }
    }
}

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
    /// Several of these, the most important one first.
    Several(Vec<Failure>),
    /// The run was stopped by a signal: what is still to be said, and the exit code.
    Stopped(Option<String>, u8),
}

impl Failure {
    /// The messages; a project can have several problems.
    pub(crate) fn messages(&self) -> Vec<Message> {
        match self {
            Self::Library(error) if !error.problems().is_empty() => {
                let message = |problem| Message {
                    line: remedy::problem_message(problem),
                    excerpt: excerpt::lines(problem),
                };
                error.problems().iter().map(message).collect()
            }
            Self::Library(error) => vec![remedy::message(error).into()],
            Self::Usage(text) | Self::Other(text) => vec![text.clone().into()],
            // With `--progress json` an event has reported it.
            Self::Stopped(text, _) => text.iter().cloned().map(Message::from).collect(),
            Self::Several(failures) => failures.iter().flat_map(Self::messages).collect(),
            Self::Reported => Vec::new(),
        }
    }

    /// The exit code of the program.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Library(error) => match error.kind() {
                ErrorKind::Usage => USAGE,
                ErrorKind::Project | ErrorKind::Io | ErrorKind::Mismatch => PROBLEMS,
                ErrorKind::Temporary => TEMPORARY,
                ErrorKind::Cancelled => INTERRUPTED,
                _ => INTERNAL,
            },
            Self::Several(failures) => failures.first().map_or(PROBLEMS, Self::exit_code),
            Self::Stopped(_, code) => *code,
            Self::Usage(_) => USAGE,
            Self::Reported | Self::Other(_) => PROBLEMS,
        }
    }
}

impl<E: Into<traitpress::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}

#[cfg(test)]
mod tests {
    use traitpress::error::{Explain, Explanation};

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("an error")]
    struct OfKind(ErrorKind);

    impl Explain for OfKind {
        fn explain(&self) -> Explanation<'_> {
            Explanation::new(self.0, "an error")
        }
    }

    #[test]
    fn the_exit_code_follows_from_the_kind() {
        let codes = [
            (ErrorKind::Usage, 2),
            (ErrorKind::Project, 1),
            (ErrorKind::Io, 1),
            (ErrorKind::Mismatch, 1),
            (ErrorKind::Internal, 70),
            (ErrorKind::Temporary, 75),
            (ErrorKind::Cancelled, 130),
        ];
        for (kind, code) in codes {
            assert_eq!(Failure::from(OfKind(kind)).exit_code(), code, "{kind:?}");
        }
        assert_eq!(Failure::Stopped(None, 143).exit_code(), 143);
    }
}
