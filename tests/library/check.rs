//! The one check that every kind of art goes through.

use std::fs;
use std::path::PathBuf;

use traitpress::engine::EncodingMode;
use traitpress::geometry::Grid;
use traitpress::plan::Item;

use crate::common::differ::{assert_near, assert_same};
use crate::common::press::{Gpu, Pressed, Setting, choose, open, press, turn};
use crate::common::readers::{pngcheck, strict};
use crate::common::reference::{Reference, Stored};
use crate::common::sketch::Sketch;
use crate::common::walker::{Walked, walk};

const fn setting(threads: usize, batch: Option<usize>, encode_batch: usize, cache: Option<u64>) -> Setting {
    Setting { threads, batch, encode_batch, cache, gpu: Gpu::No }
}

/// The GPU with everything as it comes, and with textures and targets so small that nearly nothing stays in them.
const GPUS: [Setting; 2] = [
    Setting { gpu: Gpu::USUAL, ..setting(2, None, 5, None) },
    Setting {
        gpu: Gpu::Yes { memory: Some(1 << 20), pools: Some(1 << 20) },
        ..setting(1, Some(3), 5, KILOBYTES_4)
    },
];

const MEGABYTES_8: Option<u64> = Some(8 << 20);
const KILOBYTES_4: Option<u64> = Some(4 << 10);

/// Settings in which every value of every knob meets most values of the others.
pub(crate) const SETTINGS: [Setting; 6] = [
    setting(1, Some(1), 1, KILOBYTES_4),
    setting(4, Some(3), 5, KILOBYTES_4),
    setting(2, None, 64, KILOBYTES_4),
    setting(1, None, 5, MEGABYTES_8),
    setting(2, Some(1), 64, MEGABYTES_8),
    setting(4, Some(3), 1, MEGABYTES_8),
];

/// All of them together.
pub(crate) fn every_setting() -> Vec<Setting> {
    let mut all = Vec::new();
    for threads in [1, 2, 4] {
        for batch in [Some(1), Some(3), None] {
            for encode_batch in [1, 5, 64] {
                all.extend(
                    [KILOBYTES_4, MEGABYTES_8].map(|cache| setting(threads, batch, encode_batch, cache)),
                );
            }
        }
    }
    all
}

/// What came of a check.
#[derive(Debug)]
pub(crate) struct Checked {
    /// The pressed collection's pictures as the walker read them, in the plan's order.
    pub(crate) pictures: Vec<Walked>,
    /// The profile that each carried.
    pub(crate) profiles: Vec<Option<Vec<u8>>>,
    /// `spans`, or `plain` where the recipe fell back.
    pub(crate) encoder: EncodingMode,
    /// Pictures in stored blocks.
    pub(crate) stored: u64,
    /// Spans that the caches of all settings together dropped.
    pub(crate) evictions: u64,
}

impl Checked {
    /// The colour type of all pictures.
    pub(crate) fn color_type(&self) -> u8 {
        let color_type = self.pictures[0].color_type;
        assert!(self.pictures.iter().all(|picture| picture.color_type == color_type));
        color_type
    }

    /// The sizes of all pictures' palettes.
    pub(crate) fn palette(&self) -> Option<usize> {
        self.pictures[0].palette
    }
}

/// Presses `sketch` under `settings` and compares: bytes between the settings; pixels with the plain path and the
/// reference compositor, through every reader.
pub(crate) fn check(name: &str, sketch: &Sketch, count: u32, settings: &[Setting]) -> Checked {
    let dir = sketch.write();
    let engine = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
    let plan = choose(&engine, 7, count);
    let pressed = press(&engine, &plan);
    let mut evictions = 0;
    for &setting in settings.iter().chain(&GPUS) {
        let Some(_turn) = turn(setting.gpu) else { continue };
        let other = press(&open(dir.path(), EncodingMode::Spans, setting), &plan);
        assert_same_files(&format!("{name} with {setting:?}"), &pressed, &other);
        evictions += other.stats.evictions;
        if setting.gpu != Gpu::No && other.stats.encoder == EncodingMode::Spans {
            let gpu = other.stats.gpu.expect("a GPU composited");
            assert_eq!(gpu.events, [""; 0], "{name}: it failed");
            assert_eq!(gpu.spans + gpu.copies + gpu.on_cpu, other.stats.spans_pressed, "{name}: {gpu:?}");
        }
    }
    let plain = press(&open(dir.path(), EncodingMode::Plain, Setting::USUAL), &plan);
    assert_eq!(plain.stats.encoder, EncodingMode::Plain);
    let reference = Reference::decode(sketch, dir.path());
    let tolerance = sketch.tolerance();
    let (mut pictures, mut profiles) = (Vec::new(), Vec::new());
    for index in 0..plan.len() {
        let walked = walk(pressed.picture(&plan, index)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let expected = reference.picture(&plan.item(index), Stored::as_type(walked.color_type));
        let name = format!("{name} {}", plan.edition(index));
        let read = strict(plain.picture(&plan, index)).unwrap_or_else(|e| panic!("{name} (plain): {e}"));
        assert_near(&format!("{name} plain"), tolerance, &expected, &read.canvas);
        let expected = read.canvas;
        let read = strict(pressed.picture(&plan, index)).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_same(&format!("{name} pressed"), &expected, &read.canvas);
        assert_same(&format!("{name} walked"), &expected, &walked.canvas);
        profiles.push(read.profile);
        pictures.push(walked);
    }
    if pressed.stats.encoder == EncodingMode::Spans {
        check_filters(name, &pictures);
    }
    read_a_sample_with_pngcheck(name, &pressed);
    render_what_is_never_drawn(name, sketch, &engine, &reference);
    Checked { pictures, profiles, encoder: pressed.stats.encoder, stored: pressed.stats.stored, evictions }
}

/// Every file of both collections must be the same, byte for byte.
pub(crate) fn assert_same_files(name: &str, one: &Pressed, other: &Pressed) {
    let names = |pressed: &Pressed| pressed.files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(one), names(other), "{name}: other files");
    let different: Vec<&String> =
        one.files.iter().filter(|&(file, bytes)| &other.files[file] != bytes).map(|(file, _)| file).collect();
    assert!(different.is_empty(), "{name}: other bytes in {different:?}");
}

/// Joined pictures have the same filters, decided by row position alone, and none that looks across tile rows.
fn check_filters(name: &str, pictures: &[Walked]) {
    let mut joined = pictures.iter().filter(|picture| !picture.stored);
    let Some(first) = joined.next() else { return };
    assert!(
        joined.all(|picture| picture.filters == first.filters),
        "{name}: filters differ between pictures"
    );
    let tile_rows = first.filters.iter().step_by(Grid::TILE_HEIGHT as usize);
    assert!(tile_rows.into_iter().all(|&filter| filter < 2), "{name}: a tile row looks up");
}

/// The second independent reader.
fn read_a_sample_with_pngcheck(name: &str, pressed: &Pressed) {
    let dir = tempfile::tempdir().expect("a temporary folder can be made");
    let pictures = pressed.files.iter().filter(|(file, _)| file.ends_with(".png")).take(4);
    let paths: Vec<PathBuf> = pictures
        .map(|(file, bytes)| {
            let path = dir.path().join(file.replace('/', "-"));
            fs::write(&path, bytes).expect("the temporary folder can be written to");
            path
        })
        .collect();
    if let Some(Err(complaint)) = pngcheck(paths.iter().map(PathBuf::as_path)) {
        panic!("{name}: {complaint}");
    }
}

/// Traits of weight 0 come by plan only, and the recipe was not trained on them.
fn render_what_is_never_drawn(
    name: &str,
    sketch: &Sketch,
    engine: &traitpress::engine::Engine,
    reference: &Reference,
) {
    for (number, layer) in sketch.layers.iter().enumerate() {
        for index in (0..layer.traits.len()).filter(|&index| layer.traits[index].1 == 0) {
            let mut indices: Vec<Option<usize>> =
                sketch.layers.iter().map(|layer| (layer.chance >= 1000).then_some(0)).collect();
            indices[number] = Some(index);
            let item = Item::from_indices(engine.project(), indices).expect("the item is possible");
            let file = engine.render(&item).expect("the item is possible");
            let walked = walk(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
            let expected = reference.picture(&item, Stored::as_type(walked.color_type));
            let tolerance = sketch.tolerance();
            assert_near(&format!("{name} never drawn"), tolerance, &expected, &walked.canvas);
        }
    }
}
