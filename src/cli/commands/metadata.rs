//! `metadata`: rewrite the metadata of a finished collection.

use std::path::PathBuf;

use traitpress::error::Cancelled;
use traitpress::finished::{MetadataChanges, rewrite_metadata};
use traitpress::project::Project;

use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::print::outln;
use crate::cli::project::open;
use crate::cli::values::Standards;

#[derive(Debug, clap::Args)]
pub(crate) struct MetadataArgs {
    /// The collection: a folder that generate wrote
    dir: PathBuf,
    /// Use names and settings of this project; without it they stay
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    /// Metadata to write: erc721, metaplex, tezos, cardano, csv or jsonl, or several, e.g. metaplex,csv; none
    /// for no metadata [default: the project's or the collection's]
    #[arg(long, value_name = "LIST", value_parser = Standards::parse)]
    metadata: Option<Standards>,
    /// The start of the addresses of pictures, e.g. ipfs://..; empty for relative addresses
    #[arg(long, value_name = "URI")]
    base_uri: Option<String>,
    /// The name of the collection in the names of items
    #[arg(long, value_name = "NAME")]
    collection_name: Option<String>,
    /// The description of every item
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
}

/// A rewrite of metadata: the project is open.
struct MetadataJob {
    dir: PathBuf,
    project: Option<Project>,
    changes: MetadataChanges,
}

impl TryFrom<MetadataArgs> for MetadataJob {
    type Error = Failure;

    fn try_from(args: MetadataArgs) -> Result<Self, Failure> {
        let project = args.project.as_deref().map(open).transpose()?;
        let mut changes = MetadataChanges::default();
        changes.standards = args.metadata.map(|standards| standards.0);
        changes.base_uri = args.base_uri;
        changes.name = args.collection_name;
        changes.description = args.description;
        Ok(Self { dir: args.dir, project, changes })
    }
}

pub(crate) fn run(args: MetadataArgs) -> Result<(), Failure> {
    MetadataJob::try_from(args)?.run()
}

impl MetadataJob {
    fn run(self) -> Result<(), Failure> {
        let interrupt = Interrupt::watch()?;
        let rewrite = || rewrite_metadata(&self.dir, self.project.as_ref(), &self.changes, &interrupt);
        let collection = interrupt.during("run the same command again to complete it", rewrite);
        let collection = collection.map_err(|error| match error.downcast_ref::<Cancelled>() {
            Some(_) => {
                let text = "stopped: the metadata is unchanged; run the same command again to replace it";
                Failure::Stopped(Some(text.to_owned()), interrupt.exit_code())
            }
            None => error.into(),
        })?;
        outln!("collection: {}", collection.digest);
        outln!("metadata written to {}", collection.folder.display());
        Ok(())
    }
}
