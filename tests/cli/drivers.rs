//! Messages of graphics drivers: without a desktop, Mesa prints lines that begin with `error:` although nothing is wrong.

use std::process::Command;

use crate::util::{DRIVER_LISTS, Dir, adapter};

/// The program in an environment without a desktop, as in a container.
fn without_desktop(dir: &Dir, arguments: &[&str]) -> Command {
    let mut command = dir.command(arguments);
    for name in ["XDG_RUNTIME_DIR", "WAYLAND_DISPLAY", "DISPLAY", "NODEVICE_SELECT", "MESA_VK_DEVICE_SELECT"]
    {
        command.env_remove(name);
    }
    DRIVER_LISTS.iter().for_each(|name| _ = command.env_remove(name));
    command
}

#[test]
fn no_command_prints_an_error_line_of_a_driver() {
    // Without a driver there is nobody who could print such a line.
    if adapter().is_none() {
        return;
    }
    let dir = Dir::with_project();
    for arguments in [
        &["demo", "--out", "demo"][..],
        &["adapters"],
        &["check", "p"],
        &["plan", "p", "-o", "plan.json"],
        &["generate", "p", "--backend", "auto"],
        &["generate", "p", "--backend", "auto", "--progress", "none", "--out", "quiet"],
        &["verify", "out", "--project", "p"],
        &["sheet", "out"],
        &["report", "out"],
        &["metadata", "out", "--base-uri", "ipfs://x/"],
        &["bench", "p", "--runs", "1", "--count", "2"],
    ] {
        let ran = dir.run_command(without_desktop(&dir, arguments));
        let stderr = ran.ok().stderr();
        assert!(!stderr.lines().any(|line| line.starts_with("error:")), "{arguments:?}: {stderr}");
    }
}

#[test]
fn an_exit_code_and_arguments_survive_where_there_is_no_desktop() {
    let dir = Dir::with_project();
    // Arguments with spaces, and one that is no option of the program.
    let ran = dir.run_command(without_desktop(&dir, &["check", "no such folder"]));
    ran.refused(2, &[&["no such folder", "does not exist"]]);
    dir.run_command(without_desktop(&dir, &["--wrong"])).exited(2).warns("Usage: traitpress");
}
