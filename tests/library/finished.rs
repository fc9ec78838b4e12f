//! Pictures of finished collections by their numbers: the files of the folder, or an error.

use std::fs;

use traitpress::Digest;
use traitpress::engine::EncodingMode;
use traitpress::error::ErrorKind;
use traitpress::finished::Pictures;

use crate::common::press::{Setting, choose, open};
use crate::golden::sketches;

#[test]
fn pictures_of_a_folder_are_its_files_or_errors() {
    let (_, sketch) = sketches().swap_remove(0);
    let dir = sketch.write();
    let engine = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
    let plan = choose(&engine, 1, 6);
    let out = dir.path().join("out");
    let pressed = engine.press(&plan).to_folder(&out).expect("pressing succeeds");
    let pictures = Pictures::open(&out).expect("a finished collection");
    let first = plan.edition(0);
    assert_eq!((pictures.len(), pictures.is_empty()), (plan.len(), false));
    assert_eq!(pictures.collection(), pressed.collection.digest);
    let side = image::open(out.join(format!("images/{first}.png"))).expect("a picture");
    assert_eq!(pictures.sizes(), [side.width().max(side.height())]);
    assert_eq!((pictures.format().extension(), pictures.run().count), ("png", plan.len() as u64));
    for index in 0..plan.len() {
        let edition = plan.edition(index);
        let file = fs::read(out.join(format!("images/{edition}.png"))).expect("a file");
        assert_eq!(pictures.digest(edition, 0), Some(Digest::of(&file)));
        assert!(pictures.read(edition, 0).expect("a picture") == file);
    }
    for (edition, number) in [(first, 1), (first + 100, 0), (u32::MAX, usize::MAX)] {
        assert_eq!(pictures.digest(edition, number), None);
    }
    let refused = |edition: u32, number: usize| {
        let error = traitpress::Error::from(pictures.read(edition, number).expect_err("no such picture"));
        (error.kind(), error.to_string())
    };
    assert!(refused(first + 100, 0).1.contains("does not list it"));
    // As long as before, and another.
    let path = out.join(format!("images/{first}.png"));
    let mut bytes = fs::read(&path).expect("a file");
    bytes[40] ^= 1;
    fs::write(&path, &bytes).expect("a file");
    let (kind, text) = refused(first, 0);
    assert!(kind == ErrorKind::Mismatch && text.contains("not those that the manifest lists"), "{text}");
    fs::write(&path, &bytes[..30]).expect("a file");
    assert!(refused(first, 0).1.contains("cut short: 30 bytes"));
    // A plan that is not the listed one says nothing about which item a picture is of.
    fs::write(out.join("plan.json"), "{}").expect("a file");
    let error = Pictures::open(&out).expect_err("another plan").to_string();
    assert!(error.contains("plan.json"), "{error}");
}
