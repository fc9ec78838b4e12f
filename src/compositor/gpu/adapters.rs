//! Which adapters there are, and which is taken.
//!
//! The choice is made here, from all adapters: wgpu's own request does not sort by default, and a software adapter
//! can win over a card beside it.

use std::sync::OnceLock;

use wgpu::{Backends, DeviceType, Features, InstanceDescriptor, InstanceFlags, MemoryBudgetThresholds};

use crate::compositor::backend::{Adapter, AdapterKind, Backend, BackendError};
use crate::compositor::gpu::stages;

/// The smallest largest texture side that will do; every adapter that wgpu supports fully has it.
const TEXTURE_SIDE: u32 = 2048;

/// An adapter with wgpu's handle of it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) handle: wgpu::Adapter,
    pub(super) adapter: Adapter,
}

/// Every adapter of the machine, best first, with what `auto` makes of it.
pub(crate) fn adapters() -> Vec<Adapter> {
    find().into_iter().map(|found| found.adapter).collect()
}

/// The same, with where each stage would be done beside so many threads: real adapters are checked and measured for that.
pub(crate) fn measured_adapters(threads: usize) -> Vec<Adapter> {
    let measure = |found: Found| Adapter { stages: stages::of_adapter(&found, threads), ..found.adapter };
    find().into_iter().map(measure).collect()
}

/// The interfaces that adapters are reached by. Software OpenGL has been the crashier road to a software adapter, and
/// real GPUs have one of these.
fn backends() -> Backends {
    Backends::VULKAN | Backends::METAL | Backends::DX12
}

/// The library's own root, made once and never let go: letting the last one go unloads the drivers, and Mesa's crashed
/// at the end of 3 % of busy runs when its exit handlers were called after that.
fn instance() -> &'static wgpu::Instance {
    static INSTANCE: OnceLock<wgpu::Instance> = OnceLock::new();
    INSTANCE.get_or_init(|| {
        wgpu::Instance::new(InstanceDescriptor {
            backends: backends(),
            // Validation layers and indirect calls are not needed, and cost time and memory.
            flags: InstanceFlags::empty(),
            // Some drivers freeze rather than refuse when memory runs out; nine tenths leave them room.
            memory_budget_thresholds: MemoryBudgetThresholds {
                for_resource_creation: Some(90),
                for_device_loss: None,
            },
            ..InstanceDescriptor::new_without_display_handle()
        })
    })
}

/// Every adapter of the machine, best first.
pub(super) fn find() -> Vec<Found> {
    let handles = pollster::block_on(instance().enumerate_adapters(backends()));
    let mut found: Vec<Found> =
        handles.into_iter().map(|handle| Found { adapter: describe(&handle), handle }).collect();
    found.sort_by_key(|found| (found.adapter.unusable.is_some(), found.adapter.kind));
    let mut described: Vec<&mut Adapter> = found.iter_mut().map(|found| &mut found.adapter).collect();
    judge(&mut described);
    found
}

fn describe(handle: &wgpu::Adapter) -> Adapter {
    let (info, limits) = (handle.get_info(), handle.limits());
    let mut unusable = None;
    if limits.max_texture_dimension_2d < TEXTURE_SIDE {
        unusable = Some(format!(
            "its textures have at most {} pixels a side, and {TEXTURE_SIDE} are needed",
            limits.max_texture_dimension_2d
        ));
    } else if limits.max_storage_buffers_per_shader_stage < 2 {
        unusable = Some("its shaders cannot read two storage buffers".to_owned());
    }
    Adapter {
        name: info.name,
        kind: match info.device_type {
            DeviceType::DiscreteGpu => AdapterKind::Discrete,
            DeviceType::IntegratedGpu => AdapterKind::Integrated,
            DeviceType::VirtualGpu => AdapterKind::Virtual,
            DeviceType::Cpu => AdapterKind::Software,
            DeviceType::Other => AdapterKind::Other,
        },
        backend: info.backend.to_str().to_owned(),
        driver: [info.driver, info.driver_info].join(" ").trim().to_owned(),
        texture_side: limits.max_texture_dimension_2d,
        texture_layers: limits.max_texture_array_layers,
        buffer_bytes: limits.max_buffer_size,
        timestamps: handle.features().contains(Features::TIMESTAMP_QUERY),
        unusable,
        used: false,
        verdict: String::new(),
        stages: Vec::new(),
    }
}

/// Says of each adapter whether `auto` takes it, and why.
fn judge(adapters: &mut [&mut Adapter]) {
    let copies: Vec<Adapter> = adapters.iter().map(|adapter| (**adapter).clone()).collect();
    let taken = best(&copies, |adapter| adapter.kind != AdapterKind::Software);
    for (index, adapter) in adapters.iter_mut().enumerate() {
        adapter.used = taken == Some(index);
        adapter.verdict = match (&adapter.unusable, taken) {
            (Some(why), _) => format!("cannot be used: {why}"),
            (None, Some(taken)) if taken == index => "used for what it is faster at than the CPU".to_owned(),
            (None, _) if adapter.kind == AdapterKind::Software => {
                "used only if selected: it is a software adapter, slower than the CPU path".to_owned()
            }
            (None, Some(taken)) => format!("used only if selected: {} comes first", copies[taken].name),
            (None, None) => "not used".to_owned(),
        };
    }
}

/// The first usable adapter of the best kind among those that `fits` lets in.
fn best(adapters: &[Adapter], fits: impl Fn(&Adapter) -> bool) -> Option<usize> {
    let usable = adapters.iter().enumerate().filter(|(_, a)| a.unusable.is_none() && fits(a));
    usable.min_by_key(|&(index, adapter)| (adapter.kind, index)).map(|(index, _)| index)
}

/// Which adapter a request means; none for the CPU.
pub(super) fn choose(
    adapters: &[Adapter],
    backend: Backend,
    name: Option<&str>,
) -> Result<Option<usize>, BackendError> {
    if let Some(name) = name {
        let wanted = name.to_lowercase();
        let matches = |adapter: &Adapter| adapter.name.to_lowercase().contains(&wanted);
        return match best(adapters, matches) {
            Some(index) => Ok(Some(index)),
            None => Err(match adapters.iter().find(|adapter| matches(adapter)) {
                Some(adapter) => BackendError::Unusable {
                    adapter: adapter.name.clone(),
                    why: adapter.unusable.clone().unwrap_or_default(),
                },
                None => BackendError::NoMatch { name: format!("{name:?}"), found: list(adapters) },
            }),
        };
    }
    match backend {
        Backend::Cpu => Ok(None),
        Backend::Auto => Ok(best(adapters, |adapter| adapter.kind != AdapterKind::Software)),
        Backend::Gpu => match best(adapters, |_| true) {
            Some(index) => Ok(Some(index)),
            None => Err(BackendError::NoAdapter { found: list(adapters) }),
        },
    }
}

/// The names of all adapters, in words.
pub(super) fn list(adapters: &[Adapter]) -> String {
    match adapters {
        [] => "no adapter at all".to_owned(),
        some => some.iter().map(|a| format!("{:?} ({})", a.name, a.kind)).collect::<Vec<_>>().join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapter(name: &str, kind: AdapterKind) -> Adapter {
        Adapter {
            name: name.to_owned(),
            kind,
            backend: "vulkan".to_owned(),
            driver: String::new(),
            texture_side: 16384,
            texture_layers: 2048,
            buffer_bytes: 1 << 30,
            timestamps: true,
            unusable: None,
            used: false,
            verdict: String::new(),
            stages: Vec::new(),
        }
    }

    #[test]
    fn auto_takes_a_real_gpu_and_never_a_software_adapter() {
        let software = adapter("llvmpipe", AdapterKind::Software);
        let [card, chip] =
            [adapter("Card 9000", AdapterKind::Discrete), adapter("Chip", AdapterKind::Integrated)];
        let all = [software.clone(), chip.clone(), card];
        assert_eq!(choose(&all, Backend::Auto, None), Ok(Some(2)));
        assert_eq!(choose(&all[..2], Backend::Auto, None), Ok(Some(1)));
        assert_eq!(choose(&all[..1], Backend::Auto, None), Ok(None), "the CPU path is faster");
        assert_eq!(choose(&all[..1], Backend::Gpu, None), Ok(Some(0)), "asked for, so taken");
        assert_eq!(choose(&all, Backend::Cpu, None), Ok(None));
        let refused = choose(&[], Backend::Gpu, None).unwrap_err().to_string();
        assert!(refused.contains("no adapter at all"), "{refused}");
    }

    #[test]
    fn a_name_is_a_part_in_any_case_and_a_wrong_one_lists_what_there_is() {
        let all =
            [adapter("llvmpipe (LLVM 15)", AdapterKind::Software), adapter("Chip", AdapterKind::Integrated)];
        assert_eq!(choose(&all, Backend::Auto, Some("LLVMPipe")), Ok(Some(0)));
        let refused = choose(&all, Backend::Gpu, Some("radeon")).unwrap_err().to_string();
        assert!(refused.contains("\"radeon\""), "{refused}");
        assert!(refused.contains("llvmpipe (LLVM 15)") && refused.contains("Chip"), "{refused}");
    }

    #[test]
    fn what_cannot_be_used_is_passed_over_and_said_when_named() {
        let mut small = adapter("Old Card", AdapterKind::Discrete);
        small.unusable = Some("its textures are small".to_owned());
        let chip = adapter("Chip", AdapterKind::Integrated);
        let mut all = [small, chip];
        assert_eq!(choose(&all, Backend::Auto, None), Ok(Some(1)));
        let refused = choose(&all, Backend::Gpu, Some("old")).unwrap_err().to_string();
        assert!(refused.contains("its textures are small"), "{refused}");
        let [old, chip] = &mut all;
        judge(&mut [old, chip]);
        assert!(chip.used && !old.used);
        assert!(old.verdict.contains("textures are small"), "{}", old.verdict);
    }
}
