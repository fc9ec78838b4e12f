//! The problems of a project.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::excerpt::Excerpt;
use crate::error::explain::{Explain, Explanation};
use crate::error::remedy::Remedy;

/// A setting that can come from elsewhere than collection.toml.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// The template of the pictures' names, `file_name`.
    FileName,
}

impl fmt::Display for Setting {
    /// Its key in collection.toml.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FileName => "file_name",
        })
    }
}

/// One thing that is wrong with a project: where, what, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The file or folder, if there is one.
    pub path: Option<PathBuf>,
    /// 1-based line in that file, for text files.
    pub line: Option<usize>,
    /// The text of that line, and the part of it that is wrong. It is no part of the message.
    pub excerpt: Option<Box<Excerpt>>,
    /// The setting that `what` is about, where programs can have a name of their own for it; the message names it first.
    pub setting: Option<Setting>,
    /// What is wrong, with the value and the limit.
    pub what: String,
    /// The next step.
    pub remedy: Remedy,
}

impl Problem {
    /// A problem of a file or folder.
    pub fn at(path: impl Into<PathBuf>, what: impl Into<String>, remedy: impl Into<Remedy>) -> Self {
        Self { path: Some(path.into()), ..Self::general(what, remedy) }
    }

    /// A problem of the project as a whole.
    pub fn general(what: impl Into<String>, remedy: impl Into<Remedy>) -> Self {
        let (what, remedy) = (what.into(), remedy.into());
        Self { path: None, line: None, excerpt: None, setting: None, what, remedy }
    }

    /// The problem of a file or folder that the operating system does not let us read.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        let what = format!("it cannot be read: {error}");
        Self::at(path, what, "check that it exists and is readable")
    }

    /// The same problem, at a line of its file.
    #[must_use]
    pub fn on_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// The same problem, with the text of its line.
    #[must_use]
    pub fn showing(mut self, excerpt: Excerpt) -> Self {
        self.excerpt = Some(Box::new(excerpt));
        self
    }

    /// The same problem, of a setting that the message names in front of `what`.
    #[must_use]
    pub fn of_setting(mut self, setting: Setting) -> Self {
        self.setting = Some(setting);
        self
    }
}

/// One line, whatever a file is called: control characters are shown escaped.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Explanation::of_problem(self).fmt(f)
    }
}

/// Everything that is wrong with a project, found in one go.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.listed())]
#[non_exhaustive]
pub struct ProjectError {
    /// At least one, in a stable order.
    pub problems: Vec<Problem>,
    /// What is doubtful beside them. It is no part of the message.
    pub warnings: Vec<Problem>,
}

impl ProjectError {
    fn listed(&self) -> String {
        self.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

impl Explain for ProjectError {
    fn explain(&self) -> Explanation<'_> {
        match &*self.problems {
            [problem] => Explanation::of_problem(problem),
            // Each line names its own remedy.
            _ => Explanation::project(self.listed()),
        }
    }
}

impl From<Problem> for ProjectError {
    fn from(problem: Problem) -> Self {
        vec![problem].into()
    }
}

impl From<Vec<Problem>> for ProjectError {
    fn from(problems: Vec<Problem>) -> Self {
        Self { problems, warnings: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_one_line_that_names_file_line_and_remedy() {
        let problem = Problem::at("a\nb.toml", "x is \u{1b}[2J", "write y").on_line(3);
        assert_eq!(problem.to_string(), "a\\nb.toml:3: x is \\u{1b}[2J; write y");
        let shown = problem.clone().showing(Excerpt::new("x = 1", 4..5).unwrap());
        assert_eq!(shown.to_string(), problem.to_string(), "the excerpt is no part of the message");
        let setting = Problem::at("a", "is x", "write y").of_setting(Setting::FileName);
        assert_eq!(setting.to_string(), "a: file_name is x; write y");
        let error = ProjectError::from(vec![problem.clone(), Problem::general("p", "q")]);
        assert_eq!(error.to_string(), format!("{problem}\np; q"));
    }
}
