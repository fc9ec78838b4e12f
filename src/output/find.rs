//! Finding a finished collection in a folder.

use std::fs;
use std::path::Path;

use crate::error::PathIo;
use crate::output::listing::{self, Listing};
use crate::output::verify_error::VerifyError;
use crate::output::{journal, names};

/// What the manifest of a finished collection lists; it must not contradict itself.
///
/// # Errors
/// As [`verify`], and for the first contradiction.
pub(crate) fn finished(folder: &Path) -> Result<Listing, VerifyError> {
    look_for_collection(folder)?;
    let path = folder.join(names::MANIFEST);
    let listing = listing::read(&path)?;
    match listing.contradictions.first() {
        Some(reason) => Err(VerifyError::Manifest { path, reason: reason.clone() }),
        None => Ok(listing),
    }
}

/// Refuses a folder without a manifest, or with a run that is not finished.
pub(crate) fn look_for_collection(folder: &Path) -> Result<(), VerifyError> {
    let not = |what| VerifyError::NotAFolder { path: folder.to_owned(), what };
    match fs::metadata(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(not("does not exist")),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Err(not("does not exist")),
        Err(error) => return Err(PathIo::on("look at", folder)(error).into()),
        Ok(metadata) if !metadata.is_dir() => return Err(not("is not a folder")),
        Ok(_) => {}
    }
    let kind = |name: &str| fs::symlink_metadata(names::under(folder, name)).map(|found| found.file_type());
    let journal = names::under(folder, names::JOURNAL);
    if kind(names::WORK).is_ok_and(|kind| kind.is_dir())
        && kind(names::JOURNAL).is_ok_and(|kind| kind.is_file())
    {
        let path = folder.to_owned();
        return Err(match journal::is_in_use(&journal) {
            true => VerifyError::InUse(path),
            false => VerifyError::Unfinished(path),
        });
    }
    let manifest = folder.join(names::MANIFEST);
    match kind(names::MANIFEST) {
        Ok(kind) if kind.is_file() => Ok(()),
        Ok(kind) => {
            let what = if kind.is_symlink() { "a link, and links are not followed" } else { "not a file" };
            Err(VerifyError::Manifest { path: manifest, reason: format!("this is {what}") })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(VerifyError::NoManifest(folder.to_owned()))
        }
        Err(error) => Err(PathIo::on("look at", &manifest)(error).into()),
    }
}
