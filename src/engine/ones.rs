//! One-of-ones, made whole beside the items that are joined from spans.
//!
//! The picture of a one-of-one is decoded when its turn comes and released when its file is written, so that a thread
//! holds one at a time, however many there are. Back end, span cache and recipe take no part in it, but for the effort.

use std::sync::Arc;

use crate::engine::canvas::CanvasSource;
use crate::engine::effort::Effort;
use crate::engine::encoder_error::EncoderError;
use crate::engine::telemetry::EngineTelemetry;
use crate::error::Error;
use crate::picture::{Scratch as PictureScratch, encode};
use crate::plan::Plan;
use crate::png::whole;
use crate::project::Project;
use crate::rules::{RowError, check_row};
use crate::telemetry::{Pool, Stage};

/// Decodes and encodes one-of-ones.
#[derive(Debug)]
pub(crate) struct OnePresser {
    canvases: CanvasSource,
    effort: Effort,
    telemetry: Arc<EngineTelemetry>,
    pictures: Pool<(PictureScratch, Vec<u8>)>,
}

impl OnePresser {
    /// For the one-of-ones that `canvases` draws, compressed with `effort`.
    pub(crate) fn new(canvases: CanvasSource, effort: Effort, telemetry: Arc<EngineTelemetry>) -> Self {
        let pictures = Pool::new(&telemetry.buffers);
        Self { canvases, effort, telemetry, pictures }
    }

    /// Makes the file of the one-of-one with this number in [`Project::ones`].
    ///
    /// # Errors
    /// If its picture is not what it was when the project was loaded.
    pub(crate) fn encode(&self, project: &Project, number: usize) -> Result<Vec<u8>, Error> {
        self.encode_as(project, number, &self.canvases)
    }

    /// The same in the size and the format of these canvases.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub(crate) fn encode_as(
        &self,
        project: &Project,
        number: usize,
        canvases: &CanvasSource,
    ) -> Result<Vec<u8>, Error> {
        let size = canvases.size();
        let stages = &self.telemetry.stages;
        self.pictures.with(|(scratch, raw)| {
            let decode = || canvases.draw_one(project, number, scratch);
            let profile = stages.time(Stage::Composite, decode)?;
            let search = self.effort.search();
            let pixels = &mut scratch.pixels;
            let encode = || match canvases.format().is_png() {
                true => whole(size, profile, search, pixels, raw).map_err(EncoderError::from),
                false => {
                    let form = canvases.form(profile.as_deref());
                    encode(&form, pixels, raw).map_err(EncoderError::from)
                }
            };
            Ok(stages.time(Stage::Compress, encode)?)
        })
    }

    /// Decodes a one-of-one in the size of these canvases and lends its pixels, straight and row by row, to `work`.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub(crate) fn with_drawn<R>(
        &self,
        project: &Project,
        number: usize,
        canvases: &CanvasSource,
        work: impl FnOnce(&[crate::pixel::Pixel]) -> R,
    ) -> Result<R, Error> {
        self.pictures.with(|(scratch, _)| {
            canvases.draw_one(project, number, scratch)?;
            Ok(work(&scratch.pixels))
        })
    }

    /// Decodes a one-of-one at the art's size and lends its pixels, straight and row by row, to `work`.
    ///
    /// # Errors
    /// As [`Self::encode`].
    pub(crate) fn with_pixels<R>(
        &self,
        project: &Project,
        number: usize,
        work: impl FnOnce(&[crate::pixel::Pixel]) -> R,
    ) -> Result<R, Error> {
        let art = self.canvases.store().art();
        let size = art.grid.size();
        self.pictures.with(|(scratch, _)| {
            art.ones[number].decode(project, &project.ones[number], size, scratch)?;
            Ok(work(&scratch.pixels))
        })
    }
}

/// Refuses the number of a one-of-one that `project` does not have.
pub(crate) fn check_one(project: &Project, number: usize) -> Result<(), RowError> {
    let ones = project.ones.len();
    if number < ones { Ok(()) } else { Err(RowError::One { ones, number }) }
}

/// Refuses a plan with an item that `project` cannot make.
pub(crate) fn check_plan(project: &Project, plan: &Plan) -> Result<(), RowError> {
    (0..plan.len()).try_for_each(|index| match plan.one(index) {
        Some(number) => check_one(project, number),
        None => check_row(project, plan.traits(index)),
    })
}
