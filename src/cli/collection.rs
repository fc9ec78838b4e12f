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
}

impl From<Collection> for WrittenCollection {
    fn from(collection: Collection) -> Self {
        Self {
            digest: collection.digest,
            provenance: collection.provenance,
            place: collection.folder.display().to_string(),
        }
    }
}
