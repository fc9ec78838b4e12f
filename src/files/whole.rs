//! Files that are written whole or not at all: under a temporary name beside the final one, and renamed when complete,
//! in a folder that is held open from the beginning to the end.
//!
//! A file that takes the place of another is on the disk before it is renamed: a rename may get there before the bytes,
//! and a power cut would then leave neither the old file nor the new one. A new file does not wait for the disk; what
//! a power cut takes of it, the same command writes again.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::Folder;
use crate::files::temporary::TemporaryFile;

/// Bytes that wait before they are written.
const BUFFER: usize = 1 << 16;

/// What is at the path of a file that is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PathKind {
    Nothing,
    File,
    /// What it is instead, to follow "this is".
    Else(&'static str),
}

impl PathKind {
    pub(crate) const LINK: Self = Self::Else("a link, and files are not written through links");
    pub(crate) const FOLDER: Self = Self::Else("a folder instead of a file");
    pub(crate) const SOMETHING: Self = Self::Else("not a regular file");
}

/// Looks, without following a link.
pub(crate) fn path_kind(path: &Path) -> io::Result<PathKind> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(PathKind::Nothing),
        Err(error) => return Err(error),
    };
    Ok(match kind {
        kind if kind.is_symlink() => PathKind::LINK,
        kind if kind.is_dir() => PathKind::FOLDER,
        kind if !kind.is_file() => PathKind::SOMETHING,
        _ => PathKind::File,
    })
}

/// The folder that the file `path` is in.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// A file that is being written. If this is dropped before [`Self::finish`], nothing is left of it.
#[derive(Debug)]
pub(crate) struct WholeFile {
    part: TemporaryFile,
    name: OsString,
    path: PathBuf,
}

impl WholeFile {
    /// Begins the file that is to be `path`.
    pub(crate) fn begin(path: &Path) -> io::Result<Self> {
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let begun = Self::begin_in(Arc::new(Folder::open(&folder_of(path))?), name)?;
        // As it was given: without the dot that its folder may be.
        Ok(Self { path: path.to_owned(), ..begun })
    }

    /// Begins the file that is to have this name in `folder`.
    pub(crate) fn begin_in(folder: Arc<Folder>, name: impl AsRef<OsStr>) -> io::Result<Self> {
        let (name, path) = (name.as_ref().to_owned(), folder.path().join(name.as_ref()));
        Ok(Self { part: TemporaryFile::new(folder)?, name, path })
    }

    /// The file to write to. The whole can still be renamed when this handle is closed.
    pub(crate) fn file(&self) -> io::Result<File> {
        self.part.file.try_clone()
    }

    /// Gives the complete file its name; without `replace` not over a file that appeared in the meantime.
    pub(crate) fn finish(self, replace: bool) -> io::Result<PathBuf> {
        let Self { part, name, path } = self;
        part.folder.ensure_in_place()?;
        if !replace {
            part.folder.rename_to_free(&part.name, &name)?;
            return Ok(path);
        }
        if part.folder.kind(&name)? != PathKind::Nothing {
            part.file.sync_data()?;
        }
        part.folder.rename(&part.name, &part.folder, &name)?;
        Ok(path)
    }
}

/// Writes the file `path` whole or not at all, and gives what `write` gives.
///
/// With `replace`, a file that is there is replaced, the target of a link too; a device or a pipe is written to
/// directly, because it has no content to protect.
///
/// # Errors
/// Those of `write`, and those of the system. Without `replace`, [`io::ErrorKind::AlreadyExists`] if there is
/// a file. What was there before is then still there, and nothing else.
pub fn write_file<T, E: From<io::Error>>(
    path: &Path,
    replace: bool,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, E>,
) -> Result<T, E> {
    if replace && let Ok(metadata) = fs::metadata(path) {
        if !metadata.is_file() && !metadata.is_dir() {
            let mut out = BufWriter::with_capacity(BUFFER, File::options().write(true).open(path)?);
            let written = write(&mut out)?;
            out.flush()?;
            return Ok(written);
        }
        if fs::symlink_metadata(path)?.is_symlink() {
            return write_new(&path.canonicalize()?, replace, write);
        }
    }
    write_new(path, replace, write)
}

fn write_new<T, E: From<io::Error>>(
    path: &Path,
    replace: bool,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, E>,
) -> Result<T, E> {
    let whole = WholeFile::begin(path)?;
    let mut out = BufWriter::with_capacity(BUFFER, whole.file()?);
    let written = write(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)?;
    whole.finish(replace)?;
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, replace: bool, bytes: &[u8]) -> io::Result<()> {
        write_file(path, replace, |out| out.write_all(bytes))
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_written_once_and_replaced_only_if_asked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, false, b"one").unwrap();
        assert_eq!(write(&path, false, b"two").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write(&path, true, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(folder.path()), ["a"]);
        assert!(write(&folder.path().join("no/a"), true, b"x").is_err());
    }

    #[test]
    fn a_write_that_fails_half_way_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let fail = |replace| {
            write_file(&path, replace, |out| {
                // More than what waits, so that some of it reaches the file.
                out.write_all(&[7; 3 * BUFFER])?;
                Err::<(), _>(io::Error::from(io::ErrorKind::StorageFull))
            })
        };
        for replace in [false, true] {
            assert_eq!(fail(replace).unwrap_err().kind(), io::ErrorKind::StorageFull);
            assert_eq!(names(folder.path()), [""; 0]);
        }
        write(&path, false, b"mine").unwrap();
        assert_eq!(fail(true).unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(
            (fs::read(&path).unwrap(), names(folder.path())),
            (b"mine".to_vec(), vec!["a".to_owned()])
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_was_replaced_gets_no_file_and_neither_does_what_replaced_it() {
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name);
        ["out", "else"].iter().for_each(|name| fs::create_dir(path(name)).unwrap());
        let whole = WholeFile::begin(&path("out/a")).unwrap();
        whole.file().unwrap().write_all(b"x").unwrap();
        fs::rename(path("out"), path("old")).unwrap();
        std::os::unix::fs::symlink("else", path("out")).unwrap();
        let error = whole.finish(true).unwrap_err();
        assert!(error.to_string().contains("it was replaced by another folder or a link"), "{error}");
        assert_eq!((names(&path("old")), names(&path("else"))), (Vec::new(), Vec::new()));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_its_target_is_replaced_and_a_device_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        fs::write(&target, "old").unwrap();
        std::os::unix::fs::symlink("target", &link).unwrap();
        write(&link, true, b"new").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        assert_eq!(write(&link, false, b"x").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        write(Path::new("/dev/null"), true, b"x").unwrap();
        assert!(!fs::symlink_metadata("/dev/null").unwrap().is_file());
    }
}
