//! The measurements: a row for each way to make the pictures, with all its runs, the encode batches, and the growth.

use traitpress::telemetry::{GpuStats, Stats};

use super::args::{Change, Variant};
use super::bound::Bound;
use super::scenario::Scenario;

/// One way to make the pictures.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) variant: Variant,
    pub(crate) change: Change,
    /// Why it was not run, if it was not: it would have been the same as without the change.
    pub(crate) without_effect: Option<&'static str>,
    pub(crate) runs: Vec<Stats>,
    /// Seconds of each run from the start of its process to its end.
    pub(crate) whole: Vec<f64>,
    /// Seconds that copying its output took, where that was measured.
    pub(crate) copies: Vec<f64>,
}

/// The middle of some values; 0 of none.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        count if count % 2 == 1 => values[count / 2],
        count => (values[count / 2 - 1] + values[count / 2]) / 2.0,
    }
}

impl Row {
    pub(crate) fn new(variant: Variant, change: Change) -> Self {
        Self {
            variant,
            change,
            without_effect: None,
            runs: Vec::new(),
            whole: Vec::new(),
            copies: Vec::new(),
        }
    }

    /// The middle of the runs.
    pub(crate) fn median(&self, of: impl Fn(&Stats) -> f64) -> f64 {
        median(self.runs.iter().map(of))
    }

    /// The least and the most of the runs.
    pub(crate) fn range(&self, of: impl Fn(&Stats) -> f64) -> [f64; 2] {
        let values = self.sorted(of);
        [0, values.len().saturating_sub(1)].map(|at| values.get(at).copied().unwrap_or(0.0))
    }

    /// The median of what not every run has; none if none has.
    pub(crate) fn median_of_some(&self, of: impl Fn(&Stats) -> Option<f64>) -> Option<f64> {
        let some = self.runs.iter().any(|stats| of(stats).is_some());
        some.then(|| self.median(|stats| of(stats).unwrap_or(0.0)))
    }

    /// The median of whole runs, in seconds.
    pub(crate) fn whole(&self) -> Option<f64> {
        (!self.whole.is_empty()).then(|| median(self.whole.iter().copied()))
    }

    /// The median of copies of the output, in seconds.
    pub(crate) fn copy(&self) -> Option<f64> {
        (!self.copies.is_empty()).then(|| median(self.copies.iter().copied()))
    }

    /// How many times as long as copying its output a whole run takes.
    pub(crate) fn against_copy(&self) -> Option<f64> {
        Some(self.whole()? / self.copy().filter(|seconds| *seconds > 0.0)?)
    }

    pub(crate) fn items_per_second(&self) -> f64 {
        self.median(|stats| stats.items_per_second)
    }

    /// What bounded the run with the median of items a second, or the one below that.
    pub(crate) fn bound(&self) -> Option<Bound> {
        let mut runs: Vec<&Stats> = self.runs.iter().collect();
        runs.sort_by(|a, b| a.items_per_second.total_cmp(&b.items_per_second));
        runs.get(runs.len().saturating_sub(1) / 2).and_then(|stats| Bound::of(stats))
    }

    /// What its GPU did in the last run, if there was one.
    pub(crate) fn gpu(&self) -> Option<&GpuStats> {
        self.runs.last().and_then(|stats| stats.gpu.as_ref())
    }

    fn sorted(&self, of: impl Fn(&Stats) -> f64) -> Vec<f64> {
        let mut values: Vec<f64> = self.runs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values
    }
}

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

/// Everything that was measured, and what was measured with.
#[derive(Debug)]
pub(crate) struct Bench {
    pub(crate) project: String,
    pub(crate) layers: usize,
    pub(crate) traits: usize,
    pub(crate) canvas: [u32; 2],
    pub(crate) items: usize,
    /// Items that no other equals.
    pub(crate) different: usize,
    pub(crate) seed: Option<u64>,
    pub(crate) scenario: Option<Scenario>,
    pub(crate) runs: u8,
    /// Where the pictures went, for a memory file system and a disk are not alike.
    pub(crate) out: String,
    pub(crate) rows: Vec<Row>,
    /// Pictures of the plain way whose pixels were compared with the others'.
    pub(crate) compared: usize,
    /// Sizes of encode batches, where they were measured.
    pub(crate) batches: Vec<EncodeBatch>,
    pub(crate) growth: Option<Growth>,
}

impl Bench {
    /// The row of a variant and a change.
    pub(crate) fn row(&self, variant: Variant, change: Change) -> Option<&Row> {
        self.rows.iter().find(|row| row.variant == variant && row.change == change)
    }

    /// How many times the items a second of `variant`, with everything on, are in `row`.
    pub(crate) fn against(&self, row: &Row, variant: Variant) -> Option<f64> {
        let other = self.row(variant, Change::None)?.items_per_second();
        (!row.runs.is_empty() && other > 0.0).then(|| row.items_per_second() / other)
    }

    /// What the change of `row` takes away: items a second with everything on, by those without it.
    pub(crate) fn worth(&self, row: &Row) -> Option<f64> {
        self.against(row, row.variant).filter(|ratio| *ratio > 0.0).map(f64::recip)
    }

    pub(crate) fn threads(&self) -> usize {
        self.rows.iter().flat_map(|row| &row.runs).map(|stats| stats.threads).next().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ranges() {
        let row = |rates: &[f64]| {
            let mut row = Row::new(Variant::Cpu, Change::None);
            row.runs = vec![Stats::default(); rates.len()];
            row.runs.iter_mut().zip(rates).for_each(|(stats, rate)| stats.items_per_second = *rate);
            (row.items_per_second(), row.range(|stats| stats.items_per_second))
        };
        assert_eq!(row(&[]), (0.0, [0.0, 0.0]));
        assert_eq!(row(&[5.0]), (5.0, [5.0, 5.0]));
        assert_eq!(row(&[9.0, 1.0, 4.0]), (4.0, [1.0, 9.0]));
        assert_eq!(row(&[9.0, 1.0, 4.0, 6.0]), (5.0, [1.0, 9.0]));
    }

    #[test]
    fn a_run_is_compared_with_copies_of_its_output() {
        let mut row = Row::new(Variant::Cpu, Change::None);
        assert_eq!((row.whole(), row.copy(), row.against_copy()), (None, None, None));
        row.whole = vec![3.0, 9.0, 1.0];
        assert_eq!(row.against_copy(), None, "nothing was copied");
        row.copies = vec![2.0, 2.0, 7.0];
        assert_eq!(row.against_copy(), Some(1.5));
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
