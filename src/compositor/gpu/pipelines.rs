//! The shaders, and how their inputs are laid out.

use wgpu::util::DeviceExt;
use wgpu::{
    BindGroupLayout, BindGroupLayoutEntry, BindingType, BufferBindingType, BufferUsages, FragmentState,
    PipelineCompilationOptions, PrimitiveState, PrimitiveTopology, RenderPipeline, ShaderModuleDescriptor,
    ShaderSource, ShaderStages, TextureSampleType, TextureViewDimension, VertexBufferLayout, VertexState,
    VertexStepMode,
};

use crate::compositor::gpu::FORMAT;
use crate::compositor::gpu::context::Context;
use crate::pixel::{Arithmetic, blend_tables};

/// All shader sources, in the order in which they build on each other.
const SOURCE: &str = concat!(
    include_str!("../../../shaders/over.wgsl"),
    include_str!("../../../shaders/blend.wgsl"),
    include_str!("../../../shaders/straight.wgsl"),
    include_str!("../../../shaders/clip.wgsl"),
    include_str!("../../../shaders/composite.wgsl"),
);

/// Bytes of one instance: eight 32-bit words.
pub(super) const INSTANCE_BYTES: u64 = 32;
/// Bytes of one entry of a stack: two 32-bit words.
pub(super) const ENTRY_BYTES: u64 = 8;

/// How the tile of a stack is composited; each way is a pipeline of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PipelineKey {
    /// Two to four entries of normal layers, in the instance itself. Software adapters spend most of their time
    /// reading: with the entries in a buffer and a loop over them, passes took 1.3 to 1.6 times as long.
    Shallow { depth: usize, solid_base: bool },
    /// Any number of entries of normal layers.
    Over,
    /// Any number of entries, any modes.
    Blend,
}

impl PipelineKey {
    /// Entries that an instance itself can hold.
    pub(super) const SHALLOW: usize = 4;

    pub(super) const ALL: [Self; 8] = [
        Self::Shallow { depth: 2, solid_base: false },
        Self::Shallow { depth: 2, solid_base: true },
        Self::Shallow { depth: 3, solid_base: false },
        Self::Shallow { depth: 3, solid_base: true },
        Self::Shallow { depth: 4, solid_base: false },
        Self::Shallow { depth: 4, solid_base: true },
        Self::Over,
        Self::Blend,
    ];

    /// The way's place in [`PipelineKey::ALL`].
    pub(super) fn index(self) -> usize {
        match self {
            Self::Shallow { depth, solid_base } => 2 * (depth - 2) + usize::from(solid_base),
            Self::Over => 6,
            Self::Blend => 7,
        }
    }

    fn entry_point(self) -> &'static str {
        match self {
            Self::Shallow { .. } => "composite_shallow",
            Self::Over => "composite_over",
            Self::Blend => "composite_blend",
        }
    }

    fn constants(self, arithmetic: Arithmetic) -> Vec<(&'static str, f64)> {
        let flag = |set: bool| f64::from(u8::from(set));
        let mut constants = vec![("STRAIGHT", flag(arithmetic == Arithmetic::Straight))];
        if let Self::Shallow { depth, solid_base } = self {
            constants.extend([("DEPTH", depth as f64), ("SOLID_BASE", flag(solid_base))]);
        }
        constants
    }
}

/// What is made once a device, for one arithmetic.
#[derive(Debug)]
pub(super) struct Pipelines {
    pub(super) layout: BindGroupLayout,
    /// By [`PipelineKey::index`].
    pub(super) ways: Vec<RenderPipeline>,
    /// The reciprocals and roots that the CPU uses too, and divisors.
    pub(super) tables: wgpu::Buffer,
}

impl Pipelines {
    pub(super) fn new(context: &Context, arithmetic: Arithmetic) -> Self {
        let device = &context.device;
        let module = device.create_shader_module(ShaderModuleDescriptor {
            label: Some("composite"),
            source: ShaderSource::Wgsl(SOURCE.into()),
        });
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("stacks"),
            entries: &[
                buffer(0, ShaderStages::FRAGMENT, BufferBindingType::Storage { read_only: true }),
                buffer(1, ShaderStages::FRAGMENT, BufferBindingType::Storage { read_only: true }),
                BindGroupLayoutEntry {
                    binding: 2,
                    visibility: ShaderStages::FRAGMENT,
                    ty: BindingType::Texture {
                        sample_type: TextureSampleType::Uint,
                        view_dimension: TextureViewDimension::D2Array,
                        multisampled: false,
                    },
                    count: None,
                },
                buffer(3, ShaderStages::VERTEX, BufferBindingType::Uniform),
            ],
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("composite"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let instances = VertexBufferLayout {
            array_stride: INSTANCE_BYTES,
            step_mode: VertexStepMode::Instance,
            attributes: &wgpu::vertex_attr_array![0 => Uint32x4, 1 => Uint32x4],
        };
        let pipeline = |way: PipelineKey| {
            let constants = way.constants(arithmetic);
            let entry_point = way.entry_point();
            device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
                label: Some(entry_point),
                layout: Some(&pipeline_layout),
                vertex: VertexState {
                    module: &module,
                    entry_point: Some("place"),
                    compilation_options: Default::default(),
                    buffers: &[Some(instances.clone())],
                },
                primitive: PrimitiveState {
                    topology: PrimitiveTopology::TriangleStrip,
                    ..PrimitiveState::default()
                },
                depth_stencil: None,
                multisample: Default::default(),
                fragment: Some(FragmentState {
                    module: &module,
                    entry_point: Some(entry_point),
                    compilation_options: PipelineCompilationOptions {
                        constants: &constants,
                        ..Default::default()
                    },
                    // No blending unit: they round as the device likes.
                    targets: &[Some(FORMAT.into())],
                }),
                multiview_mask: None,
                cache: None,
            })
        };
        let tables = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("blend tables"),
            contents: bytemuck::cast_slice(blend_tables()),
            usage: BufferUsages::STORAGE,
        });
        Self { ways: PipelineKey::ALL.map(pipeline).into(), layout, tables }
    }
}

fn buffer(binding: u32, visibility: ShaderStages, ty: BufferBindingType) -> BindGroupLayoutEntry {
    BindGroupLayoutEntry {
        binding,
        visibility,
        ty: BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}
