//! A pass on paper: which spans it draws, where on the target, and from which stacks.

use wgpu::CommandEncoder;

use crate::art::{Art, Tile};
use crate::compositor::cpu::extent;
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::pipelines::PipelineKey;
use crate::compositor::gpu::residency::Residency;
use crate::compositor::gpu::target::Dimensions;
use crate::compositor::{AveragedJob, Band, SpanJob};
use crate::geometry::{Grid, TraitId};
use crate::pixel::{Blend, Pixel};
use crate::project::Role;

/// A job with its number in the batch.
#[derive(Clone, Debug)]
pub(super) struct Numbered {
    pub(super) number: usize,
    pub(super) job: Job,
}

/// What a span is made of.
#[derive(Clone, Debug)]
pub(super) enum Job {
    Span(SpanJob),
    Averaged(AveragedJob),
}

/// The place and size of a span in pixels of its picture, and the number of cells that it fills in a target.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) x: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    pub(super) cells: u32,
}

impl Extent {
    pub(super) fn pixels(self) -> usize {
        self.width * self.height
    }
}

impl Job {
    pub(super) fn extent(&self, art: &Art) -> Extent {
        match self {
            Self::Span(SpanJob { place, .. }) => {
                let (xs, ys) = extent(art, *place);
                let cells = u32::from(place.last - place.first) + 1;
                Extent { x: xs.start, width: xs.len(), height: ys.len(), cells }
            }
            Self::Averaged(AveragedJob { x, size: [width, height], tiles: [columns, rows], .. }) => {
                let cells = u32::from(*columns) * u32::from(*rows);
                Extent { x: *x as usize, width: *width as usize, height: *height as usize, cells }
            }
        }
    }

    /// Pixels of the art that become one, a side.
    pub(super) fn factor(&self) -> u32 {
        match self {
            Self::Span(_) => 1,
            Self::Averaged(job) => job.factor,
        }
    }

    /// What is drawn, and the cell in which each part begins, counted from the first.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&SpanJob, u32)> + Clone {
        let (one, pieces, [column, row], [columns, _]) = match self {
            Self::Span(job) => (Some(job), &[][..], [0; 2], [0; 2]),
            Self::Averaged(job) => (None, &*job.pieces, job.corner, job.tiles),
        };
        let place = move |piece: &SpanJob| {
            u32::from(piece.place.tile_row - row) * u32::from(columns) + u32::from(piece.place.first - column)
        };
        one.into_iter().map(|job| (job, 0)).chain(pieces.iter().map(move |piece| (piece, place(piece))))
    }
}

/// In an entry: the stack shows one colour there; it is clipped to what is below; it masks what is above.
const SOLID: u32 = 256;
const CLIPPED: u32 = 512;
const MASK: u32 = 1024;

/// What a pass is given.
#[derive(Debug, Default)]
pub(super) struct Fill {
    /// In the order of their cells; each takes as many cells as it has tiles.
    pub(super) jobs: Vec<Numbered>,
    /// By [`PipelineKey`]: cell, size, and the stack as the shader wants it.
    pub(super) instances: [Vec<[u32; 8]>; PipelineKey::ALL.len()],
    pub(super) entries: Vec<[u32; 2]>,
    pub(super) cells: u32,
}

/// Whether a job could be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Added {
    Yes,
    /// Not in this pass.
    Full,
}

impl Fill {
    pub(super) fn clear(&mut self) {
        self.jobs.clear();
        self.instances.iter_mut().for_each(Vec::clear);
        self.entries.clear();
        self.cells = 0;
    }

    /// Rows of cells that it takes.
    pub(super) fn rows(&self, dimensions: Dimensions) -> u32 {
        self.cells.div_ceil(dimensions.columns)
    }

    /// Adds a job, and loads what it needs.
    pub(super) fn add(
        &mut self,
        job: &Numbered,
        art: &Art,
        dimensions: Dimensions,
        residency: &mut Residency,
        encoder: &mut CommandEncoder,
    ) -> Result<Added, Fault> {
        let tiles = job.job.extent(art).cells;
        let depth = |(part, _): (&SpanJob, u32)| {
            usize::from(part.place.last - part.place.first + 1) * part.stack.len()
        };
        let entries: usize = job.job.parts().map(depth).sum();
        if self.cells + tiles > dimensions.cells()
            || self.entries.len() + entries > dimensions.entries as usize
        {
            return Ok(Added::Full);
        }
        let bands = |(part, _)| {
            let SpanJob { place, stack }: &SpanJob = part;
            stack.iter().map(|&id| Band { id, row: place.tile_row })
        };
        let mut bands: Vec<Band> = job.job.parts().flat_map(bands).collect();
        bands.sort_unstable_by_key(|band| (band.row, band.id));
        bands.dedup();
        if !residency.need(art, bands.into_iter(), encoder)? {
            return Ok(Added::Full);
        }
        for (part, cell) in job.job.parts() {
            self.draw(part, self.cells + cell, art, dimensions, residency);
        }
        self.cells += tiles;
        self.jobs.push(job.clone());
        Ok(Added::Yes)
    }

    /// Adds the tiles of a span whose traits are there, from a cell on.
    fn draw(
        &mut self,
        SpanJob { place, stack }: &SpanJob,
        first_cell: u32,
        art: &Art,
        dimensions: Dimensions,
        residency: &Residency,
    ) {
        let is_normal = |id: &TraitId| {
            let of = &art.traits[usize::from(*id)];
            of.blend() == Blend::Normal && of.role() == Role::Drawn
        };
        let normal = stack.iter().all(is_normal);
        let height = art.grid.y_range(place.tile_row.into()).len() as u32;
        for (at, column) in (first_cell..).zip(place.first..=place.last) {
            let width = (art.grid.x_range(column.into()).len() as u32).div_ceil(super::TEXEL);
            let first = self.entries.len();
            for &id in stack {
                let picture = &art.traits[usize::from(id)];
                let role = match picture.role() {
                    Role::Clipped => CLIPPED,
                    Role::Mask => MASK,
                    _ => 0,
                };
                let mode = picture.blend().code() | role;
                match picture.tile(place.tile_row.into(), column.into()) {
                    // An empty mask hides, and what is clipped to an empty base must not be clipped to what is below that.
                    Tile::Empty if art.has_roles => self.entries.push([mode | SOLID, 0]),
                    Tile::Empty => {}
                    Tile::Solid(pixel) => self.entries.push([mode | SOLID, pixel]),
                    Tile::Pixels(_) => {
                        let slot = residency.slot(Band { id, row: place.tile_row }, column.into());
                        self.entries.push([mode, slot]);
                    }
                }
            }
            let cell = (at % dimensions.columns) | ((at / dimensions.columns) << 16);
            let mut instance =
                [cell, width | (height << 16), first as u32, self.entries.len() as u32, 0, 0, 0, 0];
            let entries = &self.entries[first..];
            let way = match (normal, entries.len()) {
                (true, depth @ 2..=PipelineKey::SHALLOW) => {
                    instance[2] = 0;
                    for (index, [kind, value]) in entries.iter().enumerate() {
                        instance[2] |= u32::from(kind & SOLID != 0) << index;
                        instance[4 + index] = *value;
                    }
                    self.entries.truncate(first);
                    PipelineKey::Shallow { depth, solid_base: instance[2] & 1 == 1 }
                }
                (true, _) => PipelineKey::Over,
                (false, _) => PipelineKey::Blend,
            };
            self.instances[way.index()].push(instance);
        }
    }

    /// Takes the pixels of a finished target apart: each span's own, row by row, one span after the other.
    ///
    /// The target is read once and in order of its cells: it may be memory that no cache holds.
    pub(super) fn gather(
        jobs: &[Numbered],
        art: &Art,
        dimensions: Dimensions,
        target: &[Pixel],
        out: &mut Vec<Pixel>,
    ) {
        let (tile, tile_height) = (Grid::TILE_WIDTH as usize, Grid::TILE_HEIGHT as usize);
        let stride = dimensions.columns as usize * tile;
        let columns = dimensions.columns as usize;
        out.clear();
        let mut cell = 0;
        for Numbered { job, .. } in jobs {
            // Only what is compressed is averaged.
            let Job::Span(job) = job else { continue };
            let (xs, ys) = extent(art, job.place);
            let (span, width) = (out.len(), xs.len());
            // Zeroed once while the buffer grows; every pixel is then written below.
            out.resize(span + width * ys.len(), 0);
            let mut x = 0;
            for column in job.place.first..=job.place.last {
                let tile_width = art.grid.x_range(column.into()).len();
                let corner = (cell / columns * tile_height) * stride + cell % columns * tile;
                for y in 0..ys.len() {
                    let from = corner + y * stride;
                    let to = span + y * width + x;
                    out[to..to + tile_width].copy_from_slice(&target[from..from + tile_width]);
                }
                x += tile_width;
                cell += 1;
            }
        }
    }
}
