//! Pictures whose rows were joined elsewhere: what is around their bits.

use crate::png::file::{self, IDAT_HEAD, ZLIB_HEADER};
use crate::png::join::Encoder;
use crate::png::sums::ADLER_MOD;
use crate::png::tile_row::RowSpans;

/// A picture's bits from its first row to the end of the block, as a back end with memory of its own joined them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JoinedBits {
    /// How many, with those of the block's header, which are clear.
    pub(crate) bits: u32,
    pub(crate) bytes: Box<[u8]>,
    /// Sums of what was made at joining: of bytes, and of bytes times their position in the picture, mod 65521.
    pub(crate) sums: [u32; 2],
}

impl Encoder {
    /// Makes a picture's file of what a device joined of its tile rows. Gives what [`Self::join`] gives.
    pub(crate) fn finish_joined<'r>(
        &self,
        rows: impl Iterator<Item = &'r RowSpans>,
        joined: &JoinedBits,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let stride = self.method().code.shape.stride() as u64;
        let (mut plain, mut weighted) = self.filter_sums();
        plain += u64::from(joined.sums[0]);
        weighted += u64::from(joined.sums[1]);
        for (row, spans) in rows.enumerate() {
            let base = self.grid().y_range(row).start as u64 * stride % ADLER_MOD;
            let sums = spans.sums();
            plain += sums.plain;
            weighted += sums.weighted + base * sums.plain;
        }
        let written = joined.bits.div_ceil(8) as usize;
        let room = file::room(self.head(), 2 + written + 4);
        if out.len() < room {
            out.resize(room, 0);
        }
        let start = self.head().len() + IDAT_HEAD;
        out[start..start + 2].copy_from_slice(&ZLIB_HEADER);
        let stream = &mut out[start + 2..][..written];
        stream.copy_from_slice(&joined.bytes[..written]);
        let (header, bits) = self.method().code.header();
        stream.iter_mut().zip(&header[..bits.div_ceil(8) as usize]).for_each(|(to, byte)| *to |= byte);
        self.complete(written, (plain, weighted), out)
    }
}
