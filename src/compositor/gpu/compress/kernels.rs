//! The programs that compress, in the order in which a pass runs them.

use wgpu::{
    BindGroup, BindGroupLayout, BindGroupLayoutEntry, BindingType, BufferBindingType, CommandEncoder,
    ComputePassDescriptor, ComputePassTimestampWrites, ComputePipeline, QuerySet, ShaderStages,
    TextureSampleType, TextureViewDimension,
};

use crate::compositor::backend::AdapterKind;
use crate::compositor::gpu::compress::work::Work;
use crate::compositor::gpu::compute::{READ, WRITE, budget_of, buffer_entry, programs};
use crate::compositor::gpu::context::Context;
use crate::compositor::gpu::faults::Faults;

/// All sources, in the order in which they build on each other.
const SOURCE: &str = concat!(
    include_str!("../../../../shaders/compress/pass.wgsl"),
    include_str!("../../../../shaders/codes.wgsl"),
    include_str!("../../../../shaders/filter.wgsl"),
    include_str!("../../../../shaders/compress/samples.wgsl"),
    include_str!("../../../../shaders/compress/compare.wgsl"),
    include_str!("../../../../shaders/compress/edges.wgsl"),
    include_str!("../../../../shaders/compress/put.wgsl"),
    include_str!("../../../../shaders/compress/rows.wgsl"),
    include_str!("../../../../shaders/compress/matches.wgsl"),
    include_str!("../../../../shaders/compress/optimal.wgsl"),
    include_str!("../../../../shaders/compress/parse.wgsl"),
    include_str!("../../../../shaders/compress/lay_out.wgsl"),
);

/// Storage buffers that the kernels bind: as many as WebGPU promises, more than the least devices have.
pub(in crate::compositor::gpu) const STORAGE_BUFFERS: u32 = 8;

/// Invocations of a workgroup, and workgroups of a dispatch in a line.
const WORKGROUP: u32 = 64;
const LINE: u32 = 32_768;

/// What a kernel has a workgroup or an invocation for.
#[derive(Clone, Copy, Debug)]
enum Per {
    WorkgroupARow,
    WorkgroupASpan,
    InvocationARow,
    InvocationASpan,
    Pass,
}

/// Each kernel, and whether it is only for searches along edges.
const KERNELS: [(&str, Per, bool); 8] = [
    ("filter_rows", Per::WorkgroupARow, false),
    ("compare", Per::WorkgroupARow, false),
    ("list_edges", Per::InvocationARow, true),
    ("link_edges", Per::WorkgroupASpan, true),
    ("parse", Per::InvocationARow, false),
    ("lay_out", Per::InvocationASpan, false),
    ("place_spans", Per::Pass, false),
    ("pack", Per::InvocationARow, false),
];

/// Queries of time that they have together.
pub(in crate::compositor::gpu) const QUERIES: u32 = 2 * KERNELS.len() as u32;

/// Where kernels are recorded, and the queries of their times, two each from a number on, where there is a clock.
#[derive(Debug)]
pub(in crate::compositor::gpu) struct Recording<'r> {
    pub(in crate::compositor::gpu) commands: &'r mut CommandEncoder,
    pub(in crate::compositor::gpu) clock: Option<(&'r QuerySet, u32)>,
}

/// What is made once a device.
#[derive(Debug)]
pub(in crate::compositor::gpu) struct Kernels {
    pub(super) layout: BindGroupLayout,
    pipelines: [ComputePipeline; KERNELS.len()],
    pub(super) budget: u32,
}

impl Kernels {
    pub(in crate::compositor::gpu) fn new(context: &Context, kind: AdapterKind, faults: &Faults) -> Self {
        let buffers = [READ, READ, WRITE, WRITE, WRITE, WRITE, WRITE, WRITE];
        let buffers = (0..).zip(buffers).map(|(binding, ty)| buffer_entry(binding, ty));
        let composited = BindGroupLayoutEntry {
            binding: 8,
            visibility: ShaderStages::COMPUTE,
            ty: BindingType::Texture {
                sample_type: TextureSampleType::Uint,
                view_dimension: TextureViewDimension::D2,
                multisampled: false,
            },
            count: None,
        };
        let parameters = buffer_entry(9, BufferBindingType::Uniform);
        let entries: Vec<BindGroupLayoutEntry> = buffers.chain([composited, parameters]).collect();
        let names = KERNELS.map(|(name, ..)| name);
        let (layout, pipelines) = programs(context, "compress", SOURCE, &entries, names, faults);
        Self { layout, pipelines, budget: budget_of(kind) }
    }

    /// The names of those that run, in their order, where edges are `searched` or not.
    pub(in crate::compositor::gpu) fn names(searched: bool) -> impl Iterator<Item = &'static str> {
        KERNELS.into_iter().filter(move |&(.., for_edges)| searched || !for_edges).map(|(name, ..)| name)
    }

    /// Runs them all on the spans of `work`, with edges if they are `searched`.
    pub(super) fn run(&self, recording: &mut Recording<'_>, desk: &BindGroup, work: &Work, searched: bool) {
        let Recording { commands, clock } = recording;
        let run =
            KERNELS.into_iter().zip(&self.pipelines).filter(|((.., for_edges), _)| searched || !for_edges);
        for (number, ((name, per, _), pipeline)) in (0..).zip(run) {
            let mut pass = commands.begin_compute_pass(&ComputePassDescriptor {
                label: Some(name),
                timestamp_writes: clock.map(|(query_set, first)| ComputePassTimestampWrites {
                    query_set,
                    beginning_of_pass_write_index: Some(first + 2 * number),
                    end_of_pass_write_index: Some(first + 2 * number + 1),
                }),
            });
            pass.set_bind_group(0, desk, &[]);
            let groups = match per {
                Per::WorkgroupARow => work.rows(),
                Per::WorkgroupASpan => work.spans(),
                Per::InvocationARow => work.rows().div_ceil(WORKGROUP),
                Per::InvocationASpan => work.spans().div_ceil(WORKGROUP),
                Per::Pass => 1,
            };
            pass.set_pipeline(pipeline);
            pass.dispatch_workgroups(groups.min(LINE), groups.div_ceil(LINE), 1);
        }
    }
}
