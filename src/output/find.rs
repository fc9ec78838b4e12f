//! Finding a finished collection in a folder.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::error::PathIo;
use crate::files::{Folder, PathKind};
use crate::output::error::OutputError;
use crate::output::listing::{self, Listing};
use crate::output::shard::{SET, SetTree};
use crate::output::tar_tree::TarTree;
use crate::output::verify_error::VerifyError;
use crate::output::{PoolTree, journal, names};
use crate::pool::is_pool;

/// The finished collection in a folder, which is held open, and what its manifest lists; it must not contradict itself.
///
/// # Errors
/// If there is no finished collection, and for the first contradiction in its manifest.
pub(crate) fn finished(path: &Path) -> Result<(Folder, Listing), VerifyError> {
    let folder = look_for_collection(path)?;
    let listing = listing::read(&folder, names::MANIFEST)?;
    match listing.contradictions.first() {
        Some(reason) => {
            Err(VerifyError::Manifest { path: folder.join(names::MANIFEST), reason: reason.clone() })
        }
        None => Ok((folder, listing)),
    }
}

/// Opens what is at `path` as a folder: a pool, a tar, a merged collection of shards, or else a folder.
pub(crate) fn open_place(path: &Path) -> io::Result<Folder> {
    match is_pool(path) {
        true => PoolTree::folder(path).map_err(io::Error::other),
        false if is_tar(path) => TarTree::folder(path).map_err(io::Error::other),
        false => match SetTree::folder(path).map_err(io::Error::other)? {
            Some(merged) => Ok(merged),
            None => Folder::open(path),
        },
    }
}

/// Checks that the files of the collection at `path` can be changed one by one, or that it is written again as a whole.
///
/// # Errors
/// If they are in shards or in a tar.
pub(crate) fn check_changeable(path: &Path) -> Result<(), OutputError> {
    match is_tar(path) || path.join(SET).is_file() {
        true => Err(OutputError::InOneFile(path.to_owned())),
        false => Ok(()),
    }
}

/// Whether a file begins as a tar does.
fn is_tar(path: &Path) -> bool {
    let mut begin = [0; 262];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    std::fs::metadata(path).is_ok_and(|of| of.is_file()) && read.is_ok() && begin.ends_with(b"ustar")
}

/// Opens the folder of a collection, which a pool, a tar or a merged collection of shards is, too. Refuses one without a manifest, or with a run that is not finished.
pub(crate) fn look_for_collection(path: &Path) -> Result<Folder, VerifyError> {
    let not = |what| VerifyError::NotAFolder { path: path.to_owned(), what };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(not("does not exist")),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Err(not("does not exist")),
        Err(error) => return Err(PathIo::on("look at", path)(error).into()),
        Ok(metadata) if metadata.is_file() && is_pool(path) => {
            let folder = PoolTree::folder(path)?;
            return match folder.is_file(names::MANIFEST) {
                true => Ok(folder),
                false => Err(VerifyError::NoDigests(path.to_owned())),
            };
        }
        Ok(metadata) if metadata.is_file() && is_tar(path) => {
            let folder = TarTree::folder(path)?;
            return match folder.is_file(names::MANIFEST) {
                true => Ok(folder),
                false => Err(VerifyError::NoManifest(path.to_owned())),
            };
        }
        Ok(metadata) if !metadata.is_dir() => return Err(not("is neither a folder nor a pool nor a tar")),
        Ok(_) => {}
    }
    if let Some(merged) = SetTree::folder(path)? {
        return Ok(merged);
    }
    let folder = Folder::open(path).map_err(PathIo::on("open", path))?;
    if folder.is_folder(names::WORK) && folder.is_file(names::JOURNAL) {
        return Err(match journal::is_in_use(&folder, names::JOURNAL) {
            true => VerifyError::InUse(path.to_owned()),
            false => VerifyError::Unfinished(path.to_owned()),
        });
    }
    let manifest = folder.join(names::MANIFEST);
    let what = match folder.kind(names::MANIFEST) {
        Ok(PathKind::File) => return Ok(folder),
        Ok(PathKind::Nothing) => return Err(VerifyError::NoManifest(path.to_owned())),
        Ok(PathKind::LINK) => "a link, and links are not followed",
        Ok(PathKind::Else(_)) => "not a file",
        Err(error) => return Err(PathIo::on("look at", &manifest)(error).into()),
    };
    Err(VerifyError::Manifest { path: manifest, reason: format!("this is {what}") })
}
