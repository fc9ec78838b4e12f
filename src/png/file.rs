//! The PNG file around the compressed data: signature and chunks (PNG specification, third edition, 5 and 11).

use crate::geometry::Size;
use crate::png::bits::SLACK;
use crate::png::color::Color;

/// IDAT chunks are split here; some readers refuse larger ones.
const IDAT_MOST: usize = 64 << 20;

/// The canvas, colour type and profile of a collection's pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) size: Size,
    pub(crate) color: Color,
    /// The ICC profile of all traits, copied into every picture.
    pub(crate) icc_profile: Option<Vec<u8>>,
}

impl Format {
    /// Bytes of the picture before compression: filter byte and pixels of each row.
    pub(crate) fn raw_len(&self) -> u64 {
        (u64::from(self.size.width) * self.color.bytes_per_pixel() as u64 + 1) * u64::from(self.size.height)
    }

    /// Signature and all chunks before the first IDAT.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut out = vec![0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n'];
        let mut header = Vec::with_capacity(13);
        header.extend(self.size.width.to_be_bytes());
        header.extend(self.size.height.to_be_bytes());
        let color_type = match self.color {
            Color::Rgb => 2,
            Color::Indexed(_) => 3,
            Color::Rgba => 6,
        };
        header.extend([8, color_type, 0, 0, 0]);
        chunk(*b"IHDR", &header, &mut out);
        if let Some(profile) = &self.icc_profile {
            // Stored, not deflated: profiles are small, and these bytes must never change with a library.
            let mut data = b"ICC profile\0\0".to_vec();
            stored_zlib(profile, &mut data);
            chunk(*b"iCCP", &data, &mut out);
        }
        if let Color::Indexed(palette) = &self.color {
            chunk(*b"PLTE", &palette.rgb(), &mut out);
            if let Some(alpha) = palette.transparency() {
                chunk(*b"tRNS", &alpha, &mut out);
            }
        }
        out
    }
}

/// Appends a chunk: length, type, data, CRC-32 of type and data.
fn chunk(kind: [u8; 4], data: &[u8], out: &mut Vec<u8>) {
    out.extend(u32::try_from(data.len()).expect("chunks are split below 2^31 bytes").to_be_bytes());
    let start = out.len();
    out.extend(kind);
    out.extend_from_slice(data);
    out.extend(crc32fast::hash(&out[start..]).to_be_bytes());
}

/// A whole file of `head` and a zlib stream.
pub(crate) fn file(head: &[u8], zlib: &[u8]) -> Vec<u8> {
    let chunks = zlib.len().div_ceil(IDAT_MOST).max(1);
    let mut out = Vec::with_capacity(head.len() + zlib.len() + 12 * (chunks + 1));
    out.extend_from_slice(head);
    zlib.chunks(IDAT_MOST).for_each(|part| chunk(*b"IDAT", part, &mut out));
    chunk(*b"IEND", &[], &mut out);
    out
}

/// Bytes before the zlib stream in a file that is built in place, and after it.
pub(crate) const IDAT_HEAD: usize = 8;
const TAIL: usize = 4 + 12;

/// Room that a file built in place needs, with slack for writing whole blocks of words.
pub(crate) fn room(head: &[u8], zlib_len: usize) -> usize {
    head.len() + IDAT_HEAD + zlib_len + TAIL + SLACK
}

/// Completes a file whose zlib stream is in `out` at `head.len() + IDAT_HEAD`; gives the file's length.
pub(crate) fn seal(head: &[u8], zlib_len: usize, out: &mut Vec<u8>) -> usize {
    let start = head.len() + IDAT_HEAD;
    if zlib_len > IDAT_MOST {
        let whole = file(head, &out[start..start + zlib_len]);
        let len = whole.len();
        *out = whole;
        return len;
    }
    out[..head.len()].copy_from_slice(head);
    out[head.len()..head.len() + 4].copy_from_slice(&(zlib_len as u32).to_be_bytes());
    out[head.len() + 4..start].copy_from_slice(b"IDAT");
    let end = start + zlib_len;
    let crc = crc32fast::hash(&out[head.len() + 4..end]);
    out[end..end + 4].copy_from_slice(&crc.to_be_bytes());
    let mut tail = Vec::with_capacity(12);
    chunk(*b"IEND", &[], &mut tail);
    out[end + 4..end + TAIL].copy_from_slice(&tail);
    end + TAIL
}

/// The zlib header of every stream: deflate, 32 KiB window, no dictionary (RFC 1950).
pub(crate) const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];

/// Bytes that [`stored_zlib`] makes of `raw` bytes.
pub(crate) fn stored_len(raw: u64) -> u64 {
    2 + raw + 5 * raw.div_ceil(65_535).max(1) + 4
}

/// Appends a zlib stream of stored blocks: no compression, and never more than 0.01 % larger than the data.
pub(crate) fn stored_zlib(raw: &[u8], out: &mut Vec<u8>) {
    out.extend(ZLIB_HEADER);
    let mut blocks = raw.chunks(65_535).peekable();
    if raw.is_empty() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    while let Some(block) = blocks.next() {
        let len = block.len() as u16;
        out.push(u8::from(blocks.peek().is_none()));
        out.extend(len.to_le_bytes());
        out.extend((!len).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend(adler32(raw).to_be_bytes());
}

/// Adler-32 (RFC 1950, 8.2).
fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    // 5552 bytes is the most for which neither sum leaves 32 bits.
    for part in bytes.chunks(5552) {
        for &byte in part {
            a += u32::from(byte);
            b += a;
        }
        a %= 65_521;
        b %= 65_521;
    }
    b << 16 | a
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn stored_streams_inflate_to_what_went_in() {
        for len in [0usize, 1, 65_534, 65_535, 65_536, 200_000] {
            let raw: Vec<u8> = (0..len).map(|i| (i * 7 + i / 251) as u8).collect();
            let mut zlib = Vec::new();
            stored_zlib(&raw, &mut zlib);
            assert_eq!(zlib.len() as u64, stored_len(len as u64));
            let mut back = Vec::new();
            flate2::read::ZlibDecoder::new(&zlib[..])
                .read_to_end(&mut back)
                .expect("Adler-32 and blocks are right");
            assert_eq!(back, raw);
        }
    }

    #[test]
    fn a_file_built_in_place_equals_one_that_is_assembled() {
        let head =
            Format { size: Size { width: 3, height: 1 }, color: Color::Rgb, icc_profile: Some(vec![7; 99]) }
                .head();
        let mut zlib = Vec::new();
        stored_zlib(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], &mut zlib);
        let mut out = vec![0xaa; room(&head, zlib.len()) + 50];
        out[head.len() + IDAT_HEAD..][..zlib.len()].copy_from_slice(&zlib);
        let len = seal(&head, zlib.len(), &mut out);
        assert_eq!(out[..len], file(&head, &zlib));
    }

    #[test]
    fn long_streams_are_split_into_chunks() {
        let head = Format { size: Size { width: 1, height: 1 }, color: Color::Rgb, icc_profile: None }.head();
        let zlib = vec![5; IDAT_MOST + 3];
        let mut in_place = vec![0; room(&head, zlib.len())];
        in_place[head.len() + IDAT_HEAD..][..zlib.len()].copy_from_slice(&zlib);
        let len = seal(&head, zlib.len(), &mut in_place);
        let mut rest = &in_place[head.len()..len];
        let mut chunks = Vec::new();
        while !rest.is_empty() {
            let data = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
            let crc = u32::from_be_bytes(rest[8 + data..12 + data].try_into().unwrap());
            assert_eq!(crc, crc32fast::hash(&rest[4..8 + data]));
            chunks.push((&rest[4..8], data));
            rest = &rest[12 + data..];
        }
        assert_eq!(chunks, [(&b"IDAT"[..], IDAT_MOST), (b"IDAT", 3), (b"IEND", 0)]);
    }
}
