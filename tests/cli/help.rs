//! What the program says of itself.

use crate::util::Dir;

const COMMANDS: [&str; 10] =
    ["demo", "init", "check", "plan", "generate", "verify", "metadata", "report", "sheet", "bench"];

/// The long flags that a help text lists.
fn flags(help: &str) -> Vec<String> {
    // What is further in is text that was wrapped.
    let outside = |line: &&str| line.len() - line.trim_start().len() < 8;
    let listed = help.lines().filter(outside).map(str::trim_start).filter(|line| line.starts_with('-'));
    let long = listed.filter_map(|line| line.split([' ', ',', '[']).find(|word| word.starts_with("--")));
    long.map(str::to_owned).collect()
}

#[test]
fn help_lists_the_commands() {
    let dir = Dir::empty();
    let help = dir.run(["--help"]).ok().stdout();
    for command in COMMANDS {
        assert!(help.lines().any(|line| line.trim_start().starts_with(command)), "{command}:\n{help}");
    }
    assert_eq!(dir.run(["-h"]).ok().stdout(), help);
    dir.run::<&str>([]).exited(2).warns("Usage: traitpress <COMMAND>");
}

#[test]
fn every_flag_that_help_lists_exists_and_is_explained() {
    let dir = Dir::empty();
    for command in COMMANDS {
        let help = dir.run([command, "--help"]).ok().stdout();
        let flags = flags(&help);
        assert!(flags.contains(&"--help".to_owned()), "{command}:\n{help}");
        for flag in &flags {
            // Given twice or without its value, a flag that exists is refused for that, and by its name.
            let stderr = dir.run([command, flag.as_str(), flag.as_str()]).stderr();
            assert!(!stderr.contains("unexpected argument"), "{command} {flag}: {stderr}");
        }
        dir.run([command, "--no-such-flag"]).exited(2).warns("--no-such-flag");
    }
}

#[test]
fn the_version_is_the_packages() {
    let dir = Dir::empty();
    let version = concat!("traitpress ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(dir.run(["--version"]).ok().stdout(), version);
}
