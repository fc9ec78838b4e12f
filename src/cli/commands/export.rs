//! `export`: a project of ours as one of another program, with a list of what could not be said.

use std::path::PathBuf;

use clap::ValueEnum;
use traitpress::import::export_hashlips;

use crate::cli::failure::Failure;
use crate::cli::notes::print_list;
use crate::cli::print::outln;
use crate::cli::project::open;

/// The programs whose projects are written.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Program {
    /// HashLips art engine 1.1
    Hashlips,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// The program whose project is written
    #[arg(value_enum)]
    program: Program,
    /// The project
    project: PathBuf,
    /// The new folder, which does not exist
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
}

pub(crate) fn run(args: &ExportArgs) -> Result<(), Failure> {
    let project = open(&args.project)?;
    let notes = match args.program {
        Program::Hashlips => export_hashlips(&project, &args.output)?,
    };
    print_list(&notes, "EXPORT.md");
    outln!("wrote {}; put it over a copy of the engine", args.output.display());
    Ok(())
}
