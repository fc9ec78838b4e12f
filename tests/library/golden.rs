//! Small pressed collections whose bytes are pinned.
//!
//! A digest here may change only together with the version of the recipe (or with the algorithm that chooses items):
//! a run that goes on with an earlier one's files, and a service that renders on demand, rely on the same bytes from
//! the same recipe. Then it is put in by hand from the failure's message, and the changelog says so. Nothing rewrites
//! it.

use std::sync::Mutex;

use sha2::Digest;
use traitpress::engine::EncodingMode;
use traitpress::pixel::Blend;
use traitpress::telemetry::FinishedItem;

use crate::common::canvas::{Canvas, Rgba};
use crate::common::press::{Setting, choose, open};
use crate::common::sketch::{LayerSketch, Sketch};

const SIZE: [u32; 2] = [96, 80];

/// SHA-256 over the pictures of 12 items, each preceded by its edition and length.
fn digest(sketch: &Sketch) -> String {
    let dir = sketch.write();
    let engine = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
    let plan = choose(&engine, 1, 12);
    assert_eq!(plan.len(), 12);
    let pictures = Mutex::new(vec![Vec::new(); plan.len()]);
    let sink = |item: FinishedItem<'_>| {
        pictures.lock().unwrap()[item.index] = item.picture.to_vec();
        Ok(())
    };
    engine.press(&plan).to_sink(&sink).unwrap();
    let mut hasher = sha2::Sha256::new();
    for (index, picture) in pictures.into_inner().unwrap().iter().enumerate() {
        hasher.update(plan.edition(index).to_le_bytes());
        hasher.update((picture.len() as u64).to_le_bytes());
        hasher.update(picture);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A disc, and a grid of dots that the right column of tiles does not have, so that spans meet.
fn figure(layer: u32, number: u32, ink: impl Fn(u32, u32) -> Rgba) -> Canvas {
    let (cx, cy) = (20 + 17 * number, 15 + 13 * layer);
    Canvas::from_fn(SIZE[0], SIZE[1], |x, y| {
        let disc = x.abs_diff(cx).pow(2) + y.abs_diff(cy).pow(2) < (12 + 3 * layer).pow(2);
        let dots = x < 60 && (x + number) % 11 < 2 && (y + layer) % 7 < 2;
        if disc || dots { ink(x, y) } else { [0; 4] }
    })
}

fn ground(number: u32) -> Canvas {
    Canvas::from_fn(SIZE[0], SIZE[1], |x, y| {
        [40 + 60 * number, x * 2, (x + y) / 8 * 11 % 256, 255].map(|c| c as u8)
    })
}

fn flat_ground(number: u32) -> Canvas {
    Canvas::from_fn(SIZE[0], SIZE[1], |x, y| {
        let stripe = ((x + y) / 16 % 3) as u8;
        [30 * stripe, 90, (50 * number) as u8, 255]
    })
}

fn flat_figures(layer: u32) -> LayerSketch {
    LayerSketch::new((0..3).map(|n| figure(layer, n, |_, _| [(70 * n) as u8, (40 * layer) as u8, 200, 255])))
}

fn shaded_figures(layer: u32) -> LayerSketch {
    LayerSketch::new(
        (0..3).map(|n| {
            figure(layer, n, |x, y| [x * 2, y * 3, 60 * n, 255 - (x + y) % 3 * 60].map(|c| c as u8))
        }),
    )
}

fn rgb_sketch() -> Sketch {
    let layers = [
        LayerSketch::new((0..3).map(ground)),
        shaded_figures(1),
        shaded_figures(2).opacity(800),
        shaded_figures(3).chance(500),
    ];
    Sketch::new(SIZE, layers)
}

/// All of these projects, by the names of their tests.
pub(crate) fn sketches() -> Vec<(&'static str, Sketch)> {
    vec![
        ("rgb", rgb_sketch()),
        ("flat_rgb", flat_rgb_sketch()),
        ("wide", wide_sketch()),
        ("palette", palette_sketch()),
        ("rgba", rgba_sketch()),
        ("blended", blended_sketch()),
    ]
}

#[test]
fn rgb() {
    assert_eq!(digest(&rgb_sketch()), "ec1e04585ca5fc7462ef07814a94c0a63de50ab771d7b63b2cae178feadedc2a");
}

/// Flat art, but for a corner with more colours than a palette has: unfiltered, so that runs and copies go on from span
/// to span.
fn flat_rgb_sketch() -> Sketch {
    let corner = |n: u32| {
        Canvas::from_fn(SIZE[0], SIZE[1], |x, y| match (x, y) {
            (0..20, 60..) => [x * 12, y * 3, 99, 255].map(|c| c as u8),
            _ => [[30, 90, 50, 255], [60, 90, 50, 255], [0, 90, 50 * n as u8, 255]]
                [((x + y) / 16 % 3) as usize],
        })
    };
    let layers =
        [LayerSketch::new((0..3).map(corner)), flat_figures(1), flat_figures(2), flat_figures(3).chance(500)];
    Sketch::new(SIZE, layers)
}

#[test]
fn flat_rgb() {
    let sketch = flat_rgb_sketch();
    let recipe = open(sketch.write().path(), EncodingMode::Spans, Setting::USUAL).recipe_summary();
    assert_eq!(recipe, "RGB, distinct spans compressed once (filter None)");
    assert_eq!(digest(&sketch), "4f74e2850326fd05faac08fada8c4f2935f9c3f7f0507d7dd15983684fb1d61d");
}

/// A canvas of so many tile columns that single tiles join a neighbour, and tile rows that repeat.
fn wide_sketch() -> Sketch {
    let size = [1100, 70];
    let ground = |n: u32| Canvas::filled(size[0], size[1], [90, 30 * n as u8, 200, 255]);
    let spots = |step: u32, ink: u8| {
        Canvas::from_fn(size[0], size[1], |x, y| match (x / 64 % step == 0, (x * 7 + y * y) % 9) {
            (true, shade @ 0..3) => [ink, 255 - ink, 80 * shade as u8, 255],
            _ => [0; 4],
        })
    };
    let layers = [
        LayerSketch::new((0..3).map(ground)),
        LayerSketch::new((2..5).map(|step| spots(step, 40))),
        LayerSketch::new((3..5).map(|step| spots(step, 190))).chance(500),
    ];
    Sketch::new(size, layers)
}

#[test]
fn wide() {
    assert_eq!(digest(&wide_sketch()), "c900bd256fbd5e2a999d31707c297806f4db057d7c2ddfec495dd7a65c4d8583");
}

fn palette_sketch() -> Sketch {
    let layers = [
        LayerSketch::new((0..3).map(flat_ground)),
        flat_figures(1),
        flat_figures(2),
        flat_figures(3).chance(500),
    ];
    Sketch::new(SIZE, layers)
}

#[test]
fn palette() {
    assert_eq!(digest(&palette_sketch()), "283079673f94724c9ec7151b2501e6c4cc3a14a150c53fef33a5ba244d78fadd");
}

fn rgba_sketch() -> Sketch {
    let layers =
        [shaded_figures(0), shaded_figures(1), shaded_figures(2).opacity(300), shaded_figures(3).chance(500)];
    Sketch::new(SIZE, layers)
}

#[test]
fn rgba() {
    assert_eq!(digest(&rgba_sketch()), "c81e747b1f96ec9ebe42d94955c335b0b9c1f06cb4d5fff5fd26aa004a9656d5");
}

/// Every mode is in some of the twelve items, over opaque ground and over nothing.
fn blended_sketch() -> Sketch {
    let modes = Blend::ALL.iter().zip(1..).map(|(&mode, layer)| {
        LayerSketch::new((0..2).map(|n| {
            let ink =
                |x, y| [x * 2 + 90 * n, y * 3, 13 * layer, 255 - (x + y + layer) % 3 * 60].map(|c| c as u8);
            figure(layer % 5, n + layer / 5, ink)
        }))
        .blend(mode)
    });
    let ground = LayerSketch::new((0..3).map(ground)).chance(700);
    Sketch::new(SIZE, [ground].into_iter().chain(modes))
}

#[test]
fn blended() {
    assert_eq!(digest(&blended_sketch()), "5aabf5af97b823e259a8f4b3b35f7337d9cb4c4b0d02a57d8bec618eaa81e691");
}
