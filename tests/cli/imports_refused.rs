//! Imports that are refused: hostile configurations, folders that are nothing, targets that are in the way.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::imports::source;
use crate::util::Dir;

/// What a hostile script tries to write.
const MARK: &str = "traitpress-was-here";

#[test]
fn hostile_configurations_end_in_one_error_and_touch_nothing() {
    let expected: Value =
        serde_json::from_slice(&fs::read(source("13").join("expected.json")).expect("a file")).expect("JSON");
    let cases = expected["cases"].as_object().expect("cases");
    assert_eq!(cases.len(), 18);
    for (case, wanted) in cases {
        let dir = Dir::empty();
        let from = source("13").join(case);
        let begun = Instant::now();
        let ran = dir.run(["import", from.to_str().expect("a path"), "-o", "p"]);
        let took = begun.elapsed();
        // Only to stop a hang: the script itself has two seconds.
        assert!(took < Duration::from_secs(10), "{case} took {took:?}");
        assert!(
            !dir.exists(MARK) && !from.join(MARK).exists() && !from.join("src").join(MARK).exists(),
            "{case}"
        );
        if case == "proto" {
            ran.ok();
            let text = String::from_utf8(dir.read("p/collection.toml")).expect("text");
            assert!(text.contains("count = 1\n") && text.contains("name = \"A\""), "{text}");
            continue;
        }
        ran.exited(1);
        assert!(!dir.exists("p"), "{case} left something");
        let said = ran.stderr();
        assert_eq!(said.lines().count(), 1, "{case}: {said}");
        assert!(said.contains(&from.to_string_lossy().into_owned()), "{case}: {said}");
        let wanted = wanted.as_str().expect("a text");
        let part = match case.as_str() {
            "loop" | "regex" | "getter" => "2 seconds",
            "memory" => "64 MB",
            "recursion" => "too deeply",
            "child" => "child_process",
            "escape" | "paths" => "outside",
            "promise" | "empty" => "no layerConfigurations",
            "infinite" => "format.width",
            "syntax" => "src/config.js:1: ",
            "fs" => "writeFileSync",
            "exit" => "process.exit",
            _ => "",
        };
        assert!(said.contains(part), "{case}, which is {wanted}: {said}");
    }
}

#[test]
fn the_memory_of_a_script_is_limited() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let dir = Dir::empty();
    let from = source("13").join("memory");
    // 256 MB of address space would be too little for the program's own maps, so its data is limited.
    #[cfg(unix)]
    {
        let ran = dir.run_after("ulimit -d 262144", &["import", from.to_str().expect("a path"), "-o", "p"]);
        ran.exited(1);
        assert!(ran.stderr().contains("64 MB"), "{}", ran.stderr());
    }
    let _ = from;
    assert!(!dir.exists("p"));
}

#[test]
fn sources_and_targets_that_do_not_fit_are_refused() {
    let dir = Dir::with_project();
    let hashlips = source("01");
    let hashlips = hashlips.to_str().expect("a path");
    for (arguments, part) in [
        (vec!["import", "nothing"], "there is no such file or folder"),
        (vec!["import", "p"], "no project of a program that is read"),
        (vec!["import", hashlips, "-o", "p"], "already exists"),
        (vec!["import", hashlips, "-o", "no/p"], "cannot open"),
    ] {
        let before = dir.files(".");
        let ran = dir.run(&arguments);
        assert!(ran.code().is_some_and(|code| code == 1 || code == 2), "{arguments:?}");
        assert!(ran.stderr().contains(part), "{arguments:?}: {}", ran.stderr());
        assert_eq!(dir.files("."), before, "{arguments:?}");
    }
    let grouped = source("03");
    let ran = dir.run(["import", grouped.to_str().expect("a path"), "-o", "q", "--count", "5"]);
    assert!(ran.stderr().contains("remove --count"), "{}", ran.stderr());
    assert!(!dir.exists("q"));
}

#[test]
fn projects_of_animations_are_refused_by_name() {
    let dir = Dir::empty();
    let settings = r#"{ "totalSupply": 10, "width": 512, "framesPerSecond": 12, "numberOfFrames": 2 }"#;
    dir.write("a/global_config.json", settings);
    dir.write("a/step2/src/config.js", "module.exports = { layerConfigurations: [] };");
    for frame in 0..2 {
        dir.picture(format!("a/step1/layers/Ball/Red#1/{frame}.png"), [9, 9, 9, 255]);
    }
    for source in ["a", "a/step2", "a/global_config.json"] {
        let ran = dir.run(["import", source, "-o", "p"]);
        ran.exited(1);
        let said = ran.stderr();
        assert!(said.contains("a/global_config.json: this project makes animations"), "{said}");
        assert!(!dir.exists("p"));
    }
}

#[test]
fn nothing_is_written_into_the_source() {
    let dir = Dir::empty();
    let from = source("01");
    for name in ["src/config.js", "constants/blend_mode.js", "constants/network.js"] {
        dir.write(format!("h/{name}"), fs::read(from.join(name)).expect("a file"));
    }
    for layer in ["Sky", "Lamp", "Shade", "Cord"] {
        dir.picture(format!("h/layers/{layer}/One#1.png"), [9, 9, 9, 255]);
    }
    let ran = dir.run(["import", "h", "-o", "h/new"]);
    ran.exited(2);
    assert!(ran.stderr().contains("does not change"), "{}", ran.stderr());
    let ran = dir.run(["import", "h"]);
    assert!(ran.ok().stdout().contains("wrote h-traitpress\n"), "{}", ran.stdout());
    // From within the project, by its configuration, to a folder beside it.
    let mut command = dir.command(["import", "src/config.js", "-o", "../again"]);
    command.current_dir(dir.path("h"));
    dir.run_command(command).ok();
    assert_eq!(dir.read("again/collection.toml"), dir.read("h-traitpress/collection.toml"));
}

#[test]
fn other_commands_name_import_in_a_project_of_another_program() {
    for name in ["01", "05", "06", "08", "09", "10", "12"] {
        let dir = Dir::empty();
        let from = source(name);
        for (file, bytes) in crate::imports::files_of(&from) {
            dir.write(Path::new("h").join(file), bytes);
        }
        let before = dir.files("h");
        for command in
            [vec!["check", "h"], vec!["generate", "h"], vec!["init", "h"], vec!["plan", "h", "-o", "x"]]
        {
            let ran = dir.run(&command);
            ran.exited(2);
            let said = ran.stderr();
            assert!(said.contains("traitpress import h"), "{name} {command:?}: {said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
        assert_eq!(dir.files("h"), before, "{name}");
        // A configuration of ours says that it is ours.
        dir.write("h/collection.toml", "");
        assert!(!dir.run(["check", "h"]).stderr().contains("import"), "{name}");
    }
}

#[test]
fn ordinary_folders_are_not_taken_for_projects_of_other_programs() {
    let dir = Dir::empty();
    dir.picture("p/layers/Back__w10/Red.png", [9, 9, 9, 255]);
    dir.write("p/config.js", "export default { entry: 'x' };");
    dir.write("p/package.json", "{ \"name\": \"site\" }");
    dir.write("p/data.json", "{ \"layers\": [1] }");
    dir.write("p/config.py", "CONFIG = 5");
    dir.run(["check", "p", "--count", "1"]).ok();
}
