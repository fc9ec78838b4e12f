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

/// A problem is one line whatever a file is called: control characters are shown escaped.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}", Escaped(&path.to_string_lossy()))?;
            if let Some(line) = self.line {
                write!(f, ":{line}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}; {}", Escaped(&self.what), Escaped(&self.remedy))
    }
}

/// Text with its control characters escaped, so that a name cannot break a message or steer a terminal.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for c in self.0.chars() {
            if c.is_control() {
                write!(f, "{}", c.escape_default())?;
            } else {
                f.write_char(c)?;
            }
        }
        Ok(())
    }
}

/// A name in quotation marks, control characters escaped.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", Escaped(name))
}

/// Everything that is wrong with a project, found in one go.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.listed())]
#[non_exhaustive]
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line_that_names_file_line_and_remedy() {
        let problem = Problem::at("a\nb.toml", "x is \u{1b}[2J", "write y").on_line(3);
        assert_eq!(problem.to_string(), "a\\nb.toml:3: x is \\u{1b}[2J; write y");
        let error = ProjectError { problems: vec![problem.clone(), Problem::general("p", "q")] };
        assert_eq!(error.to_string(), format!("{problem}\np; q"));
    }
}
