//! Whether an adapter compresses as the CPU does, asked before it is trusted with a picture.
//!
//! A made-up picture is compressed in all colour types, under all filters and by all searches: single pixels, runs and copies
//! shorter and longer than a match can be, pieces of rows above at distances up to deflate's reach and beyond, equal rows, and
//! noise, under codes of one to fifteen bits.

use std::sync::Arc;

use crate::art::{Art, TraitArt};
use crate::compositor::SpanJob;
use crate::compositor::cpu::{composite_span, extent};
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::Numbered;
use crate::compositor::gpu::renderer::{Renderer, Submitted};
use crate::compositor::gpu::self_check::{Difference, Noise};
use crate::compositor::gpu::{Budget, Device};
use crate::geometry::{Grid, Place, Size};
use crate::pixel::Pixel;
use crate::png::{CodeLengths, Color, Encoder, Filter, Format, Histogram, Scratch, Search, shape_of};

/// Eighteen tiles by two, the last column and row partial. Ten rows of three bytes a pixel are as far as deflate reaches.
const CANVAS: Size = Size { width: 1100, height: 40 };
/// Colours of the picture.
const COLOURS: u32 = 200;

/// Compresses on `device` and on the CPU; the first difference, if there is one.
pub(in crate::compositor::gpu) fn run(
    device: &Arc<Device>,
    faults: &Faults,
) -> Result<Option<Difference>, Fault> {
    let mut noise = Noise(7);
    let palette: Vec<Pixel> = (0..COLOURS).map(|i| 0xff00_0000 | i.wrapping_mul(0x0003_0507)).collect();
    let grid = Grid::new(CANVAS);
    let picture = TraitArt::from_canvas(grid, &picture(&palette, &mut noise));
    let art = Arc::new(Art { arithmetic: device.arithmetic, ..Art::of_tiles(grid, vec![picture]) });
    let budget = Budget { textures: 64 << 20, pools: 16 << 20, page_side: None, keep_targets: true };
    let mut renderer = Renderer::new(device.clone(), art.clone(), &budget, Arc::default(), Arc::default())?;
    let places = [(0, 0, 17), (0, 0, 0), (0, 3, 4), (1, 0, 16), (1, 17, 17)];
    let jobs = places.map(|(tile_row, first, last)| SpanJob {
        place: Place { tile_row, first, last },
        stack: [0].as_slice().into(),
    });
    let jobs: Vec<Numbered> =
        jobs.into_iter().enumerate().map(|(number, job)| Numbered { number, job }).collect();
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

/// Compresses the spans of `jobs` here and there; where they differ, if they do.
fn compare(
    renderer: &mut Renderer,
    art: &Art,
    jobs: &[Numbered],
    encoder: &Arc<Encoder>,
) -> Result<Option<String>, Fault> {
    let (mut next, mut words, mut pixels, mut scratch) = (0, Vec::new(), Vec::new(), Scratch::default());
    while next < jobs.len() || renderer.busy() {
        while next < jobs.len() && renderer.ready() {
            match renderer.submit(&jobs[next..], Some(encoder))? {
                Submitted::Jobs(count) => next += count,
                Submitted::TooLarge => unreachable!("the check's art fits its atlas"),
            }
        }
        let Some((done, Some(asked))) = renderer.collect(&mut words)? else { continue };
        let mut row = 0;
        for (index, Numbered { job, .. }) in done.iter().enumerate() {
            let (xs, ys) = extent(art, job.place);
            let rows = row..row + ys.len();
            row = rows.end;
            // What is given up is no difference: the CPU makes it.
            let Some(made) = asked.results.span(&words, index, rows, xs.start as u32, encoder) else {
                continue;
            };
            let expected = composite_span(art, job, &mut pixels);
            if !made.is_same(&encoder.compress(expected, xs.len(), xs.start, &mut scratch)) {
                return Ok(Some(format!("the span of columns {xs:?} in rows {ys:?}")));
            }
        }
    }
    Ok(None)
}

/// An encoder whose code has long and short codes.
fn encoder(color: &Color, filter: Filter, search: Search, noise: &mut Noise) -> Encoder {
    let format = Format { size: CANVAS, color: color.clone(), icc_profile: None };
    let mut counts = Histogram::default();
    let all = counts.literals.iter_mut().chain(&mut counts.distances);
    all.for_each(|count| *count = 1 << (noise.next() % 20));
    let values = if filter == Filter::None { color.values() } else { 256 };
    let lengths = CodeLengths::trained(&counts, shape_of(&format), values);
    Encoder::new(format, filter, lengths, search)
}

fn picture(palette: &[Pixel], noise: &mut Noise) -> Vec<Pixel> {
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
