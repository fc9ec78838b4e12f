//! The one thread that speaks to the GPU, and its ways out when the GPU fails.
//!
//! It is given jobs and answers with pixels, keeping several passes in flight. When all of one request is submitted it goes on with
//! the next, so the GPU has work while what came of the first is read. Pictures that are to be joined take their place in the same
//! queue. On a fault nothing is lost: the jobs of every pass that was not collected are done again, with passes of half the size
//! when memory ran out, on a device created again (once) when it was lost or hung, and by the CPU when that fails too.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use crate::art::Art;
use crate::compositor::Band;
use crate::compositor::gpu::context::{Fault, PATIENCE};
use crate::compositor::gpu::device::{Budget, Device};
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::fill::Numbered;
use crate::compositor::gpu::join::{DESKS, JoinTask, Joiner};
use crate::compositor::gpu::renderer::{Renderer, Submitted};
use crate::compositor::gpu::requests::{Answer, Buffers, Render, Request, Shared};
use crate::png::Encoder;
use crate::telemetry::{GpuStats, Stage, Stages};
use crate::threads::lock;

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
    /// What renderers and joiners before the present ones did.
    before: GpuStats,
    buffers: Buffers,
    /// Spans that are to be composited, the oldest request first.
    rendering: VecDeque<Rendering>,
    /// Pictures that are to be joined, the oldest request first.
    joining: VecDeque<JoinTask>,
    /// Submissions and requests so far.
    submissions: u64,
    requests: u64,
    /// To be loaded when there is nothing else to do.
    expected: Vec<Band>,
}

/// A request whose jobs are not all done.
#[derive(Debug)]
struct Rendering {
    number: u64,
    art: Arc<Art>,
    jobs: Vec<Numbered>,
    /// Jobs that were submitted.
    next: usize,
    /// Passes in flight.
    open: usize,
    encoder: Option<Arc<Encoder>>,
    expected: Vec<Band>,
    answers: Sender<Answer>,
}

impl Rendering {
    fn is_done(&self) -> bool {
        self.next == self.jobs.len() && self.open == 0
    }
}

/// How long a request is waited for before the device is looked at again.
const MEANWHILE: Duration = Duration::from_micros(200);

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
        let this = Self {
            device,
            art,
            budget,
            faults,
            shared,
            stages,
            renderer: Some(renderer),
            joiner: None,
            rebuilt: false,
            before: GpuStats::default(),
            buffers: Buffers::new(BUFFERS),
            rendering: VecDeque::new(),
            joining: VecDeque::new(),
            submissions: 0,
            requests: 0,
            expected: Vec::new(),
        };
        this.publish();
        this
    }

    /// Answers requests until all senders are gone.
    pub(super) fn run(mut self, requests: &Receiver<Request>) {
        loop {
            if self.rendering.is_empty() && self.joining.is_empty() {
                // Loading ahead waits until there is nothing else to do.
                let request = requests.try_recv().or_else(|_| {
                    self.expect();
                    self.publish();
                    requests.recv()
                });
                let Ok(request) = request else { return };
                self.accept(request);
            }
            while let Ok(request) = requests.try_recv() {
                self.accept(request);
            }
            let stepped = guarded(|| {
                self.submit()?;
                match self.next_meanwhile(requests)? {
                    Some(request) => self.accept(request),
                    None => self.collect()?,
                }
                Ok(())
            });
            if let Err(fault) = stepped {
                self.interrupted(&fault);
            }
            self.answer_what_is_done();
        }
    }

    /// The next request, if it comes before the oldest submission has ended and there is room for its first pass: it should not
    /// wait until that submission is read.
    fn next_meanwhile(&self, requests: &Receiver<Request>) -> Result<Option<Request>, Fault> {
        let start = Instant::now();
        while self.renderer.as_ref().is_some_and(Renderer::ready) && start.elapsed() < PATIENCE {
            self.device.context.look()?;
            let (pass, pictures) = self.oldest();
            let ended = match (pass, pictures) {
                (None, None) => true,
                (pass, Some(pictures)) if pass.is_none_or(|pass| pictures < pass) => {
                    self.joiner.as_ref().is_none_or(Joiner::oldest_has_ended)
                }
                _ => self.renderer.as_ref().is_none_or(Renderer::oldest_has_ended),
            };
            if ended {
                break;
            }
            match requests.recv_timeout(MEANWHILE) {
                Ok(request) => return Ok(Some(request)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        Ok(None)
    }

    /// The numbers of the oldest pass and of the oldest group of pictures in flight.
    fn oldest(&self) -> (Option<u64>, Option<u64>) {
        (self.renderer.as_ref().and_then(Renderer::oldest), self.joiner.as_ref().and_then(Joiner::oldest))
    }

    fn accept(&mut self, request: Request) {
        match request {
            Request::Render(Render { art, jobs, encoder, next: expected, answers }) => {
                self.requests += 1;
                let number = self.requests;
                let rendering = Rendering { number, art, jobs, next: 0, open: 0, encoder, expected, answers };
                self.rendering.push_back(rendering);
            }
            Request::Join(join) => {
                self.requests += 1;
                // Twice for each in flight: what is joined, and what is read of it.
                let bytes = self.budget.joined / (2 * DESKS as u64);
                self.joining.push_back(JoinTask::new(self.requests, join, bytes));
            }
        }
        if self.renderer.is_none() {
            self.leave_to_the_cpu();
        }
    }

    /// Submits what there is room for.
    fn submit(&mut self) -> Result<(), Fault> {
        if self.renderer.is_some() {
            self.submit_pictures()?;
            self.submit_passes()?;
        }
        Ok(())
    }

    /// Submits groups of pictures.
    fn submit_pictures(&mut self) -> Result<(), Fault> {
        let has_spans = self.device.joins && self.rendering.iter().any(|render| render.encoder.is_some());
        if self.joiner.is_none() && (has_spans || !self.joining.is_empty()) {
            let (kind, bytes) = (self.device.adapter.kind, self.budget.spans);
            self.joiner = Some(Joiner::new(&self.device.context, kind, bytes, &self.faults)?);
        }
        let Some(joiner) = &mut self.joiner else { return Ok(()) };
        for task in &mut self.joining {
            while task.has_more() && joiner.ready() {
                self.submissions += 1;
                self.stages.time(Stage::Join, || {
                    joiner.submit(&self.device.context, task, self.submissions, &self.faults)
                })?;
            }
        }
        Ok(())
    }

    /// Submits passes of the requests, one after the other.
    fn submit_passes(&mut self) -> Result<(), Fault> {
        let Some(renderer) = &mut self.renderer else { return Ok(()) };
        let mut earlier = 0;
        for render in &mut self.rendering {
            while render.next < render.jobs.len() && renderer.ready() {
                renderer.set_art(render.art.clone());
                self.submissions += 1;
                let place = (self.submissions, render.number);
                match renderer.submit(&render.jobs[render.next..], render.encoder.as_ref(), place)? {
                    Submitted::Jobs(count) => {
                        render.next += count;
                        render.open += 1;
                        self.before.overlapped += u64::from(earlier > 0);
                    }
                    Submitted::TooLarge => {
                        let _ = render.answers.send(Answer::Yours(vec![render.jobs[render.next].clone()]));
                        render.next += 1;
                    }
                }
            }
            earlier += render.open;
        }
        Ok(())
    }

    /// Collects the oldest submission.
    fn collect(&mut self) -> Result<(), Fault> {
        let oldest = self.oldest();
        let Self { device, renderer: Some(renderer), joiner, stages, .. } = self else { return Ok(()) };
        match oldest {
            (None, None) => {
                let waits = self.rendering.iter().any(|render| render.next < render.jobs.len());
                // Nothing is in flight that could give a target back, so waiting would be for ever.
                if waits { Err(Fault::OutOfMemory) } else { Ok(()) }
            }
            (pass, Some(pictures)) if pass.is_none_or(|pass| pictures < pass) => {
                let joiner = joiner.as_mut().expect("it has something in flight");
                joiner.collect(&device.context, stages, &mut self.joining)
            }
            _ => {
                let mut pixels = self.buffers.take();
                let arena = joiner.as_mut().map(Joiner::arena);
                let Some(done) = renderer.collect(&mut pixels.pixels, arena)? else { return Ok(()) };
                let render = self.rendering.iter_mut().find(|render| render.number == done.request);
                let render = render.expect("requests stay until all of their passes are collected");
                render.open -= 1;
                let _ = render.answers.send(match done.asked {
                    Some(asked) => Answer::Compressed(done.jobs, asked, pixels),
                    None => Answer::Done(done.jobs, pixels),
                });
                Ok(())
            }
        }
    }

    /// Ends the answers of requests of which all is done.
    fn answer_what_is_done(&mut self) {
        while let Some(at) = self.rendering.iter().position(Rendering::is_done) {
            let done = self.rendering.remove(at).expect("it is there");
            self.expected = done.expected;
            // What was lent for these jobs is returned before their completion is reported.
            if let Some(renderer) = &mut self.renderer {
                renderer.set_art(self.rendering.front().map_or(&self.art, |render| &render.art).clone());
            }
            drop(done.art);
            // Before the answers end, so that a waiting thread reads what was done.
            self.publish();
            drop(done.answers);
        }
        while let Some(at) = self.joining.iter().position(JoinTask::is_done) {
            let done = self.joining.remove(at).expect("it is there");
            self.before.joined += done.joined();
            self.publish();
            done.answer();
        }
    }

    /// Loads bands ahead of their use.
    fn expect(&mut self) {
        let bands = std::mem::take(&mut self.expected);
        if let Some(renderer) = &mut self.renderer
            && let Err(fault) = guarded(|| renderer.prefetch(&bands))
        {
            self.recover(&fault);
        }
    }

    /// Puts back what was in flight, and finds a way to go on.
    fn interrupted(&mut self, fault: &Fault) {
        let mut abandoned = self.renderer.as_mut().map(Renderer::abandon).unwrap_or_default();
        for render in &mut self.rendering {
            let mut jobs: Vec<Numbered> = Vec::new();
            for (_, own) in abandoned.extract_if(.., |(request, _)| *request == render.number) {
                jobs.extend(own);
            }
            jobs.extend(render.jobs.drain(render.next..));
            (render.jobs, render.next, render.open) = (jobs, 0, 0);
        }
        // Pictures that had begun are joined by the CPU.
        let had_begun = self.joining.iter_mut().filter(|task| task.has_begun());
        if had_begun.map(JoinTask::give_up).count() > 0 || self.joiner.is_none() {
            self.budget.spans /= 2;
        }
        self.forget_joiner(fault);
        self.recover(fault);
        if self.renderer.is_none() {
            self.leave_to_the_cpu();
        }
    }

    /// All that was asked is for the CPU to do.
    fn leave_to_the_cpu(&mut self) {
        for render in &mut self.rendering {
            let jobs = std::mem::take(&mut render.jobs);
            let _ = render.answers.send(Answer::Yours(jobs));
            (render.next, render.open) = (0, 0);
        }
        self.joining.iter_mut().for_each(JoinTask::give_up);
    }

    /// Begins with a new one when there are pictures again.
    fn forget_joiner(&mut self, fault: &Fault) {
        self.keep_peaks();
        if let Some(joiner) = self.joiner.take() {
            let mut own = GpuStats::default();
            joiner.add_to(&mut own);
            self.before.add(&own);
            // Freeing what a hung device holds can block for good; leaking it once cannot.
            if *fault != Fault::OutOfMemory {
                std::mem::forget(joiner);
            }
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
        self.forget_joiner(fault);
        if let Some(renderer) = self.renderer.take() {
            let mut own = GpuStats::default();
            renderer.add_to(&mut own);
            self.before.add(&own);
            std::mem::forget(renderer);
        }
        if !std::mem::replace(&mut self.rebuilt, true) {
            self.budget.pools /= 2;
            let rebuilt = guarded(|| {
                let device = Arc::new(self.device.reopen(&self.faults)?);
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
    fn publish(&self) {
        let mut stats = self.before.clone();
        stats.adapter.clone_from(&self.device.adapter.name);
        stats.software = self.device.adapter.kind == crate::compositor::backend::AdapterKind::Software;
        stats.pool_budget = self.budget.pools + self.budget.joined;
        stats.add(&self.at_hand());
        *lock(&self.shared.stats) = stats;
    }

    /// What the present renderer and joiner did, and hold together.
    fn at_hand(&self) -> GpuStats {
        let mut stats = GpuStats::default();
        self.renderer.iter().for_each(|renderer| renderer.add_to(&mut stats));
        self.joiner.iter().for_each(|joiner| joiner.add_to(&mut stats));
        stats
    }

    /// Remembers how much memory is held before some of it is let go.
    fn keep_peaks(&mut self) {
        let GpuStats { texture_bytes, pool_bytes, .. } = self.at_hand();
        self.before.texture_bytes = self.before.texture_bytes.max(texture_bytes);
        self.before.pool_bytes = self.before.pool_bytes.max(pool_bytes);
    }
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
