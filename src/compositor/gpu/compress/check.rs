//! Whether an adapter compresses as the CPU does, asked before it is trusted with a picture.
//!
//! A made-up picture is compressed in all colour types, under all filters and by all searches: single pixels, runs and copies
//! shorter and longer than a match can be, pieces of rows above at distances up to deflate's reach and beyond, equal rows, and
//! noise, under codes of one to fifteen bits. The same picture is a measure of how fast it does that.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::art::{Art, TraitArt};
use crate::compositor::SpanJob;
use crate::compositor::cpu::{composite_span, extent};
use crate::compositor::gpu::compress::Asked;
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::Numbered;
use crate::compositor::gpu::renderer::{Collected, Renderer, Submitted};
use crate::compositor::gpu::self_check::{Difference, Noise};
use crate::compositor::gpu::target::CELLS;
use crate::compositor::gpu::{Budget, Device};
use crate::geometry::{Grid, Place, Size};
use crate::pixel::Pixel;
use crate::png::{CodeLengths, Color, Encoder, Filter, Format, Histogram, Scratch, Search, shape_of};

/// Eighteen tiles by two, the last column and row partial. Ten rows of three bytes a pixel are as far as deflate reaches.
pub(in crate::compositor::gpu) const CANVAS: Size = Size { width: 1100, height: 40 };
/// Colours of the picture.
const COLOURS: u32 = 200;

/// Compresses on `device` and on the CPU; the first difference, if there is one.
pub(in crate::compositor::gpu) fn run(
    device: &Arc<Device>,
    faults: &Faults,
) -> Result<Option<Difference>, Fault> {
    let mut noise = Noise(7);
    let palette: Vec<Pixel> = palette();
    let (mut renderer, art) = renderer(device, &palette, &mut noise)?;
    let jobs = jobs(&[(0, 0, 17), (0, 0, 0), (0, 3, 4), (1, 0, 16), (1, 17, 17)]);
    for (name, color) in [
        ("a palette", Color::Indexed(palette.try_into().expect("opaque colours"))),
        ("RGB", Color::Rgb),
        ("RGBA", Color::Rgba),
    ] {
        for filter in Filter::ALL {
            // Under other filters no search follows edges.
            let searches = [Search::Straight, Search::Near, Search::Far, Search::Optimal];
            for &search in if filter == Filter::None { &searches[..] } else { &searches[..1] } {
                let operation = format!("compressing {name} under filter {}", filter.name());
                let encoder = Arc::new(encoder(&color, filter, search, &mut noise));
                if let Some(difference) = compare(&mut renderer, &art, &jobs, &encoder)?
                    .or_else(|| faults.spoils(&operation).then(|| "a fault on purpose".to_owned()))
                {
                    return Ok(Some(Difference { operation, difference }));
                }
            }
        }
    }
    Ok(None)
}

/// The check's opaque colours.
pub(in crate::compositor::gpu) fn palette() -> Vec<Pixel> {
    (0..COLOURS).map(|i| 0xff00_0000 | i.wrapping_mul(0x0003_0507)).collect()
}

/// What draws and compresses the picture, and its art.
fn renderer(
    device: &Arc<Device>,
    palette: &[Pixel],
    noise: &mut Noise,
) -> Result<(Renderer, Arc<Art>), Fault> {
    let grid = Grid::new(CANVAS);
    let picture = TraitArt::from_canvas(grid, &picture(palette, noise));
    let art = Arc::new(Art { arithmetic: device.arithmetic, ..Art::of_tiles(grid, vec![picture]) });
    let budget = Budget {
        textures: 64 << 20,
        spans: 0,
        joined: 0,
        pools: 256 << 20,
        cells: CELLS,
        page_side: None,
        keep_targets: true,
    };
    let renderer = Renderer::new(device.clone(), art.clone(), &budget, Arc::default(), Arc::default())?;
    Ok((renderer, art))
}

/// Spans of the picture: tile row, first and last tile.
fn jobs(places: &[(u16, u16, u16)]) -> Vec<Numbered> {
    let job = |(number, &(tile_row, first, last)): (usize, &(u16, u16, u16))| Numbered {
        number,
        job: SpanJob { place: Place { tile_row, first, last }, stack: [0].as_slice().into() },
    };
    places.iter().enumerate().map(job).collect()
}

/// Pixels a second that are compressed.
#[derive(Clone, Copy, Debug)]
pub(in crate::compositor::gpu) struct Rates {
    pub(in crate::compositor::gpu) device: f64,
    /// Of all threads together.
    pub(in crate::compositor::gpu) processor: f64,
    threads: usize,
}

impl Rates {
    /// Whether the device is no slower.
    pub(in crate::compositor::gpu) fn device_pays(&self) -> bool {
        self.device >= self.processor
    }
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { device, processor, threads } = self;
        let [device, processor] = [device, processor].map(|rate| rate / 1e6);
        write!(f, "{device:.0} Mpx/s in the self-check, {processor:.0} by {threads} threads of the processor")
    }
}

/// How fast the device composites and compresses the picture, and how fast so many threads compress it.
pub(in crate::compositor::gpu) fn rates(device: &Arc<Device>, threads: usize) -> Result<Rates, Fault> {
    let mut noise = Noise(7);
    let (mut renderer, art) = renderer(device, &palette(), &mut noise)?;
    let encoder = Arc::new(encoder(&Color::Rgb, Filter::None, Search::Far, &mut noise));
    // Enough to fill a card, and little enough for a slow one.
    let spans = jobs(&[(0, 0, 17); 32]);
    let mut words = Vec::new();
    // The first time buffers are made, too.
    let mut seconds = f64::INFINITY;
    for _ in 0..3 {
        let start = Instant::now();
        for_passes(&mut renderer, &spans, &encoder, &mut words, |_, _, _| Ok(()))?;
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    let (mut pixels, mut scratch) = (Vec::new(), Scratch::default());
    let (mut here, mut count) = (f64::INFINITY, 0);
    for Numbered { job, .. } in &spans[..8] {
        let width = extent(&art, job.place).0.len();
        let pixels = composite_span(&art, job, &mut pixels);
        count = pixels.len();
        let start = Instant::now();
        encoder.compress(pixels, width, 0, &mut scratch);
        here = here.min(start.elapsed().as_secs_f64());
    }
    let count = count as f64;
    let processor = count / here.max(1e-9) * threads as f64;
    Ok(Rates { device: count * spans.len() as f64 / seconds.max(1e-9), processor, threads })
}

/// Compresses spans in as many passes as it takes, and has each looked at.
fn for_passes(
    renderer: &mut Renderer,
    jobs: &[Numbered],
    encoder: &Arc<Encoder>,
    words: &mut Vec<u32>,
    mut look: impl FnMut(&[Numbered], &Asked, &[u32]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut next = 0;
    while next < jobs.len() || renderer.busy() {
        while next < jobs.len() && renderer.ready() {
            match renderer.submit(&jobs[next..], Some(encoder), (0, 0))? {
                Submitted::Jobs(count) => next += count,
                Submitted::TooLarge => unreachable!("the check's art fits its atlas"),
            }
        }
        if let Some(Collected { jobs, asked: Some(asked), .. }) = renderer.collect(words, None)? {
            look(&jobs, &asked, words)?;
        }
    }
    Ok(())
}

/// Compresses the spans of `jobs` here and there; where they differ, if they do.
fn compare(
    renderer: &mut Renderer,
    art: &Art,
    jobs: &[Numbered],
    encoder: &Arc<Encoder>,
) -> Result<Option<String>, Fault> {
    let (mut words, mut pixels, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
    let mut difference = None;
    for_passes(renderer, jobs, encoder, &mut words, |done, asked, words| {
        let mut row = 0;
        for (index, Numbered { job, .. }) in done.iter().enumerate() {
            let (xs, ys) = extent(art, job.place);
            let rows = row..row + ys.len();
            row = rows.end;
            // What is given up is no difference: the CPU makes it.
            let Some(made) = asked.results.span(words, index, rows, xs.start as u32, encoder) else {
                continue;
            };
            let expected = composite_span(art, job, &mut pixels);
            if !made.is_same(&encoder.compress(expected, xs.len(), xs.start, &mut scratch)) {
                difference.get_or_insert_with(|| format!("the span of columns {xs:?} in rows {ys:?}"));
            }
        }
        Ok(())
    })?;
    Ok(difference)
}

/// An encoder whose code has long and short codes.
pub(in crate::compositor::gpu) fn encoder(
    color: &Color,
    filter: Filter,
    search: Search,
    noise: &mut Noise,
) -> Encoder {
    let format = Format { size: CANVAS, color: color.clone(), icc_profile: None };
    let mut counts = Histogram::default();
    let all = counts.literals.iter_mut().chain(&mut counts.distances);
    all.for_each(|count| *count = 1 << (noise.next() % 20));
    let values = if filter == Filter::None { color.values() } else { 256 };
    let lengths = CodeLengths::trained(&counts, shape_of(&format), values);
    Encoder::new(format, filter, lengths, search)
}

/// The check's picture.
pub(in crate::compositor::gpu) fn picture(palette: &[Pixel], noise: &mut Noise) -> Vec<Pixel> {
    let width = CANVAS.width as usize;
    let mut pixels: Vec<Pixel> = Vec::new();
    for y in 0..CANVAS.height as usize {
        let begin = y * width;
        if y > 0 && noise.next().is_multiple_of(5) {
            pixels.extend_from_within(begin - width..);
            continue;
        }
        while pixels.len() < begin + width {
            let length = match noise.next() % 8 {
                0 => noise.next() % 600,
                1 => [64, 65, 66, 86, 87, 88, 258, 259, 261][noise.next() as usize % 9],
                _ => noise.next() % 30,
            } as usize;
            if y > 0 && !noise.next().is_multiple_of(3) {
                let back = width * (1 + noise.next() as usize % y.min(12)) + 2;
                let from = pixels.len().saturating_sub(back) + noise.next() as usize % 5;
                let to = (from + length).min(begin);
                pixels.extend_from_within(from.min(to)..to);
            }
            let colour = palette[noise.next() as usize % palette.len()];
            let run = if noise.next().is_multiple_of(2) { 1 } else { length.max(1) };
            pixels.extend((0..run).map(|_| colour));
        }
        pixels.truncate(begin + width);
    }
    pixels
}
