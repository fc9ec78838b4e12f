//! A PNG reader of the tests' own: chunks and CRC-32 by hand, flate2 for the zlib stream, filters undone by hand.
//!
//! It reads what the program writes (8 bits a sample; RGB, RGBA or palette; not interlaced) and refuses all else.

use std::io::Read;

use crate::common::canvas::{Canvas, Rgba};

/// One chunk: type, data, and where its CRC stands in the file.
#[derive(Debug)]
pub(crate) struct Chunk<'a> {
    pub(crate) kind: [u8; 4],
    pub(crate) data: &'a [u8],
    pub(crate) crc_at: usize,
}

/// A file's parts.
#[derive(Debug)]
pub(crate) struct Walked {
    pub(crate) color_type: u8,
    pub(crate) canvas: Canvas,
    /// The filter byte of each row.
    pub(crate) filters: Vec<u8>,
    /// Whether the zlib stream consists of stored blocks.
    pub(crate) stored: bool,
    pub(crate) kinds: Vec<[u8; 4]>,
    /// Entries of the palette, if there is one.
    pub(crate) palette: Option<usize>,
}

/// CRC-32 as the PNG specification's annex states it, bit by bit.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { 0xedb8_8320 ^ (crc >> 1) } else { crc >> 1 };
    let table: [u32; 256] = std::array::from_fn(|byte| (0..8).fold(byte as u32, |crc, _| step(crc)));
    !bytes.iter().fold(u32::MAX, |crc, &byte| table[((crc ^ u32::from(byte)) & 255) as usize] ^ (crc >> 8))
}

fn be32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes(bytes.try_into().expect("four bytes"))
}

/// Cuts a file into chunks without looking at their checksums.
pub(crate) fn chunks(file: &[u8]) -> Result<Vec<Chunk<'_>>, String> {
    if !file.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Err("no PNG signature".to_owned());
    }
    let mut found = Vec::new();
    let mut at = 8;
    while at < file.len() {
        let head = file.get(at..at + 8).ok_or("a chunk is cut off")?;
        let end = at + 8 + be32(&head[..4]) as usize;
        let data = file.get(at + 8..end).ok_or("a chunk is cut off")?;
        file.get(end..end + 4).ok_or("a chunk is cut off")?;
        found.push(Chunk { kind: head[4..].try_into().expect("four bytes"), data, crc_at: end });
        at = end + 4;
    }
    Ok(found)
}

/// Reads a whole file, and refuses it if anything about it is not as it should be.
pub(crate) fn walk(file: &[u8]) -> Result<Walked, String> {
    let chunks = chunks(file)?;
    for chunk in &chunks {
        let start = chunk.crc_at - chunk.data.len() - 4;
        if crc32(&file[start..chunk.crc_at]) != be32(&file[chunk.crc_at..chunk.crc_at + 4]) {
            return Err(format!("the CRC of {} is wrong", String::from_utf8_lossy(&chunk.kind)));
        }
    }
    let kinds: Vec<[u8; 4]> = chunks.iter().map(|chunk| chunk.kind).collect();
    let of = |kind: &[u8; 4]| chunks.iter().find(|chunk| &chunk.kind == kind).map(|chunk| chunk.data);
    let header = of(b"IHDR").ok_or("no header")?;
    if kinds.first() != Some(b"IHDR") || kinds.last() != Some(b"IEND") || header.len() != 13 {
        return Err("IHDR is not first, or IEND not last".to_owned());
    }
    let idats = kinds.iter().filter(|kind| *kind == b"IDAT").count();
    let first = kinds.iter().position(|kind| kind == b"IDAT").ok_or("no image data")?;
    let tail = first + idats;
    if kinds[first..tail].iter().any(|kind| kind != b"IDAT") || tail + 1 != kinds.len() {
        return Err("image data is not one run of chunks just before the end".to_owned());
    }
    let (width, height, color_type) = (be32(&header[..4]), be32(&header[4..8]), header[9]);
    if header[8] != 8 || header[10..] != [0, 0, 0] {
        return Err(format!("the header is {header:?}"));
    }
    let bpp = match color_type {
        2 => 3,
        3 => 1,
        6 => 4,
        other => return Err(format!("colour type {other}")),
    };
    let zlib: Vec<u8> = chunks[first..tail].iter().flat_map(|chunk| chunk.data).copied().collect();
    let raw = inflate(&zlib)?;
    let stride = width as usize * bpp + 1;
    if raw.len() != stride * height as usize {
        return Err(format!("{} bytes of image data for {height} rows of {stride}", raw.len()));
    }
    let (filters, samples) = unfilter(&raw, stride, bpp)?;
    let palette = of(b"PLTE");
    if palette.is_some() != (color_type == 3) {
        return Err("a palette where none belongs, or none where one does".to_owned());
    }
    let transparency = of(b"tRNS").unwrap_or_default();
    let pixel = |sample: &[u8]| -> Result<Rgba, String> {
        match *sample {
            [index] => {
                let at = usize::from(index);
                let rgb = palette.unwrap_or_default().get(3 * at..3 * at + 3).ok_or("beyond the palette")?;
                Ok([rgb[0], rgb[1], rgb[2], transparency.get(at).copied().unwrap_or(255)])
            }
            [r, g, b] => Ok([r, g, b, 255]),
            [r, g, b, a] => Ok([r, g, b, a]),
            _ => Err("a pixel of no known size".to_owned()),
        }
    };
    let pixels = samples.chunks_exact(bpp).map(pixel).collect::<Result<_, _>>()?;
    Ok(Walked {
        color_type,
        canvas: Canvas { width, height, pixels },
        filters,
        stored: zlib[2] & 6 == 0,
        kinds,
        palette: palette.map(|bytes| bytes.len() / 3),
    })
}

/// Inflates a zlib stream, all of it, and nothing may follow.
fn inflate(zlib: &[u8]) -> Result<Vec<u8>, String> {
    let mut raw = Vec::new();
    let mut decoder = flate2::read::ZlibDecoder::new(zlib);
    decoder.read_to_end(&mut raw).map_err(|error| format!("the zlib stream: {error}"))?;
    if decoder.total_in() != zlib.len() as u64 {
        return Err(format!("{} bytes follow the zlib stream", zlib.len() as u64 - decoder.total_in()));
    }
    Ok(raw)
}

/// Undoes the filters (PNG specification, 9.2); gives each row's filter byte, and the samples.
fn unfilter(raw: &[u8], stride: usize, bpp: usize) -> Result<(Vec<u8>, Vec<u8>), String> {
    let mut filters = Vec::new();
    let mut samples: Vec<u8> = Vec::with_capacity(raw.len());
    let mut above = vec![0u8; stride - 1];
    for line in raw.chunks_exact(stride) {
        let mut row = line[1..].to_vec();
        for i in 0..row.len() {
            let left = if i < bpp { 0 } else { row[i - bpp] };
            let corner = if i < bpp { 0 } else { above[i - bpp] };
            let predicted = match line[0] {
                0 => 0,
                1 => left,
                2 => above[i],
                3 => ((u16::from(left) + u16::from(above[i])) / 2) as u8,
                4 => paeth(left, above[i], corner),
                other => return Err(format!("filter {other}")),
            };
            row[i] = row[i].wrapping_add(predicted);
        }
        filters.push(line[0]);
        samples.extend_from_slice(&row);
        above = row;
    }
    Ok((filters, samples))
}

fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let estimate = i16::from(left) + i16::from(above) - i16::from(corner);
    let away = |byte: u8| (estimate - i16::from(byte)).abs();
    if away(left) <= away(above) && away(left) <= away(corner) {
        left
    } else if away(above) <= away(corner) {
        above
    } else {
        corner
    }
}
