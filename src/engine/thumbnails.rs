//! Thumbnails, made from the art while a collection is pressed.
//!
//! Whole pictures never exist in memory, and decoding each file again to scale it down would take as long as pressing.
//! But the traits are in memory: each is scaled down once, and a thumbnail is composited from the small traits, in the
//! blend modes of their layers. Along soft edges the result differs slightly from a scaled picture, too little to be
//! visible in a thumbnail. One-of-ones are scaled from their own pictures.

use std::io;

use image::RgbaImage;
use rayon::prelude::*;

use crate::engine::ones::OnePresser;
use crate::engine::presser::SpanPresser;
use crate::error::{Error, PathIo};
use crate::finished::thumbnails::thumbnail;
use crate::finished::{Code, Header, Writer};
use crate::geometry::TraitId;
use crate::output::{FolderSink, OutputError, RunHeader, names};
use crate::pixel::{Arithmetic, Blend, Pixel, premultiply_all, unpack, unpremultiply};
use crate::plan::Plan;
use crate::project::Project;
use crate::threads::in_order;

/// Items whose thumbnails are in memory at a time.
const BATCH: usize = 256;

/// All traits, small.
struct Small {
    width: u32,
    height: u32,
    /// Whether they are not scaled at all.
    is_whole: bool,
    /// By trait: its blend mode and its pixels, in the arithmetic of the art; none where it shows nothing, or is not used.
    traits: Vec<Option<(Blend, Vec<Pixel>)>>,
}

/// Makes thumbnails of a plan's items.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThumbnailMaker<'e> {
    pub(crate) project: &'e Project,
    pub(crate) presser: &'e SpanPresser,
    pub(crate) ones: &'e OnePresser,
    /// Pixels of a thumbnail's longer side.
    pub(crate) side: u32,
}

impl ThumbnailMaker<'_> {
    /// Writes the thumbnails of the items of `plan`, the run of `header`, beside the files of `sink`.
    ///
    /// # Errors
    /// If a picture has changed since it was read first, or the file cannot be written.
    pub(crate) fn keep(&self, plan: &Plan, header: &RunHeader, sink: &FolderSink) -> Result<(), Error> {
        // The writer has errors of the system alone.
        let mut failure = None;
        let written = sink.write_whole(names::THUMBNAILS, |out| {
            self.write(plan, header, out).unwrap_or_else(|error| {
                failure = Some(error);
                Err(io::Error::other("thumbnails are unavailable"))
            })
        });
        match failure {
            Some(error) => Err(error),
            None => Ok(written.map(|_| ())?),
        }
    }

    fn write(
        &self,
        plan: &Plan,
        header: &RunHeader,
        out: &mut impl io::Write,
    ) -> Result<io::Result<()>, Error> {
        let small = self.small_traits(plan)?;
        let header = Header::new(header, self.side, small.is_whole);
        let mut writer = match Writer::begin(out, &header) {
            Ok(writer) => writer,
            Err(error) => return Ok(Err(error)),
        };
        let mut order: Vec<usize> = (0..plan.len()).collect();
        order.sort_unstable_by_key(|&index| plan.edition(index));
        for batch in order.chunks(BATCH) {
            let make = |&index: &usize| self.thumbnail(plan, index, &small);
            let codes = self.presser.pool().install(|| in_order(batch.par_iter().map(make)))?;
            for (&index, code) in batch.iter().zip(&codes) {
                if let Err(error) = writer.item(plan.edition(index), code) {
                    return Ok(Err(error));
                }
            }
        }
        Ok(writer.finish())
    }

    /// Scales every trait that the plan uses.
    fn small_traits(&self, plan: &Plan) -> Result<Small, Error> {
        let art = self.presser.art();
        let size = art.grid.size();
        let (width, height) = thumbnail::fitting(size.width, size.height, self.side);
        let mut used = vec![false; art.traits.len()];
        for index in (0..plan.len()).filter(|&index| plan.one(index).is_none()) {
            self.presser.items().iter(plan.traits(index)).for_each(|id| used[usize::from(id)] = true);
        }
        let scale = |(id, used): (usize, bool)| -> Result<Option<(Blend, Vec<Pixel>)>, Error> {
            if !used {
                return Ok(None);
            }
            let mut canvas = Vec::new();
            self.presser.composite(&[id as TraitId], &mut canvas)?;
            let sides = ([size.width, size.height], [width, height]);
            let pixels = scaled(art.arithmetic, &mut canvas, sides).map_err(cannot_scale)?;
            let shows = pixels.iter().any(|pixel| pixel >> 24 != 0);
            Ok(shows.then_some((art.traits[id].blend(), pixels)))
        };
        let all = used.into_par_iter().enumerate().map(scale);
        let traits = self.presser.pool().install(|| in_order(all))?;
        Ok(Small { width, height, is_whole: (width, height) == (size.width, size.height), traits })
    }

    fn thumbnail(&self, plan: &Plan, index: usize, small: &Small) -> Result<Code, Error> {
        if let Some(number) = plan.one(index) {
            let size = self.presser.art().grid.size();
            let copy = |pixels: &[Pixel]| image_of(size.width, size.height, pixels.iter().copied());
            let picture = self.ones.with_pixels(self.project, number, copy)?;
            return thumbnail::make(picture, self.side).map(|made| made.code).map_err(cannot_scale);
        }
        let arithmetic = self.presser.art().arithmetic;
        let mut pixels = vec![0; (small.width * small.height) as usize];
        let traits = self.presser.items().iter(plan.traits(index));
        for (blend, source) in traits.filter_map(|id| small.traits[usize::from(id)].as_ref()) {
            arithmetic.blend_row(*blend, &mut pixels, source);
        }
        let straight = pixels.into_iter().map(|pixel| arithmetic.to_straight(pixel));
        thumbnail::encode(&image_of(small.width, small.height, straight), small.is_whole)
            .map_err(cannot_scale)
    }
}

/// Pixels of an arithmetic, scaled from the first size to the second.
fn scaled(
    arithmetic: Arithmetic,
    pixels: &mut [Pixel],
    (from, to): ([u32; 2], [u32; 2]),
) -> Result<Vec<Pixel>, String> {
    // What is not scaled loses nothing.
    let is_straight = arithmetic == Arithmetic::Straight && from != to;
    if is_straight {
        premultiply_all(pixels);
    }
    let mut small = thumbnail::scale_premultiplied(pixels, from, to)?;
    if is_straight {
        small.iter_mut().for_each(|pixel| *pixel = unpremultiply(*pixel));
    }
    Ok(small)
}

fn cannot_scale(what: String) -> Error {
    let source = io::Error::other(format!("a thumbnail could not be made: {what}"));
    OutputError::from(PathIo::on("write", names::THUMBNAILS)(source)).into()
}

/// Straight pixels as a picture.
fn image_of(width: u32, height: u32, pixels: impl Iterator<Item = Pixel>) -> RgbaImage {
    let bytes = pixels.flat_map(unpack).collect();
    RgbaImage::from_raw(width, height, bytes).expect("there are as many pixels as that takes")
}
