//! The form of a PNG file (PNG specification, third edition, 5 and 11), looked at while its bytes pass by.
//!
//! Nothing is kept of a file but where in it the walk is, so a file may be as large as it likes. It is held to what this
//! program writes: 8 bits a sample, palette, RGB or RGBA, no interlacing. The first fault ends the walk, for behind a
//! wrong length everything looks wrong.

use crate::finished::verify::inflate::Inflater;

/// What the first chunk says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) width: u32,
    pub(crate) height: u32,
    color: u8,
}

/// The longest side, as everywhere in this program.
const MAX_SIDE: u32 = 16_384;
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

impl Header {
    fn read(data: &[u8; 13]) -> Result<Self, String> {
        let side = |at: usize| u32::from_be_bytes([data[at], data[at + 1], data[at + 2], data[at + 3]]);
        let (width, height, color) = (side(0), side(4), data[9]);
        if [width, height].iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
            return Err(format!("IHDR gives {width}x{height} pixels, and a side has 1 to {MAX_SIDE}"));
        }
        if data[8] != 8 || ![2, 3, 6].contains(&color) || data[10..] != [0; 3] {
            return Err(format!(
                "IHDR gives depth {}, colour type {color}, compression {}, filter {} and interlacing {}, \
                 which this \
                 program does not write",
                data[8], data[10], data[11], data[12]
            ));
        }
        Ok(Self { width, height, color })
    }

    /// Bytes of a row of pixels with its filter byte.
    fn row_bytes(self) -> u64 {
        let pixel = match self.color {
            2 => 3,
            3 => 1,
            _ => 4,
        };
        u64::from(self.width) * pixel + 1
    }
}

/// What the walk is in the middle of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Signature,
    /// Length and type of a chunk.
    Head,
    Data,
    Crc,
    /// Behind the last chunk.
    End,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The chunks.
    Structure(String),
    /// The compressed pixels.
    Pixels(String),
}

/// A walk through a file.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    part: Part,
    /// Where in the file the present part begins, and how many bytes of it have passed.
    at: u64,
    passed: u64,
    /// What has passed of a part that is looked at as a whole.
    kept: [u8; 13],
    kind: [u8; 4],
    len: u32,
    crc: crc32fast::Hasher,
    header: Option<Header>,
    entries: Option<u32>,
    has_transparency: bool,
    /// Whether there was image data, and whether another chunk has come behind it.
    has_data: bool,
    data_ended: bool,
    inflater: Option<&'a mut Inflater>,
    fault: Option<Fault>,
}

impl<'a> Walk<'a> {
    /// A walk that has the pixels inflated, if there is something to do it with.
    pub(crate) fn new(inflater: Option<&'a mut Inflater>) -> Self {
        Self {
            part: Part::Signature,
            at: 0,
            passed: 0,
            kept: [0; 13],
            kind: [0; 4],
            len: 0,
            crc: crc32fast::Hasher::new(),
            header: None,
            entries: None,
            has_transparency: false,
            has_data: false,
            data_ended: false,
            inflater,
            fault: None,
        }
    }

    /// The next bytes of the file.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        if self.fault.is_none()
            && let Err(fault) = self.walk(bytes)
        {
            self.fault = Some(fault);
        }
    }

    /// The end of the file: what its header said, or what is wrong with it.
    pub(crate) fn finish(mut self) -> Result<Header, Fault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        match (self.part, self.header) {
            (Part::End, Some(header)) => Ok(header),
            (Part::Signature, _) => Err(self.fail("the file ends within the signature")),
            (Part::Head, _) => Err(self.fail("the file ends where a chunk should begin: there is no IEND")),
            _ => Err(self.fail(&format!("the file ends within chunk {}", self.name()))),
        }
    }

    fn walk(&mut self, mut bytes: &[u8]) -> Result<(), Fault> {
        while !bytes.is_empty() {
            let whole = match self.part {
                Part::Signature | Part::Head => 8,
                Part::Data => u64::from(self.len),
                Part::Crc => 4,
                Part::End => return Err(self.fail("there are bytes after IEND")),
            };
            let count = usize::try_from(whole - self.passed).unwrap_or(usize::MAX).min(bytes.len());
            let (now, later) = bytes.split_at(count);
            if self.part == Part::Data {
                self.crc.update(now);
            }
            if self.part == Part::Data && self.kind == *b"IDAT" {
                if let Some(inflater) = &mut self.inflater {
                    inflater.feed(now).map_err(Fault::Pixels)?;
                }
            } else if let Some(room) = self.kept.get_mut(self.passed as usize..) {
                room.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
            }
            self.passed += count as u64;
            bytes = later;
            if self.passed == whole {
                self.end_part()?;
                self.at += whole;
                self.passed = 0;
            }
        }
        Ok(())
    }

    /// What follows when a part has passed; a chunk without data has none of that part.
    fn end_part(&mut self) -> Result<(), Fault> {
        self.part = match self.part {
            Part::Signature if self.kept[..8] != SIGNATURE => {
                return Err(self.fail("the signature is not that of a PNG file"));
            }
            Part::Signature => Part::Head,
            Part::Head => {
                let [a, b, c, d, kind @ ..] = self.kept;
                self.kind.copy_from_slice(&kind[..4]);
                self.len = u32::from_be_bytes([a, b, c, d]);
                self.crc = crc32fast::Hasher::new();
                self.crc.update(&self.kind);
                self.begin_chunk()?;
                if self.len == 0 { Part::Crc } else { Part::Data }
            }
            Part::Data => {
                if self.kind == *b"IHDR" {
                    let header = Header::read(&self.kept).map_err(|what| self.fail(&what))?;
                    self.header = Some(header);
                    if let Some(inflater) = &mut self.inflater {
                        inflater.begin(header.row_bytes(), u64::from(header.height));
                    }
                }
                Part::Crc
            }
            Part::Crc => {
                let stored = u32::from_be_bytes([self.kept[0], self.kept[1], self.kept[2], self.kept[3]]);
                let found = std::mem::take(&mut self.crc).finalize();
                if stored != found {
                    return Err(self.fail(&format!(
                        "the CRC-32 of chunk {} is {found:08x} instead of {stored:08x}",
                        self.name()
                    )));
                }
                if self.kind == *b"IEND" { Part::End } else { Part::Head }
            }
            Part::End => Part::End,
        };
        Ok(())
    }

    /// Holds a chunk to its place and length.
    fn begin_chunk(&mut self) -> Result<(), Fault> {
        let (kind, len) = (self.kind, self.len);
        if len > i32::MAX as u32 || !kind.iter().all(u8::is_ascii_alphabetic) {
            return Err(self.fail(&format!("this is not a chunk: length {len}, type {}", self.name())));
        }
        if self.has_data && !self.data_ended && kind != *b"IDAT" {
            self.data_ended = true;
            if let Some(inflater) = &mut self.inflater {
                inflater.finish().map_err(Fault::Pixels)?;
            }
        }
        let Some(color) = self.header.map(|header| header.color) else {
            return match (&kind, len) {
                (b"IHDR", 13) => Ok(()),
                (b"IHDR", _) => Err(self.fail(&format!("IHDR has {len} bytes, not 13"))),
                _ => Err(self.fail(&format!("the first chunk is {}, not IHDR", self.name()))),
            };
        };
        let misplaced = match &kind {
            b"IHDR" => true,
            b"PLTE" => {
                let misplaced =
                    self.entries.is_some() || self.has_transparency || self.has_data || color != 3;
                if !misplaced && (len % 3 != 0 || !(3..=768).contains(&len)) {
                    return Err(
                        self.fail(&format!("PLTE has {len} bytes, not 3 for each of 1 to 256 colours"))
                    );
                }
                self.entries = Some(len / 3);
                misplaced
            }
            b"tRNS" => {
                let most = self.entries.unwrap_or(0);
                let misplaced = self.has_transparency || self.has_data || color != 3 || most == 0;
                if !misplaced && !(1..=most).contains(&len) {
                    return Err(
                        self.fail(&format!("tRNS has {len} bytes, and the palette has {most} colours"))
                    );
                }
                self.has_transparency = true;
                misplaced
            }
            b"IDAT" => {
                let misplaced = self.data_ended || (color == 3 && self.entries.is_none());
                self.has_data = true;
                misplaced
            }
            b"IEND" if len > 0 => return Err(self.fail(&format!("IEND has {len} bytes, not 0"))),
            b"IEND" => !self.has_data,
            // A capital first letter: readers must support the chunk.
            _ if kind[0].is_ascii_uppercase() => {
                return Err(self.fail(&format!("chunk {} is unknown", self.name())));
            }
            _ => false,
        };
        if misplaced {
            return Err(self.fail(&format!("chunk {} is not allowed here", self.name())));
        }
        Ok(())
    }

    fn name(&self) -> String {
        self.kind.escape_ascii().to_string()
    }

    fn fail(&self, what: &str) -> Fault {
        Fault::Structure(format!("at byte {}: {what}", self.at))
    }
}

#[cfg(test)]
#[path = "tests_structure.rs"]
mod tests;
