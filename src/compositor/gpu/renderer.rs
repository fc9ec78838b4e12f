//! Passes in flight: from jobs to submissions, and from finished submissions to pixels.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use wgpu::{CommandEncoder, SubmissionIndex, TextureView};

use crate::art::{Art, TraitArt};
use crate::compositor::Band;
use crate::compositor::backend::{FaultKind, GpuStages};
use crate::compositor::gpu::arena::Arena;
use crate::compositor::gpu::atlas::{Atlas, Pages};
use crate::compositor::gpu::compress::{Asked, HEAD_BYTES, Passes, Recording};
use crate::compositor::gpu::context::{Context, Fault, PATIENCE};
use crate::compositor::gpu::device::{Budget, Device};
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::{Added, Fill, Numbered};
use crate::compositor::gpu::recording;
use crate::compositor::gpu::residency::{self, Residency};
use crate::compositor::gpu::target::{DRAWN_TIMES, Dimensions, Target, Targets};
use crate::pixel::Pixel;
use crate::png::Encoder;
use crate::telemetry::{GpuStats, Stage, Stages};

/// Bytes uploaded before the queue is submitted.
const UPLOAD_CHUNK: u64 = 32 << 20;
/// Items that the first batches bring; a guess that sizes the targets.
const FIRST_ITEMS: u64 = 8;

/// A submission that was not collected yet.
#[derive(Debug)]
struct Flight {
    place: InLine,
    jobs: Vec<Numbered>,
    target: Target,
    /// Rows of cells that were drawn.
    rows: u32,
    cells: u32,
    /// What was asked of it, if its spans are compressed.
    asked: Option<Asked>,
    submission: SubmissionIndex,
    late: bool,
}

/// A submission's number among all, and that of its request.
pub(super) type InLine = (u64, u64);

/// A pass that is done.
#[derive(Debug)]
pub(super) struct Collected {
    /// The number of its request.
    pub(super) request: u64,
    pub(super) jobs: Vec<Numbered>,
    /// What was asked of it, if its spans are compressed.
    pub(super) asked: Option<Asked>,
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
    /// Bytes.
    pub(super) read_back: u64,
    pub(super) kept: u64,
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
    passes: Passes,
    in_flight: VecDeque<Flight>,
    fill: Fill,
    faults: Arc<Faults>,
    stages: Arc<Stages>,
    pub(super) work: Work,
    /// By name.
    pub(super) kernel_seconds: BTreeMap<&'static str, f64>,
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
        let wanted_cells = (FIRST_ITEMS * tiles).min(budget.cells.into());
        let dimensions = Dimensions::of(wanted_cells, columns, depth, budget.pools, device.kernels.is_some());
        let mut this = Self {
            complete: wanted <= atlas.slots() && art.traits.iter().all(TraitArt::holds_pixels),
            residency: Residency::new(atlas),
            targets: Targets::new(dimensions, budget),
            passes: Passes::default(),
            in_flight: VecDeque::new(),
            fill: Fill::default(),
            faults,
            stages,
            work: Work::default(),
            kernel_seconds: BTreeMap::new(),
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

    /// The number of the oldest pass that waits.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.in_flight.front().map(|flight| flight.place.0)
    }

    /// Whether that can be collected without waiting.
    pub(super) fn oldest_has_ended(&self) -> bool {
        let has_ended = |flight: &Flight| flight.late || flight.target.mapped.load(Ordering::Acquire);
        self.in_flight.front().is_some_and(has_ended)
    }

    /// Submits a pass with as many of `jobs` as fit, from the first. Their spans are compressed by `encoder`, if the device can.
    pub(super) fn submit(
        &mut self,
        jobs: &[Numbered],
        encoder: Option<&Arc<Encoder>>,
        place: InLine,
    ) -> Result<Submitted, Fault> {
        let compresses = self.device.kernels.is_some() && encoder.is_some();
        let stages = [GpuStages::Composite, GpuStages::Compress];
        let fault = self.faults.at_submission(&stages[..1 + usize::from(compresses)]);
        if fault == Some(FaultKind::Memory) {
            return Err(Fault::OutOfMemory);
        }
        let Self { device, residency, targets, passes, .. } = self;
        let view = &residency.atlas.view;
        let target = targets.take(|dimensions| {
            let desk = |composited: &TextureView| passes.desk(device, composited, dimensions.cells());
            Target::new(&device.context, &device.pipelines, view, dimensions, desk)
        })?;
        let (submission, asked) = match self.record(jobs, encoder, &target) {
            Ok(Some(recorded)) => recorded,
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
        let cells = self.fill.cells;
        let late = fault == Some(FaultKind::Timeout);
        self.in_flight.push_back(Flight { place, jobs, target, rows, cells, asked, submission, late });
        Ok(Submitted::Jobs(count))
    }

    /// Fills a pass from the first of `jobs` on, and submits it; nothing if not even one fits.
    fn record(
        &mut self,
        jobs: &[Numbered],
        compressed_by: Option<&Arc<Encoder>>,
        target: &Target,
    ) -> Result<Option<(SubmissionIndex, Option<Asked>)>, Fault> {
        let Self { device, art, residency, fill, stages, passes, .. } = self;
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
        recording::write_inputs(context, fill, target);
        recording::draw(&mut encoder, pipelines, fill, target);
        let columns = target.dimensions.columns;
        let clock = target.clock.as_ref().map(|clock| (&clock.queries, DRAWN_TIMES));
        let asked = compressed_by.zip(target.desk.as_ref()).and_then(|(by, desk)| {
            passes.record(
                device,
                desk,
                by,
                (art, &fill.jobs),
                columns,
                &mut Recording { commands: &mut encoder, clock },
            )
        });
        match &asked {
            Some(asked) => recording::copy_results(&mut encoder, target, asked.copied),
            None => recording::copy_pixels(&mut encoder, target, fill.rows(target.dimensions)),
        }
        // What was not written cannot be read.
        let kernels = asked.as_ref().map_or(0, |asked| asked.kernels().count() as u32);
        recording::copy_times(&mut encoder, target, DRAWN_TIMES + 2 * kernels);
        let submission = recording::submit(context, encoder, target);
        context.check()?;
        Ok(Some((submission, asked)))
    }

    /// Waits for the oldest pass and puts its pixels into `pixels`, each span's one after the other in the order of
    /// the jobs, which it gives; nothing if no pass is in flight. Of a pass that compresses it puts what came of that there, and
    /// what has room in `arena` stays on the device besides.
    pub(super) fn collect(
        &mut self,
        pixels: &mut Vec<Pixel>,
        arena: Option<&mut Arena>,
    ) -> Result<Option<Collected>, Fault> {
        let Some(flight) = self.in_flight.front_mut() else { return Ok(None) };
        if flight.late {
            return Err(Fault::Timeout(Duration::ZERO));
        }
        let Flight { target, asked, .. } = flight;
        let context = &self.device.context;
        finish(context, flight.submission.clone(), target)?;
        let start = Instant::now();
        let refused = |error: wgpu::MapRangeError| Fault::Refused(error.to_string());
        if let Some(tick) = context.tick {
            let times = target.readback.slice(target.times_at()..).get_mapped_range().map_err(refused)?;
            let times: &[u64] = bytemuck::cast_slice(&times);
            let (times, _) = times.as_chunks();
            let time = |[begin, end]: [u64; 2]| {
                Duration::from_nanos((end.saturating_sub(begin) as f64 * f64::from(tick)) as u64)
            };
            self.stages.add(Stage::Gpu, time(times[0]));
            let kernels = asked.iter().flat_map(Asked::kernels);
            for (name, &times) in kernels.zip(&times[1..]) {
                self.stages.add(Stage::GpuCompress, time(times));
                *self.kernel_seconds.entry(name).or_default() += time(times).as_secs_f64();
            }
        }
        if let Some(asked) = asked {
            let head = target.readback.slice(..HEAD_BYTES).get_mapped_range().map_err(refused)?;
            let bytes = asked.results.bytes(bytemuck::cast_slice(&head));
            drop(head);
            if bytes > asked.copied {
                target.unmap();
                let mut encoder = context.device.create_command_encoder(&Default::default());
                recording::copy_results(&mut encoder, target, bytes);
                finish(context, recording::submit(context, encoder, target), target)?;
            }
            if let (Some(arena), Some(desk)) = (arena, &target.desk) {
                self.work.kept += asked.results.keep(context, &desk.results, bytes, arena);
            }
            let view = target.readback.slice(..bytes).get_mapped_range().map_err(refused)?;
            pixels.clear();
            pixels.extend_from_slice(bytemuck::cast_slice(&view));
            self.passes.took(asked, flight.cells, bytes);
            self.work.read_back += bytes.max(asked.copied);
        } else {
            let bytes = target.pixel_bytes(flight.rows);
            let view = target.readback.slice(..bytes).get_mapped_range().map_err(refused)?;
            Fill::gather(&flight.jobs, &self.art, target.dimensions, bytemuck::cast_slice(&view), pixels);
            self.work.read_back += bytes;
        }
        target.unmap();
        self.stages.add(Stage::Readback, start.elapsed());
        let Flight { place, jobs, target, asked, .. } = self.in_flight.pop_front().expect("it was there");
        self.targets.give_back(target);
        Ok(Some(Collected { request: place.1, jobs, asked }))
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

    /// The jobs of all passes in flight, which are given up, with the numbers of their requests.
    pub(super) fn abandon(&mut self) -> Vec<(u64, Vec<Numbered>)> {
        self.in_flight.iter().for_each(|_| self.targets.lost_one());
        self.in_flight.drain(..).map(|flight| (flight.place.1, flight.jobs)).collect()
    }

    /// Makes passes smaller; says whether that was possible.
    pub(super) fn shrink(&mut self) -> bool {
        self.targets.shrink(self.art.grid.columns() as u64)
    }

    /// Adds what it did, and what it holds.
    pub(super) fn add_to(&self, stats: &mut GpuStats) {
        let (work, counts) = (self.work, self.residency.counts);
        let (atlas, targets) = (&self.residency.atlas, &self.targets);
        for (&name, seconds) in &self.kernel_seconds {
            *stats.kernel_seconds.entry(name.to_owned()).or_default() += seconds;
        }
        stats.passes += work.passes;
        stats.spans += work.spans;
        stats.tiles += work.tiles;
        stats.read_back_bytes += work.read_back;
        stats.kept_bytes += work.kept;
        stats.uploaded_bytes += atlas.uploaded;
        stats.texture_bytes += atlas.bytes();
        stats.pool_bytes += targets.peak_bytes;
        stats.pool_allocations += targets.allocations;
        stats.pool_reuses += targets.reuses;
        stats.resident += counts.resident;
        stats.loaded += counts.loaded;
        stats.dropped += counts.dropped;
        stats.load_wait_seconds += counts.load_wait.as_secs_f64();
        stats.prefetched += counts.prefetched;
        stats.prefetched_used += counts.prefetched_used;
        stats.prefetched_in_vain += counts.prefetched_in_vain;
    }

    pub(super) fn targets(&self) -> &Targets {
        &self.targets
    }
}

/// Waits for a submission, after which what the target gave can be read.
fn finish(context: &Context, submission: SubmissionIndex, target: &Target) -> Result<(), Fault> {
    context.wait(submission, PATIENCE)?;
    if !target.mapped.load(Ordering::Acquire) {
        return Err(Fault::Refused("what it made could not be read back".to_owned()));
    }
    Ok(())
}
