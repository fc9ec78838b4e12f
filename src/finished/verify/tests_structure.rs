use super::*;

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut out = (data.len() as u32).to_be_bytes().to_vec();
    out.extend(kind);
    out.extend(data);
    out.extend(crc32fast::hash(&out[4..]).to_be_bytes());
    out
}

fn header(width: u32, height: u32, color: u8) -> Vec<u8> {
    let mut data = [width.to_be_bytes(), height.to_be_bytes()].concat();
    data.extend([8, color, 0, 0, 0]);
    chunk(b"IHDR", &data)
}

fn zlib(raw: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(raw).unwrap();
    encoder.finish().unwrap()
}

fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
    [SIGNATURE.to_vec(), chunks.concat()].concat()
}

/// Walks through a file in pieces of one length.
fn walk(file: &[u8], piece: usize, decode: bool) -> Result<Header, Fault> {
    let mut inflater = Inflater::default();
    let mut walk = Walk::new(decode.then_some(&mut inflater));
    file.chunks(piece).for_each(|piece| walk.feed(piece));
    walk.finish()
}

/// Noise of RGB pixels with filter bytes, larger than what the inflater keeps.
fn rows(width: u32, height: u32) -> Vec<u8> {
    let mut word = 7u32;
    let mut next = || {
        word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (word >> 28) as u8
    };
    (0..height)
        .flat_map(|y| [(y % 5) as u8].into_iter().chain((0..width * 3).map(|_| next()).collect::<Vec<_>>()))
        .collect()
}

#[test]
fn whole_files_pass_in_pieces_of_any_length() {
    let data = zlib(&rows(300, 400));
    let (one, other) = data.split_at(1000);
    let rgb = file(&[
        header(300, 400, 2),
        chunk(b"iCCP", b"x\0\0anything"),
        chunk(b"IDAT", one),
        chunk(b"IDAT", &[]),
        chunk(b"IDAT", other),
        chunk(b"tEXt", b"late"),
        chunk(b"IEND", &[]),
    ]);
    let palette = file(&[
        header(2, 1, 3),
        chunk(b"PLTE", &[1; 6]),
        chunk(b"tRNS", &[0]),
        chunk(b"IDAT", &zlib(&[0, 1, 0])),
        chunk(b"IEND", &[]),
    ]);
    for piece in [1, 2, 3, 7, 8, 13, 1000, usize::MAX] {
        for decode in [false, true] {
            assert_eq!(
                walk(&rgb, piece, decode),
                Ok(Header { width: 300, height: 400, color: 2 }),
                "{piece}"
            );
            assert_eq!(
                walk(&palette, piece, decode),
                Ok(Header { width: 2, height: 1, color: 3 }),
                "{piece}"
            );
        }
    }
}

#[test]
fn every_cut_and_every_flipped_bit_is_a_fault() {
    let whole = file(&[header(2, 2, 2), chunk(b"IDAT", &zlib(&[0; 14])), chunk(b"IEND", &[])]);
    assert!(walk(&whole, 5, true).is_ok());
    for cut in 0..whole.len() {
        assert!(matches!(walk(&whole[..cut], 5, false), Err(Fault::Structure(_))), "{cut} bytes");
    }
    for bit in 0..8 * whole.len() {
        let mut changed = whole.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(matches!(walk(&changed, 9, false), Err(Fault::Structure(_))), "bit {bit}");
    }
}

#[test]
fn each_fault_of_the_chunks_is_named() {
    let (head, data, end) = (header(2, 2, 2), chunk(b"IDAT", &zlib(&[0; 14])), chunk(b"IEND", &[]));
    let palette = |bytes: usize| vec![header(2, 2, 3), chunk(b"PLTE", &vec![0; bytes])];
    let mut wrong_crc = head.clone();
    wrong_crc[24] ^= 1;
    let mut negative = data.clone();
    negative[0] = 0xff;
    let mut depth = header(2, 2, 2);
    depth[16] = 16;
    let last = depth.len() - 4;
    let crc = crc32fast::hash(&depth[4..last]).to_be_bytes();
    depth[last..].copy_from_slice(&crc);
    let cases: Vec<(Vec<Vec<u8>>, &str)> = vec![
        (vec![data.clone()], "the first chunk is IDAT, not IHDR"),
        (vec![chunk(b"IHDR", &[0; 12])], "IHDR has 12 bytes, not 13"),
        (vec![header(0, 2, 2)], "0x2 pixels"),
        (vec![header(2, 16_385, 2)], "2x16385 pixels"),
        (vec![header(2, 2, 0)], "colour type 0"),
        (vec![depth], "depth 16"),
        (vec![head.clone(), head.clone()], "chunk IHDR is not allowed here"),
        (vec![wrong_crc], "the CRC-32 of chunk IHDR is"),
        (vec![head.clone(), negative], "this is not a chunk: length 4278190091"),
        (vec![head.clone(), chunk(b"ID\n\x1b", &[])], "type ID\\n\\x1b"),
        (vec![head.clone(), chunk(b"PLTE", &[0; 3])], "chunk PLTE is not allowed here"),
        (palette(4), "PLTE has 4 bytes"),
        (palette(771), "PLTE has 771 bytes"),
        (
            [palette(3), vec![chunk(b"tRNS", &[0; 2])]].concat(),
            "tRNS has 2 bytes, and the palette has 1 colours",
        ),
        (vec![header(2, 2, 3), data.clone()], "chunk IDAT is not allowed here"),
        (vec![head.clone(), chunk(b"XXXX", &[])], "chunk XXXX is unknown"),
        (vec![head.clone(), end.clone()], "chunk IEND is not allowed here"),
        (vec![head.clone(), data.clone(), chunk(b"IEND", &[0])], "IEND has 1 bytes"),
        (
            vec![head.clone(), data.clone(), chunk(b"tEXt", &[]), data.clone()],
            "chunk IDAT is not allowed here",
        ),
        (vec![head.clone(), data.clone()], "there is no IEND"),
        (vec![head.clone(), data.clone(), end.clone(), vec![0]], "there are bytes after IEND"),
    ];
    for (chunks, words) in cases {
        match walk(&file(&chunks), 11, false) {
            Err(Fault::Structure(what)) => assert!(what.contains(words), "{what:?} does not say {words:?}"),
            other => panic!("{words:?}: {other:?}"),
        }
    }
}

#[test]
fn each_fault_of_the_pixels_is_named() {
    let raw = rows(300, 400);
    let good = zlib(&raw);
    let mut adler = good.clone();
    *adler.last_mut().unwrap() ^= 1;
    let mut filter = raw.clone();
    filter[901 * 7] = 5;
    let mut broken = good.clone();
    broken[0] = 0x79;
    let cases: [(Vec<u8>, &str); 7] = [
        (adler, "Adler-32 of the pixels differs from the stored one"),
        (good[..good.len() - 1].to_vec(), "end too early"),
        ([good.clone(), vec![0]].concat(), "bytes after the Adler-32"),
        ([good.clone(), good.clone()].concat(), "bytes after the Adler-32"),
        (zlib(&raw[..raw.len() - 1]), "instead of 360400"),
        (zlib(&filter), "row 7 has the invalid filter 5"),
        (broken, "damaged"),
    ];
    let with = |data: &[u8]| file(&[header(300, 400, 2), chunk(b"IDAT", data), chunk(b"IEND", &[])]);
    for (data, words) in cases {
        for piece in [1, 4000, usize::MAX] {
            match walk(&with(&data), piece, true) {
                Err(Fault::Pixels(what)) => assert!(what.contains(words), "{what:?} does not say {words:?}"),
                other => panic!("{words:?}: {other:?}"),
            }
        }
        assert!(walk(&with(&data), 4000, false).is_ok(), "only inflating finds it: {words:?}");
    }
    // A picture that would never end is given up when it has had its pixels.
    let bomb = with(&zlib(&vec![0; 50_000_000]));
    match walk(&bomb, 4000, true) {
        Err(Fault::Pixels(what)) => assert!(what.contains("more bytes of pixels than 360400"), "{what}"),
        other => panic!("{other:?}"),
    }
}
