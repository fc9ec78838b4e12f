//! Finished canvases: from an item to its pixels in the size of the pictures.
//!
//! Spans are how collections are made; whatever needs all pixels of a picture at once takes them from here: pictures that
//! are encoded whole, resampled ones, one-of-ones, and comparing pictures. It is cheap to clone, and draws on the thread
//! that asks.

use std::sync::Arc;

use crate::art::{ArtStore, ReloadError};
use crate::compositor::composite_canvas;
use crate::engine::item::ItemTraits;
use crate::engine::output::OutputRecipe;
use crate::engine::scaling::Scaling;
use crate::engine::watch::Watch;
use crate::error::Error;
use crate::geometry::{Size, TraitId};
use crate::picture::{Form, PictureFormat, Scratch};
use crate::pixel::{Arithmetic, Pixel};
use crate::project::Project;
use crate::telemetry::Buffer;

/// Draws whole pictures of one size.
#[derive(Clone, Debug)]
pub(crate) struct CanvasSource {
    art: Arc<ArtStore>,
    items: ItemTraits,
    scaling: Scaling,
    size: Size,
    format: PictureFormat,
    /// The project's background, straight.
    background: Option<[u8; 4]>,
}

/// A canvas and room to scale it, used again from picture to picture.
#[derive(Debug, Default)]
pub(crate) struct CanvasBuffers {
    /// The picture, row by row.
    pub(crate) pixels: Vec<Pixel>,
    room: Vec<Pixel>,
    /// Room to encode it.
    pub(crate) raw: Vec<u8>,
}

impl Buffer for CanvasBuffers {
    fn bytes(&self) -> usize {
        self.pixels.bytes() + self.room.bytes() + self.raw.bytes()
    }
}

impl CanvasSource {
    /// Draws items of `art` as pictures of one size of a project.
    pub(crate) fn new(art: Arc<ArtStore>, project: &Project, output: &OutputRecipe) -> Self {
        let items = ItemTraits::new(project, art.art());
        let (format, background) = (project.picture_format, project.background);
        Self { art, items, scaling: output.scaling, size: output.size, format, background }
    }

    /// The same for pictures of another size and format.
    pub(crate) fn to(&self, (scaling, size): (Scaling, Size), format: PictureFormat) -> Self {
        Self { scaling, size, format, ..self.clone() }
    }

    /// The format of its pictures.
    pub(crate) fn format(&self) -> PictureFormat {
        self.format
    }

    /// What the files of its pictures are beside their pixels, with this colour profile.
    pub(crate) fn form<'a>(&self, icc_profile: Option<&'a [u8]>) -> Form<'a> {
        Form { format: self.format, size: self.size, icc_profile, background: self.background }
    }

    /// The art's pixels.
    pub(crate) fn store(&self) -> &Arc<ArtStore> {
        &self.art
    }

    /// From rows of a plan to traits.
    pub(crate) fn items(&self) -> &ItemTraits {
        &self.items
    }

    /// The size of the pictures.
    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Draws the item of a plan's row, in the arithmetic of the art.
    ///
    /// # Errors
    /// If a picture must be decoded again and has changed.
    pub(crate) fn draw(&self, row: &[u16], buffers: &mut CanvasBuffers) -> Result<(), ReloadError> {
        let art = self.art.art();
        self.composite(&self.items.of(row), &mut buffers.pixels)?;
        let CanvasBuffers { pixels, room, .. } = buffers;
        self.scaling.apply(art.arithmetic, pixels, room, (art.grid.size(), self.size));
        Ok(())
    }

    /// Draws as [`Self::draw`] does, as long as the picture is wanted.
    ///
    /// # Errors
    /// If a picture must be decoded again and has changed, or the picture is not wanted any more.
    pub(crate) fn draw_watched(
        &self,
        row: &[u16],
        buffers: &mut CanvasBuffers,
        watch: &Watch,
    ) -> Result<(), Error> {
        let art = self.art.art();
        let pin = |id| -> Result<_, Error> {
            watch.check()?;
            Ok(self.art.pin([id])?)
        };
        composite_canvas(art.grid, &self.items.of(row), pin, &mut buffers.pixels)?;
        let CanvasBuffers { pixels, room, .. } = buffers;
        self.scaling.apply(art.arithmetic, pixels, room, (art.grid.size(), self.size));
        Ok(())
    }

    /// Draws the one-of-one with this number into the `pixels` of `scratch`, straight; gives its colour profile.
    ///
    /// # Errors
    /// If its picture is not what it was when the project was loaded.
    pub(crate) fn draw_one(
        &self,
        project: &Project,
        number: usize,
        scratch: &mut Scratch,
    ) -> Result<Option<Vec<u8>>, ReloadError> {
        let (art, size) = (self.art.art(), self.art.art().grid.size());
        let profile = art.ones[number].decode(project, &project.ones[number], size, scratch)?;
        let Scratch { pixels, other, .. } = scratch;
        self.scaling.apply(Arithmetic::Straight, pixels, other, (size, self.size));
        Ok(profile)
    }

    /// Composites these traits, bottom to top, into a whole canvas of the art's size.
    ///
    /// # Errors
    /// If a picture must be decoded again and has changed.
    pub(crate) fn composite(&self, traits: &[TraitId], canvas: &mut Vec<Pixel>) -> Result<(), ReloadError> {
        composite_canvas(self.art.art().grid, traits, |id| self.art.pin([id]), canvas)
    }
}
