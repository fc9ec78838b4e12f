//! The choice of a back end: what can be asked for, what was found, and why a choice is refused.
//!
//! Plain data, with or without the `gpu` feature, so that settings, statistics and messages do not depend on wgpu.

use std::fmt;
use std::str::FromStr;

use crate::error::{Explain, Explanation, Remedy};
use crate::telemetry::StageUse;

/// What composites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Backend {
    /// A real GPU if there is one that passes the self-check, else the CPU; never a software adapter.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU, also a software adapter if there is no other; an error if there is none.
    Gpu,
}

/// Bytes of targets and their buffers if nothing is said.
pub(crate) const POOLS: u64 = 128 << 20;
/// The same on a card that compresses: what three of its targets take with all buffers.
#[cfg(feature = "gpu")]
pub(crate) const CARD_POOLS: u64 = 640 << 20;

/// What sort of device an adapter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AdapterKind {
    /// A card with memory of its own.
    Discrete,
    /// A GPU that shares the processor's memory.
    Integrated,
    /// A GPU passed into a virtual machine.
    Virtual,
    /// The driver does not say.
    Other,
    /// A program that does a GPU's work on the processor.
    Software,
}

impl fmt::Display for AdapterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Discrete => "discrete",
            Self::Integrated => "integrated",
            Self::Virtual => "virtual",
            Self::Other => "other",
            Self::Software => "software",
        })
    }
}

/// An adapter: one way to reach one GPU.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Adapter {
    /// What the driver calls the device.
    pub name: String,
    /// What sort of device it is.
    pub kind: AdapterKind,
    /// The interface it is reached by: `vulkan`, `metal` or `dx12`.
    pub backend: String,
    /// The driver and its version.
    pub driver: String,
    /// Largest side of a texture in pixels.
    pub texture_side: u32,
    /// Most layers of a texture array.
    pub texture_layers: u32,
    /// Largest buffer in bytes.
    pub buffer_bytes: u64,
    /// Whether it can time its own work.
    pub timestamps: bool,
    /// Why it cannot be used at all, if it cannot.
    pub unusable: Option<String>,
    /// Whether `--backend auto` takes it.
    pub used: bool,
    /// Why it is used or not, in words.
    pub verdict: String,
    /// Where each stage would be done, if that was measured.
    pub stages: Vec<StageUse>,
}

/// Why a back end that was asked for cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum BackendError {
    /// The library was built without the `gpu` feature.
    NotBuilt,
    /// No GPU was found.
    NoAdapter {
        /// The adapters that were found instead, in words.
        found: String,
    },
    /// No adapter has the name.
    NoMatch {
        /// The name that was asked for.
        name: String,
        /// The names of all adapters.
        found: String,
    },
    /// The adapter cannot be used.
    Unusable {
        /// Its name.
        adapter: String,
        /// The reason.
        why: String,
    },
    /// The adapter's results differ from those of the CPU.
    SelfCheck {
        /// Its name.
        adapter: String,
        /// The operation that differs.
        operation: String,
        /// Where, and both values.
        difference: String,
    },
    /// A GPU is required and has no work.
    NothingToDo,
    /// The GPU failed during the run, and a GPU is required.
    GaveUp {
        /// The reason.
        why: String,
    },
}

impl Explain for BackendError {
    fn explain(&self) -> Explanation<'_> {
        match self {
            Self::NotBuilt => Explanation::usage("this build has no GPU path")
                .remedy(Remedy::text("build with the gpu feature"))
                .remedy(Remedy::UseCpu),
            Self::NoAdapter { found } => Explanation::io(format!("no GPU was found ({found})"))
                .remedy(Remedy::text("install its Vulkan, Metal or Direct3D 12 driver"))
                .remedy(Remedy::UseSoftwareAdapter)
                .remedy(Remedy::UseCpu),
            Self::NoMatch { name, found } => {
                Explanation::usage(format!("there is no adapter {name}; the adapters are: {found}"))
                    .remedy(Remedy::OtherAdapter)
            }
            Self::Unusable { adapter, why } => {
                Explanation::io(format!("the adapter {adapter} cannot be used: {why}"))
                    .remedy(Remedy::OtherAdapter)
                    .remedy(Remedy::UseCpu)
            }
            Self::SelfCheck { adapter, operation, difference } => Explanation::mismatch(format!(
                "the adapter {adapter} failed the self-check: {operation} differs from the CPU ({difference})"
            ))
            .remedy(Remedy::text("update its driver"))
            .remedy(Remedy::OtherAdapter)
            .remedy(Remedy::UseCpu),
            Self::NothingToDo => Explanation::mismatch(
                "a GPU is required, but these pictures are composited and encoded whole on the CPU, because \
                 nothing repeats in them or the plain encoder is selected",
            )
            .remedy(Remedy::AllowCpu),
            Self::GaveUp { why } => {
                Explanation::io(format!("the GPU failed: {why}; all written files are complete"))
                    .remedy(Remedy::AllowCpu)
            }
        }
    }
}

/// What a GPU does of a span's way from stack to file; the CPU does the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GpuStages {
    /// It composites.
    Composite,
    /// It composites and compresses.
    Compress,
    /// It composites, compresses and joins.
    Join,
}

impl fmt::Display for GpuStages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Composite => "composite",
            Self::Compress => "composite,compress",
            Self::Join => "composite,compress,join",
        })
    }
}

impl FromStr for GpuStages {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "composite" => Ok(Self::Composite),
            "composite,compress" => Ok(Self::Compress),
            "composite,compress,join" => Ok(Self::Join),
            _ => Err("give composite, or composite,compress, or composite,compress,join".to_owned()),
        }
    }
}

/// Faults to bring about on purpose, so that the ways out of them can be tested: `lost@3,memory@1,timeout@2` at the
/// submissions of these numbers (from 1, counted over the whole run), `lost@compress:3` at the third of those that have work of
/// that stage (`composite`, `compress` or `join`), `wrong@NAME` in the self-check's operation of that name, and `steps@KERNEL`,
/// which has the kernel of that name give up all that it counts the steps of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultPlan {
    pub(crate) faults: Vec<(FaultKind, Option<GpuStages>, u64)>,
    pub(crate) wrong: Option<String>,
    /// Names of kernels.
    pub(crate) exhausted: Vec<String>,
}

/// A fault that a GPU can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Lost,
    Memory,
    Timeout,
}

impl FromStr for FaultPlan {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut plan = Self::default();
        for part in text.split(',') {
            let Some((what, at)) = part.split_once('@') else { return Err(Self::misread(part)) };
            let kind = match what {
                "lost" => FaultKind::Lost,
                "memory" => FaultKind::Memory,
                "timeout" => FaultKind::Timeout,
                "wrong" => {
                    plan.wrong = Some(at.to_owned());
                    continue;
                }
                "steps" => {
                    plan.exhausted.push(at.to_owned());
                    continue;
                }
                _ => return Err(Self::misread(part)),
            };
            let (stage, number) = match at.split_once(':') {
                Some(("composite", number)) => (Some(GpuStages::Composite), number),
                Some(("compress", number)) => (Some(GpuStages::Compress), number),
                Some(("join", number)) => (Some(GpuStages::Join), number),
                Some(_) => return Err(Self::misread(part)),
                None => (None, at),
            };
            let number = number.parse().map_err(|_| format!("{number} is not a number"))?;
            plan.faults.push((kind, stage, number));
        }
        Ok(plan)
    }
}

impl FaultPlan {
    fn misread(part: &str) -> String {
        format!(
            "{part}: give lost@N, memory@N or timeout@N, with a stage as in lost@join:N, or wrong@NAME or steps@KERNEL"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_those_that_follow_each_other() {
        for stages in [GpuStages::Composite, GpuStages::Compress, GpuStages::Join] {
            assert_eq!(stages.to_string().parse(), Ok(stages));
        }
        for other in ["", "compress", "compress,composite", "composite,join", "composite,compress,"] {
            let refused = other.parse::<GpuStages>().unwrap_err();
            assert!(refused.contains("composite,compress"), "{other}: {refused}");
        }
    }

    #[test]
    fn fault_plans_are_read() {
        let plan: FaultPlan = "lost@3,memory@join:1,wrong@multiply,steps@parse".parse().unwrap();
        let join = Some(GpuStages::Join);
        assert_eq!(plan.faults, [(FaultKind::Lost, None, 3), (FaultKind::Memory, join, 1)]);
        assert_eq!(
            (plan.wrong.as_deref(), &plan.exhausted[..]),
            (Some("multiply"), &["parse".to_owned()][..])
        );
        for wrong in ["lost@x", "late@1", "lost", "lost@join:", "lost@write:1"] {
            assert!(wrong.parse::<FaultPlan>().is_err(), "{wrong}");
        }
    }
}
