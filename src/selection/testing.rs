//! Projects without pictures, for the tests of this module.

use crate::project::Project;
use crate::rules::clauses;
use crate::selection::diagram::Diagram;
use crate::selection::space::diagram_of;
use crate::selection::weights::outcomes;

/// The diagram of all items that obey a project's rules.
pub(crate) fn diagram(project: &Project) -> Diagram {
    let (diagram, beside) = diagram_of(&outcomes(project), &clauses(project), &[]);
    assert!(beside.is_empty(), "tests are small");
    diagram
}
