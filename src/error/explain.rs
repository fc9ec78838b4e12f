//! The parts of an error message.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use crate::error::escape::Escaped;
use crate::error::kind::ErrorKind;
use crate::error::problem::Problem;
use crate::error::remedy::{Remedy, join};

/// An error that can name its parts. Every error type of this library is one.
pub trait Explain: std::error::Error + Send + Sync + 'static {
    /// Its kind, subject, detail and remedies.
    fn explain(&self) -> Explanation<'_>;
}

/// What an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// A file or folder.
    Path(&'a Path),
    /// A line of a text file, counted from 1.
    Line(&'a Path, usize),
    /// Something that has no path, as standard output.
    Name(&'a str),
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => Escaped(&path.to_string_lossy()).fmt(f),
            Self::Line(path, line) => write!(f, "{}:{line}", Escaped(&path.to_string_lossy())),
            Self::Name(name) => Escaped(name).fmt(f),
        }
    }
}

/// The parts of an error message. Its text is `subject: detail; remedies`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation<'a> {
    /// What sort of error it is.
    pub kind: ErrorKind,
    /// What it is about.
    pub subject: Option<Subject<'a>>,
    /// What is wrong, with the value and the limit.
    pub detail: Cow<'a, str>,
    /// Alternatives, the most likely one first.
    pub remedies: Vec<Remedy>,
}

impl<'a> Explanation<'a> {
    /// An error of this kind, without a subject and remedies.
    pub fn new(kind: ErrorKind, detail: impl Into<Cow<'a, str>>) -> Self {
        Self { kind, subject: None, detail: detail.into(), remedies: Vec::new() }
    }

    /// An error of kind [`ErrorKind::Usage`].
    pub fn usage(detail: impl Into<Cow<'a, str>>) -> Self {
        Self::new(ErrorKind::Usage, detail)
    }

    /// An error of kind [`ErrorKind::Project`].
    pub fn project(detail: impl Into<Cow<'a, str>>) -> Self {
        Self::new(ErrorKind::Project, detail)
    }

    /// An error of kind [`ErrorKind::Io`].
    pub fn io(detail: impl Into<Cow<'a, str>>) -> Self {
        Self::new(ErrorKind::Io, detail)
    }

    /// An error of kind [`ErrorKind::Mismatch`].
    pub fn mismatch(detail: impl Into<Cow<'a, str>>) -> Self {
        Self::new(ErrorKind::Mismatch, detail)
    }

    /// A problem of a project.
    #[must_use]
    pub fn of_problem(problem: &'a Problem) -> Self {
        let subject = problem.path.as_deref().map(|path| match problem.line {
            Some(line) => Subject::Line(path, line),
            None => Subject::Path(path),
        });
        let remedies = vec![problem.remedy.clone()];
        let what = match problem.setting {
            Some(setting) => Cow::Owned(format!("{setting} {}", problem.what)),
            None => Cow::Borrowed(&*problem.what),
        };
        Self { subject, remedies, ..Self::project(what) }
    }

    /// The same, about a file or folder.
    #[must_use]
    pub fn path(self, path: &'a Path) -> Self {
        Self { subject: Some(Subject::Path(path)), ..self }
    }

    /// The same, about something that has no path.
    #[must_use]
    pub fn name(self, name: &'a str) -> Self {
        Self { subject: Some(Subject::Name(name)), ..self }
    }

    /// The same, with one more alternative.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.remedies.push(remedy);
        self
    }

    /// The message, in one line, with the remedies in the words that `word` has for each.
    pub fn text_with(&self, word: impl Fn(&Remedy) -> String) -> String {
        let mut text = self.subject.map(|subject| format!("{subject}: ")).unwrap_or_default();
        text.push_str(&Escaped(&self.detail).to_string());
        if !self.remedies.is_empty() {
            let words = join(self.remedies.iter().map(word).collect());
            text.push_str(&format!("; {}", Escaped(&words)));
        }
        text
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text_with(ToString::to_string))
    }
}
