//! Spans compressed on whatever adapter there is, against those of the CPU.

use std::cell::Cell;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use wgpu::{Extent3d, TexelCopyBufferLayout, TextureDescriptor, TextureDimension, TextureUsages};

use super::results::Results;
use super::work::Work;
use super::*;
use crate::compositor::gpu::context::{Context, PATIENCE};
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::Extent;
use crate::compositor::gpu::tests::{Random, depth, turn};
use crate::compositor::gpu::{FORMAT, TEXEL, adapters};
use crate::geometry::{Grid, Size};
use crate::pixel::{Arithmetic, Pixel};
use crate::png::{CodeLengths, Color, CompressedSpan, Encoder, Filter, Format, Histogram, Search, shape_of};

/// Columns of cells of the tests' targets.
const COLUMNS: u32 = 8;

struct Device {
    context: Context,
    kernels: Kernels,
}

impl Device {
    fn open() -> Self {
        let found = adapters::find().into_iter().find(|found| found.adapter.unusable.is_none()).unwrap();
        let context = Context::open(&found).unwrap();
        let kernels = Kernels::new(&context, found.adapter.kind, &Faults::default());
        context.check().unwrap();
        Self { context, kernels }
    }

    /// Compresses spans by the kernels; nothing for those that were given up.
    fn compress(&self, encoder: &Arc<Encoder>, spans: &[Span]) -> Vec<Option<CompressedSpan>> {
        let context = &self.context;
        let tile = Grid::TILE_WIDTH as usize;
        let cells: usize = spans.iter().map(|span| span.width.div_ceil(tile)).sum();
        let lines = (cells as u32).div_ceil(COLUMNS);
        let size = Extent3d {
            width: COLUMNS * Grid::TILE_WIDTH / TEXEL,
            height: lines * Grid::TILE_HEIGHT,
            depth_or_array_layers: 1,
        };
        let texture = context.device.create_texture(&TextureDescriptor {
            label: None,
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format: FORMAT,
            usage: TextureUsages::TEXTURE_BINDING | TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let stride = COLUMNS as usize * tile;
        let mut target = vec![0xdead_beef; stride * (lines * Grid::TILE_HEIGHT) as usize];
        let mut cell = 0;
        let mut scratch = Scratch::new(context, lines * COLUMNS).unwrap();
        let code = scratch.code(context, encoder).clone();
        let mut work = Work::default();
        work.clear(1, Arithmetic::Premultiplied);
        for span in spans {
            for (i, &pixel) in span.pixels.iter().enumerate() {
                let (x, y) = (i % span.width, i / span.width);
                let (column, line) =
                    ((cell + x / tile) % COLUMNS as usize, (cell + x / tile) / COLUMNS as usize);
                target[(line * Grid::TILE_HEIGHT as usize + y) * stride + column * tile + x % tile] = pixel;
            }
            let cells = span.width.div_ceil(tile);
            let (x, width, height) = (span.x, span.width, span.height());
            cell += cells;
            work.add(&code, Extent { x, width, height, cells: cells as u32 });
        }
        let layout =
            TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(4 * stride as u32), rows_per_image: None };
        context.queue.write_texture(texture.as_image_copy(), bytemuck::cast_slice(&target), layout, size);
        let view = texture.create_view(&Default::default());
        let desk = Desk::new(context, &self.kernels, &scratch, &view, lines * COLUMNS).unwrap();
        let mut commands = context.device.create_command_encoder(&Default::default());
        desk.compress(
            context,
            &self.kernels,
            &code,
            &work,
            COLUMNS,
            &mut Recording { commands: &mut commands, clock: None },
        );
        let read = context.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: desk.results.size(),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        commands.copy_buffer_to_buffer(&desk.results, 0, &read, 0, read.size());
        commands.map_buffer_on_submit(&read, wgpu::MapMode::Read, .., |mapped| mapped.unwrap());
        let submission = context.queue.submit([commands.finish()]);
        context.check().unwrap();
        context.wait(submission, PATIENCE).unwrap();
        let words: Vec<u32> = bytemuck::cast_slice(&read.slice(..).get_mapped_range().unwrap()).to_vec();
        let results = Results::of(&work);
        assert!(results.bytes(&words) <= read.size());
        let mut row = 0;
        let of = |(number, span): (usize, &Span)| {
            let rows = row..row + span.height();
            row = rows.end;
            results.span(&words, number, rows, span.x as u32, encoder)
        };
        spans.iter().enumerate().map(of).collect()
    }

    /// Compresses spans here and there; how many were given up.
    fn check(&self, encoder: &Arc<Encoder>, spans: &[Span]) -> Result<usize, TestCaseError> {
        let made = self.compress(encoder, spans);
        for (number, (span, made)) in spans.iter().zip(&made).enumerate() {
            let mut pixels = span.pixels.clone();
            let want = encoder.compress(&mut pixels, span.width, span.x, &mut Default::default());
            let Some(made) = made else { continue };
            prop_assert!(made.is_same(&want), "span {}: {:?}\nis {:?}\nnot {:?}", number, span, made, want);
        }
        Ok(made.iter().filter(|made| made.is_none()).count())
    }
}

#[derive(Clone, Debug)]
struct Span {
    pixels: Vec<Pixel>,
    width: usize,
    x: usize,
}

impl Span {
    fn height(&self) -> usize {
        self.pixels.len() / self.width
    }
}

/// What a span looks like.
#[derive(Clone, Copy, Debug)]
enum Look {
    /// Runs of colours, and pieces of rows above, some pixels further left or right; some rows are the one above.
    Drawn,
    /// Two colours in turn, with faults.
    Dithered,
    /// Any colour anywhere.
    Noise,
    /// One colour after another, from the left to the right.
    Shaded,
    Plain,
}

const LOOKS: [Look; 5] = [Look::Drawn, Look::Dithered, Look::Noise, Look::Shaded, Look::Plain];

fn span(look: Look, colours: &[Pixel], [width, height]: [usize; 2], x: usize, seed: u32) -> Span {
    let mut random = Random(seed);
    let count = colours.len() as u32;
    let any = |random: &mut Random| colours[random.below(count) as usize];
    let amount = 2 + random.below(6);
    let few: Vec<Pixel> = (0..amount).map(|_| any(&mut random)).collect();
    let mut pixels: Vec<Pixel> = Vec::new();
    for y in 0..height {
        let above = pixels.len().saturating_sub(width);
        if y > 0 && random.below(4) == 0 {
            pixels.extend_from_within(above..);
            continue;
        }
        let begin = pixels.len();
        while pixels.len() < begin + width {
            let column = pixels.len() - begin;
            match look {
                Look::Drawn if y > 0 && random.below(3) > 0 => {
                    let row = random.below(y.min(6) as u32) as usize;
                    let shift = random.below(5) as usize;
                    let from = (above - row * width + column + shift).saturating_sub(2);
                    let length = 1 + random.below(90) as usize;
                    let to = (from + length).min(begin);
                    pixels.extend_from_within(from.min(to)..to);
                    pixels.push(few[random.below(few.len() as u32) as usize]);
                }
                Look::Drawn => {
                    let colour = few[random.below(few.len() as u32) as usize];
                    let most = if random.below(9) == 0 { 400 } else { 12 };
                    let length = 1 + random.below(most);
                    pixels.extend((0..length).map(|_| colour));
                }
                Look::Dithered => {
                    let other = (column + y) % 2 == usize::from(random.below(40) != 0);
                    pixels.push(few[usize::from(other)]);
                }
                Look::Noise => pixels.push(any(&mut random)),
                Look::Shaded => pixels.push(colours[(column / 3 + y / 2) % colours.len()]),
                Look::Plain => pixels.push(few[0]),
            }
        }
        pixels.truncate(begin + width);
    }
    Span { pixels, width, x }
}

/// So many different colours that the colour type can have.
fn colours(count: usize, is_opaque: bool, random: &mut Random) -> Vec<Pixel> {
    let mut all: Vec<Pixel> = Vec::new();
    while all.len() < count {
        // Near each other and apart.
        let near = 0x0001_0102u32.wrapping_mul(random.below(64));
        let pixel = if random.below(2) == 0 { near } else { random.below(1 << 24) };
        let alpha = if is_opaque { 255 } else { random.below(256) };
        let pixel = pixel & 0x00ff_ffff | alpha << 24;
        if !all.contains(&pixel) {
            all.push(pixel);
        }
    }
    all
}

#[derive(Clone, Debug)]
struct Case {
    bpp: usize,
    colours: usize,
    filter: Filter,
    search: Search,
    width: u32,
    is_trained: bool,
    seed: u32,
    spans: Vec<(Look, usize, usize, u32)>,
}

impl Case {
    fn make(&self) -> (Arc<Encoder>, Vec<Span>) {
        let mut random = Random(self.seed);
        let colours = colours(self.colours, self.bpp < 4, &mut random);
        let color = match self.bpp {
            1 => Color::Indexed(colours.clone().try_into().unwrap()),
            3 => Color::Rgb,
            _ => Color::Rgba,
        };
        let size = Size { width: self.width, height: 64 };
        let format = Format { size, color, icc_profile: None };
        let shape = shape_of(&format);
        let values = if self.filter == Filter::None { format.color.values() } else { 256 };
        let mut counts = Histogram::default();
        if self.is_trained {
            let all = counts.literals.iter_mut().chain(&mut counts.distances);
            all.for_each(|count| *count = 1 << random.below(20));
        }
        let lengths = CodeLengths::trained(&counts, shape, values);
        let encoder = Arc::new(Encoder::new(format, self.filter, lengths, self.search));
        let spans = self.spans.iter().map(|&(look, width, height, seed)| {
            let x = 64 * random.below((self.width as usize - width) as u32 / 64 + 1);
            span(look, &colours, [width, height], x as usize, seed)
        });
        (encoder, spans.collect())
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let code = (
        prop::sample::select(vec![(1usize, 2), (1, 9), (1, 256), (3, 4), (3, 3000), (4, 5), (4, 3000)]),
        // Edges are followed under the first alone.
        prop_oneof![Just(Filter::None), prop::sample::select(Filter::ALL.to_vec())],
        prop::sample::select(vec![Search::Straight, Search::Near, Search::Far, Search::Optimal]),
        prop::sample::select(vec![400u32, 2048, 8191, 10_923, 16_384]),
        any::<bool>(),
        any::<u32>(),
    );
    let heights = prop::sample::select(vec![1usize, 2, 31, 32]);
    let spans = (prop::sample::select(LOOKS.to_vec()), 1usize..400, heights, any::<u32>());
    (code, prop::collection::vec(spans, 1..12)).prop_map(
        |(((bpp, colours), filter, search, width, is_trained, seed), spans)| Case {
            bpp,
            colours,
            filter,
            search,
            width,
            is_trained,
            seed,
            spans,
        },
    )
}

#[test]
fn spans_are_those_of_the_cpu() {
    let Some(_turn) = turn() else { return };
    let device = Device::open();
    let config = Config { cases: depth::at_depth(48, 1000), failure_persistence: None, ..Config::default() };
    let (spans, given_up) = (Cell::new(0), Cell::new(0));
    let ran = TestRunner::new(config).run(&cases(), |case| {
        let (encoder, made) = case.make();
        spans.set(spans.get() + made.len());
        given_up.set(given_up.get() + device.check(&encoder, &made)?);
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
    println!("{} of {} spans were given up", given_up.get(), spans.get());
}

/// As wide as pictures can be: rows of noise take more steps than a software adapter has, and one colour never does.
#[test]
fn the_widest_spans_are_those_of_the_cpu_or_given_up() {
    let Some(_turn) = turn() else { return };
    let device = Device::open();
    for (bpp, filter, search) in [
        (3, Filter::None, Search::Far),
        (4, Filter::Paeth, Search::Straight),
        (1, Filter::None, Search::Near),
    ] {
        let spans = LOOKS.map(|look| (look, 16_384, 9, 1)).to_vec();
        let case =
            Case { bpp, colours: 200, filter, search, width: 16_384, is_trained: true, seed: 5, spans };
        let (encoder, mut spans) = case.make();
        device.check(&encoder, &spans).unwrap_or_else(|error| panic!("{error}"));
        let plain = spans.split_off(LOOKS.len() - 1);
        assert!(device.compress(&encoder, &plain)[0].is_some(), "one colour is never given up");
    }
}
