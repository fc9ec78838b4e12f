//! Spans of smaller pictures that are composited, averaged and compressed in one pass, against those of the CPU.

use std::collections::BTreeMap;
use std::sync::{Mutex, atomic::AtomicU64, atomic::Ordering};

use super::tests_passes::{compressing, encoder};
use crate::art::{Art, TraitArt};
use crate::compositor::gpu::GpuOptions;
use crate::compositor::gpu::tests::{means, noisy, open, turn};
use crate::compositor::{AveragedJob, Compositor, Compressed, SpanJob, composite_canvas};
use crate::geometry::{Grid, Place, Size, TraitId};
use crate::pixel::{Arithmetic, Pixel, average_rows};
use crate::png::{Color, CompressedSpan, Encoder, Filter, Format, Scratch, Search};

/// Pictures of noise whose pixels show or do not, which is all that premultiplied art is averaged of.
fn hard(art: Art) -> Art {
    let pixels = |picture: &TraitArt| {
        let mut canvas = Vec::new();
        let one = Art { arithmetic: art.arithmetic, ..Art::of_tiles(art.grid, vec![picture.clone()]) };
        let one = std::sync::Arc::new(one);
        composite_canvas(art.grid, &[0], |_| Ok::<_, ()>(one.clone()), &mut canvas).unwrap();
        canvas.iter().map(|&pixel| if pixel >> 24 > 99 { pixel | 0xff << 24 } else { 0 }).collect::<Vec<_>>()
    };
    let traits = art.traits.iter().map(|picture| TraitArt::from_canvas(art.grid, &pixels(picture)));
    Art { arithmetic: art.arithmetic, ..Art::of_tiles(art.grid, traits.collect()) }
}

/// A span of a smaller picture in which a stack shows everywhere.
fn job(art: &Art, grid: Grid, factor: usize, place: Place, stack: &[TraitId]) -> AveragedJob {
    let (xs, ys) = (grid.x_range(place.first.into()), grid.y_range(place.tile_row.into()));
    let width = grid.x_range(place.last.into()).end - xs.start;
    let first = place.first * factor as u16;
    let last = ((usize::from(place.last) + 1) * factor).min(art.grid.columns()) as u16 - 1;
    let rows = usize::from(place.tile_row) * factor
        ..((usize::from(place.tile_row) + 1) * factor).min(art.grid.rows());
    // Cut in two where that can be.
    let cut = first + (last - first) / 2;
    let parts = if cut < last { vec![(first, cut), (cut + 1, last)] } else { vec![(first, last)] };
    let pieces = rows.clone().flat_map(|row| {
        parts.iter().map(move |&(first, last)| SpanJob {
            place: Place { tile_row: row as u16, first, last },
            stack: stack.into(),
        })
    });
    AveragedJob {
        factor: factor as u32,
        x: xs.start as u32,
        size: [width, ys.len()].map(|pixels| pixels as u32),
        corner: [first, rows.start as u16],
        tiles: [last - first + 1, rows.len() as u16],
        pieces: pieces.collect(),
    }
}

#[test]
fn averages_are_those_of_the_cpu() {
    let Some(_turn) = turn() else { return };
    for (arithmetic, color) in [(Arithmetic::Straight, Color::Rgba), (Arithmetic::Premultiplied, Color::Rgb)]
    {
        let size = Size { width: 480, height: 240 };
        let art = Art { arithmetic, ..noisy(size, 4) };
        let means = means(if arithmetic == Arithmetic::Premultiplied { hard(art) } else { art });
        let gpu = open(&means, &GpuOptions { pools: Some(32 << 20), ..compressing() });
        for (factor, filter) in
            [(2, Filter::None), (3, Filter::Paeth), (5, Filter::Up), (8, Filter::Average), (16, Filter::Sub)]
        {
            assert!(gpu.averages(factor) && !gpu.averages(17));
            let small = Size { width: size.width / factor as u32, height: size.height / factor as u32 };
            let grid = Grid::new(small);
            let at_full_size = encoder(&means.art, color.clone(), filter, Search::Far);
            let format = Format { size: small, ..at_full_size.format().clone() };
            let lengths = crate::png::CodeLengths::untrained(crate::png::shape_of(&format), 256);
            let encoder = std::sync::Arc::new(Encoder::new(format, filter, lengths, Search::Far));
            let mut jobs: Vec<(Place, Vec<TraitId>)> = Vec::new();
            for stack in [&[0, 1][..], &[0], &[], &[2, 3, 1, 0]] {
                let last = grid.columns() as u16 - 1;
                for tile_row in 0..grid.rows() as u16 {
                    for (first, last) in [(0, last), (last, last)] {
                        jobs.push((Place { tile_row, first, last }, stack.to_vec()));
                    }
                }
            }
            let made: Mutex<BTreeMap<usize, CompressedSpan>> = Mutex::default();
            let left = AtomicU64::new(0);
            let keep = |number: usize, span: CompressedSpan| {
                assert!(made.lock().unwrap().insert(number, span).is_none(), "{number} comes twice");
            };
            let alone = |_| _ = left.fetch_add(1, Ordering::Relaxed);
            let compressed = Compressed { encoder: &encoder, deliver: &keep };
            let asked =
                jobs.iter().map(|(place, stack)| job(&means.art, grid, factor, *place, stack)).collect();
            gpu.render_averages(&means.art, asked, &alone, compressed).unwrap();
            let (mut canvas, mut averages) = (Vec::new(), vec![0; small.pixels() as usize]);
            let made = made.into_inner().unwrap();
            assert_eq!(made.len() as u64 + left.load(Ordering::Relaxed), jobs.len() as u64);
            // A software adapter lacks the steps for the largest boxes under filters that look around.
            assert!(
                factor > 8 || left.load(Ordering::Relaxed) == 0,
                "{left:?} by {factor} are left to the CPU"
            );
            for (number, span) in made {
                let (place, stack) = &jobs[number];
                composite_canvas(means.art.grid, stack, |_| Ok::<_, ()>(means.art.clone()), &mut canvas)
                    .unwrap();
                for (rows, out) in canvas
                    .chunks_exact(size.width as usize * factor)
                    .zip(averages.chunks_exact_mut(small.width as usize))
                {
                    average_rows(arithmetic, factor, rows, out);
                }
                let xs = grid.x_range(place.first.into()).start..grid.x_range(place.last.into()).end;
                let rows = grid
                    .y_range(place.tile_row.into())
                    .flat_map(|y| &averages[y * small.width as usize..][xs.clone()]);
                let mut pixels: Vec<Pixel> = rows.copied().collect();
                let want = encoder.compress(&mut pixels, xs.len(), xs.start, &mut Scratch::default());
                assert!(
                    span.is_same(&want),
                    "{arithmetic:?} by {factor} under {}: {:?}",
                    filter.name(),
                    jobs[number]
                );
            }
        }
    }
}
