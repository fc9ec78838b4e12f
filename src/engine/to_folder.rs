//! Pressing a plan into a folder, from claiming it to the manifest.

use std::path::Path;
use std::time::Instant;

use crate::engine::facade::Engine;
use crate::engine::resume::{Pictures, RemainingWork, parts};
use crate::error::Error;
use crate::output::{Collection, Existing, FolderSink, MetadataInputs, RunHeader, check_metadata};
use crate::plan::Plan;
use crate::telemetry::{Observer, Stats};

/// How a folder is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderOptions {
    /// What becomes of a collection that is there already.
    pub existing: Existing,
    /// Also take SHA-256 of each image, and the provenance hash over them.
    pub provenance: bool,
    /// Also keep a thumbnail of each item in a file beside the collection, of so many pixels on its longer side, at most
    /// [`Self::MAX_THUMBNAIL`].
    pub thumbnails: Option<u32>,
}

impl FolderOptions {
    /// The smallest thumbnail that is kept.
    pub const MIN_THUMBNAIL: u32 = 16;
    /// The largest thumbnail that is kept.
    pub const MAX_THUMBNAIL: u32 = 256;
}

impl Engine {
    /// Makes every item of `plan` into a folder: pictures, metadata, plan and manifest.
    ///
    /// To go on with the run that stands there, open the engine with [`PressOptions::resume`], so that its recipe is
    /// obeyed.
    ///
    /// [`PressOptions::resume`]: crate::engine::options::PressOptions::resume
    ///
    /// # Errors
    /// If the plan is not one of this project, the folder must not be touched or cannot be written to, or what stands in
    /// it is not what this run would make. What was written before is whole, and the journal in the folder tells what.
    /// So it is with [`Error::Cancelled`], when the observer stopped the run.
    pub fn press_to_folder(
        &self,
        plan: &Plan,
        folder: &Path,
        options: FolderOptions,
        observer: &dyn Observer,
    ) -> Result<(Stats, Collection), Error> {
        let start = Instant::now();
        let FolderOptions { existing, provenance, thumbnails } = options;
        // Before anything is written: the plan's file names what its items show.
        self.check_plan(plan)?;
        check_metadata(&self.project().root.join("collection.toml"), self.project(), Some(plan))?;
        let rest = match existing {
            Existing::Refuse | Existing::Replace => None,
            Existing::Resume | Existing::Update => {
                Some(self.resume_folder(plan, folder, existing == Existing::Update, provenance, observer)?)
            }
        };
        let (sink, some, kept) = match rest {
            Some(RemainingWork { sink, plan, kept }) => (sink, Some(plan), kept),
            None => {
                let header = self.header(plan);
                (FolderSink::begin(folder, self.project(), plan, header, existing, provenance)?, None, 0)
            }
        };
        let began = start.elapsed();
        let pressed = self.press_checked(some.as_ref().unwrap_or(plan), kept, &sink, observer);
        let mut stats = match pressed {
            Ok(stats) => stats,
            Err(error) => {
                sink.clean_up_parts();
                return Err(error);
            }
        };
        let pressed = Instant::now();
        if let Some(side) = thumbnails {
            self.keep_thumbnails(plan, side, &sink)?;
        }
        let collection = sink.finish(self.project(), plan)?;
        stats.stages.write += (began + pressed.elapsed()).as_secs_f64();
        stats.seconds.press = start.elapsed().as_secs_f64();
        stats.items_per_second = stats.items as f64 / stats.seconds.press;
        Ok((stats, collection))
    }

    /// What a run of `plan` is made from.
    #[must_use]
    pub fn header(&self, plan: &Plan) -> RunHeader {
        let Pictures { traits, ones } = Pictures::of(self.art());
        RunHeader {
            program: concat!("traitpress ", env!("CARGO_PKG_VERSION")).to_owned(),
            seed: plan.seed(),
            start: plan.start(),
            count: plan.len() as u64,
            configuration: self.project().configuration_digest().to_hex().to_string(),
            parts: parts(self.project(), self.art()),
            art: self.art().digest().to_hex().to_string(),
            traits,
            ones,
            plan: plan.digest(self.project()).to_hex().to_string(),
            recipe: serde_json::to_value(&self.recipe).expect("a recipe always serializes"),
            metadata: MetadataInputs::kept(self.project()),
        }
    }
}
