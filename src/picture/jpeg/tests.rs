//! Whole, cut and mended JPEG files of every structure.

use std::fs;
use std::path::Path;

use super::*;

/// The files of `tests/pictures/jpeg`, with their names.
fn files() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/jpeg");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let pictures = paths.filter(|path| path.extension().is_some_and(|extension| extension == "jpg"));
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut files: Vec<_> = pictures.map(|path| (name(&path), fs::read(&path).unwrap())).collect();
    files.sort();
    assert_eq!(files.len(), 9);
    files
}

fn file(name: &str) -> Vec<u8> {
    files().into_iter().find(|(found, _)| found == name).unwrap().1
}

/// The places of the markers, with the second byte of each.
fn markers(bytes: &[u8]) -> Vec<(usize, u8)> {
    let mut walk =
        Walk { bytes, at: 2, frame: None, tables: Default::default(), restart: 0, odd: Vec::new() };
    let mut found = Vec::new();
    while let Some(marker) = walk.next_marker() {
        found.push((walk.at - 2, marker));
        if !matches!(marker, 0xd0..=0xd9) {
            walk.segment().unwrap();
        }
    }
    found
}

#[test]
fn whole_files_of_every_structure_have_nothing_odd() {
    for (name, bytes) in files() {
        assert_eq!(check(&bytes), Ok(Vec::new()), "{name}");
    }
    for (side, quality) in [(1, 100), (8, 1), (257, 50)] {
        let mut bytes = Vec::new();
        let picture =
            image::RgbImage::from_fn(side, side, |x, y| image::Rgb([(x * y) as u8, x as u8, y as u8]));
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode_image(&picture)
            .unwrap();
        assert_eq!(check(&bytes), Ok(Vec::new()), "{side} {quality}");
    }
}

#[test]
fn a_file_that_is_cut_anywhere_before_its_last_blocks_is_refused_with_and_without_an_end_marker() {
    for (name, bytes) in files() {
        // A last byte may be padding alone.
        for end in 2..bytes.len() - 4 {
            // Cut within a segment between scans, what is left of it is no marker that has to be there.
            let cut = &bytes[..end];
            if check(cut).is_ok_and(|odd| !odd.is_empty()) {
                let complete = markers(cut).iter().filter(|(_, marker)| *marker == 0xda).count();
                let all = markers(&bytes).iter().filter(|(_, marker)| *marker == 0xda).count();
                assert_eq!(complete, all, "{name}: {end} bytes are accepted");
            } else if markers_hold_a_frame(cut) {
                assert!(check(cut).is_err(), "{name}: {end} bytes are accepted");
            }
        }
        let scan = markers(&bytes).into_iter().rfind(|(_, marker)| *marker == 0xda).unwrap().0;
        let data = scan + 2 + usize::from(u16::from_be_bytes([bytes[scan + 2], bytes[scan + 3]]));
        let middle = data + (bytes.len() - 2 - data) / 2;
        let ended = [&bytes[..middle], &[0xff, 0xd9]].concat();
        let error = check(&ended).unwrap_err();
        assert!(
            error.starts_with("it is cut off: ") && error.contains(" blocks of its pixels"),
            "{name}: {error}"
        );
    }
}

/// Whether the file has the header of a frame: without one its decoder gives the reason.
fn markers_hold_a_frame(bytes: &[u8]) -> bool {
    let at = bytes.windows(2).position(|pair| matches!(pair, [0xff, 0xc0..=0xc2]));
    at.is_some_and(|at| at + 20 < bytes.len())
}

#[test]
fn the_end_marker_may_be_missing_or_followed_by_more_and_both_are_named() {
    for (name, bytes) in files() {
        let without = &bytes[..bytes.len() - 2];
        let missing = "it has no end marker, although all of its pixels are there";
        assert_eq!(check(without), Ok(vec![missing.to_owned()]), "{name}");
        let more = [&bytes[..], b"a thumbnail"].concat();
        assert_eq!(check(&more), Ok(vec!["11 bytes after its end are ignored".to_owned()]), "{name}");
        let filled = [without, &[0xff, 0xff, 0xff, 0xd9]].concat();
        assert_eq!(check(&filled), Ok(Vec::new()), "{name}: these fill up");
        let odd = [without, &[1, 2, 3, 0xff, 0xd9]].concat();
        assert_eq!(check(&odd), Ok(vec!["it has 3 bytes more than its pixels need".to_owned()]), "{name}");
    }
}

#[test]
fn blocks_that_are_missing_between_restart_markers_are_missed() {
    for name in ["baseline-2x1-restart.jpg", "progressive-restart.jpg"] {
        let bytes = file(name);
        let restarts: Vec<usize> = markers(&bytes)
            .into_iter()
            .filter(|(_, marker)| (0xd0..=0xd7).contains(marker))
            .map(|(at, _)| at)
            .collect();
        // One interval without its last bytes, and one that is left out as a whole.
        let short = [&bytes[..restarts[1] - 6], &bytes[restarts[1]..]].concat();
        assert!(check(&short).unwrap_err().contains(" blocks of its pixels"), "{name}");
        let lost = [&bytes[..restarts[0]], &bytes[restarts[1]..]].concat();
        assert!(check(&lost).unwrap_err().contains(" blocks of its pixels"), "{name}");
    }
}

#[test]
fn scans_that_are_missing_are_missed() {
    let scans = |bytes: &[u8]| -> Vec<usize> {
        markers(bytes).into_iter().filter(|(_, marker)| *marker == 0xda).map(|(at, _)| at).collect()
    };
    let refined = file("progressive-refined.jpg");
    let starts = scans(&refined);
    let last = starts.len() - 1;
    // Tables for the codes of the last scan may precede it.
    assert_eq!(check(&refined[..starts[last]]), Err("it is cut off before its last scans".to_owned()));
    let ended = [&refined[..starts[last]], &[0xff, 0xd9]].concat();
    assert_eq!(check(&ended), Ok(vec!["the scans with its finest details are missing".to_owned()]));
    let separate = file("baseline-scans.jpg");
    let ended = [&separate[..scans(&separate)[2]], &[0xff, 0xd9]].concat();
    assert_eq!(check(&ended), Err("it is cut off: 1 of its 3 colour components are missing".to_owned()));
}

#[test]
fn a_size_that_its_bytes_do_not_hold_is_refused() {
    for (name, mut bytes) in files() {
        let frame = markers(&bytes).into_iter().find(|(_, marker)| matches!(marker, 0xc0..=0xc2)).unwrap().0;
        bytes[frame + 5..frame + 9].copy_from_slice(&[0x40, 0, 0x40, 0]);
        assert!(check(&bytes).is_err(), "{name}");
    }
}

#[test]
fn codes_that_are_not_in_their_table_are_named_with_the_blocks_before_them() {
    let mut bytes = file("baseline-grey-2x2.jpg");
    let scan = markers(&bytes).into_iter().find(|(_, marker)| *marker == 0xda).unwrap().0;
    for at in (0..16).map(|pair| scan + 30 + 2 * pair) {
        bytes[at..at + 2].copy_from_slice(&[0xff, 0]);
    }
    let error = check(&bytes).unwrap_err();
    assert!(
        error.starts_with("it is damaged: only ")
            && error.ends_with(" of 48 blocks of its pixels can be read"),
        "{error}"
    );
}
