//! `merge`: the shards of many machines become one collection.

use std::path::PathBuf;

use traitpress::error::Cancelled;
use traitpress::finished::{MergeOptions, merge};

use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::counted;
use crate::cli::print::{self, outln};

#[derive(Debug, clap::Args)]
pub(crate) struct MergeArgs {
    /// Folders of shards, or their manifests, I-of-N.manifest.json; also addresses, s3://bucket/prefix/
    #[arg(required = true, value_name = "SHARDS")]
    shards: Vec<PathBuf>,
    /// Where to write the collection: its manifest and its plan, and where the shards are
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
    /// Take all files out of the shards: the folder that one machine would have made
    #[arg(long)]
    unpack: bool,
    /// Also write the files that describe all items, such as json/_metadata.json
    #[arg(long)]
    metadata: bool,
}

pub(crate) fn run(args: MergeArgs) -> Result<(), Failure> {
    let MergeArgs { shards, out, unpack, metadata } = args;
    let mut options = MergeOptions::default();
    (options.unpack, options.metadata) = (unpack, metadata);
    let interrupt = Interrupt::watch()?;
    let merged = interrupt.during("nothing was written", || merge(&shards, &out, options, &interrupt));
    let merged = merged.map_err(|error| match error.downcast_ref::<Cancelled>() {
        Some(_) => Failure::Stopped(Some("stopped: nothing was written".to_owned()), interrupt.exit_code()),
        None => error.into(),
    })?;
    let (items, shards) = (counted(merged.items, "item"), counted(merged.shards, "shard"));
    outln!("{items} of {shards}");
    outln!("collection: {}", merged.collection.digest);
    if let Some(provenance) = merged.collection.provenance {
        outln!("provenance: {provenance}");
    }
    outln!("written to {}", merged.collection.folder.display());
    print::all_is_received("the collection is complete")
}
