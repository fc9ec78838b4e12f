//! Budgets that hold next to nothing change no byte, on the processor and on a GPU.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;

use traitpress::art::ReloadError;
use traitpress::engine::{EncodingMode, Engine, PressOptions};
use traitpress::plan::Item;
use traitpress::telemetry::Observer;

use crate::common::canvas::Canvas;
use crate::common::press::{Gpu, Pressed, Setting, choose, press, turn};
use crate::common::sketch::{LayerSketch, Sketch};

const ITEMS: u32 = 40;

/// Four layers of five pictures, the lowest opaque noise, the others noise in a band each.
fn sketch() -> Sketch {
    let picture = |layer: u32, n: u32| {
        let noise =
            Canvas::noise(200, 150, u64::from(8 * layer + n), move |a| if layer == 0 { 255 } else { a });
        let rows = 30 * layer..30 * layer + 60;
        let inside = move |y: u32| layer == 0 || rows.contains(&y);
        Canvas::from_fn(200, 150, move |x, y| match inside(y) {
            true => noise.pixels[(y * 200 + x) as usize],
            false => [0; 4],
        })
    };
    Sketch::new([200, 150], (0..4).map(|layer| LayerSketch::new((0..5).map(|n| picture(layer, n)))))
}

/// Presses with a budget for traits, in bytes, or with all of them in memory.
fn run(root: &Path, setting: Setting, encoder: EncodingMode, budget: Option<u64>) -> Pressed {
    let performance = setting.performance().with_trait_memory(budget);
    let options = PressOptions::new().with_encoder(encoder).with_performance(performance);
    let engine = Engine::open_with(root, options).unwrap();
    press(&engine, &choose(&engine, 5, ITEMS))
}

#[test]
fn a_budget_for_traits_changes_no_byte_and_is_kept() {
    let dir = sketch().write();
    for encoder in [EncodingMode::Spans, EncodingMode::Plain] {
        let all = run(dir.path(), Setting::USUAL, encoder, None);
        let bytes = all.stats.traits.all_bytes;
        assert_eq!((all.stats.traits.peak_bytes, all.stats.traits.reloads), (bytes, 0));
        for budget in [0, bytes / 10, bytes / 2, bytes] {
            let setting = Setting { batch: Some(3), ..Setting::USUAL };
            let other = run(dir.path(), setting, encoder, Some(budget));
            assert!(other.files == all.files, "{encoder:?} with {budget} of {bytes} bytes for traits");
            let traits = other.stats.traits;
            assert_eq!(traits.reloads > 0, budget < bytes, "{traits:?}");
            // Beside the budget there are a span's four traits at the most, or a picture a thread.
            let floor = 4 * 200 * 150 * 4;
            assert!(traits.peak_bytes <= budget + floor, "{traits:?}");
        }
    }
}

#[test]
fn a_budget_for_traits_changes_no_byte_on_a_gpu() {
    let Some(_turn) = turn(Gpu::USUAL) else { return };
    let dir = sketch().write();
    let all = run(dir.path(), Setting::USUAL, EncodingMode::Spans, None);
    let bytes = all.stats.traits.all_bytes;
    // Textures that hold all of the art, and such that hold a part.
    for memory in [None, Some(1 << 20)] {
        let gpu = Gpu::Yes { memory, pools: None };
        for budget in [0, bytes / 3] {
            let setting = Setting { gpu, batch: Some(3), ..Setting::USUAL };
            let other = run(dir.path(), setting, EncodingMode::Spans, Some(budget));
            assert!(other.files == all.files, "{budget} of {bytes} bytes for traits, {memory:?} of textures");
            let (traits, gpu) = (other.stats.traits, other.stats.gpu.unwrap());
            assert!(traits.reloads > 0 && gpu.spans > 0, "{traits:?}, {gpu:?}");
        }
    }
}

#[test]
fn a_picture_that_changes_under_a_run_is_an_error_and_never_a_wrong_picture() {
    let dir = sketch().write();
    let performance = Setting::USUAL.performance().with_trait_memory(0);
    let options = PressOptions::new().with_performance(performance);
    let engine = Engine::open_with(dir.path(), options).unwrap();
    let plan = choose(&engine, 5, ITEMS);
    let path = engine.project().layers[0].traits[2].path.clone();
    fs::copy(&engine.project().layers[0].traits[1].path, &path).unwrap();
    let out = dir.path().join("out");
    let error = engine.press(&plan).to_folder(&out).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&ReloadError::Changed(path)));
    assert!(!out.join("manifest.json").exists());
    let shows = |item: &Item| item.trait_index(0) == Some(2);
    let items = || (0..plan.len()).map(|index| plan.item(index));
    let error = engine.render(&items().find(shows).unwrap()).unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(ReloadError::Changed(_))), "{error:?}");
    engine.render(&items().find(|item| !shows(item)).unwrap()).unwrap();
}

/// Leaves a temporary file behind, as a write that failed does, when the first item is done.
struct Litter<'f>(&'f Path);

impl Observer for Litter<'_> {
    fn items(&self, done: u64, _total: u64) {
        if done == 1 {
            for name in ["images-9999.png.part", "notes.part"] {
                fs::write(self.0.join(".traitpress").join(name), "left").unwrap();
            }
        }
    }
}

#[test]
fn stale_files_of_ours_are_removed_and_counted_and_those_of_others_are_not() {
    let dir = sketch().write();
    let setting = Setting { batch: Some(1), ..Setting::USUAL };
    let performance = setting.performance().with_cleanup_every(NonZeroUsize::new(1));
    let options = PressOptions::new().with_performance(performance);
    let engine = Engine::open_with(dir.path(), options).unwrap();
    let plan = choose(&engine, 5, ITEMS);
    let out = dir.path().join("out");
    let stats = engine.press(&plan).with_observer(&Litter(&out)).to_folder(&out).unwrap().stats;
    assert_eq!((stats.released.files, stats.released.cleanups), (1, u64::from(ITEMS)));
    assert!(out.join(".traitpress/notes.part").exists(), "that is somebody else's");
    assert!(!out.join(".traitpress/images-9999.png.part").exists());
}

#[test]
fn a_service_cleans_up_too() {
    let dir = sketch().write();
    let performance = Setting::USUAL.performance().with_cleanup_every(NonZeroUsize::new(4));
    let options = PressOptions::new().with_performance(performance.with_cache_memory(1));
    let engine = Engine::open_with(dir.path(), options).unwrap();
    let plan = choose(&engine, 5, ITEMS);
    let first: Vec<Vec<u8>> = (0..20).map(|index| engine.render(&plan.item(index)).unwrap()).collect();
    let again: Vec<Vec<u8>> = (0..20).map(|index| engine.render(&plan.item(index)).unwrap()).collect();
    assert!(first == again);
    let stats = engine.stats();
    assert!(stats.released.cleanups >= 10 && stats.evictions > 0, "{:?}", stats.released);
}
