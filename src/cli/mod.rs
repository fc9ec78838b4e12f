//! The command line: arguments in, the library's answers out.
//!
//! `args` holds what was typed, one file a subcommand turns it into calls of the library. Messages and exit codes
//! are decided here and nowhere else: what a run made goes to standard output, everything else to standard error.

// The standard macros panic when nobody reads; `print` has some that do not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod adapters;
mod args;
mod bench;
mod check;
mod demo;
mod destination;
mod generate;
mod init;
mod interrupt;
mod measure;
mod metadata;
mod output_paths;
mod plan;
mod print;
mod progress;
mod rarity;
mod report;
mod resume;
mod sample_art;
mod sheet;
mod summary;
mod verify;
mod watch;
mod whole_file;

use std::process::ExitCode;

use clap::Parser;

use args::{Args, Command};
use print::errln;
use watch::events;

/// Some items failed, or there are problems with the project.
const PROBLEMS: u8 = 1;
/// The program was called in a wrong way.
const USAGE: u8 = 2;

/// Why a command ended without doing what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What the library refused.
    Library(traitpress::Error),
    /// The arguments do not fit each other or what they name.
    Usage(String),
    /// The command has said what is wrong already.
    Reported,
    /// Something else went wrong.
    Other(String),
    /// The run was stopped by a signal: what is still to be said, and the exit code.
    Stopped(Option<String>, u8),
}

impl Failure {
    /// What to say, each to be one line whatever a file is called.
    fn problems(&self) -> Vec<String> {
        match self {
            Self::Library(traitpress::Error::Project(error)) => {
                error.problems.iter().map(ToString::to_string).collect()
            }
            Self::Library(error) => vec![error.to_string()],
            Self::Usage(text) | Self::Other(text) => vec![text.clone()],
            // Programs have been told in a way of their own.
            Self::Stopped(text, _) => text.iter().cloned().collect(),
            Self::Reported => Vec::new(),
        }
    }

    fn exit_code(&self) -> u8 {
        use traitpress::Error;
        use traitpress::engine::BackendError;
        use traitpress::finished::{ReportError, RewriteError};
        use traitpress::output::{ArchiveError, VerifyError};
        use traitpress::selection::SelectionError;
        match self {
            // Rules that contradict each other are a problem of the project, whatever is asked for.
            Self::Library(Error::Selection(
                SelectionError::Conflict { .. } | SelectionError::ConflictOfAmounts { .. },
            )) => PROBLEMS,
            Self::Stopped(_, code) => *code,
            Self::Usage(_) | Self::Library(Error::Selection(_) | Error::Threads(_) | Error::Resume(_)) => {
                USAGE
            }
            Self::Library(Error::Backend(BackendError::NoMatch { .. } | BackendError::NotBuilt)) => USAGE,
            Self::Library(Error::Output(traitpress::output::OutputError::Io { .. })) => PROBLEMS,
            Self::Library(Error::Output(_)) => USAGE,
            Self::Library(Error::Sheet(error)) if error.is_usage() => USAGE,
            Self::Library(Error::Archive(
                ArchiveError::Io { .. }
                | ArchiveError::Write { .. }
                | ArchiveError::Closed(_)
                | ArchiveError::Incomplete(_),
            )) => PROBLEMS,
            Self::Library(Error::Archive(_)) => USAGE,
            Self::Library(Error::Report(ReportError::Folder(
                VerifyError::NotAFolder { .. } | VerifyError::NoManifest(_),
            ))) => USAGE,
            Self::Library(Error::Report(ReportError::Threads(_) | ReportError::TooMany { .. })) => USAGE,
            Self::Library(Error::Verify(error) | Error::Rewrite(RewriteError::Verify(error)))
                if matches!(
                    error,
                    VerifyError::NotAFolder { .. }
                        | VerifyError::NoManifest(_)
                        | VerifyError::Unfinished(_)
                        | VerifyError::InUse(_)
                        | VerifyError::Threads(_)
                ) =>
            {
                USAGE
            }
            Self::Library(_) | Self::Reported | Self::Other(_) => PROBLEMS,
        }
    }
}

impl<E: Into<traitpress::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Library(error.into())
    }
}

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    let result = match Args::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Init(args) => init::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Generate(args) => generate::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Sheet(args) => sheet::run(&args),
        Command::Metadata(args) => metadata::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::BenchRun(args) => bench::run_once(&args),
        Command::Adapters(args) => adapters::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let exit_code = failure.exit_code();
            for problem in failure.problems() {
                if events::are_on() {
                    events::emit(&events::Body::Error { message: &problem, exit_code });
                } else {
                    errln!("traitpress: {}", problem);
                }
            }
            ExitCode::from(exit_code)
        }
    }
}

/// Prints what the artist should know but what stops nothing.
fn warn(warnings: &[traitpress::project::Problem]) {
    for warning in warnings {
        errln!("warning: {}", warning);
    }
}
