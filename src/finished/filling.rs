//! A folder that is filled under a temporary name beside its own, and renamed when it is complete.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::error::PathIo;
use crate::files::{Folder, folder_of};

/// A folder that is being filled. If this is dropped before [`Self::finish`], nothing is left of it.
pub(crate) struct Filling {
    temporary: TempDir,
    pub(crate) folder: Folder,
    out: PathBuf,
}

impl Filling {
    /// Begins the folder `out`; nothing if it is there and not empty, or is no folder.
    pub(crate) fn begin(out: &Path) -> Result<Option<Self>, PathIo> {
        let is_free = match std::fs::read_dir(out) {
            Ok(mut entries) => entries.next().is_none(),
            Err(error) => error.kind() != io::ErrorKind::NotADirectory,
        };
        if !is_free {
            return Ok(None);
        }
        let parent = folder_of(out);
        std::fs::create_dir_all(&parent).map_err(PathIo::on("create", &parent))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".traitpress-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let temporary = builder.tempdir_in(&parent).map_err(PathIo::on("write to", &parent))?;
        let folder = Folder::open(temporary.path()).map_err(PathIo::on("open", temporary.path()))?;
        Ok(Some(Self { temporary, folder, out: out.to_owned() }))
    }

    /// Writes a file whole.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), PathIo> {
        let written = self.folder.create_new(name).and_then(|mut file: File| file.write_all(bytes));
        written.map_err(PathIo::on("write", &self.out.join(name)))
    }

    /// Gives the folder its name.
    pub(crate) fn finish(self) -> Result<PathBuf, PathIo> {
        let Self { temporary, folder, out } = self;
        // Some systems rename no folder that is held open, and none to the name of an empty one.
        drop(folder);
        let fail = PathIo::on("rename to", &out);
        match std::fs::remove_dir(&out) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(error)),
            _ => {}
        }
        std::fs::rename(temporary.path(), &out).map_err(fail)?;
        // Nothing has the temporary name now.
        let _ = temporary.keep();
        Ok(out)
    }
}
