//! Where `--out` leads: a folder, a file that ends in `.tar` or `.zip`, or, with `-`, a tar on standard output.

use std::io::{self, BufWriter, IsTerminal};
use std::path::{Path, PathBuf};

use traitpress::engine::{ArchiveOptions, ContinuedRun, Engine, FolderOptions};
use traitpress::output::{Archive, ArchiveKind, Existing, check_archive, check_folder};
use traitpress::plan::Plan;
use traitpress::project::Project;
use traitpress::telemetry::{Observer, Stats};

use crate::cli::collection::WrittenCollection;
use crate::cli::failure::Failure;
use crate::cli::print::keep_stdout_free;

/// Where a collection is to go.
#[derive(Debug)]
pub(crate) enum Destination {
    Folder(PathBuf),
    File(PathBuf),
    Stdout,
}

impl Destination {
    /// What `--out` asks for.
    pub(crate) fn of(out: &Path) -> Self {
        match ArchiveKind::of(out) {
            _ if out.as_os_str() == "-" => Self::Stdout,
            // Whoever ends it so means a folder.
            Some(_) if !out.as_os_str().to_string_lossy().ends_with(std::path::is_separator) => {
                Self::File(out.to_owned())
            }
            _ => Self::Folder(out.to_owned()),
        }
    }

    /// Refuses what is known to fail, before anything is pressed; from here on standard output is left to a tar that goes
    /// there.
    pub(crate) fn check(&self, project: &Project, existing: Existing) -> Result<(), Failure> {
        let goes_on = matches!(existing, Existing::Resume | Existing::Update);
        if goes_on && self.folder().is_none() {
            let flag = if existing == Existing::Resume { "--resume" } else { "--update" };
            return Err(Failure::Usage(format!(
                "{flag}: an archive is written from its beginning to its end and cannot go on; leave {flag} out, or name a folder as \
                 --out"
            )));
        }
        match self {
            Self::Folder(folder) => check_folder(folder, project, existing)?,
            Self::File(file) => check_archive(file, project, existing == Existing::Replace)?,
            Self::Stdout if io::stdout().is_terminal() => {
                return Err(Failure::Usage(
                    "--out -: standard output is a terminal, and a tar is not for reading; send it to a file or a program, \
                     as in --out - | tar -x, or name a folder"
                        .to_owned(),
                ));
            }
            Self::Stdout => keep_stdout_free(),
        }
        Ok(())
    }

    /// The path as it was given; `-` is standard output.
    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Folder(path) | Self::File(path) => path,
            Self::Stdout => Path::new("-"),
        }
    }

    /// The folder, if it is one.
    pub(crate) fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::File(_) | Self::Stdout => None,
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
        let mut archive = ArchiveOptions::default();
        archive.force = options.replace;
        archive.provenance = options.provenance;
        let (stats, collection) = match self {
            Self::Folder(out) => match run {
                Some(run) => engine.press_run(run, options, observer)?,
                None => engine.press_to_folder(plan, out, options, observer)?,
            },
            Self::File(out) => engine.press_to_file(plan, out, archive, observer)?,
            Self::Stdout => {
                let out = BufWriter::with_capacity(1 << 18, io::stdout());
                let tar = Archive::tar(out).named("standard output");
                let (stats, archived) = engine.press_to_archive(plan, tar, archive, observer)?;
                let (digest, provenance) = (archived.digest, archived.provenance);
                return Ok((
                    stats,
                    WrittenCollection { digest, provenance, place: "standard output".to_owned() },
                ));
            }
        };
        Ok((stats, collection.into()))
    }
}
