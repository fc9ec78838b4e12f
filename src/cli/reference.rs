//! `docs/commands.md`, and the commands in the other documents: both are held to what clap parses.
//!
//! The page is written from clap's own description of the arguments, because a second list of some hundred options would
//! be wrong after a few changes. `TRAITPRESS_TEST_UPDATE=1` writes it again.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, Command};

use crate::cli::{command, help};

const HEAD: &str = "# Commands\n\n\
    `traitpress COMMAND --help` prints the same text as this page, and `-h` a shorter one. Every command accepts `-v` (`--verbose`),\n\
    which also prints settings and figures of the engine.\n";
const FOOT: &str = "\nThis page is generated from the program: `TRAITPRESS_TEST_UPDATE=1 cargo test --bin traitpress reference` writes it.\n";

/// The commands of the page, in the order of the help.
fn in_order(program: &Command) -> Vec<&Command> {
    let shown = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    let mut commands: Vec<&Command> = program.get_subcommands().filter(shown).collect();
    commands.sort_by_key(|command| help::place(command.get_name()));
    commands
}

/// A text of clap on one line, with what Markdown would read as HTML between backticks.
fn line(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let open = word.contains('<') && !word.contains('`');
        if open { format!("`{word}`") } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// How an argument is written: `--name <VALUE>`, or `<VALUE>`.
fn written(arg: &Arg) -> String {
    let takes_value = arg.get_action().takes_values();
    let values: Vec<&str> =
        arg.get_value_names().unwrap_or_default().iter().map(clap::builder::Str::as_str).collect();
    let value = values.join(" ");
    let optional = arg.get_num_args().is_some_and(|range| range.min_values() == 0);
    match (arg.get_short(), arg.get_long()) {
        (_, None) => format!("<{value}>"),
        (short, Some(long)) => {
            let short = short.map(|short| format!("-{short}, ")).unwrap_or_default();
            match (takes_value, optional) {
                (false, _) => format!("{short}--{long}"),
                (true, true) => format!("{short}--{long}[=<{value}>]"),
                (true, false) => format!("{short}--{long} <{value}>"),
            }
        }
    }
}

/// What an argument does, its default and its possible values.
fn explained(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut text = line(&help);
    let defaults: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if arg.get_action().takes_values() && !defaults.is_empty() && !arg.is_hide_default_value_set() {
        let _ = write!(text, " [default: {}]", defaults.join(", "));
    }
    let possible = arg.get_possible_values();
    if arg.get_action().takes_values() && !possible.is_empty() {
        let values =
            possible.iter().filter(|value| !value.is_hide_set()).map(|value| match value.get_help() {
                Some(help) => format!("`{}` ({})", value.get_name(), line(&help.to_string())),
                None => format!("`{}`", value.get_name()),
            });
        let _ = write!(text, " [values: {}]", values.collect::<Vec<_>>().join(", "));
    }
    text
}

/// A command's section: what it does, how it is called, and its arguments by heading.
fn section(command: &Command, out: &mut String) {
    let mut command = command.clone();
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    let usage = command.render_usage().to_string().replace("Usage: ", "");
    let _ = write!(out, "\n## {}\n\n{}.\n\n```text\n{usage}\n```\n", command.get_name(), line(&about));
    let is_common = |arg: &Arg| arg.get_id() == "help" || arg.get_id() == "verbose";
    let mut headings: Vec<(String, Vec<&Arg>)> = Vec::new();
    for arg in command.get_arguments().filter(|arg| !arg.is_hide_set() && !is_common(arg)) {
        let under = match arg.get_help_heading() {
            Some(heading) => heading.to_owned(),
            None if arg.is_positional() => "Arguments".to_owned(),
            None => "Options".to_owned(),
        };
        match headings.iter_mut().find(|(heading, _)| *heading == under) {
            Some((_, args)) => args.push(arg),
            None => headings.push((under, vec![arg])),
        }
    }
    for (heading, args) in headings {
        let _ = write!(out, "\n| {heading} | |\n|---|---|\n");
        for arg in args {
            let _ = writeln!(out, "| `{}` | {} |", written(arg).replace('|', "\\|"), explained(arg));
        }
    }
}

/// The page as the program has it.
fn page() -> String {
    let mut program = command();
    program.build();
    let mut out = HEAD.to_owned() + "\n| command | |\n|---|---|\n";
    for command in in_order(&program) {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let name = command.get_name();
        let _ = writeln!(out, "| [`{name}`](#{name}) | {} |", line(&about));
    }
    in_order(&program).into_iter().for_each(|command| section(command, &mut out));
    out + FOOT
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README.md and the pages of docs/.
fn documents() -> Vec<PathBuf> {
    let pages = fs::read_dir(root().join("docs")).expect("the folder exists");
    let mut pages: Vec<_> = pages.map(|entry| entry.expect("an entry").path()).collect();
    pages.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.push(root().join("README.md"));
    pages.sort();
    pages
}

/// The words of a line of a shell, without its comment and what follows a pipe.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for char in line.chars() {
        match char {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            '#' | '|' if !quoted && words.last().is_some_and(String::is_empty) => break,
            char => words.last_mut().expect("one at least").push(char),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A line whose `$(..)` is replaced by what such a command prints, and the command.
fn without_substitution(line: &str) -> (String, Option<String>) {
    let cid = "bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi";
    let inner = line.split_once("$(").and_then(|(_, rest)| rest.split_once(')')).map(|(inner, _)| inner);
    match inner {
        Some(inner) => (line.replace(&format!("$({inner})"), cid), Some(inner.to_owned())),
        None => (line.to_owned(), None),
    }
}

#[test]
fn the_page_of_commands_is_what_the_program_has() {
    let path = root().join("docs/commands.md");
    if std::env::var_os("TRAITPRESS_TEST_UPDATE").is_some() {
        fs::write(&path, page()).unwrap();
    }
    let differs = "docs/commands.md is out of date; a test with TRAITPRESS_TEST_UPDATE=1 writes it";
    assert_eq!(fs::read_to_string(&path).unwrap(), page(), "{differs}");
}

#[test]
fn commands_in_documents_are_accepted() {
    let mut tried = 0;
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let blocks = text.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
        for line in blocks.flat_map(str::lines).filter(|line| line.starts_with("traitpress ")) {
            let (line, inner) = without_substitution(line);
            let inner = inner.map(|inner| command().try_get_matches_from(shell_words(&inner)));
            assert!(inner.is_none_or(|parsed| parsed.is_ok()), "{}: {line}", path.display());
            let line = line.as_str();
            let parsed = command().try_get_matches_from(shell_words(line));
            assert!(parsed.is_ok(), "{}: {line}\n{}", path.display(), parsed.unwrap_err());
            tried += 1;
        }
    }
    assert!(tried > 30, "only {tried} commands were found");
}
