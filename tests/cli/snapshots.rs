//! What the program prints as a whole: help texts, the summary of a run, and typical refusals.
//!
//! The texts are in `tests/cli/snapshots/`. After a change of a text,
//!
//!     INSTA_UPDATE=always cargo test --test cli snapshots
//!
//! writes them again, and the difference in git is what to review.

use std::path::Path;

use crate::help::COMMANDS;
use crate::util::{Dir, RED};

/// Compares a text with the one in `tests/cli/snapshots/`.
fn compare(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

/// Runs the program as a user at a terminal of 100 columns does: what it printed, and its exit code.
fn printed(dir: &Dir, arguments: &[&str]) -> String {
    let mut command = dir.command(arguments);
    command.env("COLUMNS", "100");
    let ran = dir.run_command(command);
    let line = arguments.join(" ");
    let mut text = format!("$ traitpress {line}\n{}{}", ran.stderr(), ran.stdout());
    if let Some(code) = ran.code().filter(|&code| code != 0) {
        text += &format!("[exit code {code}]\n");
    }
    // The folder is another one in each run, by its own name or by the one that links lead to.
    let folder = dir.root();
    for folder in [folder.canonicalize().expect("the folder is there"), folder.to_owned()] {
        text = text.replace(&*folder.to_string_lossy(), "[folder]");
    }
    text.replace("traitpress.exe", "traitpress")
}

/// Units, longest first, and what replaces a number with one of them: times, speeds and memory differ from run to run.
const UNITS: [(&str, &str); 12] = [
    (" allocations", "# allocations"),
    (" threads", "# threads"),
    (" reuses", "# reuses"),
    (" items/s", "# items/s"),
    (" bytes", "# bytes"),
    (" KB", "# B"),
    (" MB", "# B"),
    (" GB", "# B"),
    (" ms", "# s"),
    (" s", "# s"),
    ("%", "#%"),
    (" B/s", "# B/s"),
];

/// The text without what differs from run to run and from machine to machine.
fn steady(text: &str) -> String {
    let is_number = |c: char| c.is_ascii_digit() || c == '.' || c == ',';
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let end = start + rest[start..].find(|c| !is_number(c)).unwrap_or(rest.len() - start);
        let unit = UNITS.iter().find(|(unit, _)| {
            let behind = rest[end..].strip_prefix(*unit);
            behind.is_some_and(|behind| !behind.starts_with(|c: char| c.is_alphanumeric()))
        });
        out += &rest[..start];
        match unit {
            Some((unit, name)) => {
                out += name;
                rest = &rest[end + unit.len()..];
            }
            None => {
                out += &rest[start..end];
                rest = &rest[end..];
            }
        }
    }
    out += rest;
    // Advice is about the speed of the machine, and the expected memory about its processors.
    let lines = out.lines().filter(|line| !line.starts_with("advice") && !line.starts_with("expected peak"));
    lines.map(|line| format!("{line}\n")).collect()
}

#[test]
fn help_of_every_command() {
    let dir = Dir::empty();
    compare("help", &printed(&dir, &["--help"]));
    for command in COMMANDS {
        compare(&format!("help-{command}"), &printed(&dir, &[command, "--help"]));
    }
    compare("help-generate-short", &printed(&dir, &["generate", "-h"]));
}

#[test]
fn every_command_that_help_lists_has_a_snapshot() {
    let dir = Dir::empty();
    let help = dir.run(["--help"]).ok().stdout();
    let listed = help.lines().take_while(|line| !line.starts_with("Options:"));
    let is_name = |line: &&str| line.starts_with("  ") && !line.starts_with("   ");
    let mut names: Vec<&str> =
        listed.filter(is_name).filter_map(|line| line.split_whitespace().next()).collect();
    names.sort_unstable();
    let mut known = COMMANDS;
    known.sort_unstable();
    assert_eq!(names, known);
}

#[test]
fn a_small_run() {
    let dir = Dir::with_project();
    let run = "generate p --backend cpu --threads 1 --batch 2 --encode-batch 2";
    compare(
        "generate-verbose",
        &steady(&printed(&dir, &format!("{run} --out v -v").split(' ').collect::<Vec<_>>())),
    );
    compare("generate", &steady(&printed(&dir, &run.split(' ').collect::<Vec<_>>())));
    compare("check", &steady(&printed(&dir, &["check", "p"])));
    compare("verify", &steady(&printed(&dir, &["verify", "out"])));
}

#[test]
fn typical_refusals() {
    let project = |configuration: &str| {
        let dir = Dir::with_project();
        dir.write("p/collection.toml", configuration);
        dir
    };
    let usual = "name = \"Test\"\nseed = 7\ncount = 4\n";
    let refused = |name: &str, dir: &Dir, arguments: &[&str]| {
        let text = steady(&printed(dir, arguments));
        assert!(text.contains("[exit code "), "{text}");
        compare(&format!("refused-{name}"), &text);
    };
    refused("no-project", &project(usual), &["generate", "nowhere"]);
    refused("no-flag", &project(usual), &["generate", "p", "--sed", "7"]);
    refused("too-many", &project(usual), &["generate", "p", "--count", "100"]);
    refused("keys", &project("cuont = 4\nsize = 8\n[[layers]]\nname = \"Hut\"\n"), &["check", "p"]);

    let dir = project(usual);
    dir.write("p/layers/Back/Torn.png", "no picture");
    dir.sized("p/layers/Hat/Wide.png", [9, 8], RED);
    refused("pictures", &dir, &["check", "p"]);

    let dir = project(usual);
    dir.write("out/thesis.txt", "mine");
    refused("foreign-folder", &dir, &["generate", "p"]);

    let dir = project(usual);
    let items = "[{\"edition\": 1, \"traits\": [\"Rod\", \"Cap\"]}]";
    let plan =
        format!("{{\"format\": \"traitpress-plan/1\", \"layers\": [\"Back\", \"Hat\"], \"items\": {items}}}");
    dir.write("plan.json", plan);
    refused("plan", &dir, &["generate", "p", "--plan", "plan.json"]);

    let dir = project(usual);
    dir.run(["generate", "p"]).ok();
    refused("finished", &dir, &["generate", "p"]);
    refused("fewer", &dir, &["generate", "p", "--resume", "--count", "2"]);
    dir.picture(Path::new("out/images/2.png"), RED);
    refused("damaged", &dir, &["verify", "out"]);
    refused("statistics", &dir, &["generate", "p", "--out", "other", "--stats", "p"]);
}
