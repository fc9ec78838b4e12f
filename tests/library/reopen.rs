//! Engines beside others: for another state of a project, and with shared threads and memory.

use std::fs;
use std::num::NonZeroUsize;

use tempfile::TempDir;
use traitpress::engine::{Engine, Performance, PressOptions, SharedResources};
use traitpress::plan::Plan;
use traitpress::project::Project;

use crate::common::canvas::Canvas;
use crate::common::press::{Setting, choose, press};
use crate::common::sketch::{LayerSketch, Sketch};

fn patch(n: u32) -> Canvas {
    Canvas::empty(200, 100).rect([11 * n, 7 * n], [50, 30], [200, (50 * n) as u8, 9, 255])
}

fn project() -> TempDir {
    let stripes = |n: u32| Canvas::from_fn(200, 100, move |x, y| [(x * n) as u8, (y + 9 * n) as u8, 80, 255]);
    let layers = [LayerSketch::new((1..4).map(stripes)), LayerSketch::new((0..4).map(patch)).chance(700)];
    Sketch::new([200, 100], layers).write()
}

fn open(dir: &TempDir, performance: Performance) -> Engine {
    Engine::open_with(dir.path(), PressOptions::new().with_performance(performance)).unwrap()
}

fn again(dir: &TempDir) -> Project {
    Project::open(dir.path()).unwrap()
}

fn pictures(engine: &Engine, plan: &Plan) -> Vec<Vec<u8>> {
    (0..plan.len()).map(|index| engine.render(&plan.item(index)).unwrap()).collect()
}

#[test]
fn a_changed_picture_is_decoded_alone_and_all_others_keep_their_bytes() {
    let dir = project();
    for trait_memory in [None, Some(40_000)] {
        let performance = Setting::USUAL.performance().with_reopening(true).with_trait_memory(trait_memory);
        let engine = open(&dir, performance);
        let plan = choose(&engine, 3, 12);
        let before = pictures(&engine, &plan);
        patch(2)
            .rect([150, 60], [20, 20], [1, 2, 250, 255])
            .write(&dir.path().join("layers/L01/t002#1.png"), None);
        let reopened = engine.reopen(again(&dir)).unwrap();
        assert!(reopened.kept_recipe && !reopened.kept_spans);
        match trait_memory {
            None => assert_eq!(reopened.kept_pictures, 6, "of seven"),
            Some(_) => assert!((1..6).contains(&reopened.kept_pictures), "those that are held"),
        }
        let after = pictures(&reopened.engine, &plan);
        for index in 0..plan.len() {
            let shows = plan.item(index).trait_index(1) == Some(2);
            assert_eq!(before[index] == after[index], !shows, "item {index}");
        }
        // They are those of a run that follows the recipe of an earlier one.
        patch(2).write(&dir.path().join("layers/L01/t002#1.png"), None);
        let earlier = open(&dir, Setting::USUAL.performance());
        let out = dir.path().join("out");
        earlier.press(&plan).to_folder(&out).unwrap();
        patch(2)
            .rect([150, 60], [20, 20], [1, 2, 250, 255])
            .write(&dir.path().join("layers/L01/t002#1.png"), None);
        let following = Setting::USUAL.options().with_recipe_of(&out).unwrap();
        assert!(pictures(&Engine::open_with(dir.path(), following).unwrap(), &plan) == after);
        patch(2).write(&dir.path().join("layers/L01/t002#1.png"), None);
        fs::remove_dir_all(out).unwrap();
    }
}

#[test]
fn a_configuration_that_is_on_no_disk_keeps_art_and_spans() {
    let dir = project();
    let engine = open(&dir, Setting::USUAL.performance().with_reopening(true));
    let plan = choose(&engine, 3, 12);
    let before = pictures(&engine, &plan);
    let made = engine.stats().spans_pressed;
    let text = fs::read_to_string(dir.path().join("collection.toml")).unwrap();
    let text = text.replace("chance = 0.700", "chance = 0.100");
    let project = Project::open_with_text(dir.path(), &text).unwrap();
    let reopened = engine.reopen(project).unwrap();
    assert!(reopened.kept_recipe && reopened.kept_spans && reopened.kept_pictures == 7);
    assert_eq!(reopened.engine.project().layers[1].chance, 100_000);
    assert!(pictures(&reopened.engine, &plan) == before);
    assert_eq!(reopened.engine.stats().spans_pressed, made, "every span was there");
    let wrong = Project::open_with_text(dir.path(), &text.replace("[[layers]]", "[[layer]]")).unwrap_err();
    assert!(wrong.problems[0].line.is_some(), "{wrong}");
    // Without digests of files everything is decoded, and the result is the same.
    let plain = open(&dir, Setting::USUAL.performance());
    let reopened = plain.reopen(again(&dir)).unwrap();
    assert_eq!((reopened.kept_pictures, reopened.kept_spans), (0, true));
    assert!(pictures(&reopened.engine, &plan) == before);
}

#[test]
fn art_that_the_recipe_does_not_represent_gets_another() {
    let dir = project();
    let engine = open(&dir, Setting::USUAL.performance().with_reopening(true));
    let soft = Canvas::noise(200, 100, 3, |alpha| alpha);
    soft.write(&dir.path().join("layers/L00/t001#1.png"), None);
    let reopened = engine.reopen(again(&dir)).unwrap();
    assert!(!reopened.kept_recipe && !reopened.kept_spans);
    let plan = choose(&engine, 3, 12);
    let fresh = open(&dir, Setting::USUAL.performance());
    assert!(pictures(&reopened.engine, &plan) == pictures(&fresh, &plan));
}

#[test]
fn engines_share_threads_and_one_budget() {
    const BUDGET: u64 = 12 << 10;
    let dirs = [project(), project(), project()];
    let shared = SharedResources::new(NonZeroUsize::new(2), BUDGET).unwrap();
    let performance = Setting { threads: 7, ..Setting::USUAL }.performance().with_shared(&shared);
    let engines = dirs.each_ref().map(|dir| open(dir, performance.clone()));
    assert_eq!((shared.engines(), engines[0].threads()), (3, 2));
    let plan = choose(&engines[0], 3, 12);
    let alone = open(&dirs[0], Setting::USUAL.performance());
    let expected = pictures(&alone, &plan);
    assert!(
        alone.stats().span_cache.bytes > 3 * BUDGET,
        "{} bytes do not fit",
        alone.stats().span_cache.bytes
    );
    std::thread::scope(|scope| {
        for engine in &engines {
            scope.spawn(|| (0..4).for_each(|_| assert!(pictures(engine, &plan) == expected)));
        }
    });
    // Only the first is used from here on.
    (0..20).for_each(|_| assert!(pictures(&engines[0], &plan) == expected));
    let budgets = engines.each_ref().map(|engine| engine.stats().span_cache.budget);
    assert!(budgets.iter().sum::<u64>() <= BUDGET, "{budgets:?}");
    assert!(budgets[0] > 8 * budgets[1], "{budgets:?}");
    assert!(shared.cache_bytes() <= BUDGET);
    let [first, second, third] = engines;
    drop((second, third));
    assert_eq!(shared.engines(), 1);
    assert_eq!(first.stats().span_cache.budget, BUDGET, "what was given back");
    let collection = press(&first, &plan);
    assert!((0..plan.len()).all(|index| collection.picture(&plan, index) == expected[index]));
}
