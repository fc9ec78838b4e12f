//! What a pass draws into and how its pixels come back: targets with their buffers, in a pool.
//!
//! A target is a texture of 64x32 cells, one a tile. With it go the buffers that bring a pass's instances and stacks
//! in and its pixels out, so that a pass that finds a target ready allocates nothing. Three or more are in flight at
//! a time, so that the GPU draws one while another is copied out and a third is compressed. They are as large as the
//! first batches ask for and never larger than the pool's budget allows for three.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferDescriptor, BufferUsages,
    Extent3d, Limits, QuerySet, QuerySetDescriptor, QueryType, Texture, TextureDescriptor, TextureDimension,
    TextureUsages, TextureView,
};

use crate::compositor::gpu::compress::{Desk, QUERIES, Scratch};
use crate::compositor::gpu::context::{Context, Fault};
use crate::compositor::gpu::device::Budget;
use crate::compositor::gpu::pipelines::{ENTRY_BYTES, INSTANCE_BYTES, Pipelines};
use crate::compositor::gpu::{FORMAT, TEXEL};
use crate::geometry::Grid;

/// Targets in flight at least.
pub(super) const RING: usize = 3;
/// Most cells of a target: 16 MiB of pixels, above which drawing gains nothing.
pub(super) const CELLS: u32 = 1024;
/// The same on a card that compresses: 32 million pixels, which are some 140,000 rows of flat art.
const CARD_CELLS: u32 = 16_384;
/// Bytes of a cell's pixels.
const CELL_BYTES: u64 = 4 * (Grid::TILE_WIDTH * Grid::TILE_HEIGHT) as u64;
/// Both times of a drawing, and those of the kernels that follow.
pub(super) const DRAWN_TIMES: u32 = 2;
const TIMES: u32 = DRAWN_TIMES + QUERIES;
/// Bytes at the end of the readback buffer for them.
const TIME_BYTES: u64 = 8 * TIMES as u64;

/// How large targets are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dimensions {
    /// Cells in a row, a power of two.
    pub(super) columns: u32,
    /// Rows of cells, a power of two.
    pub(super) rows: u32,
    /// Entries of stacks.
    pub(super) entries: u32,
    /// Whether spans are compressed, which takes more memory.
    pub(super) compresses: bool,
}

impl Dimensions {
    /// Targets that hold `wanted` cells, unless three of them would take more than `budget` bytes; at least `least`
    /// cells (the longest span) and `depth` entries for each of those.
    pub(super) fn of(wanted: u64, least: u64, depth: u64, budget: u64, compresses: bool) -> Self {
        let affordable = budget / (RING as u64 * cell_bytes(compresses) + shared_bytes(compresses));
        let least = least.next_power_of_two();
        let cells = wanted.next_power_of_two();
        // The largest power of two that is affordable.
        let affordable = if affordable == 0 { 0 } else { 1 << affordable.ilog2() };
        let cells = cells.min(affordable).max(least) as u32;
        let columns = 1 << (cells.ilog2() / 2);
        let entries = (u64::from(cells) * 8).max(least * depth) as u32;
        Self { columns, rows: cells / columns, entries, compresses }
    }

    pub(super) fn cells(self) -> u32 {
        self.columns * self.rows
    }

    /// Half of it, or itself where that would no longer hold `least` cells.
    pub(super) fn halved(self, least: u64) -> Self {
        let half = Self { rows: self.rows.div_ceil(2), ..self };
        if self.rows > 1 && u64::from(half.cells()) >= least { half } else { self }
    }

    /// Bytes of a row of pixels, as they are copied: always a multiple of 256, for a cell is 64 pixels wide.
    pub(super) fn row_bytes(self) -> u32 {
        self.columns * Grid::TILE_WIDTH * 4
    }

    /// Bytes that all targets share.
    pub(super) fn shared_bytes(self) -> u64 {
        u64::from(self.cells()) * shared_bytes(self.compresses)
    }

    /// Bytes that a target takes with its buffers.
    pub(super) fn bytes(self) -> u64 {
        u64::from(self.cells()) * (cell_bytes(self.compresses) + INSTANCE_BYTES)
            + u64::from(self.entries) * ENTRY_BYTES
    }
}

/// Most cells of a target of a card with these limits: textures and buffers are no larger than it has them.
pub(super) fn card_cells(limits: &Limits) -> u32 {
    let buffer = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size) / Scratch::LARGEST;
    // As many rows as columns, or twice as many, each a power of two.
    let rows = 1 << (limits.max_texture_dimension_2d / Grid::TILE_HEIGHT).max(1).ilog2();
    let most = u64::from(CARD_CELLS).min(buffer).min(rows * rows).max(1);
    1 << most.ilog2()
}

/// Bytes of a cell: its pixels, as they are drawn and as they are copied, and what they are compressed to.
fn cell_bytes(compresses: bool) -> u64 {
    2 * CELL_BYTES + if compresses { Desk::CELL_BYTES } else { 0 }
}

/// Bytes of a cell that all targets share.
fn shared_bytes(compresses: bool) -> u64 {
    if compresses { Scratch::CELL_BYTES } else { 0 }
}

/// Queries and the buffer that they are resolved into.
#[derive(Debug)]
pub(super) struct Clock {
    pub(super) queries: QuerySet,
    pub(super) resolved: Buffer,
}

/// A target with its buffers.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) texture: Texture,
    pub(super) view: TextureView,
    pub(super) instances: Buffer,
    pub(super) entries: Buffer,
    pub(super) readback: Buffer,
    pub(super) stacks: BindGroup,
    pub(super) clock: Option<Clock>,
    /// What its spans are compressed with, on devices that do.
    pub(super) desk: Option<Desk>,
    pub(super) dimensions: Dimensions,
    /// Whether the readback buffer could be mapped.
    pub(super) mapped: Arc<AtomicBool>,
}

impl Target {
    pub(super) fn new(
        context: &Context,
        pipelines: &Pipelines,
        atlas: &TextureView,
        dimensions: Dimensions,
        desk: impl FnOnce(&TextureView) -> Result<Option<Desk>, Fault>,
    ) -> Result<Self, Fault> {
        let device = &context.device;
        let texture = device.create_texture(&TextureDescriptor {
            label: Some("target"),
            size: Extent3d {
                width: dimensions.columns * Grid::TILE_WIDTH / TEXEL,
                height: dimensions.rows * Grid::TILE_HEIGHT,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: TextureDimension::D2,
            format: FORMAT,
            usage: TextureUsages::RENDER_ATTACHMENT
                | TextureUsages::COPY_SRC
                | TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        });
        let buffer = |label, size, usage| {
            device.create_buffer(&BufferDescriptor {
                label: Some(label),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        let cells = u64::from(dimensions.cells());
        let instances =
            buffer("instances", cells * INSTANCE_BYTES, BufferUsages::VERTEX | BufferUsages::COPY_DST);
        let entries = buffer(
            "entries",
            u64::from(dimensions.entries) * ENTRY_BYTES,
            BufferUsages::STORAGE | BufferUsages::COPY_DST,
        );
        let cells_uniform = buffer("target size", 16, BufferUsages::UNIFORM | BufferUsages::COPY_DST);
        let size = [dimensions.columns, dimensions.rows, 0, 0];
        context.queue.write_buffer(&cells_uniform, 0, bytemuck::bytes_of(&size));
        let readback = buffer(
            "readback",
            cells * CELL_BYTES + TIME_BYTES,
            BufferUsages::MAP_READ | BufferUsages::COPY_DST,
        );
        let clock = context.tick.map(|_| Clock {
            queries: device.create_query_set(&QuerySetDescriptor {
                label: Some("times"),
                ty: QueryType::Timestamp,
                count: TIMES,
            }),
            resolved: buffer("times", TIME_BYTES, BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC),
        });
        // Before anything is made of what could not be allocated.
        context.check()?;
        let view = texture.create_view(&Default::default());
        let stacks = device.create_bind_group(&BindGroupDescriptor {
            label: Some("stacks"),
            layout: &pipelines.layout,
            entries: &[
                BindGroupEntry { binding: 0, resource: pipelines.tables.as_entire_binding() },
                BindGroupEntry { binding: 1, resource: entries.as_entire_binding() },
                BindGroupEntry { binding: 2, resource: BindingResource::TextureView(atlas) },
                BindGroupEntry { binding: 3, resource: cells_uniform.as_entire_binding() },
            ],
        });
        context.check()?;
        let desk = desk(&view)?;
        let mapped = Arc::default();
        Ok(Self { texture, view, instances, entries, readback, stacks, clock, desk, dimensions, mapped })
    }

    /// Lets the readback buffer be written to again.
    pub(super) fn unmap(&self) {
        self.mapped.store(false, Ordering::Relaxed);
        self.readback.unmap();
    }

    /// Bytes of pixels in `rows` rows of cells.
    pub(super) fn pixel_bytes(&self, rows: u32) -> u64 {
        u64::from(rows * Grid::TILE_HEIGHT) * u64::from(self.dimensions.row_bytes())
    }

    /// Where the times lie in the readback buffer.
    pub(super) fn times_at(&self) -> u64 {
        u64::from(self.dimensions.cells()) * CELL_BYTES
    }
}

/// Idle targets, and how many there may be.
#[derive(Debug)]
pub(super) struct Targets {
    idle: Vec<Target>,
    /// Idle and in flight.
    made: usize,
    most: usize,
    /// Whether idle targets are kept at all.
    keep: bool,
    pub(super) dimensions: Dimensions,
    pub(super) allocations: u64,
    pub(super) reuses: u64,
    pub(super) peak_bytes: u64,
}

impl Targets {
    pub(super) fn new(dimensions: Dimensions, budget: &Budget) -> Self {
        let own = budget.pools.saturating_sub(dimensions.shared_bytes());
        let most = (own / dimensions.bytes()).clamp(RING as u64, 2 * RING as u64) as usize;
        let keep = budget.keep_targets;
        Self { idle: Vec::new(), made: 0, most, keep, dimensions, allocations: 0, reuses: 0, peak_bytes: 0 }
    }

    /// Whether one can be had without waiting for one in flight.
    pub(super) fn available(&self) -> bool {
        !self.idle.is_empty() || self.made < self.most
    }

    pub(super) fn take(
        &mut self,
        make: impl FnOnce(Dimensions) -> Result<Target, Fault>,
    ) -> Result<Target, Fault> {
        if let Some(target) = self.idle.pop() {
            self.reuses += 1;
            return Ok(target);
        }
        let target = make(self.dimensions)?;
        self.made += 1;
        self.allocations += 1;
        let bytes = self.made as u64 * self.dimensions.bytes() + self.dimensions.shared_bytes();
        self.peak_bytes = self.peak_bytes.max(bytes);
        Ok(target)
    }

    pub(super) fn give_back(&mut self, target: Target) {
        if self.keep && target.dimensions == self.dimensions {
            self.idle.push(target);
        } else {
            self.made -= 1;
        }
    }

    /// A target that was taken will not come back.
    pub(super) fn lost_one(&mut self) {
        self.made -= 1;
    }

    /// Makes targets smaller from now on.
    pub(super) fn shrink(&mut self, least: u64) -> bool {
        let halved = self.dimensions.halved(least);
        if halved == self.dimensions {
            return false;
        }
        self.made -= self.idle.len();
        self.idle.clear();
        self.dimensions = halved;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compositor::backend::{CARD_POOLS, POOLS};

    #[test]
    fn targets_hold_what_is_wanted_within_the_budget() {
        let of = |wanted, least, budget| {
            let d = Dimensions::of(wanted, least, 8, budget, false);
            (d.columns, d.rows)
        };
        assert_eq!(of(1000, 32, 1 << 30), (32, 32));
        assert_eq!(of(8, 1, 1 << 30), (2, 4));
        assert_eq!(of(1, 1, 1 << 30), (1, 1));
        assert_eq!(of(8192, 32, 25 << 19), (16, 16), "three of them fit");
        assert_eq!(of(8192, 200, 0), (16, 16), "the longest span fits whatever the budget");
        let d = Dimensions::of(64, 64, 300, 1 << 30, false);
        assert!(d.entries >= 64 * 300);
        // Compressing takes memory, too.
        for (wanted, budget, cells) in
            [(CELLS, POOLS, 512), (CARD_CELLS, CARD_POOLS, 4096), (CARD_CELLS, 4 * CARD_POOLS, CARD_CELLS)]
        {
            let d = Dimensions::of(wanted.into(), 32, 8, budget, true);
            assert_eq!(d.cells(), cells);
            assert!(RING as u64 * d.bytes() + d.shared_bytes() <= budget);
        }
        // Buffers that every device lets be bound, and textures that every one has.
        let least = Limits { max_texture_dimension_2d: 2048, ..Limits::default() };
        assert_eq!(card_cells(&least), 4096);
        const { assert!(4096 * Scratch::LARGEST <= 128 << 20) };
        let large = Limits {
            max_storage_buffer_binding_size: 2 << 30,
            max_buffer_size: 2 << 30,
            max_texture_dimension_2d: 16_384,
            ..Limits::default()
        };
        assert_eq!(card_cells(&large), CARD_CELLS);
        assert_eq!(card_cells(&Limits { max_texture_dimension_2d: 2048, ..large }), 4096);
    }

    #[test]
    fn halving_ends_at_the_longest_span() {
        let mut d = Dimensions::of(1024, 32, 8, 1 << 30, false);
        let mut sizes = Vec::new();
        while d.halved(32) != d {
            d = d.halved(32);
            sizes.push(d.cells());
        }
        assert_eq!(sizes, [512, 256, 128, 64, 32]);
    }
}
