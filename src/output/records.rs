//! Reading a journal: its records as they were written, and in the order of their editions.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::iter::Fuse;

use crate::error::{Escaped, PathIo};
use crate::files::Folder;
use crate::output::error::OutputError;
use crate::output::journal::{FORMAT, Header, Record, check};

/// A journal's records up to the first line that is not whole, in the order in which items were finished.
#[derive(Debug)]
pub(crate) struct Records {
    file: BufReader<File>,
    line: Vec<u8>,
}

impl Records {
    /// Opens the journal `name` in `folder` and reads its header.
    pub(crate) fn open(folder: &Folder, name: &str) -> Result<(Header, Self), OutputError> {
        let path = folder.join(name);
        let file = folder.open_file(name).map_err(PathIo::on("read", &path))?;
        let mut records = Self { file: BufReader::with_capacity(1 << 16, file), line: Vec::new() };
        let unreadable = |reason| OutputError::Unreadable { path: path.clone(), reason };
        let header = records.next_text().and_then(|text| text.strip_prefix(FORMAT));
        let header = header.ok_or_else(|| unreadable(format!("it is not a {FORMAT} file")))?;
        let cannot_be = |what: &str| unreadable(format!("its first line is invalid ({})", Escaped(what)));
        let mut header: Header =
            serde_json::from_str(header).map_err(|error| cannot_be(&error.to_string()))?;
        let (stems, run) = (header.stems, &header.run);
        header.stems = stems.of_sizes(&run.output_size).of_format(run.picture_format).of_layout(run.layout);
        match header.contradiction() {
            Some(what) => Err(cannot_be(&what)),
            None => Ok((header, records)),
        }
    }

    /// The text of the next line, if it is whole.
    fn next_text(&mut self) -> Option<&str> {
        self.line.clear();
        self.file.read_until(b'\n', &mut self.line).ok().filter(|&bytes| bytes > 0)?;
        self.line.pop_if(|last| *last == b'\n');
        // Bytes that are no text are no line of ours.
        str::from_utf8(&self.line).ok().and_then(check)
    }
}

impl Iterator for Records {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        self.next_text().and_then(Record::from_line)
    }
}

/// Records in the order of their editions, each once: those that a header claims, but for what is missing.
///
/// Items are finished nearly in order, so only what came early is held, not the records of a whole collection.
#[derive(Debug)]
pub(crate) struct InOrder<I> {
    /// Fused: behind a line that is not whole nothing counts, even where it could be read.
    records: Fuse<I>,
    /// What is claimed and still to come.
    claimed: std::vec::IntoIter<[u32; 2]>,
    run: Option<[u32; 2]>,
    early: BTreeMap<u32, Record>,
}

impl<I: Iterator<Item = Record>> InOrder<I> {
    pub(crate) fn new(header: Header, records: I) -> Self {
        Self {
            records: records.fuse(),
            claimed: header.editions.into_iter(),
            run: None,
            early: BTreeMap::new(),
        }
    }

    /// The next edition that is claimed.
    fn next_claimed(&mut self) -> Option<u32> {
        let [first, last] = self.run.or_else(|| self.claimed.next())?;
        self.run = (first < last).then(|| [first + 1, last]);
        Some(first)
    }
}

impl<I: Iterator<Item = Record>> Iterator for InOrder<I> {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        while let Some(edition) = self.next_claimed() {
            if let Some(record) = self.early.remove(&edition) {
                return Some(record);
            }
            for record in self.records.by_ref() {
                if record.edition == edition {
                    return Some(record);
                }
                // A record of an edition that has gone by is a duplicate.
                if record.edition > edition {
                    self.early.entry(record.edition).or_insert(record);
                }
            }
            // All records are read: the next one is the first that came early. Trying each edition in between would take
            // minutes where a damaged header claims billions of them.
            while self.early.first_key_value().is_some_and(|(&early, _)| early < edition) {
                self.early.pop_first();
            }
            let (&early, _) = self.early.first_key_value()?;
            let rest = self.run.map(|[first, last]| [first.max(early), last]);
            self.run = rest.filter(|[first, last]| first <= last);
        }
        None
    }
}
