//! What stands in a folder beside the files of the collection.

use std::fs;
use std::io;
use std::path::Path;

use crate::finished::verify::found::FileProblem;
use crate::output::{Listing, ProblemKind, is_part, names};

/// Everything that the manifest does not list: in the folder itself, and in the folders of ours that are ones. Other
/// folders are told of and not entered.
pub(crate) fn find(folder: &Path, listing: &Listing) -> Vec<FileProblem> {
    let mut found = Vec::new();
    for sub in ["", names::IMAGES, names::JSON, names::WORK] {
        let place = folder.join(sub);
        // Told by its name alone where no metadata is in it.
        if sub == names::JSON && !listing.has_documents {
            continue;
        }
        // The folder itself may be a link; those in it must not be.
        if !sub.is_empty() && !fs::symlink_metadata(&place).is_ok_and(|metadata| metadata.is_dir()) {
            continue;
        }
        let unreadable = |error: io::Error| {
            let name = if sub.is_empty() { "." } else { sub };
            FileProblem::new(name, ProblemKind::Unreadable, format!("the folder cannot be listed: {error}"))
        };
        let entries = match fs::read_dir(&place) {
            Ok(entries) => entries,
            Err(error) => {
                found.push(unreadable(error));
                continue;
            }
        };
        let (mut is_empty, mut stale) = (true, 0u64);
        for entry in entries {
            is_empty = false;
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    found.push(unreadable(error));
                    break;
                }
            };
            let name = entry.file_name();
            let shown = name.to_string_lossy();
            let full = if sub.is_empty() { shown.clone().into_owned() } else { format!("{sub}/{shown}") };
            let kind = entry.file_type();
            // What a working folder holds is told by itself.
            let is_work = full == names::WORK && kind.as_ref().is_ok_and(fs::FileType::is_dir);
            // A name that is no text is none of ours, whatever it looks like.
            if name.to_str().is_some() && (is_work || is_listed(&full, listing)) {
                continue;
            }
            if sub == names::WORK && is_part(&shown) && kind.as_ref().is_ok_and(fs::FileType::is_file) {
                stale += 1;
                continue;
            }
            // Thumbnails are no part of the collection, and are where they belong.
            if full == names::THUMBNAILS && names::has_thumbnails(folder) {
                continue;
            }
            let what = match kind {
                Ok(kind) if kind.is_dir() => "this folder is not part of the collection",
                Ok(kind) if kind.is_symlink() => "this link is not part of the collection",
                _ => "it is not listed in the manifest",
            };
            found.push(FileProblem::new(full, ProblemKind::Extra, what));
        }
        if stale > 0 {
            let what = format!(
                "it holds {stale} working files of new metadata that was not completed; the collection is unchanged: \
                 write the metadata again, or remove them"
            );
            found.push(FileProblem::new(sub, ProblemKind::Extra, what));
        }
        if sub == names::WORK && is_empty {
            found.push(FileProblem::new(
                sub,
                ProblemKind::Extra,
                "this folder is not part of the collection",
            ));
        }
    }
    found
}

/// Whether `name` is that of a file or folder of the collection.
fn is_listed(name: &str, listing: &Listing) -> bool {
    if !listing.has_documents && name == names::JSON {
        return false;
    }
    if let Some(edition) = listing.stems.edition_of(name) {
        return listing.items.binary_search_by_key(&edition, |item| item.edition).is_ok();
    }
    [names::MANIFEST, names::IMAGES, names::JSON].contains(&name)
        || listing.others.iter().any(|(other, _)| *other == name)
}
