//! `cid`: the address that a folder will have on IPFS.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use traitpress::error::Cancelled;
use traitpress::finished::folder_cid;

use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::{bytes, thousands};
use crate::cli::print::{self, errln, is_verbose, outln};
use crate::cli::progress::Progress;
use crate::cli::shell;
use crate::cli::values::threads;

#[derive(Debug, clap::Args)]
pub(crate) struct CidArgs {
    /// The folder or file to upload, e.g. drop/images
    #[arg(value_name = "DIR")]
    path: PathBuf,
    /// Worker threads, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<NonZeroUsize>,
}

/// Prints the CID alone on standard output, so that a shell can insert it into another command.
pub(crate) fn run(args: &CidArgs) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let compute =
        || Progress::auto().count(0, |counter| folder_cid(&args.path, args.threads, &(counter, &interrupt)));
    let found = interrupt.during("nothing was written", compute);
    let found = found.map_err(|error| match error.downcast_ref::<Cancelled>() {
        Some(_) => Failure::Stopped(Some("stopped: there is no CID".to_owned()), interrupt.exit_code()),
        None => error.into(),
    })?;
    if found.hidden > 0 {
        let (files, are) = if found.hidden == 1 { ("file", "is") } else { ("files", "are") };
        errln!(
            "note: {} hidden {files} (.name) {are} not part of the folder's CID, as in `ipfs add -r`",
            thousands(found.hidden)
        );
    }
    // Pictures are looked up below the address of their own folder.
    if args.path.join("manifest.json").is_file() && args.path.join("images").is_dir() {
        let images = shell::quoted(&args.path.join("images"));
        errln!(
            "note: this is the CID of the whole collection; `traitpress cid {images}` prints that of its pictures"
        );
    }
    if is_verbose() {
        errln!("{} files, {}", thousands(found.files), bytes(found.bytes));
    }
    outln!("{}", found.cid);
    print::all_is_received("nothing was written")
}
