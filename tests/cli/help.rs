//! What the program says of itself.

use crate::util::Dir;

/// All commands.
pub(crate) const COMMANDS: [&str; 26] = [
    "demo",
    "init",
    "import",
    "check",
    "plan",
    "generate",
    "merge",
    "reroll",
    "swap",
    "remove",
    "extend",
    "export",
    "verify",
    "info",
    "cid",
    "pool",
    "unpack",
    "cat",
    "metadata",
    "report",
    "sheet",
    "serve",
    "bench",
    "adapters",
    "completions",
    "man",
];

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
    dir.run::<&str>([]).exited(2).warns("Usage: traitpress [OPTIONS] <COMMAND>");
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

#[test]
fn each_command_has_two_examples() {
    let dir = Dir::empty();
    for command in COMMANDS {
        for flag in ["-h", "--help"] {
            let help = dir.run([command, flag]).ok().stdout();
            let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("{command}:\n{help}"));
            let start = format!("  traitpress {command}");
            assert_eq!(examples.lines().filter(|line| line.starts_with(&start)).count(), 2, "{help}");
        }
    }
}

#[test]
fn the_short_help_of_generate_leaves_out_what_few_need_and_the_long_one_has_all() {
    let dir = Dir::empty();
    let (short, long) =
        (dir.run(["generate", "-h"]).ok().stdout(), dir.run(["generate", "--help"]).ok().stdout());
    for flag in ["--count", "--first", "--out", "--resume"] {
        assert!(short.contains(flag) && long.contains(flag), "{flag}");
    }
    for flag in ["--gpu-memory", "--encode-batch", "--cleanup-every"] {
        assert!(!short.contains(flag) && long.contains(flag), "{flag}");
    }
    assert!(
        flags(&short).len() * 3 < flags(&long).len() * 2,
        "{} {}",
        flags(&short).len(),
        flags(&long).len()
    );
}

#[test]
fn completions_and_manual_pages_have_every_command() {
    let dir = Dir::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = dir.command(["completions", shell]).output().expect("run the program");
        let script = String::from_utf8(script.stdout).expect("text");
        assert!(COMMANDS.iter().all(|command| script.contains(command)), "{shell}");
        assert!(!script.contains("bench-run"), "{shell}: it is for the program itself");
        assert!(
            script.contains("--output-size") || shell == "fish" && script.contains("output-size"),
            "{shell}"
        );
    }
    dir.run(["man", "pages"]).ok().says("written to pages");
    for command in COMMANDS {
        let page = String::from_utf8(dir.read(format!("pages/traitpress-{command}.1"))).expect("text");
        assert!(page.contains(".SH") && page.contains("Examples"), "{command}");
    }
    assert!(
        String::from_utf8(dir.read("pages/traitpress.1")).expect("text").contains("traitpress\\-reroll(1)")
    );
    dir.run(["completions", "tcsh"]).exited(2).warns("possible values: bash");
    dir.run(["genrate"]).exited(2).warns("'generate'");
    dir.run(["generate", "--sed", "7"]).exited(2).warns("--seed");
}
