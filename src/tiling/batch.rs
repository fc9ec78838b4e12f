//! The spans of a batch of items, each distinct one once.
//!
//! Items of a batch share most of their spans, so the cache is asked once for each different span of the batch and
//! not once for each use: a look into the cache costs two or three misses of the processor's caches (of the time
//! that looking up took, 44 % was counting a reference up and 32 % was finding the entry, by sampling), while the
//! table of one batch is small and hot. Spans of different tile rows are never equal, so each tile row has a table of
//! its own and the rows are cut in parallel, without a lock.

use std::hash::BuildHasher;
use std::ops::Range;
use std::time::{Duration, Instant};

use hashbrown::HashTable;
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use crate::art::Art;
use crate::geometry::{Place, TraitId};
use crate::tiling::scan::SpanScanner;

/// A span that some items of the batch show.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    place: Place,
    /// Where its stack lies in the tile row's stacks.
    stack: Range<u32>,
    uses: u32,
}

/// One tile row of all items.
#[derive(Debug, Default)]
struct Row {
    shown: Vec<Shown>,
    /// The stacks of `shown`, one after another.
    stacks: Vec<TraitId>,
    /// The spans of each item, as numbers in `shown`, item by item.
    numbers: Vec<u32>,
    /// Where each item's end in `numbers`.
    ends: Vec<u32>,
}

/// The spans of a batch of items.
#[derive(Debug)]
pub(crate) struct BatchSpans {
    rows: Vec<Row>,
    /// The number of each tile row's first span.
    bases: Vec<u32>,
}

/// Items one after another: the traits of each, bottom to top.
#[derive(Debug, Default)]
pub(crate) struct ItemStacks {
    traits: Vec<TraitId>,
    ends: Vec<usize>,
}

impl ItemStacks {
    /// Adds an item.
    pub(crate) fn push(&mut self, traits: impl IntoIterator<Item = TraitId>) {
        self.traits.extend(traits);
        self.ends.push(self.traits.len());
    }

    fn iter(&self) -> impl Iterator<Item = &[TraitId]> {
        let starts = std::iter::once(&0).chain(&self.ends);
        starts.zip(&self.ends).map(|(&start, &end)| &self.traits[start..end])
    }
}

impl Row {
    fn cut(art: &Art, items: &ItemStacks, row: usize) -> Self {
        let mut viewer = SpanScanner::default();
        let mut table: HashTable<u32> = HashTable::new();
        let mut this = Self::default();
        let Self { shown, stacks, numbers, ends } = &mut this;
        for traits in items.iter() {
            viewer.row(art, traits, row, |place, stack| {
                let hash = hash(place, stack);
                let is = |shown: &Shown, stacks: &[TraitId]| {
                    shown.place == place && stacks[range(&shown.stack)] == *stack
                };
                let number = match table.find(hash, |&number| is(&shown[number as usize], stacks)) {
                    Some(&number) => {
                        shown[number as usize].uses += 1;
                        number
                    }
                    None => {
                        let number = shown.len() as u32;
                        let start = stacks.len() as u32;
                        stacks.extend_from_slice(stack);
                        shown.push(Shown { place, stack: start..stacks.len() as u32, uses: 1 });
                        table.insert_unique(hash, number, |&number| {
                            let Shown { place, stack, .. } = &shown[number as usize];
                            self::hash(*place, &stacks[range(stack)])
                        });
                        number
                    }
                };
                numbers.push(number);
            });
            ends.push(numbers.len() as u32);
        }
        this
    }
}

fn hash(place: Place, stack: &[TraitId]) -> u64 {
    FxBuildHasher.hash_one((place.first, place.last, stack))
}

fn range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

impl BatchSpans {
    /// Cuts `items` into spans and tells `clock` how long each tile row took.
    ///
    /// A single item is cut on this thread, a batch on those of the pool.
    pub(crate) fn cut(
        art: &Art,
        items: &ItemStacks,
        pool: &rayon::ThreadPool,
        clock: impl Fn(Duration) + Sync,
    ) -> Self {
        let cut = |row| {
            let start = Instant::now();
            let cut = Row::cut(art, items, row);
            clock(start.elapsed());
            cut
        };
        let rows: Vec<Row> = match items.ends.len() {
            0 | 1 => (0..art.grid.rows()).map(cut).collect(),
            _ => pool.install(|| (0..art.grid.rows()).into_par_iter().map(cut).collect()),
        };
        let mut bases = Vec::with_capacity(rows.len());
        let mut next = 0;
        for row in &rows {
            bases.push(next);
            next += row.shown.len() as u32;
        }
        Self { rows, bases }
    }

    /// All different spans in the order of their numbers, tile row by tile row: place, stack, and how often the
    /// batch shows it.
    pub(crate) fn distinct(&self) -> impl Iterator<Item = (Place, &[TraitId], u32)> {
        self.rows.iter().flat_map(|row| {
            row.shown.iter().map(|shown| (shown.place, &row.stacks[range(&shown.stack)], shown.uses))
        })
    }

    /// The spans of an item in reading order, as numbers, and where each tile row's end.
    pub(crate) fn of_item(&self, item: usize) -> (Vec<u32>, Vec<u32>) {
        let own = |row: &Row| {
            let start = item.checked_sub(1).map_or(0, |before| row.ends[before]);
            start as usize..row.ends[item] as usize
        };
        let count = self.rows.iter().map(|row| own(row).len()).sum();
        let (mut numbers, mut ends) = (Vec::with_capacity(count), Vec::with_capacity(self.rows.len()));
        for (row, base) in self.rows.iter().zip(&self.bases) {
            numbers.extend(row.numbers[own(row)].iter().map(|number| base + number));
            ends.push(numbers.len() as u32);
        }
        (numbers, ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Grid, Size};
    use crate::tiling::testing::painted;
    use proptest::prelude::*;

    /// Traits on a grid of three by two tiles.
    fn art(kinds: &[[u8; 6]]) -> Art {
        let size = Size { width: 3 * Grid::TILE_WIDTH, height: 2 * Grid::TILE_HEIGHT };
        painted(size, kinds.iter().map(<[u8; 6]>::as_slice))
    }

    proptest! {
        #[test]
        fn a_batch_is_its_items_with_every_span_once(
            kinds in prop::collection::vec(prop::array::uniform6(0u8..3), 1..5),
            chosen in prop::collection::vec(prop::collection::vec(any::<bool>(), 5), 0..6),
        ) {
            let art = art(&kinds);
            let traits = |chosen: &[bool]| {
                (0..kinds.len()).filter(|&id| chosen[id]).map(|id| id as TraitId).collect::<Vec<_>>()
            };
            let mut items = ItemStacks::default();
            chosen.iter().for_each(|chosen| items.push(traits(chosen)));
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
            let batch = BatchSpans::cut(&art, &items, &pool, |_| {});
            let distinct: Vec<(Place, Vec<TraitId>, u32)> =
                batch.distinct().map(|(place, stack, uses)| (place, stack.to_vec(), uses)).collect();
            let mut uses = vec![0; distinct.len()];
            for (item, chosen) in chosen.iter().enumerate() {
                let mut want = Vec::new();
                let mut want_ends = vec![0; 2];
                SpanScanner::default().spans(&art, &traits(chosen), |place, stack| {
                    want.push((place, stack.to_vec()));
                    want_ends[usize::from(place.tile_row)] = want.len() as u32;
                });
                let (numbers, ends) = batch.of_item(item);
                numbers.iter().for_each(|&number| uses[number as usize] += 1);
                let got = numbers.iter().map(|&number| {
                    let (place, stack, _) = &distinct[number as usize];
                    (*place, stack.clone())
                });
                prop_assert_eq!(got.collect::<Vec<_>>(), want);
                prop_assert_eq!(ends, want_ends);
            }
            let counted: Vec<u32> = distinct.iter().map(|&(.., uses)| uses).collect();
            prop_assert_eq!(counted, uses, "every span is used, and as often as it says");
            let mut keys: Vec<_> = distinct.iter().map(|(place, stack, _)| (place.tile_row, place.first, place.last, stack)).collect();
            keys.sort_unstable();
            keys.dedup();
            prop_assert_eq!(keys.len(), distinct.len(), "no span is there twice");
        }
    }
}
