//! A device that is open: its queue, its limits, and whether it is still well.
//!
//! wgpu reports most failures beside the call that caused them, and panics without a handler. Here they are written
//! down by handlers, and every wait has a limit, so that a lost or hung device is an answer like any other.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use wgpu::{
    DeviceDescriptor, DeviceLostReason, Features, Limits, MemoryHints, PollError, PollType, SubmissionIndex,
};

use crate::compositor::gpu::adapters::Found;
use crate::threads::lock;

/// How long a submission may take. A full pass takes 0.2 s on a software adapter with one core.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What can go wrong with a device.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("out of GPU memory")]
    OutOfMemory,
    #[error("the GPU device was lost ({0})")]
    Lost(String),
    #[error("the GPU did not answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    #[error("the GPU rejected its work ({0})")]
    Refused(String),
}

/// The first thing that went wrong.
#[derive(Debug, Default)]
struct Health(Mutex<Option<Fault>>);

impl Health {
    fn ail(&self, fault: Fault) {
        lock(&self.0).get_or_insert(fault);
    }

    fn take(&self) -> Result<(), Fault> {
        lock(&self.0).take().map_or(Ok(()), Err)
    }
}

/// An open device.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) limits: Limits,
    /// Nanoseconds of a tick of the GPU's clock, where it can be read.
    pub(super) tick: Option<f32>,
    health: Arc<Health>,
}

impl Context {
    pub(super) fn open(found: &Found) -> Result<Self, Fault> {
        let offered = found.handle.limits();
        // A device gets the limits that are asked for and no better; everything but sizes can stay at the least.
        let limits = Limits {
            max_texture_dimension_2d: offered.max_texture_dimension_2d,
            max_texture_array_layers: offered.max_texture_array_layers,
            max_storage_buffer_binding_size: offered.max_storage_buffer_binding_size,
            max_buffer_size: offered.max_buffer_size,
            // Where there are fewer, nothing is compressed on the device.
            max_storage_buffers_per_shader_stage: offered.max_storage_buffers_per_shader_stage.min(8),
            ..Limits::downlevel_defaults()
        };
        let timestamps = found.handle.features() & Features::TIMESTAMP_QUERY;
        let descriptor = DeviceDescriptor {
            label: Some("traitpress"),
            required_features: timestamps,
            required_limits: limits.clone(),
            memory_hints: MemoryHints::Performance,
            ..DeviceDescriptor::default()
        };
        let opened = pollster::block_on(found.handle.request_device(&descriptor));
        let (device, queue) = opened.map_err(|error| Fault::Refused(error.to_string()))?;
        let health = Arc::new(Health::default());
        let errors = health.clone();
        device.on_uncaptured_error(Arc::new(move |error| {
            errors.ail(match error {
                wgpu::Error::OutOfMemory { .. } => Fault::OutOfMemory,
                other => Fault::Refused(one_line(&other.to_string())),
            });
        }));
        let losses = health.clone();
        device.set_device_lost_callback(move |reason, message| {
            losses.ail(match reason {
                DeviceLostReason::Destroyed => Fault::Lost("destroyed".to_owned()),
                _ => Fault::Lost(one_line(&message)),
            });
        });
        let tick = (!timestamps.is_empty()).then(|| queue.get_timestamp_period());
        Ok(Self { device, queue, limits, tick, health })
    }

    /// What went wrong since the last look.
    pub(super) fn check(&self) -> Result<(), Fault> {
        self.health.take()
    }

    /// Notes what has ended, without waiting.
    pub(super) fn look(&self) -> Result<(), Fault> {
        let looked = self.device.poll(PollType::Poll);
        self.check()?;
        looked.map(|_| ()).map_err(|error| Fault::Refused(error.to_string()))
    }

    /// Waits for a submission and everything before it.
    pub(super) fn wait(&self, submission: SubmissionIndex, patience: Duration) -> Result<(), Fault> {
        let wait = PollType::Wait { submission_index: Some(submission), timeout: Some(patience) };
        let waited = self.device.poll(wait);
        // A lost device is the better reason for a wait that failed.
        self.check()?;
        match waited {
            Ok(_) => Ok(()),
            Err(PollError::Timeout) => Err(Fault::Timeout(patience)),
            Err(error) => Err(Fault::Refused(error.to_string())),
        }
    }
}

/// The first line of a driver's message that says something.
fn one_line(message: &str) -> String {
    message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given").to_owned()
}
