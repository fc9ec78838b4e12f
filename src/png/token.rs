//! What rows are made of: literal pixels and matches.

use crate::png::code::REACH;

/// A part of a row, in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// Pixels that it stands for; 1 for a literal.
    pub(crate) length: u16,
    /// How many rows up a match's source is; 0 is the pixel to the left.
    up: u8,
    /// The lane of a source above (see [`REACH`]), or [`Self::LITERAL`].
    lane: u8,
}

impl Token {
    const LITERAL: u8 = u8::MAX;

    /// A pixel, as it is.
    pub(crate) const fn literal() -> Self {
        Self { length: 1, up: 0, lane: Self::LITERAL }
    }

    /// `length` pixels equal to the one to the left.
    #[inline]
    pub(crate) fn left(length: usize) -> Self {
        Self { length: length as u16, up: 0, lane: 0 }
    }

    /// `length` pixels from `up` rows above, `lane - REACH` pixels to the right.
    #[inline]
    pub(crate) fn above(up: usize, lane: usize, length: usize) -> Self {
        Self { length: length as u16, up: up as u8, lane: lane as u8 }
    }

    /// `length` pixels from straight above.
    #[inline]
    pub(crate) fn copy(length: usize) -> Self {
        Self::above(1, REACH, length)
    }

    #[inline]
    pub(crate) fn is_literal(self) -> bool {
        self.lane == Self::LITERAL
    }

    #[inline]
    pub(crate) fn is_copy(self) -> bool {
        self.up == 1 && usize::from(self.lane) == REACH
    }

    /// Rows up and lane of a match above.
    #[inline]
    pub(crate) fn source(self) -> Option<(usize, usize)> {
        (self.up > 0).then_some((self.up.into(), self.lane.into()))
    }
}

/// Splits `length` pixels in pieces that one match can copy, the last no shorter than `min`.
#[inline]
pub(crate) fn pieces(mut length: usize, min: usize, max: usize, mut emit: impl FnMut(usize)) {
    while length > max {
        let take = if length - max < min { max - min } else { max };
        emit(take);
        length -= take;
    }
    emit(length);
}
