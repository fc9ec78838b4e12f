//! Pressing a plan into one file, or into whatever takes a tar or a zip.

use std::path::Path;
use std::time::Instant;

use crate::engine::facade::Engine;
use crate::error::Error;
use crate::output::{Archive, ArchiveFile, ArchiveSink, Archived, Collection, check_archive};
use crate::plan::Plan;
use crate::telemetry::{Observer, Stats};

/// How an archive is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArchiveOptions {
    /// Replace a file that is there already.
    pub force: bool,
    /// Also take SHA-256 of each image, and the provenance hash over them.
    pub provenance: bool,
}

impl Engine {
    /// Makes every item of `plan` into an archive: the files of a folder of the same plan, byte for byte, pictures and
    /// metadata in edition order. The archive's bytes do not depend on threads, batches or memory either.
    ///
    /// ```no_run
    /// use traitpress::output::Archive;
    /// use traitpress::press::{Engine, PressOptions};
    ///
    /// # fn main() -> Result<(), traitpress::Error> {
    /// let engine = Engine::open("my-project", PressOptions::default())?;
    /// let plan = engine.choose(7, 1, 100)?;
    /// let out = std::io::BufWriter::new(std::io::stdout());
    /// engine.press_to_archive(&plan, Archive::tar(out), Default::default(), &())?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the plan is not one of this project, or the archive cannot be written to. What was written is no whole archive
    /// then.
    pub fn press_to_archive(
        &self,
        plan: &Plan,
        archive: Archive<'_>,
        options: ArchiveOptions,
        observer: &dyn Observer,
    ) -> Result<(Stats, Archived), Error> {
        let start = Instant::now();
        self.check_plan(plan)?;
        let ordered = plan.by_edition();
        let sink = ArchiveSink::begin(archive, self.project(), plan, self.header(plan), options.provenance)?;
        let began = start.elapsed();
        let pressed = self.press_checked(&ordered, 0, &sink, observer);
        let mut stats = pressed?;
        let pressed = Instant::now();
        let archived = sink.finish(self.project(), &ordered)?;
        stats.stages.write += (began + pressed.elapsed()).as_secs_f64();
        stats.seconds.press = start.elapsed().as_secs_f64();
        stats.items_per_second = stats.items as f64 / stats.seconds.press;
        Ok((stats, archived))
    }

    /// The same into the file `path`, a tar or a zip as its name says. It has that name only when it is whole.
    ///
    /// # Errors
    /// As [`check_archive`] and [`Self::press_to_archive`].
    pub fn press_to_file(
        &self,
        plan: &Plan,
        path: &Path,
        options: ArchiveOptions,
        observer: &dyn Observer,
    ) -> Result<(Stats, Collection), Error> {
        check_archive(path, self.project(), options.force)?;
        let file = ArchiveFile::begin(path)?;
        let (stats, archived) = self.press_to_archive(plan, file.archive()?, options, observer)?;
        let Archived { digest, provenance } = archived;
        Ok((stats, Collection { folder: file.finish(options.force)?, digest, provenance }))
    }
}
