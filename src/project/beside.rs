//! Pictures that lie beside the folders of the layers, where these are in the project's own folder.
//!
//! Such a folder also holds what tools write and what a collection needs beside its traits, so they are no warning. But a trait
//! that was exported to the wrong place is one of them, and nothing else would name it.

use std::path::Path;

use crate::error::{Problem, quoted};
use crate::project::config::Configuration;
use crate::project::names::FileName;
use crate::project::scan;

/// Names that are listed before the rest is counted.
const LISTED: usize = 5;
/// Pictures that commands of the program write there by default, and as its documents name them.
const OURS: [&str; 2] = ["preview.png", "sheet.png"];

/// The note of pictures in `root` that are no trait and that the configuration does not name.
pub(super) fn note(root: &Path, configuration: &Configuration) -> Option<Problem> {
    let is_named = |name: &str| {
        let images = configuration.ones.iter().map(|one| one.image.as_str());
        images.chain([configuration.metadata.collection_image.as_str()]).any(|image| image == name)
    };
    let is_ours = |name: &str| OURS.contains(&name) || name.ends_with("-preview.png");
    let entries = scan::entries(root).unwrap_or_default();
    let files = entries.iter().filter(|entry| !entry.kind.is_dir()).filter_map(|entry| entry.name.as_deref());
    let mut names: Vec<&str> =
        files.filter(|name| FileName::parse(name).picture && !is_named(name) && !is_ours(name)).collect();
    names.sort_unstable();
    let listed = names.iter().take(LISTED).map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let more = match names.len().saturating_sub(LISTED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let what = match names.len() {
        0 => return None,
        1 => format!("1 picture beside the layer folders is not read ({listed})"),
        count => format!("{count} pictures beside the layer folders are not read ({listed}{more})"),
    };
    Some(Problem::at(root, what, "if it is a trait, move it into the folder of a layer"))
}
