//! Metadata that was not wholly taken over.

use crate::files::Folder;
use crate::output::names;

/// Whether new metadata waits to be taken over.
pub(crate) fn is_unfinished(folder: &Folder) -> bool {
    // Not through a link.
    folder.is_folder(names::WORK) && folder.is_file(names::NEXT)
}
