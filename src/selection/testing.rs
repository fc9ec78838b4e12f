//! Projects without pictures, for the tests of this module.

use std::fs;

use crate::plan::Plan;
use crate::project::Project;
use crate::rules::clauses;
use crate::selection::choose::choose_counted;
use crate::selection::diagram::Diagram;
use crate::selection::error::SelectionError;
use crate::selection::space::{Deciding, diagram_of};
use crate::selection::weights::outcomes;

/// Chooses items without the statistics.
pub(crate) fn choose(project: &Project, seed: u64, start: u32, count: u32) -> Result<Plan, SelectionError> {
    choose_counted(project, seed, start, count).map(|(plan, _)| plan)
}

/// The diagram of all items that obey a project's rules.
pub(crate) fn diagram(project: &Project) -> Diagram {
    let (diagram, beside) = diagram_of(&outcomes(project), &clauses(project), Deciding::First(&[]));
    assert!(beside.is_empty(), "tests are small");
    diagram
}

/// Reads the text of a plan file.
pub(crate) fn read(project: &Project, text: &str) -> Result<Plan, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plan.json");
    fs::write(&path, text).unwrap();
    Plan::read(&path, project, None).map_err(|error| error.to_string())
}
