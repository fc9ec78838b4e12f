//! The commands: a file or folder for each, with its arguments, its checks and its work. They do not import each other.

mod adapters;
mod check;
mod demo;
mod extend;
mod generate;
mod init;
mod metadata;
mod plan;
mod remove;
mod report;
mod reroll;
mod sheet;
mod swap;
mod verify;

use clap::Subcommand;

use crate::cli::bench;
use crate::cli::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Draw a sample project and press it: the first thing to try
    Demo(demo::DemoArgs),
    /// Write a commented collection.toml for a folder of traits, and a preview
    Init(init::InitArgs),
    /// List everything that is wrong with a project
    Check(check::CheckArgs),
    /// Choose the traits of every item, and render nothing
    Plan(plan::PlanArgs),
    /// Press a project: pictures, metadata, plan and manifest
    Generate(Box<generate::GenerateArgs>),
    /// Choose some items of a finished collection again; the others keep their files
    Reroll(reroll::RerollArgs),
    /// Remove items from a finished collection
    Remove(remove::RemoveArgs),
    /// Add items to a finished collection
    Extend(extend::ExtendArgs),
    /// Let two items of a finished collection change places
    Swap(swap::SwapArgs),
    /// Compare a collection with its manifest: every file, and the form of every picture
    Verify(verify::VerifyArgs),
    /// Show how rare the traits and items of a collection are: tables, ranks, and a page to browse
    Report(report::ReportArgs),
    /// Show many pictures of a collection in one: a contact sheet, or a sprite atlas
    Sheet(sheet::SheetArgs),
    /// Rewrite the metadata of a collection, without changing its pictures
    Metadata(metadata::MetadataArgs),
    /// Measure a project: stages, items a second and memory, against the plain way
    Bench(bench::BenchArgs),
    /// One run of `bench`, in a process of its own
    #[command(name = bench::COMMAND, hide = true)]
    BenchRun(bench::RunArgs),
    /// List the graphics adapters: which would be used, and why
    Adapters(adapters::AdaptersArgs),
}

impl Command {
    /// Runs the command to its end.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::Demo(args) => demo::run(args),
            Self::Init(args) => init::run(args),
            Self::Check(args) => check::run(args),
            Self::Plan(args) => plan::run(args),
            Self::Generate(args) => generate::run(*args),
            Self::Reroll(args) => reroll::run(args),
            Self::Remove(args) => remove::run(args),
            Self::Extend(args) => extend::run(args),
            Self::Swap(args) => swap::run(args),
            Self::Verify(args) => verify::run(args),
            Self::Report(args) => report::run(args),
            Self::Sheet(args) => sheet::run(args),
            Self::Metadata(args) => metadata::run(args),
            Self::Bench(args) => bench::run(args),
            Self::BenchRun(args) => bench::run_once(&args),
            Self::Adapters(args) => adapters::run(&args),
        }
    }
}
