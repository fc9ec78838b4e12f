//! Whether an adapter compresses as the CPU does, asked before it is trusted with a picture.
//!
//! A made-up picture is compressed in all colour types, under all filters and by all searches: single pixels, runs and copies
//! shorter and longer than a match can be, pieces of rows above at distances up to deflate's reach and beyond, equal rows, and
//! noise, under codes of one to fifteen bits. The same picture is a measure of how fast a device is (`rates`).

use std::sync::Arc;

use crate::art::{Art, TraitArt};
use crate::compositor::SpanJob;
use crate::compositor::cpu::{composite_span, extent};
use crate::compositor::gpu::compress::Asked;
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::device::{Budget, Device};
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::{Job, Numbered};
use crate::compositor::gpu::renderer::{Collected, Renderer, Submitted};
use crate::compositor::gpu::self_check::{Difference, Noise};
use crate::compositor::gpu::target::CELLS;
use crate::geometry::{Grid, Place, Size, TraitId};
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
    let jobs = jobs(&[(0, 0, 17), (0, 0, 0), (0, 3, 4), (1, 0, 16), (1, 17, 17)], &[0]);
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

/// What draws and compresses the picture, and its art. The second and third trait are the picture with holes.
pub(in crate::compositor::gpu) fn renderer(
    device: &Arc<Device>,
    palette: &[Pixel],
    noise: &mut Noise,
) -> Result<(Renderer, Arc<Art>), Fault> {
    let grid = Grid::new(CANVAS);
    let drawn = picture(palette, noise);
    let with_holes = |size: usize| {
        let is_hole = |at: usize| {
            (at % CANVAS.width as usize / size + at / CANVAS.width as usize / 8).is_multiple_of(2)
        };
        let pixels: Vec<Pixel> =
            (0..drawn.len()).map(|at| if is_hole(at) { 0 } else { !drawn[at] | 0xff << 24 }).collect();
        TraitArt::from_canvas(grid, &pixels)
    };
    let traits = vec![TraitArt::from_canvas(grid, &drawn), with_holes(37), with_holes(100)];
    let art = Arc::new(Art { arithmetic: device.arithmetic, ..Art::of_tiles(grid, traits) });
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

/// Spans of some traits: tile row, first and last tile.
pub(in crate::compositor::gpu) fn jobs(places: &[(u16, u16, u16)], stack: &[TraitId]) -> Vec<SpanJob> {
    let job = |&(tile_row, first, last): &(u16, u16, u16)| SpanJob {
        place: Place { tile_row, first, last },
        stack: stack.into(),
    };
    places.iter().map(job).collect()
}

pub(in crate::compositor::gpu) fn numbered(jobs: &[SpanJob]) -> Vec<Numbered> {
    let numbered = |(number, job): (usize, &SpanJob)| Numbered { number, job: Job::Span(job.clone()) };
    jobs.iter().enumerate().map(numbered).collect()
}

/// Composites spans in as many passes as it takes, compressed by `encoder` if there is one, and has each looked at.
pub(in crate::compositor::gpu) fn for_passes(
    renderer: &mut Renderer,
    jobs: &[Numbered],
    encoder: Option<&Arc<Encoder>>,
    words: &mut Vec<u32>,
    mut look: impl FnMut(&[Numbered], &Asked, &[u32]) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut next = 0;
    while next < jobs.len() || renderer.busy() {
        while next < jobs.len() && renderer.ready() {
            match renderer.submit(&jobs[next..], encoder, (0, 0))? {
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
    jobs: &[SpanJob],
    encoder: &Arc<Encoder>,
) -> Result<Option<String>, Fault> {
    let (mut words, mut pixels, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
    let mut difference = None;
    for_passes(renderer, &numbered(jobs), Some(encoder), &mut words, |done, asked, words| {
        let mut row = 0;
        for (index, Numbered { number, .. }) in done.iter().enumerate() {
            let job = &jobs[*number];
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
