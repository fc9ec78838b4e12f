//! The search for equal pictures among items that share a checksum, wherever their pixels come from.
//!
//! Equal pixels have equal checksums in their files (`png::checksum`), whatever made them. Of the items that share one, some
//! are equal for certain: they show the same traits, or have the same file. The rest is compared by digests of the pixels,
//! which costs time by the number of pixels, so there is a limit; what lies beyond is counted.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::files::Digest;
use crate::finished::equal::EqualPictures;
use crate::telemetry::Observer;
use crate::threads::in_order;

/// Pixels that are digested at most: 200 pictures of 2048x2048, some seconds of one thread, where thousands could be equal;
/// of 512x512 these are 3200 pictures.
const MOST_PIXELS: u64 = 200 << 22;
/// Pictures that are digested before the observer is asked whether to go on.
const AT_A_TIME: usize = 16;

/// A search that goes through the items of one checksum after the other.
#[derive(Debug)]
pub(crate) struct EqualSearch {
    /// Pixels that may still be digested.
    left: u64,
    found: EqualPictures,
}

impl EqualSearch {
    pub(crate) fn new() -> Self {
        Self { left: MOST_PIXELS, found: EqualPictures::default() }
    }

    /// Looks at items that share a checksum: each entry has editions that are equal for certain. `digest` gives the
    /// digest of an entry's pixels and their number, or nothing if they cannot be read. Runs on the threads of the pool that it
    /// is called in. False if the observer has cancelled.
    ///
    /// # Errors
    /// The first of `digest`, in the order of the entries.
    pub(crate) fn compare<T: Sync, E: Send>(
        &mut self,
        entries: Vec<(T, Vec<u32>)>,
        digest: impl Fn(&T) -> Result<Option<(Digest, u64)>, E> + Sync,
        observer: &dyn Observer,
    ) -> Result<bool, E> {
        if entries.len() == 1 {
            self.add(entries.into_iter().map(|(_, editions)| editions));
            return Ok(true);
        }
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut group_of: HashMap<Digest, usize> = HashMap::new();
        for some in entries.chunks(AT_A_TIME) {
            if observer.is_cancelled() {
                return Ok(false);
            }
            if self.left == 0 {
                self.found.unchecked += some.iter().map(|(_, editions)| editions.len() as u64).sum::<u64>();
                groups.extend(some.iter().map(|(_, editions)| editions.clone()));
                continue;
            }
            let digests = in_order(some.par_iter().map(|(what, _)| digest(what)))?;
            for ((_, editions), digest) in some.iter().zip(digests) {
                let Some((digest, pixels)) = digest else { continue };
                self.left = self.left.saturating_sub(pixels);
                let group = *group_of.entry(digest).or_insert(groups.len());
                match groups.get_mut(group) {
                    Some(group) => group.extend(editions),
                    None => groups.push(editions.clone()),
                }
            }
        }
        self.add(groups);
        Ok(true)
    }

    /// Adds groups of equal items.
    pub(crate) fn add(&mut self, groups: impl IntoIterator<Item = Vec<u32>>) {
        let several = groups.into_iter().filter(|group| group.len() > 1);
        self.found.groups.extend(several.map(|mut group| {
            group.sort_unstable();
            group
        }));
    }

    /// What was found.
    pub(crate) fn into_found(mut self) -> EqualPictures {
        self.found.groups.sort_unstable();
        self.found
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// Entries with the pixels of a number, each of so many pixels.
    fn compare(search: &mut EqualSearch, entries: &[(u8, &[u32])], pixels: u64) {
        let entries = entries.iter().map(|&(number, editions)| (number, editions.to_vec())).collect();
        let digest =
            |number: &u8| Ok::<_, Infallible>((*number != 255).then(|| (Digest::of(&[*number]), pixels)));
        assert_eq!(search.compare(entries, digest, &()), Ok(true));
    }

    #[test]
    fn entries_with_the_same_pixels_are_one_group() {
        let mut search = EqualSearch::new();
        compare(&mut search, &[(1, &[9]), (2, &[4, 8]), (1, &[3]), (3, &[5]), (255, &[1, 2])], 10);
        compare(&mut search, &[(7, &[11, 10])], 10);
        let found = search.into_found();
        assert_eq!(found.groups, [vec![3, 9], vec![4, 8], vec![10, 11]]);
        assert_eq!(found.unchecked, 0);
    }

    #[test]
    fn beyond_the_limit_items_are_counted_and_what_is_equal_for_certain_is_named() {
        let mut search = EqualSearch::new();
        let many: Vec<u32> = (100..116).collect();
        let entries: Vec<(u8, &[u32])> = (0..16).map(|at| (at as u8, &many[at..=at])).collect();
        compare(&mut search, &entries, MOST_PIXELS);
        compare(&mut search, &[(1, &[1, 2, 3]), (1, &[4])], 1);
        let found = search.into_found();
        assert_eq!((found.groups, found.unchecked), (vec![vec![1, 2, 3]], 4), "four items in two entries");
    }

    #[test]
    fn an_observer_that_cancels_ends_the_search() {
        struct Cancels;
        impl Observer for Cancels {
            fn is_cancelled(&self) -> bool {
                true
            }
        }
        let digest = |_: &u8| -> Result<Option<(Digest, u64)>, Infallible> { panic!("nothing is digested") };
        let entries = vec![(1, vec![1]), (2, vec![2])];
        assert_eq!(EqualSearch::new().compare(entries, digest, &Cancels), Ok(false));
    }
}
