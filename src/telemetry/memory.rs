//! How much memory this process may use, and whether it runs short.
//!
//! What counts is this process' share of what it could have: what it holds, against that and what is still free.
//! So a machine that others fill does not slow a small run down, and a page cache, which the system gives
//! back when asked, is no lack of memory. Three bounds are looked at: the machine, the control groups that the process
//! is in, and the limit of its address space (`ulimit -v`). Looking takes a tenth of a millisecond and is done once a batch.
//!
//! Linux says all of it below `/proc`. Elsewhere sysinfo asks the system what the machine has and what this process holds.

use std::fs;
use std::path::{Path, PathBuf};

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

/// Memory is short when more than this share of what could be had is held, in fifths.
const SHORT: u64 = 4;
/// Bytes of a small machine, assumed where the system does not say what it has.
const UNKNOWN: u64 = 4 << 30;

/// Bytes of the program before anything is loaded: code that ran, and the libraries.
pub(crate) const PROGRAM: u64 = 8 << 20;
/// Bytes of a thread: its stack, and the allocator's for it.
pub(crate) const THREAD: u64 = 1 << 20;

/// One bound on memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bound {
    /// Bytes that all processes together may hold.
    total: u64,
    /// Bytes that this process holds.
    held: u64,
    /// Bytes that it could still get.
    left: u64,
}

impl Bound {
    /// Whether this process holds more than four fifths of what it could have.
    fn is_short(self) -> bool {
        self.held > (self.held + self.left) / 5 * SHORT
    }
}

/// Bytes of memory that this process may use: the smallest of all bounds.
pub(crate) fn usable() -> u64 {
    SystemSource.bounds().iter().map(|bound| bound.total).min().unwrap_or(UNKNOWN)
}

/// Whether this process holds most of the memory that it could have. Where the system does not say what the process
/// holds, this is never so, and the budgets alone limit it.
pub(crate) fn is_short() -> bool {
    SystemSource.bounds().into_iter().any(Bound::is_short)
}

/// Bytes of memory that this process holds now; `None` where the system does not say.
pub(crate) fn resident() -> Option<u64> {
    SystemSource.resident()
}

/// The most bytes of memory that this process has held so far; `None` where the system does not say.
pub(crate) fn peak_memory_bytes() -> Option<u64> {
    // The kernel's own high-water mark; other systems give theirs to unsafe code only.
    kilobytes(&SystemSource.status()?, "VmHWM:")
}

/// Where the numbers come from: the system, or a test.
trait Source {
    /// The text of a file below `/proc/self`; `None` where there is none.
    fn proc_file(&self, name: &str) -> Option<String>;
    /// Where the control groups are.
    fn groups(&self) -> PathBuf;
    /// Bytes that the machine has, and those that any process could still get.
    fn machine(&self) -> Option<(u64, u64)>;
    /// Bytes that this process holds, by other means than `/proc`.
    fn process(&self) -> Option<u64>;

    fn status(&self) -> Option<String> {
        self.proc_file("status")
    }

    /// Bytes that this process holds.
    fn resident(&self) -> Option<u64> {
        let linux = self.status().and_then(|status| kilobytes(&status, "VmRSS:"));
        linux.or_else(|| self.process())
    }

    /// All bounds there are.
    fn bounds(&self) -> Vec<Bound> {
        let mut bounds = Vec::new();
        let status = self.status().unwrap_or_default();
        // Pages of files, the program itself above all, are the system's to take back.
        let files = kilobytes(&status, "RssFile:").unwrap_or(0);
        // Nothing is this process' own as long as the system does not say so: what others hold is not.
        let held = self.resident().unwrap_or(0).saturating_sub(files);
        if let Some((total, left)) = self.machine() {
            bounds.push(Bound { total, held, left });
        }
        let groups = self.proc_file("cgroup").unwrap_or_default();
        bounds.extend(of_groups(&self.groups(), &groups, held));
        let limits = self.proc_file("limits").unwrap_or_default();
        if let (Some(total), Some(held)) = (address_space(&limits), kilobytes(&status, "VmSize:")) {
            bounds.push(Bound { total, held, left: total.saturating_sub(held) });
        }
        bounds
    }
}

/// The system that the program runs on.
struct SystemSource;

impl Source for SystemSource {
    fn proc_file(&self, name: &str) -> Option<String> {
        fs::read_to_string(Path::new("/proc/self").join(name)).ok()
    }

    fn groups(&self) -> PathBuf {
        PathBuf::from("/sys/fs/cgroup")
    }

    fn machine(&self) -> Option<(u64, u64)> {
        let mut system = System::new().ok()?;
        system.refresh_memory();
        Some((system.total_memory(), system.available_memory()))
    }

    fn process(&self) -> Option<u64> {
        let (mut system, own) = (System::new().ok()?, get_current_pid().ok()?);
        let memory = ProcessRefreshKind::nothing().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, memory);
        system.process(own).map(sysinfo::Process::memory)
    }
}

/// A line of `/proc/self/status`, in bytes.
fn kilobytes(status: &str, key: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The soft limit of the address space in `/proc/self/limits`, if there is one.
fn address_space(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max address space"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The control groups that limit memory, of both versions, from `/proc/self/cgroup` and the tree at `root`. A group's
/// parents limit it too; in a container the tree often begins with the group itself.
fn of_groups(root: &Path, groups: &str, held: u64) -> Vec<Bound> {
    let mut bounds = Vec::new();
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (tree, names) = match controllers {
            "" => (root.to_owned(), ["memory.max", "memory.current"]),
            _ if controllers.split(',').any(|name| name == "memory") => {
                (root.join("memory"), ["memory.limit_in_bytes", "memory.usage_in_bytes"])
            }
            _ => continue,
        };
        let path = tree.join(path.trim_start_matches('/'));
        let within = path.ancestors().take_while(|path| path.starts_with(&tree));
        bounds.extend(within.filter_map(|group| of_group(group, names, held)));
    }
    bounds
}

/// The bound that one group sets.
fn of_group(group: &Path, [limit, usage]: [&str; 2], held: u64) -> Option<Bound> {
    // Version 2 writes `max` for no limit, version 1 a number next to 2^63.
    let number = |name: &str| fs::read_to_string(group.join(name)).ok()?.trim().parse::<u64>().ok();
    let total = number(limit).filter(|&total| total < 1 << 62)?;
    let stat = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let of = |key: &str| -> u64 {
        let line = stat.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
        line.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
    };
    // Pages of files count as used, and go when there is need; a memory file system's do not, and are not among these.
    let files = ["inactive_file", "active_file"].map(|name| of(&format!("total_{name}")).max(of(name)));
    let used = number(usage)?.saturating_sub(files.iter().sum());
    Some(Bound { total, held, left: total.saturating_sub(used) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_short_above_four_fifths_of_what_this_process_could_have() {
        let short = |held, left| Bound { total: 1000, held, left }.is_short();
        assert!(!short(800, 200) && short(801, 199) && short(1000, 0));
        // Others hold nearly everything: there is little left, but little is held.
        assert!(!short(10, 50) && short(10, 1));
        assert!(!short(0, 0));
    }

    #[test]
    fn limits_of_the_address_space_are_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max cpu time              unlimited            unlimited            seconds   \n\
                      Max address space         1073741824           unlimited            bytes     \n";
        assert_eq!(address_space(limits), Some(1 << 30));
        assert_eq!(address_space(&limits.replace("1073741824", "unlimited ")), None);
        assert_eq!(kilobytes("VmPeak:\t  900 kB\nVmRSS:\t   12 kB\n", "VmRSS:"), Some(12 << 10));
        assert_eq!(kilobytes("VmPeak:\t  900 kB\n", "VmRSS:"), None);
    }

    #[test]
    fn groups_of_both_versions_and_their_parents_are_bounds_and_files_are_no_use_of_memory() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("a/memory.max", "1000\n");
        write("a/memory.current", "900\n");
        write("a/memory.stat", "anon 300\ninactive_file 400\nactive_file 100\nshmem 100\n");
        write("a/b/memory.max", "max\n");
        write("a/b/memory.current", "700\n");
        assert_eq!(of_groups(root.path(), "0::/a/b\n", 250), [Bound { total: 1000, held: 250, left: 600 }]);
        write("memory/job/memory.limit_in_bytes", "500\n");
        write("memory/job/memory.usage_in_bytes", "480\n");
        write("memory/job/memory.stat", "cache 9\ntotal_inactive_file 80\ntotal_active_file 0\n");
        write("memory/memory.limit_in_bytes", "9223372036854771712\n");
        write("memory/memory.usage_in_bytes", "480\n");
        let groups = "5:cpu:/job\n4:memory:/job\n0::/\n";
        assert_eq!(of_groups(root.path(), groups, 90), [Bound { total: 500, held: 90, left: 100 }]);
        // A container shows the process' own group as the root, whatever the path says.
        write("memory/memory.limit_in_bytes", "600\n");
        assert_eq!(
            of_groups(root.path(), "4:memory:/elsewhere\n", 9),
            [Bound { total: 600, held: 9, left: 120 }]
        );
        assert_eq!(of_groups(root.path(), "nonsense", 9), []);
    }

    /// A system without `/proc`, as macOS and Windows are.
    struct NoProc {
        machine: (u64, u64),
        process: Option<u64>,
    }

    impl Source for NoProc {
        fn proc_file(&self, _: &str) -> Option<String> {
            None
        }

        fn groups(&self) -> PathBuf {
            PathBuf::from("/nothing/is/here")
        }

        fn machine(&self) -> Option<(u64, u64)> {
            Some(self.machine)
        }

        fn process(&self) -> Option<u64> {
            self.process
        }
    }

    #[test]
    fn without_proc_a_machine_that_others_fill_is_no_shortage_of_ours() {
        let busy = |process| NoProc { machine: (16 << 30, 1 << 30), process };
        let bounds = busy(Some(300 << 20)).bounds();
        assert_eq!(bounds, [Bound { total: 16 << 30, held: 300 << 20, left: 1 << 30 }]);
        assert!(!bounds[0].is_short());
        assert_eq!(busy(Some(300 << 20)).resident(), Some(300 << 20));
        // What this process itself fills is one.
        assert!(busy(Some(14 << 30)).bounds()[0].is_short());
        // And where nothing says what it holds, the budgets limit it.
        assert!(!busy(None).bounds()[0].is_short());
        assert_eq!(busy(None).resident(), None);
    }

    #[test]
    fn this_machine_has_memory() {
        assert!(usable() > 64 << 20);
        // Sysinfo must agree with `/proc` where both are there; the process goes on allocating in between.
        let own = SystemSource.process().unwrap();
        assert!(own > 1 << 20, "{own}");
        if cfg!(target_os = "linux") {
            let resident = resident().unwrap();
            assert!(resident > 1 << 20);
            assert!(own.abs_diff(resident) < 256 << 20, "sysinfo says {own}, /proc {resident}");
        }
    }
}
