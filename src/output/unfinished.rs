//! Metadata that was not wholly taken over.

use std::fs;
use std::path::Path;

use crate::output::names;

/// Whether new metadata waits to be taken over.
pub(crate) fn is_unfinished(folder: &Path) -> bool {
    // Not through a link.
    let is = |name: &str, kind: fn(&fs::Metadata) -> bool| {
        fs::symlink_metadata(names::under(folder, name)).is_ok_and(|metadata| kind(&metadata))
    };
    is(names::WORK, fs::Metadata::is_dir) && is(names::NEXT, fs::Metadata::is_file)
}
