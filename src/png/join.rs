//! Joining compressed spans to whole files, and the two other ways to write a picture.
//!
//! A picture's deflate stream is the collection's block header, then for every pixel row the code of its filter byte
//! and the row's bits of each span of its tile row, shifted into place and mended at their seams, then the end of the
//! block. A tile row that was joined before is one string of bits ([`Block`]). Adler-32 comes from the spans' sums; of the pixels, only the first of each span row under a filter that looks
//! to the left is made here.

use std::sync::Arc;

use fearless_simd::{Level, Simd, dispatch};

use crate::geometry::Grid;
use crate::pixel::Pixel;
use crate::png::bits::{BLOCK, BitWriter, SLACK};
use crate::png::color::Color;
use crate::png::deflate_symbols::{CodeLengths, Shape};
use crate::png::file::{self, Format, IDAT_HEAD, ZLIB_HEADER};
use crate::png::filter::{Around, Filter};
use crate::png::huffman_tables::Code;
use crate::png::lz77::Search;
use crate::png::rows::Row;
use crate::png::seams::SeamWriter;
use crate::png::span::{CompressedSpan, Method, Scratch, SpanSamples, compress};
use crate::png::sums::{ADLER_MOD, pixel_sums};
use crate::png::tile_row::{Block, ByteSums, RowSpans, TileRow};

/// Bytes that come from memory together, on most machines.
const CACHE_LINE: usize = 64;

/// Writes pictures of one format with one code.
#[derive(Debug)]
pub(crate) struct Encoder {
    format: Format,
    grid: Grid,
    filter: Filter,
    code: Code,
    lengths: CodeLengths,
    search: Search,
    level: Level,
    head: Vec<u8>,
    /// Adler-32's two sums over the filter bytes of a picture, and the bits of their codes.
    filter_sums: (u64, u64),
    filter_bits: u64,
}

impl Encoder {
    /// An encoder for pictures of `format`, by the recipe's filter, code and search.
    pub(crate) fn new(format: Format, filter: Filter, lengths: CodeLengths, search: Search) -> Self {
        let shape = shape_of(&format);
        let grid = Grid::new(format.size);
        let code = Code::new(lengths.clone(), shape);
        let (mut plain, mut weighted, mut filter_bits) = (0, 0, 0);
        for row in 0..grid.rows() {
            for (position, y) in grid.y_range(row).enumerate() {
                let byte = filter.byte(position);
                plain += u64::from(byte);
                weighted += u64::from(byte) * ((y * shape.stride()) as u64 % ADLER_MOD);
                filter_bits += u64::from(code.byte(byte).count);
            }
        }
        let head = format.head();
        let level = Level::new();
        let filter_sums = (plain, weighted);
        Self { format, grid, filter, code, lengths, search, level, head, filter_sums, filter_bits }
    }

    pub(crate) fn format(&self) -> &Format {
        &self.format
    }

    /// Compresses a span of composited pixels, which become samples on the way. `x` is its first column.
    pub(crate) fn compress(
        &self,
        pixels: &mut [Pixel],
        width: usize,
        x: usize,
        scratch: &mut Scratch,
    ) -> CompressedSpan {
        self.format.color.to_samples(pixels);
        compress(SpanSamples { pixels, width, x }, &self.method(), scratch)
    }

    pub(crate) fn grid(&self) -> Grid {
        self.grid
    }

    pub(crate) fn filter(&self) -> Filter {
        self.filter
    }

    /// The code lengths of its code.
    pub(crate) fn lengths(&self) -> &CodeLengths {
        &self.lengths
    }

    /// The same with pictures that begin so, up to their data.
    pub(crate) fn with_head(self, head: Vec<u8>) -> Self {
        Self { head, ..self }
    }

    /// The header of the deflate block of all pictures: whole bytes, and how many bits of them.
    pub(crate) fn block_header(&self) -> (&[u8], u32) {
        let (bytes, bits) = self.code.header();
        (&bytes[..bits.div_ceil(8) as usize], bits)
    }

    /// A span of rows that were read.
    pub(super) fn span_of(&self, rows: Box<[Row]>, bits: &[u8], x: u32, sums: (u32, u32)) -> CompressedSpan {
        CompressedSpan::of_rows(rows, bits, x, sums, &self.code)
    }

    /// Signature and chunks before the data.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Adler-32's two sums over the filter bytes of a picture.
    pub(super) fn filter_sums(&self) -> (u64, u64) {
        self.filter_sums
    }

    /// The bits of their codes.
    pub(super) fn filter_bits(&self) -> u64 {
        self.filter_bits
    }

    /// How spans are coded.
    pub(super) fn method(&self) -> Method<'_> {
        let Self { code, filter, search, level, .. } = self;
        Method { code, filter: *filter, search: *search, level: *level }
    }

    /// Joins a picture from its tile rows, top to bottom.
    ///
    /// Gives the file's length in `out`, whose other bytes mean nothing, so that it can be re-used without clearing.
    /// Gives nothing if stored blocks would be smaller: then [`Self::stored`] writes the picture.
    pub(crate) fn join(&self, rows: &[TileRow<'_>], out: &mut Vec<u8>) -> Option<usize> {
        // For its shifts by any amount: those of the oldest x86-64 machines are three instructions each.
        dispatch!(self.level, simd => self.join_with(simd, rows, out))
    }

    #[inline(always)]
    fn join_with<S: Simd>(&self, simd: S, rows: &[TileRow<'_>], out: &mut Vec<u8>) -> Option<usize> {
        let (header, header_bits) = self.code.header();
        let span_bits: u64 = rows.iter().map(|row| row.spans.most_bits()).sum();
        let most_bits =
            u64::from(header_bits) + self.filter_bits + span_bits + u64::from(self.code.end.count);
        let room = file::room(&self.head, (2 + most_bits.div_ceil(8) + 4) as usize);
        if out.len() < room {
            out.resize(room, 0);
        }
        let start = self.head.len() + IDAT_HEAD;
        out[start..start + 2].copy_from_slice(&ZLIB_HEADER);
        let mut stream = BitWriter::new(&mut out[start + 2..]);
        stream.copy(header, header_bits);
        let mut writer = SeamWriter::new(&self.code, stream);
        let stride = self.code.shape.stride() as u64;
        let (mut plain, mut weighted) = self.filter_sums;
        let mut cells = Vec::new();
        for (row, TileRow { spans, block }) in rows.iter().enumerate() {
            let ys = self.grid.y_range(row);
            let edges = match block {
                Some(block) => {
                    writer.block(&block.bytes, block.bits);
                    block.edges
                }
                None => self.join_row(simd, spans, ys.len(), &mut writer, &mut cells),
            };
            let sums = spans.sums();
            let base = ys.start as u64 * stride % ADLER_MOD;
            let here = sums.plain + edges.plain;
            plain += here;
            weighted += sums.weighted + edges.weighted + base * here;
        }
        let mut stream = writer.end();
        stream.put(self.code.end.bits, self.code.end.count);
        let written = stream.align();
        debug_assert!(written as u64 <= most_bits.div_ceil(8));
        self.complete(written, (plain, weighted), out)
    }

    /// Puts the rest around so many bytes of deflate, which are in their place in `out`: the picture's checksum from
    /// Adler-32's two sums, and the chunks. Gives the file's length, or nothing if stored blocks would be smaller.
    pub(super) fn complete(
        &self,
        written: usize,
        (plain, weighted): (u64, u64),
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let zlib_len = 2 + written + 4;
        if zlib_len as u64 > file::stored_len(self.format.raw_len()) {
            return None;
        }
        let end = self.head.len() + IDAT_HEAD + 2 + written;
        out[end..end + 4].copy_from_slice(&self.adler(plain, weighted).to_be_bytes());
        Some(file::seal(&self.head, zlib_len, out))
    }

    /// Joins a tile row of `height` rows of pixels. Gives the sums of what is made here, within the tile row.
    #[inline(always)]
    fn join_row<'s, S: Simd>(
        &self,
        _: S,
        spans: &'s RowSpans,
        height: usize,
        writer: &mut SeamWriter<'_>,
        cells: &mut Vec<(&'s [u8], &'s [Row])>,
    ) -> ByteSums {
        let spans = spans.spans();
        touch(spans);
        let stride = self.code.shape.stride() as u64;
        let mut edges = ByteSums::default();
        cells.clear();
        cells.extend(spans.iter().map(|span| (&*span.bytes, &*span.rows)));
        for position in 0..height {
            writer.begin_row(self.filter.byte(position));
            if self.filter.looks_left() {
                let (more, more_weighted) = self.edge_row(writer, spans, position);
                edges.plain += more;
                edges.weighted += more_weighted + position as u64 * stride % ADLER_MOD * more;
            } else {
                // A loop, for a closure is called here, and compiled without the vector instructions at hand.
                for (bytes, rows) in cells.iter() {
                    writer.row(bytes, &rows[position]);
                }
            }
        }
        edges
    }

    /// Joins tile row number `row` of pictures to a string of its own, which needs no more than `room` bytes; `buffer` is
    /// used again from row to row.
    pub(crate) fn block(
        &self,
        row: usize,
        spans: &RowSpans,
        room: usize,
        buffer: &mut Vec<u8>,
    ) -> Option<Block> {
        dispatch!(self.level, simd => self.block_with(simd, row, spans, room, buffer))
    }

    #[inline(always)]
    fn block_with<S: Simd>(
        &self,
        simd: S,
        row: usize,
        spans: &RowSpans,
        room: usize,
        buffer: &mut Vec<u8>,
    ) -> Option<Block> {
        let height = self.grid.y_range(row).len();
        // A filter byte's code has fifteen bits at most.
        let most = (spans.most_bits() + 15 * height as u64).div_ceil(8) as usize + SLACK;
        if buffer.len() < most {
            buffer.resize(most, 0);
        }
        let mut writer = SeamWriter::new(&self.code, BitWriter::new(buffer));
        let edges = self.join_row(simd, spans, height, &mut writer, &mut Vec::new());
        let mut stream = writer.end();
        let bits = u32::try_from(stream.len()).ok()?;
        let len = stream.align() + BLOCK;
        (len <= room).then(|| Block { bytes: buffer[..len].into(), bits, edges })
    }

    /// Joins a row under a filter that looks to the left: each span's first pixel is filtered here, where its
    /// neighbour is known. Gives the sum of these pixels' bytes, and of each times its position in the row.
    fn edge_row(
        &self,
        writer: &mut SeamWriter<'_>,
        spans: &[Arc<CompressedSpan>],
        position: usize,
    ) -> (u64, u64) {
        let bpp = self.code.shape.bpp as u64;
        let (mut plain, mut weighted) = (0, 0);
        let (mut left, mut above_left) = (0, 0);
        for span in spans {
            let Row { first: pixel, last, .. } = span.rows[position];
            let (above, last_above) = match position {
                0 => (0, 0),
                _ => (span.rows[position - 1].first, span.rows[position - 1].last),
            };
            let filtered = self.filter.pixel(position, Around { pixel, left, above, above_left });
            writer.literal(filtered);
            let (bytes, places) = pixel_sums(filtered);
            plain += u64::from(bytes);
            weighted += (1 + u64::from(span.x) * bpp) * u64::from(bytes) + u64::from(places);
            writer.row(&span.bytes, &span.rows[position]);
            (left, above_left) = (last, last_above);
        }
        (plain, weighted)
    }

    /// Adler-32 of a whole picture from `sum(d)` and `sum(d x position)` over its bytes: with n bytes, the second
    /// half is n + sum((n - position) x d).
    pub(super) fn adler(&self, plain: u64, weighted: u64) -> u32 {
        let n = self.format.raw_len() % ADLER_MOD;
        let plain = plain % ADLER_MOD;
        let low = (1 + plain) % ADLER_MOD;
        let high = (n + n * plain + ADLER_MOD - weighted % ADLER_MOD) % ADLER_MOD;
        (high << 16 | low) as u32
    }

    /// Writes a whole canvas of composited pixels in stored blocks, for pictures that no code makes smaller.
    pub(crate) fn stored(&self, canvas: &mut [Pixel]) -> Vec<u8> {
        self.format.color.to_samples(canvas);
        let mut raw = Vec::with_capacity(self.format.raw_len() as usize);
        for row in canvas.chunks_exact(self.format.size.width as usize) {
            raw.push(0);
            self.format.color.append_bytes(row, &mut raw);
        }
        let mut zlib = Vec::with_capacity(file::stored_len(raw.len() as u64) as usize);
        file::stored_zlib(&raw, &mut zlib);
        file::file(&self.head, &zlib)
    }
}

/// Reads something of every cache line of `spans`, all at once: rows are read from all spans in turn, a few bytes of each,
/// and waiting for these one by one was a sixth of the time of joining.
#[inline(always)]
fn touch(spans: &[Arc<CompressedSpan>]) {
    let mut any = 0;
    for span in spans {
        any |= span.bytes.iter().step_by(CACHE_LINE).fold(0, |any, &byte| any | u32::from(byte));
        any |= span.rows.iter().step_by(CACHE_LINE / size_of::<Row>()).fold(0, |any, row| any | row.bits);
    }
    std::hint::black_box(any);
}

/// What of deflate a format lets happen.
pub(crate) fn shape_of(format: &Format) -> Shape {
    Shape { bpp: format.color.bytes_per_pixel(), width: format.size.width as usize }
}

/// Writes a whole canvas of composited pixels with the `png` crate, the plain way that everything else is
/// measured against (and what the recipe chooses where nothing repeats).
pub(crate) fn plain(
    format: &Format,
    canvas: &mut [Pixel],
    raw: &mut Vec<u8>,
) -> Result<Vec<u8>, png::EncodingError> {
    format.color.to_samples(canvas);
    raw.clear();
    format.color.append_bytes(canvas, raw);
    encode(format, raw, png::Compression::Fast)
}

/// Writes the bytes of a whole picture with the `png` crate.
pub(crate) fn encode(
    format: &Format,
    raw: &[u8],
    compression: png::Compression,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut info = png::Info::with_size(format.size.width, format.size.height);
    info.bit_depth = png::BitDepth::Eight;
    info.icc_profile = format.icc_profile.as_deref().map(Into::into);
    info.color_type = match &format.color {
        Color::Rgb => png::ColorType::Rgb,
        Color::Rgba => png::ColorType::Rgba,
        Color::Indexed(palette) => {
            info.palette = Some(palette.rgb().into());
            info.trns = palette.transparency().map(Into::into);
            png::ColorType::Indexed
        }
    };
    let mut out = Vec::with_capacity(raw.len() / 4);
    let mut encoder = png::Encoder::with_info(&mut out, info)?;
    encoder.set_compression(compression);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(raw)?;
    writer.finish()?;
    Ok(out)
}
