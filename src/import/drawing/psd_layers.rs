//! The layers of a PSD file (Adobe Photoshop File Formats Specification, version 1, eight bits a channel).
//!
//! Our own reader, because the one that keeps all marks of groups (`rawpsd` 0.2.2) multiplies sides as they are in the file, and
//! calls itself for nested descriptors without a limit: a few bytes ask for gigabytes or end the process. Here every length is held
//! to the bytes that are there, and nothing is nested.

use flate2::read::ZlibDecoder;
use std::io::Read as _;

/// Pixels that a side may have.
const MAX_SIDE: u32 = crate::geometry::MAX_SIDE;
/// Bytes that one byte of packed data can become: a run of 128 takes two.
const MAX_PACKING: u64 = 128;
/// The same of deflated data (RFC 1951).
const MAX_INFLATION: u64 = 1032;
/// Keys of layers that change the colours below them, or are filled by a formula.
const ADJUSTMENTS: [&[u8; 4]; 21] = [
    b"SoCo", b"GdFl", b"PtFl", b"brit", b"levl", b"curv", b"expA", b"vibA", b"hue ", b"hue2", b"blnc",
    b"blwh", b"phfl", b"mixr", b"clrL", b"nvrt", b"post", b"thrs", b"selc", b"grdm", b"CgEd",
];

/// A file's layers.
#[derive(Debug)]
pub(super) struct Psd {
    pub(super) size: [u32; 2],
    /// From the back to the front; the end of a group comes before what is in it.
    pub(super) records: Vec<Record>,
}

/// What a record is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Pixels,
    /// The head of a group, which is above what is in it.
    Group,
    /// The end of a group, below what is in it.
    End,
}

/// One layer, or a mark of a group.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// As the file names it.
    pub(super) blend: [u8; 4],
    /// 0 to 1, that of the filling included.
    pub(super) opacity: f64,
    /// What it has that pixels cannot say.
    pub(super) refused: Vec<&'static str>,
    pub(super) has_effects: bool,
    left: i32,
    top: i32,
    width: u32,
    height: u32,
    channels: Vec<(i16, usize)>,
    /// Where its channels begin.
    data: usize,
}

/// Bytes that are read one after the other.
struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.all.len());
        let end = end.ok_or("it is cut off")?;
        let taken = &self.all[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn four(&mut self) -> Result<[u8; 4], String> {
        let mut four = [0; 4];
        four.copy_from_slice(self.take(4)?);
        Ok(four)
    }

    fn u8(&mut self) -> Result<u8, String> {
        Ok(self.take(1)?[0])
    }

    fn u16(&mut self) -> Result<u16, String> {
        let two = self.take(2)?;
        Ok(u16::from_be_bytes([two[0], two[1]]))
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_be_bytes(self.four()?))
    }

    /// What a length before it says.
    fn block(&mut self) -> Result<Bytes<'a>, String> {
        let length = self.u32()? as usize;
        Ok(Bytes { all: self.take(length)?, at: 0 })
    }

    fn left(&self) -> usize {
        self.all.len() - self.at
    }
}

/// Reads the records of a file.
pub(super) fn read(bytes: &[u8]) -> Result<Psd, String> {
    let mut file = Bytes { all: bytes, at: 0 };
    if &file.four()? != b"8BPS" {
        return Err("it is no PSD file".to_owned());
    }
    if file.u16()? != 1 {
        return Err("it is a file of the large form (PSB), which is not read".to_owned());
    }
    file.take(6)?;
    let _channels = file.u16()?;
    let (height, width) = (file.u32()?, file.u32()?);
    if [width, height].iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
        return Err(format!("the canvas is {width}x{height}, and a side has 1 to {MAX_SIDE} pixels"));
    }
    let (depth, mode) = (file.u16()?, file.u16()?);
    if depth != 8 || !matches!(mode, 1 | 3) {
        return Err(format!(
            "it has {depth} bits a channel in mode {mode}, and 8 bits in RGB or grey are read"
        ));
    }
    file.block()?;
    file.block()?;
    let mut section = file.block()?;
    if section.left() == 0 {
        return Ok(Psd { size: [width, height], records: Vec::new() });
    }
    let start = file.at - section.all.len();
    let mut info = section.block()?;
    let start = start + 4;
    let count = (info.u16()? as i16).unsigned_abs();
    let mut records = Vec::new();
    for _ in 0..count {
        records.push(record(&mut info)?);
    }
    let mut at = start + info.at;
    for record in &mut records {
        record.data = at;
        let length: usize = record.channels.iter().map(|(_, length)| *length).sum();
        at = at.checked_add(length).ok_or("a length is too large")?;
    }
    Ok(Psd { size: [width, height], records })
}

fn record(info: &mut Bytes<'_>) -> Result<Record, String> {
    let [top, left, bottom, right] =
        [info.u32()?, info.u32()?, info.u32()?, info.u32()?].map(|side| side as i32);
    let side = |from: i32, to: i32| {
        u32::try_from(i64::from(to) - i64::from(from)).ok().filter(|side| *side <= 2 * MAX_SIDE)
    };
    let (width, height) = side(left, right).zip(side(top, bottom)).ok_or("a layer has an impossible size")?;
    let mut channels = Vec::new();
    for _ in 0..info.u16()? {
        channels.push((info.u16()? as i16, info.u32()? as usize));
    }
    if &info.four()? != b"8BIM" {
        return Err("a layer does not begin as it should".to_owned());
    }
    let blend = info.four()?;
    let opacity = info.u8()?;
    let is_clipped = info.u8()? != 0;
    let _flags = info.u16()?;
    let mut extra = info.block()?;
    let mask = extra.block()?;
    extra.block()?;
    let length = usize::from(extra.u8()?);
    let name = String::from_utf8_lossy(extra.take(length)?).into_owned();
    // Name and length together fill whole words.
    extra.take((4 - (length + 1) % 4) % 4)?;
    let mut record = Record {
        name,
        kind: Kind::Pixels,
        blend,
        opacity: f64::from(opacity) / 255.0,
        refused: Vec::new(),
        has_effects: false,
        left,
        top,
        width,
        height,
        channels,
        data: 0,
    };
    if is_clipped {
        record.refused.push("is clipped to the layer below");
    }
    // Four sides, a default and flags, of which the second says that it is switched off.
    let is_off = mask.all.get(17).is_some_and(|flags| flags & 2 != 0);
    if mask.all.len() >= 18 && !is_off {
        record.refused.push("has a mask");
    }
    blocks(&mut extra, &mut record)?;
    Ok(record)
}

/// Reads the further blocks of a record.
fn blocks(extra: &mut Bytes<'_>, record: &mut Record) -> Result<(), String> {
    let mut fill = 1.0;
    while extra.left() >= 12 {
        if !matches!(&extra.all[extra.at..extra.at + 4], b"8BIM" | b"8B64") {
            // Some programs fill blocks up to whole words.
            extra.at += 1;
            continue;
        }
        extra.take(4)?;
        let key = extra.four()?;
        let mut block = extra.block()?;
        match &key {
            b"luni" => {
                let count = block.u32()? as usize;
                let units = block.take(count.checked_mul(2).ok_or("a name is too long")?)?;
                let units: Vec<u16> =
                    units.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
                record.name = String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned();
            }
            b"lsct" | b"lsdk" => {
                record.kind = match block.u32()? {
                    1 | 2 => Kind::Group,
                    3 => Kind::End,
                    _ => Kind::Pixels,
                };
                if block.left() >= 8 {
                    block.take(4)?;
                    record.blend = block.four()?;
                }
            }
            b"iOpa" => fill = f64::from(block.u8()?) / 255.0,
            b"vmsk" | b"vsms" => record.refused.push("has a vector mask"),
            b"lfx2" | b"lmfx" => record.has_effects = true,
            key if ADJUSTMENTS.contains(&key) => record.refused.push("is an adjustment or filling"),
            _ => {}
        }
    }
    record.opacity *= fill;
    Ok(())
}

impl Psd {
    /// The pixels of a record on the whole canvas, straight RGBA.
    pub(super) fn pixels(&self, bytes: &[u8], record: &Record) -> Result<Vec<u8>, String> {
        let [width, height] = self.size;
        let mut canvas = vec![0u8; 4 * width as usize * height as usize];
        let (own_width, own_height) = (record.width as usize, record.height as usize);
        let mut file = Bytes { all: bytes, at: record.data };
        let mut planes: [Option<Vec<u8>>; 4] = [None, None, None, None];
        for &(id, length) in &record.channels {
            let data = file.take(length)?;
            let place = match id {
                0..=2 => id as usize,
                -1 => 3,
                _ => continue,
            };
            if own_width * own_height > 0 {
                planes[place] = Some(plane(data, own_width, own_height)?);
            }
        }
        if own_width * own_height == 0 {
            return Ok(canvas);
        }
        let [red, green, blue, alpha] = planes;
        let red = red.ok_or("a layer has no colours")?;
        // Grey has one channel.
        let (green, blue) = (green.unwrap_or_else(|| red.clone()), blue.unwrap_or_else(|| red.clone()));
        for y in 0..own_height {
            let Some(to_y) = inside(record.top, y, height) else { continue };
            for x in 0..own_width {
                let Some(to_x) = inside(record.left, x, width) else { continue };
                let from = y * own_width + x;
                let to = 4 * (to_y * width as usize + to_x);
                let opaque = alpha.as_ref().map_or(255, |alpha| alpha[from]);
                canvas[to..to + 4].copy_from_slice(&[red[from], green[from], blue[from], opaque]);
            }
        }
        Ok(canvas)
    }
}

/// The place on the canvas, if it is on it.
fn inside(begin: i32, at: usize, most: u32) -> Option<usize> {
    let place = i64::from(begin) + at as i64;
    (0..i64::from(most)).contains(&place).then_some(place as usize)
}

/// The samples of one channel.
fn plane(data: &[u8], width: usize, height: usize) -> Result<Vec<u8>, String> {
    let (count, mut data) = (width * height, Bytes { all: data, at: 0 });
    let method = data.u16()?;
    let most = match method {
        0 => 1,
        1 => MAX_PACKING,
        2 | 3 => MAX_INFLATION,
        other => return Err(format!("a layer is compressed by method {other}, which is not read")),
    };
    let missing = || "a layer's bytes cannot hold its pixels".to_owned();
    if count as u64 > most * data.left() as u64 {
        return Err(missing());
    }
    match method {
        0 => Ok(data.take(count)?.to_vec()),
        1 => {
            let lengths = data.take(2 * height)?;
            let mut samples = Vec::with_capacity(count);
            for row in lengths.chunks_exact(2) {
                let packed = data.take(usize::from(u16::from_be_bytes([row[0], row[1]])))?;
                unpack(packed, width, &mut samples).ok_or_else(missing)?;
            }
            Ok(samples)
        }
        _ => {
            let mut samples = Vec::with_capacity(count);
            let rest = &data.all[data.at..];
            ZlibDecoder::new(rest)
                .take(count as u64)
                .read_to_end(&mut samples)
                .map_err(|error| error.to_string())?;
            if samples.len() != count {
                return Err(missing());
            }
            if method == 3 {
                for row in samples.chunks_exact_mut(width) {
                    for x in 1..width {
                        row[x] = row[x].wrapping_add(row[x - 1]);
                    }
                }
            }
            Ok(samples)
        }
    }
}

/// PackBits: a row of `width` samples; none if there are more or fewer.
fn unpack(mut packed: &[u8], width: usize, out: &mut Vec<u8>) -> Option<()> {
    let end = out.len() + width;
    while out.len() < end {
        let (&head, rest) = packed.split_first()?;
        match head as i8 {
            -128 => packed = rest,
            count if count >= 0 => {
                let count = count as usize + 1;
                out.extend_from_slice(rest.get(..count)?);
                packed = &rest[count..];
            }
            count => {
                let (&sample, rest) = rest.split_first()?;
                out.extend(std::iter::repeat_n(sample, 1 + usize::from(count.unsigned_abs())));
                packed = rest;
            }
        }
    }
    (out.len() == end).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_unpacked() {
        let mut out = Vec::new();
        assert_eq!(unpack(&[2, 1, 2, 3, 0xfe, 9], 6, &mut out), Some(()));
        assert_eq!(out, [1, 2, 3, 9, 9, 9]);
        for (packed, width) in [(&[5, 1][..], 6), (&[0xfe], 3), (&[0xfe, 9], 2), (&[], 1), (&[0x80], 1)] {
            assert_eq!(unpack(packed, width, &mut Vec::new()), None, "{packed:?}");
        }
        assert_eq!(plane(&[0, 2, 0x78], 4000, 4000).unwrap_err(), "a layer's bytes cannot hold its pixels");
    }
}
