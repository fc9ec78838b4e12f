//! The chunks of a WebP file, held to the file's length: a decoder asks for as much memory as a chunk claims to have.

use std::io::{self, Read, Seek, SeekFrom};

/// A chunk's name and length.
const HEAD: u64 = 8;
/// The bytes before the chunks of a frame of an animation.
const FRAME_HEAD: u64 = 16;
/// The fewest bits that a block of 16x16 pixels takes in a lossy picture: its two modes of prediction, which are coded
/// with fixed odds (RFC 6386, section 11.2), at their likeliest.
const MIN_BLOCK_BITS: f64 = 1.6;

/// Goes through the chunks of a WebP file, and back to its beginning; anything else is left alone. Gives what is wrong.
pub(super) fn check(file: &mut (impl Read + Seek)) -> io::Result<Result<(), String>> {
    let mut begin = [0; 12];
    let is_webp =
        file.read_exact(&mut begin).is_ok() && begin.starts_with(b"RIFF") && begin.ends_with(b"WEBP");
    let checked = if is_webp { chunks(file, begin) } else { Ok(Ok(())) };
    file.seek(SeekFrom::Start(0))?;
    checked
}

fn chunks(file: &mut (impl Read + Seek), begin: [u8; 12]) -> io::Result<Result<(), String>> {
    let length = file.seek(SeekFrom::End(0))?;
    let claimed = HEAD + u64::from(le32(&begin[4..8]));
    // The byte that makes a length even is sometimes left out at the end.
    if claimed > length + 1 {
        return Ok(Err(format!("it is cut off: it has {length} of {claimed} bytes")));
    }
    let end = claimed.min(length);
    let mut at = begin.len() as u64;
    file.seek(SeekFrom::Start(at))?;
    // The ends of frames, within which chunks are looked at, too.
    let mut frame_end = 0;
    while at + HEAD <= end {
        let mut head = [0; HEAD as usize];
        file.read_exact(&mut head)?;
        at += HEAD;
        let (name, bytes) = (&head[..4], u64::from(le32(&head[4..])));
        let most = if at < frame_end { frame_end } else { end };
        if bytes > most - at {
            let name = name.escape_ascii();
            return Ok(Err(format!(
                "it is cut off: its chunk {name} claims {bytes} bytes and {} are left",
                most - at
            )));
        }
        let passed = match name {
            b"ANMF" if at >= frame_end && bytes >= FRAME_HEAD => {
                frame_end = at + bytes;
                FRAME_HEAD
            }
            b"VP8 " if bytes >= 10 => {
                let mut frame = [0; 10];
                file.read_exact(&mut frame)?;
                at += 10;
                if let Some(what) = too_short(&frame, bytes) {
                    return Ok(Err(what));
                }
                bytes - 10 + (bytes & 1)
            }
            _ => bytes + (bytes & 1),
        };
        // What is left of a frame is too short for a chunk.
        at += passed;
        if at < frame_end && at + HEAD > frame_end {
            at = frame_end + (frame_end & 1);
        }
        file.seek(SeekFrom::Start(at))?;
    }
    Ok(Ok(()))
}

/// Whether a lossy picture claims more blocks than its bytes can hold.
fn too_short(frame: &[u8; 10], bytes: u64) -> Option<String> {
    let side = |at: usize| u64::from(u16::from_le_bytes([frame[at], frame[at + 1]]) & 0x3fff);
    let (width, height) = (side(6), side(8));
    let blocks = width.div_ceil(16) * height.div_ceil(16);
    let is_short = (8 * bytes) as f64 <= blocks as f64 * MIN_BLOCK_BITS;
    is_short.then(|| format!("it is cut off: {bytes} bytes cannot hold {width}x{height} pixels"))
}

fn le32(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let pad = vec![0; data.len() & 1];
        [&name[..], &(data.len() as u32).to_le_bytes(), data, &pad].concat()
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        let data = chunks.concat();
        [b"RIFF", &(data.len() as u32 + 4).to_le_bytes()[..], b"WEBP", &data].concat()
    }

    fn checked(bytes: &[u8]) -> Result<(), String> {
        let mut file = Cursor::new(bytes);
        let checked = check(&mut file).unwrap();
        assert_eq!(file.position(), 0, "the decoder begins at the beginning");
        checked
    }

    #[test]
    fn whole_files_and_other_files_pass() {
        let frame =
            chunk(b"ANMF", &[&[0; 16][..], &chunk(b"ALPH", &[0; 5]), &chunk(b"VP8L", &[7; 9])].concat());
        let whole = file(&[chunk(b"VP8X", &[0; 10]), chunk(b"ICCP", &[0; 3]), frame.clone(), frame]);
        checked(&whole).unwrap();
        checked(&[&whole[..], b"more"].concat()).unwrap();
        let odd = file(&[chunk(b"VP8L", &[0; 5])]);
        checked(&odd[..odd.len() - 1]).unwrap();
        for other in [&b""[..], b"RIFF", b"RIFF\xff\xff\xff\xffWAVE", b"\x89PNG\r\n\x1a\n0000"] {
            checked(other).unwrap();
        }
    }

    #[test]
    fn a_length_beyond_the_end_is_refused_wherever_it_stands() {
        let inner = |claimed: u32| {
            let mut frame = chunk(b"ANMF", &[&[0; 16][..], &chunk(b"VP8L", &[0; 8])].concat());
            frame[28..32].copy_from_slice(&claimed.to_le_bytes());
            file(&[chunk(b"VP8X", &[0; 10]), frame, chunk(b"XMP ", &[0; 100])])
        };
        checked(&inner(8)).unwrap();
        let error = checked(&inner(9)).unwrap_err();
        assert_eq!(error, "it is cut off: its chunk VP8L claims 9 bytes and 8 are left");
        let mut profile = file(&[chunk(b"VP8X", &[0; 10]), chunk(b"ICCP", &[0; 4])]);
        profile[34..38].copy_from_slice(&u32::MAX.to_le_bytes());
        assert!(checked(&profile).unwrap_err().contains("ICCP claims 4294967295 bytes and 4 are left"));
        let whole = file(&[chunk(b"VP8L", &[0; 40])]);
        let error = checked(&whole[..whole.len() - 4]).unwrap_err();
        assert_eq!(error, "it is cut off: it has 56 of 60 bytes");
    }

    #[test]
    fn a_lossy_picture_cannot_be_larger_than_its_bytes_can_hold() {
        let lossy = |width: u16, height: u16, bytes: usize| {
            let mut data = vec![0; bytes];
            data[6..8].copy_from_slice(&width.to_le_bytes());
            data[8..10].copy_from_slice(&height.to_le_bytes());
            file(&[chunk(b"VP8 ", &data)])
        };
        checked(&lossy(160, 160, 22)).unwrap();
        let error = checked(&lossy(16_383, 16_383, 1000)).unwrap_err();
        assert_eq!(error, "it is cut off: 1000 bytes cannot hold 16383x16383 pixels");
    }

    /// The densest picture that an encoder makes: one colour.
    #[test]
    fn pictures_of_one_colour_pass() {
        let picture = image::RgbImage::new(1000, 1000);
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::WebP).unwrap();
        checked(bytes.get_ref()).unwrap();
    }
}
