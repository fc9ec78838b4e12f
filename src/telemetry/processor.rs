//! Processor seconds of this process: what its threads computed, whatever else the machine did meanwhile.
//!
//! The wall clock of a run on a busy machine says how busy the machine was. Processor seconds are nearly the same on a
//! quiet and on a busy one, so versions and settings are compared by these. Unix systems report them in microseconds,
//! with the part that was spent in the system's own code (page faults, files). Elsewhere sysinfo gives the sum in
//! milliseconds.

use std::time::{Duration, Instant};

#[cfg(any(not(unix), test))]
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

/// Processor seconds, summed over all threads.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ProcessorSeconds {
    /// In the program and in the system for it; 0 where the system does not report it.
    pub seconds: f64,
    /// Of these, in the system's own code; `None` where the system does not report it.
    pub system: Option<f64>,
}

impl ProcessorSeconds {
    /// What this process has used since it began.
    #[must_use]
    pub fn of_process() -> Self {
        of_process().unwrap_or_default()
    }

    /// What was used after `before`.
    pub(crate) fn since(self, before: Self) -> Self {
        let system = self.system.zip(before.system).map(|(now, before)| now - before);
        Self { seconds: self.seconds - before.seconds, system }
    }
}

/// Processor seconds of a run's stages.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ProcessorUse {
    /// The whole process, from its start to the end of the run: decoding too.
    pub total: ProcessorSeconds,
    /// While the items were pressed. In a service this includes what other threads of the process did meanwhile.
    pub press: ProcessorSeconds,
}

/// Both clocks of a stage.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    wall: Instant,
    processor: ProcessorSeconds,
}

impl Stopwatch {
    /// Begins now.
    pub(crate) fn start() -> Self {
        Self { wall: Instant::now(), processor: ProcessorSeconds::of_process() }
    }

    /// The time that has passed.
    pub(crate) fn elapsed(&self) -> Duration {
        self.wall.elapsed()
    }

    /// The processor time that the process has used meanwhile.
    pub(crate) fn processor(&self) -> ProcessorSeconds {
        ProcessorSeconds::of_process().since(self.processor)
    }
}

#[cfg(unix)]
fn of_process() -> Option<ProcessorSeconds> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::{TimeVal, TimeValLike as _};
    let usage = getrusage(UsageWho::RUSAGE_SELF).ok()?;
    let seconds = |time: TimeVal| time.num_microseconds() as f64 / 1e6;
    let system = seconds(usage.system_time());
    Some(ProcessorSeconds { seconds: seconds(usage.user_time()) + system, system: Some(system) })
}

#[cfg(not(unix))]
fn of_process() -> Option<ProcessorSeconds> {
    by_sysinfo().map(|seconds| ProcessorSeconds { seconds, system: None })
}

/// What sysinfo reports, which Linux counts in ticks of ten milliseconds and Windows in milliseconds.
#[cfg(any(not(unix), test))]
fn by_sysinfo() -> Option<f64> {
    let (mut system, own) = (System::new().ok()?, get_current_pid().ok()?);
    let kind = ProcessRefreshKind::nothing().with_cpu();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, kind);
    system.process(own).map(|process| process.accumulated_cpu_time() as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computes until the process has used `seconds` more.
    fn work(seconds: f64) {
        let until = ProcessorSeconds::of_process().seconds + seconds;
        while ProcessorSeconds::of_process().seconds < until {
            std::hint::black_box((0..10_000_u64).fold(0, |sum, number| sum ^ number.wrapping_mul(sum)));
        }
    }

    #[test]
    fn computing_takes_processor_time_and_both_sources_agree() {
        let watch = Stopwatch::start();
        work(0.05);
        let used = watch.processor();
        assert!(used.seconds >= 0.05, "{used:?}");
        // Read one inside the other, for other tests of this process are running.
        let before = ProcessorSeconds::of_process().seconds;
        let sysinfo = by_sysinfo().unwrap();
        let after = ProcessorSeconds::of_process().seconds;
        assert!(before - 0.05 <= sysinfo && sysinfo <= after + 0.05, "{before} {sysinfo} {after}");
        if cfg!(unix) {
            assert!(used.system.is_some_and(|system| system <= used.seconds), "{used:?}");
        }
    }

    #[test]
    fn a_difference_has_a_system_part_only_where_both_have_one() {
        let of = |seconds, system| ProcessorSeconds { seconds, system };
        assert_eq!(of(5.0, Some(2.0)).since(of(1.0, Some(0.5))), of(4.0, Some(1.5)));
        assert_eq!(of(5.0, None).since(of(1.0, Some(0.5))), of(4.0, None));
    }
}
