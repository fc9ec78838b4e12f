//! What a device does of a span's way, and why.
//!
//! Whether a device composites, compresses and joins is asked of it, or else decided by what it gives: where it makes other bytes
//! than the CPU, or makes them slower than all of its threads, they do that stage. A stage is only done where the one before
//! is, for what it works on is there.

use std::sync::Arc;

use crate::compositor::backend::{AdapterKind, GpuStages};
use crate::compositor::gpu::adapters::Found;
use crate::compositor::gpu::compress::{STORAGE_BUFFERS, check};
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::device::Device;
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::self_check::{self, Difference};
use crate::compositor::gpu::{join, rates};
use crate::pixel::Arithmetic;
use crate::telemetry::StageUse;

const NAMES: [&str; 3] = ["composite", "compress", "join"];

const SOFTWARE: &str = "the adapter is a program on the processor";
const NOT_COMPRESSED: &str = "only spans that were compressed there are joined there";

/// What is asked of a device.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    /// The stages, if they are said.
    pub(super) stages: Option<GpuStages>,
    /// Whether it is to composite whatever that takes.
    pub(super) insisted: bool,
}

/// What is tried on an adapter.
pub(super) fn tried(found: &Found, asked: Option<GpuStages>) -> Result<GpuStages, Fault> {
    let buffers = found.handle.limits().max_storage_buffers_per_shader_stage;
    let can = buffers >= STORAGE_BUFFERS;
    match asked {
        Some(stages) if stages >= GpuStages::Compress && !can => Err(Fault::Refused(format!(
            "compressing takes {STORAGE_BUFFERS} storage buffers, and its shaders have {buffers}"
        ))),
        Some(stages) => Ok(stages),
        // A program on the processor does not get faster than the processor.
        None if can && found.adapter.kind != AdapterKind::Software => Ok(GpuStages::Compress),
        None => Ok(GpuStages::Composite),
    }
}

/// The device as it is used, none if the CPU is better at everything; and why each stage is where it is.
pub(super) type Settled = (Option<Arc<Device>>, Vec<StageUse>);

/// Decides what a device does. If it makes other bytes at what was asked of it, that is all.
pub(super) fn settled(
    device: Arc<Device>,
    wanted: Wanted,
    faults: &Faults,
    threads: usize,
) -> Result<Result<Settled, Difference>, Fault> {
    if let Some(stages) = wanted.stages {
        let wrong = if stages >= GpuStages::Compress { check::run(&device, faults)? } else { None };
        let joins = wrong.is_none() && stages == GpuStages::Join;
        let wrong = if joins { join::check::run(&device, faults)? } else { wrong };
        return Ok(match wrong {
            Some(wrong) => Err(wrong),
            None => {
                let done = [GpuStages::Composite, GpuStages::Compress, GpuStages::Join].map(|s| s <= stages);
                let uses =
                    NAMES.iter().zip(done).map(|(name, gpu)| StageUse::new(name, gpu, "as it was asked"));
                Ok((Some(device), uses.collect()))
            }
        });
    }
    if device.adapter.kind == AdapterKind::Software {
        let composite = StageUse::new(NAMES[0], true, "the adapter was selected");
        let uses =
            [composite, StageUse::new(NAMES[1], false, SOFTWARE), StageUse::new(NAMES[2], false, SOFTWARE)];
        return Ok(Ok((Some(device), uses.into())));
    }
    let (compresses, why_compress) = compresses(&device, faults, threads)?;
    let (joins, why_join) = match compresses {
        true => joins(&device, faults, threads)?,
        false => (false, NOT_COMPRESSED.to_owned()),
    };
    let (composites, why_composite) = if wanted.insisted {
        (true, "the GPU was selected".to_owned())
    } else if compresses {
        (true, "it compresses, too".to_owned())
    } else {
        let rates = rates::of_compositing(&device, threads)?;
        (rates.device_pays(), rates.to_string())
    };
    let device = composites.then(|| limited(device, compresses, joins));
    let uses = vec![
        StageUse::new(NAMES[0], composites, why_composite),
        StageUse::new(NAMES[1], compresses, why_compress),
        StageUse::new(NAMES[2], joins, why_join),
    ];
    Ok(Ok((device, uses)))
}

/// Whether a device compresses, and why.
fn compresses(device: &Arc<Device>, faults: &Faults, threads: usize) -> Result<(bool, String), Fault> {
    if device.kernels.is_none() {
        return Ok((false, "its shaders have too few storage buffers".to_owned()));
    }
    if let Some(wrong) = check::run(device, faults)? {
        return Ok((false, differs(&wrong)));
    }
    let rates = rates::of_compressing(device, threads)?;
    Ok((rates.device_pays(), rates.to_string()))
}

/// Whether a device joins, and why.
fn joins(device: &Arc<Device>, faults: &Faults, threads: usize) -> Result<(bool, String), Fault> {
    if let Some(wrong) = join::check::run(device, faults)? {
        return Ok((false, differs(&wrong)));
    }
    let rates = join::check::rates(device, threads)?;
    Ok((rates.device_pays(), rates.to_string()))
}

fn differs(wrong: &Difference) -> String {
    format!("{} differs from the CPU ({})", wrong.operation, wrong.difference)
}

/// The same device, which does so much from now on.
fn limited(device: Arc<Device>, compresses: bool, joins: bool) -> Arc<Device> {
    let mut device = Arc::into_inner(device).expect("what checked it has let it go");
    device.kernels = device.kernels.filter(|_| compresses);
    device.joins = joins;
    Arc::new(device)
}

/// Where each stage would be done with `threads` threads beside an adapter, if nothing is asked of it: nothing of one that
/// cannot be used.
pub(super) fn of_adapter(found: &Found, threads: usize) -> Vec<StageUse> {
    let all = |why: &str| NAMES.map(|name| StageUse::new(name, false, why)).to_vec();
    match found.adapter.kind {
        _ if found.adapter.unusable.is_some() => Vec::new(),
        AdapterKind::Software => all(SOFTWARE),
        _ => measured(found, threads).unwrap_or_else(|fault| all(&fault.to_string())),
    }
}

fn measured(found: &Found, threads: usize) -> Result<Vec<StageUse>, Fault> {
    let faults = Faults::default();
    let device = Device::open(found, Arithmetic::Premultiplied, tried(found, None)?, &faults)?;
    let device = Arc::new(device);
    let wrong = match self_check::run(&device, &faults)? {
        Some(wrong) => wrong,
        None => match settled(device, Wanted::default(), &faults, threads)? {
            Ok((_, uses)) => return Ok(uses),
            Err(wrong) => wrong,
        },
    };
    Ok(NAMES.map(|name| StageUse::new(name, false, differs(&wrong))).to_vec())
}
