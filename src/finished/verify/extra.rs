//! Files in the folder that are not part of the collection.

use std::collections::HashSet;

use crate::files::{Folder, PathKind};
use crate::finished::verify::found::FileProblem;
use crate::output::{Listing, ProblemKind, is_part, names};
use crate::project::is_left_behind;

/// Everything that the manifest does not list: in the folder itself, and in the folders of ours that are ones, `folders`.
/// Other folders are reported and not entered.
pub(crate) fn find(folder: &Folder, listing: &Listing, folders: &[(String, usize)]) -> Vec<FileProblem> {
    let mut found = Vec::new();
    let ours: HashSet<&str> = folders.iter().map(|(name, _)| name.as_str()).collect();
    for sub in ["", names::WORK].into_iter().chain(folders.iter().map(|(name, _)| name.as_str())) {
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
            if name.to_str().is_some() && (is_work || ours.contains(&*full) || is_listed(&full, listing)) {
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

/// Whether `name` is that of a file of the collection.
fn is_listed(name: &str, listing: &Listing) -> bool {
    if let Some(edition) = listing.stems.edition_of(name) {
        return listing.items.binary_search_by_key(&edition, |item| item.edition).is_ok();
    }
    name == names::MANIFEST || listing.others.iter().any(|(other, _)| *other == name)
}
