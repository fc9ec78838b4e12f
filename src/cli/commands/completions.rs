//! `completions` and `man`: files for shells and for `man`, made from the arguments that the program has.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Command;
use clap_complete::Shell;

use crate::cli::failure::Failure;
use crate::cli::print::outln;

#[derive(Debug, clap::Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// The folder for the pages, traitpress.1 and one for each command
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// The program without what is hidden, which both generators would list.
fn visible(program: &Command) -> Command {
    let commands = program.get_subcommands().filter(|command| !command.is_hide_set());
    Command::new(env!("CARGO_PKG_NAME"))
        .about(program.get_about().cloned().unwrap_or_default())
        .version(env!("CARGO_PKG_VERSION"))
        .args(program.get_arguments().cloned())
        .subcommands(commands.cloned())
}

/// Prints the completions of a shell.
pub(crate) fn run(args: &CompletionsArgs, program: &Command) -> Result<(), Failure> {
    let (mut program, mut text) = (visible(program), Vec::new());
    clap_complete::generate(args.shell, &mut program, "traitpress", &mut text);
    match io::stdout().write_all(&text).and_then(|()| io::stdout().flush()) {
        // The reader has closed the pipe.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|error| {
            Failure::Other(format!(
                "standard output: cannot write the completions: {error}; send them to a file"
            ))
        }),
    }
}

/// Writes the manual pages.
pub(crate) fn man(args: &ManArgs, program: &Command) -> Result<(), Failure> {
    let folder = &args.folder;
    let fail = |error: io::Error| {
        let folder = folder.display();
        Failure::Other(format!(
            "{folder}: cannot write the manual pages: {error}; check the folder and its permissions"
        ))
    };
    std::fs::create_dir_all(folder).map_err(fail)?;
    clap_mangen::generate_to(visible(program), folder).map_err(fail)?;
    outln!(
        "written to {}; read them with man -M, or man {}/traitpress.1",
        folder.display(),
        folder.display()
    );
    Ok(())
}
