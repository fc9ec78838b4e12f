//! How much memory a run will take at its peak, worked out from what it will do.
//!
//! The plan's items are cut into spans as the run will cut them, so the number of different spans and their pixels are
//! exact; how small they become is taken from compressing a part of them. Everything else follows from sizes: the art
//! is decoded already, each thread has its buffers, and a bounded number of pictures is on its way.

use std::hash::BuildHasher;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use rustc_hash::FxBuildHasher;

use crate::compositor::SpanJob;
use crate::engine::cache::{ENTRY_BYTES, SpanRow, WINDOW};
use crate::engine::make_averages::PIECE_BYTES;
use crate::engine::presser::SpanPresser;
use crate::engine::view::ViewBuffers;
use crate::error::Error;
use crate::plan::Plan;
use crate::png::Scratch;
use crate::telemetry::{EncodingMode, memory};
use crate::tiling::SpanScanner;

/// Spans that are compressed to learn how small they become.
const SAMPLE: usize = 512;
/// Items that are cut into spans; more are taken to go on like these.
const MAX_CUT: usize = 20_000;
/// Pictures in a batch that has grown to its usual size, and others that wait to be written.
const ON_THEIR_WAY: u64 = 96;
/// Bytes that the system keeps beside each piece of memory, and that lie fallow between pieces, in hundredths.
const FALLOW: u64 = 6;

/// The most memory that a run is expected to hold, by who holds it, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpectedMemory {
    /// Decoded traits.
    pub art: u64,
    /// Compressed spans, within their budget.
    pub spans: u64,
    /// The threads' buffers.
    pub buffers: u64,
    /// What grows with the number of items: choices, the spans that pictures on their way refer to, and at the end
    /// the digests of all files.
    pub items: u64,
    /// The program itself, before anything was loaded.
    pub program: u64,
}

impl ExpectedMemory {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.art + self.spans + self.buffers + self.items + self.program
    }
}

/// How much memory pressing `plan` takes at its peak.
///
/// # Errors
/// If a picture must be decoded again and is not what it was.
pub(crate) fn expected_memory<'p>(
    sizes: impl Iterator<Item = &'p SpanPresser>,
    plan: &Plan,
) -> Result<ExpectedMemory, Error> {
    let mut sum: Option<ExpectedMemory> = None;
    for presser in sizes {
        let of_size = of_size(presser, plan)?;
        sum = Some(match sum {
            None => of_size,
            // Art, program and rows are there once; buffers of one size wait while another is made.
            Some(sum) => ExpectedMemory {
                spans: sum.spans + of_size.spans,
                buffers: sum.buffers + of_size.buffers,
                items: sum.items + of_size.items - rows_bytes(plan),
                ..sum
            },
        });
    }
    Ok(sum.expect("there is a size"))
}

/// Bytes of a plan's rows.
fn rows_bytes(plan: &Plan) -> u64 {
    plan.len() as u64 * 2 * plan.layers() as u64
}

/// How much memory pressing one size of the pictures of `plan` takes at its peak.
fn of_size(presser: &SpanPresser, plan: &Plan) -> Result<ExpectedMemory, Error> {
    let traits = presser.store().usage();
    let art =
        presser.store().shape_bytes() + traits.budget.map_or(traits.all_bytes, |b| b.min(traits.all_bytes));
    let threads = presser.pool().current_num_threads() as u64;
    // Of the art's size, and of the pictures'.
    let size = presser.canvases().size();
    let canvas = 4 * presser.art().grid.size().pixels().max(size.pixels());
    let span = 4 * u64::from(presser.art().grid.size().width) * u64::from(crate::geometry::Grid::TILE_HEIGHT);
    // The journal's records: two digests and lengths an item.
    let items = rows_bytes(plan) + 112 * plan.len() as u64;
    let mut expected = ExpectedMemory {
        art,
        spans: 0,
        buffers: threads * canvas * 2,
        items,
        program: memory::PROGRAM + threads * memory::THREAD,
    };
    if presser.mode() == EncodingMode::Spans {
        let all = all_spans(presser, plan)?;
        // In a longer run clean-ups find spans that were unused for a window, and keep the cache below its last fifth.
        let fifths = if plan.len() > 2 * WINDOW { 4 } else { 5 };
        let kept = all.bytes.min(presser.cache().memory().budget() / 5 * fifths);
        expected.spans = kept + kept * FALLOW / 100;
        expected.items += ON_THEIR_WAY.min(plan.len() as u64) * all.pointers;
        // A span's pixels, its tokens and bits at their worst, and a file.
        expected.buffers = threads * (3 * span + all.file);
        if presser.view().averages().is_some() {
            expected.buffers += PIECE_BYTES;
        }
    }
    // Each thread may have a one in hand: what decoding it takes, its samples and its file.
    let largest =
        presser.art().ones.iter().map(|one| one.decode_bytes(presser.art().grid.size())).max().unwrap_or(0);
    expected.buffers += threads.min(plan.count_ones() as u64) * (largest + 2 * canvas);
    Ok(expected)
}

/// What the different spans of a plan take.
fn all_spans(presser: &SpanPresser, plan: &Plan) -> Result<AllSpans, Error> {
    let view = presser.view();
    let mut scanner = SpanScanner::default();
    // Hashes will do: this is an estimate.
    let mut seen: HashSet<u64, FxBuildHasher> = HashSet::default();
    let mut rows: HashMap<u64, u32, FxBuildHasher> = HashMap::default();
    let mut sample: Vec<SpanJob> = Vec::new();
    let (mut wanted, mut pixels, mut shown) = (0u64, 0u64, 0u64);
    let mut step = 1;
    let cut = plan.len().min(MAX_CUT);
    let drawn = || (0..cut).filter(|&index| plan.one(index).is_none());
    for index in drawn() {
        let traits = presser.items().of(plan.traits(index));
        for row in 0..view.shapes().grid.rows() {
            let visible = scanner.visible(view.shapes(), &traits, row);
            *rows.entry(FxBuildHasher.hash_one((row, visible))).or_default() += 1;
        }
        scanner.spans(view.shapes(), &traits, |place, stack| {
            wanted += 1;
            let (xs, ys) = view.extent(place);
            let area = (xs.len() * ys.len()) as u64;
            shown += area;
            if !seen.insert(FxBuildHasher.hash_one((place, stack))) {
                return;
            }
            pixels += area;
            if seen.len().is_multiple_of(step) {
                sample.push(SpanJob { place, stack: stack.into() });
                if sample.len() == 2 * SAMPLE {
                    // Every other one, so that those that are kept stay evenly spread.
                    let mut number = 0;
                    sample.retain(|_| {
                        number += 1;
                        number % 2 == 0
                    });
                    step *= 2;
                }
            }
        });
    }
    let (mut area, mut bytes) = (0u64, 0u64);
    for group in presser.store().groups(sample.len(), |index| &sample[index].stack) {
        let jobs = &sample[group];
        let art = presser.store().pin(jobs.iter().flat_map(|job| job.stack.iter().copied()))?;
        let compress = |job: &SpanJob| {
            let (mut buffers, mut scratch) = (ViewBuffers::default(), Scratch::default());
            let pixels = view.composite(&art, job, &mut buffers);
            let area = pixels.len() as u64;
            let (xs, _) = view.extent(job.place);
            let span = presser.encoder().compress(pixels, xs.len(), xs.start, &mut scratch);
            (area, span.memory() as u64 + ENTRY_BYTES)
        };
        let add = |a: (u64, u64), b: (u64, u64)| (a.0 + b.0, a.1 + b.1);
        let sum = presser.pool().install(|| jobs.par_iter().map(compress).reduce(|| (0, 0), add));
        (area, bytes) = add((area, bytes), sum);
    }
    let compressed = |pixels: u64| u128::from(pixels) * u128::from(bytes) / u128::from(area.max(1));
    let items = drawn().count().max(1) as u64;
    let tile_rows = view.shapes().grid.rows() as u64;
    let file = compressed(shown) as u64 / items;
    // Tile rows refer to their spans; those that are shown twice are kept joined, too, where that pays.
    let spans_a_row = wanted / (items * tile_rows);
    let joined = match SpanRow::can_pay(spans_a_row, file / tile_rows) {
        true => rows.values().filter(|&&uses| uses > 1).count() as u64 * (file / tile_rows),
        false => 0,
    };
    let of_rows = rows.len() as u64 * (ENTRY_BYTES + 64 + 16 * spans_a_row) + joined;
    let all = compressed(pixels) + u128::from(of_rows);
    Ok(AllSpans {
        // Later items bring fewer new spans than the first, so this is the most that it can be.
        bytes: (all * (plan.len() - plan.count_ones()) as u128 / u128::from(items)) as u64,
        pointers: 4 * tile_rows,
        file,
    })
}

/// The spans of a plan.
struct AllSpans {
    /// Of the different ones, compressed, as the cache counts them.
    bytes: u64,
    /// Of what refers to a picture's.
    pointers: u64,
    /// Of a picture, nearly.
    file: u64,
}
