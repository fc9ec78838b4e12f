//! One-of-ones through the library: the same bytes on demand and in a run, few at a time, and never another picture.

use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;

use tempfile::TempDir;
use traitpress::Error;
use traitpress::art::ReloadError;
use traitpress::engine::{Effort, Engine};
use traitpress::plan::{Item, RowError};
use traitpress::selection::Choose;

use crate::common::canvas::Canvas;
use crate::common::press::{Setting, press};
use crate::common::readers::{pngcheck, strict};
use crate::common::sketch::{LayerSketch, Sketch};

const SIDES: [u32; 2] = [300, 200];
const ONES: u64 = 40;

/// A one's pixels: noise, each third of them translucent.
fn one(number: u64) -> Canvas {
    let alpha = |alpha: u8| if number.is_multiple_of(3) { alpha | 1 } else { 255 };
    Canvas::noise(SIDES[0], SIDES[1], number, alpha)
}

/// Nine items of traits, and forty ones.
fn project() -> TempDir {
    let fill = |n: u8| Canvas::filled(SIDES[0], SIDES[1], [n, 90, 9, 255]);
    let spot = |n: u8| Canvas::empty(SIDES[0], SIDES[1]).rect([50, 60], [70, 80], [9, n, 200, 130]);
    let layers = [LayerSketch::new((1..4).map(fill)), LayerSketch::new((1..4).map(spot))];
    let dir = Sketch::new(SIDES, layers).write();
    fs::create_dir(dir.path().join("ones")).unwrap();
    let mut configuration =
        fs::OpenOptions::new().append(true).open(dir.path().join("collection.toml")).unwrap();
    for number in 0..ONES {
        one(number).write(&dir.path().join(format!("ones/{number}.png")), None);
        writeln!(configuration, "[[ones]]\nimage = \"ones/{number}.png\"").unwrap();
    }
    dir
}

#[test]
fn a_one_is_the_same_alone_and_in_a_run_and_every_reader_takes_it() {
    let dir = project();
    let mut sizes = Vec::new();
    for effort in [Effort::Fast, Effort::Balanced, Effort::Small] {
        let options = Setting::USUAL.options().with_effort(effort);
        let engine = Engine::open_with(dir.path(), options).unwrap();
        let plan = engine.choose(Choose::new(ONES as u32 + 9).with_seed(3)).unwrap();
        let pressed = press(&engine, &plan);
        assert_eq!((pressed.stats.items, pressed.stats.ones), (ONES + 9, ONES));
        let bytes: usize = (0..plan.len()).map(|index| pressed.picture(&plan, index).len()).sum();
        assert_eq!(pressed.stats.bytes, bytes as u64);
        let mut seen = 0;
        for index in 0..plan.len() {
            let file = pressed.picture(&plan, index);
            let item = plan.item(index);
            assert!(engine.render(&item).unwrap() == file, "item {index}");
            let Some(number) = item.one() else {
                let same = Item::from_indices(engine.project(), item.indices()).unwrap();
                assert!(engine.render(&same).unwrap() == file);
                continue;
            };
            seen += 1;
            assert!(engine.render_one(number).unwrap() == file);
            assert!(strict(file).unwrap().canvas == one(number as u64), "one {number}, {effort:?}");
            if seen == 1 {
                sizes.push(file.len());
                let path = dir.path().join("checked.png");
                fs::write(&path, file).unwrap();
                assert!(pngcheck([path.as_path()]).is_none_or(|checked| checked.is_ok()));
            }
        }
        assert_eq!(seen, ONES);
    }
    assert_eq!(sizes.len(), 3);
}

#[test]
fn pixels_of_ones_are_held_a_thread_at_a_time_and_that_is_expected() {
    let dir = project();
    let canvas = 4 * u64::from(SIDES[0] * SIDES[1]);
    let engine =
        Engine::open_with(dir.path(), Setting { batch: Some(49), ..Setting::USUAL }.options()).unwrap();
    let plan = engine.choose(Choose::new(ONES as u32 + 9).with_seed(3)).unwrap();
    let pressed = press(&engine, &plan);
    let memory = pressed.stats.memory;
    // Two threads: a file, pixels, samples and an encoded picture each, with room to grow, and not forty of any. Where both are
    // at their fullest at one time that is 12.1 to 12.5 canvases.
    assert!(memory.pools_peak < 16 * canvas, "{memory:?}");
    assert!(memory.art < 4 * canvas, "nothing of a one stays: {memory:?}");
    let few = engine.choose(Choose::new(ONES as u32 + 1).with_seed(3)).unwrap();
    let expected = engine.expected_memory(&few).unwrap();
    assert!(expected.buffers >= 2 * 4 * canvas && expected.buffers < 40 * canvas, "{expected:?}");
}

#[test]
fn a_one_that_was_changed_meanwhile_ends_the_run() {
    let dir = project();
    let engine = Engine::open_with(dir.path(), Setting::USUAL.options()).unwrap();
    let plan = engine.choose(Choose::new(ONES as u32).with_seed(3)).unwrap();
    let path = engine.project().ones[17].path.clone();
    Canvas::noise(SIDES[0], SIDES[1], 999, |_| 255).write(&path, None);
    let out = dir.path().join("out");
    let error = engine.press(&plan).to_folder(&out).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&ReloadError::OneChanged(path)));
    assert!(!out.join("manifest.json").exists());
    let error = engine.render_one(17).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(ReloadError::OneChanged(_))), "{error:?}");
    engine.render_one(16).unwrap();
}

#[test]
fn ones_that_a_project_does_not_have_are_refused() {
    let dir = project();
    let engine = Engine::open_with(dir.path(), Setting::USUAL.options()).unwrap();
    let refused = |error: Error| match error.downcast_ref() {
        Some(&RowError::One { ones, number }) => (ones, number),
        _ => panic!("{error}"),
    };
    assert_eq!(refused(engine.render_one(40).unwrap_err()), (40, 40));
    let plan = engine.choose(Choose::new(ONES as u32 + 2).with_seed(3)).unwrap();
    // The same project with fewer of them.
    let mut fewer = engine.project().clone();
    fewer.ones.truncate(5);
    let options = Setting::USUAL.options().with_threads(NonZeroUsize::new(1));
    let other = Engine::new(fewer, options).unwrap();
    let sink = |_: traitpress::telemetry::FinishedItem<'_>| panic!("nothing is made");
    let (ones, number) = refused(other.press(&plan).to_sink(&sink).unwrap_err());
    assert!(ones == 5 && number >= 5);
    let folder = dir.path().join("out");
    assert!(other.press(&plan).to_folder(folder).is_err());
}
