//! Files and folders of a store as files and folders of the disk, and back.
//!
//! Art is read many times and in any order, and a plan in JSON as a whole, so both are copied first, to a temporary folder that
//! is removed when the copy is dropped. It has the name of the address' last part, for messages.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::PathIo;
use crate::files::TemporaryFolder;
use crate::store::{Store, StoreAddress, StoreError};

/// The most files of a folder that is copied.
const MAX_FILES: usize = 200_000;
/// The most bytes of a folder that is copied.
const MAX_BYTES: u64 = 64 << 30;

/// A copy of what is in a store.
#[derive(Debug)]
pub struct Fetched {
    /// Where the copy is.
    pub path: PathBuf,
    /// How many files it has.
    pub files: usize,
    /// How many bytes these have.
    pub bytes: u64,
    _folder: TemporaryFolder,
}

/// Copies everything below an address.
///
/// # Errors
/// If there is nothing, more than 200,000 files or 64 GiB, or names that files cannot have; or if it cannot be read or written.
pub fn fetch_folder(address: &StoreAddress, goes_on: &dyn Fn() -> bool) -> Result<Fetched, StoreError> {
    let store = Store::open(address)?;
    let folder = TemporaryFolder::new()?;
    let path = folder.path().join(address.name());
    let (mut pairs, mut bytes) = (Vec::new(), 0);
    let mut open = vec![String::new()];
    while let Some(below) = open.pop() {
        let level = store.list(&below)?;
        let name_of = |name: &str| if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
        let to = path.join(&below);
        fs::create_dir_all(&to).map_err(PathIo::on("create", &to))?;
        for (name, len) in level.objects {
            check_name(&store, &name_of(&name), &name)?;
            bytes += len;
            pairs.push((to.join(&name), name_of(&name)));
        }
        for name in level.folders {
            check_name(&store, &name_of(&name), &name)?;
            open.push(name_of(&name));
        }
        if pairs.len() > MAX_FILES || bytes > MAX_BYTES {
            let what = format!(
                "more is here than is copied: at most {MAX_FILES} files and {} GiB are",
                MAX_BYTES >> 30
            );
            return Err(StoreError::TooMuch { path: store.path_of(""), what });
        }
    }
    if pairs.is_empty() {
        return Err(StoreError::Missing { action: "read", path: store.path_of("") });
    }
    store.fetch(&pairs, goes_on)?;
    Ok(Fetched { path, files: pairs.len(), bytes, _folder: folder })
}

/// Refuses what would be another file, or one elsewhere.
fn check_name(store: &Store, whole: &str, name: &str) -> Result<(), StoreError> {
    let is_plain = !matches!(name, "" | "." | "..") && !name.contains(['/', '\\', '\0', ':']);
    match is_plain {
        true => Ok(()),
        false => Err(StoreError::Unfit {
            path: store.path_of(whole),
            what: "no file can have this name on all systems",
            remedy: "rename it in the store",
        }),
    }
}

/// Copies one object.
///
/// # Errors
/// If it is not there, or cannot be read or written.
pub fn fetch_file(address: &StoreAddress, goes_on: &dyn Fn() -> bool) -> Result<Fetched, StoreError> {
    let (store, name) = Store::of_object(address, "read")?;
    let missing = || StoreError::Missing { action: "read", path: address.path_of("") };
    let bytes = store.object(name)?.ok_or_else(missing)?.bytes();
    check_name(&store, name, name)?;
    let folder = TemporaryFolder::new()?;
    let path = folder.path().join(name);
    store.fetch(&[(path.clone(), name.to_owned())], goes_on)?;
    Ok(Fetched { path, files: 1, bytes, _folder: folder })
}

/// Puts a file at an address, over an object that is there if `replace` allows it.
///
/// # Errors
/// If an object is there, or the file cannot be read or put.
pub fn put_file(file: &Path, address: &StoreAddress, replace: bool) -> Result<(), StoreError> {
    let (store, name) = Store::of_object(address, "write")?;
    let unless = (!replace).then_some(name);
    match store.put(file, name, unless, &|| true)? {
        crate::store::Created::Now => Ok(()),
        crate::store::Created::Before => Err(StoreError::Exists(address.path_of(""))),
    }
}
