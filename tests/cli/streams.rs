//! Readers that went away and disks that are full: nobody listening is no reason to stop, or to panic.

use std::process::{Command, Stdio};

use crate::util::Dir;

/// The end of a pipe that nobody reads.
fn broken_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("make a pipe");
    drop(reader);
    writer.into()
}

#[cfg(target_os = "linux")]
fn full_disk() -> Stdio {
    std::fs::OpenOptions::new().write(true).open("/dev/full").expect("open /dev/full").into()
}

fn without_stdout(mut command: Command) -> Command {
    command.stdout(broken_pipe());
    command
}

#[test]
fn a_command_whose_output_nobody_reads_is_finished_all_the_same() {
    let dir = Dir::with_project();
    for arguments in [
        &["check", "p"][..],
        &["plan", "p"],
        &["plan", "p", "-o", "plan.json", "--force"],
        &["--help"],
        &["--version"],
    ] {
        dir.run_command_as_set_up(without_stdout(dir.command(arguments))).ok();
        let mut both = without_stdout(dir.command(arguments));
        both.stderr(broken_pipe());
        dir.run_command_as_set_up(both).ok();
    }
    let (init, demo) = (Dir::with_project(), Dir::empty());
    std::fs::remove_file(init.path("p/collection.toml")).unwrap();
    let mut command = without_stdout(init.command(["init", "p"]));
    command.stderr(broken_pipe());
    init.run_command_as_set_up(command).ok();
    assert!(init.exists("p/preview.png"));
    demo.run_command_as_set_up(without_stdout(demo.command(["demo"]))).ok();
    assert!(demo.exists("traitpress-demo/sheet.png"));
}

/// The lines of these commands say whether all is well, so losing them is no success.
#[test]
fn a_summary_that_nobody_reads_is_a_failure_of_a_run_that_is_complete() {
    let dir = Dir::with_project();
    let generate = &["generate", "p", "--force"][..];
    let mut streams = vec![(broken_pipe as fn() -> Stdio, "it was closed before all output was written")];
    #[cfg(target_os = "linux")]
    streams.push((full_disk as fn() -> Stdio, "free space"));
    for (stream, what) in streams {
        for (arguments, beside) in
            [(generate, "the collection is complete"), (&["verify", "out"], "the comparison was completed")]
        {
            let mut command = dir.command(arguments);
            command.stdout(stream()).stderr(Stdio::piped());
            let ran = dir.run_command_as_set_up(command);
            ran.exited(1);
            let said = ran.stderr();
            assert!(
                said.contains("standard output: ") && said.contains(what) && said.contains(beside),
                "{said}"
            );
        }
        assert_eq!(dir.files("out/images").len(), 4);
        dir.run(["verify", "out"]).ok();
    }
    // With both streams lost the exit code is all that is left.
    let mut both = without_stdout(dir.command(generate));
    both.stderr(broken_pipe());
    dir.run_command_as_set_up(both).exited(1);
}

#[test]
fn a_refusal_that_nobody_reads_keeps_its_exit_code() {
    let dir = Dir::with_project();
    dir.write("p/layers/Back/Text.png", "text");
    for (arguments, code) in
        [(&["check", "p"][..], 1), (&["generate", "p"], 1), (&["check", "nowhere"], 2), (&["--wrong"], 2)]
    {
        for stderr in [
            broken_pipe(),
            #[cfg(target_os = "linux")]
            full_disk(),
        ] {
            let mut command = without_stdout(dir.command(arguments));
            command.stderr(stderr);
            dir.run_command_as_set_up(command).exited(code);
        }
    }
}

#[test]
fn warnings_and_drawn_seeds_that_nobody_reads_stop_nothing() {
    let dir = Dir::with_project();
    dir.write("p/layers/Back/notes.txt", "a warning");
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    let mut command = dir.command(["generate", "p", "--count", "3"]);
    command.stderr(broken_pipe());
    dir.run_command_as_set_up(command).ok();
    assert_eq!(dir.files("out/images").len(), 3);
}

#[cfg(unix)]
#[test]
fn the_first_lines_of_a_long_plan_can_be_looked_at() {
    let dir = Dir::with_busy_project();
    let mut command = Command::new("bash");
    let script =
        "set -o pipefail; \"$0\" plan p --count 200 | head -n 2 && ! \"$0\" generate p 2>&1 | head -n 0";
    command.args(["-c", script, env!("CARGO_BIN_EXE_traitpress")]).current_dir(dir.root());
    let ran = dir.run_command(command);
    ran.ok().says("traitpress-plan/1");
    assert_eq!(ran.stderr(), "");
    assert_eq!(dir.files("out/images").len(), 40);
}

#[cfg(target_os = "linux")]
#[test]
fn a_plan_that_does_not_fit_the_disk_is_a_failure() {
    let dir = Dir::with_project();
    let mut command = dir.command(["plan", "p"]);
    command.stdout(full_disk());
    dir.run_command_as_set_up(command).refused(1, &[&["standard output", "cannot write the plan"]]);
    let ran = dir.run_after("trap '' XFSZ; ulimit -f 0", &["plan", "p", "-o", "plan.json"]);
    ran.refused(1, &[&["plan.json", "cannot write the plan"]]);
    assert!(!dir.exists("plan.json"), "no part of a plan stays behind");
    assert_eq!(std::fs::read_dir(dir.root()).unwrap().count(), 1, "no temporary file either");
}

#[cfg(target_os = "linux")]
#[test]
fn a_report_that_is_not_written_to_its_end_is_no_success() {
    let dir = Dir::with_project();
    dir.run(["generate", "p", "--count", "3"]).ok();
    for arguments in [&["report", "out"][..], &["verify", "out"], &["verify", "out", "--json"]] {
        let mut command = dir.command(arguments);
        command.stdout(full_disk()).stderr(Stdio::piped());
        dir.run_command_as_set_up(command).refused(1, &[&["standard output", "free space"]]);
    }
}
