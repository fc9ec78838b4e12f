//! The random words of algorithm 1 and exact draws from them.
//!
//! Only the words of ChaCha20, which a standard fixes, and integer arithmetic written here decide a draw, so that no
//! library's idea of a distribution can ever change a plan.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What the words are for; with the seed before it, the key of the generator.
pub(crate) const SELECTION: &[u8; 24] = b"traitpress selection v1.";

/// A stream of random words.
#[derive(Clone, Debug)]
pub(crate) struct RandomStream(ChaCha20Rng);

impl RandomStream {
    /// The words of a seed for a purpose: the key is the seed, lowest byte first, followed by the purpose.
    pub(crate) fn new(seed: u64, domain: &[u8; 24]) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..].copy_from_slice(domain);
        Self(ChaCha20Rng::from_seed(key))
    }

    /// The words of a key.
    pub(crate) fn of_key(key: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(key))
    }

    /// A number below `bound`, each with exactly the same probability (Lemire, "Fast Random Integer Generation in
    /// an Interval", 2019): the high half of a product, and words whose low half would favour some results are
    /// drawn again.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        debug_assert!(bound > 0);
        let product = |word: u64| u128::from(word) * u128::from(bound);
        let mut drawn = product(self.0.next_u64());
        if (drawn as u64) < bound {
            let unfair = bound.wrapping_neg() % bound;
            while (drawn as u64) < unfair {
                drawn = product(self.0.next_u64());
            }
        }
        (drawn >> 64) as u64
    }

    /// The same for sums that do not fit 64 bits: as many bits as the bound has, drawn again while not below it.
    pub(crate) fn below_wide(&mut self, bound: u128) -> u128 {
        debug_assert!(bound > 0);
        let mask = u128::MAX.checked_shr((bound - 1).leading_zeros()).unwrap_or(0);
        loop {
            let low = self.0.next_u64();
            let high = self.0.next_u64();
            let drawn = (u128::from(low) | u128::from(high) << 64) & mask;
            if drawn < bound {
                return drawn;
            }
        }
    }

    /// Shuffles a list of so many through exchanges of two places of it: every order is as likely (Fisher and Yates, as
    /// Durstenfeld does it from the end, 1964).
    pub(crate) fn shuffle(&mut self, length: usize, mut exchange: impl FnMut(usize, usize)) {
        for last in (1..length).rev() {
            exchange(last, self.below(last as u64 + 1) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_stay_below_their_bound_and_reach_every_value() {
        let mut words = RandomStream::new(1, SELECTION);
        for bound in [1u64, 2, 3, 7, 1_000_000, u64::MAX] {
            assert!((0..100).all(|_| words.below(bound) < bound), "{bound}");
            assert!((0..100).all(|_| words.below_wide(bound.into()) < bound.into()), "{bound}");
        }
        let mut seen = [[false; 5]; 2];
        for _ in 0..200 {
            seen[0][words.below(5) as usize] = true;
            seen[1][words.below_wide(5) as usize] = true;
        }
        assert_eq!(seen, [[true; 5]; 2]);
        let wide = (1u128 << 80) + 1;
        assert!((0..50).map(|_| words.below_wide(wide)).any(|drawn| drawn > 1 << 70));
    }

    #[test]
    fn words_that_favour_some_results_are_drawn_again() {
        // Of four words in a row, two would give the same multiple of 3: a half of all results in place of a third.
        let (bound, draws) = (3u64 << 62, 30_000usize);
        let mut words = RandomStream::new(2, SELECTION);
        let multiples = (0..draws).filter(|_| words.below(bound).is_multiple_of(3)).count();
        // Six standard deviations.
        assert!(multiples.abs_diff(draws / 3) < 490, "{multiples} of {draws}");
    }

    #[test]
    fn seeds_and_purposes_have_words_of_their_own() {
        let first = |seed, domain| RandomStream::new(seed, domain).below(u64::MAX);
        assert_ne!(first(1, SELECTION), first(2, SELECTION));
        assert_ne!(first(1, SELECTION), first(1, b"traitpress selection v2."));
    }
}
