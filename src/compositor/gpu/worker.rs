//! The one thread that speaks to the GPU, and its ways out when the GPU fails.
//!
//! It is given jobs and answers with pixels, keeping several passes in flight. On a fault nothing is lost: the jobs
//! of every pass that was not collected are done again, with passes of half the size when memory ran out, on a
//! device created again (once) when it was lost or hung, and by the CPU when that fails too.

use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::art::Art;
use crate::compositor::backend::FaultKind;
use crate::compositor::gpu::compress::Asked;
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::Numbered;
use crate::compositor::gpu::join::Joiner;
use crate::compositor::gpu::renderer::{Renderer, Submitted};
use crate::compositor::gpu::{Budget, Device};
use crate::compositor::{Band, JoinBatch};
use crate::pixel::Pixel;
use crate::png::{Encoder, JoinedBits};
use crate::telemetry::{GpuStats, Stages};
use crate::threads::lock;

/// What is asked of the thread.
#[derive(Debug)]
pub(super) enum Request {
    Render(Render),
    /// Pictures to join; the answer has one for each, or nothing where the CPU must join it.
    Join(JoinBatch, Sender<Vec<Option<JoinedBits>>>),
}

/// Spans to composite.
#[derive(Debug)]
pub(super) struct Render {
    /// With the pixels that the jobs need.
    pub(super) art: Arc<Art>,
    /// To be composited.
    pub(super) jobs: Vec<Numbered>,
    /// By which to compress them, too, where the device can.
    pub(super) encoder: Option<Arc<Encoder>>,
    /// To be loaded after that, when nothing else is to be done.
    pub(super) next: Vec<Band>,
    /// Ends when all jobs are done.
    pub(super) answers: Sender<Answer>,
}

/// What it answers.
#[derive(Debug)]
pub(super) enum Answer {
    /// Composited spans, in the order of the jobs.
    Done(Vec<Numbered>, Pixels),
    /// Spans that were compressed as well, and the words that came of it.
    Compressed(Vec<Numbered>, Asked, Pixels),
    /// Jobs that the CPU must do.
    Yours(Vec<Numbered>),
}

/// A buffer of pixels that finds its way back by itself.
#[derive(Debug)]
pub(super) struct Pixels {
    pub(super) pixels: Vec<Pixel>,
    back: Sender<Vec<Pixel>>,
}

impl Drop for Pixels {
    fn drop(&mut self) {
        // When no receiver is left, the program is about to end.
        let _ = self.back.send(std::mem::take(&mut self.pixels));
    }
}

/// What the thread reports.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) stats: Mutex<GpuStats>,
    /// The reason, once the GPU was given up.
    pub(super) gone: Mutex<Option<String>>,
    /// Times that something failed.
    pub(super) failures: std::sync::atomic::AtomicU64,
}

impl Shared {
    pub(super) fn stats(&self) -> GpuStats {
        lock(&self.stats).clone()
    }

    pub(super) fn gone(&self) -> Option<String> {
        lock(&self.gone).clone()
    }
}

/// The thread's own.
#[derive(Debug)]
pub(super) struct Worker {
    device: Arc<Device>,
    art: Arc<Art>,
    budget: Budget,
    faults: Arc<Faults>,
    shared: Arc<Shared>,
    stages: Arc<Stages>,
    renderer: Option<Renderer>,
    /// Once there was something to join.
    joiner: Option<Joiner>,
    rebuilt: bool,
    /// What renderers before the present one did.
    before: GpuStats,
    buffers: Receiver<Vec<Pixel>>,
    buffers_back: Sender<Vec<Pixel>>,
}

/// Buffers of finished pixels: as many as passes in flight, and one more to fill while all are compressed.
const BUFFERS: usize = super::target::RING + 1;

impl Worker {
    pub(super) fn new(
        device: Arc<Device>,
        art: Arc<Art>,
        budget: Budget,
        faults: Arc<Faults>,
        renderer: Renderer,
        shared: Arc<Shared>,
        stages: Arc<Stages>,
    ) -> Self {
        let (buffers_back, buffers) = std::sync::mpsc::channel();
        for _ in 0..BUFFERS {
            buffers_back.send(Vec::new()).expect("the receiver is here");
        }
        let before = GpuStats::default();
        let mut this = Self {
            device,
            art,
            budget,
            faults,
            shared,
            stages,
            renderer: Some(renderer),
            joiner: None,
            rebuilt: false,
            before,
            buffers,
            buffers_back,
        };
        this.publish();
        this
    }

    /// Answers requests until all senders are gone.
    pub(super) fn run(mut self, requests: &Receiver<Request>) {
        let mut expected = Vec::new();
        loop {
            // Loading ahead waits until there is nothing else to do.
            let request = match requests.try_recv() {
                Ok(request) => request,
                Err(_) => {
                    self.expect(&std::mem::take(&mut expected));
                    self.publish();
                    match requests.recv() {
                        Ok(request) => request,
                        Err(_) => return,
                    }
                }
            };
            let Render { art, jobs, encoder, next, answers } = match request {
                Request::Render(render) => render,
                Request::Join(batch, answer) => {
                    let joined = self.join(&batch);
                    self.publish();
                    // Nobody waits for it where the run was stopped.
                    let _ = answer.send(joined);
                    continue;
                }
            };
            let all = std::mem::replace(&mut self.art, art);
            self.show_art();
            self.render(jobs, encoder.as_ref(), &answers);
            // What was lent for these jobs is returned before their completion is reported.
            self.art = all;
            self.show_art();
            expected = next;
            // Before the answers end, so that a waiting thread reads what was done.
            self.publish();
            drop(answers);
        }
    }

    /// Has the renderer upload from the art at hand.
    fn show_art(&mut self) {
        if let Some(renderer) = &mut self.renderer {
            renderer.set_art(self.art.clone());
        }
    }

    fn render(&mut self, mut jobs: Vec<Numbered>, encoder: Option<&Arc<Encoder>>, answers: &Sender<Answer>) {
        while let Some(renderer) = &mut self.renderer {
            let mut next = 0;
            let (buffers, back) = (&self.buffers, &self.buffers_back);
            let driven = guarded(|| drive(renderer, (&jobs, encoder), &mut next, answers, buffers, back));
            let Err(fault) = driven else { return };
            let mut unfinished = renderer.abandon();
            unfinished.extend(jobs.drain(next..));
            jobs = unfinished;
            self.recover(&fault);
        }
        let _ = answers.send(Answer::Yours(jobs));
    }

    /// Joins what it can of a batch.
    fn join(&mut self, batch: &JoinBatch) -> Vec<Option<JoinedBits>> {
        let none = vec![None; batch.pictures()];
        if self.renderer.is_none() {
            return none;
        }
        let Self { device, joiner, budget, faults, .. } = self;
        let joined = guarded(|| {
            let fault = faults.at_submission();
            match fault {
                Some(FaultKind::Memory) => return Err(Fault::OutOfMemory),
                Some(FaultKind::Timeout) => return Err(Fault::Timeout(Duration::ZERO)),
                Some(FaultKind::Lost) => device.context.device.destroy(),
                None => {}
            }
            let joiner = match joiner {
                Some(joiner) => joiner,
                None => joiner.insert(Joiner::new(&device.context, device.adapter.kind, budget.spans)?),
            };
            joiner.join(&device.context, batch)
        });
        match joined {
            Ok(joined) => {
                self.before.joined += joined.iter().flatten().count() as u64;
                joined
            }
            Err(fault) => {
                self.forget_joiner();
                self.budget.spans /= 2;
                self.recover(&fault);
                none
            }
        }
    }

    /// Begins with a new one when the next batch comes. Freeing what a hung device holds can block for good.
    fn forget_joiner(&mut self) {
        if let Some(joiner) = self.joiner.take() {
            self.before.uploaded_bytes += joiner.sent_bytes();
            self.before.read_back_bytes += joiner.read_bytes();
            std::mem::forget(joiner);
        }
    }

    fn expect(&mut self, bands: &[Band]) {
        if let Some(renderer) = &mut self.renderer
            && let Err(fault) = guarded(|| renderer.prefetch(bands))
        {
            self.recover(&fault);
        }
    }

    /// Finds a way to go on: smaller passes, a new device, or none.
    fn recover(&mut self, fault: &Fault) {
        self.shared.failures.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if let Some(renderer) = &mut self.renderer
            && *fault == Fault::OutOfMemory
            && renderer.shrink()
        {
            let cells = renderer.targets().dimensions.cells();
            self.event(format!("{fault}: passes were halved to {cells} tiles"));
            return;
        }
        self.forget_joiner();
        if let Some(renderer) = self.renderer.take() {
            self.before = self.sum(&renderer);
            // Freeing what a hung device holds can block for good; leaking it once cannot.
            std::mem::forget(renderer);
        }
        if !std::mem::replace(&mut self.rebuilt, true) {
            self.budget.pools /= 2;
            let rebuilt = guarded(|| {
                let device = Arc::new(self.device.reopen()?);
                let renderer = Renderer::new(
                    device.clone(),
                    self.art.clone(),
                    &self.budget,
                    self.faults.clone(),
                    self.stages.clone(),
                )?;
                Ok((device, renderer))
            });
            match rebuilt {
                Ok((device, renderer)) => {
                    std::mem::forget(std::mem::replace(&mut self.device, device));
                    self.renderer = Some(renderer);
                    self.event(format!(
                        "{fault}: the device was created again, with half the memory in flight"
                    ));
                    return;
                }
                Err(again) => self.event(format!("{fault}: the device could not be created again ({again})")),
            }
        }
        self.event(format!("{fault}: the CPU made the remaining items"));
        *lock(&self.shared.gone) = Some(fault.to_string());
        self.publish();
    }

    fn event(&mut self, what: String) {
        self.before.events.push(what);
    }

    /// Publishes the statistics.
    fn publish(&mut self) {
        let stats = match &self.renderer {
            Some(renderer) => self.sum(renderer),
            None => self.before.clone(),
        };
        *lock(&self.shared.stats) = stats;
    }

    /// What was done before, and by `renderer`.
    fn sum(&self, renderer: &Renderer) -> GpuStats {
        let (work, counts) = (renderer.work, renderer.residency().counts);
        let (atlas, targets) = (&renderer.residency().atlas, renderer.targets());
        let before = &self.before;
        let joiner = |of: fn(&Joiner) -> u64| self.joiner.as_ref().map_or(0, of);
        let mut kernel_seconds = before.kernel_seconds.clone();
        for (&name, seconds) in &renderer.kernel_seconds {
            *kernel_seconds.entry(name.to_owned()).or_default() += seconds;
        }
        GpuStats {
            adapter: self.device.adapter.name.clone(),
            software: self.device.adapter.kind == crate::compositor::backend::AdapterKind::Software,
            passes: before.passes + work.passes,
            spans: before.spans + work.spans,
            tiles: before.tiles + work.tiles,
            compressed: 0,
            compresses: false,
            why: String::new(),
            joined: before.joined,
            pool_budget: self.budget.pools,
            read_back_bytes: before.read_back_bytes + work.read_back + joiner(Joiner::read_bytes),
            kernel_seconds,
            copies: 0,
            on_cpu: 0,
            uploaded_bytes: before.uploaded_bytes + atlas.uploaded + joiner(Joiner::sent_bytes),
            texture_bytes: before.texture_bytes.max(atlas.bytes()),
            pool_bytes: before.pool_bytes.max(targets.peak_bytes + joiner(Joiner::bytes)),
            pool_allocations: before.pool_allocations + targets.allocations,
            pool_reuses: before.pool_reuses + targets.reuses,
            resident: before.resident + counts.resident,
            loaded: before.loaded + counts.loaded,
            dropped: before.dropped + counts.dropped,
            load_wait_seconds: before.load_wait_seconds + counts.load_wait.as_secs_f64(),
            prefetched: before.prefetched + counts.prefetched,
            prefetched_used: before.prefetched_used + counts.prefetched_used,
            prefetched_in_vain: before.prefetched_in_vain + counts.prefetched_in_vain,
            events: before.events.clone(),
        }
    }
}

/// Submits and collects until all jobs are done; `next` says how many were submitted.
fn drive(
    renderer: &mut Renderer,
    (jobs, encoder): (&[Numbered], Option<&Arc<Encoder>>),
    next: &mut usize,
    answers: &Sender<Answer>,
    buffers: &Receiver<Vec<Pixel>>,
    back: &Sender<Vec<Pixel>>,
) -> Result<(), Fault> {
    while *next < jobs.len() || renderer.busy() {
        while *next < jobs.len() && renderer.ready() {
            match renderer.submit(&jobs[*next..], encoder)? {
                Submitted::Jobs(count) => *next += count,
                Submitted::TooLarge => {
                    let _ = answers.send(Answer::Yours(vec![jobs[*next].clone()]));
                    *next += 1;
                }
            }
        }
        if !renderer.busy() && *next < jobs.len() {
            // Nothing is in flight that could give a target back, so waiting would be for ever.
            return Err(Fault::OutOfMemory);
        }
        // Waiting here is what keeps finished pixels from piling up when the encoders are slower than the GPU.
        let pixels = buffers.recv().expect("this thread holds a sender");
        let mut pixels = Pixels { pixels, back: back.clone() };
        if let Some((done, asked)) = renderer.collect(&mut pixels.pixels)? {
            let _ = answers.send(match asked {
                Some(asked) => Answer::Compressed(done, asked, pixels),
                None => Answer::Done(done, pixels),
            });
        }
    }
    Ok(())
}

/// Runs work in which the graphics library may panic, which is a fault like any other.
fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    // A renderer that panicked is thrown away with all its state.
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it panicked");
        Err(Fault::Refused(text.lines().next().unwrap_or_default().to_owned()))
    })
}
