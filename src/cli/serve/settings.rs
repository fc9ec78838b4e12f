//! What the service is asked to do, in checked form.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use traitpress::engine::PrefetchSource;

use crate::cli::serve::clients::ClientLimits;
use crate::cli::serve::signature::KeyFile;

/// A project, and the name that addresses have for it.
#[derive(Clone, Debug)]
pub(crate) struct ServedProject {
    pub(crate) id: String,
    pub(crate) root: PathBuf,
    /// Where its numbered items come from.
    pub(crate) items: Option<ItemSource>,
}

/// Numbered items.
#[derive(Clone, Debug)]
pub(crate) enum ItemSource {
    /// A plan file.
    Plan(PathBuf),
    /// A finished collection, whose files are answered and whose recipe is followed.
    Collection(PathBuf),
    /// A pool, whose pictures and documents are answered as they are.
    Pool(PathBuf),
}

impl ItemSource {
    /// The source at a path: a pool by its ending, a collection if it is a folder, else a plan.
    pub(crate) fn at(path: &Path) -> Self {
        let is_pool = path.extension().is_some_and(|extension| extension == "pool");
        match (path.is_dir(), is_pool) {
            (true, _) => Self::Collection(path.to_owned()),
            (false, true) => Self::Pool(path.to_owned()),
            (false, false) => Self::Plan(path.to_owned()),
        }
    }

    /// The plan or the pool.
    pub(crate) fn file(&self) -> PathBuf {
        match self {
            Self::Plan(file) | Self::Pool(file) => file.clone(),
            Self::Collection(folder) => folder.join("plan.json"),
        }
    }

    /// The files whose change changes the items or their pictures.
    pub(crate) fn watched(&self) -> Vec<PathBuf> {
        let manifest = match self {
            Self::Collection(folder) => Some(folder.join("manifest.json")),
            Self::Plan(_) | Self::Pool(_) => None,
        };
        [self.file()].into_iter().chain(manifest).collect()
    }
}

/// All settings of a service.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) projects: Vec<ServedProject>,
    pub(crate) listen: SocketAddr,
    pub(crate) metrics: Option<SocketAddr>,
    /// Longer sides that can be requested; the first where none is. Empty for those of the projects.
    pub(crate) sizes: Vec<u32>,
    pub(crate) threads: Option<NonZeroUsize>,
    /// Bytes of compressed spans for all projects.
    pub(crate) span_cache: u64,
    /// Bytes of decoded pixels for each project.
    pub(crate) trait_memory: Option<u64>,
    /// Bytes of finished files.
    pub(crate) file_cache: u64,
    /// Pictures that may wait for a thread.
    pub(crate) queue: usize,
    pub(crate) connections: usize,
    /// What one client may have.
    pub(crate) clients: ClientLimits,
    pub(crate) deadline: Duration,
    /// How long a connection may be without a request.
    pub(crate) idle: Duration,
    /// How long requests may take to end after a signal.
    pub(crate) drain: Duration,
    /// How often files are looked at for changes.
    pub(crate) watch: Option<Duration>,
    /// Seconds that others may keep a picture of an address without a digest.
    pub(crate) max_age: u32,
    /// Keys of signed addresses; without them every address is served.
    pub(crate) keys: Option<Arc<KeyFile>>,
    /// Origins of pages that may read answers; `*` for all.
    pub(crate) cors: Vec<String>,
    /// What prepares items that may come.
    pub(crate) predict: Option<PrefetchSource>,
    /// Whether each request is written to standard output.
    pub(crate) access_log: bool,
}
