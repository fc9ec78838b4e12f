//! `pool`: make a pool of a finished folder.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Instant;

use traitpress::engine::{Backend, FolderOptions, Performance, pool_of_folder};
use traitpress::error::Cancelled;
use traitpress::output::ArchiveKind;

use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::{bytes, counted};
use crate::cli::print::{self, outln};
use crate::cli::progress::Progress;
use crate::cli::project::open;
use crate::cli::values::threads;

#[derive(Debug, clap::Args)]
pub(crate) struct PoolArgs {
    /// The collection: a folder that generate wrote
    dir: PathBuf,
    /// The project that it was made from
    #[arg(long, value_name = "DIR", default_value = ".")]
    project: PathBuf,
    /// The pool to write, a file that ends in .pool
    #[arg(short, long, value_name = "FILE.pool")]
    out: PathBuf,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
    /// Worker threads, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<NonZeroUsize>,
}

pub(crate) fn run(args: PoolArgs) -> Result<(), Failure> {
    let start = Instant::now();
    if ArchiveKind::of(&args.out) != Some(ArchiveKind::Pool) {
        return Err(Failure::Usage(format!(
            "--out {}: the name of a pool ends in .pool; give --out another ending",
            args.out.display()
        )));
    }
    let project = open(&args.project)?;
    let interrupt = Interrupt::watch()?;
    let performance = Performance::new().with_threads(args.threads).with_backend(Backend::Cpu);
    let options = (performance, FolderOptions::new().with_replace(args.force));
    let make = || {
        Progress::auto().count(0, |counter| {
            pool_of_folder(&project, &args.dir, &args.out, options, &(counter, &interrupt))
        })
    };
    let pressed = interrupt.during("nothing was written", make);
    let pressed = pressed.map_err(|error| match error.downcast_ref::<Cancelled>() {
        Some(_) => Failure::Stopped(Some("stopped: nothing was written".to_owned()), interrupt.exit_code()),
        None => error.into(),
    })?;
    let pool = args.out.metadata().map_or(0, |of| of.len());
    outln!(
        "{}, {} of pictures as a pool of {} in {:.2} s",
        counted(pressed.stats.items, "item"),
        bytes(pressed.stats.bytes),
        bytes(pool),
        start.elapsed().as_secs_f64()
    );
    outln!("collection: {}", pressed.collection.digest);
    outln!("written to {}", args.out.display());
    print::all_is_received("the pool was written")
}
