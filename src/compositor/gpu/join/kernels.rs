//! The programs that join, in the order in which they run.

use wgpu::{
    BindGroup, BindGroupLayout, BindGroupLayoutEntry, BufferBindingType, CommandEncoder,
    ComputePassDescriptor, ComputePassTimestampWrites, ComputePipeline, QuerySet,
};

use crate::compositor::backend::AdapterKind;
use crate::compositor::gpu::compute::{READ, WRITE, budget_of, buffer_entry, programs};
use crate::compositor::gpu::context::Context;
use crate::compositor::gpu::faults::Faults;

/// All sources, in the order in which they build on each other.
const SOURCE: &str = concat!(
    include_str!("../../../../shaders/codes.wgsl"),
    include_str!("../../../../shaders/filter.wgsl"),
    include_str!("../../../../shaders/join/join.wgsl"),
    include_str!("../../../../shaders/join/kernels.wgsl"),
);

/// Invocations of a workgroup that has one for each row.
const WORKGROUP: u32 = 64;

/// What a kernel has invocations for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Per {
    Row,
    WorkgroupAPicture,
    Group,
}

/// Each kernel.
pub(super) const KERNELS: [(&str, Per); 4] = [
    ("measure_rows", Per::Row),
    ("place_rows", Per::WorkgroupAPicture),
    ("place_pictures", Per::Group),
    ("write_rows", Per::Row),
];

/// Queries of time that they have together.
pub(super) const QUERIES: u32 = 2 * KERNELS.len() as u32;

/// What is made once a device.
#[derive(Debug)]
pub(in crate::compositor::gpu) struct JoinKernels {
    pub(super) layout: BindGroupLayout,
    pipelines: [ComputePipeline; KERNELS.len()],
    pub(super) budget: u32,
}

impl JoinKernels {
    pub(in crate::compositor::gpu) fn new(context: &Context, kind: AdapterKind, faults: &Faults) -> Self {
        let buffers = [READ, READ, READ, WRITE, WRITE, BufferBindingType::Uniform];
        let entries: Vec<BindGroupLayoutEntry> =
            (0..).zip(buffers).map(|(binding, ty)| buffer_entry(binding, ty)).collect();
        let names = KERNELS.map(|(name, _)| name);
        let (layout, pipelines) = programs(context, "join", SOURCE, &entries, names, faults);
        Self { layout, pipelines, budget: budget_of(kind) }
    }

    /// Runs them all on so many pictures of so many rows, and has their times written where there is a clock.
    pub(super) fn run(
        &self,
        commands: &mut CommandEncoder,
        clock: Option<&QuerySet>,
        bound: &BindGroup,
        [pictures, height]: [u32; 2],
    ) {
        for (number, ((name, per), pipeline)) in (0..).zip(KERNELS.into_iter().zip(&self.pipelines)) {
            let mut pass = commands.begin_compute_pass(&ComputePassDescriptor {
                label: Some(name),
                timestamp_writes: clock.map(|query_set| ComputePassTimestampWrites {
                    query_set,
                    beginning_of_pass_write_index: Some(2 * number),
                    end_of_pass_write_index: Some(2 * number + 1),
                }),
            });
            pass.set_bind_group(0, bound, &[]);
            let [x, y] = match per {
                Per::Row => [height.div_ceil(WORKGROUP), pictures],
                Per::WorkgroupAPicture => [pictures, 1],
                Per::Group => [1, 1],
            };
            pass.set_pipeline(pipeline);
            pass.dispatch_workgroups(x, y, 1);
        }
    }
}
