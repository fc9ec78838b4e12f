//! Counts that must not creep up: a guard against slowing down that no busy machine can trip.
//!
//! The set is drawn here and always the same. When a change moves a count on purpose, state the new one below, with
//! the reason in the commit.

use std::num::NonZeroUsize;

use traitpress::engine::{EncodingMode, Engine, PressOptions, RunOptions};
use traitpress::telemetry::Stats;

use crate::common::canvas::Canvas;
use crate::common::press::{Setting, choose};
use crate::common::sketch::{LayerSketch, Sketch};

const ITEMS: u32 = 200;

/// Spans that the items show, at most (6488 when this was written).
const MAX_SHOWN: u64 = 6600;
/// Different ones among them, each of which is composited and compressed once, at most (551).
const MAX_PRESSED: u64 = 560;
/// Mean bytes of a picture, at most (4472).
const MAX_BYTES: u64 = 4550;
/// Buffers that two threads need for four kinds of work.
const MAX_BUFFERS: u64 = 8;

/// Flat art with outlines, as collections have it: every layer is a shape, and most of it is empty.
fn project() -> tempfile::TempDir {
    let size = [320, 256];
    let ground = |n: u32| {
        Canvas::from_fn(size[0], size[1], |x, y| {
            let stripe = if (x + 3 * y) / 40 % (n + 2) == 0 { 24 } else { 0 };
            [(40 * n + stripe) as u8, 90, (200 - 30 * n) as u8, 255]
        })
    };
    // An ellipse with an edge of another colour and a half transparent rim.
    let shape = |centre: [u32; 2], radii: [u32; 2], colour: [u8; 3]| {
        Canvas::from_fn(size[0], size[1], move |x, y| {
            let part = |v: u32, c: u32, r: u32| (v.abs_diff(c) * 1000 / r).pow(2) / 1000;
            let [red, green, blue] = colour;
            match part(x, centre[0], radii[0]) + part(y, centre[1], radii[1]) {
                0..860 => [red, green, blue, 255],
                860..980 => [20, 16, 30, 255],
                980..1020 => [20, 16, 30, 128],
                _ => [0; 4],
            }
        })
    };
    let hue = |n: u32| [(60 * n) as u8, (250 - 50 * n) as u8, (30 + 40 * n) as u8];
    Sketch::new(
        size,
        [
            LayerSketch::new((0..5).map(ground)),
            LayerSketch::new((0..4).map(|n| shape([160, 150], [70 + 4 * n, 90], hue(n)))),
            LayerSketch::new((0..4).map(|n| shape([140 + 4 * n, 120], [12, 9 + n], hue(n + 1)))),
            LayerSketch::new((0..4).map(|n| shape([160, 60], [60, 20 + 5 * n], hue(3 - n)))).chance(800),
        ],
    )
    .write()
}

fn press(engine: &Engine) -> Stats {
    let out = tempfile::tempdir().unwrap();
    let plan = choose(engine, 3, ITEMS);
    engine.press(&plan).to_folder(out.path().join("out")).unwrap().stats
}

fn options() -> PressOptions {
    // On a busy machine a clean-up may find buffers idle, which are then made again.
    let performance = Setting::USUAL.performance().with_cleanup_every(NonZeroUsize::MAX);
    PressOptions::new().with_performance(performance).with_run(RunOptions::new().with_count_distinct(true))
}

#[test]
fn spans_bytes_and_buffers_stay_within_their_bounds() {
    let dir = project();
    let engine = Engine::open_with(dir.path(), options()).unwrap();
    let cold = press(&engine);
    let bytes = cold.bytes / u64::from(ITEMS);
    println!("{:?}, {} pressed, {bytes} bytes an item, {:?}", cold.spans, cold.spans_pressed, cold.pools);
    assert_eq!(cold.items, u64::from(ITEMS));
    assert!((1..=MAX_SHOWN).contains(&cold.spans.wanted), "{} spans are shown", cold.spans.wanted);
    assert!((1..=MAX_PRESSED).contains(&cold.spans_pressed), "{} spans are pressed", cold.spans_pressed);
    assert_eq!(cold.spans.distinct, Some(cold.spans_pressed), "none is pressed twice");
    assert!((1..=MAX_BYTES).contains(&bytes), "{bytes} bytes an item");
    assert!(cold.pools.allocations <= MAX_BUFFERS, "{:?}", cold.pools);

    // Everything is there now: no span is pressed, and no buffer is made but where more threads join than before.
    let warm = press(&engine);
    assert_eq!((warm.bytes, warm.spans.wanted), (cold.bytes, cold.spans.wanted));
    assert_eq!(warm.spans_pressed, 0);
    let all = cold.pools.allocations + warm.pools.allocations;
    assert!(all <= MAX_BUFFERS, "{all} buffers: {:?}, then {:?}", cold.pools, warm.pools);
}

#[test]
fn a_picture_is_smaller_than_the_plain_way_makes_it() {
    let dir = project();
    let plain = options().with_encoder(EncodingMode::Plain);
    let bytes = |options| press(&Engine::open_with(dir.path(), options).unwrap()).bytes;
    let (spans, plain) = (bytes(options()), bytes(plain));
    assert!(spans * 100 <= plain * 110, "{spans} bytes in spans, {plain} plain");
}
