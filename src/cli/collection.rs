//! A collection that a run has written, to a folder, a file or standard output.

use traitpress::Digest;
use traitpress::output::Collection;

/// The digests of a complete collection, and where it is.
#[derive(Debug)]
pub(crate) struct WrittenCollection {
    pub(crate) digest: Digest,
    pub(crate) provenance: Option<Digest>,
    /// The folder or file, or "standard output".
    pub(crate) place: String,
    /// What there is to say of a pool.
    pub(crate) pool: Option<PoolFile>,
}

/// A pool that was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PoolFile {
    pub(crate) bytes: u64,
    /// Whether it has the digests of its files.
    pub(crate) has_digests: bool,
}

impl From<Collection> for WrittenCollection {
    fn from(collection: Collection) -> Self {
        Self {
            digest: collection.digest,
            provenance: collection.provenance,
            place: collection.folder.display().to_string(),
            pool: None,
        }
    }
}
