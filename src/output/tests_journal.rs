//! What is written to a journal comes back, up to the first line that is not whole.

use std::fs;

use super::*;
use crate::output::names;
use crate::output::records::{InOrder, Records};

/// A journal in its place.
fn create(folder: &tempfile::TempDir, header: &Header) -> Result<Journal, OutputError> {
    let work = Folder::open(folder.path()).unwrap().make_sub(names::WORK).unwrap();
    let mut journal = Journal::begin(folder.path(), work, header)?;
    journal.publish()?;
    Ok(journal)
}

/// The whole of a journal.
fn read(path: &Path) -> Result<(Header, Vec<Record>), OutputError> {
    let (folder, name) = (path.parent().unwrap(), path.file_name().unwrap().to_str().unwrap());
    Records::open(&Folder::open(folder).unwrap(), name).map(|(header, records)| (header, records.collect()))
}

/// The header of a run of these editions.
fn header(editions: &[u32]) -> Header {
    let run = RunHeader { count: editions.len() as u64, ..RunHeader::default() };
    Header::new(run, editions, Stems::default())
}

fn record(edition: u32) -> Record {
    let written = |n: u8| Written { bytes: u64::from(n), digest: [n; 32] };
    Record {
        edition,
        image: written(1),
        more: if edition == 2 { vec![written(4), written(5)] } else { Vec::new() },
        metadata: written(2),
        sha256: (edition % 2 == 1).then(|| Box::new([3; 32])),
    }
}

#[test]
fn records_come_back_until_the_first_torn_or_changed_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(names::JOURNAL);
    let head = header(&[1, 2, 3]);
    let journal = create(&folder, &head).unwrap();
    (1..=3).for_each(|edition| journal.record(&record(edition)).unwrap());
    journal.flush().unwrap();
    assert_eq!(read(&path).unwrap(), (head, vec![record(1), record(2), record(3)]));
    let whole = fs::read(&path).unwrap();
    for cut in 1..60 {
        fs::write(&path, &whole[..whole.len() - 1 - cut]).unwrap();
        assert_eq!(read(&path).unwrap().1, [record(1), record(2)], "{cut} bytes are missing");
    }
    let mut changed = whole.clone();
    let last = whole.len() - 20;
    changed[last] ^= 1;
    fs::write(&path, &changed).unwrap();
    assert_eq!(read(&path).unwrap().1.len(), 2, "one flipped bit");
    changed[3] ^= 1;
    fs::write(&path, &changed).unwrap();
    assert!(matches!(read(&path), Err(OutputError::Unreadable { .. })));
}

#[test]
fn records_come_in_the_order_of_editions_each_once_and_only_those_that_are_claimed() {
    for (finished, want) in [
        (&[1, 2, 3, 7, 8][..], &[1, 2, 3, 7, 8][..]),
        (&[8, 3, 1, 7, 2], &[1, 2, 3, 7, 8]),
        (&[2, 1, 2, 1, 3, 3, 8, 7, 8], &[1, 2, 3, 7, 8]),
        (&[8, 5, 1, 0, 9, u32::MAX], &[1, 8]),
        (&[7], &[7]),
        (&[], &[]),
    ] {
        let head = header(&[1, 2, 3, 7, 8]);
        let editions: Vec<u32> =
            InOrder::new(head, finished.iter().copied().map(record)).map(|r| r.edition).collect();
        assert_eq!(editions, want, "{finished:?}");
    }
}

#[test]
fn nothing_behind_a_torn_line_is_taken_in_order_either() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(names::JOURNAL);
    let journal = create(&folder, &header(&[1, 2, 3, 4])).unwrap();
    (1..=4).for_each(|edition| journal.record(&record(edition)).unwrap());
    drop(journal);
    let mut bytes = fs::read(&path).unwrap();
    // The last digit of the second record's checksum; the header is the first line.
    let end = bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'\n').nth(2).unwrap().0;
    bytes[end - 1] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let (header, records) = read(&path).unwrap();
    assert!(InOrder::new(header, records.into_iter()).map(|record| record.edition).eq([1]));
}

#[test]
fn lines_wait_for_others_but_not_long_and_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(names::JOURNAL);
    let journal = create(&folder, &header(&[1])).unwrap();
    let there = || read(&path).unwrap().1.len();
    let mut most = 0;
    for edition in 0..200 {
        journal.record(&record(edition)).unwrap();
        most = most.max(edition as usize + 1 - there());
    }
    assert!((1..64).contains(&most), "{most} lines waited");
    std::thread::sleep(2 * WAITING_TIME);
    journal.record(&record(200)).unwrap();
    assert_eq!(there(), 201, "the time was up");
    journal.record(&record(201)).unwrap();
    drop(journal);
    let records = read(&path).unwrap().1;
    assert!(records.iter().map(|record| record.edition).eq(0..=201), "in order, each once");
}

#[test]
fn a_journal_that_cannot_be_written_is_an_error_and_what_is_in_it_stays_true() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(names::JOURNAL);
    let journal = create(&folder, &header(&[1])).unwrap();
    journal.record(&record(1)).unwrap();
    journal.flush().unwrap();
    // A file that is open for reading only refuses every write.
    journal.lines().file = File::open(&path).unwrap();
    journal.record(&record(2)).unwrap();
    assert!(matches!(journal.flush(), Err(OutputError::Io(_))));
    drop(journal);
    assert_eq!(read(&path).unwrap().1, [record(1)]);
}

#[test]
fn a_header_claims_the_editions_of_its_run_and_no_others() {
    for editions in [&[][..], &[0], &[1, 2, 3], &[0, 2, 3, 7, 8, 9, 11], &[u32::MAX - 1, u32::MAX]] {
        let head = header(editions);
        for edition in (0..14).chain(u32::MAX - 3..=u32::MAX) {
            assert_eq!(head.claims(edition), editions.contains(&edition), "{edition} of {editions:?}");
        }
    }
    assert_eq!(header(&[1, 2, 3, 9]).editions, [[1, 3], [9, 9]]);
}

#[test]
fn a_header_with_a_text_that_is_no_digest_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let head = header(&[1]);
    let good = serde_json::to_string(&head).unwrap();
    let plan = |digest: &str| format!("\"plan\":\"{digest}\"");
    let digest = "0".repeat(64);
    assert!(good.contains(&plan(&digest)), "{good}");
    let write = |text: &str| fs::write(&path, checked(&format!("{FORMAT} {text}"))).unwrap();
    write(&good);
    assert_eq!(read(&path).unwrap(), (head, vec![]));
    for wrong in [String::new(), "abc".to_owned(), digest[1..].to_owned(), "A".repeat(64)] {
        write(&good.replace(&plan(&digest), &plan(&wrong)));
        let Err(OutputError::Unreadable { reason, .. }) = read(&path) else { panic!("{wrong} is refused") };
        assert!(
            reason.contains(&format!("\"{wrong}\" is not a digest of 64 hexadecimal digits")),
            "{reason}"
        );
    }
}

#[test]
fn a_header_that_claims_what_no_run_has_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let write = |editions: &[[u32; 2]], count: u64| {
        let run = RunHeader { count, ..RunHeader::default() };
        let head = Header { editions: editions.to_vec(), run, stems: Stems::default(), edit: None };
        let text = serde_json::to_string(&head).unwrap();
        fs::write(&path, checked(&format!("{FORMAT} {text}"))).unwrap();
    };
    for (editions, count) in [(&[[1, 3], [5, 5]][..], 4), (&[[0, u32::MAX]], 1 << 32), (&[], 0)] {
        write(editions, count);
        read(&path).unwrap();
    }
    let all = [0, u32::MAX];
    for (editions, count, why) in [
        (&[all; 20][..], 20 << 32, "do not ascend"),
        (&[[1, 3], [3, 5]], 6, "do not ascend"),
        (&[[5, 4]], 0, "do not ascend"),
        (&[all], 3, "claims 4294967296 editions for 3 items"),
        (&[[1, 2]], 3, "claims 2 editions for 3 items"),
    ] {
        write(editions, count);
        let Err(OutputError::Unreadable { reason, .. }) = read(&path) else { panic!("{editions:?}") };
        assert!(reason.contains(why), "{reason}");
    }
}
