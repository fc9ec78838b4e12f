//! What one submission of pictures is given and gives.
//!
//! How many bits come of pictures is not clear before, so as many bytes are copied as submissions before gave, and some more. Where
//! that is not enough they are copied again: asking for the size first would let the device wait each time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wgpu::{
    BindGroup, BindGroupDescriptor, BindGroupEntry, Buffer, BufferDescriptor, BufferUsages, CommandEncoder,
    MapMode, QuerySet, QuerySetDescriptor, QueryType, SubmissionIndex,
};

use crate::compositor::gpu::compute::storage;
use crate::compositor::gpu::context::{Context, Fault, PATIENCE};
use crate::compositor::gpu::join::kernels::{JoinKernels, QUERIES};
use crate::compositor::gpu::join::work::{HEAD, PARAMETERS, Work};
use crate::png::JoinedBits;

/// Words of a row of pixels on its way.
const LINE_WORDS: u64 = 4;
/// Bytes of the kernels' times, behind what is joined.
const TIME_BYTES: u64 = 8 * QUERIES as u64;

/// Buffers of one submission; they grow as they must.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) work: Work,
    pub(super) parameters: Buffer,
    lists: Buffer,
    lines: Buffer,
    joined: Buffer,
    readback: Buffer,
    clock: Option<(QuerySet, Buffer)>,
    mapped: Arc<AtomicBool>,
}

/// How much a submission joins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) pictures: u32,
    /// Rows of pixels of a picture.
    pub(super) height: u32,
    /// Bytes of what is joined, with room for the most that can be: a multiple of eight.
    pub(super) bytes: u64,
    /// Those that are copied: a multiple of eight, too.
    pub(super) copied: u64,
}

/// What came of a submission.
#[derive(Debug)]
pub(super) struct Collected {
    pub(super) joined: Vec<Option<JoinedBits>>,
    /// Words of bits.
    pub(super) words: u64,
    /// Bytes that were read.
    pub(super) bytes: u64,
    /// The begin and the end of each kernel, where there is a clock.
    pub(super) times: Vec<[u64; 2]>,
}

impl Extent {
    /// For bits of so many words at most, of which that share is expected.
    pub(super) fn of(pictures: usize, height: u32, words: u64, share: f64) -> Self {
        let bytes = |words: u64| (4 * (HEAD * pictures as u64 + words)).next_multiple_of(8);
        let copied = bytes(((words as f64 * share) as u64).min(words));
        Self { pictures: pictures as u32, height, bytes: bytes(words), copied }
    }
}

impl Desk {
    pub(super) fn new(context: &Context) -> Result<Self, Fault> {
        let uniform = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let buffer = |label, bytes, usage| {
            let descriptor =
                BufferDescriptor { label: Some(label), size: bytes, usage, mapped_at_creation: false };
            context.device.create_buffer(&descriptor)
        };
        let clock = context.tick.map(|_| {
            let queries = context.device.create_query_set(&QuerySetDescriptor {
                label: Some("times of joining"),
                ty: QueryType::Timestamp,
                count: QUERIES,
            });
            let usage = BufferUsages::QUERY_RESOLVE | BufferUsages::COPY_SRC;
            (queries, buffer("times of joining", TIME_BYTES, usage))
        });
        let made = Self {
            work: Work::default(),
            parameters: buffer("join", 4 * PARAMETERS as u64, uniform),
            lists: storage(context, "lists", 4, BufferUsages::COPY_DST),
            lines: storage(context, "lines", 4, BufferUsages::empty()),
            joined: storage(context, "joined", 4, BufferUsages::COPY_DST | BufferUsages::COPY_SRC),
            readback: readable(context, 8),
            clock,
            mapped: Arc::default(),
        };
        context.check()?;
        Ok(made)
    }

    /// Sends the lists, and makes the buffers as large as they must be.
    pub(super) fn send(&mut self, context: &Context, extent: Extent) -> Result<(), Fault> {
        let Extent { pictures, height, bytes, .. } = extent;
        let lists = size_of_val(self.work.lists()) as u64;
        grow(context, &mut self.lists, "lists", lists, BufferUsages::COPY_DST);
        let lines = 4 * LINE_WORDS * u64::from(height) * u64::from(pictures);
        grow(context, &mut self.lines, "lines", lines, BufferUsages::empty());
        let usage = BufferUsages::COPY_DST | BufferUsages::COPY_SRC;
        grow(context, &mut self.joined, "joined", bytes, usage);
        if self.readback.size() < extent.copied + TIME_BYTES {
            self.readback = readable(context, extent.copied + TIME_BYTES);
        }
        context.check()?;
        context.queue.write_buffer(&self.lists, 0, bytemuck::cast_slice(self.work.lists()));
        Ok(())
    }

    /// Has the kernels join what is listed, of spans in `arena`.
    pub(super) fn submit(
        &self,
        context: &Context,
        kernels: &JoinKernels,
        [tables, arena]: [&Buffer; 2],
        extent: Extent,
    ) -> Result<SubmissionIndex, Fault> {
        let Extent { pictures, height, bytes, copied } = extent;
        let bound = self.bind(context, kernels, [tables, arena]);
        let mut commands = context.device.create_command_encoder(&Default::default());
        // Bits are added to words that are shared.
        commands.clear_buffer(&self.joined, 0, Some(bytes));
        let queries = self.clock.as_ref().map(|(queries, _)| queries);
        kernels.run(&mut commands, queries, &bound, [pictures, height]);
        commands.copy_buffer_to_buffer(&self.joined, 0, &self.readback, 0, copied);
        self.copy_times(&mut commands, copied);
        self.map_and_submit(context, commands)
    }

    fn map_and_submit(&self, context: &Context, commands: CommandEncoder) -> Result<SubmissionIndex, Fault> {
        let mapped = self.mapped.clone();
        commands.map_buffer_on_submit(&self.readback, MapMode::Read, .., move |result| {
            mapped.store(result.is_ok(), Ordering::Release);
        });
        let submission = context.queue.submit([commands.finish()]);
        context.check()?;
        Ok(submission)
    }

    /// Whether what was submitted has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.mapped.load(Ordering::Acquire)
    }

    fn wait(&self, context: &Context, submission: SubmissionIndex) -> Result<(), Fault> {
        context.wait(submission, PATIENCE)?;
        if !self.mapped.swap(false, Ordering::Acquire) {
            return Err(Fault::Refused("what was joined cannot be read".to_owned()));
        }
        Ok(())
    }

    fn bind(&self, context: &Context, kernels: &JoinKernels, [tables, arena]: [&Buffer; 2]) -> BindGroup {
        let buffers = [tables, arena, &self.lists, &self.lines, &self.joined, &self.parameters];
        let entries: Vec<BindGroupEntry<'_>> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        context.device.create_bind_group(&BindGroupDescriptor {
            label: Some("join"),
            layout: &kernels.layout,
            entries: &entries,
        })
    }

    fn copy_times(&self, commands: &mut CommandEncoder, at: u64) {
        if let Some((queries, resolved)) = &self.clock {
            commands.resolve_query_set(queries, 0..QUERIES, resolved, 0);
            commands.copy_buffer_to_buffer(resolved, 0, &self.readback, at, TIME_BYTES);
        }
    }

    /// Reads a submission that has ended.
    pub(super) fn collect(
        &mut self,
        context: &Context,
        submission: SubmissionIndex,
        extent: Extent,
    ) -> Result<Collected, Fault> {
        self.wait(context, submission)?;
        let refused = |error: wgpu::MapRangeError| Fault::Refused(error.to_string());
        let mut times = Vec::new();
        if self.clock.is_some() {
            let range = self.readback.slice(extent.copied..extent.copied + TIME_BYTES);
            let range = range.get_mapped_range().map_err(refused)?;
            times.extend_from_slice(bytemuck::cast_slice::<u8, u64>(&range).as_chunks().0);
        }
        let pictures = extent.pictures as usize;
        let heads = 4 * HEAD * pictures as u64;
        let words = {
            let range = self.readback.slice(..heads).get_mapped_range().map_err(refused)?;
            let heads: &[u32] = bytemuck::cast_slice(&range);
            heads.chunks_exact(HEAD as usize).map(|head| u64::from(head[0].div_ceil(32))).sum::<u64>()
        };
        let bytes = (heads + 4 * words).next_multiple_of(8);
        if bytes > extent.copied {
            self.readback.unmap();
            if self.readback.size() < bytes {
                self.readback = readable(context, bytes);
            }
            let mut commands = context.device.create_command_encoder(&Default::default());
            commands.copy_buffer_to_buffer(&self.joined, 0, &self.readback, 0, bytes);
            let submission = self.map_and_submit(context, commands)?;
            self.wait(context, submission)?;
        }
        let joined = {
            let range = self.readback.slice(..bytes).get_mapped_range().map_err(refused)?;
            read(bytemuck::cast_slice(&range), pictures)
        };
        self.readback.unmap();
        Ok(Collected { joined, words, bytes: bytes.max(extent.copied), times })
    }

    /// Bytes of all buffers.
    pub(super) fn bytes(&self) -> u64 {
        let Self { parameters, lists, lines, joined, readback, .. } = self;
        [parameters, lists, lines, joined, readback].map(Buffer::size).iter().sum()
    }
}

/// What was joined of so many pictures.
fn read(words: &[u32], pictures: usize) -> Vec<Option<JoinedBits>> {
    let (heads, mut rest) = words.split_at(HEAD as usize * pictures);
    let of_picture = |head: &[u32; HEAD as usize]| {
        let &[bits, plain, weighted, given_up] = head;
        let (own, others) = rest.split_at(bits.div_ceil(32) as usize);
        rest = others;
        (given_up == 0).then(|| JoinedBits {
            bits,
            bytes: bytemuck::cast_slice(own).into(),
            sums: [plain, weighted],
        })
    };
    heads.as_chunks().0.iter().map(of_picture).collect()
}

/// Makes a buffer larger if it has less than so many bytes.
fn grow(context: &Context, buffer: &mut Buffer, label: &'static str, bytes: u64, usage: BufferUsages) {
    if buffer.size() < bytes {
        let most = context.limits.max_storage_buffer_binding_size;
        // A quarter more, so that it does not grow with each batch.
        let larger = (bytes + bytes / 4).next_multiple_of(8);
        *buffer = storage(context, label, larger.min(most).max(bytes), usage);
    }
}

fn readable(context: &Context, bytes: u64) -> Buffer {
    context.device.create_buffer(&BufferDescriptor {
        label: Some("joined, to be read"),
        size: (bytes + bytes / 4).next_multiple_of(8),
        usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
        mapped_at_creation: false,
    })
}
