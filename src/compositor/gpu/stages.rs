//! What a device does of a span's way, and why.
//!
//! Each device composites. Whether it compresses as well is asked of it, or else decided by what it gives: a device that makes other
//! bytes than the CPU, or makes them slower than all of its threads, leaves that to them. It joins only if it is asked to: no
//! card was measured at it yet.

use std::sync::Arc;

use crate::compositor::backend::{AdapterKind, GpuStages};
use crate::compositor::gpu::Device;
use crate::compositor::gpu::adapters::Found;
use crate::compositor::gpu::compress::{STORAGE_BUFFERS, check};
use crate::compositor::gpu::context::Fault;
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::join;
use crate::compositor::gpu::self_check::Difference;

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

/// The device as it is used, and why it compresses or does not. If it was asked to and makes other bytes, that is all.
pub(super) fn settled(
    device: Arc<Device>,
    asked: Option<GpuStages>,
    faults: &Faults,
    threads: usize,
) -> Result<Result<(Arc<Device>, String), Difference>, Fault> {
    if device.kernels.is_none() {
        let why = match asked {
            Some(_) => "as it was asked",
            None if device.adapter.kind == AdapterKind::Software => "it is a program on the processor",
            None => "its shaders have too few storage buffers",
        };
        return Ok(Ok((device, why.to_owned())));
    }
    let wrong = match check::run(&device, faults)? {
        None if device.joins => join::check::run(&device, faults)?,
        wrong => wrong,
    };
    if let Some(wrong) = wrong {
        if asked.is_some() {
            return Ok(Err(wrong));
        }
        let why = format!("{} differs from the CPU ({})", wrong.operation, wrong.difference);
        return Ok(Ok((without_kernels(device), why)));
    }
    if asked.is_some() {
        return Ok(Ok((device, "as it was asked".to_owned())));
    }
    let rates = check::rates(&device, threads)?;
    let why = rates.to_string();
    Ok(Ok((if rates.device_pays() { device } else { without_kernels(device) }, why)))
}

/// The same device, which only composites from now on.
fn without_kernels(device: Arc<Device>) -> Arc<Device> {
    let mut device = Arc::into_inner(device).expect("what checked it has let it go");
    (device.kernels, device.joins) = (None, false);
    Arc::new(device)
}
