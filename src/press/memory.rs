//! How much memory this process may use, and whether it runs short.

use sysinfo::System;

/// Memory is short when less than one part in this many is left.
const SHORT: u64 = 10;
/// Bytes of a small machine, assumed where the system does not tell.
const UNKNOWN: u64 = 4 << 30;

/// Total and free bytes: the machine's, and the control group's where there is one. Nothing if the system does not tell.
fn limits() -> impl Iterator<Item = (u64, u64)> {
    let system = System::new().ok().map(|mut system| {
        system.refresh_memory();
        system
    });
    let machine = system.as_ref().map(|system| (system.total_memory(), system.available_memory()));
    let group = system.and_then(|system| system.cgroup_limits());
    machine.into_iter().chain(group.map(|group| (group.total_memory, group.free_memory)))
}

/// Bytes of memory that this process may use: the machine's, or the control group's limit where that is less.
pub(crate) fn usable() -> u64 {
    limits().map(|(total, _)| total).min().unwrap_or(UNKNOWN)
}

/// Whether little of the memory that this process may use is left. Where the system does not tell, the budgets must do.
pub(crate) fn is_short() -> bool {
    limits().any(|(total, free)| free < total / SHORT)
}
