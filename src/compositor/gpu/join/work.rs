//! A batch of pictures to join, as the kernels are given it.

use std::ops::Range;

use crate::compositor::JoinBatch;
use crate::compositor::gpu::arena::Arena;
use crate::png::{DeviceJoin, OnCard, RowSpans};

/// Words of [`Work::parameters`].
pub(super) const PARAMETERS: usize = 20;
/// Words of what is joined for each picture, before the bits of all.
pub(super) const HEAD: u64 = 4;

impl JoinBatch {
    /// How many.
    pub(in crate::compositor::gpu) fn pictures(&self) -> usize {
        self.rows.first().map_or(0, |(_, of_pictures)| of_pictures.len())
    }

    /// The tile rows of a picture.
    pub(in crate::compositor::gpu) fn picture(&self, number: usize) -> impl Iterator<Item = &RowSpans> {
        self.rows.iter().map(move |(different, of_pictures)| &*different[of_pictures[number] as usize])
    }
}

/// Lists of spans. Memory is used again from batch to batch.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// By picture and tile row where its list begins, and then the lists.
    lists: Vec<u32>,
}

impl Work {
    /// Lists the spans of some pictures of a batch, which go to `arena`. Whether there was room for all.
    pub(super) fn list(&mut self, batch: &JoinBatch, pictures: &Range<usize>, arena: &mut Arena) -> bool {
        let Self { lists } = self;
        let tile_rows = batch.rows.len();
        lists.clear();
        lists.resize(pictures.len() * tile_rows, 0);
        for (number, (different, of_pictures)) in batch.rows.iter().enumerate() {
            let mut places: Vec<Option<u32>> = vec![None; different.len()];
            for (picture, &row) in of_pictures[pictures.clone()].iter().enumerate() {
                let place = match places[row as usize] {
                    Some(place) => place,
                    None => {
                        let place = lists.len() as u32;
                        let spans = different[row as usize].spans();
                        lists.push(spans.len() as u32);
                        for span in spans {
                            let Some(OnCard { rows, bits, .. }) = arena.place(span) else { return false };
                            lists.extend([rows, bits, span.x]);
                        }
                        *places[row as usize].insert(place)
                    }
                };
                lists[picture * tile_rows + number] = place;
            }
        }
        true
    }

    pub(super) fn lists(&self) -> &[u32] {
        &self.lists
    }
}

/// `Join` of the shaders, for so many pictures with room for so many words of bits.
pub(super) fn parameters(join: &DeviceJoin, pictures: u32, room: u32, budget: u32) -> [u32; PARAMETERS] {
    let DeviceJoin { code, height, tile_rows, header_bits, end } = join;
    let ([left, left_bits], [above, above_bits]) = (code.left, code.above);
    [
        [pictures, *height, *tile_rows, budget],
        [code.bpp, code.stride, code.filter, room],
        [code.min_match, code.max_match, *header_bits, 0],
        [left, left_bits, above, above_bits],
        [end[0], end[1], 0, 0],
    ]
    .concat()
    .try_into()
    .expect("as many words")
}
