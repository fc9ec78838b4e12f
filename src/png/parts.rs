//! What rows are made of, literal pixels and matches, and what takes them.

use fearless_simd::Simd;

use crate::png::deflate_symbols::Shape;

/// Where a match's pixels come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The pixel to the left, over and over.
    Left,
    /// Straight above.
    Above,
    /// So many bytes back, in a row above.
    Back(u32),
}

/// Takes the parts of rows, from left to right, in whole pixels.
pub(crate) trait Parts {
    /// A pixel, as it is.
    fn literal(&mut self, pixel: u32);

    /// The first `count` pixels of `from`, as they are. What comes behind them may be any.
    #[inline(always)]
    fn literals<S: Simd>(&mut self, simd: S, from: &[u32], count: usize) {
        let _ = simd;
        from[..count].iter().for_each(|&pixel| self.literal(pixel));
    }

    /// So many pixels equal to the one to the left, which is this `pixel`; one match's at most.
    ///
    /// Such a part at a row's beginning repeats the last pixel of another span, or else its own first pixel.
    fn left(&mut self, length: usize, pixel: u32);

    /// So many pixels from straight above; one match's at most.
    fn above(&mut self, length: usize);

    /// So many pixels from `distance` bytes back, in a row above but not straight above; one match's at most.
    fn back(&mut self, length: usize, distance: u32);
}

/// Splits `length` pixels in pieces that one match can copy, the last no shorter than the shortest.
#[inline(always)]
pub(crate) fn pieces(mut length: usize, shape: Shape, mut emit: impl FnMut(usize)) {
    let (min, max) = (shape.min_match(), shape.max_match());
    while length > max {
        let take = if length - max < min { max - min } else { max };
        emit(take);
        length -= take;
    }
    emit(length);
}
