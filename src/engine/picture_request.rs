//! One picture in a size and a format of its own, as a file or as pixels, until a deadline.
//!
//! A size and a format in which the engine presses collections come from the span presser, with the bytes of a collection. For all
//! others the item is composited whole, scaled, and encoded as collections are whose pictures are encoded one by one.

use std::time::Instant;

use crate::engine::canvas::{CanvasBuffers, CanvasSource};
use crate::engine::encoder_error::EncoderError;
use crate::engine::facade::Engine;
use crate::engine::ones::check_one;
use crate::engine::output::{Output, scaled_color};
use crate::engine::output_limits::problems_of_format;
use crate::engine::render_error::RenderError;
use crate::engine::scaling::Scaling;
use crate::engine::watch::Watch;
use crate::error::Error;
use crate::geometry::Size;
use crate::picture::{PictureFormat, encode};
use crate::pixel::{Pixel, unpack};
use crate::plan::Item;
use crate::png::{Format, plain};
use crate::rules;
use crate::telemetry::{CancelToken, Stage};

/// A request for the picture of an item: see [`Engine::picture`].
#[derive(Clone, Debug)]
#[must_use]
pub struct PictureRequest<'e> {
    engine: &'e Engine,
    item: &'e Item,
    side: Option<u32>,
    format: PictureFormat,
    watch: Watch,
}

/// The pixels of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PicturePixels {
    /// Width and height.
    pub size: Size,
    /// Red, green, blue and alpha of each pixel, row by row from the top; colours are not multiplied by alpha.
    pub rgba: Vec<u8>,
}

impl Engine {
    /// Begins a request for the picture of an item: by default in the first size and the format of the project.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), traitpress::Error> {
    /// use std::time::{Duration, Instant};
    /// use traitpress::engine::Engine;
    /// use traitpress::project::PictureFormat;
    ///
    /// let engine = Engine::open("my-project")?;
    /// let alice = engine.item()?.seeded("alice")?;
    /// let small = engine.picture(&alice).with_side(128).with_format(PictureFormat::Webp { quality: Some(90) });
    /// let file = small.with_deadline(Instant::now() + Duration::from_secs(1)).file()?;
    /// let pixels = engine.picture(&alice).pixels()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn picture<'e>(&'e self, item: &'e Item) -> PictureRequest<'e> {
        let format = self.project().picture_format;
        PictureRequest { engine: self, item, side: None, format, watch: Watch::default() }
    }
}

impl PictureRequest<'_> {
    /// In the size whose longer side has so many pixels: at most the art's, or the largest of the project's `output_size`.
    ///
    /// In one of those sizes, and in the project's format, the file is that of a collection.
    pub fn with_side(mut self, pixels: u32) -> Self {
        self.side = Some(pixels);
        self
    }

    /// In this format. WebP and JPEG files are those that a collection in this format has.
    pub fn with_format(mut self, format: PictureFormat) -> Self {
        self.format = format;
        self
    }

    /// Gives the picture up at this time, within some milliseconds.
    pub fn with_deadline(mut self, deadline: Instant) -> Self {
        self.watch.deadline = Some(deadline);
        self
    }

    /// Gives the picture up when the token is cancelled.
    pub fn with_cancel(mut self, token: &CancelToken) -> Self {
        self.watch.cancel = Some(token.clone());
        self
    }

    /// Makes the file.
    ///
    /// # Errors
    /// If the project cannot make such an item, the size is too large or the format does not hold it ([`RenderError`]), the
    /// deadline passed or the token was cancelled (both [`RenderError`]), or a picture of the art changed.
    pub fn file(&self) -> Result<Vec<u8>, Error> {
        let (engine, scaled) = (self.engine, self.checked()?);
        let _busy = engine.begin_request();
        let project = engine.project();
        if let Some(pressed) = self.pressed(scaled) {
            return match self.item.one() {
                Some(number) => pressed.ones.encode(project, number),
                None => {
                    let next = engine.observe(self.item.row());
                    let file = pressed.presser.picture(self.item.row(), next, &self.watch)?;
                    engine.budget.after_picture();
                    Ok(file)
                }
            };
        }
        let canvases = self.canvases(scaled);
        if let Some(number) = self.item.one() {
            return engine.outputs.first.ones.encode_as(project, number, &canvases);
        }
        engine.observe(self.item.row());
        let recipe = &engine.recipe;
        let presser = engine.presser();
        let stages = &engine.telemetry.stages;
        let mut buffers = CanvasBuffers::default();
        stages
            .time(Stage::Composite, || canvases.draw_watched(self.item.row(), &mut buffers, &self.watch))?;
        self.watch.check()?;
        let CanvasBuffers { pixels, raw, .. } = &mut buffers;
        let icc_profile = presser.art().icc_profile.clone();
        let compress = || match self.format.is_png() {
            true => {
                let color = scaled_color(&recipe.color, scaled.0);
                plain(&Format { size: scaled.1, color, icc_profile }, pixels, raw).map_err(EncoderError::from)
            }
            false => encode(&canvases.form(icc_profile.as_deref()), pixels, raw).map_err(EncoderError::from),
        };
        let file = stages.time(Stage::Compress, compress)?;
        engine.budget.after_picture();
        Ok(file)
    }

    /// Makes the pixels, whatever the format.
    ///
    /// # Errors
    /// As for [`Self::file`], but for the format.
    pub fn pixels(&self) -> Result<PicturePixels, Error> {
        let (engine, scaled) = (self.engine, self.checked_size()?);
        let canvases = self.canvases(scaled);
        let bytes = |pixels: &[Pixel]| pixels.iter().flat_map(|&pixel| unpack(pixel)).collect();
        let rgba = match self.item.one() {
            Some(number) => {
                engine.outputs.first.ones.with_drawn(engine.project(), number, &canvases, bytes)?
            }
            None => {
                let mut buffers = CanvasBuffers::default();
                canvases.draw_watched(self.item.row(), &mut buffers, &self.watch)?;
                bytes(&buffers.pixels)
            }
        };
        Ok(PicturePixels { size: scaled.1, rgba })
    }

    /// How the art becomes the picture, if there can be such a one of this item.
    fn checked_size(&self) -> Result<(Scaling, Size), Error> {
        let project = self.engine.project();
        match self.item.one() {
            Some(number) => check_one(project, number)?,
            None => rules::check_row(project, self.item.row())?,
        }
        self.watch.check()?;
        let art = self.engine.art().grid.size();
        let sizes = || self.engine.outputs.each().map(|output| output.presser.canvases().size());
        let first = sizes().next().unwrap_or(art);
        let side = self.side.unwrap_or(first.longer_side());
        let most = sizes().chain([art]).map(Size::longer_side).max().unwrap_or_default();
        if !(1..=most).contains(&side) {
            return Err(RenderError::Size { side, most }.into());
        }
        Ok(Scaling::to_side(art, side, project.scale_filter))
    }

    fn checked(&self) -> Result<(Scaling, Size), Error> {
        let scaled = self.checked_size()?;
        let color = scaled_color(&self.engine.recipe.color, scaled.0);
        let background = self.engine.project().background;
        match problems_of_format(self.format, background, [(scaled.1, &color)]).into_iter().next() {
            Some((what, remedy)) => Err(RenderError::Format { what, remedy: remedy.to_owned() }.into()),
            None => Ok(scaled),
        }
    }

    /// What presses collections in this size and format, if something does.
    fn pressed(&self, (_, size): (Scaling, Size)) -> Option<&Output> {
        let is_format = self.format == self.engine.project().picture_format;
        let mut outputs = self.engine.outputs.each().filter(|_| is_format);
        outputs.find(|output| output.presser.canvases().size() == size)
    }

    fn canvases(&self, scaled: (Scaling, Size)) -> CanvasSource {
        self.engine.presser().canvases().to(scaled, self.format)
    }
}
