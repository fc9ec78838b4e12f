//! Inflating a picture's pixels as they pass by, to see that they are all there and that Adler-32 is right.
//!
//! Only the window that a copy can reach back into is kept. The decoder reads some bytes ahead, so it alone cannot determine
//! whether a stream ends where its data ends; the last byte is therefore held back until there is no other.

use fdeflate::{DecompressionError, Decompressor};

use crate::panics::decoded;

/// How far back a copy can reach.
const WINDOW: usize = 32 << 10;
/// Room for what comes out, behind the window.
const ROOM: usize = 96 << 10;

/// Inflates one picture after the other.
pub(crate) struct Inflater {
    decoder: Decompressor,
    out: Vec<u8>,
    /// Where the next byte goes.
    end: usize,
    held: Option<u8>,
    /// Bytes of a row, and of the picture; how many have come out.
    row: u64,
    whole: u64,
    made: u64,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater")
            .field("made", &self.made)
            .field("whole", &self.whole)
            .finish_non_exhaustive()
    }
}

impl Default for Inflater {
    fn default() -> Self {
        let (decoder, out) = (Decompressor::new(), Vec::new());
        Self { decoder, out, end: 0, held: None, row: 1, whole: 0, made: 0 }
    }
}

impl Inflater {
    /// Bytes of memory that it owns.
    pub(crate) fn bytes(&self) -> usize {
        self.out.capacity()
    }

    /// Begins a picture of `rows` rows of `row` bytes, filter bytes included.
    pub(crate) fn begin(&mut self, row: u64, rows: u64) {
        self.decoder = Decompressor::new();
        self.out.resize(WINDOW + ROOM, 0);
        (self.end, self.held) = (0, None);
        (self.row, self.whole, self.made) = (row, row * rows, 0);
    }

    /// The next bytes of the compressed stream.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<(), String> {
        let Some((&last, rest)) = bytes.split_last() else { return Ok(()) };
        if let Some(held) = self.held.replace(last) {
            self.inflate(&[held])?;
        }
        self.inflate(rest)
    }

    /// The end of the stream.
    pub(crate) fn finish(&mut self) -> Result<(), String> {
        if let Some(held) = self.held.take() {
            self.inflate(&[held])?;
        }
        if !self.decoder.is_done() {
            return Err(format!(
                "the compressed pixels end too early, after {} of {} bytes",
                self.made, self.whole
            ));
        }
        if self.made != self.whole {
            return Err(format!("there are {} bytes of pixels instead of {}", self.made, self.whole));
        }
        Ok(())
    }

    fn inflate(&mut self, mut input: &[u8]) -> Result<(), String> {
        while !input.is_empty() {
            if self.decoder.is_done() {
                return Err("there are bytes after the Adler-32 of the pixels".to_owned());
            }
            loop {
                let (used, made) = decoded(|| {
                    let read = self.decoder.read(input, &mut self.out, self.end, false);
                    read.map_err(|error| match error {
                        DecompressionError::WrongChecksum => {
                            "the Adler-32 of the pixels differs from the stored one".to_owned()
                        }
                        other => format!("the compressed pixels are damaged ({other:?})"),
                    })
                })?;
                input = &input[used..];
                let room = self.out.len() - self.end;
                self.take(made)?;
                // Where the room was used up there may be more to come of what went in already.
                if self.decoder.is_done() || (input.is_empty() && made < room) {
                    break;
                }
                if used == 0 && made == 0 {
                    return Err("the compressed pixels are damaged (they do not end)".to_owned());
                }
            }
        }
        Ok(())
    }

    /// Looks at bytes that came out, and makes room for as many again.
    fn take(&mut self, made: usize) -> Result<(), String> {
        let new = &self.out[self.end..self.end + made];
        if self.made + made as u64 > self.whole {
            return Err(format!("there are more bytes of pixels than {}", self.whole));
        }
        // Every row begins with its filter, of which there are five.
        let mut first = (self.row - self.made % self.row) % self.row;
        while let Some(&filter) = usize::try_from(first).ok().and_then(|first| new.get(first)) {
            if filter > 4 {
                let row = (self.made + first) / self.row;
                return Err(format!("row {row} has the invalid filter {filter}"));
            }
            first += self.row;
        }
        self.made += made as u64;
        self.end += made;
        if self.out.len() - self.end < ROOM / 2 {
            self.out.copy_within(self.end - WINDOW..self.end, 0);
            self.end = WINDOW;
        }
        Ok(())
    }
}
