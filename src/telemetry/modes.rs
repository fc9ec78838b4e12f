//! How a run made its pictures: what encoded them, and what composited them.

use std::fmt;

/// How pictures are encoded: what settings ask for, recipes record and statistics say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EncodingMode {
    /// Every distinct span once, joined to pictures. Where it is asked for and nothing repeats, the recipe falls back to
    /// whole pictures.
    #[default]
    Spans,
    /// Whole pictures, composited and encoded one by one with the `png` crate.
    Plain,
}

impl EncodingMode {
    /// Its name in statistics and manifests: `spans` or `plain`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Spans => "spans",
            Self::Plain => "plain",
        }
    }
}

impl fmt::Display for EncodingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What composited the pictures of a run. Its text is `cpu`, `gpu: ADAPTER`, or `gpu: ADAPTER, then cpu`.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum BackendUse {
    /// The CPU.
    #[default]
    Cpu,
    /// A GPU.
    Gpu {
        /// The name of its adapter.
        adapter: String,
    },
    /// A GPU until it failed, and the CPU from there on.
    GpuThenCpu {
        /// The name of the GPU's adapter.
        adapter: String,
    },
}

const GPU: &str = "gpu: ";
const THEN_CPU: &str = ", then cpu";

impl fmt::Display for BackendUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Gpu { adapter } => write!(f, "{GPU}{adapter}"),
            Self::GpuThenCpu { adapter } => write!(f, "{GPU}{adapter}{THEN_CPU}"),
        }
    }
}

impl From<BackendUse> for String {
    fn from(backend: BackendUse) -> Self {
        backend.to_string()
    }
}

impl TryFrom<String> for BackendUse {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "cpu" {
            return Ok(Self::Cpu);
        }
        let Some(adapter) = text.strip_prefix(GPU) else {
            return Err(format!(
                "{text:?} is not a back end: expected \"cpu\" or a name that starts with \
             \"{GPU}\""
            ));
        };
        Ok(match adapter.strip_suffix(THEN_CPU) {
            Some(adapter) => Self::GpuThenCpu { adapter: adapter.to_owned() },
            None => Self::Gpu { adapter: adapter.to_owned() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_what_they_were_written_for() {
        let adapter = || "Some GPU (LLVM 17)".to_owned();
        for (backend, text) in [
            (BackendUse::Cpu, "cpu"),
            (BackendUse::Gpu { adapter: adapter() }, "gpu: Some GPU (LLVM 17)"),
            (BackendUse::GpuThenCpu { adapter: adapter() }, "gpu: Some GPU (LLVM 17), then cpu"),
        ] {
            let json = serde_json::to_value(&backend).unwrap();
            assert_eq!(json, text);
            assert_eq!(serde_json::from_value::<BackendUse>(json).unwrap(), backend);
        }
        let refused = serde_json::from_str::<BackendUse>("\"tpu\"").unwrap_err().to_string();
        assert!(refused.contains("tpu"), "{refused}");
        for mode in [EncodingMode::Spans, EncodingMode::Plain] {
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.name());
        }
    }
}
