//! Files in the folder that are not part of the collection.

use crate::files::{Folder, PathKind};
use crate::finished::verify::found::FileProblem;
use crate::output::{Listing, ProblemKind, is_part, names};
use crate::project::is_left_behind;

/// Everything that the manifest does not list: in the folder itself, and in the folders of ours that are ones. Other
/// folders are reported and not entered.
pub(crate) fn find(folder: &Folder, listing: &Listing) -> Vec<FileProblem> {
    let mut found = Vec::new();
    let sizes: Vec<String> = listing.stems.size_folders().collect();
    let subs = ["", names::IMAGES, names::JSON, names::WORK].into_iter();
    for sub in subs.chain(sizes.iter().map(String::as_str)) {
        // Reported by its name alone where no metadata is in it.
        if sub == names::JSON && !listing.has_documents {
            continue;
        }
        // The folder itself may be a link; those in it must not be.
        if !sub.is_empty() && !folder.is_folder(sub) {
            continue;
        }
        let entries =
            if sub.is_empty() { folder.entries() } else { folder.sub(sub).and_then(|sub| sub.entries()) };
        let entries = match entries {
            Ok(entries) => entries,
            Err(error) => {
                let name = if sub.is_empty() { "." } else { sub };
                let what = format!("the folder cannot be listed: {error}");
                found.push(FileProblem::new(name, ProblemKind::Unreadable, what));
                continue;
            }
        };
        let (is_empty, mut stale) = (entries.is_empty(), 0u64);
        for (name, kind) in entries {
            let shown = name.to_string_lossy();
            let full = if sub.is_empty() { shown.clone().into_owned() } else { format!("{sub}/{shown}") };
            // What a working folder holds is reported by itself.
            let is_work = full == names::WORK && kind == PathKind::FOLDER;
            // A name that is no text is none of ours, whatever it looks like.
            if name.to_str().is_some() && (is_work || is_listed(&full, listing)) {
                continue;
            }
            if sub == names::WORK && is_part(&shown) && kind == PathKind::File {
                stale += 1;
                continue;
            }
            // What systems leave in every folder is nothing that somebody put there.
            let is_hidden = shown.starts_with('.') && !shown.starts_with("._") && shown != ".DS_Store";
            if !is_hidden && kind == PathKind::File && is_left_behind(&name) {
                continue;
            }
            // Thumbnails are no part of the collection, and are where they belong.
            if full == names::THUMBNAILS && names::has_thumbnails(folder) {
                continue;
            }
            let what = match kind {
                PathKind::FOLDER => "this folder is not part of the collection",
                PathKind::LINK => "this link is not part of the collection",
                _ => "it is not listed in the manifest",
            };
            found.push(FileProblem::new(full, ProblemKind::Extra, what));
        }
        if stale > 0 {
            let what = format!(
                "it contains {stale} temporary files of an incomplete metadata update; the collection is \
                 unchanged: write the metadata again, or remove them"
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
        || listing.stems.size_folders().any(|size| name == size)
        || listing.others.iter().any(|(other, _)| *other == name)
}
