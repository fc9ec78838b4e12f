//! Items that wait for their turn.
//!
//! Whoever brings the item whose turn it is takes the writer, writes it, and then what waits behind it, while others leave
//! copies of their items and go on. No thread waits here for an item of another thread, so there is nothing
//! to deadlock on. What bounds the copies is the pipeline: while [`Turns::is_behind`] says that they have grown too many, it
//! starts no more groups until all that it started are done; then every item before the last of these has come, and
//! nothing is left to wait. So no more is ever held than [`MAX_WAITING`] and the groups that pass the pipeline's gate.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use crate::output::journal::{Record, Written};
use crate::threads::{into_inner, lock};

/// Bytes of waiting items from which on no more are started: a few large pictures, thousands of small ones.
pub(crate) const MAX_WAITING: u64 = 32 << 20;

/// An item as it comes.
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) record: Record,
    pub(crate) picture: &'a [u8],
    /// The pictures of the other sizes, one behind the other.
    pub(crate) more: &'a [u8],
    pub(crate) metadata: &'a [u8],
}

/// An item that waits: its pictures, and its metadata behind them.
#[derive(Debug)]
struct Waiting {
    record: Record,
    bytes: Vec<u8>,
}

impl Waiting {
    fn new(parts: Parts<'_>) -> Self {
        Self { record: parts.record, bytes: [parts.picture, parts.more, parts.metadata].concat() }
    }

    fn parts(&mut self) -> Parts<'_> {
        let (picture, rest) = self.bytes.split_at(self.record.image.bytes as usize);
        let more: u64 = self.record.more.iter().map(|of| of.bytes).sum();
        let (more, metadata) = rest.split_at(more as usize);
        let (sha256, sizes) = (self.record.sha256.take(), std::mem::take(&mut self.record.more));
        let record = Record { sha256, more: sizes, ..self.record };
        Parts { record, picture, more, metadata }
    }
}

/// What the manifest needs of the items that are written, in their order.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Lengths and digests of picture and metadata. No file of an item has 4 GiB: the pixels of
    /// the largest canvas take a quarter of that.
    files: Vec<([u32; 2], [[u8; 32]; 2])>,
    /// Those of the pictures in other sizes, item by item.
    more: Vec<Written>,
    sha256: Vec<[u8; 32]>,
}

impl Kept {
    pub(crate) fn new(items: usize, provenance: bool) -> Self {
        Self {
            files: Vec::with_capacity(items),
            more: Vec::new(),
            sha256: Vec::with_capacity(if provenance { items } else { 0 }),
        }
    }

    /// Adds the next item.
    pub(crate) fn push(&mut self, record: &Record) {
        let Record { image, more, metadata, sha256, .. } = record;
        let lengths =
            [image, metadata].map(|file| u32::try_from(file.bytes).expect("a file has less than 4 GiB"));
        self.files.push((lengths, [image.digest, metadata.digest]));
        self.more.extend(more);
        self.sha256.extend(sha256.as_deref());
    }

    /// As records, with the edition of each.
    pub(crate) fn records(&self, edition: impl Fn(usize) -> u32) -> impl Iterator<Item = Record> {
        let each = self.more.len() / self.files.len().max(1);
        self.files.iter().enumerate().map(move |(index, &(lengths, digests))| {
            let file = |of: usize| Written { bytes: lengths[of].into(), digest: digests[of] };
            let sha256 = self.sha256.get(index).copied().map(Box::new);
            let more = self.more[index * each..][..each].to_vec();
            Record { edition: edition(index), image: file(0), more, metadata: file(1), sha256 }
        })
    }
}

/// Hands items to a writer in their order.
#[derive(Debug)]
pub(crate) struct Turns<W> {
    state: Mutex<State<W>>,
    items: usize,
}

#[derive(Debug)]
struct State<W> {
    /// The item whose turn it is.
    next: usize,
    early: BTreeMap<usize, Waiting>,
    early_bytes: u64,
    /// None while a thread writes, and after a failure.
    writer: Option<(W, Kept)>,
    failed: bool,
}

impl<W> State<W> {
    /// The item whose turn it is, if it waits already.
    fn pop(&mut self) -> Option<Waiting> {
        let waiting = self.early.remove(&self.next)?;
        self.early_bytes -= waiting.bytes.len() as u64;
        Some(waiting)
    }
}

impl<W> Turns<W> {
    /// For so many items, numbered from 0.
    pub(crate) fn new(writer: W, items: usize, provenance: bool) -> Self {
        let writer = Some((writer, Kept::new(items, provenance)));
        let state = State { next: 0, early: BTreeMap::new(), early_bytes: 0, writer, failed: false };
        Self { state: Mutex::new(state), items }
    }

    /// Writes the item when all before it are written, now or later by another thread.
    ///
    /// # Errors
    /// Those of `write`, once; what comes afterwards is dropped, for the run is over.
    pub(crate) fn take<E>(
        &self,
        index: usize,
        parts: Parts<'_>,
        write: impl Fn(&mut W, Parts<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut state = self.lock();
        if state.failed {
            return Ok(());
        }
        if index != state.next || state.writer.is_none() {
            let waiting = Waiting::new(parts);
            state.early_bytes += waiting.bytes.len() as u64;
            state.early.insert(index, waiting);
            return Ok(());
        }
        let (mut writer, mut kept) = state.writer.take().expect("it is here");
        drop(state);
        let mut write = |parts: Parts<'_>| {
            kept.push(&parts.record);
            let done = write(&mut writer, parts);
            let mut state = self.lock();
            if done.is_err() {
                state.failed = true;
                state.early.clear();
                state.early_bytes = 0;
            }
            state.next += 1;
            done.map(|()| state)
        };
        let mut state = write(parts)?;
        while let Some(mut waiting) = state.pop() {
            drop(state);
            state = write(waiting.parts())?;
        }
        state.writer = Some((writer, kept));
        Ok(())
    }

    /// Whether so much waits that no more should be made for now.
    pub(crate) fn is_behind(&self) -> bool {
        self.lock().early_bytes >= MAX_WAITING
    }

    /// The writer and what was kept, if all items were written.
    pub(crate) fn into_inner(self) -> Option<(W, Kept)> {
        let state = into_inner(self.state);
        state.writer.filter(|_| state.next == self.items)
    }

    fn lock(&self) -> MutexGuard<'_, State<W>> {
        lock(&self.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts<'a>(png: &'a [u8], metadata: &'a [u8]) -> Parts<'a> {
        let written = |bytes: &[u8]| Written { bytes: bytes.len() as u64, digest: [bytes.len() as u8; 32] };
        let sha256 = Some(Box::new([png.len() as u8; 32]));
        Parts {
            record: Record {
                edition: 0,
                image: written(png),
                more: vec![written(b"m"), written(b"n")],
                metadata: written(metadata),
                sha256,
            },
            picture: png,
            more: b"mn",
            metadata,
        }
    }

    /// Writes an item down as `png|metadata;`.
    fn note(out: &mut Vec<u8>, parts: &Parts<'_>) {
        assert_eq!((parts.more, parts.record.more.len()), (&b"mn"[..], 2));
        out.extend([parts.picture, b"|", parts.metadata, b";"].concat());
    }

    #[test]
    fn items_are_written_in_order_whatever_the_order_in_which_they_come() {
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
            let turns = Turns::new(Vec::new(), 4, true);
            for index in order {
                let png = "p".repeat(index);
                let add = |out: &mut Vec<u8>, parts: Parts<'_>| {
                    note(out, &parts);
                    Ok::<_, ()>(())
                };
                turns.take(index, parts(png.as_bytes(), index.to_string().as_bytes()), add).unwrap();
            }
            let (out, kept) = turns.into_inner().expect("all came");
            assert_eq!(String::from_utf8(out).unwrap(), "|0;p|1;pp|2;ppp|3;", "{order:?}");
            for (index, record) in kept.records(|index| 70 + index as u32).enumerate() {
                assert_eq!(
                    (record.edition, record.image.bytes, record.metadata.bytes),
                    (70 + index as u32, index as u64, 1)
                );
                assert_eq!(record.image.digest, [index as u8; 32]);
                assert_eq!(*record.sha256.unwrap(), [index as u8; 32]);
                assert_eq!(record.more.len(), 2);
            }
        }
    }

    #[test]
    fn threads_that_bring_items_at_once_lose_none() {
        const ITEMS: usize = 2000;
        let turns = Turns::new(Vec::new(), ITEMS, false);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let turns = &turns;
                scope.spawn(move || {
                    for index in (thread..ITEMS).step_by(4) {
                        let add = |out: &mut Vec<u8>, parts: Parts<'_>| {
                            note(out, &parts);
                            Ok::<_, ()>(())
                        };
                        turns.take(index, parts(index.to_string().as_bytes(), b""), add).unwrap();
                    }
                });
            }
        });
        let wanted: String = (0..ITEMS).map(|index| format!("{index}|;")).collect();
        assert!(turns.into_inner().unwrap().0 == wanted.into_bytes());
    }

    #[test]
    fn a_missing_item_is_noticed_and_what_waits_for_it_is_counted() {
        let turns = Turns::new((), 2, false);
        let add = |(): &mut (), _: Parts<'_>| Ok::<_, ()>(());
        let large = vec![0; MAX_WAITING as usize - 3];
        turns.take(1, parts(&large, b""), add).unwrap();
        assert!(!turns.is_behind());
        turns.take(2, parts(b"a", b""), add).unwrap();
        assert!(turns.is_behind());
        assert!(turns.into_inner().is_none());
    }

    #[test]
    fn a_failure_is_told_once_and_ends_all_writing() {
        let turns = Turns::new((), 4, false);
        let refuse = |(): &mut (), _: Parts<'_>| Err("full");
        let never = |(): &mut (), _: Parts<'_>| -> Result<(), &str> { panic!("nothing is written any more") };
        turns.take(1, parts(b"early", b""), never).unwrap();
        assert_eq!(turns.take(0, parts(b"", b""), refuse), Err("full"));
        for index in [2, 3] {
            turns.take(index, parts(b"late", b""), never).unwrap();
        }
        assert!(!turns.is_behind() && turns.into_inner().is_none());
    }
}
