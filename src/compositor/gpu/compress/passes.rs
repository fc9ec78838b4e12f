//! Compressing in the passes of one renderer: what follows the drawing, and what is read back in place of pixels.
//!
//! How many bytes come of a pass is not clear before it ended, so as many are copied as passes before gave, and some more. Where
//! that is not enough, the pass is copied again, as a whole: asking for the size first would let the device wait each time.

use std::sync::Arc;

use wgpu::TextureView;

use crate::art::Art;
use crate::compositor::gpu::compress::kernels::{Kernels, Recording};
use crate::compositor::gpu::compress::memory::{Desk, Scratch};
use crate::compositor::gpu::compress::results::Results;
use crate::compositor::gpu::compress::work::Work;
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::device::Device;
use crate::compositor::gpu::fill::Numbered;
use crate::png::Encoder;

/// Bytes of bits for each cell of the first passes: half a byte a pixel.
const FIRST_CELL_BYTES: u64 = 1024;

/// What a pass was asked to compress.
#[derive(Clone, Debug)]
pub(in crate::compositor::gpu) struct Asked {
    pub(in crate::compositor::gpu) encoder: Arc<Encoder>,
    pub(in crate::compositor::gpu) results: Results,
    /// Whether edges were searched.
    pub(in crate::compositor::gpu) searched: bool,
    /// Bytes that are copied.
    pub(in crate::compositor::gpu) copied: u64,
}

impl Asked {
    /// The names of the kernels that ran, in their order.
    pub(in crate::compositor::gpu) fn kernels(&self) -> impl Iterator<Item = &'static str> {
        Kernels::names(self.searched)
    }
}

/// The large buffers of a renderer's passes, and how much their results take.
#[derive(Debug)]
pub(in crate::compositor::gpu) struct Passes {
    scratch: Option<(u32, Scratch)>,
    work: Work,
    cell_bytes: u64,
}

impl Default for Passes {
    fn default() -> Self {
        Self { scratch: None, work: Work::default(), cell_bytes: FIRST_CELL_BYTES }
    }
}

impl Passes {
    /// Makes what a target of so many cells needs beside it; nothing on devices that only composite.
    pub(in crate::compositor::gpu) fn desk(
        &mut self,
        device: &Device,
        composited: &TextureView,
        cells: u32,
    ) -> Result<Option<Desk>, Fault> {
        let Some(kernels) = &device.kernels else { return Ok(None) };
        if self.scratch.as_ref().is_none_or(|&(made, _)| made != cells) {
            // The one before may be in use until its passes end.
            self.scratch = None;
            self.scratch = Some((cells, Scratch::new(&device.context, cells)?));
        }
        let scratch = &self.scratch.as_ref().expect("it was made").1;
        Desk::new(&device.context, kernels, scratch, composited, cells).map(Some)
    }

    /// Has the spans of `jobs` compressed as `encoder` does, which have the cells of a target one after another, in rows of
    /// `columns`.
    pub(in crate::compositor::gpu) fn record(
        &mut self,
        device: &Device,
        desk: &Desk,
        encoder: &Arc<Encoder>,
        (art, jobs): (&Art, &[Numbered]),
        columns: u32,
        recording: &mut Recording<'_>,
    ) -> Option<Asked> {
        let Self { scratch: Some((_, scratch)), work, cell_bytes } = self else { return None };
        let code = scratch.code(&device.context, encoder);
        let factor = jobs.first().map_or(1, |numbered| numbered.job.factor());
        work.clear(factor, art.arithmetic);
        jobs.iter().for_each(|Numbered { job, .. }| work.add(code, job.extent(art)));
        desk.compress(&device.context, device.kernels.as_ref()?, code, work, columns, recording);
        let results = Results::of(work);
        let guess = results.record_bytes() + *cell_bytes * u64::from(work.cells());
        let copied = guess.min(desk.results.size());
        Some(Asked { encoder: encoder.clone(), results, searched: code.edges > 0, copied })
    }

    /// Remembers how many bytes a pass gave.
    pub(in crate::compositor::gpu) fn took(&mut self, asked: &Asked, cells: u32, bytes: u64) {
        let of_cell = (bytes - asked.results.record_bytes()) / u64::from(cells.max(1));
        self.cell_bytes = self.cell_bytes.max((of_cell + of_cell / 4).next_multiple_of(4));
    }
}
