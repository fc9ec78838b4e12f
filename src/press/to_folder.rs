//! Pressing a plan into a folder, from claiming it to the manifest.

use std::path::Path;
use std::time::Instant;

use crate::error::Error;
use crate::output::{Collection, FolderSink, RunHeader, Told, check_metadata};
use crate::press::Engine;
use crate::report::{Observer, Stats};
use crate::selection::Plan;

/// How a folder is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FolderOptions {
    /// Replace a collection that is there already.
    pub force: bool,
    /// Also take SHA-256 of each image, and the provenance hash over them.
    pub provenance: bool,
}

impl Engine {
    /// Makes every item of `plan` into a folder: pictures, metadata, plan and manifest.
    ///
    /// # Errors
    /// If the plan is not one of this project, or the folder must not be touched or cannot be written to. What was written before is whole, and the journal
    /// in the folder tells what.
    pub fn press_to_folder(
        &self,
        plan: &Plan,
        folder: &Path,
        options: FolderOptions,
        observer: &dyn Observer,
    ) -> Result<(Stats, Collection), Error> {
        let start = Instant::now();
        let FolderOptions { force, provenance } = options;
        // Before anything is written: the plan's file names what its items show.
        self.check_plan(plan)?;
        check_metadata(&self.project().root.join("collection.toml"), self.project(), Some(plan))?;
        let sink = FolderSink::begin(folder, self.project(), plan, self.header(plan), force, provenance)?;
        let began = start.elapsed();
        let mut stats = self.press_checked(plan, &sink, observer)?;
        let pressed = Instant::now();
        let collection = sink.finish(self.project(), plan)?;
        stats.stages.write += (began + pressed.elapsed()).as_secs_f64();
        stats.seconds.press = start.elapsed().as_secs_f64();
        stats.items_per_second = stats.items as f64 / stats.seconds.press;
        Ok((stats, collection))
    }

    /// What a run of `plan` is made from.
    #[must_use]
    pub fn header(&self, plan: &Plan) -> RunHeader {
        RunHeader {
            program: concat!("traitpress ", env!("CARGO_PKG_VERSION")).to_owned(),
            seed: plan.seed(),
            start: plan.start(),
            count: plan.len() as u64,
            configuration: self.project().configuration_digest().to_hex().to_string(),
            art: self.art().digest().to_hex().to_string(),
            plan: plan.digest(self.project()).to_hex().to_string(),
            recipe: serde_json::to_value(&self.recipe).expect("a recipe always serializes"),
            metadata: Told::kept(self.project()),
        }
    }
}
