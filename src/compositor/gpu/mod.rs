//! The GPU back end: spans composited by render passes, with the bytes of the CPU's.
//!
//! `adapters` finds and chooses, `context` opens a device and listens for its failures, `self_check` decides whether
//! it is trusted. Tiles of traits live in an `atlas`, and `residency` says which; `fill` puts a pass together, the
//! `renderer` has it recorded (`recording`) and submits it into a pooled `target` and reads it back, and the `worker` is the thread in which all of
//! that happens. Where it pays, `compress` turns pixels into compressed spans before they are read back. `join` puts pictures together from
//! such spans, and `compute` has what the kernels of both are made with. The shaders do what [`crate::pixel`] does, in the same integers.
//!
//! A pass is only worth its while where there is something to blend: spans that show one trait, or none, are copied
//! from the decoded art by the same threads that compress.

pub(crate) mod adapters;
mod atlas;
mod compress;
mod compute;
mod context;
mod faults;
mod fill;
mod join;
mod pipelines;
mod rates;
mod recording;
mod renderer;
mod requests;
mod residency;
mod self_check;
mod stages;
mod target;
#[cfg(test)]
mod tests;
mod worker;

pub(crate) use adapters::{adapters, measured_adapters};

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rayon::prelude::*;
use wgpu::TextureFormat;

use crate::compositor::gpu::compress::{Asked, Kernels};
use crate::compositor::gpu::context::{Context, Fault};
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::Numbered;
use crate::compositor::gpu::pipelines::Pipelines;
use crate::compositor::gpu::renderer::Renderer;
use crate::compositor::gpu::self_check::Difference;
use crate::compositor::gpu::stages::Wanted;
use crate::compositor::gpu::requests::{Answer, Join, Pixels, Render, Request, Shared};
use crate::compositor::gpu::worker::Worker;

use crate::art::Art;
use crate::compositor::backend::{
    Adapter, AdapterKind, Backend, BackendError, CARD_POOLS, FaultPlan, GpuStages, POOLS,
};
use crate::compositor::cpu::{Cpu, extent};
use crate::compositor::{BackendContext, Band, Compositor, Compressed, Deliver, JoinBatch, SpanJob};
use crate::pixel::Arithmetic;
use crate::png::JoinedBits;
use crate::telemetry::{BackendUse, GpuStats, Stage, StageUse};
use crate::threads::{get_mut, lock};

/// Texels of the atlas and of targets: four packed pixels side by side, as integers, so nothing converts them.
///
/// With a pixel a texel (`Rgba8Uint`) passes on a software adapter took 1.7 times as long: finding a texel costs as much
/// as blending it, and is now paid once for four pixels.
const FORMAT: TextureFormat = TextureFormat::Rgba32Uint;
/// Pixels of a texel.
const TEXEL: u32 = 4;

/// Bytes of textures if nothing is said: half of a common small card.
const TEXTURES: u64 = 2 << 30;
/// The same where the GPU shares the processor's memory.
const SHARED_TEXTURES: u64 = 1 << 30;
/// The share of them that spans have where pictures are joined.
const SPANS_SHARE: u64 = 4;
/// The same share of the memory of targets, for joined pictures, and the most that helps.
const JOINED_SHARE: u64 = 4;
const MOST_JOINED: u64 = 128 << 20;
/// How long an idle device may take to be let go.
const FAREWELL: Duration = Duration::from_secs(5);
/// Below this many bytes of textures there is no use in halving further.
const MIN_TEXTURES: u64 = 16 << 20;

/// What the GPU may take.
#[derive(Clone, Copy, Debug)]
struct Budget {
    /// Bytes of the atlas.
    textures: u64,
    /// Bytes of spans that wait to be joined.
    spans: u64,
    /// Bytes of what is joined of them, on its way back.
    joined: u64,
    /// Bytes of targets and their buffers.
    pools: u64,
    /// Most cells of a target.
    cells: u32,
    /// Largest side of the atlas' pages in pixels, where it is to be less than what the device can.
    page_side: Option<u32>,
    /// Whether targets are used again.
    keep_targets: bool,
}

/// An open device that can draw in one arithmetic.
#[derive(Debug)]
struct Device {
    adapter: Adapter,
    arithmetic: Arithmetic,
    context: Context,
    pipelines: Pipelines,
    /// What compresses, if the device is to do that.
    kernels: Option<Kernels>,
    /// Whether it joins as well.
    joins: bool,
}

impl Device {
    fn open(
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
    fn stages(&self) -> GpuStages {
        match self.kernels {
            Some(_) if self.joins => GpuStages::Join,
            Some(_) => GpuStages::Compress,
            None => GpuStages::Composite,
        }
    }

    /// Opens the same adapter again, from the very beginning.
    fn reopen(&self, faults: &Faults) -> Result<Self, Fault> {
        let same = |found: &adapters::Found| {
            (&found.adapter.name, &found.adapter.backend) == (&self.adapter.name, &self.adapter.backend)
        };
        let found = adapters::find().into_iter().find(same);
        let found = found.ok_or_else(|| Fault::Lost("its adapter has disappeared".to_owned()))?;
        Self::open(&found, self.arithmetic, self.stages(), faults)
    }
}

/// What is asked of a GPU.
#[derive(Clone, Debug, Default)]
pub(crate) struct GpuOptions {
    pub(crate) backend: Backend,
    /// A part of the adapter's name.
    pub(crate) adapter: Option<String>,
    /// Whether the CPU must not step in.
    pub(crate) required: bool,
    /// Bytes of textures.
    pub(crate) memory: Option<u64>,
    /// Bytes of targets and their buffers.
    pub(crate) pools: Option<u64>,
    /// Whether tiles are loaded ahead of their use.
    pub(crate) prefetch: bool,
    /// Whether targets are used again.
    pub(crate) keep_targets: bool,
    /// What the GPU is to do; it decides itself if nothing is said.
    pub(crate) stages: Option<GpuStages>,
    pub(crate) faults: FaultPlan,
}

/// Composites on a GPU.
#[derive(Debug)]
pub(crate) struct Gpu {
    means: BackendContext,
    cpu: Cpu,
    adapter: Adapter,
    required: bool,
    stages: GpuStages,
    /// Why each stage is where it is.
    uses: Vec<StageUse>,
    /// Whether textures hold all of the art, so that there is nothing to load ahead.
    complete: bool,
    prefetch: bool,
    /// None only while it is dropped.
    requests: Mutex<Option<Sender<Request>>>,
    /// Ends when the thread that speaks to the GPU has ended.
    ended: Mutex<Receiver<()>>,
    shared: Arc<Shared>,
    copies: AtomicU64,
    compressed: AtomicU64,
    on_cpu: AtomicU64,
}

/// What came of looking for a GPU.
#[derive(Debug)]
pub(crate) enum Opened {
    Gpu(Box<Gpu>),
    /// There is one, and the CPU is faster at everything.
    Slower(Box<GpuStats>),
    Nothing,
}

impl Gpu {
    /// Opens the adapter that `options` mean and checks it; nothing if they leave the choice open and there is no real
    /// GPU.
    ///
    /// # Errors
    /// If the adapter cannot be had or trusted.
    pub(crate) fn open(means: &BackendContext, options: &GpuOptions) -> Result<Opened, BackendError> {
        let found = adapters::find();
        let all: Vec<Adapter> = found.iter().map(|found| found.adapter.clone()).collect();
        match adapters::choose(&all, options.backend, options.adapter.as_deref())? {
            Some(index) => Self::start(&found[index], means, options),
            None if options.required => Err(BackendError::NoAdapter { found: adapters::list(&all) }),
            None => Ok(Opened::Nothing),
        }
    }

    fn start(
        found: &adapters::Found,
        means: &BackendContext,
        options: &GpuOptions,
    ) -> Result<Opened, BackendError> {
        let adapter = found.adapter.clone();
        let unusable =
            |fault: Fault| BackendError::Unusable { adapter: adapter.name.clone(), why: fault.to_string() };
        let faults = Arc::new(Faults::new(options.faults.clone()));
        let refused = |wrong: Difference| BackendError::SelfCheck {
            adapter: adapter.name.clone(),
            operation: wrong.operation,
            difference: wrong.difference,
        };
        let tried = stages::tried(found, options.stages).map_err(unusable)?;
        let device = Device::open(found, means.art.arithmetic, tried, &faults).map_err(unusable)?;
        let device = Arc::new(device);
        if let Some(wrong) = self_check::run(&device, &faults).map_err(unusable)? {
            return Err(refused(wrong));
        }
        let threads = means.pool.current_num_threads();
        let insisted = options.backend == Backend::Gpu || options.adapter.is_some() || options.required;
        let wanted = Wanted { stages: options.stages, insisted };
        let settled = stages::settled(device, wanted, &faults, threads).map_err(unusable)?;
        let (device, uses) = settled.map_err(refused)?;
        let Some(device) = device else {
            let software = adapter.kind == AdapterKind::Software;
            let stats = GpuStats { adapter: adapter.name, software, stages: uses, ..GpuStats::default() };
            return Ok(Opened::Slower(Box::new(stats)));
        };
        // What follows the drawing has a thread a row, and a card has room for tens of thousands of these.
        let is_card = device.kernels.is_some() && adapter.kind != AdapterKind::Software;
        let default = if adapter.kind == AdapterKind::Discrete { TEXTURES } else { SHARED_TEXTURES };
        let memory = options.memory.unwrap_or(default);
        let spans = if device.joins { memory / SPANS_SHARE } else { 0 };
        let pools = options.pools.unwrap_or(if is_card { CARD_POOLS } else { POOLS });
        let joined = if device.joins { (pools / JOINED_SHARE).min(MOST_JOINED) } else { 0 };
        let mut budget = Budget {
            textures: memory - spans,
            spans,
            joined,
            pools: pools - joined,
            cells: if is_card { target::CARD_CELLS } else { target::CELLS },
            page_side: None,
            keep_targets: options.keep_targets,
        };
        let renderer = |budget: &Budget| {
            let (art, clocks) = (means.art.clone(), means.stages.clone());
            Renderer::new(device.clone(), art, budget, faults.clone(), clocks)
        };
        let renderer = loop {
            match renderer(&budget) {
                Err(Fault::OutOfMemory) if budget.textures > MIN_TEXTURES => budget.textures /= 2,
                other => break other.map_err(unusable)?,
            }
        };
        let (complete, device_stages) = (renderer.complete, device.stages());
        let shared = Arc::new(Shared::default());
        let (art, clocks) = (means.art.clone(), means.stages.clone());
        let worker = Worker::new(device, art, budget, faults, renderer, shared.clone(), clocks);
        let (requests, asked) = channel();
        let (ending, ended) = channel();
        std::thread::Builder::new()
            .name("gpu".to_owned())
            .spawn(move || {
                worker.run(&asked);
                drop(ending);
            })
            .map_err(|error| unusable(Fault::Refused(format!("cannot start its thread: {error}"))))?;
        Ok(Opened::Gpu(Box::new(Self {
            means: means.clone(),
            cpu: Cpu::new(means),
            adapter,
            required: options.required,
            stages: device_stages,
            uses,
            complete,
            prefetch: options.prefetch,
            requests: Mutex::new(Some(requests)),
            ended: Mutex::new(ended),
            shared,
            copies: AtomicU64::new(0),
            compressed: AtomicU64::new(0),
            on_cpu: AtomicU64::new(0),
        })))
    }

    fn ask(&self, request: Request) {
        let requests = lock(&self.requests);
        // The thread ends only when this sender is gone.
        let _ = requests.as_ref().map(|requests| requests.send(request));
    }

    /// Composites jobs on the CPU, whatever the reason.
    fn do_here(&self, art: &Art, jobs: &[Numbered], deliver: &Deliver<'_>) {
        jobs.par_iter().for_each(|Numbered { number, job }| self.cpu.one(art, *number, job, deliver));
    }

    /// Hands out the compressed spans of a finished pass, and does here what was given up.
    fn hand_out_compressed(
        &self,
        art: &Art,
        (jobs, asked, words): (&[Numbered], &Asked, &[u32]),
        deliver: &Deliver<'_>,
        compressed: Compressed<'_>,
    ) {
        let mut row = 0;
        let mut rows_of = |job: &SpanJob| {
            let (xs, ys) = extent(&self.means.art, job.place);
            row += ys.len();
            (xs.start as u32, row - ys.len()..row)
        };
        let spans: Vec<_> = jobs.iter().map(|numbered| (numbered, rows_of(&numbered.job))).collect();
        spans.into_par_iter().enumerate().for_each(|(index, (Numbered { number, job }, (x, rows)))| {
            let read = || asked.results.span(words, index, rows, x, &asked.encoder);
            match self.means.stages.time(Stage::Compress, read) {
                Some(span) => {
                    self.compressed.fetch_add(1, Ordering::Relaxed);
                    (compressed.deliver)(*number, span);
                }
                None => {
                    self.on_cpu.fetch_add(1, Ordering::Relaxed);
                    self.cpu.one(art, *number, job, deliver);
                }
            }
        });
    }

    /// Hands out the spans of a finished pass.
    fn hand_out(&self, jobs: &[Numbered], pixels: &mut Pixels, deliver: &Deliver<'_>) {
        let mut rest = &mut pixels.pixels[..];
        let mut spans = Vec::with_capacity(jobs.len());
        for Numbered { number, job } in jobs {
            let (xs, ys) = extent(&self.means.art, job.place);
            let (span, others) = rest.split_at_mut(xs.len() * ys.len());
            spans.push((*number, span));
            rest = others;
        }
        spans.into_par_iter().for_each(|(number, span)| deliver(number, span));
    }
}

impl Drop for Gpu {
    /// Lets the device go before anything else ends: a program that ends while a thread is still inside a driver can
    /// crash in the driver's own clean-up.
    fn drop(&mut self) {
        *get_mut(&mut self.requests) = None;
        let ended = get_mut(&mut self.ended);
        // A device that hangs now must not hang the program.
        let _ = ended.recv_timeout(FAREWELL);
    }
}

impl Compositor for Gpu {
    fn in_use(&self) -> BackendUse {
        let adapter = self.adapter.name.clone();
        match self.shared.gone() {
            Some(_) => BackendUse::GpuThenCpu { adapter },
            None => BackendUse::Gpu { adapter },
        }
    }

    fn render(
        &self,
        art: &Arc<Art>,
        jobs: &[SpanJob],
        next: Vec<Band>,
        deliver: &Deliver<'_>,
        compressed: Option<Compressed<'_>>,
    ) -> Result<(), BackendError> {
        let gave_up = || match self.shared.gone() {
            Some(why) if self.required => Err(BackendError::GaveUp { why }),
            Some(_) => Ok(true),
            None => Ok(false),
        };
        if gave_up()? {
            self.on_cpu.fetch_add(jobs.len() as u64, Ordering::Relaxed);
            return self.cpu.render(art, jobs, next, deliver, compressed);
        }
        let compressed = compressed.filter(|_| self.stages >= GpuStages::Compress);
        let numbered = |(number, job): (usize, &SpanJob)| Numbered { number, job: job.clone() };
        let (mut blended, copied): (Vec<Numbered>, Vec<Numbered>) = jobs
            .iter()
            .enumerate()
            .map(numbered)
            .partition(|numbered| compressed.is_some() || numbered.job.stack.len() > 1);
        if !self.complete {
            // Where textures hold only a part, tile row by tile row needs every band once a batch.
            blended.sort_by_key(|Numbered { job, .. }| (job.place.tile_row, job.place.first, job.place.last));
        }
        self.copies.fetch_add(copied.len() as u64, Ordering::Relaxed);
        let (answers, answered) = channel();
        // With no job the answers end at once, but there may be something to load.
        let encoder = compressed.map(|compressed| compressed.encoder.clone());
        self.ask(Request::Render(Render { art: art.clone(), jobs: blended, encoder, next, answers }));
        self.means.pool.in_place_scope(|scope| {
            scope.spawn(|_| self.do_here(art, &copied, deliver));
            for answer in &answered {
                scope.spawn(move |_| match answer {
                    Answer::Done(jobs, mut pixels) => self.hand_out(&jobs, &mut pixels, deliver),
                    Answer::Compressed(jobs, asked, words) => {
                        let compressed = compressed.expect("compression was requested");
                        self.hand_out_compressed(art, (&jobs, &asked, &words.pixels), deliver, compressed);
                    }
                    Answer::Yours(jobs) => {
                        self.on_cpu.fetch_add(jobs.len() as u64, Ordering::Relaxed);
                        self.do_here(art, &jobs, deliver);
                    }
                });
            }
        });
        gave_up().map(|_| ())
    }

    fn overlaps(&self) -> bool {
        // Where textures hold only a part, tiles of the next jobs are loaded meanwhile.
        self.complete && self.shared.gone().is_none()
    }

    fn joins(&self) -> bool {
        self.stages == GpuStages::Join && self.shared.gone().is_none()
    }

    fn join(&self, batch: JoinBatch) -> Result<Vec<Option<JoinedBits>>, BackendError> {
        let none = vec![None; batch.pictures()];
        let (answer, answered) = channel();
        self.ask(Request::Join(Join { batch, answer }));
        // Without an answer the thread has ended, and the CPU does its work.
        let joined = answered.recv().unwrap_or(none);
        match self.shared.gone() {
            Some(why) if self.required => Err(BackendError::GaveUp { why }),
            _ => Ok(joined),
        }
    }

    fn wants_forecast(&self) -> bool {
        self.prefetch && !self.complete && self.shared.gone().is_none()
    }

    fn failures(&self) -> u64 {
        self.shared.failures.load(Ordering::Relaxed)
    }

    fn gpu_stats(&self) -> Option<GpuStats> {
        let mut stats = self.shared.stats();
        stats.compressed = self.compressed.load(Ordering::Relaxed);
        stats.stages.clone_from(&self.uses);
        stats.copies = self.copies.load(Ordering::Relaxed);
        stats.on_cpu = self.on_cpu.load(Ordering::Relaxed);
        Some(stats)
    }
}
