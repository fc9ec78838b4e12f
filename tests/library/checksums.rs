//! One flipped bit in any checksum must not pass unseen.

use std::fs;

use traitpress::engine::EncodingMode;

use crate::common::canvas::Canvas;
use crate::common::press::{Setting, choose, open};
use crate::common::readers::{lenient, pngcheck, strict};
use crate::common::sketch::{LayerSketch, Sketch};
use crate::common::walker::{chunks, crc32, walk};

/// A picture with a palette, so that it has a PLTE chunk.
fn picture() -> Vec<u8> {
    let canvas = |n: u32| Canvas::from_fn(70, 66, |x, y| [(x / 9) as u8, (y / 9 + n) as u8, 0, 255]);
    let dir = Sketch::new([70, 66], [LayerSketch::new([canvas(0), canvas(1)])]).write();
    let engine = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
    let plan = choose(&engine, 1, 1);
    engine.render(&plan.item(0)).unwrap()
}

/// Where a chunk's data ends and its CRC begins.
fn crc_at(file: &[u8], kind: &[u8; 4]) -> usize {
    chunks(file).unwrap().iter().find(|chunk| &chunk.kind == kind).expect("the chunk is there").crc_at
}

/// The readers that refuse `file`.
fn caught_by(file: &[u8]) -> Vec<&'static str> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("flipped.png");
    fs::write(&path, file).unwrap();
    let mut caught = Vec::new();
    if walk(file).is_err() {
        caught.push("walker");
    }
    if strict(file).is_err() {
        caught.push("png, strict");
    }
    if lenient(file).is_err() {
        caught.push("png");
    }
    match pngcheck([path.as_path()]) {
        Some(Ok(())) => {}
        // Where it is missing, it is taken to do what it does where it is not.
        Some(Err(_)) | None => caught.push("pngcheck"),
    }
    caught
}

#[test]
fn every_reader_takes_the_picture_as_it_is() {
    let file = picture();
    walk(&file).unwrap();
    strict(&file).unwrap();
}

#[test]
fn a_flipped_bit_in_the_crc_of_any_chunk_is_caught() {
    let file = picture();
    for kind in [b"IHDR", b"PLTE", b"IDAT", b"IEND"] {
        for bit in 0..32 {
            let mut flipped = file.clone();
            flipped[crc_at(&file, kind) + bit / 8] ^= 1 << (bit % 8);
            assert!(walk(&flipped).is_err(), "{kind:?} bit {bit}");
            assert!(strict(&flipped).is_err(), "{kind:?} bit {bit}");
        }
        let mut flipped = file.clone();
        flipped[crc_at(&file, kind)] ^= 1;
        assert_eq!(caught_by(&flipped), ["walker", "png, strict", "png", "pngcheck"], "{kind:?}");
    }
}

#[test]
fn a_flipped_bit_in_the_adler_checksum_is_caught_only_by_readers_that_look() {
    let file = picture();
    let end = crc_at(&file, b"IDAT");
    let start = end - chunks(&file).unwrap().iter().find(|c| &c.kind == b"IDAT").unwrap().data.len() - 4;
    for bit in 0..32 {
        let mut flipped = file.clone();
        flipped[end - 4 + bit / 8] ^= 1 << (bit % 8);
        // The chunk around it is made whole again, or its CRC would give the flip away.
        let crc = crc32(&flipped[start..end]);
        flipped[end..end + 4].copy_from_slice(&crc.to_be_bytes());
        assert!(walk(&flipped).unwrap_err().contains("zlib"), "bit {bit}");
        assert!(strict(&flipped).is_err(), "bit {bit}");
        if bit == 0 {
            // The `png` crate as it is by default does not look, which is why the tests switch it on.
            assert_eq!(caught_by(&flipped), ["walker", "png, strict", "pngcheck"]);
        }
    }
}
