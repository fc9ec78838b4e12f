//! How rare an item is, exactly.
//!
//! An item is as rare as its traits are. With `n` of `N` items showing what it shows in a layer, two scores are usual:
//!
//! - its *information content*, the sum of `-log2(n / N)` over the layers, in bits: how much less likely it is than an
//!   item could be if layers were drawn one by one. OpenRarity ranks by it (there divided by the collection's entropy, which
//!   changes no order, and with the number of traits as one trait more, which is left out here);
//! - its *trait-rarity score*, the sum of `N / n`, as older rankings have it: one very rare trait outweighs all others.
//!
//! Ranks must not differ between machines, and the logarithm of a system's library does. So sums are made of integers
//! that are too small by a known part; where two of them are closer than that, the products or fractions that they represent
//! are compared in full. What is printed comes from the same integers.

use std::cmp::Ordering;
use std::fmt;

use num_bigint::BigUint;
use rayon::prelude::*;

/// Binary places of logarithms.
const LOG_PLACES: u32 = 40;
/// Binary places of quotients.
const PLACES: u32 = 64;

/// A score in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u64);

impl Score {
    /// The score in millionths.
    #[must_use]
    pub fn millionths(self) -> u64 {
        self.0
    }

    /// The score as the nearest floating-point number.
    #[must_use]
    pub fn value(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// Three places behind the point, rounded half up.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thousandths = self.0.saturating_add(500) / 1000;
        f.pad(&format!("{}.{:03}", thousandths / 1000, thousandths % 1000))
    }
}

impl serde::Serialize for Score {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_f64(self.value())
    }
}

/// The binary logarithm of `n` (1 or more) with [`LOG_PLACES`] binary places, too small by less than two of the last.
///
/// Digit by digit: a square has twice the logarithm. Sixty-three places are kept, so that what is cut off adds up to far
/// less than the last digit.
fn log2(n: u32) -> u64 {
    let whole = n.ilog2();
    let mut rest = u128::from(n) << (63 - whole);
    let mut log = u64::from(whole);
    for _ in 0..LOG_PLACES {
        rest = (rest * rest) >> 63;
        let digit = rest >> 64;
        rest >>= digit;
        log = log << 1 | digit as u64;
    }
    log
}

/// The scores of items, each of which follows from how many items show what it shows, layer by layer.
#[derive(Debug)]
pub(crate) struct Scores {
    layers: usize,
    total: u32,
    /// The counts of each item in ascending order: items with equal counts are equally rare. A count of 0 is in the place
    /// of nothing, where another item shows more than this one: it adds nothing to a score.
    counts: Vec<u32>,
    /// Sums of logarithms of counts, too small by less than `2 * layers`.
    logs: Vec<u64>,
    /// Sums of quotients, too small by less than `layers`.
    quotients: Vec<u128>,
}

impl Scores {
    /// For items of `total`, with `layers` counts each; those of an item that shows less are filled up with zeros.
    pub(crate) fn new(total: u32, layers: usize, mut counts: Vec<u32>) -> Self {
        if layers == 0 {
            // Items of which nothing is shown are all the same.
            return Self::new(total, 1, vec![0; total as usize]);
        }
        let mut of_count = std::collections::HashMap::new();
        let (mut logs, mut quotients) = (Vec::new(), Vec::new());
        for item in counts.chunks_mut(layers) {
            item.sort_unstable();
            let (mut log, mut quotient) = (0, 0);
            for &count in &*item {
                let known = of_count.entry(count).or_insert_with(|| match count {
                    0 => (log2(total), 0),
                    _ => (log2(count), (u128::from(total) << PLACES) / u128::from(count)),
                });
                log += known.0;
                quotient += known.1;
            }
            logs.push(log);
            quotients.push(quotient);
        }
        Self { layers, total, counts, logs, quotients }
    }

    fn counts(&self, item: usize) -> &[u32] {
        &self.counts[item * self.layers..(item + 1) * self.layers]
    }

    /// The information content, in bits.
    pub(crate) fn information(&self, item: usize) -> Score {
        let most = log2(self.total) * self.layers as u64;
        let bits = u128::from(most.saturating_sub(self.logs[item]));
        Score(((bits * 1_000_000 + (1 << (LOG_PLACES - 1))) >> LOG_PLACES) as u64)
    }

    /// The trait-rarity score.
    pub(crate) fn rarity(&self, item: usize) -> Score {
        // The lower half is far below a millionth.
        let sum = self.quotients[item] >> (PLACES / 2);
        let millionths = (sum * 1_000_000 + (1 << (PLACES / 2 - 1))) >> (PLACES / 2);
        Score(u64::try_from(millionths).unwrap_or(u64::MAX))
    }

    /// The one of more information comes first.
    fn by_information(&self, a: usize, b: usize) -> Ordering {
        if self.logs[a].abs_diff(self.logs[b]) > 2 * self.layers as u64 {
            return self.logs[a].cmp(&self.logs[b]);
        }
        let (a, b) = (self.counts(a), self.counts(b));
        if a == b {
            return Ordering::Equal;
        }
        let short =
            |counts: &[u32]| self.factors(counts).try_fold(1u128, |all, count| all.checked_mul(count.into()));
        match (short(a), short(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => self.product(a).cmp(&self.product(b)),
        }
    }

    /// The counts that make a product: what all items show is one in place of nothing.
    fn factors(&self, counts: &[u32]) -> impl Iterator<Item = u32> {
        counts.iter().map(|&count| if count == 0 { self.total } else { count })
    }

    fn product(&self, counts: &[u32]) -> BigUint {
        self.factors(counts).fold(BigUint::from(1u32), |all, count| all * count)
    }

    /// The one of the higher score comes first.
    fn by_rarity(&self, a: usize, b: usize) -> Ordering {
        if self.quotients[a].abs_diff(self.quotients[b]) > self.layers as u128 {
            return self.quotients[b].cmp(&self.quotients[a]);
        }
        let (a, b) = (self.counts(a), self.counts(b));
        if a == b {
            return Ordering::Equal;
        }
        let ((above_a, below_a), (above_b, below_b)) = (fraction(a), fraction(b));
        (above_b * below_a).cmp(&(above_a * below_b))
    }

    /// The rank of each item by information content: 1 is the rarest, equals share the better rank, and as many ranks
    /// are left out behind them.
    pub(crate) fn ranks_by_information(&self) -> Vec<u32> {
        self.ranks(|a, b| self.by_information(a, b))
    }

    /// The same by trait-rarity score.
    pub(crate) fn ranks_by_rarity(&self) -> Vec<u32> {
        self.ranks(|a, b| self.by_rarity(a, b))
    }

    fn ranks(&self, compare: impl Fn(usize, usize) -> Ordering + Sync) -> Vec<u32> {
        let mut order: Vec<usize> = (0..self.logs.len()).collect();
        order.par_sort_unstable_by(|&a, &b| compare(a, b));
        let mut ranks = vec![0; order.len()];
        let mut rank = 0;
        for (place, &item) in order.iter().enumerate() {
            if place == 0 || compare(order[place - 1], item) != Ordering::Equal {
                rank = place as u32 + 1;
            }
            ranks[item] = rank;
        }
        ranks
    }
}

/// The sum of `1 / count`, as numerator and denominator.
fn fraction(counts: &[u32]) -> (BigUint, BigUint) {
    let start = (BigUint::from(0u32), BigUint::from(1u32));
    let counts = counts.iter().filter(|&&count| count > 0);
    counts.fold(start, |(above, below), &count| (above * count + &below, below * count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_too_small_by_less_than_two_of_their_last_places() {
        let one = (1u64 << LOG_PLACES) as f64;
        for n in (1..5000).chain([9999, 10_000, 65_535, 1 << 20, (1 << 20) + 1, u32::MAX]) {
            let exact = f64::from(n).log2() * one;
            let off = exact - log2(n) as f64;
            // The library's own error is part of what is seen.
            assert!((-0.01..2.0).contains(&off), "{n}: {off}");
        }
        assert_eq!(log2(1), 0);
        assert_eq!(log2(1 << 31), 31 << LOG_PLACES);
    }

    /// Two items of three layers with the same product of counts, and two with the same sum of quotients.
    #[test]
    fn equals_share_the_better_rank_though_their_counts_differ() {
        // 2*6*10 = 3*4*10; of 1/2+1/6 and 1/3+1/4 the first is more.
        let scores = Scores::new(12, 3, vec![2, 6, 10, 10, 4, 3, 12, 12, 12, 1, 12, 12]);
        assert_eq!(scores.ranks_by_information(), [1, 1, 4, 3], "products 120, 120, 1728, 144");
        assert_eq!(scores.information(0), scores.information(1));
        assert_eq!(scores.ranks_by_rarity(), [2, 3, 4, 1]);
        // 1/3 + 1/6 = 1/4 + 1/4.
        let scores = Scores::new(12, 2, vec![3, 6, 4, 4, 12, 2]);
        assert_eq!(scores.ranks_by_rarity(), [2, 2, 1]);
        assert_eq!(scores.rarity(0).to_string(), "6.000");
        assert_eq!(scores.ranks_by_information(), [2, 1, 3]);
    }

    #[test]
    fn a_place_that_shows_nothing_adds_nothing() {
        // One item shows 3 and 4 of 12, others show 3 alone, and 1 alone.
        let scores = Scores::new(12, 2, vec![3, 4, 0, 3, 1, 0]);
        assert_eq!(scores.information(1).to_string(), "2.000");
        assert_eq!(scores.rarity(1).to_string(), "4.000");
        assert_eq!(scores.rarity(0).to_string(), "7.000");
        assert_eq!((scores.ranks_by_information(), scores.ranks_by_rarity()), (vec![1, 3, 1], vec![2, 3, 1]));
        let scores = Scores::new(3, 0, Vec::new());
        assert_eq!((scores.ranks_by_information(), scores.ranks_by_rarity()), (vec![1; 3], vec![1; 3]));
        assert_eq!((scores.information(2).millionths(), scores.rarity(2).millionths()), (0, 0));
    }

    #[test]
    fn scores_are_those_of_the_formulas_to_the_last_place_that_is_shown() {
        let scores = Scores::new(10_000, 4, vec![1, 7, 123, 10_000, 10_000, 10_000, 10_000, 10_000]);
        let information: f64 = [1.0, 7.0, 123.0, 10_000.0f64].map(|n| -(n / 10_000.0).log2()).iter().sum();
        assert!((scores.information(0).value() - information).abs() < 1e-6);
        let rarity: f64 = [1.0, 7.0, 123.0, 10_000.0f64].map(|n| 10_000.0 / n).iter().sum();
        assert!((scores.rarity(0).value() - rarity).abs() < 1e-6);
        assert_eq!(scores.information(1).millionths(), 0);
        assert_eq!(scores.rarity(1).to_string(), "4.000");
    }

    /// Whatever the short sums say, the order is that of the exact numbers.
    #[test]
    fn close_numbers_are_told_apart_in_full() {
        // 40 layers: no product fits 128 bits, and the logarithms differ by less than what they are off.
        let large = u32::MAX - 1;
        let mut a = vec![large; 40];
        let mut b = vec![large; 40];
        (a[0], a[1]) = (large - 1, large - 1);
        (b[0], b[1]) = (large - 2, large);
        let scores = Scores::new(u32::MAX, 40, [a, b].concat());
        assert!(scores.logs[0].abs_diff(scores.logs[1]) <= 80, "not close enough to show anything");
        assert_eq!(scores.ranks_by_information(), [2, 1], "(n-1)(n-1) > (n-2)n");
        assert!(scores.quotients[0].abs_diff(scores.quotients[1]) <= 40, "not close enough to show anything");
        assert_eq!(scores.ranks_by_rarity(), [2, 1]);
    }
}
