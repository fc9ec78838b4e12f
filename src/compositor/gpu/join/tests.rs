//! Pictures joined on whatever adapter there is, against those of the CPU.

use std::cell::Cell;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use super::*;
use crate::compositor::JoinBatch;
use crate::compositor::gpu::adapters;
use crate::compositor::gpu::context::Context;
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::tests::{Random, depth, turn};
use crate::geometry::{Grid, Size};
use crate::pixel::Pixel;
use crate::png::{
    CodeLengths, Color, CompressedSpan, Encoder, Filter, Format, Histogram, RowSpans, Scratch, Search,
    TileRow, shape_of,
};

#[derive(Clone, Debug)]
struct Case {
    color: Color,
    filter: Filter,
    search: Search,
    size: Size,
    /// Different tile rows at each place, and pictures of them.
    different: u32,
    pictures: u32,
    /// Longest runs of one colour.
    run: u32,
    is_trained: bool,
    seed: u32,
}

fn colours() -> Vec<Pixel> {
    [0xff00_0000, 0xff80_4020, 0xff80_4021, 0xffff_ffff].to_vec()
}

impl Case {
    fn encoder(&self, random: &mut Random) -> Arc<Encoder> {
        let format = Format { size: self.size, color: self.color.clone(), icc_profile: None };
        let shape = shape_of(&format);
        let values = if self.filter == Filter::None { self.color.values() } else { 256 };
        let mut counts = Histogram::default();
        if self.is_trained {
            let all = counts.literals.iter_mut().chain(&mut counts.distances);
            all.for_each(|count| *count = 1 << random.below(20));
        }
        Arc::new(Encoder::new(format, self.filter, CodeLengths::trained(&counts, shape, values), self.search))
    }

    /// A tile row of so many rows, cut anywhere.
    fn tile_row(&self, encoder: &Encoder, height: usize, random: &mut Random) -> Arc<RowSpans> {
        let (width, colours) = (self.size.width as usize, colours());
        let mut pixels: Vec<Pixel> = Vec::with_capacity(width * height);
        while pixels.len() < width * height {
            // Of single pixels any colour, where there is no palette: noise.
            let colour = match self.color {
                Color::Rgb | Color::Rgba if self.run == 1 => 0xff00_0000 | random.below(1 << 24),
                _ => colours[random.below(4) as usize],
            };
            let run = 1 + random.below(self.run) as usize;
            pixels.extend(vec![colour; run.min(width * height - pixels.len())]);
        }
        let mut spans: Vec<Arc<CompressedSpan>> = Vec::new();
        let mut x = 0;
        while x < width {
            let to = (x + 1 + random.below(if self.run > 99 { 300 } else { 70 }) as usize).min(width);
            let rows = pixels.chunks(width).flat_map(|row| &row[x..to]);
            let mut span: Vec<Pixel> = rows.copied().collect();
            spans.push(Arc::new(encoder.compress(&mut span, to - x, x, &mut Scratch::default())));
            x = to;
        }
        Arc::new(RowSpans::new(spans.into()))
    }

    fn batch(&self) -> JoinBatch {
        let mut random = Random(self.seed);
        let encoder = self.encoder(&mut random);
        let grid = Grid::new(self.size);
        let rows = (0..grid.rows()).map(|row| {
            let height = grid.y_range(row).len();
            let different =
                (0..self.different).map(|_| self.tile_row(&encoder, height, &mut random)).collect();
            (different, (0..self.pictures).map(|_| random.below(self.different)).collect())
        });
        JoinBatch { encoder: encoder.clone(), rows: rows.collect() }
    }
}

/// Joins here and there; how many pictures were given up.
fn check(context: &Context, joiner: &mut Joiner, batch: &JoinBatch) -> Result<usize, TestCaseError> {
    let joined = joiner.join(context, batch).unwrap();
    prop_assert_eq!(joined.len(), batch.pictures());
    let (mut want, mut got) = (Vec::new(), vec![0xaa; 10_000]);
    for (number, joined) in joined.iter().enumerate() {
        let Some(joined) = joined else { continue };
        let rows: Vec<TileRow<'_>> =
            batch.picture(number).map(|spans| TileRow { spans, block: None }).collect();
        let wanted = batch.encoder.join(&rows, &mut want).map(|len| &want[..len]);
        let made =
            batch.encoder.finish_joined(batch.picture(number), joined, &mut got).map(|len| &got[..len]);
        prop_assert!(wanted == made, "picture {} differs", number);
    }
    Ok(joined.iter().filter(|joined| joined.is_none()).count())
}

fn cases() -> impl Strategy<Value = Case> {
    let palette = || Color::Indexed(colours().try_into().unwrap());
    let code = (
        prop::sample::select(vec![palette(), Color::Rgb, Color::Rgba]),
        prop::sample::select(Filter::ALL.to_vec()),
        prop::sample::select(vec![Search::Straight, Search::Near, Search::Far, Search::Optimal]),
        any::<bool>(),
        any::<u32>(),
    );
    let picture = (
        prop_oneof![1u32..700, Just(2048u32)],
        1u32..140,
        1u32..4,
        1u32..7,
        prop::sample::select(vec![1u32, 4, 40, 4000]),
    );
    (code, picture).prop_map(
        |((color, filter, search, is_trained, seed), (width, height, different, pictures, run))| Case {
            color,
            filter,
            search,
            size: Size { width, height },
            different,
            pictures,
            run,
            is_trained,
            seed,
        },
    )
}

fn open(arena: u64) -> (Context, Joiner) {
    let found = adapters::find().into_iter().find(|found| found.adapter.unusable.is_none()).unwrap();
    let context = Context::open(&found).unwrap();
    let joiner = Joiner::new(&context, found.adapter.kind, arena, &Faults::default()).unwrap();
    (context, joiner)
}

#[test]
fn pictures_are_those_of_the_cpu() {
    let Some(_turn) = turn() else { return };
    let (context, joiner) = open(4 << 20);
    let joiner = std::cell::RefCell::new(joiner);
    let config = Config { cases: depth::at_depth(60, 1000), failure_persistence: None, ..Config::default() };
    let (pictures, given_up) = (Cell::new(0), Cell::new(0));
    let ran = TestRunner::new(config).run(&cases(), |case| {
        let batch = case.batch();
        // The second time most spans are there.
        for _ in 0..2 {
            pictures.set(pictures.get() + batch.pictures());
            given_up.set(given_up.get() + check(&context, &mut joiner.borrow_mut(), &batch)?);
        }
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    println!("{} of {} pictures were given up", given_up.get(), pictures.get());
    assert!(20 * given_up.get() < pictures.get(), "few are given up");
}

fn drawn(size: Size, run: u32) -> Case {
    let (different, pictures, is_trained, seed) = (3, 8, true, 7);
    Case {
        color: Color::Rgb,
        filter: Filter::None,
        search: Search::Far,
        size,
        different,
        pictures,
        run,
        is_trained,
        seed,
    }
}

#[test]
fn spans_are_sent_once_and_again_when_there_was_no_room_for_all() {
    let Some(_turn) = turn() else { return };
    let batch = |seed| Case { seed, ..drawn(Size { width: 400, height: 100 }, 30) }.batch();
    let batches = [batch(1), batch(2)];
    let (context, mut joiner) = open(4 << 20);
    for batch in &batches {
        assert_eq!(check(&context, &mut joiner, batch).unwrap(), 0);
    }
    let all = joiner.sent_bytes();
    for batch in &batches {
        assert_eq!(check(&context, &mut joiner, batch).unwrap(), 0);
    }
    assert_eq!(joiner.sent_bytes(), all, "all spans were there");

    // Room for either batch and not for both.
    let (context, mut joiner) = open(all * 2 / 3);
    for batch in batches.iter().cycle().take(4) {
        assert_eq!(check(&context, &mut joiner, batch).unwrap(), 0);
    }
    assert!(joiner.sent_bytes() > all * 3 / 2);
    let (context, mut joiner) = open(1 << 10);
    assert_eq!(check(&context, &mut joiner, &batches[0]).unwrap(), 8, "the CPU joins what has no room");
}

/// As wide and as high as pictures can be: rows of noise take more steps than a software adapter has, and runs do not.
#[test]
fn the_largest_pictures_are_those_of_the_cpu_or_given_up() {
    let Some(_turn) = turn() else { return };
    let (context, mut joiner) = open(64 << 20);
    for (size, run) in [([16_384, 40], 4000), ([16_384, 40], 1), ([40, 16_384], 60)] {
        let size = Size { width: size[0], height: size[1] };
        let given_up = check(&context, &mut joiner, &drawn(size, run).batch()).unwrap();
        assert!(given_up == 0 || run == 1, "{given_up} of {size} were given up");
    }
}
