//! Where `--out` leads: a folder, a file that ends in `.tar`, `.tar.zst`, `.zip` or `.pool`, with `-` a tar on standard output, or
//! a store.

use std::io::{self, BufWriter, IsTerminal};
use std::path::{Path, PathBuf};

use traitpress::engine::{ContinuedRun, Engine, FolderOptions};
use traitpress::output::{Archive, ArchiveKind, Existing, check_archive, check_folder, check_shards};
use traitpress::plan::Plan;
use traitpress::project::Project;
use traitpress::store::StoreAddress;
use traitpress::telemetry::{Observer, Stats};

use crate::cli::collection::{PoolFile, WrittenCollection};
use crate::cli::failure::Failure;
use crate::cli::print::keep_stdout_free;

/// What the names of pictures end in.
const PICTURES: [&str; 8] = ["png", "webp", "jpg", "jpeg", "gif", "avif", "bmp", "tiff"];

/// What names end in that are not of folders: pictures, archives and documents.
const OTHER_FILES: [&str; 29] = [
    "png", "webp", "jpg", "jpeg", "gif", "avif", "bmp", "tiff", "gz", "tgz", "xz", "txz", "bz2", "tbz2",
    "zst", "tzst", "lz4", "br", "7z", "rar", "cab", "iso", "json", "jsonl", "csv", "html", "toml", "txt",
    "psd",
];

/// Where a collection is to go.
#[derive(Debug)]
pub(crate) enum Destination {
    Folder(PathBuf),
    File(PathBuf),
    Stdout,
    /// A folder of shards, or the address of a store for them.
    Shards(PathBuf),
}

impl Destination {
    /// What `--out` asks for. A name that ends as files of another kind do is refused, unless a folder has it: nobody means
    /// a folder by `drop.tar.gz`. A separator at the end makes it a folder in any case.
    pub(crate) fn of(out: &Path) -> Result<Self, Failure> {
        if out.as_os_str() == "-" {
            return Ok(Self::Stdout);
        }
        if StoreAddress::is_one(out) {
            return Ok(Self::Shards(out.to_owned()));
        }
        if out.as_os_str().to_string_lossy().ends_with(std::path::is_separator) {
            return Ok(Self::Folder(out.to_owned()));
        }
        if ArchiveKind::of(out).is_some() {
            return Ok(Self::File(out.to_owned()));
        }
        let extension = out.extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
        match extension.filter(|end| OTHER_FILES.contains(&end.as_str()) && !out.is_dir()) {
            Some(end) => Err(Failure::Usage(format!(
                "--out {}: collections are not written as .{end} files; give a folder, or a file that ends in .tar, .tar.zst, \
                 .zip or .pool{}",
                out.display(),
                if PICTURES.contains(&end.as_str()) {
                    ". The format of the pictures is --format"
                } else {
                    ""
                },
            ))),
            None => Ok(Self::Folder(out.to_owned())),
        }
    }

    /// Refuses what is known to fail, before anything is pressed; from here on standard output is left to a tar that goes
    /// there.
    pub(crate) fn check(&self, project: &Project, existing: Existing) -> Result<(), Failure> {
        let goes_on = matches!(existing, Existing::Resume | Existing::Update);
        if goes_on && self.folder().is_none() {
            let flag = if existing == Existing::Resume { "--resume" } else { "--update" };
            return Err(Failure::Usage(format!(
                "{flag}: an archive or a pool cannot be continued; remove {flag}, or give a folder as --out"
            )));
        }
        match self {
            Self::Folder(folder) => check_folder(folder, project, existing)?,
            Self::File(file) => check_archive(file, project, existing == Existing::Replace)?,
            Self::Stdout if io::stdout().is_terminal() => {
                return Err(Failure::Usage(
                    "--out -: standard output is a terminal; redirect the tar to a file or program, as in \
                     --out - | tar -x, or give a folder"
                        .to_owned(),
                ));
            }
            Self::Stdout => keep_stdout_free(),
            Self::Shards(folder) => check_shards(folder, project)?,
        }
        Ok(())
    }

    /// The path as it was given; `-` is standard output.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::File(path) | Self::Shards(path) => path,
            Self::Stdout => Path::new("-"),
        }
    }

    /// Whether it is a pool.
    pub(crate) fn is_pool(&self) -> bool {
        matches!(self, Self::File(file) if ArchiveKind::of(file) == Some(ArchiveKind::Pool))
    }

    /// The folder, if it is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::File(_) | Self::Stdout | Self::Shards(_) => None,
        }
    }

    /// Presses `plan` into it, or goes on with the run that is there; an archive keeps no thumbnails.
    pub(crate) fn press(
        &self,
        engine: &Engine,
        plan: &Plan,
        run: Option<&ContinuedRun>,
        options: FolderOptions,
        observer: &dyn Observer,
    ) -> Result<(Stats, WrittenCollection), traitpress::Error> {
        let press = engine.press(plan).with_options(options).with_observer(observer);
        let pressed = match (self, run) {
            (Self::Folder(_), Some(run)) => engine.press_run(run, options, observer)?,
            (Self::Folder(out), None) => press.to_folder(out)?,
            (Self::File(out), _) => press.to_file(out)?,
            (Self::Shards(_), _) => unreachable!("shards are pressed one by one"),
            (Self::Stdout, _) => {
                let out = BufWriter::with_capacity(1 << 18, io::stdout());
                let tar = press.to_archive(Archive::tar(out).named("standard output"))?;
                let (digest, provenance) = (tar.collection.digest, tar.collection.provenance);
                let place = "standard output".to_owned();
                return Ok((tar.stats, WrittenCollection { digest, provenance, place, pool: None }));
            }
        };
        let mut written = WrittenCollection::from(pressed.collection);
        if self.is_pool() {
            written.pool = Some(PoolFile {
                bytes: self.path().metadata().map_or(0, |of| of.len()),
                has_digests: !options.digests_later,
            });
        }
        Ok((pressed.stats, written))
    }
}
