//! `generate`: press a project into a folder or an archive.
//!
//! `args` holds the arguments, `job` checks them, `run` does the work, and `stopped` reports a run that ends early.

mod args;
mod job;
mod resume;
mod run;
mod shard_args;
mod shards;
mod stopped;

pub(crate) use args::GenerateArgs;

use crate::cli::failure::Failure;

pub(crate) fn run(args: GenerateArgs) -> Result<(), Failure> {
    job::GenerateJob::try_from(args)?.run()
}
