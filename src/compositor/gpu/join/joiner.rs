//! What joins on one device: its buffers, and how a batch goes through them.
//!
//! A batch is cut into groups of pictures whose bits have room in the buffer that is read back. How many bits come of a picture is
//! not clear before; there is room for the most that can.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use wgpu::{BindGroupDescriptor, BindGroupEntry, Buffer, BufferDescriptor, BufferUsages, MapMode};

use crate::compositor::JoinBatch;
use crate::compositor::backend::AdapterKind;
use crate::compositor::gpu::compute::storage;
use crate::compositor::gpu::context::{Context, Fault, PATIENCE};
use crate::compositor::gpu::join::arena::Arena;
use crate::compositor::gpu::join::kernels::JoinKernels;
use crate::compositor::gpu::join::work::{HEAD, PARAMETERS, Work, parameters};
use crate::png::{DeviceCode, DeviceJoin, Encoder, JoinedBits};

/// Bytes of bits that are read back at a time, at most, unless one picture has more.
const GROUP_BYTES: u64 = 32 << 20;
/// Pictures of a group at most: one invocation looks at all of them.
const GROUP_PICTURES: usize = 1024;
/// Words of a row of pixels on its way.
const LINE_WORDS: u64 = 4;

/// Joins pictures of one device.
#[derive(Debug)]
pub(in crate::compositor::gpu) struct Joiner {
    kernels: JoinKernels,
    arena: Arena,
    work: Work,
    tables: Buffer,
    parameters: Buffer,
    lists: Buffer,
    lines: Buffer,
    joined: Buffer,
    readback: Buffer,
    /// Whose code the tables hold.
    encoder: Option<(Arc<Encoder>, DeviceJoin)>,
    /// Bytes that were read back.
    read: u64,
}

impl Joiner {
    /// With room for so many bytes of spans.
    pub(in crate::compositor::gpu) fn new(
        context: &Context,
        kind: AdapterKind,
        arena: u64,
    ) -> Result<Self, Fault> {
        let kernels = JoinKernels::new(context, kind);
        let most = context.limits.max_storage_buffer_binding_size;
        let uniform = BufferUsages::UNIFORM | BufferUsages::COPY_DST;
        let made = Self {
            kernels,
            arena: Arena::new(context, arena.min(most) & !3)?,
            work: Work::default(),
            tables: storage(context, "codes", 4 * DeviceCode::WORDS as u64, BufferUsages::COPY_DST),
            parameters: context.device.create_buffer(&BufferDescriptor {
                label: Some("join"),
                size: 4 * PARAMETERS as u64,
                usage: uniform,
                mapped_at_creation: false,
            }),
            lists: storage(context, "lists", 4, BufferUsages::COPY_DST),
            lines: storage(context, "lines", 4, BufferUsages::empty()),
            joined: storage(context, "joined", 4, BufferUsages::COPY_DST | BufferUsages::COPY_SRC),
            readback: readable(context, 4),
            encoder: None,
            read: 0,
        };
        context.check()?;
        Ok(made)
    }

    /// Joins the pictures of a batch, each from its first row on; nothing for those that the CPU must join.
    ///
    /// # Errors
    /// If the device fails.
    pub(in crate::compositor::gpu) fn join(
        &mut self,
        context: &Context,
        batch: &JoinBatch,
    ) -> Result<Vec<Option<JoinedBits>>, Fault> {
        if self.encoder.as_ref().is_none_or(|(last, _)| !Arc::ptr_eq(last, &batch.encoder)) {
            let join = batch.encoder.device_join();
            context.queue.write_buffer(&self.tables, 0, bytemuck::cast_slice(&join.code.tables[..]));
            self.encoder = Some((batch.encoder.clone(), join));
        }
        let most: Vec<u64> = (0..batch.pictures())
            .map(|number| batch.encoder.most_joined_bits(batch.picture(number)).div_ceil(32))
            .collect();
        let mut all = Vec::with_capacity(most.len());
        while all.len() < most.len() {
            let first = all.len();
            let mut words = 0;
            let fits = most[first..].iter().take(GROUP_PICTURES).take_while(|&&own| {
                words += own;
                4 * words <= GROUP_BYTES
            });
            let end = first + fits.count().max(1);
            all.extend(self.group(context, batch, first..end, most[first..end].iter().sum())?);
        }
        Ok(all)
    }

    /// Joins some pictures of a batch, which have so many words of bits at most.
    fn group(
        &mut self,
        context: &Context,
        batch: &JoinBatch,
        pictures: Range<usize>,
        most: u64,
    ) -> Result<Vec<Option<JoinedBits>>, Fault> {
        let count = pictures.len();
        let none = || Ok(vec![None; count]);
        let bytes = 4 * (HEAD * count as u64 + most);
        if bytes > context.limits.max_storage_buffer_binding_size || bytes > u64::from(u32::MAX) {
            return none();
        }
        if !self.work.list(batch, &pictures, &mut self.arena) {
            self.arena.clear();
            if !self.work.list(batch, &pictures, &mut self.arena) {
                self.arena.clear();
                return none();
            }
        }
        let height = self.join_code().height;
        let lists = size_of_val(self.work.lists()) as u64;
        grow(context, &mut self.lists, "lists", lists, BufferUsages::COPY_DST);
        grow(
            context,
            &mut self.lines,
            "lines",
            4 * LINE_WORDS * u64::from(height) * count as u64,
            BufferUsages::empty(),
        );
        grow(context, &mut self.joined, "joined", bytes, BufferUsages::COPY_DST | BufferUsages::COPY_SRC);
        if self.readback.size() < bytes {
            self.readback = readable(context, bytes.next_power_of_two());
        }
        context.check()?;
        self.arena.send(context);
        let parameters = parameters(self.join_code(), count as u32, most as u32, self.kernels.budget);
        context.queue.write_buffer(&self.parameters, 0, bytemuck::cast_slice(&parameters));
        context.queue.write_buffer(&self.lists, 0, bytemuck::cast_slice(self.work.lists()));
        let buffers =
            [&self.tables, &self.arena.buffer, &self.lists, &self.lines, &self.joined, &self.parameters];
        let entries: Vec<BindGroupEntry<'_>> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let bound = context.device.create_bind_group(&BindGroupDescriptor {
            label: Some("join"),
            layout: &self.kernels.layout,
            entries: &entries,
        });
        let mut commands = context.device.create_command_encoder(&Default::default());
        // Bits are added to words that are shared.
        commands.clear_buffer(&self.joined, 0, Some(bytes));
        self.kernels.run(&mut commands, &bound, [count as u32, height]);
        commands.copy_buffer_to_buffer(&self.joined, 0, &self.readback, 0, bytes);
        let mapped = Arc::new(AtomicBool::new(false));
        let done = mapped.clone();
        commands.map_buffer_on_submit(&self.readback, MapMode::Read, .., move |result| {
            done.store(result.is_ok(), Ordering::Release);
        });
        let submission = context.queue.submit([commands.finish()]);
        context.check()?;
        context.wait(submission, PATIENCE)?;
        if !mapped.load(Ordering::Acquire) {
            return Err(Fault::Refused("what was joined cannot be read".to_owned()));
        }
        let joined = match self.readback.slice(..bytes).get_mapped_range() {
            Ok(range) => Ok(read(bytemuck::cast_slice(&range), count)),
            Err(error) => Err(Fault::Refused(error.to_string())),
        };
        self.readback.unmap();
        self.read += bytes;
        joined
    }

    fn join_code(&self) -> &DeviceJoin {
        &self.encoder.as_ref().expect("it was sent").1
    }

    /// Bytes of spans that were sent to the device.
    pub(in crate::compositor::gpu) fn sent_bytes(&self) -> u64 {
        self.arena.sent
    }

    /// Bytes that were read back.
    pub(in crate::compositor::gpu) fn read_bytes(&self) -> u64 {
        self.read
    }

    /// Bytes of all buffers.
    pub(in crate::compositor::gpu) fn bytes(&self) -> u64 {
        let Self { arena, tables, parameters, lists, lines, joined, readback, .. } = self;
        [&arena.buffer, tables, parameters, lists, lines, joined, readback].map(Buffer::size).iter().sum()
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
        *buffer = storage(context, label, bytes.next_power_of_two().min(most), usage);
    }
}

fn readable(context: &Context, bytes: u64) -> Buffer {
    context.device.create_buffer(&BufferDescriptor {
        label: Some("joined, to be read"),
        size: bytes,
        usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
        mapped_at_creation: false,
    })
}
