//! Buffers of the kernels: what passes leave behind for each other's kernels, and what one pass gives and takes.
//!
//! Passes run one after another, so all of them use one set of the large buffers.

use std::sync::Arc;

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, BindingResource, Buffer, BufferDescriptor, BufferUsages,
    TextureView,
};

use crate::compositor::gpu::compress::kernels::{Kernels, Recording};
use crate::compositor::gpu::compress::work::{PARAMETERS, Work};
use crate::compositor::gpu::compute::storage;
use crate::compositor::gpu::context::{Context, Fault};
use crate::geometry::Grid;
use crate::png::{DeviceCode, Encoder};

/// Pixels and rows of a cell.
const PIXELS: u64 = (Grid::TILE_WIDTH * Grid::TILE_HEIGHT) as u64;
const ROWS: u64 = Grid::TILE_HEIGHT as u64;

/// Bytes for each cell: samples; two words of bits for 32 pixels; what is kept of a row; edges, as many as pixels; four words of
/// staged bits for each pixel.
const SAMPLES: u64 = 4 * PIXELS;
const BITS: u64 = 8 * ROWS * Grid::TILE_WIDTH.div_ceil(32) as u64;
const ROW: u64 = 48 * ROWS;
const EDGES: u64 = 16 * PIXELS;
const STAGED: u64 = 16 * PIXELS;
/// Of each span eight words, and of each row one; a cell is a span at least.
const WORK: u64 = 32 + 4 * ROWS;
/// As many as its pixels: what has no room in there is no use to anybody.
const RESULTS: u64 = 4 * PIXELS;

/// The large buffers, for passes of some cells.
#[derive(Debug)]
pub(in crate::compositor::gpu) struct Scratch {
    tables: Buffer,
    samples: Buffer,
    bits: Buffer,
    rows: Buffer,
    edges: Buffer,
    staged: Buffer,
    /// Whose code the tables hold.
    encoder: Option<(Arc<Encoder>, DeviceCode)>,
}

impl Scratch {
    /// Bytes of the largest buffer for each cell.
    pub(in crate::compositor::gpu) const LARGEST: u64 = if EDGES > STAGED { EDGES } else { STAGED };
    /// Bytes for each cell, without the tables.
    pub(in crate::compositor::gpu) const CELL_BYTES: u64 = SAMPLES + BITS + ROW + EDGES + STAGED;

    pub(in crate::compositor::gpu) fn new(context: &Context, cells: u32) -> Result<Self, Fault> {
        let buffer = |label, bytes| storage(context, label, u64::from(cells) * bytes, BufferUsages::empty());
        let made = Self {
            tables: storage(context, "codes", 4 * DeviceCode::WORDS as u64, BufferUsages::COPY_DST),
            samples: buffer("samples", SAMPLES),
            bits: buffer("equal bits", BITS),
            rows: buffer("rows", ROW),
            edges: buffer("edges", EDGES),
            staged: buffer("staged bits", STAGED),
            encoder: None,
        };
        context.check()?;
        Ok(made)
    }

    /// The code of `encoder`, in the tables from the next submission on.
    pub(in crate::compositor::gpu) fn code(
        &mut self,
        context: &Context,
        encoder: &Arc<Encoder>,
    ) -> &DeviceCode {
        if self.encoder.as_ref().is_none_or(|(last, _)| !Arc::ptr_eq(last, encoder)) {
            let code = encoder.device_code();
            context.queue.write_buffer(&self.tables, 0, bytemuck::cast_slice(&code.tables[..]));
            self.encoder = Some((encoder.clone(), code));
        }
        &self.encoder.as_ref().expect("it was made").1
    }
}

/// What one pass is given and gives.
#[derive(Debug)]
pub(in crate::compositor::gpu) struct Desk {
    work: Buffer,
    parameters: Buffer,
    pub(in crate::compositor::gpu) results: Buffer,
    bound: BindGroup,
}

impl Desk {
    /// Bytes for each cell.
    pub(in crate::compositor::gpu) const CELL_BYTES: u64 = WORK + RESULTS;

    /// For passes of so many cells on the target `composited`.
    pub(in crate::compositor::gpu) fn new(
        context: &Context,
        kernels: &Kernels,
        scratch: &Scratch,
        composited: &TextureView,
        cells: u32,
    ) -> Result<Self, Fault> {
        let cells = u64::from(cells);
        let work = storage(context, "work", cells * WORK, BufferUsages::COPY_DST);
        let readable = BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        let results = storage(context, "results", cells * RESULTS, readable);
        let parameters = context.device.create_buffer(&BufferDescriptor {
            label: Some("pass"),
            size: 4 * PARAMETERS as u64,
            usage: BufferUsages::UNIFORM | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        context.check()?;
        let buffers = [
            &scratch.tables,
            &work,
            &scratch.samples,
            &scratch.bits,
            &scratch.rows,
            &scratch.edges,
            &scratch.staged,
            &results,
        ];
        let mut entries: Vec<BindGroupEntry<'_>> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        entries.push(BindGroupEntry { binding: 8, resource: BindingResource::TextureView(composited) });
        entries.push(BindGroupEntry { binding: 9, resource: parameters.as_entire_binding() });
        let bound = context.device.create_bind_group(&BindGroupDescriptor {
            label: Some("compress"),
            layout: &kernels.layout,
            entries: &entries,
        });
        context.check()?;
        Ok(Self { work, parameters, results, bound })
    }

    /// Has the kernels compress the spans of `work`, on a target of so many columns of cells.
    pub(super) fn compress(
        &self,
        context: &Context,
        kernels: &Kernels,
        code: &DeviceCode,
        work: &Work,
        columns: u32,
        recording: &mut Recording<'_>,
    ) {
        let room = (self.results.size() / 4) as u32;
        let parameters = work.parameters(code, columns, room, kernels.budget);
        context.queue.write_buffer(&self.parameters, 0, bytemuck::cast_slice(&parameters));
        let [spans, rows] = work.lists();
        context.queue.write_buffer(&self.work, 0, spans);
        context.queue.write_buffer(&self.work, spans.len() as u64, rows);
        // Bits are added to words that are shared.
        recording.commands.clear_buffer(&self.results, 0, None);
        kernels.run(recording, &self.bound, work, code.edges > 0);
    }
}
