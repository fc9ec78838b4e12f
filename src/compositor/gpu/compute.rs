//! What the kernels that compress and those that join are made with: programs of one source, their buffers, and the steps that
//! an invocation may take.

use wgpu::{
    BindGroupLayout, BindGroupLayoutDescriptor, BindGroupLayoutEntry, BindingType, Buffer, BufferBindingType,
    BufferDescriptor, BufferUsages, ComputePipeline, ComputePipelineDescriptor, PipelineCompilationOptions,
    PipelineLayoutDescriptor, ShaderModuleDescriptor, ShaderSource, ShaderStages,
};

use crate::compositor::backend::AdapterKind;
use crate::compositor::gpu::context::Context;
use crate::compositor::gpu::faults::Faults;

/// A buffer that kernels read.
pub(super) const READ: BufferBindingType = BufferBindingType::Storage { read_only: true };
/// A buffer that kernels write.
pub(super) const WRITE: BufferBindingType = BufferBindingType::Storage { read_only: false };

/// Steps that an invocation may take: Mesa's software adapter ends loops after 65,535 that eight invocations share.
const SOFTWARE_BUDGET: u32 = 6_000;
const BUDGET: u32 = 1_000_000;

/// Steps that an invocation may take on an adapter.
pub(super) fn budget_of(kind: AdapterKind) -> u32 {
    if kind == AdapterKind::Software { SOFTWARE_BUDGET } else { BUDGET }
}

/// What kernels are bound to, and the programs with these names from one source, in their order.
pub(super) fn programs<const N: usize>(
    context: &Context,
    label: &'static str,
    source: &'static str,
    entries: &[BindGroupLayoutEntry],
    names: [&'static str; N],
    faults: &Faults,
) -> (BindGroupLayout, [ComputePipeline; N]) {
    let device = &context.device;
    let label = Some(label);
    let module = device
        .create_shader_module(ShaderModuleDescriptor { label, source: ShaderSource::Wgsl(source.into()) });
    let layout = device.create_bind_group_layout(&BindGroupLayoutDescriptor { label, entries });
    let pipeline_layout = device.create_pipeline_layout(&PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let pipelines = names.map(|name| {
        // Half of all numbers are more than any budget, and leave room for the steps that are counted on top.
        let steps = if faults.exhausts(name) { f64::from(1 << 30) } else { 0.0 };
        device.create_compute_pipeline(&ComputePipelineDescriptor {
            label: Some(name),
            layout: Some(&pipeline_layout),
            module: &module,
            entry_point: Some(name),
            compilation_options: PipelineCompilationOptions {
                constants: &[("STEPS_BEFORE", steps)],
                ..PipelineCompilationOptions::default()
            },
            cache: None,
        })
    });
    (layout, pipelines)
}

/// A buffer that kernels are bound to.
pub(super) fn buffer_entry(binding: u32, ty: BufferBindingType) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry {
        binding,
        visibility: ShaderStages::COMPUTE,
        ty: BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}

/// A buffer for kernels.
pub(super) fn storage(context: &Context, label: &'static str, bytes: u64, more: BufferUsages) -> Buffer {
    context.device.create_buffer(&BufferDescriptor {
        label: Some(label),
        size: bytes,
        usage: BufferUsages::STORAGE | more,
        mapped_at_creation: false,
    })
}
