//! The command line: arguments in, the library's answers out.
//!
//! Each file or folder of `commands` owns a command: its arguments, the checks that turn them into a job, and the job. Beside
//! them: `bench` with its hidden command, and `demo_art`, the drawing of the sample project. The other files are shared by
//! commands and import none of them. What a run made goes to standard output, everything else to standard error.

// The standard macros panic if a stream is closed; those of `print` do not.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod addresses;
mod bench;
mod collection;
mod commands;
mod demo_art;
mod destination;
mod edits;
mod excerpt;
mod failure;
mod help;
mod interrupt;
mod measure;
mod message;
mod notes;
mod output_paths;
mod print;
mod progress;
mod project;
mod rarity;
#[cfg(test)]
mod reference;
mod remedy;
mod restart;
#[cfg(feature = "serve")]
mod serve;
mod shard_number;
mod shell;
mod stages;
mod summary;
mod values;
mod whole_file;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser};

use commands::Command;
use progress::events;

/// Makes collections of layered pictures: chooses traits, draws the items, writes pictures and metadata.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100, arg_required_else_help = true)]
struct Args {
    #[command(subcommand)]
    command: Command,
    /// Also print settings and figures of the engine
    #[arg(short, long, global = true)]
    verbose: bool,
}

/// The arguments of the program, with help in groups.
fn command() -> clap::Command {
    help::in_groups(Args::command())
}

/// Runs the program.
pub(crate) fn main() -> ExitCode {
    restart::without_device_select();
    let matches = command().get_matches();
    let args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    print::set_verbose(args.verbose);
    let checked = addresses::check(&command(), &matches);
    let Err(failure) = checked.and_then(|()| args.command.run(command)) else { return ExitCode::SUCCESS };
    let exit_code = failure.exit_code();
    for message in failure.messages() {
        if events::are_on() {
            events::emit(&events::Body::Error { message: &message.line, exit_code });
        } else {
            project::print_error(&message);
        }
    }
    ExitCode::from(exit_code)
}
