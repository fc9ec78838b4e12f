//! An encoder's code, filter and search as numbers, for devices that compress spans by programs of their own.
//!
//! The programs are those of `shaders/compress`; they look up the same codes and do the same with them, so that their spans are
//! those of [`Encoder::compress`], bit for bit.

use crate::png::color::Color;
use crate::png::deflate_symbols::{Bits, DISTANCES};
use crate::png::huffman_tables::Code;
use crate::png::join::Encoder;
use crate::png::lz77::{FAR, Search};
use crate::png::optimal;
use crate::png::span::{CompressedSpan, Method, OnCard};

/// Where the parts of [`DeviceCode::tables`] begin: those of literals, of lengths by pixels, of distances, the palette's entries,
/// and its look-up table.
const LENGTHS: usize = 256;
const DISTANCE_CODES: usize = 544;
const ENTRIES: usize = 576;
const SLOTS: usize = 832;

/// What spans are compressed with.
#[derive(Clone, Debug)]
pub(crate) struct DeviceCode {
    /// All codes, and the palette.
    pub(crate) tables: Box<[u32; Self::WORDS]>,
    /// Bytes of a pixel, and of a row of the picture with its filter byte.
    pub(crate) bpp: u32,
    pub(crate) stride: u32,
    /// As [`Code`] has them.
    pub(crate) min_match: u32,
    pub(crate) max_match: u32,
    pub(crate) sure_match: u32,
    /// The filter's byte in rows below the first.
    pub(crate) filter: u32,
    /// Whether that looks to the left, so that a span's first column is not part of it.
    pub(crate) looks_left: bool,
    /// Edges that are tried at each pixel.
    pub(crate) edges: u32,
    /// Whether matches are chosen for whole rows.
    pub(crate) whole_rows: bool,
    /// Whether samples are entries of the palette; else which bits of a pixel they are.
    pub(crate) is_indexed: bool,
    pub(crate) mask: u32,
    pub(crate) reaches_above: bool,
    /// The second half of a match with the pixel to the left, or with those straight above: the code, and its bits.
    pub(crate) left: [u32; 2],
    pub(crate) above: [u32; 2],
    /// Bits of the longest copy from straight above.
    pub(crate) long_copy: u32,
}

impl DeviceCode {
    /// Words of the tables.
    pub(crate) const WORDS: usize = SLOTS + 1024;

    pub(super) fn new(method: &Method<'_>, color: &Color) -> Self {
        let edges = match method.search() {
            Search::Straight => 0,
            Search::Near => 1,
            Search::Far => FAR as u32,
            Search::Optimal => optimal::EDGES as u32,
        };
        let code = method.code;
        let shape = code.shape;
        Self {
            tables: tables(code, color),
            bpp: shape.bpp as u32,
            stride: code.stride as u32,
            min_match: code.min_match as u32,
            max_match: code.max_match as u32,
            sure_match: code.sure_match as u32,
            filter: method.filter.byte(1).into(),
            looks_left: method.filter.looks_left(),
            edges,
            whole_rows: method.search() == Search::Optimal,
            is_indexed: matches!(color, Color::Indexed(_)),
            mask: if shape.bpp == 3 { 0x00ff_ffff } else { u32::MAX },
            reaches_above: shape.reaches_above(),
            left: [code.left.bits as u32, code.left.count],
            above: [code.above.bits as u32, code.above.count],
            long_copy: code.long_copy().0,
        }
    }

    /// What a row of so many filtered pixels may cost as bits before copies of the row above are cheaper.
    pub(crate) fn copy_price(&self, width: u32) -> u32 {
        width * self.long_copy / self.max_match
    }
}

fn tables(code: &Code, color: &Color) -> Box<[u32; DeviceCode::WORDS]> {
    let mut words = Box::new([0; DeviceCode::WORDS]);
    words[..LENGTHS].copy_from_slice(&code.literal);
    let mut put = |at: usize, all: &[Bits], shift: u32| {
        for (word, bits) in words[at..].iter_mut().zip(all) {
            *word = bits.bits as u32 | bits.count << shift;
        }
    };
    put(LENGTHS, &code.length, 24);
    put(DISTANCE_CODES, &code.distances[..code.distances.len().min(DISTANCES)], 16);
    if let Color::Indexed(palette) = color {
        words[ENTRIES..][..palette.entries.len()].copy_from_slice(&palette.entries);
        words[SLOTS..].iter_mut().zip(&palette.slots).for_each(|(word, &slot)| *word = slot.into());
    }
    words
}

impl Encoder {
    /// What a device needs to compress as [`Self::compress`] does.
    pub(crate) fn device_code(&self) -> DeviceCode {
        DeviceCode::new(&self.method(), &self.format().color)
    }

    /// A span from column `x` on that a device compressed: five words for each row, the bits of all rows, the sums, and where it
    /// stays on the device.
    pub(crate) fn compressed_span(
        &self,
        rows: &[[u32; 5]],
        bits: &[u8],
        x: u32,
        sums: (u32, u32),
        on_card: OnCard,
    ) -> CompressedSpan {
        let span = CompressedSpan::from_words(rows, bits, x, sums, self.method().code);
        CompressedSpan { on_card, ..span }
    }
}
