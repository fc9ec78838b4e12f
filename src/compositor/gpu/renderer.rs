//! Passes in flight: from jobs to submissions, and from finished submissions to pixels.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use wgpu::{
    Color, CommandEncoder, LoadOp, MapMode, Operations, Origin3d, RenderPassColorAttachment,
    RenderPassDescriptor, RenderPassTimestampWrites, StoreOp, SubmissionIndex, TexelCopyBufferInfo,
    TexelCopyBufferLayout, TexelCopyTextureInfo, TextureAspect,
};

use crate::art::{Art, TraitArt};
use crate::compositor::Band;
use crate::compositor::backend::FaultKind;
use crate::compositor::gpu::atlas::{Atlas, Pages};
use crate::compositor::gpu::context::{Context, Fault, PATIENCE};
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::{Added, Fill, Numbered};
use crate::compositor::gpu::pipelines::Pipelines;
use crate::compositor::gpu::residency::{self, Residency};
use crate::compositor::gpu::target::{Dimensions, Target, Targets};
use crate::compositor::gpu::{Budget, Device};
use crate::geometry::Grid;
use crate::pixel::Pixel;
use crate::telemetry::{Stage, Stages};

/// Bytes uploaded before the queue is told to begin with them.
const UPLOAD_CHUNK: u64 = 32 << 20;
/// Items that the first batches bring; a guess that sizes the targets.
const FIRST_ITEMS: u64 = 8;

/// A submission that was not collected yet.
#[derive(Debug)]
struct Flight {
    jobs: Vec<Numbered>,
    target: Target,
    /// Rows of cells that were drawn.
    rows: u32,
    submission: SubmissionIndex,
    late: bool,
}

/// What came of trying to submit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Submitted {
    /// So many jobs are on their way.
    Jobs(usize),
    /// The first job alone needs more than there is room for.
    TooLarge,
}

/// What was done so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Work {
    pub(super) passes: u64,
    pub(super) spans: u64,
    pub(super) tiles: u64,
}

/// Draws the spans of one art on one device.
#[derive(Debug)]
pub(super) struct Renderer {
    device: Arc<Device>,
    art: Arc<Art>,
    residency: Residency,
    /// Whether all tiles are in the atlas for good. Where a budget has let pixels go they come as they are needed,
    /// and stay if there is room.
    pub(super) complete: bool,
    targets: Targets,
    in_flight: VecDeque<Flight>,
    fill: Fill,
    faults: Arc<Faults>,
    stages: Arc<Stages>,
    pub(super) work: Work,
}

impl Renderer {
    /// Makes the atlas for `art`, and fills it where all of it fits.
    pub(super) fn new(
        device: Arc<Device>,
        art: Arc<Art>,
        budget: &Budget,
        faults: Arc<Faults>,
        stages: Arc<Stages>,
    ) -> Result<Self, Fault> {
        let context = &device.context;
        let wanted = residency::slots_of(&art);
        let affordable = budget.textures / super::atlas::SLOT_BYTES;
        let side = budget.page_side.unwrap_or(context.limits.max_texture_dimension_2d);
        let pages = Pages::of(wanted.min(affordable), side, context.limits.max_texture_array_layers);
        let atlas = Atlas::new(context, pages)?;
        let columns = art.grid.columns() as u64;
        let tiles = columns * art.grid.rows() as u64;
        let depth = art.traits.len().min(4096) as u64;
        let dimensions = Dimensions::of(FIRST_ITEMS * tiles, columns, depth, budget.pools);
        let mut this = Self {
            complete: wanted <= atlas.slots() && art.traits.iter().all(TraitArt::holds_pixels),
            residency: Residency::new(atlas),
            targets: Targets::new(dimensions, budget),
            in_flight: VecDeque::new(),
            fill: Fill::default(),
            faults,
            stages,
            work: Work::default(),
            device,
            art,
        };
        if this.complete {
            this.upload_all()?;
        }
        Ok(this)
    }

    /// Uploads every tile there is, in chunks.
    fn upload_all(&mut self) -> Result<(), Fault> {
        let start = Instant::now();
        let art = self.art.clone();
        let mut encoder = self.encoder();
        let mut sent = 0;
        for band in residency::all_bands(&art) {
            self.residency.load(&art, band, &mut encoder, false)?;
            if self.residency.atlas.uploaded - sent > UPLOAD_CHUNK {
                sent = self.residency.atlas.uploaded;
                let full = std::mem::replace(&mut encoder, self.encoder());
                let submission = self.submit_uploads(full)?;
                // Staging buffers are free again when this is done, so there are never more of them than one chunk.
                self.device.context.wait(submission, PATIENCE)?;
            }
        }
        self.submit_uploads(encoder)?;
        self.stages.add(Stage::Upload, start.elapsed());
        self.device.context.check()
    }

    fn encoder(&self) -> CommandEncoder {
        self.device.context.device.create_command_encoder(&Default::default())
    }

    fn submit_uploads(&mut self, encoder: CommandEncoder) -> Result<SubmissionIndex, Fault> {
        self.residency.atlas.finish_uploads(&encoder);
        let submission = self.device.context.queue.submit([encoder.finish()]);
        self.device.context.check()?;
        Ok(submission)
    }

    /// The art from which tiles are uploaded from now on: the same, but perhaps with pixels of other traits.
    pub(super) fn set_art(&mut self, art: Arc<Art>) {
        self.art = art;
    }

    /// Whether a pass can be submitted without waiting for another.
    pub(super) fn ready(&self) -> bool {
        self.targets.available()
    }

    /// Whether passes wait to be collected.
    pub(super) fn busy(&self) -> bool {
        !self.in_flight.is_empty()
    }

    /// Submits a pass with as many of `jobs` as fit, from the first.
    pub(super) fn submit(&mut self, jobs: &[Numbered]) -> Result<Submitted, Fault> {
        let fault = self.faults.at_submission();
        if fault == Some(FaultKind::Memory) {
            return Err(Fault::OutOfMemory);
        }
        let Self { device, residency, targets, .. } = self;
        let view = &residency.atlas.view;
        let target =
            targets.take(|dimensions| Target::new(&device.context, &device.pipelines, view, dimensions))?;
        let submission = match self.record(jobs, &target) {
            Ok(Some(submission)) => submission,
            Ok(None) => {
                self.targets.give_back(target);
                return Ok(Submitted::TooLarge);
            }
            Err(fault) => {
                self.targets.lost_one();
                return Err(fault);
            }
        };
        if fault == Some(FaultKind::Lost) {
            self.device.context.device.destroy();
        }
        let jobs = std::mem::take(&mut self.fill.jobs);
        let count = jobs.len();
        self.work.passes += 1;
        self.work.spans += count as u64;
        self.work.tiles += u64::from(self.fill.cells);
        let rows = self.fill.rows(target.dimensions);
        let late = fault == Some(FaultKind::Timeout);
        self.in_flight.push_back(Flight { jobs, target, rows, submission, late });
        Ok(Submitted::Jobs(count))
    }

    /// Fills a pass from the first of `jobs` on, and submits it; nothing if not even one fits.
    fn record(&mut self, jobs: &[Numbered], target: &Target) -> Result<Option<SubmissionIndex>, Fault> {
        let Self { device, art, residency, fill, stages, .. } = self;
        let (context, pipelines) = (&device.context, &device.pipelines);
        let start = Instant::now();
        let uploaded = residency.atlas.uploaded;
        let mut encoder = context.device.create_command_encoder(&Default::default());
        residency.next_pass();
        fill.clear();
        for job in jobs {
            if fill.add(job, art, target.dimensions, residency, &mut encoder)? == Added::Full {
                break;
            }
        }
        // Reading tiles is most of it when there are any to upload.
        let stage = if residency.atlas.uploaded > uploaded { Stage::Upload } else { Stage::Composite };
        stages.add(stage, start.elapsed());
        if fill.jobs.is_empty() {
            return Ok(None);
        }
        residency.atlas.finish_uploads(&encoder);
        write_inputs(context, fill, target);
        draw(&mut encoder, pipelines, fill, target);
        copy_back(&mut encoder, target, fill.rows(target.dimensions));
        let mapped = target.mapped.clone();
        encoder.map_buffer_on_submit(&target.readback, MapMode::Read, .., move |result| {
            mapped.store(result.is_ok(), Ordering::Release);
        });
        let submission = context.queue.submit([encoder.finish()]);
        context.check()?;
        Ok(Some(submission))
    }

    /// Waits for the oldest pass and puts its pixels into `pixels`, each span's one after the other in the order of
    /// the jobs, which it gives; nothing if no pass is in flight.
    pub(super) fn collect(&mut self, pixels: &mut Vec<Pixel>) -> Result<Option<Vec<Numbered>>, Fault> {
        let Some(flight) = self.in_flight.front() else { return Ok(None) };
        if flight.late {
            return Err(Fault::Timeout(Duration::ZERO));
        }
        self.device.context.wait(flight.submission.clone(), PATIENCE)?;
        let start = Instant::now();
        let target = &flight.target;
        if !target.mapped.load(Ordering::Acquire) {
            return Err(Fault::Refused("the pixels could not be read back".to_owned()));
        }
        {
            let bytes = target.pixel_bytes(flight.rows);
            let refused = |error: wgpu::MapRangeError| Fault::Refused(error.to_string());
            let view = target.readback.slice(..bytes).get_mapped_range().map_err(refused)?;
            Fill::gather(&flight.jobs, &self.art, target.dimensions, bytemuck::cast_slice(&view), pixels);
            if let Some(tick) = self.device.context.tick {
                let times = target.readback.slice(target.times_at()..).get_mapped_range().map_err(refused)?;
                let times: &[u64] = bytemuck::cast_slice(&times);
                let nanoseconds = times[1].saturating_sub(times[0]) as f64 * f64::from(tick);
                self.stages.add(Stage::Gpu, Duration::from_nanos(nanoseconds as u64));
            }
        }
        target.readback.unmap();
        self.stages.add(Stage::Readback, start.elapsed());
        let flight = self.in_flight.pop_front().expect("it was there");
        self.targets.give_back(flight.target);
        Ok(Some(flight.jobs))
    }

    /// Loads bands ahead of their use, until there is no more room.
    pub(super) fn prefetch(&mut self, bands: &[Band]) -> Result<(), Fault> {
        if self.complete || bands.is_empty() {
            return Ok(());
        }
        let start = Instant::now();
        let mut encoder = self.encoder();
        self.residency.next_pass();
        for &band in bands {
            if !self.residency.prefetch(&self.art, band, &mut encoder)? {
                break;
            }
        }
        self.submit_uploads(encoder)?;
        self.stages.add(Stage::Upload, start.elapsed());
        Ok(())
    }

    /// The jobs of all passes in flight, which are given up.
    pub(super) fn abandon(&mut self) -> Vec<Numbered> {
        self.in_flight.iter().for_each(|_| self.targets.lost_one());
        self.in_flight.drain(..).flat_map(|flight| flight.jobs).collect()
    }

    /// Makes passes smaller; says whether that was possible.
    pub(super) fn shrink(&mut self) -> bool {
        self.targets.shrink(self.art.grid.columns() as u64)
    }

    pub(super) fn residency(&self) -> &Residency {
        &self.residency
    }

    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }
}

fn write_inputs(context: &Context, fill: &Fill, target: &Target) {
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

fn draw(encoder: &mut CommandEncoder, pipelines: &Pipelines, fill: &Fill, target: &Target) {
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

fn copy_back(encoder: &mut CommandEncoder, target: &Target, rows: u32) {
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
        width: target.dimensions.columns * Grid::TILE_WIDTH / super::TEXEL,
        height: rows * Grid::TILE_HEIGHT,
        depth_or_array_layers: 1,
    };
    encoder.copy_texture_to_buffer(source, to, size);
    if let Some(clock) = &target.clock {
        encoder.resolve_query_set(&clock.queries, 0..2, &clock.resolved, 0);
        encoder.copy_buffer_to_buffer(
            &clock.resolved,
            0,
            &target.readback,
            target.times_at(),
            clock.resolved.size(),
        );
    }
}
