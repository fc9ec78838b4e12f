//! The metadata of the items, in the standards that the project selects.
//!
//! `shown` decides which attributes an item has: names and values, after display names, hidden layers and absence. A standard
//! that writes a document an item is a `form`: text that is the same for all items, escaped once, with gaps for what
//! is not; `documents` fills them in, one copy a piece. `erc721`, `metaplex`, `tezos`, `cardano` and `lines` make such
//! forms, `table` writes the CSV file, and `whole` the files that belong to the collection. `limits` holds all of it to
//! what the standards allow, before anything is pressed.

mod cardano;
mod credits;
mod documents;
mod erc721;
mod form;
mod inputs;
mod limits;
mod lines;
mod metaplex;
mod shown;
mod table;
#[cfg(test)]
mod tests_documents;
mod tezos;
mod whole;

pub(crate) use documents::MetadataTexts;
pub(crate) use form::OnePicture;
pub use inputs::MetadataInputs;
pub use limits::check_metadata;
pub(crate) use limits::check_renumbered;
pub(crate) use metaplex::collection as metaplex_collection;
pub(crate) use shown::AsText;
pub(crate) use whole::{whole_files, write_whole};

use image::ImageFormat;

use crate::project::Project;

/// `text` as a JSON string.
fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a string always serializes")
}

/// Where the folders of pictures and documents are, seen from a document of an item that has no base URI.
fn images_from_documents(project: &Project) -> String {
    format!("{}images/", project.layout.way_up())
}

/// Where pictures are: under the base URI, or in `relative`, a folder as seen from the metadata; of several sizes, those of
/// the first. Their names follow.
fn place_of_images(project: &Project, relative: &str) -> String {
    let place = match project.base_uri.trim_end_matches('/') {
        "" => relative.to_owned(),
        base => format!("{base}/"),
    };
    place + &folder_of_first(project)
}

/// The folder of the first size in that of all pictures, if there are several sizes, as part of an address.
pub(crate) fn folder_of_first(project: &Project) -> String {
    match &project.output_size[..] {
        [first, _, ..] => format!("{first}/"),
        _ => String::new(),
    }
}

/// The type of a picture by the end of its address; PNG if it says nothing, as most addresses on IPFS do.
pub(crate) fn picture_type(uri: &str) -> &'static str {
    match extension(uri).as_deref() {
        Some("svg") => "image/svg+xml",
        end => end.and_then(ImageFormat::from_extension).unwrap_or(ImageFormat::Png).to_mime_type(),
    }
}

/// What a file's name ends in, in lower case.
fn extension(uri: &str) -> Option<String> {
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    path.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase())
}

/// What a file is by the end of its address: its type, and what Metaplex calls its category.
fn media_type(uri: &str) -> (&'static str, &'static str) {
    match extension(uri).as_deref() {
        Some("glb") => ("model/gltf-binary", "vr"),
        Some("gltf") => ("model/gltf+json", "vr"),
        Some("mp3") => ("audio/mpeg", "audio"),
        Some("wav") => ("audio/wav", "audio"),
        Some("flac") => ("audio/flac", "audio"),
        Some("oga" | "ogg") => ("audio/ogg", "audio"),
        Some("html" | "htm") => ("text/html", "html"),
        Some("gif") => ("image/gif", "image"),
        Some("webm") => ("video/webm", "video"),
        Some("mov") => ("video/quicktime", "video"),
        Some("ogv") => ("video/ogg", "video"),
        _ => ("video/mp4", "video"),
    }
}
