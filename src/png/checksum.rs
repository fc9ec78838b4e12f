//! The Adler-32 of a picture's file, read back from the file.
//!
//! The last four bytes of the zlib stream (RFC 1950, section 2.2) are a checksum of the filtered rows. Within a collection
//! rows are filtered by their position alone, so equal pixels have equal checksums, whatever traits they came from; the
//! compressed bytes can differ. It is read from the file, because that serves every encoder and the pictures of an earlier
//! run alike: some headers and four bytes.

use std::io::{self, Read, Seek, SeekFrom};

/// Bytes of a chunk's length and type, and of the checksum behind its data.
const CHUNK_HEAD: usize = 8;
const CHUNK_CRC: i64 = 4;
/// Bytes of the signature of PNG files.
const SIGNATURE: u64 = 8;

/// The checksum; `None` if the file is no PNG file or has no data.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn data_checksum(file: &mut (impl Read + Seek)) -> io::Result<Option<u32>> {
    file.seek(SeekFrom::Start(SIGNATURE))?;
    // The stream can be cut anywhere, so its end may lie in two chunks.
    let mut last = [0; 4];
    let mut found = 0;
    let mut head = [0; CHUNK_HEAD];
    loop {
        match file.read_exact(&mut head) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            read => read?,
        }
        let [a, b, c, d, kind @ ..] = head;
        let length = u32::from_be_bytes([a, b, c, d]);
        match &kind {
            b"IDAT" => {
                let tail = length.min(4);
                file.seek(SeekFrom::Current(i64::from(length - tail)))?;
                let tail = tail as usize;
                last.rotate_left(tail);
                match file.read_exact(&mut last[4 - tail..]) {
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
                    read => read?,
                }
                found += tail;
                file.seek(SeekFrom::Current(CHUNK_CRC))?;
            }
            b"IEND" => break,
            _ => _ = file.seek(SeekFrom::Current(i64::from(length) + CHUNK_CRC))?,
        }
    }
    Ok((found >= 4).then(|| u32::from_be_bytes(last)))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// A file of these chunks, with checksums that are not read.
    fn file(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
        for (kind, data) in chunks {
            file.extend_from_slice(&(data.len() as u32).to_be_bytes());
            file.extend_from_slice(*kind);
            file.extend_from_slice(data);
            file.extend_from_slice(&[9; 4]);
        }
        file
    }

    fn of(file: &[u8]) -> Option<u32> {
        data_checksum(&mut Cursor::new(file)).unwrap()
    }

    #[test]
    fn it_is_the_checksum_of_the_filtered_rows() {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 3, 2);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_filter(png::Filter::NoFilter);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&[1, 2, 3, 4, 5, 6]).unwrap();
        writer.finish().unwrap();
        let sums = |(a, b): (u32, u32), byte: u32| (a + byte, b + a + byte);
        let (a, b) = [0, 1, 2, 3, 0, 4, 5, 6].into_iter().fold((1, 0), sums);
        assert_eq!(of(&bytes), Some(b << 16 | a));
    }

    #[test]
    fn a_stream_in_several_chunks_is_read_to_its_end() {
        let parts = |cut: usize| {
            let all = [9, 9, 1, 2, 3, 4];
            file(&[(b"IHDR", &[0; 13]), (b"IDAT", &all[..cut]), (b"IDAT", &all[cut..]), (b"IEND", &[])])
        };
        for cut in 0..=6 {
            assert_eq!(of(&parts(cut)), Some(0x0102_0304), "cut at {cut}");
        }
    }

    #[test]
    fn what_has_no_whole_stream_has_none() {
        assert_eq!(of(b""), None);
        assert_eq!(of(b"a text"), None);
        assert_eq!(of(&file(&[(b"IDAT", &[1, 2, 3]), (b"IEND", &[])])), None);
        let whole = file(&[(b"IDAT", &[0; 40])]);
        assert_eq!(of(&whole[..20]), None);
        let mut long = whole;
        long[8..12].fill(0xff);
        assert_eq!(of(&long), None);
    }
}
