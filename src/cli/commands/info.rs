//! `info`: what a finished collection is.

use std::path::PathBuf;

use traitpress::finished::{CollectionInfo, info};

use crate::cli::failure::Failure;
use crate::cli::measure::{bytes, counted, thousands};
use crate::cli::print::{self, outln};

/// The name of what `--json` prints.
const FORMAT: &str = "traitpress-info/1";

#[derive(Debug, clap::Args)]
pub(crate) struct InfoArgs {
    /// The collection: a folder that generate wrote, or a pool
    dir: PathBuf,
    /// Print the facts as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &InfoArgs) -> Result<(), Failure> {
    let found = info(&args.dir).map_err(traitpress::Error::from)?;
    if args.json {
        let mut json = serde_json::to_value(&found).unwrap_or_default();
        json["format"] = FORMAT.into();
        json["picture_format"] = found.picture_format.to_string().into();
        print::json(&json);
    } else {
        print(&found);
    }
    print::all_is_received("the collection was read")
}

fn print(found: &CollectionInfo) {
    let [first, last] = found.editions;
    let items = counted(found.items, "item");
    match found.of {
        Some(of) => {
            outln!("{items}, {first} to {last}, the first of the {} of its plan", thousands(of));
        }
        None => outln!("{items}, {first} to {last}"),
    }
    let sizes: Vec<String> =
        found.pictures.iter().map(|[width, height]| format!("{width}x{height}")).collect();
    outln!("pictures: {}, {}, {}", found.picture_format, sizes.join(" and "), bytes(found.picture_bytes));
    if let Some(pool) = found.pool_bytes {
        let share = found.picture_bytes as f64 / pool.max(1) as f64;
        outln!("pool: {}, 1/{share:.1} of the pictures", bytes(pool));
    }
    let layers: Vec<String> =
        found.layers.iter().map(|layer| format!("{} ({})", layer.name, thousands(layer.traits))).collect();
    outln!("layers, with the traits that items use: {}", layers.join(", "));
    if found.ones > 0 {
        outln!("one-of-ones: {}", thousands(found.ones));
    }
    if !found.groups.is_empty() {
        outln!("groups: {}", found.groups.join(", "));
    }
    outln!(
        "metadata: {}; SHA-256 of pictures: {}",
        if found.metadata { "a file for each item" } else { "none for each item" },
        if found.provenance { "yes" } else { "no" }
    );
    match found.seed {
        Some(seed) => outln!("made by {}, with seed {seed}", found.program),
        None => outln!("made by {}, from a plan", found.program),
    }
    outln!("collection: {}", found.collection);
}
