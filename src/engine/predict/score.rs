//! Predictions against what came.

use std::collections::BTreeSet;

use crate::geometry::TraitId;
use crate::telemetry::PredictorStats;

/// Keeps what was predicted for the next item until that is made.
#[derive(Debug, Default)]
pub(super) struct Score {
    stats: PredictorStats,
    pending: BTreeSet<TraitId>,
}

impl Score {
    /// Traits were named for the next item. However often is asked before it is made, it is one attempt, and a
    /// trait counts once.
    pub(super) fn predicted(&mut self, ids: impl IntoIterator<Item = TraitId>) {
        for id in ids {
            self.stats.attempted += u64::from(self.pending.is_empty());
            self.stats.predicted_traits += u64::from(self.pending.insert(id));
        }
    }

    /// The next item was made.
    pub(super) fn observed(&mut self, shown: impl IntoIterator<Item = TraitId>) {
        if self.pending.is_empty() {
            return;
        }
        let right = shown.into_iter().filter(|id| self.pending.contains(id)).count() as u64;
        self.stats.right_traits += right;
        self.stats.right += u64::from(right > 0);
        self.pending.clear();
    }

    /// The item that was predicted will not be made: the attempt is taken back.
    pub(super) fn withdraw(&mut self) {
        self.stats.attempted -= u64::from(!self.pending.is_empty());
        self.stats.predicted_traits -= self.pending.len() as u64;
        self.pending.clear();
    }

    pub(super) fn stats(&self) -> PredictorStats {
        self.stats
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_counted_by_item_and_traits_once() {
        let mut score = Score::default();
        score.observed([1, 2]);
        score.predicted([]);
        score.observed([1]);
        assert_eq!(score.stats(), PredictorStats::default(), "no trait was named");
        score.predicted([1, 2]);
        score.predicted([2, 3]);
        score.observed([3, 2, 9]);
        score.predicted([4]);
        score.observed([5]);
        let stats = score.stats();
        assert_eq!((stats.attempted, stats.right), (2, 1));
        assert_eq!((stats.predicted_traits, stats.right_traits), (4, 2));
        score.predicted([7, 8]);
        score.withdraw();
        assert_eq!(score.stats(), stats);
    }
}
