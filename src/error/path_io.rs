//! A call of the system that failed.

use std::io;
use std::path::{Path, PathBuf};

use crate::error::explain::{Explain, Explanation};
use crate::error::kind::ErrorKind;
use crate::error::remedy::Remedy;

/// The system refused to do something with a file or folder.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
pub struct PathIo {
    /// What was tried: a verb that can follow "cannot".
    pub action: &'static str,
    /// The file or folder.
    pub path: PathBuf,
    /// The system's error.
    pub source: io::Error,
}

impl PathIo {
    /// A function that pairs an error of the system with the action and the path; made for `map_err`. The path is copied
    /// only if there is an error.
    pub fn on<'p, P: AsRef<Path> + ?Sized>(
        action: &'static str,
        path: &'p P,
    ) -> impl Fn(io::Error) -> Self + Copy + use<'p, P> {
        move |source| Self { action, path: path.as_ref().to_owned(), source }
    }
}

impl Explain for PathIo {
    fn explain(&self) -> Explanation<'_> {
        // A network, a store or a device may be there again at the next try.
        if may_pass(self.source.kind()) {
            let detail = format!("cannot {}: {}", self.action, self.source);
            return Explanation::new(ErrorKind::Temporary, detail).path(&self.path).remedy(Remedy::RunAgain);
        }
        let is_read = ["read", "list", "look at", "open", "resolve"].contains(&self.action);
        Explanation::io(format!("cannot {}: {}", self.action, self.source))
            .path(&self.path)
            .remedy(if is_read { Remedy::CheckPermissions } else { Remedy::CheckStorage })
    }
}

/// Whether an error is one of a connection.
fn may_pass(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NotConnected
            | io::ErrorKind::TimedOut
    )
}
