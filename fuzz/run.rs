//! What the targets share: the readers, made once.

use std::sync::LazyLock;

use traitpress::engine::internals::{Format, Readers};

/// The readers and their folder, which is left behind: a fuzz target never ends by itself.
static READERS: LazyLock<Readers> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder can be made").keep();
    Readers::new(&folder).expect("the temporary folder can be written to")
});

/// Reads `bytes` as a file of that format. Panics are what is looked for.
pub fn read(format: Format, bytes: &[u8]) {
    READERS.read(format, bytes).expect("the temporary folder can be written to");
}
