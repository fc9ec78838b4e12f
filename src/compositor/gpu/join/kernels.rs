//! The programs that join, in the order in which they run.

use wgpu::{
    BindGroup, BindGroupLayout, BindGroupLayoutDescriptor, BufferBindingType, CommandEncoder,
    ComputePassDescriptor, ComputePipeline, ComputePipelineDescriptor, PipelineLayoutDescriptor,
    ShaderModuleDescriptor, ShaderSource,
};

use crate::compositor::backend::AdapterKind;
use crate::compositor::gpu::compress::{budget_of, buffer_entry};
use crate::compositor::gpu::context::Context;

/// All sources, in the order in which they build on each other.
const SOURCE: &str = concat!(
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
    measure_rows: ComputePipeline,
    place_rows: ComputePipeline,
    place_pictures: ComputePipeline,
    write_rows: ComputePipeline,
    pub(super) budget: u32,
}

impl JoinKernels {
    pub(in crate::compositor::gpu) fn new(context: &Context, kind: AdapterKind) -> Self {
        let device = &context.device;
        let module = device.create_shader_module(ShaderModuleDescriptor {
            label: Some("join"),
            source: ShaderSource::Wgsl(SOURCE.into()),
        });
        let read = BufferBindingType::Storage { read_only: true };
        let write = BufferBindingType::Storage { read_only: false };
        let entries = [read, read, read, write, write, BufferBindingType::Uniform];
        let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor {
            label: Some("join"),
            entries: &(0..).zip(entries).map(|(binding, ty)| buffer_entry(binding, ty)).collect::<Vec<_>>(),
        });
        let pipeline_layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
            label: Some("join"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = |name| {
            device.create_compute_pipeline(&ComputePipelineDescriptor {
                label: Some(name),
                layout: Some(&pipeline_layout),
                module: &module,
                entry_point: Some(name),
                compilation_options: Default::default(),
                cache: None,
            })
        };
        Self {
            measure_rows: pipeline("measure_rows"),
            place_rows: pipeline("place_rows"),
            place_pictures: pipeline("place_pictures"),
            write_rows: pipeline("write_rows"),
            layout,
            budget: budget_of(kind),
        }
    }

    /// Runs them all on so many pictures of so many rows.
    pub(super) fn run(&self, commands: &mut CommandEncoder, bound: &BindGroup, [pictures, height]: [u32; 2]) {
        let mut pass = commands
            .begin_compute_pass(&ComputePassDescriptor { label: Some("join"), timestamp_writes: None });
        pass.set_bind_group(0, bound, &[]);
        let lines = height.div_ceil(WORKGROUP);
        for (pipeline, [x, y]) in [
            (&self.measure_rows, [lines, pictures]),
            (&self.place_rows, [pictures, 1]),
            (&self.place_pictures, [1, 1]),
            (&self.write_rows, [lines, pictures]),
        ] {
            pass.set_pipeline(pipeline);
            pass.dispatch_workgroups(x, y, 1);
        }
    }
}
