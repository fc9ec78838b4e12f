//! Joining as numbers, for devices that put pictures together by programs of their own.
//!
//! The programs are those of `shaders/join`; they walk a picture's spans as [`Encoder::join`] does and give
//! [`JoinedBits`](crate::png::joined::JoinedBits).

use crate::png::bits::BLOCK;
use crate::png::device_code::DeviceCode;
use crate::png::join::Encoder;
use crate::png::rows::Row;
use crate::png::span::CompressedSpan;
use crate::png::tile_row::RowSpans;

/// What pictures are joined with.
#[derive(Clone, Debug)]
pub(crate) struct DeviceJoin {
    pub(crate) code: DeviceCode,
    /// Rows of pixels of a picture, and tile rows.
    pub(crate) height: u32,
    pub(crate) tile_rows: u32,
    /// Bits of the block's header, which a device leaves out.
    pub(crate) header_bits: u32,
    /// The code of the block's end, and its bits.
    pub(crate) end: [u32; 2],
}

impl CompressedSpan {
    /// Words of [`Self::put_words`].
    pub(crate) fn words(&self) -> usize {
        self.row_words() + (self.bytes.len() - BLOCK).div_ceil(4)
    }

    /// Those before its bits.
    pub(crate) fn row_words(&self) -> usize {
        5 * self.rows.len()
    }

    /// Appends the span as a device reads it: five words for each row, and the bits of all rows.
    pub(crate) fn put_words(&self, to: &mut Vec<u32>) {
        to.extend(self.rows.iter().flat_map(Row::words));
        let bits = &self.bytes[..(self.bytes.len() - BLOCK).next_multiple_of(4)];
        to.extend(bits.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word)));
    }
}

impl Encoder {
    /// What a device needs to join as [`Self::join`] does.
    pub(crate) fn device_join(&self) -> DeviceJoin {
        let code = self.method().code;
        DeviceJoin {
            code: self.device_code(),
            height: self.format().size.height,
            tile_rows: self.grid().rows() as u32,
            header_bits: code.header().1,
            end: [code.end.bits as u32, code.end.count],
        }
    }

    /// No more bits than this are joined for a picture of these tile rows.
    pub(crate) fn most_joined_bits<'r>(&self, rows: impl Iterator<Item = &'r RowSpans>) -> u64 {
        let code = self.method().code;
        let spans: u64 = rows.map(RowSpans::most_bits).sum();
        u64::from(code.header().1) + self.filter_bits() + spans + u64::from(code.end.count)
    }
}
