//! An item's bytes depend on its traits alone, not on the run that it is part of.

use std::collections::HashMap;

use tempfile::TempDir;
use traitpress::engine::{EncodingMode, Engine};
use traitpress::plan::{Item, Plan, RowError};
use traitpress::telemetry::FinishedItem;

use crate::common::canvas::Canvas;
use crate::common::press::{Pressed, Setting, choose, open, press};
use crate::common::sketch::{LayerSketch, Sketch};

/// A project of 36 items, some of its pictures translucent.
fn project() -> TempDir {
    let stripes = |n: u32| Canvas::from_fn(100, 70, |x, y| [(x * n) as u8, (y + 9 * n) as u8, 80, 255]);
    let patch = |n: u32| {
        let at = [7 * n, 11 * n];
        Canvas::empty(100, 70).rect(at, [40, 30], [200, (50 * n) as u8, 9, 255 - 40 * (n % 3) as u8])
    };
    let layers = [
        LayerSketch::new((1..4).map(stripes)),
        LayerSketch::new((0..3).map(patch)),
        LayerSketch::new((3..6).map(patch)).chance(500),
    ];
    Sketch::new([100, 70], layers).write()
}

fn engine(dir: &TempDir) -> Engine {
    open(dir.path(), EncodingMode::Spans, Setting::USUAL)
}

fn pictures<'a>(plan: &Plan, pressed: &'a Pressed) -> HashMap<Item, &'a [u8]> {
    (0..plan.len()).map(|index| (plan.item(index), pressed.picture(plan, index))).collect()
}

#[test]
fn single_pictures_equal_pressed_ones() {
    let dir = project();
    for encoder in [EncodingMode::Spans, EncodingMode::Plain] {
        let pressing = open(dir.path(), encoder, Setting::USUAL);
        let plan = choose(&pressing, 3, 20);
        let pressed = press(&pressing, &plan);
        // Backwards and on an engine of its own, so that its cache has another history; then on the one that pressed.
        let single = open(dir.path(), encoder, Setting { threads: 1, ..Setting::USUAL });
        for index in (0..plan.len()).rev() {
            let item = plan.item(index);
            assert!(single.render(&item).unwrap() == pressed.picture(&plan, index), "item {index}");
            assert!(pressing.render(&item).unwrap() == pressed.picture(&plan, index), "item {index}, again");
        }
    }
}

#[test]
fn one_engine_renders_for_many_threads_at_once() {
    let dir = project();
    let engine = engine(&dir);
    let plan = choose(&engine, 3, 36);
    let pressed = press(&engine, &plan);
    let fresh = open(dir.path(), EncodingMode::Spans, Setting { cache: Some(4 << 10), ..Setting::USUAL });
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (fresh, plan, pressed) = (&fresh, &plan, &pressed);
            scope.spawn(move || {
                for index in (0..plan.len()).map(|index| (index + 9 * thread) % plan.len()) {
                    assert!(fresh.render(&plan.item(index)).unwrap() == pressed.picture(plan, index));
                }
            });
        }
    });
}

#[test]
fn a_shorter_run_is_the_beginning_of_a_longer_one() {
    let dir = project();
    let (short, long) = (engine(&dir), engine(&dir));
    let (few, many) = (choose(&short, 11, 5), choose(&long, 11, 12));
    let (few_pressed, many_pressed) = (press(&short, &few), press(&long, &many));
    for index in 0..5 {
        assert_eq!(few.item(index), many.item(index));
        assert!(few_pressed.picture(&few, index) == many_pressed.picture(&many, index), "item {index}");
    }
}

#[test]
fn another_seed_gives_other_items_but_the_same_bytes_for_the_same_item() {
    let dir = project();
    let (one, other) = (engine(&dir), engine(&dir));
    let (first, second) = (choose(&one, 1, 24), choose(&other, 2, 24));
    assert_ne!(first, second);
    let (first_pressed, second_pressed) = (press(&one, &first), press(&other, &second));
    let (a, b) = (pictures(&first, &first_pressed), pictures(&second, &second_pressed));
    // Of 36 items two choices of 24 share 12 at least.
    let shared: Vec<_> = a.iter().filter_map(|(row, file)| b.get(row).map(|other| (file, other))).collect();
    assert!(shared.len() >= 12);
    assert!(shared.iter().all(|(one, other)| one == other));
}

#[test]
fn a_plan_of_another_project_is_refused() {
    let dir = project();
    let picture = Canvas::from_fn(100, 70, |x, y| [x as u8, y as u8, 0, 255]);
    let layers = [LayerSketch::new([picture.clone()]), LayerSketch::new([picture])];
    let other = Sketch::new([100, 70], layers).write();
    let foreign = choose(&engine(&other), 3, 1);
    let outcome = engine(&dir).press(&foreign).to_sink(&|_: FinishedItem<'_>| Ok(()));
    let error = outcome.unwrap_err();
    assert!(error.downcast_ref::<RowError>().is_some(), "two layers are not three: {error}");
}
