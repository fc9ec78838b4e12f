//! What can go wrong, in one form for all modules.
//!
//! Each module has its own error type, with variants that its callers can match on. Every such type implements
//! [`Explain`]: it names its kind, its subject, the detail, and the remedies. [`Error`] holds any of them. The library
//! words a [`Remedy`] neutrally; the program renders the same remedy with its flags, and a service with words of its own.

mod cancelled;
mod escape;
mod excerpt;
mod explain;
mod kind;
mod path_io;
mod plural;
mod problem;
mod remedy;
mod threads;

use std::fmt;

pub use cancelled::Cancelled;
pub(crate) use escape::{Escaped, quoted, quoted_start};
pub use excerpt::Excerpt;
pub use explain::{Explain, Explanation, Subject};
pub use kind::ErrorKind;
pub use path_io::PathIo;
pub(crate) use plural::counted;
pub use problem::{Problem, ProjectError, Setting};
pub use remedy::Remedy;
pub use threads::ThreadsError;

/// Why the library did not do what was asked.
///
/// It holds the error of the module that failed. [`Self::kind`] is enough to choose an exit code or a status of HTTP,
/// and [`Self::downcast_ref`] gives the module's own error.
///
/// ```
/// use traitpress::error::{Cancelled, Error, ErrorKind};
///
/// let error = Error::from(Cancelled { done: 3, total: 10 });
/// assert_eq!(error.kind(), ErrorKind::Cancelled);
/// assert_eq!(error.downcast_ref::<Cancelled>().unwrap().done, 3);
/// assert!(error.problems().is_empty());
/// ```
pub struct Error(Box<dyn Explain>);

impl Error {
    /// What sort of error it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.explain().kind
    }

    /// The file, folder or other thing that it is about, if it is about one.
    #[must_use]
    pub fn subject(&self) -> Option<Subject<'_>> {
        self.explain().subject
    }

    /// What is wrong, with the value and the limit; without the subject and the remedies.
    #[must_use]
    pub fn detail(&self) -> String {
        self.explain().detail.into_owned()
    }

    /// What can be done about it: alternatives, the most likely one first.
    #[must_use]
    pub fn remedies(&self) -> Vec<Remedy> {
        self.explain().remedies
    }

    /// All of that at once.
    #[must_use]
    pub fn explain(&self) -> Explanation<'_> {
        self.0.explain()
    }

    /// The problems of a project, if that is what went wrong; else none.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        self.downcast_ref::<ProjectError>().map_or(&[], |error| &error.problems)
    }

    /// The error of the module that failed, if it is of type `E`.
    #[must_use]
    pub fn downcast_ref<E: std::error::Error + 'static>(&self) -> Option<&E> {
        let error: &(dyn std::error::Error + 'static) = &*self.0;
        error.downcast_ref()
    }
}

impl<E: Explain> From<E> for Error {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `subject: detail; remedies`, in one line; several problems of a project take one line each.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The source is that of the module's error, whose own text this error has already.
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::io;
    use std::path::Path;

    use super::*;

    #[test]
    fn an_error_answers_for_the_module_that_failed() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let error = Error::from(PathIo::on("write", Path::new("out/a\n.png"))(full));
        assert_eq!(error.kind(), ErrorKind::Io);
        assert_eq!(error.subject().unwrap().to_string(), "out/a\\n.png");
        assert_eq!(error.remedies(), [Remedy::CheckStorage]);
        let whole = format!("out/a\\n.png: {}; check permissions and free space", error.detail());
        assert_eq!(error.to_string(), whole);
        assert_eq!(error.downcast_ref::<PathIo>().unwrap().action, "write");
        assert!(error.downcast_ref::<ProjectError>().is_none() && error.problems().is_empty());
        assert!(error.source().unwrap().is::<io::Error>());
    }

    #[test]
    fn problems_of_a_project_stay_a_list() {
        let problems = vec![Problem::at("a.toml", "x", "y").on_line(2), Problem::general("p", "q")];
        let error = Error::from(ProjectError::from(problems.clone()));
        assert_eq!((error.kind(), error.problems()), (ErrorKind::Project, &problems[..]));
        assert_eq!(error.to_string(), "a.toml:2: x; y\np; q");
        let one = Error::from(ProjectError::from(problems[0].clone()));
        assert_eq!(one.subject().unwrap().to_string(), "a.toml:2");
        assert_eq!((one.detail(), one.remedies()), ("x".to_owned(), vec![Remedy::text("y")]));
    }

    #[test]
    fn a_cancelled_run_carries_its_numbers() {
        let error = Error::from(Cancelled { done: 3, total: 10 });
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        assert_eq!(error.downcast_ref(), Some(&Cancelled { done: 3, total: 10 }));
        assert!(error.to_string().starts_with("stopped: 3 of 10 items are complete; "), "{error}");
    }
}
