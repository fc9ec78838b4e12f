//! Stretches of literal pixels, eight at a time: the codes of small differences are looked up by byte shuffles.
//!
//! Where a filter leaves nothing that repeats, a picture is made of literals: of the painterly reference set 99.9 % of all
//! bytes and 98.7 % of all groups of eight pixels are within 32 of zero. The codes of these 64 bytes are three tables of 64,
//! each four registers of sixteen bytes. Codes of a pixel's bytes are shifted behind one another, then those of two pixels,
//! and four words are written for eight pixels. A group with another byte is written pixel by pixel.
//!
//! Pressing 400 painterly pictures of 512x512 takes 0.66 of the processor time that it takes pixel by pixel, decoding and writing
//! included, and 40 of 2048x2048, where decoding is most of it, 0.79 (five pairs in turn, AVX2).

use fearless_simd::prelude::*;
use fearless_simd::{Level, u8x16, u8x32, u32x8, u64x4};

use crate::png::bits::{BitWriter, MAX_PUT};
use crate::png::deflate_symbols::Bits;

/// Values to either side of zero that are looked up.
const REACH: u8 = 32;
const ENTRIES: usize = 2 * REACH as usize;

/// Pixels at a time.
pub(crate) const GROUP: usize = 8;

/// Codes of the bytes from `-REACH` on: their low and high bytes, and how many bits.
#[derive(Debug)]
pub(crate) struct NearCodes {
    low: [u8; ENTRIES],
    high: [u8; ENTRIES],
    count: [u8; ENTRIES],
}

/// Whether there is an instruction that looks up bytes in a register: else one pixel after the other is faster.
#[inline(always)]
pub(crate) fn has_shuffles(level: Level) -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return level.as_sse4_2().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    return !level.is_fallback();
}

impl NearCodes {
    /// The tables of a code, which is asked for the bits of bytes.
    pub(crate) fn new(code: impl Fn(u8) -> Bits) -> Self {
        let of = |part: fn(Bits) -> u8| std::array::from_fn(|i| part(code((i as u8).wrapping_sub(REACH))));
        Self {
            low: of(|code| code.bits as u8),
            high: of(|code| (code.bits >> 8) as u8),
            count: of(|code| code.count as u8),
        }
    }

    /// Writes the first `count` pixels of `from`, of three bytes each; what comes behind them may be any. Groups with
    /// bytes that are not looked up are handed to `one`, pixel by pixel, and so are the last if `from` ends with them.
    #[inline(always)]
    pub(crate) fn put<S: Simd>(
        &self,
        simd: S,
        from: &[u32],
        count: usize,
        out: &mut BitWriter<'_>,
        one: impl Fn(u32, &mut BitWriter<'_>),
    ) {
        let tables = [blocks(simd, &self.low), blocks(simd, &self.high), blocks(simd, &self.count)];
        let mut x = 0;
        while x < count {
            let Some(pixels) = from[x..].first_chunk::<GROUP>() else {
                return from[x..count].iter().for_each(|&pixel| one(pixel, out));
            };
            let left = (count - x).min(GROUP);
            // The fourth byte is 0, so it is never far.
            let places = u32x8::from_slice(simd, pixels).bitcast::<u8x32<S>>() + REACH;
            let is_near = places.simd_lt(ENTRIES as u8).all_true();
            let (words, counts) = words_of(simd, &tables, places, left);
            // Two pixels of rare bytes can have more bits than are put at once.
            let fits = counts.simd_gt(u64::from(MAX_PUT)).to_bitmask() == 0;
            if is_near && fits {
                out.put_four(words.to_array(), counts.to_array());
            } else {
                pixels[..left].iter().for_each(|&pixel| one(pixel, out));
            }
            x += GROUP;
        }
    }
}

/// A table in blocks of sixteen, each twice, as wide shuffles look up within blocks.
type Blocks<S> = [u8x32<S>; 4];

#[inline(always)]
fn blocks<S: Simd>(simd: S, table: &[u8; ENTRIES]) -> Blocks<S> {
    [
        u8x32::block_splat(u8x16::from_slice(simd, &table[..16])),
        u8x32::block_splat(u8x16::from_slice(simd, &table[16..32])),
        u8x32::block_splat(u8x16::from_slice(simd, &table[32..48])),
        u8x32::block_splat(u8x16::from_slice(simd, &table[48..])),
    ]
}

/// The codes of eight pixels whose bytes have these places in the tables, two pixels a word, and how many bits each word has;
/// only the first `left` pixels count. Functions and no closures: those that are not inlined have no vector instructions.
#[inline(always)]
fn words_of<S: Simd>(
    simd: S,
    tables: &[Blocks<S>; 3],
    places: u8x32<S>,
    left: usize,
) -> (u64x4<S>, u64x4<S>) {
    let mut low = look_up(simd, &tables[0], places);
    let mut high = look_up(simd, &tables[1], places);
    let mut count = look_up(simd, &tables[2], places);
    if left < GROUP {
        let zero = u32x8::splat(simd, 0);
        let counts = u32x8::from_slice(simd, &[0, 1, 2, 3, 4, 5, 6, 7]).simd_lt(left as u32);
        low = counts.select(low, zero);
        high = counts.select(high, zero);
        count = counts.select(count, zero);
    }
    // By pixel, the codes of its three bytes and their numbers of bits.
    let first = (low & 0xff) | ((high & 0xff) << 8);
    let second = ((low >> 8) & 0xff) | (high & 0xff00);
    let third = ((low >> 16) & 0xff) | ((high >> 8) & 0xff00);
    // Without the masks a shift by a vector is compared with the width first.
    let (n0, n1, n2) = (count & 31, (count >> 8) & 31, (count >> 16) & 31);
    let two = (first | (second << n0)).bitcast::<u64x4<S>>();
    let third = third.bitcast::<u64x4<S>>();
    let of_two = (n0 + n1).bitcast::<u64x4<S>>();
    let even = (two & 0xffff_ffff) | ((third & 0xffff_ffff) << (of_two & 63));
    let odd = (two >> 32) | ((third >> 32) << ((of_two >> 32) & 63));
    let of_three = (n0 + n1 + n2).bitcast::<u64x4<S>>();
    let of_even = of_three & 63;
    (even | (odd << of_even), of_even + (of_three >> 32))
}

/// The entries at `places`, modulo their number.
#[inline(always)]
fn look_up<S: Simd>(simd: S, table: &Blocks<S>, places: u8x32<S>) -> u32x8<S> {
    let zero = u8x32::splat(simd, 0);
    let low = places & 15;
    let (odd, upper) = ((places & 16).simd_ne(zero), (places & 32).simd_ne(zero));
    let [a, b, c, d] = *table;
    let lower_half = odd.select(b.swizzle_dyn_within_blocks(low), a.swizzle_dyn_within_blocks(low));
    let upper_half = odd.select(d.swizzle_dyn_within_blocks(low), c.swizzle_dyn_within_blocks(low));
    upper.select(upper_half, lower_half).bitcast()
}

#[cfg(test)]
mod tests {
    use fearless_simd::dispatch;
    use proptest::prelude::*;

    use super::*;
    use crate::png::bits::SLACK;
    use crate::png::deflate_symbols::{CodeLengths, Histogram, Shape};
    use crate::png::huffman_tables::Code;
    use crate::png::testing::levels;

    /// A code in which bytes far from zero are rare.
    fn code(rare: u64) -> Code {
        let shape = Shape { bpp: 3, width: 2048 };
        let mut counts = Histogram::default();
        (0..=255u8).for_each(|byte| {
            let far = u32::from(byte.min(byte.wrapping_neg()));
            counts.literals[usize::from(byte)] = (rare >> (far / 4).min(40)).max(1);
        });
        Code::new(CodeLengths::trained(&counts, shape, 256), shape)
    }

    proptest! {
        #[test]
        fn stretches_have_the_bits_of_their_pixels(
            pixels in prop::collection::vec((any::<u32>(), 0u32..4), 0..70),
            rare in 0u32..40,
            before in 0u32..8,
        ) {
            // Near zero, at the limits of what is looked up, and anywhere.
            let byte = |bits: u32, kind: u32| match kind {
                0 => (bits % 9) as u8,
                1 => [31, 32, 33, 223, 224, 225][bits as usize % 6],
                2 => ((bits % 64) as u8).wrapping_sub(32),
                _ => bits as u8,
            };
            let mut from: Vec<u32> = pixels
                .iter()
                .map(|&(bits, kind)| {
                    let bytes = [bits, bits >> 8, bits >> 16].map(|bits| byte(bits & 255, kind));
                    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], 0])
                })
                .collect();
            // What comes behind a stretch must not matter.
            from.extend([u32::MAX; GROUP]);
            let code = code(1 << rare);
            let mut written = Vec::new();
            for level in [None].into_iter().chain(levels().into_iter().map(Some)) {
                let mut bytes = vec![0xaa; 8 * from.len() + SLACK];
                let mut out = BitWriter::new(&mut bytes);
                out.put(0, before);
                match level {
                    None => from[..pixels.len()].iter().for_each(|&pixel| code.put_pixel(pixel, &mut out)),
                    Some(level) => dispatch!(level, simd => {
                        let one = |pixel, out: &mut BitWriter<'_>| code.put_pixel(pixel, out);
                        NearCodes::new(|byte| code.byte(byte)).put(simd, &from, pixels.len(), &mut out, one);
                    }),
                }
                let count = out.align();
                bytes.truncate(count);
                written.push(bytes);
            }
            prop_assert!(written.windows(2).all(|pair| pair[0] == pair[1]));
        }
    }
}
