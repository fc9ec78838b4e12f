//! Something wrong with a project, said so that an artist can mend it.

use std::fmt;
use std::path::PathBuf;

/// One thing that is wrong: where, what, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The file or folder, if there is one.
    pub path: Option<PathBuf>,
    /// 1-based line in that file, for text files.
    pub line: Option<usize>,
    /// What is wrong, with the value and the limit.
    pub what: String,
    /// The next step.
    pub remedy: String,
}

impl Problem {
    /// A problem of a file or folder.
    pub fn at(path: impl Into<PathBuf>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: Some(path.into()), line: None, what: what.into(), remedy: remedy.into() }
    }

    /// A problem of the project as a whole.
    pub fn general(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { path: None, line: None, what: what.into(), remedy: remedy.into() }
    }

    /// The same problem, at a line of its file.
    #[must_use]
    pub fn on_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}", path.display())?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

/// Everything that is wrong with a project, found in one go.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.listed())]
pub struct ProjectError {
    /// At least one, in a stable order.
    pub problems: Vec<Problem>,
}

impl ProjectError {
    fn listed(&self) -> String {
        self.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

impl From<Problem> for ProjectError {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem] }
    }
}
