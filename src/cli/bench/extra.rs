//! What is measured beside the table's columns: batches of finished pictures, ten times the items, and a plain copy.
//!
//! These are the CPU's alone, for what they ask about is the same on every back end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use traitpress::telemetry::Stats;

use super::args::{Change, Variant};
use super::child::Work;
use super::row::{Bench, median};
use crate::cli::failure::Failure;

/// Finished pictures that are joined and written together.
pub(crate) const ENCODE_BATCHES: [u8; 4] = [1, 3, 5, 10];
/// How many times the items growth is measured with.
pub(crate) const GROWTH: u32 = 10;

/// One size of encode batches.
#[derive(Debug)]
pub(crate) struct EncodeBatch {
    pub(crate) size: u8,
    pub(crate) runs: Vec<Stats>,
}

impl EncodeBatch {
    /// Seconds of work that joining and writing one item takes: what the batches are of.
    pub(crate) fn seconds_per_item(&self) -> f64 {
        median(self.runs.iter().map(|run| (run.stages.join + run.stages.write) / run.items.max(1) as f64))
    }

    pub(crate) fn items_per_second(&self) -> f64 {
        median(self.runs.iter().map(|run| run.items_per_second))
    }
}

/// The items and ten times as many, once each.
#[derive(Debug)]
pub(crate) struct Growth {
    pub(crate) one: Stats,
    pub(crate) ten: Stats,
}

/// Whether encode batches are measured at all: where whole pictures are compared with joined ones.
pub(crate) fn wants_batches(bench: &Bench) -> bool {
    bench.scenario.is_none() && bench.row(Variant::Cpu, Change::None).is_some()
}

/// Runs all sizes of encode batches in turn.
pub(crate) fn encode_batches(work: &Work, runs: u8, folder: &Path) -> Result<Vec<EncodeBatch>, Failure> {
    let mut batches = ENCODE_BATCHES.map(|size| EncodeBatch { size, runs: Vec::new() });
    for round in 0..runs {
        for batch in &mut batches {
            let out = folder.join(format!("batch-{}-{round}", batch.size));
            let told = work.press(Variant::Cpu, Change::None, Some(batch.size), &out, false)?;
            let _ = std::fs::remove_dir_all(&out);
            batch.runs.push(told.stats);
        }
    }
    Ok(batches.into())
}

/// Runs the items of `work`, and then `ten`, which are ten times as many.
pub(crate) fn growth(work: &Work, ten: &Work, folder: &Path) -> Result<Growth, Failure> {
    let run = |work: &Work, name: &str| -> Result<Stats, Failure> {
        let out = folder.join(name);
        let told = work.press(Variant::Cpu, Change::None, None, &out, false)?;
        let _ = std::fs::remove_dir_all(&out);
        Ok(told.stats)
    };
    Ok(Growth { one: run(work, "growth-1")?, ten: run(ten, "growth-10")? })
}

/// Seconds that `cp -r` takes to copy `from` to `to`, which is removed again; none where there is no such command.
pub(crate) fn copy(from: &Path, to: &Path) -> Option<f64> {
    let start = Instant::now();
    let done = Command::new("cp").arg("-r").arg("--").arg(from).arg(to).stderr(Stdio::null()).status();
    let seconds = start.elapsed().as_secs_f64();
    let _ = std::fs::remove_dir_all(to);
    done.is_ok_and(|status| status.success()).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_copy_is_timed_and_gone() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        std::fs::create_dir(&from).expect("make a folder");
        std::fs::write(from.join("file"), [7; 1000]).expect("write a file");
        assert!(copy(&from, &to).is_some_and(|seconds| seconds > 0.0));
        assert!(from.join("file").exists() && !to.exists());
        assert_eq!(copy(&folder.path().join("nothing"), &to), None);
    }

    #[test]
    fn work_an_item_is_joining_and_writing() {
        let run = |join, items| {
            let mut stats = Stats::default();
            (stats.stages.join, stats.stages.write, stats.stages.compress) = (join, 1.0, 100.0);
            stats.items = items;
            stats
        };
        let batch = EncodeBatch { size: 3, runs: vec![run(1.0, 4), run(3.0, 4), run(9.0, 4)] };
        assert_eq!(batch.seconds_per_item(), 1.0);
    }
}
