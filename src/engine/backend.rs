//! The choice of the back end: the one place that decides whether the GPU path is used.

use std::sync::Arc;

use crate::compositor::{Adapter, Backend, BackendContext, BackendError, Compositor, Cpu};
use crate::engine::performance::Performance;
use crate::error::Explain;

/// A back end, and why it is not a better one.
pub(crate) struct Chosen {
    pub(crate) compositor: Arc<dyn Compositor>,
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

/// The same, with where each stage would be done beside all threads of this machine: real adapters are checked and measured
/// for that, which takes a second or so each.
#[must_use]
pub fn measured_adapters() -> Vec<Adapter> {
    #[cfg(feature = "gpu")]
    return crate::compositor::measured_adapters(crate::threads::thread_count(None));
    #[cfg(not(feature = "gpu"))]
    Vec::new()
}

/// Opens the back end that `options` ask for; `whole` says that pictures are composited whole, without one.
pub(crate) fn open(
    means: &BackendContext,
    options: &Performance,
    whole: bool,
) -> Result<Chosen, BackendError> {
    let insisted = options.adapter.is_some() || options.require_gpu || options.backend == Backend::Gpu;
    let cpu = |warning| Ok(Chosen { compositor: Arc::new(Cpu::new(means)), warning });
    if whole {
        if options.require_gpu {
            return Err(BackendError::NothingToDo);
        }
        return cpu(insisted.then(|| "whole pictures are made on the CPU".to_owned()));
    }
    if options.backend == Backend::Cpu && !insisted {
        return cpu(None);
    }
    match gpu(means, options) {
        Ok(Some(compositor)) => Ok(Chosen { compositor, warning: None }),
        Ok(None) => cpu(None),
        Err(error) if insisted => Err(error),
        // A build without the path says so only to those who ask for it.
        Err(BackendError::NotBuilt) => cpu(None),
        Err(error) => cpu(Some(error.explain().detail.into_owned())),
    }
}

/// The GPU, or the CPU in place of a slower one; nothing if none was insisted on and there is none.
#[cfg(feature = "gpu")]
fn gpu(means: &BackendContext, options: &Performance) -> Result<Option<Arc<dyn Compositor>>, BackendError> {
    use crate::compositor::{Gpu, GpuOptions, Opened};
    let asked = GpuOptions {
        backend: options.backend,
        adapter: options.adapter.clone(),
        required: options.require_gpu,
        memory: options.gpu_memory,
        pools: options.pool_memory,
        prefetch: options.reuse.prefetch,
        keep_targets: options.reuse.pools,
        stages: options.gpu_stages,
        faults: options.gpu_faults.clone(),
    };
    Ok(match Gpu::open(means, &asked)? {
        Opened::Gpu(gpu) => Some(Arc::from(gpu as Box<dyn Compositor>)),
        Opened::Slower(stats) => Some(Arc::new(Cpu::new(means).instead_of(*stats))),
        Opened::Nothing => None,
    })
}

#[cfg(not(feature = "gpu"))]
fn gpu(_means: &BackendContext, _options: &Performance) -> Result<Option<Arc<dyn Compositor>>, BackendError> {
    Err(BackendError::NotBuilt)
}
