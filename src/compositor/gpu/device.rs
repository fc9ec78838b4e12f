//! An open device, and what it may take.

use crate::compositor::backend::{Adapter, AdapterKind, CARD_POOLS, GpuStages, POOLS};
use crate::compositor::gpu::compress::Kernels;
use crate::compositor::gpu::context::{Context, Fault};
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::pipelines::Pipelines;
use crate::compositor::gpu::{GpuOptions, adapters, target};
use crate::pixel::Arithmetic;

/// Bytes of textures if nothing is said: half of a common small card.
const TEXTURES: u64 = 2 << 30;
/// The same where the GPU shares the processor's memory.
const SHARED_TEXTURES: u64 = 1 << 30;
/// The share of them that spans have where pictures are joined.
const SPANS_SHARE: u64 = 4;
/// The same share of the memory of targets, for joined pictures, and the most that helps.
const JOINED_SHARE: u64 = 4;
const MOST_JOINED: u64 = 128 << 20;

/// What the GPU may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    /// Bytes of the atlas.
    pub(super) textures: u64,
    /// Bytes of spans that wait to be joined.
    pub(super) spans: u64,
    /// Bytes of what is joined of them, on its way back.
    pub(super) joined: u64,
    /// Bytes of targets and their buffers.
    pub(super) pools: u64,
    /// Most cells of a target.
    pub(super) cells: u32,
    /// Largest side of the atlas' pages in pixels, where it is to be less than what the device can.
    pub(super) page_side: Option<u32>,
    /// Whether targets are used again.
    pub(super) keep_targets: bool,
}

impl Budget {
    /// What `options` leave a device, or what is usual.
    pub(super) fn of(device: &Device, options: &GpuOptions) -> Self {
        let kind = device.adapter.kind;
        // What follows the drawing has a thread a row, and a card has room for tens of thousands of these.
        let is_card = device.kernels.is_some() && kind != AdapterKind::Software;
        let default = if kind == AdapterKind::Discrete { TEXTURES } else { SHARED_TEXTURES };
        let memory = options.memory.unwrap_or(default);
        let pools = options.pools.unwrap_or(if is_card { CARD_POOLS } else { POOLS });
        let spans = if device.joins { memory / SPANS_SHARE } else { 0 };
        let joined = if device.joins { (pools / JOINED_SHARE).min(MOST_JOINED) } else { 0 };
        Self {
            textures: memory - spans,
            spans,
            joined,
            pools: pools - joined,
            cells: if is_card { target::card_cells(&device.context.limits) } else { target::CELLS },
            page_side: None,
            keep_targets: options.keep_targets,
        }
    }
}

/// An open device that can draw in one arithmetic.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) adapter: Adapter,
    pub(super) arithmetic: Arithmetic,
    pub(super) context: Context,
    pub(super) pipelines: Pipelines,
    /// What compresses, if the device is to do that.
    pub(super) kernels: Option<Kernels>,
    /// Whether it joins as well.
    pub(super) joins: bool,
}

impl Device {
    pub(super) fn open(
        found: &adapters::Found,
        arithmetic: Arithmetic,
        stages: GpuStages,
        faults: &Faults,
    ) -> Result<Self, Fault> {
        let context = Context::open(found)?;
        let pipelines = Pipelines::new(&context, arithmetic);
        let kernels =
            (stages >= GpuStages::Compress).then(|| Kernels::new(&context, found.adapter.kind, faults));
        context.check()?;
        let joins = stages == GpuStages::Join;
        Ok(Self { adapter: found.adapter.clone(), arithmetic, context, pipelines, kernels, joins })
    }

    /// What it does.
    pub(super) fn stages(&self) -> GpuStages {
        match self.kernels {
            Some(_) if self.joins => GpuStages::Join,
            Some(_) => GpuStages::Compress,
            None => GpuStages::Composite,
        }
    }

    /// Opens the same adapter again, from the very beginning.
    pub(super) fn reopen(&self, faults: &Faults) -> Result<Self, Fault> {
        let same = |found: &adapters::Found| {
            (&found.adapter.name, &found.adapter.backend) == (&self.adapter.name, &self.adapter.backend)
        };
        let found = adapters::find().into_iter().find(same);
        let found = found.ok_or_else(|| Fault::Lost("its adapter has disappeared".to_owned()))?;
        Self::open(&found, self.arithmetic, self.stages(), faults)
    }
}
