//! Pressing a plan into one file, or into whatever takes a tar or a zip.

use std::path::Path;
use std::time::Instant;

use crate::engine::facade::Engine;
use crate::engine::ones::check_plan;
use crate::engine::press::Pressed;
use crate::engine::to_folder::FolderOptions;
use crate::error::Error;
use crate::output::{
    Archive, ArchiveFile, ArchiveKind, ArchiveSink, Archived, Collection, RunHeader, check_archive,
};
use crate::plan::Plan;
use crate::telemetry::{Observer, Stopwatch};

impl Engine {
    /// Makes every item of `plan` into an archive, pictures and metadata in edition order.
    pub(crate) fn press_to_archive(
        &self,
        plan: &Plan,
        archive: Archive<'_>,
        options: FolderOptions,
        observer: &dyn Observer,
    ) -> Result<Pressed<Archived>, Error> {
        let start = Stopwatch::start();
        check_plan(self.project(), plan)?;
        let ordered = plan.by_edition();
        let header = RunHeader { of: options.first_of, ..self.header(plan) };
        let sink = ArchiveSink::begin(archive, self.project(), plan, header, options.provenance)?;
        let began = start.elapsed();
        let pressed = self.press_checked(&ordered, 0, &sink, observer);
        let (mut stats, checksums) = pressed?;
        let pressed = Instant::now();
        self.add_equal_items(&mut stats, plan, checksums, observer)?;
        let archived = sink.finish(self.project(), &ordered)?;
        stats.stages.write += (began + pressed.elapsed()).as_secs_f64();
        stats.timed(&start);
        Ok(Pressed { collection: archived, stats })
    }

    /// The same into the file `path`, a tar or a zip as its name says. It has that name only when it is whole.
    pub(crate) fn press_to_file(
        &self,
        plan: &Plan,
        path: &Path,
        options: FolderOptions,
        observer: &dyn Observer,
    ) -> Result<Pressed, Error> {
        check_archive(path, self.project(), options.replace)?;
        let file = ArchiveFile::begin(path)?;
        if file.kind() == ArchiveKind::Pool {
            return self.press_to_pool(plan, (file, path), options, observer);
        }
        let Pressed { collection, stats } =
            self.press_to_archive(plan, file.archive()?, options, observer)?;
        let Archived { digest, provenance } = collection;
        let collection = Collection { folder: file.finish(options.replace)?, digest, provenance };
        Ok(Pressed { collection, stats })
    }
}
