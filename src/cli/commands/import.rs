//! `import`: the project of another program becomes one of ours, with a list of what could not be kept.

use std::path::{Path, PathBuf};

use traitpress::import::Import;

use crate::cli::failure::Failure;
use crate::cli::measure::thousands;
use crate::cli::notes::print_list;
use crate::cli::print::outln;
use crate::cli::shell;
use crate::cli::values::items;

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// The project of another program: its folder or configuration, a zip of nft-studio, an Aseprite or PSD file
    source: PathBuf,
    /// The new project, a folder that does not exist [default: the source's name and -traitpress, here]
    #[arg(short, long, value_name = "PROJECT")]
    output: Option<PathBuf>,
    /// Number of items, for programs that ask for it when they run
    #[arg(long, value_name = "N", value_parser = items())]
    count: Option<u32>,
    /// Read the metadata and layers of a finished collection, whose configuration is lost, and write a plan of its items
    #[arg(long, conflicts_with = "count")]
    from_collection: bool,
}

pub(crate) fn run(args: &ImportArgs) -> Result<(), Failure> {
    let target = args.output.clone().unwrap_or_else(|| default_target(&args.source));
    let import = if args.from_collection {
        Import::from_collection(&args.source)?
    } else {
        Import::read(&args.source, args.count)?
    };
    let layers = import.layers();
    let traits: usize = layers.iter().map(|(_, traits)| traits).sum();
    let items =
        import.count().map_or_else(String::new, |count| format!(", {}", counted(count as usize, "item")));
    outln!("{}: {}", import.peer().name(), args.source.display());
    outln!("{}, {}{items}", counted(layers.len(), "layer"), counted(traits, "trait"));
    import.write(&target)?;
    print_list(&import.notes(), "IMPORT.md");
    outln!("wrote {}", target.display());
    if args.from_collection {
        let plan = shell::quoted(&target.join("plan.json"));
        outln!("next: traitpress generate {} --plan {plan}", shell::quoted(&target));
    } else {
        outln!("next: traitpress check {}", shell::quoted(&target));
    }
    Ok(())
}

/// A number of things.
fn counted(number: usize, thing: &str) -> String {
    let end = if number == 1 { "" } else { "s" };
    format!("{} {thing}{end}", thousands(number as u64))
}

/// The folder that is written where none is given.
fn default_target(source: &Path) -> PathBuf {
    let name = source.canonicalize().ok().and_then(|path| {
        let name = if path.is_dir() { path.file_name() } else { path.file_stem() };
        name.map(|name| name.to_string_lossy().into_owned())
    });
    PathBuf::from(format!("{}-traitpress", name.unwrap_or_else(|| "import".to_owned())))
}
