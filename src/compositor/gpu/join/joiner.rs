//! What joins on one device: its programs, spans and buffers, and the groups of pictures in flight.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wgpu::{Buffer, BufferUsages, SubmissionIndex};

use crate::compositor::backend::{AdapterKind, FaultKind, GpuStages};
use crate::compositor::gpu::arena::Arena;
use crate::compositor::gpu::compute::storage;
use crate::compositor::gpu::context::{Context, Fault};
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::join::desk::{Desk, Extent};
use crate::compositor::gpu::join::kernels::{JoinKernels, KERNELS};
use crate::compositor::gpu::join::task::JoinTask;
use crate::compositor::gpu::join::work::parameters;
use crate::png::{DeviceCode, DeviceJoin, Encoder};
use crate::telemetry::{GpuStats, Stage, Stages};

/// Submissions in flight at most: one is read while the other runs.
pub(in crate::compositor::gpu) const DESKS: usize = 2;
/// The share of the most words of bits that the first submissions expect.
const FIRST_SHARE: f64 = 0.25;

/// Joins pictures of one device.
#[derive(Debug)]
pub(in crate::compositor::gpu) struct Joiner {
    kernels: JoinKernels,
    arena: Arena,
    tables: Buffer,
    /// Whose code the tables hold.
    encoder: Option<(Arc<Encoder>, DeviceJoin)>,
    idle: Vec<Desk>,
    in_flight: VecDeque<Flight>,
    /// Bytes that were read back.
    read: u64,
    /// Of the most words of bits that there can be, the share that came at most, and some more.
    share: f64,
    /// By name.
    kernel_seconds: BTreeMap<&'static str, f64>,
}

/// A group that was submitted and not collected yet.
#[derive(Debug)]
struct Flight {
    order: u64,
    /// The number of its task, and which pictures of that these are.
    task: u64,
    pictures: Range<usize>,
    desk: Desk,
    extent: Extent,
    /// Words of bits at most.
    words: u64,
    submission: SubmissionIndex,
    late: bool,
}

impl Joiner {
    /// With room for so many bytes of spans.
    pub(in crate::compositor::gpu) fn new(
        context: &Context,
        kind: AdapterKind,
        arena: u64,
        faults: &Faults,
    ) -> Result<Self, Fault> {
        let kernels = JoinKernels::new(context, kind, faults);
        let most = context.limits.max_storage_buffer_binding_size;
        let made = Self {
            kernels,
            arena: Arena::new(context, arena.min(most) & !3)?,
            tables: storage(context, "codes", 4 * DeviceCode::WORDS as u64, BufferUsages::COPY_DST),
            encoder: None,
            idle: (0..DESKS).map(|_| Desk::new(context)).collect::<Result<_, _>>()?,
            in_flight: VecDeque::new(),
            read: 0,
            share: FIRST_SHARE,
            kernel_seconds: BTreeMap::new(),
        };
        context.check()?;
        Ok(made)
    }

    /// Whether a group can be submitted without waiting for another.
    pub(in crate::compositor::gpu) fn ready(&self) -> bool {
        !self.idle.is_empty()
    }

    /// The number of the oldest submission that waits.
    pub(in crate::compositor::gpu) fn oldest(&self) -> Option<u64> {
        self.in_flight.front().map(|flight| flight.order)
    }

    /// Whether that can be collected without waiting.
    pub(in crate::compositor::gpu) fn oldest_has_ended(&self) -> bool {
        self.in_flight.front().is_some_and(|flight| flight.late || flight.desk.has_ended())
    }

    /// The spans that wait to be joined.
    pub(in crate::compositor::gpu) fn arena(&mut self) -> &mut Arena {
        &mut self.arena
    }

    /// Submits the next group of a task, with a number among all submissions. What there is no room for is left to the CPU.
    ///
    /// # Errors
    /// If the device fails.
    pub(in crate::compositor::gpu) fn submit(
        &mut self,
        context: &Context,
        task: &mut JoinTask,
        order: u64,
        faults: &Faults,
    ) -> Result<(), Fault> {
        let Some((pictures, words)) = task.next_group() else { return Ok(()) };
        let fault = faults.at_submission(&[GpuStages::Join]);
        if fault == Some(FaultKind::Memory) {
            return Err(Fault::OutOfMemory);
        }
        self.take_code(context, &task.batch().encoder);
        let Self { kernels, arena, tables, encoder, idle, share, .. } = self;
        let (_, code) = encoder.as_ref().expect("it was taken");
        let extent = Extent::of(pictures.len(), code.height, words, *share);
        if extent.bytes > context.limits.max_storage_buffer_binding_size.min(u32::MAX.into()) {
            return Ok(());
        }
        let mut desk = idle.pop().expect("one is idle");
        if !desk.work.list(task.batch(), &pictures, arena) {
            arena.clear();
            if !desk.work.list(task.batch(), &pictures, arena) {
                arena.clear();
                idle.push(desk);
                return Ok(());
            }
        }
        desk.send(context, extent)?;
        arena.send(context);
        let parameters = parameters(code, extent.pictures, words as u32, kernels.budget);
        context.queue.write_buffer(&desk.parameters, 0, bytemuck::cast_slice(&parameters));
        let submission = desk.submit(context, kernels, [tables, &arena.buffer], extent)?;
        if fault == Some(FaultKind::Lost) {
            context.device.destroy();
        }
        task.submitted();
        let late = fault == Some(FaultKind::Timeout);
        self.in_flight.push_back(Flight {
            order,
            task: task.number,
            pictures,
            desk,
            extent,
            words,
            submission,
            late,
        });
        Ok(())
    }

    /// Has the tables hold the code of `encoder`.
    fn take_code(&mut self, context: &Context, encoder: &Arc<Encoder>) {
        if self.encoder.as_ref().is_none_or(|(last, _)| !Arc::ptr_eq(last, encoder)) {
            let join = encoder.device_join();
            context.queue.write_buffer(&self.tables, 0, bytemuck::cast_slice(&join.code.tables[..]));
            self.encoder = Some((encoder.clone(), join));
        }
    }

    /// Waits for the oldest submission, and gives what was joined to its task.
    ///
    /// # Errors
    /// If the device fails.
    pub(in crate::compositor::gpu) fn collect(
        &mut self,
        context: &Context,
        stages: &Stages,
        tasks: &mut VecDeque<JoinTask>,
    ) -> Result<(), Fault> {
        let Some(flight) = self.in_flight.front_mut() else { return Ok(()) };
        if flight.late {
            return Err(Fault::Timeout(Duration::ZERO));
        }
        context.wait(flight.submission.clone(), crate::compositor::gpu::context::PATIENCE)?;
        let start = Instant::now();
        let collected = flight.desk.collect(context, flight.submission.clone(), flight.extent)?;
        stages.add(Stage::Join, start.elapsed());
        for ((name, _), [begin, end]) in KERNELS.into_iter().zip(collected.times) {
            let ticks = end.saturating_sub(begin) as f64 * f64::from(context.tick.unwrap_or(0.0));
            stages.add(Stage::GpuJoin, Duration::from_nanos(ticks as u64));
            *self.kernel_seconds.entry(name).or_default() += ticks / 1e9;
        }
        let flight = self.in_flight.pop_front().expect("it is there");
        self.read += collected.bytes;
        self.share = self.share.max(collected.words as f64 / flight.words.max(1) as f64 * 1.25);
        self.idle.push(flight.desk);
        if let Some(task) = tasks.iter_mut().find(|task| task.number == flight.task) {
            task.done(flight.pictures, collected.joined);
        }
        Ok(())
    }

    /// Adds what it did, and what it holds.
    pub(in crate::compositor::gpu) fn add_to(&self, stats: &mut GpuStats) {
        stats.uploaded_bytes += self.arena.sent;
        stats.read_back_bytes += self.read;
        stats.texture_bytes += self.arena.buffer.size();
        let desks = self.idle.iter().chain(self.in_flight.iter().map(|flight| &flight.desk));
        stats.pool_bytes += self.tables.size() + desks.map(Desk::bytes).sum::<u64>();
        for (&name, seconds) in &self.kernel_seconds {
            *stats.kernel_seconds.entry(name.to_owned()).or_default() += seconds;
        }
    }

    /// Bytes of spans that were sent to the device.
    #[cfg(test)]
    pub(super) fn sent_bytes(&self) -> u64 {
        self.arena.sent
    }

    /// Joins a batch and waits for it.
    ///
    /// # Errors
    /// If the device fails.
    pub(super) fn join(
        &mut self,
        context: &Context,
        batch: &crate::compositor::JoinBatch,
    ) -> Result<Vec<Option<crate::png::JoinedBits>>, Fault> {
        let (answer, answered) = std::sync::mpsc::channel();
        let join = crate::compositor::gpu::requests::Join { batch: batch.clone(), answer };
        let mut tasks = VecDeque::from([JoinTask::new(0, join, 32 << 20)]);
        while !tasks[0].is_done() {
            while tasks[0].has_more() && self.ready() {
                self.submit(context, &mut tasks[0], 0, &Faults::default())?;
            }
            self.collect(context, &Stages::default(), &mut tasks)?;
        }
        tasks.into_iter().for_each(JoinTask::answer);
        Ok(answered.recv().expect("it was sent just now"))
    }
}
