//! The spans of a pass, as the kernels are given them.

use crate::compositor::gpu::fill::Extent;
use crate::pixel::Arithmetic;
use crate::png::DeviceCode;

/// Words of the results before those of spans.
pub(super) const HEAD: u32 = 4;
/// Words of the results for each span and each row.
pub(super) const SPAN_WORDS: u32 = 4;
pub(super) const ROW_WORDS: u32 = 5;

/// Words of [`Work::parameters`].
pub(super) const PARAMETERS: usize = 24;

/// A list of spans. Memory is used again from pass to pass.
#[derive(Debug, Default)]
pub(super) struct Work {
    /// `Span` of the shaders.
    spans: Vec<[u32; 8]>,
    /// The number of each row's span.
    span_of_row: Vec<u32>,
    /// Filtered pixels so far, and words of bits.
    pixels: u32,
    words: u32,
    /// Cells of the target so far.
    cells: u32,
    /// Composited pixels that become one, a side; and how their averages are made.
    factor: u32,
    is_premultiplied: bool,
}

impl Work {
    /// Begins a list of spans whose pixels are averages of boxes of so many pixels a side.
    pub(super) fn clear(&mut self, factor: u32, arithmetic: Arithmetic) {
        (self.factor, self.is_premultiplied) = (factor, arithmetic == Arithmetic::Premultiplied);
        self.spans.clear();
        self.span_of_row.clear();
        (self.pixels, self.words, self.cells) = (0, 0, 0);
    }

    /// Adds a span, which has the next cells of the target.
    pub(super) fn add(&mut self, code: &DeviceCode, extent: Extent) {
        let [x, width, height] = [extent.x, extent.width, extent.height].map(|pixels| pixels as u32);
        let filtered = width - u32::from(code.looks_left);
        let (number, row) = (self.spans.len() as u32, self.rows());
        let copy = code.copy_price(filtered);
        self.spans.push([self.pixels, self.words, row, filtered, height, x, self.cells, copy]);
        self.span_of_row.extend((0..height).map(|_| number));
        self.pixels += filtered * height;
        self.words += filtered.div_ceil(32) * height;
        self.cells += extent.cells;
    }

    /// Cells of the target.
    pub(super) fn cells(&self) -> u32 {
        self.cells
    }

    pub(super) fn spans(&self) -> u32 {
        self.spans.len() as u32
    }

    pub(super) fn rows(&self) -> u32 {
        self.span_of_row.len() as u32
    }

    /// Both lists, one behind the other.
    pub(super) fn lists(&self) -> [&[u8]; 2] {
        [bytemuck::cast_slice(&self.spans), bytemuck::cast_slice(&self.span_of_row)]
    }

    /// Where the bits begin among the results, in words.
    pub(super) fn bits_at(&self) -> u32 {
        HEAD + SPAN_WORDS * self.spans() + ROW_WORDS * self.rows()
    }

    /// `Pass` of the shaders, for a target of so many columns of cells, a power of two, with room for so many words of results.
    pub(super) fn parameters(
        &self,
        code: &DeviceCode,
        columns: u32,
        room: u32,
        budget: u32,
    ) -> [u32; PARAMETERS] {
        let ([left, left_bits], [above, above_bits]) = (code.left, code.above);
        [
            [self.rows(), self.spans(), columns.ilog2(), budget],
            [self.bits_at(), room - self.bits_at(), code.bpp, code.stride],
            [code.min_match, code.max_match, code.sure_match, code.filter],
            [code.edges, code.is_indexed.into(), code.mask, code.reaches_above.into()],
            [left, left_bits, above, above_bits],
            [code.long_copy, code.whole_rows.into(), self.factor, self.is_premultiplied.into()],
        ]
        .concat()
        .try_into()
        .expect("as many words")
    }
}
