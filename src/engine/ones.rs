//! One-of-ones, made whole beside the items that are joined from spans.
//!
//! A one's picture is decoded when its turn comes and let go when its file is written, so that a thread holds one at a
//! time however many there are. No back end, span cache or recipe has a part in it.

use crate::engine::facade::Engine;
use crate::error::Error;
use crate::plan::Plan;
use crate::png::EncoderError;
use crate::png::whole;
use crate::rules::{RowError, check_row};
use crate::telemetry::Stage;

impl Engine {
    /// Makes the picture of the one-of-one with this number in [`Project::ones`](crate::project::Project::ones): a
    /// PNG file.
    ///
    /// The bytes are those that pressing a collection writes for it.
    ///
    /// # Errors
    /// If the project has no such one, or its picture is not what it was when the project was loaded.
    pub fn render_one(&self, number: usize) -> Result<Vec<u8>, Error> {
        self.check_one(number)?;
        self.encode_one(number)
    }

    /// Checks that the project can make every item of a plan.
    pub(crate) fn check_plan(&self, plan: &Plan) -> Result<(), RowError> {
        (0..plan.len()).try_for_each(|index| match plan.one(index) {
            Some(number) => self.check_one(number),
            None => check_row(self.project(), plan.traits(index)),
        })
    }

    fn check_one(&self, number: usize) -> Result<(), RowError> {
        let ones = self.project().ones.len();
        if number < ones { Ok(()) } else { Err(RowError::One { ones, number }) }
    }

    /// Writes the picture of a one into `out`, and gives its length.
    pub(crate) fn write_one(&self, number: usize, out: &mut Vec<u8>) -> Result<usize, Error> {
        *out = self.encode_one(number)?;
        Ok(out.len())
    }

    fn encode_one(&self, number: usize) -> Result<Vec<u8>, Error> {
        let (project, size) = (self.project(), self.art.grid.size());
        self.pictures.with(|(scratch, raw)| {
            let decode = || self.art.ones[number].decode(project, &project.ones[number], size, scratch);
            let profile = self.stages.time(Stage::Composite, decode)?;
            let search = self.recipe.effort.search();
            let encode = || whole(size, profile, search, &mut scratch.pixels, raw).map_err(EncoderError);
            Ok(self.stages.time(Stage::Compress, encode)?)
        })
    }
}
