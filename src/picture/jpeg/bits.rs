//! The bits between the markers of a JPEG, and the codes that they are read with (ITU-T T.81, annexes C and F).

use crate::picture::jpeg::scan::Fault;

/// Bits of a code that one look-up decides; longer codes are rare.
const FAST: u32 = 10;

/// Reads bits up to the next marker.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The next byte that is not held.
    at: usize,
    /// The lowest `count` bits are those to come.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, held: 0, count: 0 }
    }

    fn fill(&mut self) {
        while self.count <= 56 {
            let byte = match self.bytes.get(self.at..) {
                // Within the data 255 is followed by 0; anything else there begins a marker.
                Some([0xff, 0, ..]) => {
                    self.at += 2;
                    0xff
                }
                Some([0xff, ..] | []) | None => return,
                Some([byte, ..]) => {
                    self.at += 1;
                    *byte
                }
            };
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    /// The next 16 bits. Behind the last one there are ones, which begin no code.
    fn peek(&mut self) -> u32 {
        if self.count < 16 {
            self.fill();
        }
        let bits = match self.count {
            16.. => self.held >> (self.count - 16),
            count => self.held << (16 - count) | ((1 << (16 - count)) - 1),
        };
        bits as u32 & 0xffff
    }

    /// Passes over bits.
    pub(super) fn skip(&mut self, bits: u32) -> Result<(), Fault> {
        if self.count < bits {
            self.fill();
        }
        self.count = self.count.checked_sub(bits).ok_or(Fault::Ends)?;
        Ok(())
    }

    /// Passes over up to 64 bits.
    pub(super) fn skip_many(&mut self, bits: u32) -> Result<(), Fault> {
        self.skip(bits / 2)?;
        self.skip(bits - bits / 2)
    }

    /// Reads a number of at most 16 bits.
    pub(super) fn number(&mut self, bits: u32) -> Result<u32, Fault> {
        let value = self.peek() >> (16 - bits);
        self.skip(bits)?;
        Ok(value)
    }

    /// Reads the symbol of a code.
    pub(super) fn symbol(&mut self, table: &Table) -> Result<u8, Fault> {
        let bits = self.peek();
        let entry = table.fast[(bits >> (16 - FAST)) as usize];
        if entry != 0 {
            self.skip(u32::from(entry >> 8))?;
            return Ok(entry as u8);
        }
        for length in FAST + 1..=16 {
            let code = bits >> (16 - length);
            let Range { first, end, at } = table.ranges[length as usize - 1];
            if (first..end).contains(&code) {
                self.skip(length)?;
                return Ok(table.symbols[at + (code - first) as usize]);
            }
        }
        Err(if self.count < 16 { Fault::Ends } else { Fault::NoCode })
    }

    /// Goes to the next marker or to the end; how many bytes were passed over.
    pub(super) fn go_to_marker(&mut self) -> usize {
        let mut passed = self.count as usize / 8;
        (self.held, self.count) = (0, 0);
        loop {
            match self.bytes.get(self.at..) {
                Some([0xff, 0, ..]) => (self.at, passed) = (self.at + 2, passed + 2),
                // Any number of these may precede a marker.
                Some([0xff, 0xff, ..]) => self.at += 1,
                Some([0xff, _, ..] | [] | [0xff]) | None => return passed,
                Some(_) => (self.at, passed) = (self.at + 1, passed + 1),
            }
        }
    }

    /// Passes over a restart marker, if one is here.
    pub(super) fn restart(&mut self) -> bool {
        let is_here = matches!(self.bytes.get(self.at..), Some([0xff, 0xd0..=0xd7, ..]));
        self.at += if is_here { 2 } else { 0 };
        is_here
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }
}

/// A code.
#[derive(Debug)]
pub(super) struct Table {
    /// By the next bits: the length of the code and its symbol, or 0 for a longer one.
    fast: Box<[u16; 1 << FAST]>,
    /// By length less one.
    ranges: [Range; 16],
    symbols: Vec<u8>,
}

/// The codes of one length.
#[derive(Clone, Copy, Debug, Default)]
struct Range {
    first: u32,
    end: u32,
    /// The place of the first one's symbol.
    at: usize,
}

impl Table {
    /// Makes the code with so many codes of each length; `None` if there are more than it has room for.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let (mut ranges, mut fast) = ([Range::default(); 16], Box::new([0; 1 << FAST]));
        let (mut code, mut at) = (0u32, 0);
        for (length, (&count, range)) in (1..).zip(counts.iter().zip(&mut ranges)) {
            let end = code + u32::from(count);
            if end > 1 << length || at + usize::from(count) > symbols.len() {
                return None;
            }
            *range = Range { first: code, end, at };
            for (code, &symbol) in (code..end).zip(&symbols[at..]) {
                if length <= FAST {
                    let start = (code << (FAST - length)) as usize;
                    fast[start..start + (1 << (FAST - length))]
                        .fill((length as u16) << 8 | u16::from(symbol));
                }
            }
            at += usize::from(count);
            code = end << 1;
        }
        Some(Self { fast, ranges, symbols: symbols[..at].to_vec() })
    }
}
