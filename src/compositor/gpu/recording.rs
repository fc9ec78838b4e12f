//! What a pass records: its inputs, the drawing, and copies of what is read back.

use std::sync::atomic::Ordering;

use wgpu::{
    Color, CommandEncoder, LoadOp, MapMode, Operations, Origin3d, RenderPassColorAttachment,
    RenderPassDescriptor, RenderPassTimestampWrites, StoreOp, SubmissionIndex, TexelCopyBufferInfo,
    TexelCopyBufferLayout, TexelCopyTextureInfo, TextureAspect,
};

use crate::compositor::gpu::TEXEL;
use crate::compositor::gpu::context::Context;
use crate::compositor::gpu::fill::Fill;
use crate::compositor::gpu::pipelines::Pipelines;
use crate::compositor::gpu::target::Target;
use crate::geometry::Grid;

/// Hands over what the shaders need.
pub(super) fn write_inputs(context: &Context, fill: &Fill, target: &Target) {
    let write = |buffer, offset, bytes: &[u8]| {
        if !bytes.is_empty() {
            context.queue.write_buffer(buffer, offset, bytes);
        }
    };
    let mut at = 0;
    for instances in &fill.instances {
        let bytes: &[u8] = bytemuck::cast_slice(instances);
        write(&target.instances, at, bytes);
        at += bytes.len() as u64;
    }
    write(&target.entries, 0, bytemuck::cast_slice(&fill.entries));
}

/// Draws the tiles of all spans.
pub(super) fn draw(encoder: &mut CommandEncoder, pipelines: &Pipelines, fill: &Fill, target: &Target) {
    let timestamp_writes = target.clock.as_ref().map(|clock| RenderPassTimestampWrites {
        query_set: &clock.queries,
        beginning_of_pass_write_index: Some(0),
        end_of_pass_write_index: Some(1),
    });
    let mut pass = encoder.begin_render_pass(&RenderPassDescriptor {
        label: Some("spans"),
        color_attachments: &[Some(RenderPassColorAttachment {
            view: &target.view,
            depth_slice: None,
            resolve_target: None,
            ops: Operations { load: LoadOp::Clear(Color::TRANSPARENT), store: StoreOp::Store },
        })],
        depth_stencil_attachment: None,
        timestamp_writes,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    pass.set_bind_group(0, &target.stacks, &[]);
    pass.set_vertex_buffer(0, target.instances.slice(..));
    let mut first = 0;
    for (instances, pipeline) in fill.instances.iter().zip(&pipelines.ways) {
        let end = first + instances.len() as u32;
        if end > first {
            pass.set_pipeline(pipeline);
            pass.draw(0..4, first..end);
        }
        first = end;
    }
}

/// Copies so many rows of cells to where they can be read.
pub(super) fn copy_pixels(encoder: &mut CommandEncoder, target: &Target, rows: u32) {
    let source = TexelCopyTextureInfo {
        texture: &target.texture,
        mip_level: 0,
        origin: Origin3d::ZERO,
        aspect: TextureAspect::All,
    };
    let to = TexelCopyBufferInfo {
        buffer: &target.readback,
        layout: TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(target.dimensions.row_bytes()),
            rows_per_image: None,
        },
    };
    let size = wgpu::Extent3d {
        width: target.dimensions.columns * Grid::TILE_WIDTH / TEXEL,
        height: rows * Grid::TILE_HEIGHT,
        depth_or_array_layers: 1,
    };
    encoder.copy_texture_to_buffer(source, to, size);
}

/// Copies so many bytes of what came of compressing to where they can be read.
pub(super) fn copy_results(encoder: &mut CommandEncoder, target: &Target, bytes: u64) {
    if let Some(desk) = &target.desk {
        encoder.copy_buffer_to_buffer(&desk.results, 0, &target.readback, 0, bytes);
    }
}

/// Copies the first `times` of the pass to where they can be read.
pub(super) fn copy_times(encoder: &mut CommandEncoder, target: &Target, times: u32) {
    if let Some(clock) = &target.clock {
        encoder.resolve_query_set(&clock.queries, 0..times, &clock.resolved, 0);
        encoder.copy_buffer_to_buffer(
            &clock.resolved,
            0,
            &target.readback,
            target.times_at(),
            8 * u64::from(times),
        );
    }
}

/// Submits all of it, after which the readback buffer is mapped.
pub(super) fn submit(context: &Context, encoder: CommandEncoder, target: &Target) -> SubmissionIndex {
    let mapped = target.mapped.clone();
    encoder.map_buffer_on_submit(&target.readback, MapMode::Read, .., move |result| {
        mapped.store(result.is_ok(), Ordering::Release);
    });
    context.queue.submit([encoder.finish()])
}
