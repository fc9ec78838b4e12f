//! Thumbnails, made from the art while a collection is pressed.
//!
//! Whole pictures never exist in memory, and to decode each again only to scale it down takes as long as pressing did. But
//! the traits are there: each is scaled down once, and a thumbnail is put together from the small ones, in the blend
//! modes of their layers. Along soft edges that is not quite what scaling the picture gives, which nobody sees in a
//! thumbnail. One-of-ones are scaled from their own pictures.

use std::io;

use image::RgbaImage;
use rayon::prelude::*;

use crate::art::ReloadError;
use crate::compositor::{composite_canvas, over_row};
use crate::engine::facade::Engine;
use crate::engine::to_folder::FolderOptions;
use crate::error::Error;
use crate::error::PathIo;
use crate::finished::thumbnails::thumbnail;
use crate::finished::{Code, Header, Writer};
use crate::geometry::TraitId;
use crate::output::{FolderSink, OutputError, names};
use crate::pixel::{Blend, Pixel, blend_row, unpack, unpremultiply};
use crate::plan::Plan;

/// Items whose thumbnails are in memory at a time.
const BATCH: usize = 256;

/// All traits, small.
struct Small {
    width: u32,
    height: u32,
    /// Whether they are not scaled at all.
    is_whole: bool,
    /// By trait: its blend mode and its pixels, premultiplied; none where it shows nothing, or is not used.
    traits: Vec<Option<(Blend, Vec<Pixel>)>>,
}

impl Engine {
    /// Writes the thumbnails of a plan's items beside what `sink` writes.
    pub(crate) fn keep_thumbnails(&self, plan: &Plan, side: u32, sink: &FolderSink) -> Result<(), Error> {
        let side = side.clamp(FolderOptions::MIN_THUMBNAIL, FolderOptions::MAX_THUMBNAIL);
        // The writer knows errors of the system alone.
        let mut failure = None;
        let written = sink.write_whole(names::THUMBNAILS, |out| {
            self.write_thumbnails(plan, side, out).unwrap_or_else(|error| {
                failure = Some(error);
                Err(io::Error::other("the thumbnails could not be made"))
            })
        });
        match failure {
            Some(error) => Err(error),
            None => Ok(written.map(|_| ())?),
        }
    }

    fn write_thumbnails(
        &self,
        plan: &Plan,
        side: u32,
        out: &mut impl io::Write,
    ) -> Result<io::Result<()>, Error> {
        let small = self.small_traits(plan, side)?;
        let header = Header::new(&self.header(plan), side, small.is_whole);
        let mut writer = match Writer::begin(out, &header) {
            Ok(writer) => writer,
            Err(error) => return Ok(Err(error)),
        };
        let mut order: Vec<usize> = (0..plan.len()).collect();
        order.sort_unstable_by_key(|&index| plan.edition(index));
        for batch in order.chunks(BATCH) {
            let codes = || -> Result<Vec<Code>, Error> {
                batch.par_iter().map(|&index| self.thumbnail(plan, index, &small, side)).collect()
            };
            let codes = self.pool.install(codes)?;
            for (&index, code) in batch.iter().zip(&codes) {
                if let Err(error) = writer.item(plan.edition(index), code) {
                    return Ok(Err(error));
                }
            }
        }
        Ok(writer.finish())
    }

    /// Scales every trait that the plan uses.
    fn small_traits(&self, plan: &Plan, side: u32) -> Result<Small, Error> {
        let size = self.art.grid.size();
        let (width, height) = thumbnail::fitting(size.width, size.height, side);
        let mut used = vec![false; self.art.traits.len()];
        for index in (0..plan.len()).filter(|&index| plan.one(index).is_none()) {
            self.items.iter(plan.traits(index)).for_each(|id| used[usize::from(id)] = true);
        }
        let scale = |(id, used): (usize, bool)| -> Result<Option<(Blend, Vec<Pixel>)>, Error> {
            if !used {
                return Ok(None);
            }
            let id = id as TraitId;
            let mut canvas = Vec::new();
            let pin = |id| self.traits.pin([id]);
            composite_canvas::<ReloadError>(self.art.grid, &[id], pin, &mut canvas)?;
            let pixels = thumbnail::scale_premultiplied(&canvas, [size.width, size.height], [width, height])
                .map_err(|what| self.cannot_scale(what))?;
            let shows = pixels.iter().any(|pixel| pixel >> 24 != 0);
            Ok(shows.then_some((self.art.traits[usize::from(id)].blend(), pixels)))
        };
        let all = used.into_par_iter().enumerate().map(scale);
        let traits = self.pool.install(|| all.collect::<Result<Vec<_>, Error>>())?;
        Ok(Small { width, height, is_whole: (width, height) == (size.width, size.height), traits })
    }

    fn thumbnail(&self, plan: &Plan, index: usize, small: &Small, side: u32) -> Result<Code, Error> {
        if let Some(number) = plan.one(index) {
            let size = self.art.grid.size();
            let picture = self.pictures.with(|(scratch, _)| {
                let project = self.project();
                self.art.ones[number].decode(project, &project.ones[number], size, scratch)?;
                Ok::<_, Error>(image_of(size.width, size.height, scratch.pixels.iter().copied()))
            })?;
            return thumbnail::make(&picture, side)
                .map(|made| made.code)
                .map_err(|what| self.cannot_scale(what));
        }
        let mut pixels = vec![0; (small.width * small.height) as usize];
        for (blend, source) in
            self.items.iter(plan.traits(index)).filter_map(|id| small.traits[usize::from(id)].as_ref())
        {
            match blend {
                Blend::Normal => over_row(&mut pixels, source),
                _ => blend_row(*blend, &mut pixels, source),
            }
        }
        let straight = pixels.into_iter().map(unpremultiply);
        thumbnail::encode(&image_of(small.width, small.height, straight), small.is_whole)
            .map_err(|what| self.cannot_scale(what))
    }

    fn cannot_scale(&self, what: String) -> Error {
        let source = io::Error::other(format!("a thumbnail could not be made: {what}"));
        OutputError::from(PathIo::on("write", names::THUMBNAILS)(source)).into()
    }
}

/// Straight pixels as a picture.
fn image_of(width: u32, height: u32, pixels: impl Iterator<Item = Pixel>) -> RgbaImage {
    let bytes = pixels.flat_map(unpack).collect();
    RgbaImage::from_raw(width, height, bytes).expect("there are as many pixels as that takes")
}
