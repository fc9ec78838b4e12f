//! Whether a JPEG has all of its pixels.
//!
//! A decoder fills what is missing of a JPEG with grey and reports nothing. So its units, the smallest groups of blocks
//! that a scan is made of, are read before, without making pixels of them, and counted: all of them must be there. That
//! takes about a third of the time of decoding. It also bounds the decoder's memory, since a file that is too short
//! for the size it claims is refused here.

mod bits;
mod scan;
#[cfg(test)]
mod tests;

use bits::{Bits, Table};
use scan::{Component, Fault, Frame, NEVER, Part, Scan, Stopped};

/// Scans of a picture. Encoders write about ten; each can take as long as decoding the picture.
const MAX_SCANS: usize = 100;

/// Reads through a JPEG. Gives what is odd about it although it is whole, or else what is missing.
pub(crate) fn check(bytes: &[u8]) -> Result<Vec<String>, String> {
    let mut walk =
        Walk { bytes, at: 2, frame: None, tables: Default::default(), restart: 0, odd: Vec::new() };
    let mut scans = 0;
    let has_end = loop {
        let Some(marker) = walk.next_marker() else { break false };
        match marker {
            0xd9 => break true,
            0xd0..=0xd8 | 0x01 => {}
            0xc0..=0xc2 => walk.begin_frame(marker == 0xc2)?,
            0xc4 => walk.read_tables()?,
            0xdd => {
                let every = walk.segment()?.first_chunk().map_or(0, |two| u16::from_be_bytes(*two));
                walk.restart = every.into();
            }
            0xda if walk.is_complete() && !walk.is_progressive() => break true,
            0xda => {
                scans += 1;
                if scans > MAX_SCANS {
                    return Err(format!("it has more than {MAX_SCANS} scans"));
                }
                walk.read_scan()?;
            }
            // Other frames: their decoder refuses them, and gives the reason.
            0xc3 | 0xc5..=0xcf => return Ok(Vec::new()),
            _ => _ = walk.segment()?,
        }
    };
    walk.end(has_end)
}

/// The way through a file.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    frame: Option<Frame>,
    /// For means and for the other coefficients.
    tables: [[Option<Table>; 4]; 2],
    /// Units between restart markers; 0 if there are none.
    restart: usize,
    odd: Vec<String>,
}

impl<'a> Walk<'a> {
    /// Goes behind the next marker.
    fn next_marker(&mut self) -> Option<u8> {
        loop {
            self.at += self.bytes.get(self.at..)?.iter().position(|&byte| byte == 0xff)?;
            let marker = *self.bytes.get(self.at + 1)?;
            // 255 fills up, and behind a 0 there is none.
            self.at += if marker == 0xff { 1 } else { 2 };
            if !matches!(marker, 0 | 0xff) {
                return Some(marker);
            }
        }
    }

    /// Takes the segment of a marker: a length of two bytes, which counts itself, and data.
    fn segment(&mut self) -> Result<&'a [u8], String> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.first_chunk().map_or(0, |length| usize::from(u16::from_be_bytes(*length)));
        let data = rest.get(2..length).ok_or("it is cut off, or damaged, before its pixels")?;
        self.at += length;
        Ok(data)
    }

    fn begin_frame(&mut self, is_progressive: bool) -> Result<(), String> {
        let damaged = || "the header of its pixels is damaged".to_owned();
        let data = self.segment()?;
        let &[_, h0, h1, w0, w1, count, ref list @ ..] = data else { return Err(damaged()) };
        let (height, width) = (u16::from_be_bytes([h0, h1]).into(), u16::from_be_bytes([w0, w1]).into());
        let list = list.as_chunks::<3>().0;
        let factors = |&[_, factors, _]: &[u8; 3]| [usize::from(factors >> 4), usize::from(factors & 15)];
        let are_right = list.iter().flat_map(factors).all(|factor| (1..=4).contains(&factor));
        if list.len() != usize::from(count) || !(1..=4).contains(&count) || !are_right || self.frame.is_some()
        {
            return Err(damaged());
        }
        let most = |axis: usize| list.iter().map(|part| factors(part)[axis]).max().unwrap_or(1);
        let most = [most(0), most(1)];
        let blocks = |[h, v]: [usize; 2]| {
            let across: usize = width;
            let down: usize = height;
            (across * h).div_ceil(8 * most[0]) * (down * v).div_ceil(8 * most[1])
        };
        let component = |part: &[u8; 3]| {
            let [h, v] = factors(part);
            Component::new(part[0], h * v, blocks([h, v]))
        };
        let components = list.iter().map(component).collect();
        self.frame = Some(Frame { is_progressive, units: blocks([1, 1]), components });
        Ok(())
    }

    fn read_tables(&mut self) -> Result<(), String> {
        let damaged = || "a table of its codes is damaged".to_owned();
        let mut data = self.segment()?;
        while let Some((&kind, rest)) = data.split_first() {
            let (counts, rest) = rest.split_first_chunk().ok_or_else(damaged)?;
            let length = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
            let place =
                self.tables.get_mut(usize::from(kind >> 4)).and_then(|of| of.get_mut(usize::from(kind & 15)));
            *place.ok_or_else(damaged)? = Some(Table::new(counts, symbols).ok_or_else(damaged)?);
            data = rest;
        }
        Ok(())
    }

    fn read_scan(&mut self) -> Result<(), String> {
        let damaged = || "the header of a scan is damaged".to_owned();
        let data = self.segment()?;
        let (Some(frame), Some((&count, list))) = (&mut self.frame, data.split_first()) else {
            return Err(damaged());
        };
        let (list, &[first, last, bits]) = list.split_last_chunk().ok_or_else(damaged)?;
        let parts = list.as_chunks::<2>().0;
        if parts.len() != usize::from(count) || parts.is_empty() || parts.len() > frame.components.len() {
            return Err(damaged());
        }
        let part = |&[id, tables]: &[u8; 2]| {
            let component = frame.components.iter().position(|component| component.id == id)?;
            let table = |of: usize, number: u8| self.tables[of].get(usize::from(number))?.as_ref();
            Some(Part { component, dc: table(0, tables >> 4), ac: table(1, tables & 15) })
        };
        let parts = parts.iter().map(part).collect::<Option<Vec<_>>>().ok_or_else(damaged)?;
        let is_wrong = first > last || last > 63 || first == 0 && last > 0 || first > 0 && parts.len() > 1;
        if frame.is_progressive && is_wrong {
            return Err(damaged());
        }
        let scan = Scan { parts, band: [first, last], bits: [bits >> 4, bits & 15] };
        let mut bits = Bits::new(self.bytes, self.at);
        let passed =
            scan::read(&mut bits, frame, &scan, self.restart).map_err(|stopped| missing(&stopped))?;
        self.at = bits.position();
        if passed > 0 {
            self.odd.push(format!("it has {passed} bytes more than its pixels need"));
        }
        Ok(())
    }

    fn is_progressive(&self) -> bool {
        self.frame.as_ref().is_some_and(|frame| frame.is_progressive)
    }

    /// Whether scans have brought all coefficients.
    fn is_complete(&self) -> bool {
        let is_whole = |component: &Component| component.lowest == [0; 64];
        self.frame.as_ref().is_some_and(|frame| frame.components.iter().all(is_whole))
    }

    /// What there is to say at the end.
    fn end(mut self, has_end: bool) -> Result<Vec<String>, String> {
        // Its decoder gives the reason.
        let Some(frame) = &self.frame else { return Ok(Vec::new()) };
        let missing = frame.components.iter().filter(|component| component.lowest[0] == NEVER).count();
        if missing > 0 {
            let all = frame.components.len();
            return Err(format!("it is cut off: {missing} of its {all} colour components are missing"));
        }
        let odd = match (self.is_complete(), has_end) {
            (true, true) => None,
            (true, false) => Some("it has no end marker, although all of its pixels are there"),
            (false, true) => Some("the scans with its finest details are missing"),
            (false, false) => return Err("it is cut off before its last scans".to_owned()),
        };
        self.odd.extend(odd.map(str::to_owned));
        match self.bytes.len().saturating_sub(self.at) {
            0 => {}
            _ if !has_end => {}
            rest => self.odd.push(format!("{rest} bytes after its end are ignored")),
        }
        Ok(self.odd)
    }
}

fn missing(&Stopped { fault, done, total }: &Stopped) -> String {
    match fault {
        Fault::Ends => format!("it is cut off: {done} of {total} blocks of its pixels are there"),
        Fault::NoCode => format!("it is damaged: only {done} of {total} blocks of its pixels can be read"),
    }
}
