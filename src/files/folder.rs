//! A folder that is held open.
//!
//! A path is looked up again at each use, and anyone who can write to a folder can put a link in place of what was
//! there a moment ago. A handle stays the same folder. All names are looked up from it, none of them leads out of it,
//! and a link at the end of a name is never followed.
//!
//! A folder can also be a [`Tree`]: files in something else, which has no place on the disk and is only read. So what reads
//! a collection in a folder reads one in a single file, too.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_fs_ext::{DirExt, FollowSymlinks, MetadataExt, OpenOptionsFollowExt};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, FileType, Metadata, OpenOptions};

use crate::files::{OpenFile, PathKind, Tree};

/// A folder, whatever becomes of its path.
#[derive(Debug)]
pub(crate) struct Folder {
    place: Place,
    path: PathBuf,
}

#[derive(Debug)]
enum Place {
    Disk(Dir),
    /// Files in something else, and the folder there.
    Tree(Arc<dyn Tree>, String),
}

impl Folder {
    /// Opens the folder at `path`, through links too: it is the one that was asked for.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let dir = Dir::open_ambient_dir(path, ambient_authority())?;
        Ok(Self { place: Place::Disk(dir), path: path.to_owned() })
    }

    /// The files of `tree`, which is at `path`.
    pub(crate) fn of_tree(tree: Arc<dyn Tree>, path: &Path) -> Self {
        Self { place: Place::Tree(tree, String::new()), path: path.to_owned() }
    }

    /// The folder on the disk.
    fn dir(&self) -> io::Result<&Dir> {
        match &self.place {
            Place::Disk(dir) => Ok(dir),
            Place::Tree(..) => {
                Err(io::Error::new(io::ErrorKind::ReadOnlyFilesystem, "this file is not changed in place"))
            }
        }
    }

    /// The path that it was opened by, for messages.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The path of what has the name `name` here, for messages.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        name.split('/').fold(self.path.clone(), |path, part| path.join(part))
    }

    /// Opens the folder `name` in this one, unless it is a link.
    pub(crate) fn sub(&self, name: &str) -> io::Result<Self> {
        if let Place::Tree(tree, folder) = &self.place {
            let folder = format!("{folder}{name}/");
            return match tree.kind(folder.trim_end_matches('/')) {
                PathKind::FOLDER => {
                    Ok(Self { place: Place::Tree(tree.clone(), folder), path: self.join(name) })
                }
                _ => Err(io::ErrorKind::NotFound.into()),
            };
        }
        let dir = self.within(Path::new(name), |dir, name| dir.open_dir_nofollow(name))?;
        Ok(Self { place: Place::Disk(dir), path: self.join(name) })
    }

    /// The same, and makes the folder if it is missing.
    pub(crate) fn make_sub(&self, name: &str) -> io::Result<Self> {
        match self.within(Path::new(name), |dir, name| dir.create_dir(name)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        self.sub(name)
    }

    /// Fails unless the path that it was opened by still leads to this folder.
    pub(crate) fn ensure_in_place(&self) -> io::Result<()> {
        let now = Self::open(&self.path)?;
        same(&now.dir()?.dir_metadata()?, &self.dir()?.dir_metadata()?)
    }

    /// Fails unless the name of `sub`, which was opened here, still leads to it.
    pub(crate) fn ensure_holds(&self, sub: &Self) -> io::Result<()> {
        let name = sub.path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        same(&self.dir()?.symlink_metadata(name)?, &sub.dir()?.dir_metadata()?)
    }

    /// What has this name.
    pub(crate) fn kind(&self, name: impl AsRef<Path>) -> io::Result<PathKind> {
        if let Place::Tree(tree, folder) = &self.place {
            return Ok(tree.kind(&name_in(folder, name.as_ref())?));
        }
        match self.within(name.as_ref(), |dir, name| dir.symlink_metadata(name)) {
            Ok(metadata) => Ok(kind_of(metadata.file_type())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(PathKind::Nothing),
            Err(error) => Err(error),
        }
    }

    /// Whether a regular file, and not a link to one, has this name.
    pub(crate) fn is_file(&self, name: impl AsRef<Path>) -> bool {
        matches!(self.kind(name), Ok(PathKind::File))
    }

    /// Whether a folder, and not a link to one, has this name.
    pub(crate) fn is_folder(&self, name: impl AsRef<Path>) -> bool {
        matches!(self.kind(name), Ok(PathKind::FOLDER))
    }

    /// Opens a file for reading.
    pub(crate) fn read(&self, name: impl AsRef<Path>) -> io::Result<OpenFile> {
        if let Place::Tree(tree, folder) = &self.place {
            return tree.open(&name_in(folder, name.as_ref())?);
        }
        Ok(OpenFile::Disk(self.open_file(name)?))
    }

    /// The same for a file on the disk, to hold it.
    pub(crate) fn open_file(&self, name: impl AsRef<Path>) -> io::Result<File> {
        self.open_with(name, OpenOptions::new().read(true))
    }

    /// Makes a file that is not there yet.
    pub(crate) fn create_new(&self, name: impl AsRef<Path>) -> io::Result<File> {
        self.open_with(name, OpenOptions::new().write(true).read(true).create_new(true))
    }

    fn open_with(&self, name: impl AsRef<Path>, options: &mut OpenOptions) -> io::Result<File> {
        let options = options.follow(FollowSymlinks::No);
        Ok(self.within(name.as_ref(), |dir, name| dir.open_with(name, options))?.into_std())
    }

    /// Does `work` in the folder that holds what has this name: this one, or one in it, through no link.
    fn within<R>(&self, name: &Path, work: impl FnOnce(&Dir, &Path) -> io::Result<R>) -> io::Result<R> {
        let (Some(parent), Some(last)) = (name.parent(), name.file_name()) else {
            return work(self.dir()?, name);
        };
        let mut dir: Option<Dir> = None;
        for part in parent {
            let from = match &dir {
                Some(dir) => dir,
                None => self.dir()?,
            };
            dir = Some(from.open_dir_nofollow(part)?);
        }
        match &dir {
            Some(dir) => work(dir, Path::new(last)),
            None => work(self.dir()?, Path::new(last)),
        }
    }

    /// Moves what has the name `from` here to the name `to` in `folder`.
    pub(crate) fn rename(
        &self,
        from: impl AsRef<Path>,
        folder: &Self,
        to: impl AsRef<Path>,
    ) -> io::Result<()> {
        let (from, to) = (from.as_ref(), to.as_ref());
        self.within(from, |dir, from| folder.within(to, |target, to| dir.rename(from, target, to)))
    }

    /// The same within this folder, but not over what is there.
    pub(crate) fn rename_to_free(&self, from: impl AsRef<Path>, to: impl AsRef<Path>) -> io::Result<()> {
        let (from, to) = (from.as_ref(), to.as_ref());
        let dir = self.dir()?;
        match dir.hard_link(from, dir, to) {
            Ok(()) => dir.remove_file(from),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            // Some file systems have no second names.
            Err(_) if self.kind(to)? == PathKind::Nothing => self.rename(from, self, to),
            Err(_) => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }

    /// Gives the file `from` a second name, `to` in `folder`; a copy where the file system has no second names.
    pub(crate) fn link_or_copy(&self, from: &str, folder: &Self, to: &str) -> io::Result<()> {
        let linked = self.within(Path::new(from), |dir, from| dir.hard_link(from, folder.dir()?, to));
        match linked {
            Err(error)
                if ![io::ErrorKind::NotFound, io::ErrorKind::AlreadyExists].contains(&error.kind()) =>
            {
                io::copy(&mut self.read(from)?, &mut folder.create_new(to)?).map(drop)
            }
            linked => linked,
        }
    }

    /// Removes a file, or a link and not what it leads to.
    pub(crate) fn remove_file(&self, name: impl AsRef<Path>) -> io::Result<()> {
        self.within(name.as_ref(), |dir, name| dir.remove_file(name))
    }

    /// Removes an empty folder.
    pub(crate) fn remove_sub(&self, name: &str) -> io::Result<()> {
        self.within(Path::new(name), |dir, name| dir.remove_dir(name))
    }

    /// Everything that is here, with what it is.
    pub(crate) fn entries(&self) -> io::Result<Vec<(OsString, PathKind)>> {
        if let Place::Tree(tree, folder) = &self.place {
            return tree.entries(folder.trim_end_matches('/'));
        }
        let kind = |entry: &cap_std::fs::DirEntry| entry.file_type().map(kind_of);
        let entry = |entry: io::Result<cap_std::fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name(), kind(&entry)?))
        };
        self.dir()?.entries()?.map(entry).collect()
    }
}

/// The name of what has the name `name` in a folder of a tree.
fn name_in(folder: &str, name: &Path) -> io::Result<String> {
    let name = name.to_str().ok_or(io::ErrorKind::NotFound)?;
    Ok(format!("{folder}{name}"))
}

/// Fails unless both are of one folder.
fn same(a: &Metadata, b: &Metadata) -> io::Result<()> {
    if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
        return Ok(());
    }
    Err(io::Error::other("it was replaced by another folder or a link"))
}

fn kind_of(kind: FileType) -> PathKind {
    if kind.is_symlink() {
        PathKind::LINK
    } else if kind.is_dir() {
        PathKind::FOLDER
    } else if kind.is_file() {
        PathKind::File
    } else {
        PathKind::SOMETHING
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::io::Write;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_folder_stays_the_same_whatever_its_path_leads_to() {
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name);
        ["out", "else"].iter().for_each(|name| fs::create_dir(path(name)).unwrap());
        let out = Folder::open(&path("out")).unwrap();
        let images = out.make_sub("images").unwrap();
        out.ensure_holds(&images).unwrap();
        fs::rename(path("out/images"), path("out/old")).unwrap();
        assert_eq!(out.ensure_holds(&images).unwrap_err().kind(), io::ErrorKind::NotFound);
        symlink("../else", path("out/images")).unwrap();
        let error = out.ensure_holds(&images).unwrap_err().to_string();
        assert!(error.contains("was replaced by another folder or a link"), "{error}");
        images.create_new("1").unwrap().write_all(b"x").unwrap();
        images.rename("1", &images, "2").unwrap();
        assert_eq!(fs::read(path("out/old/2")).unwrap(), b"x");
        assert_eq!(fs::read_dir(path("else")).unwrap().count(), 0);
        // A folder that is another one is no link, and not the same either.
        fs::remove_file(path("out/images")).unwrap();
        fs::create_dir(path("out/images")).unwrap();
        out.ensure_holds(&images).unwrap_err();
    }

    #[test]
    fn no_name_leads_through_a_link_or_out_of_the_folder() {
        let temp = tempfile::tempdir().unwrap();
        let path = |name: &str| temp.path().join(name);
        ["out", "out/json", "else"].iter().for_each(|name| fs::create_dir(path(name)).unwrap());
        fs::write(path("else/secret"), "s").unwrap();
        fs::write(path("out/json/1"), "1").unwrap();
        symlink("../else", path("out/images")).unwrap();
        symlink("json/1", path("out/link")).unwrap();
        let out = Folder::open(&path("out")).unwrap();
        out.sub("images").unwrap_err();
        out.make_sub("images").unwrap_err();
        out.read("images/secret").unwrap_err();
        out.read("../else/secret").unwrap_err();
        out.read("link").unwrap_err();
        out.create_new("images/1").unwrap_err();
        fs::create_dir(path("out/json/8")).unwrap();
        fs::create_dir(path("out/json/8/16")).unwrap();
        fs::write(path("out/json/8/16/1"), "1").unwrap();
        symlink("json/8", path("out/8")).unwrap();
        assert!(out.is_file("json/8/16/1") && out.read("json/8/16/1").is_ok());
        assert!(!out.is_file("8/16/1"));
        out.sub("8/16").unwrap_err();
        out.sub("json/8/16").unwrap();
        fs::remove_file(path("out/8")).unwrap();
        out.create_new("link").unwrap_err();
        assert_eq!(out.kind("link").unwrap(), PathKind::LINK);
        assert_eq!(
            (out.kind("json").unwrap(), out.kind("none").unwrap()),
            (PathKind::FOLDER, PathKind::Nothing)
        );
        assert!(out.is_file("json/1") && !out.is_file("link") && out.read("json/1").is_ok());
        let mut names: Vec<OsString> = out.entries().unwrap().into_iter().map(|(name, _)| name).collect();
        names.sort();
        assert_eq!(names, ["images", "json", "link"]);
    }

    #[test]
    fn a_name_is_taken_only_if_it_is_free() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Folder::open(temp.path()).unwrap();
        ["a", "b"].iter().for_each(|name| drop(folder.create_new(name).unwrap()));
        assert_eq!(folder.rename_to_free("a", "b").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        folder.rename_to_free("a", "c").unwrap();
        assert!(!folder.is_file("a") && folder.is_file("b") && folder.is_file("c"));
        folder.remove_file("c").unwrap();
        assert_eq!(folder.create_new("b").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }
}
