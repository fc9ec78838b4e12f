//! `metadata`: rewrite the metadata of a finished collection, or prepare a folder for an upload.

mod args;
mod rewrite;
mod save;
mod stop;
mod upload;

pub(crate) use args::MetadataArgs;

use args::Job;

use crate::cli::failure::Failure;

pub(crate) fn run(args: MetadataArgs) -> Result<(), Failure> {
    match Job::try_from(args)? {
        Job::Rewrite(job) => job.run(),
        Job::Upload(job) => job.run(),
    }
}
