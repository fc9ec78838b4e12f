//! A batch of items cut into tile rows, and these into spans, each different one once.
//!
//! Tile rows are cut in parallel, each with its own part of the cache, so that nothing is looked up by the thread that
//! drives the run: there it was a tenth of a run's time. Of a tile row the cache is asked for each different set of visible
//! traits, and where it has that row, for no span; the plans of flat pictures need 201 look-ups an item in this way in place of
//! 532. Rows that it lacks are cut into spans, and the spans that it lacks become jobs, unless they are among those of the batch
//! before, which can still be on their way.

use std::ops::Range;
use std::sync::{Arc, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use hashbrown::{HashMap, HashTable};
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use crate::art::Art;
use crate::compositor::{JoinBatch, SpanJob};
use crate::engine::cache::{Shard, SpanCache, SpanRow, row_hash};
use crate::engine::usage::UsageCounters;
use crate::geometry::TraitId;
use crate::png::{CompressedSpan, Encoder, RowSpans};
use crate::tiling::{ItemStacks, SpanScanner};

/// A batch whose spans were looked up.
#[derive(Debug)]
pub(crate) struct Cut {
    rows: Vec<CutRow>,
    jobs: Arc<Jobs>,
    /// Those of the batch before, where they were on their way.
    before: Option<Arc<Jobs>>,
}

/// A span within its tile row: first and last tile, and what shows.
type SpanKey = (u16, u16, Box<[TraitId]>);

/// The spans of a batch that must be made.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    /// Tile row by tile row.
    all: Vec<SpanJob>,
    /// By tile row, where its jobs begin and their numbers from there on.
    numbers: Vec<(usize, HashMap<SpanKey, u32, FxBuildHasher>)>,
    /// The spans, in the order of the jobs, once they are made.
    made: OnceLock<Vec<Arc<CompressedSpan>>>,
}

impl Jobs {
    pub(crate) fn all(&self) -> &[SpanJob] {
        &self.all
    }

    /// These are the spans.
    pub(crate) fn set_made(&self, made: Vec<Arc<CompressedSpan>>) {
        assert_eq!(made.len(), self.all.len(), "each job gives a span");
        self.made.set(made).expect("a batch is made once");
    }

    fn made(&self, job: usize) -> &Arc<CompressedSpan> {
        &self.made.get().expect("batches are finished in their order, after they are made")[job]
    }

    fn find(&self, tile_row: usize, key: &SpanKey) -> Option<usize> {
        let (first, numbers) = &self.numbers[tile_row];
        numbers.get(key).map(|&number| first + number as usize)
    }
}

/// One tile row of all items.
#[derive(Debug, Default)]
struct CutRow {
    different: Vec<Different>,
    /// The visible traits of `different`, one after another.
    visible: Vec<TraitId>,
    /// The row of each item, as a number in `different`.
    of_items: Vec<u32>,
    /// Where its jobs lie in those of the batch.
    jobs: Range<usize>,
}

/// A tile row that some items of the batch show.
#[derive(Debug)]
struct Different {
    hash: u64,
    /// Where its visible traits lie in those of the tile row.
    visible: Range<usize>,
    /// How many show it.
    items: u32,
    row: Found,
}

#[derive(Debug)]
enum Found {
    Kept(Arc<SpanRow>),
    /// To be made of these spans.
    New(Vec<Source>),
}

/// Where a span comes from.
#[derive(Debug)]
enum Source {
    /// The cache, under this number.
    Kept(u32, Arc<CompressedSpan>),
    /// The index of a job of the tile row.
    New(u32),
    /// The index of a job of the batch before.
    Before(usize),
}

/// The tile rows of a batch, ready to be joined.
#[derive(Debug)]
pub(crate) struct BatchRows {
    rows: Vec<BatchRow>,
}

#[derive(Debug)]
struct BatchRow {
    different: Vec<Arc<SpanRow>>,
    of_items: Vec<u32>,
}

impl BatchRows {
    /// All of it, to be joined elsewhere.
    pub(crate) fn to_join(&self, encoder: Arc<Encoder>) -> JoinBatch {
        let of_row = |BatchRow { different, of_items }: &BatchRow| {
            (different.iter().map(|row| row.spans().clone()).collect(), of_items.clone())
        };
        JoinBatch { encoder, rows: self.rows.iter().map(of_row).collect() }
    }

    /// The tile rows of an item, top to bottom.
    pub(crate) fn of_item(&self, item: usize) -> impl Iterator<Item = &SpanRow> {
        self.rows.iter().map(move |row| &*row.different[row.of_items[item] as usize])
    }
}

/// What a batch is cut with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cutter<'c> {
    /// Coverage on the grid of the pictures.
    pub(crate) shapes: &'c Art,
    pub(crate) cache: &'c SpanCache,
    pub(crate) usage: &'c UsageCounters,
    pub(crate) pool: &'c rayon::ThreadPool,
    /// Spans of the batch before, which the cache will have once they are made.
    pub(crate) before: Option<&'c Arc<Jobs>>,
}

/// What a tile row of all items was cut to: the spans of it that must be made, and their numbers.
type CutJobs = (CutRow, Vec<SpanJob>, HashMap<SpanKey, u32, FxBuildHasher>);

impl Cutter<'_> {
    /// Cuts `items` and looks their spans up; `add_time` gets the time of each tile row.
    ///
    /// A single item is cut on this thread, a batch on those of the pool.
    pub(crate) fn cut(self, items: &ItemStacks, add_time: impl Fn(Duration) + Sync) -> Cut {
        self.cache.tick(items.len() as u64);
        let cut = |row| {
            let start = Instant::now();
            let cut = self.cut_row(items, row);
            add_time(start.elapsed());
            cut
        };
        let rows = 0..self.shapes.grid.rows();
        let cut: Vec<CutJobs> = match items.len() {
            0 | 1 => rows.map(cut).collect(),
            _ => self.pool.install(|| rows.into_par_iter().map(cut).collect()),
        };
        let (mut rows, mut jobs) = (Vec::with_capacity(cut.len()), Jobs::default());
        for (row, own, numbers) in cut {
            let first = jobs.all.len();
            rows.push(CutRow { jobs: first..first + own.len(), ..row });
            jobs.all.extend(own);
            jobs.numbers.push((first, numbers));
        }
        Cut { rows, jobs: Arc::new(jobs), before: self.before.cloned() }
    }

    /// A tile row of all items, and the spans of it that must be made.
    fn cut_row(self, items: &ItemStacks, tile_row: usize) -> CutJobs {
        let mut scanner = SpanScanner::default();
        let mut cut = CutRow::default();
        let mut table: HashTable<u32> = HashTable::new();
        for traits in items.iter() {
            cut.add(scanner.visible(self.shapes, traits, tile_row), &mut table);
        }
        let mut shard = self.cache.shard(tile_row);
        let mut usage = self.usage.of_tile_row(tile_row);
        let clock = self.cache.clock();
        let mut made: HashMap<SpanKey, u32, FxBuildHasher> = HashMap::default();
        let mut jobs: Vec<SpanJob> = Vec::new();
        let CutRow { different, visible, .. } = &mut cut;
        for row in different {
            let visible = &visible[row.visible.clone()];
            if let Some(number) = shard.find_row(row.hash, visible) {
                shard.use_row(number, row.items, clock);
                let kept = shard.row(number).clone();
                usage.wanted(kept.tile_row().spans.spans().len(), row.items);
                row.row = Found::Kept(kept);
                continue;
            }
            let mut spans = Vec::new();
            scanner.visible(self.shapes, visible, tile_row);
            scanner.spans_of_row(self.shapes, visible, tile_row, |place, stack| {
                spans.push(match shard.use_span(place, stack, row.items, clock) {
                    Some(number) => Source::Kept(number, shard.span(number).clone()),
                    None => {
                        shard.show(row.items);
                        let key: SpanKey = (place.first, place.last, stack.into());
                        if let Some(job) = self.before.and_then(|before| before.find(tile_row, &key)) {
                            Source::Before(job)
                        } else {
                            let job = made.entry(key).or_insert_with(|| {
                                shard.miss(place, stack);
                                usage.remember(place, stack);
                                jobs.push(SpanJob { place, stack: stack.into() });
                                jobs.len() as u32 - 1
                            });
                            Source::New(*job)
                        }
                    }
                });
            });
            usage.wanted(spans.len(), row.items);
            row.row = Found::New(spans);
        }
        (cut, jobs, made)
    }
}

impl CutRow {
    /// Adds an item in which these traits are visible.
    fn add(&mut self, shown: &[TraitId], table: &mut HashTable<u32>) {
        let Self { different, visible, of_items, .. } = self;
        let hash = row_hash(shown);
        let is_same = |&number: &u32| visible[different[number as usize].visible.clone()] == *shown;
        let number = table.find(hash, is_same).copied().unwrap_or_else(|| {
            let start = visible.len();
            visible.extend_from_slice(shown);
            let number = different.len() as u32;
            different.push(Different {
                hash,
                visible: start..visible.len(),
                items: 0,
                row: Found::New(Vec::new()),
            });
            table.insert_unique(hash, number, |&number| different[number as usize].hash);
            number
        });
        different[number as usize].items += 1;
        of_items.push(number);
    }

    /// The tile row with the spans that were made of all `jobs`, and of those of the batch `before`; kept in `shard` if there
    /// is one.
    fn finish(
        self,
        jobs: &Jobs,
        before: Option<&Jobs>,
        mut shard: Option<(MutexGuard<'_, Shard<CompressedSpan>>, u64)>,
    ) -> BatchRow {
        let Self { different, visible, of_items, jobs: own } = self;
        let mut numbers: Vec<u32> = Vec::new();
        if let Some((shard, clock)) = &mut shard {
            let keep = |job: usize| {
                let SpanJob { place, stack } = &jobs.all[job];
                shard.insert(*place, stack, jobs.made(job).clone(), *clock)
            };
            numbers.extend(own.clone().map(keep));
        }
        let before = |job: usize| {
            let jobs = before.expect("it was looked up there");
            (&jobs.all[job], jobs.made(job))
        };
        let finish = |different: Different| {
            let sources = match different.row {
                Found::Kept(row) => return row,
                Found::New(sources) => sources,
            };
            let span = |source: &Source| match source {
                Source::Kept(_, span) => span.clone(),
                Source::New(job) => jobs.made(own.start + *job as usize).clone(),
                Source::Before(job) => before(*job).1.clone(),
            };
            let spans = RowSpans::new(sources.iter().map(span).collect());
            let row = Arc::new(SpanRow::new(spans, different.items > 1));
            if let Some((shard, clock)) = &mut shard {
                let number = |source: &Source| match source {
                    // It can have been dropped meanwhile: then the row is not kept either.
                    Source::Kept(number, span) => shard.is_still(*number, span).then_some(*number),
                    Source::New(job) => Some(numbers[*job as usize]),
                    Source::Before(job) => {
                        let (SpanJob { place, stack }, span) = before(*job);
                        shard.find(*place, stack).filter(|&number| shard.is_still(number, span))
                    }
                };
                if let Some(numbers) = sources.iter().map(number).collect() {
                    shard.insert_row(&visible[different.visible], row.clone(), numbers, *clock);
                }
            }
            row
        };
        BatchRow { different: different.into_iter().map(finish).collect(), of_items }
    }
}

impl Cut {
    /// What must be made.
    pub(crate) fn jobs(&self) -> &Arc<Jobs> {
        &self.jobs
    }

    /// The tile rows with the spans that were made. They are kept in `cache` if there is one.
    pub(crate) fn finish(self, cache: Option<&SpanCache>, pool: &rayon::ThreadPool) -> BatchRows {
        let Self { rows, jobs, before } = self;
        let finish = |(tile_row, row): (usize, CutRow)| {
            let shard = cache.map(|cache| (cache.shard(tile_row), cache.clock()));
            row.finish(&jobs, before.as_deref(), shard)
        };
        let items = rows.first().map_or(0, |row| row.of_items.len());
        BatchRows {
            rows: match items {
                0 | 1 => rows.into_iter().enumerate().map(finish).collect(),
                _ => pool.install(|| rows.into_par_iter().enumerate().map(finish).collect()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::{Grid, Place, Size};
    use crate::telemetry::Stats;
    use crate::tiling::testing::painted;

    /// Traits on a grid of three by two tiles.
    fn art(kinds: &[[u8; 6]]) -> Art {
        let size = Size { width: 3 * Grid::TILE_WIDTH, height: 2 * Grid::TILE_HEIGHT };
        painted(size, kinds.iter().map(<[u8; 6]>::as_slice))
    }

    /// A span whose first column is its number, so that no two are alike.
    fn made(number: usize) -> Arc<CompressedSpan> {
        Arc::new(CompressedSpan { x: number as u32, ..CompressedSpan::of_bytes(10) })
    }

    proptest! {
        /// Batch after batch over one cache, that keeps all, little or nothing: each item has its spans, from left to right
        /// and top to bottom, and none is made while it is kept. With an overlap a batch is cut before the one before it is
        /// finished.
        #[test]
        fn a_batch_has_the_spans_of_its_items_and_each_is_made_once(
            kinds in prop::collection::vec(prop::array::uniform6(0u8..3), 1..5),
            batches in prop::collection::vec(
                prop::collection::vec(prop::collection::vec(any::<bool>(), 5), 1..6), 1..5),
            budget in prop::sample::select(vec![u64::MAX, 900, 0]),
            keeps in any::<bool>(),
            overlaps in any::<bool>(),
        ) {
            let art = art(&kinds);
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
            let (cache, usage) = (SpanCache::new(2, budget), UsageCounters::new(art.grid, true));
            let cutter = Cutter { shapes: &art, cache: &cache, usage: &usage, pool: &pool, before: None };
            let traits = |chosen: &[bool]| {
                (0..kinds.len()).filter(|&id| chosen[id]).map(|id| id as TraitId).collect::<Vec<_>>()
            };
            // All that was ever made: what each shows.
            let mut all: Vec<(Place, Vec<TraitId>)> = Vec::new();
            let (mut wanted, mut pressed) = (0, 0);
            let mut finish = |(cut, items): (Cut, Vec<Vec<bool>>), all: &[(Place, Vec<TraitId>)]| {
                let rows = cut.finish(keeps.then_some(&cache), &pool);
                for (item, chosen) in items.iter().enumerate() {
                    let mut want = Vec::new();
                    SpanScanner::default().spans(&art, &traits(chosen), |place, stack| want.push((place, stack.to_vec())));
                    let spans = rows.of_item(item).flat_map(|row| row.tile_row().spans.spans());
                    let got: Vec<_> = spans.map(|span| all[span.x as usize].clone()).collect();
                    wanted += want.len() as u64;
                    prop_assert_eq!(got, want);
                }
                cache.trim();
                prop_assert!(!cache.is_over());
                Ok(())
            };
            let mut waiting: Option<(Cut, Vec<Vec<bool>>)> = None;
            for chosen in batches {
                let mut items = ItemStacks::default();
                chosen.iter().for_each(|chosen| items.push(traits(chosen)));
                let before = waiting.as_ref().map(|(cut, _)| cut.jobs().clone());
                let cut = Cutter { before: before.as_ref().filter(|_| keeps), ..cutter }.cut(&items, |_| {});
                let jobs = cut.jobs().all();
                let mut keys: Vec<_> =
                    jobs.iter().map(|job| (job.place.tile_row, job.place.first, job.place.last, &job.stack)).collect();
                keys.sort_unstable();
                keys.dedup();
                prop_assert_eq!(keys.len(), jobs.len(), "no span is made twice for a batch");
                if budget == u64::MAX && keeps {
                    let is_new = |job: &SpanJob| !all.contains(&(job.place, job.stack.to_vec()));
                    prop_assert!(jobs.iter().all(is_new), "what is kept is found");
                }
                pressed += jobs.len() as u64;
                let spans = jobs.iter().map(|SpanJob { place, stack }| {
                    all.push((*place, stack.to_vec()));
                    made(all.len() - 1)
                });
                cut.jobs().set_made(spans.collect());
                let ready = if overlaps { waiting.replace((cut, chosen)) } else { Some((cut, chosen)) };
                ready.map_or(Ok(()), |ready| finish(ready, &all))?;
            }
            waiting.map_or(Ok(()), |ready| finish(ready, &all))?;
            let (mut stats, used) = (Stats::default(), cache.usage());
            usage.add_stats(&mut stats);
            prop_assert_eq!(stats.spans.wanted, wanted);
            prop_assert_eq!((used.misses, used.hits), (pressed, wanted - pressed));
            all.sort_unstable_by_key(|(place, stack)| (place.tile_row, place.first, place.last, stack.clone()));
            all.dedup();
            prop_assert_eq!(stats.spans.distinct, Some(all.len() as u64));
            cache.clear();
            prop_assert_eq!(cache.usage().bytes, 0, "all bytes are given back");
        }
    }
}
