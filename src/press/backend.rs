//! Which back end composites: the one place that knows whether there is a GPU path.

use crate::compositor::{Adapter, Backend, BackendError, Compositor, Cpu, Means};
use crate::press::options::PressOptions;

/// A back end, and why it is not a better one.
pub(crate) struct Chosen {
    pub(crate) compositor: Box<dyn Compositor>,
    pub(crate) warning: Option<String>,
}

/// Every adapter that a GPU could be reached by, best first; none in builds without the `gpu` feature.
#[must_use]
pub fn adapters() -> Vec<Adapter> {
    #[cfg(feature = "gpu")]
    return crate::compositor::adapters();
    #[cfg(not(feature = "gpu"))]
    Vec::new()
}

/// Opens the back end that `options` ask for; `whole` says that pictures are composited whole, without one.
pub(crate) fn open(means: &Means, options: &PressOptions, whole: bool) -> Result<Chosen, BackendError> {
    let asked = options.adapter.is_some() || options.require_gpu || options.backend != Backend::Cpu;
    let warning = if whole {
        match options.backend {
            _ if options.require_gpu => return Err(BackendError::NothingToDo),
            Backend::Auto if options.adapter.is_none() => None,
            Backend::Cpu => None,
            Backend::Auto | Backend::Gpu => Some("whole pictures have no work for a GPU".to_owned()),
        }
    } else if asked {
        match gpu(means, options)? {
            Ok(compositor) => return Ok(Chosen { compositor, warning: None }),
            Err(warning) => warning,
        }
    } else {
        None
    };
    Ok(Chosen { compositor: Box::new(Cpu::new(means)), warning })
}

/// The GPU, or why there is none to be used.
#[cfg(feature = "gpu")]
fn gpu(
    means: &Means,
    options: &PressOptions,
) -> Result<Result<Box<dyn Compositor>, Option<String>>, BackendError> {
    use crate::compositor::{Gpu, GpuOptions, Opened};
    let asked = GpuOptions {
        backend: options.backend,
        adapter: options.adapter.clone(),
        required: options.require_gpu,
        memory: options.gpu_memory,
        pools: options.pool_memory.unwrap_or(PressOptions::POOL_MEMORY),
        prefetch: options.reuse.prefetch,
        keep_targets: options.reuse.pools,
        faults: options.gpu_faults.clone(),
    };
    Ok(match Gpu::open(means, &asked)? {
        Opened::Gpu(gpu) => Ok(gpu),
        Opened::None(warning) => Err(warning),
    })
}

#[cfg(not(feature = "gpu"))]
fn gpu(
    _means: &Means,
    options: &PressOptions,
) -> Result<Result<Box<dyn Compositor>, Option<String>>, BackendError> {
    let insisted = options.adapter.is_some() || options.require_gpu || options.backend == Backend::Gpu;
    if insisted { Err(BackendError::NotBuilt) } else { Ok(Err(None)) }
}
