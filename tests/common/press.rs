//! Pressing into temporary folders under all kinds of settings.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::MutexGuard;

use traitpress::engine::{Backend, EncodingMode, Engine, Performance, PressOptions};
use traitpress::plan::Plan;
use traitpress::selection::{Choose, capacity};
use traitpress::telemetry::Stats;

/// What must not change a byte.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) threads: usize,
    /// Adapts if none is given.
    pub(crate) batch: Option<usize>,
    pub(crate) encode_batch: usize,
    /// Bytes.
    pub(crate) cache: Option<u64>,
    pub(crate) gpu: Gpu,
}

/// Whether a GPU composites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gpu {
    No,
    /// With textures and targets of so many bytes, or as it comes.
    Yes {
        memory: Option<u64>,
        pools: Option<u64>,
    },
}

impl Gpu {
    pub(crate) const USUAL: Self = Self::Yes { memory: None, pools: None };
}

/// A turn with the GPU, or nothing for settings without one; `None` if there is no adapter, which is said.
///
/// # Panics
/// If there is none and `TRAITPRESS_TEST_REQUIRE=1` says that nothing may be skipped.
pub(crate) fn turn(gpu: Gpu) -> Option<Option<MutexGuard<'static, ()>>> {
    if gpu == Gpu::No {
        return Some(None);
    }
    let look = || {
        let adapters = traitpress::engine::adapters();
        for adapter in &adapters {
            println!("adapter: {} ({}, {})", adapter.name, adapter.kind, adapter.driver);
        }
        adapters.iter().any(|adapter| adapter.unusable.is_none())
    };
    super::turn::turn(look).map(Some)
}

impl Setting {
    pub(crate) const USUAL: Self =
        Self { threads: 2, batch: None, encode_batch: 5, cache: None, gpu: Gpu::No };

    pub(crate) fn performance(self) -> Performance {
        let batch = self.batch.map(|batch| NonZeroUsize::new(batch).expect("a batch holds something"));
        let performance = Performance::new()
            .with_threads(NonZeroUsize::new(self.threads))
            .with_batch(batch)
            .with_encode_batch(NonZeroUsize::new(self.encode_batch))
            .with_cache_memory(self.cache);
        match self.gpu {
            Gpu::No => performance.with_backend(Backend::Cpu),
            Gpu::Yes { memory, pools } => {
                performance.with_backend(Backend::Gpu).with_gpu_memory(memory).with_pool_memory(pools)
            }
        }
    }

    pub(crate) fn options(self) -> PressOptions {
        PressOptions::new().with_performance(self.performance())
    }
}

/// Opens a project with an encoder and a setting.
pub(crate) fn open(root: &Path, encoder: EncodingMode, setting: Setting) -> Engine {
    let options = setting.options().with_encoder(encoder);
    Engine::open_with(root, options).unwrap_or_else(|error| panic!("{}: {error}", root.display()))
}

/// A plan of `count` items, or as many as there are.
pub(crate) fn choose(engine: &Engine, seed: u64, count: u32) -> Plan {
    let most = u32::try_from(capacity(engine.project())).unwrap_or(u32::MAX);
    engine.choose(Choose::new(count.min(most)).with_seed(seed)).expect("there are as many items")
}

/// All files of a pressed collection by name.
#[derive(Debug)]
pub(crate) struct Pressed {
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    pub(crate) stats: Stats,
}

impl Pressed {
    pub(crate) fn picture(&self, plan: &Plan, index: usize) -> &[u8] {
        &self.files[&format!("images/{}.png", plan.edition(index))]
    }
}

/// Presses `plan` into a folder and reads it back.
pub(crate) fn press(engine: &Engine, plan: &Plan) -> Pressed {
    let dir = tempfile::tempdir().expect("a temporary folder can be made");
    let out = dir.path().join("out");
    let stats = engine.press(plan).to_folder(&out).expect("pressing succeeds").stats;
    let mut files = BTreeMap::new();
    collect(&out, "", &mut files);
    Pressed { files, stats }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let entry = entry.expect("the folder can be read");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).expect("the file can be read"));
        }
    }
}
