//! The one code of a collection: the codes of deflate's symbols, and the tables that make coding a look-up.
//!
//! All pictures of a collection share one dynamic block header, so the bits of a span row depend on its pixels
//! alone. Rows are coded in whole pixels. Each length has its code and extra bits joined in one table entry, and so has
//! what occurs most: all lengths of copies from straight above and of runs, with their distance.

use fearless_simd::Simd;

use crate::png::bits::{BLOCK, BitWriter, End, MAX_PUT, SLACK};
use crate::png::deflate_symbols::{Bits, CodeLengths, END, Shape, distance_symbol, length_symbol};
use crate::png::huffman::{canonical_codes, code_lengths, is_complete};
use crate::png::near::{NearCodes, has_shuffles};
use crate::png::parts::{Source, pieces};

/// A code ready for use.
#[derive(Debug)]
pub(crate) struct Code {
    pub(crate) shape: Shape,
    /// Bytes of a row with its filter byte.
    pub(crate) stride: usize,
    /// Pixels of the shortest and the longest match; dividing for them at every match takes its time.
    pub(crate) min_match: usize,
    pub(crate) max_match: usize,
    /// The block header: final bit, type, and the two codes' lengths.
    header: (Vec<u8>, u32),
    /// Codes of the literals: the bits, and above them their number from bit 16 on. One kilobyte, hot.
    pub(super) literal: [u32; 256],
    /// Those of the literals around zero.
    near: NearCodes,
    pub(crate) end: Bits,
    /// By length in pixels: the first half of a match.
    pub(crate) length: Vec<Bits>,
    /// The second half of a match that repeats the pixel to the left, or those straight above.
    pub(super) left: Bits,
    pub(super) above: Bits,
    /// Codes of the distances, without extra bits.
    pub(super) distances: Vec<Bits>,
    /// By length in pixels: matches from straight above, and matches of the pixel to the left, as many as are put at once.
    /// No bits where that cannot be, and for no pixels.
    copies: Vec<Bits>,
    runs: Vec<Bits>,
    /// The longest code of any match.
    pub(crate) longest_match: u32,
    /// As many pixels as this cost more as literals than any match, whatever they are.
    pub(crate) sure_match: usize,
}

impl Code {
    /// Builds the tables.
    ///
    /// # Panics
    /// If a code is not complete; [`CodeLengths::trained`] makes no other.
    pub(crate) fn new(lengths: CodeLengths, shape: Shape) -> Self {
        assert!(is_complete(&lengths.literals, 15) && is_complete(&lengths.distances, 15), "incomplete code");
        let bits_of = |lengths: &[u8]| -> Vec<Bits> {
            let codes = canonical_codes(lengths);
            codes.iter().zip(lengths).map(|(&c, &l)| Bits { bits: c.into(), count: l.into() }).collect()
        };
        let (literals, distances) = (bits_of(&lengths.literals), bits_of(&lengths.distances));
        let length: Vec<Bits> = (0..=shape.max_match())
            .map(|pixels| match pixels < shape.min_match() {
                true => Bits::default(),
                false => {
                    let (symbol, extra) = length_symbol(pixels * shape.bpp);
                    literals[symbol].then(extra)
                }
            })
            .collect();
        let left = back(&distances, shape.bpp);
        let above = if shape.reaches_above() { back(&distances, shape.stride()) } else { Bits::default() };
        let copies = match shape.reaches_above() {
            true => repeats(&length, above, shape),
            false => vec![Bits::default()],
        };
        let runs = repeats(&length, left, shape);
        let farthest = |symbol: usize, code: &Bits| code.count + (symbol as u32 / 2).saturating_sub(1);
        let longest_length = length.iter().map(|bits| bits.count).max().unwrap_or(0);
        let longest_distance =
            distances.iter().enumerate().map(|(symbol, code)| farthest(symbol, code)).max();
        let longest_match = longest_length + longest_distance.unwrap_or(0);
        let cheapest = lengths.literals[..END].iter().filter(|&&l| l > 0).min().copied().unwrap_or(1);
        let sure_match = longest_match as usize / (usize::from(cheapest) * shape.bpp) + 1;
        let header = block_header(&lengths);
        Self {
            shape,
            stride: shape.stride(),
            min_match: shape.min_match(),
            max_match: shape.max_match(),
            header,
            literal: std::array::from_fn(|i| literals[i].bits as u32 | literals[i].count << 16),
            near: NearCodes::new(|byte| literals[usize::from(byte)]),
            end: literals[END],
            length,
            left,
            above,
            distances,
            copies,
            runs,
            longest_match,
            sure_match,
        }
    }

    /// The block header's bits and their number.
    pub(crate) fn header(&self) -> (&[u8], u32) {
        (&self.header.0, self.header.1)
    }

    /// The code of one byte.
    #[inline]
    pub(crate) fn byte(&self, byte: u8) -> Bits {
        let entry = self.literal[byte as usize];
        Bits { bits: u64::from(entry & 0xffff), count: entry >> 16 }
    }

    /// The codes of a pixel's bytes: at most 4 x 15 bits.
    #[inline]
    pub(crate) fn pixel(&self, pixel: u32) -> Bits {
        let [a, b, c, d] = pixel.to_le_bytes();
        match self.shape.bpp {
            1 => self.byte(a),
            3 => self.byte(a).then(self.byte(b)).then(self.byte(c)),
            _ => self.byte(a).then(self.byte(b)).then(self.byte(c)).then(self.byte(d)),
        }
    }

    /// Writes a pixel as it is.
    #[inline(always)]
    pub(crate) fn put_pixel(&self, pixel: u32, out: &mut BitWriter<'_>) {
        self.put_bits(self.pixel(pixel), out);
    }

    /// Writes the first `count` pixels of `from` as they are. What comes behind them may be any.
    #[inline(always)]
    pub(crate) fn put_pixels<S: Simd>(&self, simd: S, from: &[u32], count: usize, out: &mut BitWriter<'_>) {
        if self.shape.bpp == 3 && has_shuffles(simd.level()) {
            self.near.put(simd, from, count, out, |pixel, out| self.put_pixel(pixel, out));
        } else {
            from[..count].iter().for_each(|&pixel| self.put_pixel(pixel, out));
        }
    }

    /// Writes the bits of a pixel.
    #[inline(always)]
    pub(crate) fn put_bits(&self, mut bits: Bits, out: &mut BitWriter<'_>) {
        if self.shape.bpp == 4 {
            // Four bytes can take more than is put at once.
            let first = bits.count.min(32);
            out.put(bits.bits & ((1 << first) - 1), first);
            bits = Bits { bits: bits.bits >> first, count: bits.count - first };
        }
        out.put(bits.bits, bits.count);
    }

    /// Writes matches of so many pixels that repeat the one to their left, or else those straight above. There may be
    /// none.
    #[inline(always)]
    pub(crate) fn put_repeats(&self, left: bool, pixels: usize, out: &mut BitWriter<'_>) {
        let repeats = if left { &self.runs } else { &self.copies };
        match repeats.get(pixels) {
            Some(bits) => out.put(bits.bits, bits.count),
            None => out.aside(|out| self.put_many(repeats, pixels, out)),
        }
    }

    #[inline(never)]
    fn put_many(&self, repeats: &[Bits], pixels: usize, mut out: BitWriter<'_>) -> End {
        pieces(pixels, self.shape, |piece| {
            let bits = repeats[piece];
            out.put(bits.bits, bits.count);
        });
        out.end()
    }

    /// The bits of a match.
    #[inline(always)]
    pub(crate) fn a_match(&self, length: usize, source: Source) -> Bits {
        self.length[length].then(match source {
            Source::Left => self.left,
            Source::Above => self.above,
            Source::Back(distance) => back(&self.distances, distance as usize),
        })
    }

    /// The price of a long copy from straight above: bits, for so many pixels.
    pub(crate) fn long_copy(&self) -> (u32, u32) {
        (self.copies.get(self.max_match).map_or(0, |bits| bits.count), self.max_match as u32)
    }
}

/// The second half of a match from so many bytes back.
#[inline(always)]
fn back(distances: &[Bits], distance: usize) -> Bits {
    let (symbol, extra) = distance_symbol(distance);
    distances[symbol].then(extra)
}

/// By length in pixels: the bits of matches of this distance that are as long together, up to what is put at once.
fn repeats(length: &[Bits], distance: Bits, shape: Shape) -> Vec<Bits> {
    let mut repeats: Vec<Bits> = length
        .iter()
        .map(|&length| if length.count > 0 { length.then(distance) } else { Bits::default() })
        .collect();
    for pixels in shape.max_match() + 1.. {
        let mut whole = Some(Bits::default());
        pieces(pixels, shape, |piece| {
            let fits = |all: &Bits| all.count + repeats[piece].count <= MAX_PUT;
            whole = whole.filter(fits).map(|all| all.then(repeats[piece]));
        });
        let Some(whole) = whole else { break };
        repeats.push(whole);
    }
    repeats
}

/// The header of a final dynamic block (RFC 1951, 3.2.7): its bits and how many.
fn block_header(lengths: &CodeLengths) -> (Vec<u8>, u32) {
    let used = |lengths: &[u8], least: usize| {
        lengths.iter().rposition(|&l| l > 0).map_or(least, |i| (i + 1).max(least))
    };
    let (literals, distances) = (used(&lengths.literals, 257), used(&lengths.distances, 1));
    let all = [&lengths.literals[..literals], &lengths.distances[..distances]].concat();
    let symbols = run_length_symbols(&all);
    let mut counts = [0u64; 19];
    symbols.iter().for_each(|&(symbol, _)| counts[symbol] += 1);
    // A complete code has two symbols at least, even where one would do.
    if counts.iter().filter(|&&n| n > 0).count() < 2 {
        let other = counts.iter().position(|&n| n == 0).expect("19 symbols, at most one used");
        counts[other] = 1;
    }
    let code = code_lengths(&counts, 7);
    let codes = canonical_codes(&code);
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let sent = ORDER.iter().rposition(|&s| code[s] > 0).expect("some code is used") + 1;
    let sent = sent.max(4);
    // Two symbols with seven extra bits for each length are more than enough.
    let mut bytes = vec![0; 64 + 2 * all.len() + BLOCK + SLACK];
    let mut out = BitWriter::new(&mut bytes);
    out.put(0b101, 3);
    out.put(literals as u64 - 257, 5);
    out.put(distances as u64 - 1, 5);
    out.put(sent as u64 - 4, 4);
    ORDER[..sent].iter().for_each(|&s| out.put(code[s].into(), 3));
    for (symbol, extra) in symbols {
        out.put(codes[symbol].into(), code[symbol].into());
        out.put(extra.bits, extra.count);
    }
    let count = out.len() as u32;
    let end = out.align();
    bytes.truncate(end + BLOCK);
    (bytes, count)
}

/// Code lengths as symbols of the code length alphabet: repeats as 16 (of the last), 17 and 18 (of zero).
fn run_length_symbols(lengths: &[u8]) -> Vec<(usize, Bits)> {
    let mut out = Vec::new();
    for run in lengths.chunk_by(|a, b| a == b) {
        let (value, mut left) = (run[0], run.len());
        if value == 0 {
            while left >= 3 {
                let take = left.min(138);
                out.push(match take {
                    3..=10 => (17, Bits { bits: take as u64 - 3, count: 3 }),
                    _ => (18, Bits { bits: take as u64 - 11, count: 7 }),
                });
                left -= take;
            }
        } else {
            out.push((value as usize, Bits::default()));
            left -= 1;
            while left >= 3 {
                let take = left.min(6);
                out.push((16, Bits { bits: take as u64 - 3, count: 2 }));
                left -= take;
            }
        }
        out.extend(std::iter::repeat_n((value as usize, Bits::default()), left));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png::deflate_symbols::{DISTANCES, Histogram, LITERALS, WINDOW};

    #[test]
    fn every_symbol_that_can_occur_has_a_code_and_no_forbidden_one_has() {
        for bpp in [1, 3, 4] {
            for width in [1, 2, 3, 5, 64, 2048, 8191, 8192, 10_922, 10_923, 16_384] {
                let shape = Shape { bpp, width };
                let lengths = CodeLengths::trained(&Histogram::default(), shape, 256);
                assert!(is_complete(&lengths.literals, 15) && is_complete(&lengths.distances, 15));
                assert!(lengths.literals.len() <= LITERALS && lengths.distances.len() <= DISTANCES);
                let code = Code::new(lengths, shape);
                assert!((0..=255).all(|byte| code.byte(byte).count > 0));
                assert!(code.length[shape.min_match()..].iter().all(|bits| bits.count > 0));
                let back = |distance| code.a_match(shape.min_match(), Source::Back(distance as u32)).count;
                let length = code.length[shape.min_match()].count;
                assert!(code.a_match(shape.min_match(), Source::Left).count > length);
                let above = code.a_match(shape.min_match(), Source::Above).count;
                assert_eq!(above > length, shape.stride() <= WINDOW, "bpp {bpp} width {width}");
                // From the last pixel of a row to the first of the next, up to the first row of the tile row.
                let farthest = 31 * shape.stride() + (width - 1) * bpp;
                for distance in [bpp + 1, shape.stride(), farthest, WINDOW] {
                    let used = distance <= farthest.min(WINDOW);
                    assert!(!used || back(distance) > length, "bpp {bpp} width {width} distance {distance}");
                    assert!(!used || back(distance) <= code.longest_match, "{distance}");
                }
            }
        }
    }
}
