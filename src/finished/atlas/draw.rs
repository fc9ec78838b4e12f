//! Draws pages: a band of rows at a time, so that a page of any size takes a bounded amount of memory.

use rayon::prelude::*;

use crate::finished::atlas::Sprite;
use crate::finished::atlas::pack::Packed;
use crate::finished::sheet::SheetError;
use crate::finished::sheet::finished::Finished;
use crate::finished::sheet::thumb::Thumb;
use crate::geometry::Size;
use crate::threads::in_order;

/// Bytes of a band. A sprite at the border of two bands is decoded twice.
const BAND: usize = 256 << 20;
/// Pictures that are decoded at a time.
const BATCH: usize = 64;

/// What pages are drawn from.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) collection: &'a Finished,
    /// Places of the pictures in the collection.
    pub(crate) chosen: &'a [usize],
    /// The size of all pictures.
    pub(crate) size: Size,
    pub(crate) sprites: &'a [Sprite],
    pub(crate) extrude: u32,
    pub(crate) pool: &'a rayon::ThreadPool,
}

/// Some rows of a page.
struct Band {
    width: u32,
    top: u32,
    bottom: u32,
    rgba: Vec<u8>,
}

impl Source<'_> {
    /// Draws a page; `write` gets its rows from the top down.
    pub(crate) fn draw(
        &self,
        page: &Packed,
        mut write: impl FnMut(&[u8]) -> Result<(), SheetError>,
    ) -> Result<(), SheetError> {
        let [width, height] = page.size;
        let mut places = page.places.clone();
        places.sort_unstable_by_key(|&(number, _)| (self.sprites[number].picture, number));
        let rows = (BAND / (width as usize * 4)).max(1);
        for top in (0..height).step_by(rows) {
            let bottom = height.min(top.saturating_add(u32::try_from(rows).unwrap_or(u32::MAX)));
            let bytes = width as usize * (bottom - top) as usize * 4;
            let mut band = Band { width, top, bottom, rgba: vec![0; bytes] };
            let is_in = |&&(number, [_, y]): &&(usize, [u32; 2])| {
                y < bottom && y + self.sprites[number].cut[3] + 2 * self.extrude > top
            };
            let inside: Vec<(usize, [u32; 2])> = places.iter().filter(is_in).copied().collect();
            let picture = |place: &(usize, [u32; 2])| self.sprites[place.0].picture;
            let pictures: Vec<_> = inside.chunk_by(|one, next| picture(one) == picture(next)).collect();
            for batch in pictures.chunks(BATCH) {
                let decode = |places: &&[(usize, [u32; 2])]| {
                    self.collection.thumb(self.chosen[picture(&places[0])], self.size)
                };
                let decoded = self.pool.install(|| in_order(batch.par_iter().map(decode)))?;
                for (places, thumb) in batch.iter().zip(&decoded) {
                    for &(number, corner) in *places {
                        band.place(thumb, self.sprites[number].cut, corner, self.extrude);
                    }
                }
            }
            write(&band.rgba)?;
        }
        Ok(())
    }
}

impl Band {
    /// Copies a part of a picture, its edge repeated around it; the corner is that of the repeated edge.
    fn place(&mut self, thumb: &Thumb, [left, top, width, height]: [u32; 4], [x, y]: [u32; 2], extrude: u32) {
        let pixels = thumb.rgba.as_chunks::<4>().0;
        for line in 0..height + 2 * extrude {
            let row = y + line;
            if row < self.top || row >= self.bottom {
                continue;
            }
            let from = top + line.saturating_sub(extrude).min(height - 1);
            let start = from as usize * thumb.size.width as usize + left as usize;
            let source = &pixels[start..start + width as usize];
            let start = (row - self.top) as usize * self.width as usize + x as usize;
            let target = &mut self.rgba.as_chunks_mut::<4>().0[start..start + (width + 2 * extrude) as usize];
            let (before, rest) = target.split_at_mut(extrude as usize);
            let (middle, after) = rest.split_at_mut(width as usize);
            before.fill(source[0]);
            middle.copy_from_slice(source);
            after.fill(source[source.len() - 1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_together_are_the_page_and_edges_are_repeated() {
        let rgba = (0..4u8).flat_map(|pixel| [pixel + 1, 0, 0, 255]).collect();
        let thumb = Thumb { size: Size { width: 2, height: 2 }, rgba };
        let draw = |bands: &[[u32; 2]]| -> Vec<u8> {
            let band = |&[top, bottom]: &[u32; 2]| {
                let mut band = Band { width: 6, top, bottom, rgba: vec![0; 6 * 4 * (bottom - top) as usize] };
                band.place(&thumb, [0, 0, 2, 2], [1, 0], 1);
                band.rgba
            };
            bands.iter().flat_map(band).step_by(4).collect()
        };
        let page = [[0, 1, 1, 2, 2, 0], [0, 1, 1, 2, 2, 0], [0, 3, 3, 4, 4, 0], [0, 3, 3, 4, 4, 0], [0; 6]];
        assert_eq!(draw(&[[0, 5]]), page.concat());
        assert_eq!(draw(&[[0, 1], [1, 3], [3, 5]]), page.concat());
    }
}
