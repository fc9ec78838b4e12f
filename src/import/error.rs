//! Why a project of another program could not be imported.

use std::path::PathBuf;

use crate::error::{Explain, Explanation, PathIo, Problem, Remedy};
use crate::import::js::ScriptError;

/// Why a project of another program could not be imported. Nothing was written then.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum ImportError {
    /// The source is not there.
    Missing(PathBuf),
    /// No format is recognised, for this reason.
    Unknown(PathBuf, String),
    /// The configuration is a script that gave no result.
    Script(ScriptProblem),
    /// Something in the source is wrong.
    Source(Problem),
    /// A number of items was given for a source that has one for each kind of item.
    Grouped(PathBuf),
    /// The new project's folder exists.
    Exists(PathBuf),
    /// The new project would be in the source, which stays as it is.
    Inside(PathBuf),
    /// The system refused something.
    Io(#[from] PathIo),
}

/// A script that gave no configuration.
#[derive(Debug)]
pub struct ScriptProblem {
    file: PathBuf,
    line: Option<usize>,
    what: String,
}

impl ScriptProblem {
    /// The problem of the script `file` of the project in `root`.
    pub(crate) fn new(root: &std::path::Path, file: &std::path::Path, error: &ScriptError) -> Self {
        let what = error.cause.to_string();
        match &error.place {
            Some((below, line, column)) => {
                Self { file: root.join(below), line: Some(*line), what: format!("{what} (column {column})") }
            }
            None => Self { file: file.to_owned(), line: None, what },
        }
    }
}

impl ImportError {
    /// Something in the source is wrong.
    pub(crate) fn source(
        path: impl Into<PathBuf>,
        what: impl Into<String>,
        remedy: impl Into<Remedy>,
    ) -> Self {
        Self::Source(Problem::at(path, what, remedy))
    }
}

impl From<Problem> for ImportError {
    fn from(problem: Problem) -> Self {
        Self::Source(problem)
    }
}

impl Explain for ImportError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::Missing(path) => Explanation::usage("there is no such file or folder")
                .path(path)
                .remedy(Remedy::text("give the folder of a project of another program")),
            Self::Unknown(path, what) => Explanation::usage(what.as_str()).path(path).remedy(Remedy::text(
                "give the folder that holds the configuration, as the one with src/config.js and layers",
            )),
            Self::Script(ScriptProblem { file, line, what }) => {
                let explanation = Explanation::project(what.as_str());
                let explanation = match line {
                    Some(line) => {
                        Explanation { subject: Some(crate::error::Subject::Line(file, *line)), ..explanation }
                    }
                    None => explanation.path(file),
                };
                explanation.remedy(Remedy::text("correct the script, or remove what is not a setting"))
            }
            Self::Source(problem) => Explanation::of_problem(problem),
            Self::Grouped(path) => Explanation::usage(
                "the project has a number of items for each of its kinds, so none can be given",
            )
            .path(path)
            .remedy(Remedy::LeaveOut("count")),
            Self::Exists(path) => {
                Explanation::usage("this already exists").path(path).remedy(Remedy::ChooseOtherProject)
            }
            Self::Inside(path) => {
                Explanation::usage("this is inside the source, which import does not change")
                    .path(path)
                    .remedy(Remedy::ChooseOtherProject)
            }
            Self::Io(error) => error.explain(),
        }
    }
}
