//! Pressing a plan into a folder, from claiming it to the manifest.

use std::collections::HashSet;
use std::path::Path;
use std::time::Instant;

use crate::engine::continued::ContinuedRun;
use crate::engine::equal::Checksums;
use crate::engine::facade::Engine;
use crate::engine::ones::check_plan;
use crate::engine::press::Pressed;
use crate::engine::resume::RemainingWork;
use crate::error::{Error, PathIo};
use crate::output::{Existing, FolderSink, RunHeader, check_layout, check_metadata};
use crate::plan::Plan;
use crate::pool::is_pool;
use crate::telemetry::{Observer, Stopwatch};

/// How a collection is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderOptions {
    /// Replace a collection that is there already.
    pub replace: bool,
    /// Also take SHA-256 of each image, and the provenance hash over them.
    pub provenance: bool,
    /// How many items the whole plan has, if only the first of them are made; the manifest records it.
    pub first_of: Option<u64>,
    /// Also keep a thumbnail of each item in a file beside the collection, of so many pixels on its longer side, at most
    /// [`Self::MAX_THUMBNAIL`].
    pub thumbnails: Option<u32>,
    /// Write a pool without the digests of the files in it, which needs no picture to be joined. Only pools can.
    pub digests_later: bool,
}

impl FolderOptions {
    /// Refuses a collection that is there, and keeps neither provenance nor thumbnails.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to replace a collection that is there already.
    #[must_use]
    pub fn with_replace(mut self, replace: bool) -> Self {
        self.replace = replace;
        self
    }

    /// Whether to take SHA-256 of each image, and the provenance hash over them.
    #[must_use]
    pub fn with_provenance(mut self, provenance: bool) -> Self {
        self.provenance = provenance;
        self
    }

    /// Records that the items are the first of so many.
    #[must_use]
    pub fn with_first_of(mut self, items: impl Into<Option<u64>>) -> Self {
        self.first_of = items.into();
        self
    }

    /// Keeps thumbnails of so many pixels on their longer side, or none.
    #[must_use]
    pub fn with_thumbnails(mut self, side: impl Into<Option<u32>>) -> Self {
        self.thumbnails = side.into();
        self
    }

    /// Whether to write a pool without the digests of the files in it.
    #[must_use]
    pub fn with_digests_later(mut self, later: bool) -> Self {
        self.digests_later = later;
        self
    }

    /// The smallest thumbnail that is kept.
    pub const MIN_THUMBNAIL: u32 = 16;
    /// The largest thumbnail that is kept.
    pub const MAX_THUMBNAIL: u32 = 512;
}

impl Engine {
    /// Makes every item of `plan` into a folder: pictures, metadata, plan and manifest.
    pub(crate) fn press_to_folder(
        &self,
        plan: &Plan,
        folder: &Path,
        options: FolderOptions,
        observer: &dyn Observer,
    ) -> Result<Pressed, Error> {
        let start = Stopwatch::start();
        self.check_before_writing(plan)?;
        let existing = if options.replace { Existing::Replace } else { Existing::Refuse };
        let header = RunHeader { of: options.first_of, ..self.header(plan) };
        let sink = FolderSink::begin(folder, self.project(), plan, header, existing, options.provenance)?;
        self.fill_folder(plan, (plan, 0), sink, options, start, observer)
    }

    /// Goes on with a run: reads what is there of it, and makes the items that are missing or not whole.
    ///
    /// The engine must be one that [`Self::for_run`] made for it.
    ///
    /// # Errors
    /// As [`Press::to_folder`](crate::engine::Press::to_folder); and if the engine's recipe is not the run's.
    pub fn press_run(
        &self,
        run: &ContinuedRun,
        options: FolderOptions,
        observer: &dyn Observer,
    ) -> Result<Pressed, Error> {
        if is_pool(&run.folder) {
            return self.press_run_to_pool(run, options, observer);
        }
        let start = Stopwatch::start();
        self.check_before_writing(run.plan())?;
        let mut options = options;
        if let Some(edit) = run.edit {
            options.provenance |= edit.provenance;
            options.thumbnails = options.thumbnails.or(edit.thumbnails);
        }
        let RemainingWork { sink, plan, kept } = self.remaining_work(run, options.provenance, observer)?;
        self.fill_folder(run.plan(), (&plan, kept), sink, options, start, observer)
    }

    /// Refuses what can be refused before anything is written: the plan's file names what its items show.
    pub(crate) fn check_before_writing(&self, plan: &Plan) -> Result<(), Error> {
        check_plan(self.project(), plan)?;
        check_layout(self.project(), plan.len())?;
        Ok(check_metadata(&self.project().root.join("collection.toml"), self.project(), Some(plan))?)
    }

    /// Adds the checksums of the pictures that an earlier run made.
    fn add_kept_checksums(
        &self,
        plan: &Plan,
        missing: &Plan,
        sink: &FolderSink,
        checksums: &Checksums,
    ) -> Result<(), Error> {
        let made: HashSet<u32> = (0..missing.len()).map(|index| missing.edition(index)).collect();
        let format = self.project().picture_format;
        for index in (0..plan.len()).filter(|&index| plan.one(index).is_none()) {
            let edition = plan.edition(index);
            if !made.contains(&edition) {
                let (path, file) = sink.open_picture(edition);
                let added = file.and_then(|file| checksums.add_file(edition, format, file));
                added.map_err(PathIo::on("read", &path))?;
            }
        }
        Ok(())
    }

    /// Makes the items of `missing`, where so many of `plan` are there already, and completes the collection.
    fn fill_folder(
        &self,
        plan: &Plan,
        (missing, kept): (&Plan, u64),
        sink: FolderSink,
        options: FolderOptions,
        start: Stopwatch,
        observer: &dyn Observer,
    ) -> Result<Pressed, Error> {
        let began = start.elapsed();
        let pressed = self.press_checked(missing, kept, &sink, observer);
        let (mut stats, checksums) = match pressed {
            Ok(done) => done,
            Err(error) => {
                sink.clean_up_parts();
                return Err(error);
            }
        };
        let pressed = Instant::now();
        if let Some(side) = options.thumbnails {
            let side = side.clamp(FolderOptions::MIN_THUMBNAIL, FolderOptions::MAX_THUMBNAIL);
            self.thumbnail_maker(side).keep(plan, sink.header(), &sink)?;
        }
        if kept > 0 {
            self.add_kept_checksums(plan, missing, &sink, &checksums)?;
        }
        self.add_equal_items(&mut stats, plan, checksums, observer)?;
        let collection = sink.finish(self.project(), plan)?;
        stats.stages.write += (began + pressed.elapsed()).as_secs_f64();
        stats.timed(&start);
        Ok(Pressed { collection, stats })
    }
}
