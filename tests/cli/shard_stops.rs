//! Shards that are stopped, killed, made by two processes at once, or do not fit: whole or not there, and the same command
//! makes them.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::require::found;
use crate::resume::{dir, end, signal, start};
use crate::util::Dir;

const FORMS: [&str; 3] = ["tar", "folder", "pool"];

/// A command that takes its time: single items on one thread.
fn slow(form: &str) -> Vec<&str> {
    let shard = ["generate", "p", "--shard", "0/2", "--out", "parts", "--shard-form", form];
    [&shard[..], &["--threads", "1", "--batch", "1", "--encoder", "plain"]].concat()
}

/// Waits until something of a shard is being written.
fn wait_for_part(dir: &Dir) {
    let begin = Instant::now();
    let is_there = || {
        let entries = std::fs::read_dir(dir.path("parts")).into_iter().flatten().flatten();
        entries.into_iter().any(|entry| entry.file_name().to_string_lossy().ends_with(".part"))
    };
    while !is_there() {
        assert!(begin.elapsed() < Duration::from_secs(120), "no shard is begun");
        sleep(Duration::from_millis(1));
    }
    sleep(Duration::from_millis(20));
}

/// Makes what is missing, and compares the collection with one that was made at once.
fn is_the_same_in_the_end(dir: &Dir, form: &str) {
    dir.run(slow(form)).ok();
    let others = ["generate", "p", "--shards", "2", "--out", "parts", "--shard-form", form];
    dir.run([&others[..], &["--encoder", "plain"]].concat()).ok();
    let names: Vec<String> = std::fs::read_dir(dir.path("parts"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(names.is_empty(), "{names:?} is left");
    dir.run(["merge", "parts", "--out", "drop", "--unpack"]).ok();
    assert!(dir.files("drop") == dir.files("plain"), "{form}");
    std::fs::remove_dir_all(dir.path("drop")).unwrap();
    std::fs::remove_dir_all(dir.path("parts")).unwrap();
}

fn project() -> Dir {
    let dir = dir();
    // As many as are still being made when the signal comes, also by an optimized program on a quiet machine.
    dir.write("p/collection.toml", "name = \"Stopped\"\nseed = 3\ncount = 1200\n");
    dir.run(["generate", "p", "--out", "plain", "--encoder", "plain"]).ok();
    dir
}

#[test]
fn a_stopped_shard_leaves_nothing_and_a_killed_one_nothing_that_counts() {
    let dir = project();
    for form in FORMS {
        for (name, code) in [("INT", Some(130)), ("TERM", Some(143)), ("KILL", None)] {
            let child = start(&dir, &slow(form));
            wait_for_part(&dir);
            signal(&child, name);
            let (ended, said) = end(child);
            assert_eq!(ended, code, "{form} {name}: {said}");
            if code.is_some() {
                assert!(dir.files("parts").is_empty(), "{form} {name}: {:?}", dir.files("parts").keys());
                assert!(said.contains("use the same command"), "{said}");
            }
            dir.run(["merge", "parts", "--out", "drop"]).exited_beside_broken_files(2);
            is_the_same_in_the_end(&dir, form);
        }
    }
}

#[test]
fn two_processes_that_make_the_same_shard_make_one() {
    let dir = project();
    for form in FORMS {
        let both = [start(&dir, &slow(form)), start(&dir, &slow(form))];
        let codes = both.map(end);
        // A shard that another process writes is worth another try.
        assert!(codes.iter().all(|(code, _)| [Some(0), Some(75)].contains(code)), "{form}: {codes:?}");
        assert!(codes.iter().any(|(code, _)| *code == Some(0)), "{form}: {codes:?}");
        is_the_same_in_the_end(&dir, form);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_worth_another_try() {
    let dir = project();
    for form in FORMS {
        let command = slow(form).join(" ").replace("parts", "disk/parts");
        let program = env!("CARGO_BIN_EXE_traitpress");
        let script = format!(
            "mkdir -p disk && mount -t tmpfs -o size=400k tmpfs disk || exit 77
             {program} {command}; echo first $?
             find disk -type f | wc -l
             mount -o remount,size=64m disk
             {program} {command}; echo last $?
             cp -r disk/parts parts"
        );
        let arguments = ["--user", "--map-root-user", "--mount", "sh", "-c", &script];
        let output =
            Command::new("unshare").args(arguments).current_dir(dir.root()).output().expect("run unshare");
        let (said, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // Where a container forbids mounting there is nothing to test with.
        if matches!(output.status.code(), Some(77 | 1)) && !said.contains("first") {
            let missing = format!("a memory file system cannot be mounted here: {errors}");
            found(false, &missing, "util-linux, and allow user namespaces (unshare --user)");
            return;
        }
        let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.contains("shard")).collect();
        assert_eq!(lines, ["first 75", "0", "last 0"], "{form}: {errors}");
        assert!(errors.contains("free space"), "{errors}");
        is_the_same_in_the_end(&dir, form);
    }
}
