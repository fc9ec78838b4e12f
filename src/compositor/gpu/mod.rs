//! The GPU back end: spans composited by render passes, with the bytes of the CPU's.
//!
//! `adapters` finds and chooses, `context` opens a device and listens for its failures, `self_check` decides whether
//! it is trusted, and `stages`, by `rates`, what it does. Tiles of traits live in an `atlas`, and `residency` says which; `fill` puts a pass together, the
//! `renderer` has it recorded (`recording`) and submits it into a pooled `target` and reads it back, and the `worker` is the thread in which all of
//! that happens, as it is asked by `requests`; `hand_out` brings its answers to the threads that asked. Where it pays, `compress` turns pixels into compressed spans before they are read back. `join` puts pictures together from
//! such spans, and `compute` has what the kernels of both are made with. The shaders do what [`crate::pixel`] does, in the same integers.
//!
//! A pass is only worth its while where there is something to blend: spans that show one trait, or none, are copied
//! from the decoded art by the same threads that compress.

pub(crate) mod adapters;
mod arena;
mod atlas;
mod compress;
mod compute;
mod context;
mod device;
mod faults;
mod fill;
mod hand_out;
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

use crate::art::Art;
use crate::compositor::backend::{Adapter, AdapterKind, Backend, BackendError, FaultPlan, GpuStages};
use crate::compositor::cpu::Cpu;
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::device::{Budget, Device};
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::{Job, Numbered};
use crate::compositor::gpu::hand_out::Takers;
use crate::compositor::gpu::renderer::Renderer;
use crate::compositor::gpu::requests::{Join, Request, Shared};
use crate::compositor::gpu::self_check::Difference;
use crate::compositor::gpu::stages::Wanted;
use crate::compositor::gpu::worker::Worker;
use crate::compositor::{
    AveragedJob, BackendContext, Band, Compositor, Compressed, Deliver, JoinBatch, SpanJob,
};
use crate::pixel::Pixel;
use crate::png::JoinedBits;
use crate::telemetry::{BackendUse, GpuStats, StageUse};
use crate::threads::{get_mut, lock};

/// Texels of the atlas and of targets: four packed pixels side by side, as integers, so nothing converts them.
///
/// With a pixel a texel (`Rgba8Uint`) passes on a software adapter took 1.7 times as long: finding a texel costs as much
/// as blending it, and is now paid once for four pixels.
const FORMAT: TextureFormat = TextureFormat::Rgba32Uint;
/// Pixels of a texel.
const TEXEL: u32 = 4;

/// Pixels of a box a side at most that are averaged on a device: sums of larger ones would not fit its words.
const MOST_AVERAGED: usize = 16;
/// How long an idle device may take to be let go.
const FAREWELL: Duration = Duration::from_secs(5);
/// Below this many bytes of textures there is no use in halving further.
const MIN_TEXTURES: u64 = 16 << 20;

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
        let mut budget = Budget::of(&device, options);
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
        let numbered = |(number, job): (usize, &SpanJob)| Numbered { number, job: Job::Span(job.clone()) };
        let all = jobs.iter().enumerate();
        let (mut blended, copied): (Vec<_>, Vec<_>) =
            all.partition(|(_, job)| compressed.is_some() || job.stack.len() > 1);
        if !self.complete {
            // Where textures hold only a part, tile row by tile row needs every band once a batch.
            blended.sort_by_key(|(_, job)| (job.place.tile_row, job.place.first, job.place.last));
        }
        let blended = blended.into_iter().map(numbered).collect();
        let here = |number: usize| self.cpu.one(art, number, &jobs[number], deliver);
        let takers = Takers { pixels: deliver, compressed, here: &here };
        self.copies.fetch_add(copied.len() as u64, Ordering::Relaxed);
        self.answer_all(art, blended, next, takers, || {
            copied.par_iter().for_each(|&(number, _)| here(number));
        });
        gave_up().map(|_| ())
    }

    fn averages(&self, factor: usize) -> bool {
        self.stages >= GpuStages::Compress && factor <= MOST_AVERAGED && self.shared.gone().is_none()
    }

    fn render_averages(
        &self,
        art: &Arc<Art>,
        jobs: Vec<AveragedJob>,
        alone: &(dyn Fn(usize) + Sync),
        compressed: Compressed<'_>,
    ) -> Result<(), BackendError> {
        let numbered = |(number, job): (usize, AveragedJob)| Numbered { number, job: Job::Averaged(job) };
        let jobs = jobs.into_iter().enumerate().map(numbered).collect();
        let never = |_: usize, _: &mut [Pixel]| unreachable!("only what is compressed is averaged");
        let takers = Takers { pixels: &never, compressed: Some(compressed), here: alone };
        self.answer_all(art, jobs, Vec::new(), takers, || {});
        match self.shared.gone() {
            Some(why) if self.required => Err(BackendError::GaveUp { why }),
            _ => Ok(()),
        }
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
