//! `--metadata`: which standards are asked for.

use traitpress::collection::{Project, Standard};

/// Standards, as they are typed.
#[derive(Clone, Debug)]
pub(crate) struct Standards(Vec<Standard>);

pub(crate) fn parse_standards(text: &str) -> Result<Standards, String> {
    match Standard::parse_list(text.split(',')) {
        Ok(standards) => Ok(Standards(standards)),
        Err((what, remedy)) => Err(format!("{what}; {remedy}")),
    }
}

impl Standards {
    /// Has a project write these instead of what its configuration says.
    pub(crate) fn apply(&self, project: &mut Project) {
        project.metadata.standards.clone_from(&self.0);
    }
}
