//! Help in groups: commands and the options of `generate` under headings, and two examples for each command.
//!
//! The groups are tables here, and not attributes of the arguments, so that what belongs together is seen at once. A command or
//! an option that is in no group fails a test.

use clap::Command;

/// Commands by what they are for, each with two examples.
type Group = (&'static str, &'static [(&'static str, [&'static str; 2])]);

const GROUPS: [Group; 5] = [
    (
        "Make a collection",
        &[
            ("demo", ["demo", "demo --out my-first-project"]),
            ("init", ["init my-art", "init my-art --rarity rarity.csv"]),
            (
                "import",
                ["import hashlips_art_engine -o my-art", "import --from-collection old-drop -o my-art"],
            ),
            ("check", ["check my-art", "check my-art --count 10000"]),
            (
                "generate",
                ["generate my-art --first 5 --out trial", "generate my-art --count 1000 --out drop"],
            ),
        ],
    ),
    (
        "Look at it",
        &[
            (
                "sheet",
                [
                    "sheet drop --count 25 --labels -o first.png",
                    "sheet drop --atlas --cell 64x64 --trim -o hero.png",
                ],
            ),
            ("report", ["report drop", "report drop --html rarity.html"]),
            ("info", ["info drop", "info drop.pool --json"]),
            ("verify", ["verify drop", "verify drop --project my-art --sample all"]),
        ],
    ),
    (
        "Change it",
        &[
            (
                "reroll",
                [
                    "reroll drop 17,230 --project my-art",
                    "reroll drop 5-9 --project my-art --lock Hat --preview",
                ],
            ),
            ("swap", ["swap drop 5,9 --project my-art", "swap drop 1,77 --project my-art --preview"]),
            ("remove", ["remove drop 5,9 --project my-art", "remove drop 5,9 --project my-art --renumber"]),
            (
                "extend",
                ["extend drop --by 50 --project my-art", "extend drop --by 50 --project my-art --seed 7"],
            ),
        ],
    ),
    (
        "Publish it",
        &[
            ("serve", ["serve my-art", "serve cats=my-art --sizes 512,128 --items drop"]),
            ("cid", ["cid drop/images", "cid drop/json"]),
            (
                "pool",
                [
                    "pool drop --project my-art --out drop.pool",
                    "pool drop --project my-art --out drop.pool --force",
                ],
            ),
            ("unpack", ["unpack drop.pool --out drop", "unpack drop.pool --pick 17,230-250 --out some"]),
            ("cat", ["cat drop.pool 17 > 17.png", "cat drop.pool 17 --json"]),
            (
                "metadata",
                [
                    "metadata drop --project my-art --base-uri https://example.org/cats --save",
                    "metadata drop --project my-art --metadata metaplex,csv",
                ],
            ),
        ],
    ),
    (
        "More",
        &[
            ("merge", ["merge parts --out drop", "merge parts --out drop --unpack"]),
            ("plan", ["plan my-art -o plan.json", "plan my-art --keep plan.json --reroll 17 -o better.json"]),
            ("export", ["export hashlips my-art -o my-hashlips", "export hashlips . -o ../my-hashlips"]),
            ("bench", ["bench my-art", "bench my-art --count 500"]),
            ("adapters", ["adapters", "adapters --json"]),
            (
                "completions",
                [
                    "completions bash > ~/.local/share/bash-completion/completions/traitpress",
                    "completions zsh > _traitpress",
                ],
            ),
            ("man", ["man ~/.local/share/man/man1", "man ."]),
        ],
    ),
];

/// Options of `generate` under a heading; whether `-h` shows them.
type Options = (&'static str, bool, &'static [&'static str]);

const OPTIONS: [Options; 8] = [
    ("Items", true, &["count", "first", "seed", "plan"]),
    ("Output", true, &["out", "force", "resume", "update"]),
    (
        "Pictures and metadata",
        true,
        &[
            "output_size",
            "format",
            "quality",
            "metadata",
            "name",
            "layout",
            "provenance",
            "thumbnails",
            "digests",
        ],
    ),
    ("Shards", false, &["shard", "shards", "shard_offset", "shard_form", "plan_digest"]),
    ("While it runs", true, &["preview", "progress", "strict"]),
    ("Compression", false, &["effort", "encoder", "recipe", "no_recipe_cache"]),
    (
        "Processor and memory",
        false,
        &["threads", "batch", "encode_batch", "trait_memory", "cache_memory", "cleanup_every"],
    ),
    (
        "Graphics adapter and figures",
        false,
        &[
            "backend",
            "adapter",
            "require_gpu",
            "gpu_memory",
            "pool_memory",
            "gpu_stages",
            "progress_every",
            "stats",
            "patterns",
        ],
    ),
];

/// The place of a command in the help; last if it is in no group.
#[cfg(test)]
pub(crate) fn place(name: &str) -> usize {
    let mut commands = GROUPS.iter().flat_map(|(_, commands)| *commands);
    commands.position(|(command, _)| *command == name).unwrap_or(usize::MAX)
}

/// The command with its help in groups.
pub(crate) fn in_groups(command: Command) -> Command {
    let template = template(&command);
    let mut command = command.help_template(template).disable_help_subcommand(true);
    for (name, examples) in GROUPS.iter().flat_map(|(_, commands)| *commands) {
        let examples = examples.map(|example| format!("  traitpress {example}")).join("\n");
        command =
            command.mut_subcommand(name, |command| command.after_help(format!("Examples:\n{examples}")));
    }
    command.mut_subcommand("generate", |mut generate| {
        for &(heading, is_usual, ids) in &OPTIONS {
            for id in ids {
                generate = generate.mut_arg(id, |arg| arg.help_heading(heading).hide_short_help(!is_usual));
            }
        }
        generate
    })
}

/// The help of the program: its commands by group.
fn template(command: &Command) -> String {
    let mut text = "{about-with-newline}\n{usage-heading} {usage}\n".to_owned();
    for (heading, commands) in GROUPS {
        text += &format!("\n{heading}:\n");
        for (name, _) in commands {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            text += &format!("  {name:<13}{}\n", about.map(ToString::to_string).unwrap_or_default());
        }
    }
    text + "\nOptions:\n{options}\n\nStart with `traitpress demo`. -h describes a command in short, --help in full.\n"
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_command_and_every_option_of_generate_is_in_one_group() {
        let command = crate::cli::command();
        let grouped: Vec<&str> =
            GROUPS.iter().flat_map(|(_, commands)| commands.iter().map(|(name, _)| *name)).collect();
        let listed: BTreeSet<&str> = command
            .get_subcommands()
            .filter(|command| !command.is_hide_set())
            .map(Command::get_name)
            .collect();
        assert_eq!(grouped.iter().copied().collect::<BTreeSet<_>>(), listed);
        assert_eq!(grouped.len(), listed.len(), "one occurs twice");
        let generate = command.find_subcommand("generate").unwrap();
        let options = generate.get_opts().filter(|arg| !arg.is_hide_set()).map(|arg| arg.get_id().as_str());
        let known: BTreeSet<&str> = OPTIONS.iter().flat_map(|(_, _, ids)| *ids).copied().collect();
        let missing: Vec<&str> = options.filter(|id| !known.contains(id) && *id != "verbose").collect();
        assert_eq!(missing, [""; 0]);
    }

    #[test]
    fn every_example_is_a_command_that_can_be_typed() {
        let words = |example: &str| -> Vec<String> {
            let typed = example.split(" > ").next().unwrap();
            std::iter::once("traitpress").chain(typed.split(' ')).map(str::to_owned).collect()
        };
        for (name, examples) in GROUPS.iter().flat_map(|(_, commands)| *commands) {
            for example in examples {
                assert!(example.starts_with(name), "{example}");
                let parsed = crate::cli::command().try_get_matches_from(words(example));
                assert!(parsed.is_ok(), "{example}: {}", parsed.unwrap_err());
            }
        }
    }
}
