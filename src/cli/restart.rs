//! A restart of the program without the Vulkan layer that prints errors where there is no desktop.
//!
//! Mesa's layer for choosing a device asks a Wayland server for its device. Where `XDG_RUNTIME_DIR` is not set, the Wayland
//! library prints `error: XDG_RUNTIME_DIR is invalid or not set in the environment.` for each question, although nothing is
//! wrong. The loader leaves the layer out if `NODEVICE_SELECT` is set, and to set a variable of a running process is unsafe.
//! So the program replaces itself with itself: the process, its streams, its arguments and its exit code stay, and it costs
//! about a millisecond. Adapters are chosen by kind or by name, so the order that the layer would give them does not matter.

/// Restarts the program if the layer would print. Call it before anything else.
#[cfg(all(unix, not(target_vendor = "apple"), feature = "gpu"))]
pub(crate) fn without_device_select() {
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::{env, process};

    let has_runtime_dir =
        env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| Path::new(&folder).is_absolute());
    // The first is set by the restart, so there is only one. The second asks the layer for a device.
    let is_decided =
        ["NODEVICE_SELECT", "MESA_VK_DEVICE_SELECT"].iter().any(|name| env::var_os(name).is_some());
    if has_runtime_dir || is_decided {
        return;
    }
    let Ok(program) = env::current_exe() else { return };
    let mut command = process::Command::new(program);
    let mut words = env::args_os();
    if let Some(name) = words.next() {
        command.arg0(name);
    }
    // It returns only if the system refuses; the program then goes on as it is, with the layer.
    let _ = command.args(words).env("NODEVICE_SELECT", "1").exec();
}

/// Nothing to do: there is no such layer, or this build uses no GPU.
#[cfg(not(all(unix, not(target_vendor = "apple"), feature = "gpu")))]
pub(crate) fn without_device_select() {}
