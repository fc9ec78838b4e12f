//! Seeded mutations of pictures that know the parts of their formats: chunks, segments and blocks are left out, repeated,
//! exchanged, resized and filled, and lengths and checksums made right again, so that a decoder reads on.

use std::io::{Read, Write};
use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Values at which lengths, sides and counts go wrong.
const EDGES: [u32; 12] =
    [0, 1, 2, 7, 0x7f, 0xff, 0x3fff, 0x4000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/// A mutation of a picture with this seed; `other` lends parts.
pub(crate) fn mutation(file: &[u8], other: &[u8], seed: u64) -> Vec<u8> {
    let mut random = Random(ChaCha8Rng::seed_from_u64(seed));
    let mut parts: Vec<Vec<u8>> = parts(file).into_iter().map(|part| file[part].to_vec()).collect();
    if file.starts_with(b"\x89PNG") && random.below(4) == 0 {
        deflated(&mut parts, &mut random);
    }
    for _ in 0..=random.below(3) {
        change(&mut parts, other, &mut random);
    }
    let mut bytes = parts.concat();
    if random.below(6) == 0 {
        bytes.truncate(random.below(bytes.len()));
    }
    if random.below(4) > 0 {
        mend(&mut bytes);
    }
    if file.starts_with(&[0xff, 0xd8]) && random.below(3) == 0 {
        bytes.extend([0xff, 0xd9]);
    }
    bytes
}

/// One change of one part or two.
fn change(parts: &mut Vec<Vec<u8>>, other: &[u8], random: &mut Random) {
    // The first is the signature.
    let at = 1 + random.below(parts.len().saturating_sub(1));
    if at >= parts.len() {
        return;
    }
    match random.below(9) {
        0 => drop(parts.remove(at)),
        1 => parts.insert(at, parts[at].clone()),
        2 => {
            let with = 1 + random.below(parts.len() - 1);
            parts.swap(at, with);
        }
        3 => {
            let lent = self::parts(other);
            let lent = lent[random.below(lent.len())].clone();
            parts.insert(at, other[lent].to_vec());
        }
        4 => {
            let length = random.below(parts[at].len());
            parts[at].truncate(length);
        }
        5 => {
            let (from, fill) = (random.below(parts[at].len()), random.word() as u8);
            parts[at][from..].fill(fill);
        }
        6 => {
            // A field of one, two or four bytes near the beginning, where headers have theirs.
            let part = &mut parts[at];
            let (from, bytes) = (random.below(part.len().min(32)), 1 << random.below(3));
            let value = EDGES[random.below(EDGES.len())].to_be_bytes();
            for (byte, value) in part.iter_mut().skip(from).zip(&value[4 - bytes.min(4)..]) {
                *byte = *value;
            }
        }
        _ => {
            for _ in 0..=random.below(8) {
                let length = parts[at].len();
                if let Some(byte) = parts[at].get_mut(random.below(length)) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
}

/// Changes pixels of a PNG before they are compressed: the stream is whole, and holds what it should not.
fn deflated(parts: &mut [Vec<u8>], random: &mut Random) {
    let Some(part) = parts.iter_mut().find(|part| part.get(4..8) == Some(b"IDAT")) else { return };
    let mut pixels = Vec::new();
    let end = part.len() - 4;
    if flate2::read::ZlibDecoder::new(&part[8..end]).read_to_end(&mut pixels).is_err() || pixels.is_empty() {
        return;
    }
    match random.below(3) {
        0 => pixels.truncate(random.below(pixels.len())),
        1 => pixels.extend(vec![random.word() as u8; 1 + random.below(5000)]),
        _ => {
            let at = random.below(pixels.len());
            pixels[at] = random.word() as u8;
        }
    }
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(&pixels).expect("memory can be written to");
    let data = out.finish().expect("memory can be written to");
    *part = [&(data.len() as u32).to_be_bytes()[..], b"IDAT", &data, &[0; 4]].concat();
}

/// The parts of a picture, the signature first; of other bytes one part.
fn parts(bytes: &[u8]) -> Vec<Range<usize>> {
    let length_at = |at: usize| -> Option<(usize, usize)> {
        let be32 = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?) as usize);
        let le32 = |at: usize| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?) as usize);
        let be16 = |at: usize| Some(usize::from(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?)));
        if bytes.starts_with(b"\x89PNG") {
            Some((8, be32(at)? + 12))
        } else if bytes.starts_with(b"RIFF") {
            let length = le32(at + 4)?;
            Some((12, 8 + length + length % 2))
        } else if bytes.starts_with(&[0xff, 0xd8]) {
            // The data behind the header of a scan reaches to the next marker that is none of a restart.
            let header = 2 + be16(at + 2)?;
            let is_scan = bytes.get(at + 1) == Some(&0xda);
            let data = bytes.get(at + header..).unwrap_or_default();
            let next =
                data.windows(2).position(|two| two[0] == 0xff && !matches!(two[1], 0 | 0xd0..=0xd7 | 0xff));
            Some((2, header + if is_scan { next.unwrap_or(data.len()) } else { 0 }))
        } else {
            None
        }
    };
    if bytes.starts_with(b"GIF") {
        return blocks(bytes);
    }
    let Some((mut at, _)) = length_at(0) else { return std::iter::once(0..bytes.len()).collect() };
    at = at.min(bytes.len());
    let mut found: Vec<Range<usize>> = std::iter::once(0..at).collect();
    while at < bytes.len() {
        let length = length_at(at).map_or(usize::MAX, |(_, length)| length);
        let end = at.saturating_add(length).min(bytes.len());
        found.push(at..end);
        at = end;
    }
    found
}

/// The blocks of a GIF: header and palette, then extensions, pictures and their data.
fn blocks(bytes: &[u8]) -> Vec<Range<usize>> {
    let palette = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) };
    let mut at = (13 + palette(bytes.get(10).copied().unwrap_or(0))).min(bytes.len());
    let mut found: Vec<Range<usize>> = std::iter::once(0..at).collect();
    while at < bytes.len() {
        let start = at;
        at += match bytes[at] {
            0x21 => 2,
            0x2c => 11 + palette(bytes.get(at + 9).copied().unwrap_or(0)),
            _ => 1,
        };
        // Blocks of data, each behind its length, up to one of no length.
        while bytes[start] != 0x3b && at < bytes.len() && bytes[at] != 0 {
            at += 1 + usize::from(bytes[at]);
        }
        at = (at + 1).min(bytes.len());
        found.push(start..at);
    }
    found
}

/// Makes the lengths and checksums of chunks right.
fn mend(bytes: &mut [u8]) {
    if bytes.starts_with(b"RIFF") && bytes.len() >= 8 {
        let length = (bytes.len() - 8) as u32;
        bytes[4..8].copy_from_slice(&length.to_le_bytes());
    }
    super::mutate::mend_chunks(bytes);
}

struct Random(ChaCha8Rng);

impl Random {
    fn word(&mut self) -> u32 {
        self.0.next_u32()
    }

    /// A number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        (self.0.next_u64() % end.max(1) as u64) as usize
    }
}
