//! What follows from the spans of a picture without joining it.

use std::sync::Arc;

use crate::png::file;
use crate::png::filter::Around;
use crate::png::join::Encoder;
use crate::png::sums::{ADLER_MOD, pixel_sums};
use crate::png::tile_row::RowSpans;

impl Encoder {
    /// Whether these tile rows join to a file, which they do not where stored blocks would be smaller. False where that is
    /// not sure without joining them.
    pub(crate) fn surely_joins(&self, rows: &[Arc<RowSpans>]) -> bool {
        let spans: u64 = rows.iter().map(|row| row.most_bits()).sum();
        let (_, header) = self.block_header();
        let bits = u64::from(header) + self.filter_bits() + spans + u64::from(self.method().code.end.count);
        2 + bits.div_ceil(8) + 4 <= file::stored_len(self.format().raw_len())
    }

    /// Adler-32 of the picture of these tile rows, which its file would have.
    pub(crate) fn checksum_of(&self, rows: &[Arc<RowSpans>]) -> u32 {
        let stride = self.method().code.shape.stride() as u64;
        let (mut plain, mut weighted) = self.filter_sums();
        for (tile_row, spans) in rows.iter().enumerate() {
            let ys = self.grid().y_range(tile_row);
            let base = ys.start as u64 * stride % ADLER_MOD;
            let sums = spans.sums();
            plain += sums.plain;
            weighted += sums.weighted + base * sums.plain;
            if self.filter().looks_left() {
                for position in 0..ys.len() {
                    let (more, more_weighted) = self.edge_sums(spans, position);
                    plain += more;
                    weighted += more_weighted + (ys.start + position) as u64 * stride % ADLER_MOD * more;
                }
            }
        }
        self.adler(plain, weighted)
    }

    /// The sums of the first pixels of spans in a row under a filter that looks to the left.
    fn edge_sums(&self, spans: &RowSpans, position: usize) -> (u64, u64) {
        let bpp = self.method().code.shape.bpp as u64;
        let (mut plain, mut weighted, mut left, mut above_left) = (0, 0, 0, 0);
        for span in spans.spans() {
            let row = &span.rows[position];
            let (above, last_above) = match position {
                0 => (0, 0),
                _ => (span.rows[position - 1].first, span.rows[position - 1].last),
            };
            let around = Around { pixel: row.first, left, above, above_left };
            let (bytes, places) = pixel_sums(self.filter().pixel(position, around));
            plain += u64::from(bytes);
            weighted += (1 + u64::from(span.x) * bpp) * u64::from(bytes) + u64::from(places);
            (left, above_left) = (row.last, last_above);
        }
        (plain, weighted)
    }
}
