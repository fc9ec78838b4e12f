//! What is measured beside the table's columns: batches of finished pictures, ten times the items, and a plain copy.
//!
//! These are the CPU's alone, for what they ask about is the same on every back end.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use traitpress::telemetry::Stats;

use super::args::{Change, Variant};
use super::child::Work;
use super::row::{Bench, EncodeBatch, Growth};
use crate::cli::failure::Failure;

/// Finished pictures that are joined and written together.
pub(crate) const ENCODE_BATCHES: [u8; 4] = [1, 3, 5, 10];
/// How many times the items growth is measured with.
pub(crate) const GROWTH: u32 = 10;

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
}
