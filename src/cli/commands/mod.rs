//! The commands: a file or folder for each, with its arguments, its checks and its work. They do not import each other.

mod adapters;
mod cat;
mod check;
mod cid;
mod completions;
mod demo;
mod export;
mod extend;
mod generate;
mod import;
mod info;
mod init;
mod merge;
mod metadata;
mod plan;
mod pool;
mod remove;
mod report;
mod reroll;
#[cfg(feature = "serve")]
mod serve;
mod sheet;
mod swap;
mod unpack;
mod verify;

use clap::Subcommand;

use crate::cli::bench;
use crate::cli::failure::Failure;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Draw a sample project and make its collection
    Demo(demo::DemoArgs),
    /// Write a commented collection.toml for a folder of pictures
    Init(init::InitArgs),
    /// Make a project from one of another program: HashLips, nftchef and others
    Import(import::ImportArgs),
    /// Write a project as one of another program
    Export(export::ExportArgs),
    /// List all problems of a project
    Check(check::CheckArgs),
    /// Choose the traits of every item, without pictures
    Plan(plan::PlanArgs),
    /// Make pictures, metadata, plan and manifest
    Generate(Box<generate::GenerateArgs>),
    /// Choose some items again; the others keep their files
    Reroll(reroll::RerollArgs),
    /// Remove items
    Remove(remove::RemoveArgs),
    /// Add items
    Extend(extend::ExtendArgs),
    /// Exchange two items
    Swap(swap::SwapArgs),
    /// Make a pool, one small file, of a finished folder
    Pool(pool::PoolArgs),
    /// Write the files of a pool
    Unpack(unpack::UnpackArgs),
    /// Print one picture of a pool, or its metadata
    Cat(cat::CatArgs),
    /// Make one collection of shards
    Merge(merge::MergeArgs),
    /// Compare every file with the manifest
    Verify(verify::VerifyArgs),
    /// Print what a finished collection is: items, pictures, layers, seed, digest
    Info(info::InfoArgs),
    /// Show how rare traits and items are, as tables or as a page
    Report(report::ReportArgs),
    /// Show many pictures in one: a contact sheet, or a sprite atlas
    Sheet(sheet::SheetArgs),
    /// Compute the address of a folder on IPFS, before it is uploaded
    Cid(cid::CidArgs),
    /// Serve single pictures over HTTP: by a user's name, by traits, or by number
    #[cfg(feature = "serve")]
    Serve(Box<serve::ServeArgs>),
    /// Rewrite the metadata, or prepare a folder to upload
    Metadata(metadata::MetadataArgs),
    /// Measure a project: items a second, stages and memory
    Bench(bench::BenchArgs),
    /// One run of `bench`, in a process of its own
    #[command(name = bench::COMMAND, hide = true)]
    BenchRun(bench::RunArgs),
    /// List the graphics adapters, and which is used
    Adapters(adapters::AdaptersArgs),
    /// Print completions for a shell
    Completions(completions::CompletionsArgs),
    /// Write manual pages
    Man(completions::ManArgs),
}

impl Command {
    /// Runs the command to its end; `program` is the program with all of its arguments.
    pub(crate) fn run(self, program: fn() -> clap::Command) -> Result<(), Failure> {
        match self {
            Self::Demo(args) => demo::run(args),
            Self::Init(args) => init::run(args),
            Self::Import(args) => import::run(&args),
            Self::Export(args) => export::run(&args),
            Self::Check(args) => check::run(args),
            Self::Plan(args) => plan::run(args),
            Self::Generate(args) => generate::run(*args),
            Self::Reroll(args) => reroll::run(args),
            Self::Remove(args) => remove::run(args),
            Self::Extend(args) => extend::run(args),
            Self::Swap(args) => swap::run(args),
            Self::Pool(args) => pool::run(args),
            Self::Unpack(args) => unpack::run(&args),
            Self::Cat(args) => cat::run(&args),
            Self::Merge(args) => merge::run(args),
            Self::Verify(args) => verify::run(args),
            Self::Info(args) => info::run(&args),
            Self::Report(args) => report::run(args),
            Self::Sheet(args) => sheet::run(args),
            Self::Cid(args) => cid::run(&args),
            #[cfg(feature = "serve")]
            Self::Serve(args) => serve::run(*args),
            Self::Metadata(args) => metadata::run(args),
            Self::Bench(args) => bench::run(args),
            Self::BenchRun(args) => bench::run_once(&args),
            Self::Adapters(args) => adapters::run(&args),
            Self::Completions(args) => completions::run(&args, &program()),
            Self::Man(args) => completions::man(&args, &program()),
        }
    }
}
