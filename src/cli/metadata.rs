//! `metadata`: what a finished collection says of its items, written anew; and `--metadata`, in which standards.

use traitpress::finished::{MetadataChanges, rewrite_metadata};
use traitpress::project::{Project, Standard};

use crate::cli::Failure;
use crate::cli::args::MetadataArgs;
use crate::cli::generate::open;
use crate::cli::print::outln;

pub(crate) fn run(args: &MetadataArgs) -> Result<(), Failure> {
    let project = args.project.as_deref().map(open).transpose()?;
    let mut changes = MetadataChanges::default();
    changes.standards = args.metadata.as_ref().map(|standards| standards.0.clone());
    changes.base_uri.clone_from(&args.base_uri);
    changes.name.clone_from(&args.collection_name);
    changes.description.clone_from(&args.description);
    let collection = rewrite_metadata(&args.dir, project.as_ref(), &changes)?;
    outln!("collection: {}", collection.digest);
    outln!("metadata written to {}", collection.folder.display());
    Ok(())
}

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
