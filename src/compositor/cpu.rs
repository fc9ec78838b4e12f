//! The CPU back end: spans in parallel, each composited tile by tile, bottom to top.
//!
//! The lowest trait of a stack is copied, never blended: over nothing, every mode gives the source. Solid tiles are
//! fills. The arithmetic of the art and the blend mode are looked at once for a row of pixels.

use std::ops::Range;
use std::sync::Arc;

use rayon::prelude::*;

use crate::art::{Art, Tile, TraitArt};
use crate::compositor::backend::BackendError;
use crate::compositor::units::{Entry, UnitBuffers, units};
use crate::compositor::{BackendContext, Band, Compositor, Compressed, Deliver, SpanJob};
use crate::geometry::{Grid, Place, TraitId};
use crate::pixel::{Arithmetic, Blend, Pixel};
use crate::project::Role;
use crate::telemetry::{BackendUse, GpuStats, Pool, Stage};

/// Composites on a thread pool.
#[derive(Debug)]
pub(crate) struct Cpu {
    means: BackendContext,
    /// The pixels of the spans at hand.
    buffers: Pool<Vec<Pixel>>,
    /// A GPU that is slower.
    passed_over: Option<GpuStats>,
}

impl Cpu {
    pub(crate) fn new(means: &BackendContext) -> Self {
        Self { means: means.clone(), buffers: Pool::new(&means.account), passed_over: None }
    }

    /// In place of a GPU that is slower.
    #[cfg(feature = "gpu")]
    pub(crate) fn instead_of(self, passed_over: GpuStats) -> Self {
        Self { passed_over: Some(passed_over), ..self }
    }

    /// Composites one span and delivers it.
    pub(crate) fn one(&self, art: &Art, index: usize, job: &SpanJob, deliver: &Deliver<'_>) {
        self.buffers.with(|buffer| {
            let pixels = self.means.stages.time(Stage::Composite, || composite_span(art, job, buffer));
            deliver(index, pixels);
        });
    }
}

impl Compositor for Cpu {
    fn in_use(&self) -> BackendUse {
        BackendUse::Cpu
    }

    fn gpu_stats(&self) -> Option<GpuStats> {
        self.passed_over.clone()
    }

    fn render(
        &self,
        art: &Arc<Art>,
        jobs: &[SpanJob],
        _next: Vec<Band>,
        deliver: &Deliver<'_>,
        _: Option<Compressed<'_>>,
    ) -> Result<(), BackendError> {
        self.means.pool.install(|| {
            jobs.par_iter().enumerate().for_each(|(index, job)| self.one(art, index, job, deliver));
        });
        Ok(())
    }
}

/// Pixel columns and rows of a span on the canvas.
pub(crate) fn extent(art: &Art, place: Place) -> (Range<usize>, Range<usize>) {
    let left = art.grid.x_range(place.first.into()).start;
    let right = art.grid.x_range(place.last.into()).end;
    (left..right, art.grid.y_range(place.tile_row.into()))
}

/// Composites one span into `buffer`, which grows as needed and keeps what lies beyond.
pub(crate) fn composite_span<'a>(art: &Art, job: &SpanJob, buffer: &'a mut Vec<Pixel>) -> &'a mut [Pixel] {
    let (xs, ys) = extent(art, job.place);
    let width = xs.len();
    let size = width * ys.len();
    if buffer.len() < size {
        buffer.resize(size, 0);
    }
    let pixels = &mut buffer[..size];
    if art.has_roles && job.stack.iter().any(|&id| art.traits[usize::from(id)].role() != Role::Drawn) {
        composite_units(art, job, pixels);
        return pixels;
    }
    let Some((&bottom, others)) = job.stack.split_first() else {
        pixels.fill(0);
        return pixels;
    };
    let row = usize::from(job.place.tile_row);
    for column in job.place.first.into()..=job.place.last.into() {
        let tile_xs = art.grid.x_range(column);
        let at = tile_xs.start - xs.start..tile_xs.end - xs.start;
        let picture = |id: TraitId| &art.traits[usize::from(id)];
        place_tile(pixels, width, at.clone(), picture(bottom).tile(row, column));
        for picture in others.iter().map(|&id| picture(id)) {
            let mode = (art.arithmetic, picture.blend());
            blend_tile(pixels, width, at.clone(), picture.tile(row, column), mode);
        }
    }
    pixels
}

/// The same where pictures are clipped or masked.
fn composite_units(art: &Art, job: &SpanJob, pixels: &mut [Pixel]) {
    let (xs, _) = extent(art, job.place);
    let (width, row) = (xs.len(), usize::from(job.place.tile_row));
    pixels.fill(0);
    let pictures: Vec<&TraitArt> = job.stack.iter().map(|&id| &art.traits[usize::from(id)]).collect();
    let roles: Vec<Role> = pictures.iter().map(|picture| picture.role()).collect();
    let mut buffers = UnitBuffers::default();
    for column in job.place.first.into()..=job.place.last.into() {
        let tile_xs = art.grid.x_range(column);
        let at = tile_xs.start - xs.start..tile_xs.end - xs.start;
        for unit in units(&roles) {
            blend_unit(
                art.arithmetic,
                &pictures[unit],
                (row, column),
                (pixels, width, at.clone()),
                &mut buffers,
            );
        }
    }
}

/// Blends a unit over a tile of a buffer with rows of a width.
fn blend_unit(
    arithmetic: Arithmetic,
    pictures: &[&TraitArt],
    (row, column): (usize, usize),
    (pixels, width, at): (&mut [Pixel], usize, Range<usize>),
    buffers: &mut UnitBuffers,
) {
    let entries: Vec<Entry<'_>> = pictures
        .iter()
        .map(|picture| Entry { tile: picture.tile(row, column), mode: picture.blend(), role: picture.role() })
        .collect();
    if let [Entry { tile, mode, role: Role::Drawn }] = entries[..] {
        return blend_tile(pixels, width, at, tile, (arithmetic, mode));
    }
    let area = at.len() * (pixels.len() / width);
    let (unit, mode) = buffers.composite(arithmetic, &entries, area);
    blend_tile(pixels, width, at, Tile::Pixels(unit), (arithmetic, mode));
}

/// Puts a tile in columns `at` of a buffer with rows of `width`, over nothing.
fn place_tile(pixels: &mut [Pixel], width: usize, at: Range<usize>, tile: Tile<'_>) {
    let rows = pixels.chunks_exact_mut(width).map(|row| &mut row[at.clone()]);
    match tile {
        Tile::Empty => rows.for_each(|row| row.fill(0)),
        Tile::Solid(pixel) => rows.for_each(|row| row.fill(pixel)),
        Tile::Pixels(source) => {
            rows.zip(source.chunks_exact(at.len())).for_each(|(row, source)| row.copy_from_slice(source));
        }
    }
}

/// Blends a tile over columns `at` of a buffer with rows of `width`.
fn blend_tile(
    pixels: &mut [Pixel],
    width: usize,
    at: Range<usize>,
    tile: Tile<'_>,
    (arithmetic, mode): (Arithmetic, Blend),
) {
    let rows = pixels.chunks_exact_mut(width).map(|row| &mut row[at.clone()]);
    match tile {
        Tile::Empty => {}
        Tile::Solid(pixel) if mode == Blend::Normal && pixel >> 24 == 255 => {
            rows.for_each(|row| row.fill(pixel));
        }
        Tile::Solid(pixel) => rows.for_each(|row| arithmetic.blend_fill(mode, row, pixel)),
        Tile::Pixels(source) => {
            let rows = rows.zip(source.chunks_exact(at.len()));
            rows.for_each(|(row, source)| arithmetic.blend_row(mode, row, source));
        }
    }
}

/// Composites a whole canvas the plain way: every trait blended over everything below, nothing left out because
/// something hides it. The reference that spans are checked against, and what is measured as "the plain way".
///
/// `pin` gives the art with the pixels of one trait, which is let go before the next is asked for.
pub(crate) fn composite_canvas<E>(
    grid: Grid,
    traits: &[TraitId],
    pin: impl Fn(TraitId) -> Result<Arc<Art>, E>,
    canvas: &mut Vec<Pixel>,
) -> Result<(), E> {
    let width = grid.size().width as usize;
    canvas.clear();
    canvas.resize(width * grid.size().height as usize, 0);
    let Some(&first) = traits.first() else { return Ok(()) };
    let art = pin(first)?;
    let roles: Vec<Role> = traits.iter().map(|&id| art.traits[usize::from(id)].role()).collect();
    let arithmetic = art.arithmetic;
    drop(art);
    let mut buffers = UnitBuffers::default();
    for unit in units(&roles) {
        // Of a unit all pictures are needed at a time.
        let ids = &traits[unit];
        let arts = ids.iter().map(|&id| pin(id)).collect::<Result<Vec<_>, E>>()?;
        let pictures: Vec<&TraitArt> =
            arts.iter().zip(ids).map(|(art, &id)| &art.traits[usize::from(id)]).collect();
        for row in 0..grid.rows() {
            let ys = grid.y_range(row);
            let band = &mut canvas[ys.start * width..ys.end * width];
            for column in 0..grid.columns() {
                let to = (&mut *band, width, grid.x_range(column));
                blend_unit(arithmetic, &pictures, (row, column), to, &mut buffers);
            }
        }
    }
    Ok(())
}
