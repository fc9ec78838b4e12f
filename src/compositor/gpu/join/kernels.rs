//! The programs that join, in the order in which they run.

use wgpu::{
    BindGroup, BindGroupLayout, BindGroupLayoutEntry, BufferBindingType, CommandEncoder,
    ComputePassDescriptor, ComputePipeline,
};

use crate::compositor::backend::AdapterKind;
use crate::compositor::gpu::compute::{READ, WRITE, budget_of, buffer_entry, programs};
use crate::compositor::gpu::context::Context;

/// All sources, in the order in which they build on each other.
const SOURCE: &str = concat!(
    include_str!("../../../../shaders/codes.wgsl"),
    include_str!("../../../../shaders/filter.wgsl"),
    include_str!("../../../../shaders/join/join.wgsl"),
    include_str!("../../../../shaders/join/kernels.wgsl"),
);

/// Invocations of a workgroup that has one for each row.
const WORKGROUP: u32 = 64;

/// What is made once a device.
#[derive(Debug)]
pub(in crate::compositor::gpu) struct JoinKernels {
    pub(super) layout: BindGroupLayout,
    pipelines: [ComputePipeline; 4],
    pub(super) budget: u32,
}

impl JoinKernels {
    pub(in crate::compositor::gpu) fn new(context: &Context, kind: AdapterKind) -> Self {
        let buffers = [READ, READ, READ, WRITE, WRITE, BufferBindingType::Uniform];
        let entries: Vec<BindGroupLayoutEntry> =
            (0..).zip(buffers).map(|(binding, ty)| buffer_entry(binding, ty)).collect();
        let names = ["measure_rows", "place_rows", "place_pictures", "write_rows"];
        let (layout, pipelines) = programs(context, "join", SOURCE, &entries, names);
        Self { layout, pipelines, budget: budget_of(kind) }
    }

    /// Runs them all on so many pictures of so many rows.
    pub(super) fn run(&self, commands: &mut CommandEncoder, bound: &BindGroup, [pictures, height]: [u32; 2]) {
        let mut pass = commands
            .begin_compute_pass(&ComputePassDescriptor { label: Some("join"), timestamp_writes: None });
        pass.set_bind_group(0, bound, &[]);
        let lines = height.div_ceil(WORKGROUP);
        let groups = [[lines, pictures], [pictures, 1], [1, 1], [lines, pictures]];
        for (pipeline, [x, y]) in self.pipelines.iter().zip(groups) {
            pass.set_pipeline(pipeline);
            pass.dispatch_workgroups(x, y, 1);
        }
    }
}
