//! A compressed span as bytes of a file: a fifth of what its rows take in memory, and its bits as they are.
//!
//! In memory a row is 24 bytes, so that joining reads nothing else; most rows of flat pictures are like the one above, or
//! differ from it in a pixel or a length. A record has a byte of flags for each row that differs, and what they say
//! follows. `docs/pool.md` describes it; `web/pool.js` reads it, too. What is read is not trusted: a record that could not
//! have been written is refused.

use crate::geometry::{Grid, MAX_SIDE, Place};
use crate::png::join::Encoder;
use crate::png::rows::{Row, Stretch};
use crate::png::span::CompressedSpan;
use crate::png::sums::ADLER_MOD;

/// What the two lowest bits of a row's flags say.
const NO_BITS: u8 = 0;
const OWN_BITS: u8 = 1;
const BITS_ABOVE: u8 = 2;
const REPEATED: u8 = 3;
/// What is there, and of what kind.
const HEAD: u8 = 1 << 2;
const HEAD_LEFT: u8 = 1 << 3;
const TAIL: u8 = 1 << 4;
const TAIL_LEFT: u8 = 1 << 5;
const FIRST: u8 = 1 << 6;
const LAST: u8 = 1 << 7;

/// A row has no more bits for each of its pixels: four bytes of fifteen bits are 60.
const MOST_BITS: u64 = 64;

/// Appends a number in groups of seven bits, lowest first; all but the last have the high bit set.
pub(crate) fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The rest of some bytes, read from the front.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

/// There are fewer bytes than something needs, or a number has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CutShort;

impl<'a> Bytes<'a> {
    /// The next `count` bytes.
    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], CutShort> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(CutShort)?;
        self.0 = rest;
        Ok(taken)
    }

    /// The next bytes as an array.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], CutShort> {
        Ok(self.take(N)?.try_into().expect("as many were taken"))
    }

    /// A byte.
    pub(crate) fn byte(&mut self) -> Result<u8, CutShort> {
        Ok(self.array::<1>()?[0])
    }

    /// A number that [`put_varint`] wrote.
    pub(crate) fn varint(&mut self) -> Result<u64, CutShort> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(CutShort);
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(CutShort)
    }
}

impl From<CutShort> for &'static str {
    fn from(_: CutShort) -> Self {
        "it ends too early"
    }
}

/// The place of a span that begins at column `x`, from the column `end` that follows its last one.
pub(crate) fn place_of(tile_row: usize, x: u32, end: u32) -> Place {
    let last = (end - 1) / Grid::TILE_WIDTH;
    Place { tile_row: tile_row as u16, first: (x / Grid::TILE_WIDTH) as u16, last: last as u16 }
}

impl Encoder {
    /// Appends the record of `span`, which lies at `place`, without a checksum.
    pub(crate) fn write_record(&self, place: Place, span: &CompressedSpan, out: &mut Vec<u8>) {
        let looks_left = self.filter().looks_left();
        let bpp = self.method().code.shape.bpp;
        put_varint(place.tile_row.into(), out);
        put_varint(place.first.into(), out);
        put_varint(u64::from(place.last - place.first) + 1, out);
        for sum in [span.sums.0, span.sums.1] {
            out.extend((sum as u16).to_le_bytes());
        }
        // What a row's first pixel is matters to a filter, and where a run begins.
        let matters = |row: &Row| looks_left || row.head.is_left();
        let mut bits: Vec<&[u8]> = Vec::new();
        let mut above: Option<Row> = None;
        let mut repeated = 0;
        for row in &span.rows {
            let (first, last) = above.map_or((0, 0), |above| (above.first, above.last));
            let row = if matters(row) { *row } else { row.with_edges([first, row.last]) };
            let is_above = |above: &Row| above.has_bits_of(&row) && (first, last) == (row.first, row.last);
            if above.as_ref().is_some_and(is_above) {
                repeated += 1;
                continue;
            }
            put_repeated(repeated, out);
            repeated = 0;
            let mut flags = match above.as_ref() {
                Some(above) if above.has_bits_of(&row) => BITS_ABOVE,
                _ if row.bits > 0 => OWN_BITS,
                _ => NO_BITS,
            };
            let is_own = flags != BITS_ABOVE;
            let flag = |is: bool, flag: u8| if is { flag } else { 0 };
            flags |=
                flag(is_own && row.head.pixels() > 0, HEAD) | flag(is_own && row.head.is_left(), HEAD_LEFT);
            flags |=
                flag(is_own && row.tail.pixels() > 0, TAIL) | flag(is_own && row.tail.is_left(), TAIL_LEFT);
            flags |= flag(row.first != first, FIRST) | flag(row.last != last, LAST);
            out.push(flags);
            if flags & 3 == OWN_BITS {
                put_varint(row.bits.into(), out);
                bits.push(&row.of(&span.bytes)[..row.bits.div_ceil(8) as usize]);
            }
            for (flag, stretch) in [(HEAD, row.head), (TAIL, row.tail)] {
                if flags & flag != 0 {
                    put_varint(stretch.pixels() as u64, out);
                }
            }
            for (flag, pixel) in [(FIRST, row.first), (LAST, row.last)] {
                if flags & flag != 0 {
                    out.extend_from_slice(&pixel.to_le_bytes()[..bpp]);
                }
            }
            above = Some(row);
        }
        put_repeated(repeated, out);
        bits.into_iter().for_each(|bits| out.extend_from_slice(bits));
    }

    /// The span of a record without its checksum, and where it lies.
    ///
    /// # Errors
    /// What keeps the record from being one of these pictures.
    pub(crate) fn read_record(&self, record: &[u8]) -> Result<(Place, CompressedSpan), &'static str> {
        let grid = self.grid();
        let mut bytes = Bytes(record);
        let within = |value: u64, most: usize| usize::try_from(value).ok().filter(|&value| value <= most);
        let tile_row =
            within(bytes.varint()?, grid.rows() - 1).ok_or("its tile row is not in the picture")?;
        let first = within(bytes.varint()?, grid.columns() - 1).ok_or("it begins outside the picture")?;
        let tiles = within(bytes.varint()?, grid.columns() - first).ok_or("it ends outside the picture")?;
        let last = (first + tiles).checked_sub(1).filter(|_| tiles > 0).ok_or("it has no tiles")?;
        let place = Place { tile_row: tile_row as u16, first: first as u16, last: last as u16 };
        let x = grid.x_range(first).start;
        let width = grid.x_range(last).end - x;
        let mut sum = || -> Result<u32, &'static str> {
            let sum = u32::from(u16::from_le_bytes(bytes.array()?));
            if u64::from(sum) < ADLER_MOD { Ok(sum) } else { Err("its sums are not those of a checksum") }
        };
        let sums = (sum()?, sum()?);
        let (rows, used) = self.read_rows(&mut bytes, width, grid.y_range(tile_row).len())?;
        if bytes.0.len() != used as usize {
            return Err("its bits are fewer or more than those of its rows");
        }
        Ok((place, self.span_of(rows.into(), bytes.0, x as u32, sums)))
    }

    /// The rows of a record, and how many bytes of bits they have.
    fn read_rows(
        &self,
        bytes: &mut Bytes<'_>,
        width: usize,
        height: usize,
    ) -> Result<(Vec<Row>, u32), &'static str> {
        let shape = self.method().code.shape;
        let looks_left = self.filter().looks_left();
        let mut at = 0;
        let mut rows: Vec<Row> = Vec::with_capacity(height);
        while rows.len() < height {
            let flags = bytes.byte()?;
            let above = rows.last().copied();
            if flags & 3 == REPEATED {
                let row = above.ok_or("its first row repeats another")?;
                let more = usize::from(flags >> 2) + 1;
                if more > height - rows.len() {
                    return Err("it has more rows than its tile row");
                }
                rows.extend(std::iter::repeat_n(row, more));
                continue;
            }
            let kind = flags & 3;
            let bits = if kind == OWN_BITS { bytes.varint()? } else { 0 };
            if bits > MOST_BITS * width as u64 || kind == OWN_BITS && bits == 0 {
                return Err("a row has no bits, or more than its pixels can have");
            }
            let mut stretch = |there: u8, left: u8| match flags & there {
                0 => Ok(Stretch::default()),
                _ => match bytes.varint()? {
                    pixels @ 1.. if pixels <= width as u64 => {
                        Ok(Stretch::new(flags & left != 0, pixels as usize))
                    }
                    _ => Err("a row begins or ends with more pixels than it has"),
                },
            };
            let ends = [stretch(HEAD, HEAD_LEFT)?, stretch(TAIL, TAIL_LEFT)?];
            let mut pixel = |flag: u8, above: Option<u32>| -> Result<u32, &'static str> {
                if flags & flag == 0 {
                    return Ok(above.unwrap_or(0));
                }
                let mut pixel = [0; 4];
                pixel[..shape.bpp].copy_from_slice(bytes.take(shape.bpp)?);
                Ok(u32::from_le_bytes(pixel))
            };
            let edges = [pixel(FIRST, above.map(|row| row.first))?, pixel(LAST, above.map(|row| row.last))?];
            let row = match kind {
                BITS_ABOVE => above.ok_or("its first row has the bits of another")?.with_edges(edges),
                _ => {
                    let row = Row::read(at, bits as u32, ends, edges);
                    at += row.bits.div_ceil(8);
                    row
                }
            };
            let [head, tail] = ends;
            let copies = ends.iter().any(|end| end.pixels() > 0 && !end.is_left());
            if head.pixels() + tail.pixels() > width
                || looks_left && head.pixels() + tail.pixels() > 0
                || copies && !shape.reaches_above()
            {
                return Err("a row begins or ends with what cannot be there");
            }
            rows.push(row);
        }
        Ok((rows, at))
    }
}

/// The bits of a span's rows fit 32 bits, so that no sum of lengths overflows.
const _: () = assert!(MOST_BITS * MAX_SIDE as u64 * Grid::TILE_HEIGHT as u64 / 8 < u32::MAX as u64);

/// Appends that so many rows are like the one above.
fn put_repeated(rows: usize, out: &mut Vec<u8>) {
    if rows > 0 {
        out.push(REPEATED | (rows as u8 - 1) << 2);
    }
}

/// A flag says how many rows repeat in six bits.
const _: () = assert!(Grid::TILE_HEIGHT <= 64);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Size;
    use crate::png::file::Format;
    use crate::png::lz77::Search;
    use crate::png::span::Scratch;
    use crate::png::{CodeLengths, Color, Filter, RowSpans, TileRow, shape_of};
    use std::sync::Arc;

    fn encoder(color: Color, filter: Filter, width: u32, height: u32, search: Search) -> Encoder {
        let format = Format { size: Size { width, height }, color, icc_profile: None };
        let lengths = CodeLengths::untrained(shape_of(&format), 256);
        Encoder::new(format, filter, lengths, search)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

        /// Pictures of few colours, cut into spans anywhere, in all colour types and filters: what comes out of records
        /// joins to the same file. Records that are changed, cut or lengthened never panic, and nothing joins with them
        /// that is not a picture of the same size.
        #[test]
        fn spans_of_records_join_to_the_same_files(
            color in prop::sample::select(vec![Color::Rgb, Color::Rgba]),
            filter in prop::sample::select(Filter::ALL.to_vec()),
            search in prop::sample::select(vec![Search::Straight, Search::Near, Search::Far, Search::Optimal]),
            width in prop::sample::select(vec![1u32, 64, 65, 300, 512]),
            height in 1u32..70,
            changes in prop::collection::vec((0usize..20_000, 0u32..4), 0..60),
            noise in any::<bool>(),
            cuts in prop::collection::vec(prop::collection::vec(any::<bool>(), 8), 3),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            let encoder = encoder(color, filter, width, height, search);
            let grid = encoder.grid();
            let mut picture = vec![0xff00_0000u32; (width * height) as usize];
            for (from, colour) in changes {
                let pixel = |i: usize| 0xff00_0000 | (0x0001_0203 * colour).wrapping_add(if noise { i as u32 * 77 } else { 0 });
                let from = from.min(picture.len());
                picture[from..].iter_mut().enumerate().for_each(|(i, p)| *p = pixel(i));
            }
            let (mut rows, mut again, mut records) = (Vec::new(), Vec::new(), Vec::new());
            for (tile_row, cut) in cuts.iter().enumerate().take(grid.rows()) {
                let mut starts: Vec<usize> = (0..grid.columns())
                    .filter(|&column| column == 0 || cut[column % 8])
                    .map(|column| grid.x_range(column).start)
                    .collect();
                starts.push(width as usize);
                let (mut spans, mut read) = (Vec::new(), Vec::new());
                for ends in starts.windows(2) {
                    let mut pixels: Vec<u32> = grid
                        .y_range(tile_row)
                        .flat_map(|y| picture[y * width as usize..][ends[0]..ends[1]].to_vec())
                        .collect();
                    let span = encoder.compress(&mut pixels, ends[1] - ends[0], ends[0], &mut Scratch::default());
                    let place = place_of(tile_row, ends[0] as u32, ends[1] as u32);
                    let mut record = Vec::new();
                    encoder.write_record(place, &span, &mut record);
                    let (found, again) = encoder.read_record(&record).unwrap();
                    prop_assert_eq!(found, place);
                    prop_assert!(record.len() <= span.memory());
                    records.push(record);
                    spans.push(Arc::new(span));
                    read.push(Arc::new(again));
                }
                rows.push(RowSpans::new(spans.into()));
                again.push(RowSpans::new(read.into()));
            }
            let join = |rows: &[RowSpans]| {
                let rows: Vec<TileRow<'_>> = rows.iter().map(|spans| TileRow { spans, block: None }).collect();
                let mut out = Vec::new();
                encoder.join(&rows, &mut out).map(|len| out[..len].to_vec())
            };
            prop_assert_eq!(join(&rows), join(&again));
            let shared: Vec<Arc<RowSpans>> =
                again.iter().map(|row| Arc::new(RowSpans::new(row.spans().into()))).collect();
            match join(&rows) {
                Some(file) => {
                    let sum = crate::png::data_checksum(&mut std::io::Cursor::new(file)).unwrap();
                    prop_assert_eq!(sum, Some(encoder.checksum_of(&shared)));
                }
                None => prop_assert!(!encoder.surely_joins(&shared)),
            }
            for (number, record) in records.iter().enumerate() {
                let mut changed = record.clone();
                for (index, byte) in &damage {
                    let at = index.index(changed.len());
                    changed[at] = *byte;
                }
                let cut = damage[0].0.index(record.len());
                for bytes in [&changed[..], &record[..cut]] {
                    let Ok((place, span)) = encoder.read_record(bytes) else { continue };
                    if place != encoder.read_record(record).unwrap().0 {
                        continue;
                    }
                    // It replaces the span; the others are whole.
                    let span = Arc::new(span);
                    let mut at = 0;
                    let with: Vec<RowSpans> = again
                        .iter()
                        .map(|row| {
                            let spans = row.spans().iter().map(|own| {
                                at += 1;
                                if at == number + 1 { span.clone() } else { own.clone() }
                            });
                            RowSpans::new(spans.collect())
                        })
                        .collect();
                    let _ = join(&with);
                }
            }
        }
    }

    #[test]
    fn rows_alike_take_a_byte() {
        let encoder = encoder(Color::Rgb, Filter::None, 256, 32, Search::Far);
        let mut pixels = vec![0xff10_2030; 256 * 32];
        let span = encoder.compress(&mut pixels, 256, 0, &mut Scratch::default());
        let mut record = Vec::new();
        encoder.write_record(place_of(0, 0, 256), &span, &mut record);
        assert!(record.len() < 40 && span.memory() > 700, "{} and {} bytes", record.len(), span.memory());
    }

    #[test]
    fn numbers_come_back_and_overlong_ones_are_refused() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut out = Vec::new();
            put_varint(value, &mut out);
            assert_eq!(Bytes(&out).varint(), Ok(value));
            assert_eq!(Bytes(&out[..out.len() - 1]).varint(), Err(CutShort));
        }
        assert_eq!(Bytes(&[0xff; 11]).varint(), Err(CutShort));
        assert_eq!(
            Bytes(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]).varint(),
            Err(CutShort)
        );
    }
}
