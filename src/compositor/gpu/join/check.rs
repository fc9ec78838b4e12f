//! Whether an adapter joins as the CPU does, asked before it is trusted with a picture.
//!
//! Made-up tile rows are joined to pictures in all colour types and under all filters: spans that begin and end with runs, copies,
//! literals and nothing, with what goes on from span to span across all of a row, and codes of one to fifteen bits.

use std::sync::Arc;

use crate::compositor::JoinBatch;
use crate::compositor::gpu::compress::check::{CANVAS, encoder, palette, picture};
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::device::Device;
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::join::Joiner;
use crate::compositor::gpu::rates::{Rates, fastest};
use crate::compositor::gpu::self_check::{Difference, Noise};
use crate::geometry::Grid;
use crate::pixel::Pixel;
use crate::png::{Color, Encoder, Filter, RowSpans, Scratch, Search, TileRow};

/// Bytes of spans.
const ARENA: u64 = 4 << 20;
/// Different tile rows at each place; as many pictures, each of another mixture.
const DIFFERENT: usize = 3;
/// Pictures that are joined to measure how fast that is.
const MEASURED: usize = 256;

/// Joins on `device` and on the CPU; the first difference, if there is one.
pub(in crate::compositor::gpu) fn run(device: &Device, faults: &Faults) -> Result<Option<Difference>, Fault> {
    let mut noise = Noise(11);
    let mut joiner = Joiner::new(&device.context, device.adapter.kind, ARENA, faults)?;
    let palette = palette();
    let pictures: Vec<Vec<Pixel>> = (0..DIFFERENT).map(|_| picture(&palette, &mut noise)).collect();
    for (name, color) in [
        ("a palette", Color::Indexed(palette.try_into().expect("opaque colours"))),
        ("RGB", Color::Rgb),
        ("RGBA", Color::Rgba),
    ] {
        for filter in Filter::ALL {
            let operation = format!("joining {name} under filter {}", filter.name());
            let encoder = Arc::new(encoder(&color, filter, Search::Far, &mut noise));
            let batch = batch(&encoder, &pictures, DIFFERENT);
            let difference = compare(device, &mut joiner, &batch)?;
            if let Some(difference) =
                difference.or_else(|| faults.spoils(&operation).then(|| "a fault on purpose".to_owned()))
            {
                return Ok(Some(Difference { operation, difference }));
            }
        }
    }
    Ok(None)
}

/// How fast a device joins, and how fast so many threads do. The spans are where they are needed.
pub(in crate::compositor::gpu) fn rates(device: &Device, threads: usize) -> Result<Rates, Fault> {
    let mut noise = Noise(11);
    let palette = palette();
    let pictures: Vec<Vec<Pixel>> = (0..DIFFERENT).map(|_| picture(&palette, &mut noise)).collect();
    let encoder = Arc::new(encoder(&Color::Rgb, Filter::None, Search::Far, &mut noise));
    let batch = batch(&encoder, &pictures, MEASURED);
    let mut joiner = Joiner::new(&device.context, device.adapter.kind, ARENA, &Faults::default())?;
    let mut file = Vec::new();
    let seconds = fastest(|| {
        let joined = joiner.join(&device.context, &batch)?;
        for (number, joined) in joined.iter().enumerate() {
            // What is around the bits is the CPU's work in any case.
            let _ =
                joined.as_ref().map(|joined| encoder.finish_joined(batch.picture(number), joined, &mut file));
        }
        Ok(())
    })?;
    let rows: Vec<TileRow<'_>> = batch.picture(0).map(|spans| TileRow { spans, block: None }).collect();
    let mut made = 0;
    let alone = fastest(|| {
        made = encoder.join(&rows, &mut file).unwrap_or(0);
        Ok::<_, Fault>(())
    })?;
    let made = made as f64;
    Ok(Rates::new((made * MEASURED as f64, seconds), (made, alone), threads, "MB"))
}

/// The tile rows of so many pictures, mixed, cut into spans from a tile to all of a row.
fn batch(encoder: &Arc<Encoder>, pictures: &[Vec<Pixel>], count: usize) -> JoinBatch {
    let grid = Grid::new(CANVAS);
    let width = CANVAS.width as usize;
    let mut scratch = Scratch::default();
    let mut tile_row = |row: usize, number: usize| {
        let step = [width, Grid::TILE_WIDTH as usize, 5 * Grid::TILE_WIDTH as usize][number];
        let spans = (0..width).step_by(step).map(|x| {
            let to = (x + step).min(width);
            let rows = grid.y_range(row).flat_map(|y| &pictures[number][y * width..][x..to]);
            let mut pixels: Vec<Pixel> = rows.copied().collect();
            Arc::new(encoder.compress(&mut pixels, to - x, x, &mut scratch))
        });
        Arc::new(RowSpans::new(spans.collect()))
    };
    let rows = (0..grid.rows()).map(|row| {
        let different = (0..DIFFERENT).map(|number| tile_row(row, number)).collect();
        (different, (0..count).map(|picture| ((picture + row) % DIFFERENT) as u32).collect())
    });
    JoinBatch { encoder: encoder.clone(), rows: rows.collect() }
}

/// Joins a batch here and there; where they differ, if they do. What is given up is no difference: the CPU makes it.
fn compare(device: &Device, joiner: &mut Joiner, batch: &JoinBatch) -> Result<Option<String>, Fault> {
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    for (number, joined) in joiner.join(&device.context, batch)?.iter().enumerate() {
        let Some(joined) = joined else { continue };
        let rows: Vec<TileRow<'_>> =
            batch.picture(number).map(|spans| TileRow { spans, block: None }).collect();
        let wanted = batch.encoder.join(&rows, &mut expected).map(|len| &expected[..len]);
        let made = batch.encoder.finish_joined(batch.picture(number), joined, &mut found);
        if wanted != made.map(|len| &found[..len]) {
            return Ok(Some(format!("picture {number}")));
        }
    }
    Ok(None)
}
