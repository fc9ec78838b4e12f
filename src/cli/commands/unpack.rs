//! `unpack`: write the files of a pool, as `generate` would have written them.

use std::io::{self, BufWriter, IsTerminal};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use traitpress::error::Cancelled;
use traitpress::finished::{Editions, UnpackOptions, Unpacked, unpack, unpack_to_file, unpack_to_folder};
use traitpress::output::Archive;

use crate::cli::destination::Destination;
use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::{bytes, counted, thousands};
use crate::cli::print::{self, outln};
use crate::cli::progress::{Counter, Progress};
use crate::cli::values::threads;

#[derive(Debug, clap::Args)]
pub(crate) struct UnpackArgs {
    /// The pool, a file that ends in .pool
    pool: PathBuf,
    /// Where the files go: a folder, a file that ends in .tar, .tar.zst or .zip, or - for a tar on standard output
    #[arg(short, long, value_name = "PATH")]
    out: PathBuf,
    /// Only the pictures and metadata of these items, e.g. 17,230-250
    #[arg(long, value_name = "ITEMS", value_parser = parse_editions)]
    pick: Option<Editions>,
    /// Replace a file that exists
    #[arg(long)]
    force: bool,
    /// Worker threads, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<NonZeroUsize>,
}

fn parse_editions(text: &str) -> Result<Editions, String> {
    text.parse()
}

pub(crate) fn run(args: &UnpackArgs) -> Result<(), Failure> {
    let start = Instant::now();
    let destination = Destination::of(&args.out)?;
    let mut options = UnpackOptions::default();
    options.pick.clone_from(&args.pick);
    options.threads = args.threads;
    if matches!(destination, Destination::Stdout) {
        if io::stdout().is_terminal() {
            return Err(Failure::Usage(
                "--out -: standard output is a terminal; redirect the tar to a file or program, as in --out - | tar -x, or \
                 give a folder"
                    .to_owned(),
            ));
        }
        print::keep_stdout_free();
    }
    let interrupt = Interrupt::watch()?;
    let work = |counter: &Counter| -> Result<Unpacked, Failure> {
        let observer = &(counter, &interrupt);
        match &destination {
            Destination::Folder(out) | Destination::Shards(out) => {
                Ok(unpack_to_folder(&args.pool, out, &options, observer)?)
            }
            Destination::Stdout => {
                let out = BufWriter::with_capacity(1 << 18, io::stdout());
                Ok(unpack(&args.pool, Archive::tar(out).named("standard output"), &options, observer)?)
            }
            Destination::File(out) => Ok(unpack_to_file(&args.pool, out, args.force, &options, observer)?),
        }
    };
    let unpacked = interrupt.during("nothing was written", || Progress::auto().count(0, work));
    let unpacked = unpacked.map_err(|failure| match &failure {
        Failure::Library(error) if error.downcast_ref::<Cancelled>().is_some() => {
            Failure::Stopped(Some("stopped: nothing was written".to_owned()), interrupt.exit_code())
        }
        _ => failure,
    })?;
    report(&unpacked, destination.path(), start);
    print::all_is_received("the files were written")
}

fn report(unpacked: &Unpacked, place: &Path, start: Instant) {
    let place =
        if place == Path::new("-") { "standard output".to_owned() } else { place.display().to_string() };
    outln!(
        "{}, {} files, {} in {:.2} s",
        counted(unpacked.items, "item"),
        thousands(unpacked.files),
        bytes(unpacked.bytes),
        start.elapsed().as_secs_f64()
    );
    outln!("written to {place}");
}
