//! What rows are made of, literal pixels and matches, and what takes them.

use crate::png::code::{REACH, Shape};

/// Takes the parts of rows, from left to right, in whole pixels.
pub(crate) trait Parts {
    /// A pixel, as it is.
    fn literal(&mut self, pixel: u32);

    /// So many pixels equal to the one to the left, which is this `pixel`; one match's at most.
    ///
    /// Such a part at a row's beginning repeats the last pixel of another span, or else its own first pixel.
    fn left(&mut self, length: usize, pixel: u32);

    /// So many pixels from `up` rows above, `lane - REACH` pixels to the right; one match's at most.
    fn above(&mut self, up: usize, lane: usize, length: usize);

    /// So many pixels from straight above; one match's at most.
    #[inline(always)]
    fn copy(&mut self, length: usize) {
        self.above(1, REACH, length);
    }
}

/// Whether a match above comes from straight above.
#[inline(always)]
pub(crate) fn is_copy(up: usize, lane: usize) -> bool {
    (up, lane) == (1, REACH)
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
