//! `metadata`: rewrite the metadata of a finished collection.

use std::path::PathBuf;

use traitpress::finished::{MetadataChanges, rewrite_metadata};

use crate::cli::failure::Failure;
use crate::cli::print::outln;
use crate::cli::project::open;
use crate::cli::values::Standards;

#[derive(Debug, clap::Args)]
pub(crate) struct MetadataArgs {
    /// The collection: a folder that generate wrote
    dir: PathBuf,
    /// Take names and settings from this project; without it they stay
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    /// Metadata to write: erc721, metaplex, tezos, cardano, csv or jsonl, or several as in metaplex,csv; none for
    /// no metadata [default: the project's or the collection's]
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
