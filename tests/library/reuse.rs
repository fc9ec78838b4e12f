//! What is switched off to measure its worth changes the work, and never a byte.

use std::num::NonZeroUsize;

use tempfile::TempDir;
use traitpress::engine::{EncodingMode, Engine, PressOptions, Reuse};
use traitpress::telemetry::Stats;

use crate::common::canvas::Canvas;
use crate::common::press::{Pressed, Setting, choose, press};
use crate::common::sketch::{LayerSketch, Sketch};

const ITEMS: u32 = 40;

/// A project of 49 items that share most of their places.
fn project() -> TempDir {
    let patch = |n: u32| {
        let ground = if n < 7 { [9, 80, (20 * n) as u8, 255] } else { [0; 4] };
        let canvas = Canvas::from_fn(150, 140, |_, _| ground);
        canvas.rect([2 * n, 2 * n], [20, 20], [(30 * n) as u8, 9, 200, 200])
    };
    Sketch::new([150, 140], [LayerSketch::new((0..7).map(patch)), LayerSketch::new((7..14).map(patch))])
        .write()
}

fn pressed(dir: &TempDir, encoder: EncodingMode, reuse: Reuse, batch: Option<usize>) -> Pressed {
    let batch = batch.and_then(NonZeroUsize::new);
    let performance = Setting::USUAL.performance().with_reuse(reuse).with_batch(batch);
    let options = PressOptions::new().with_encoder(encoder).with_performance(performance);
    let engine = Engine::open_with(dir.path(), options).unwrap();
    press(&engine, &choose(&engine, 5, ITEMS))
}

#[test]
fn no_switch_changes_a_byte() {
    let dir = project();
    let switches = [
        (Reuse::ALL.with_span_cache(false), None),
        (Reuse::ALL.with_encode_batching(false), None),
        (Reuse::ALL.with_prefetch(false), None),
        (Reuse::ALL.with_pools(false), None),
        (Reuse::NONE, Some(1)),
    ];
    for encoder in [EncodingMode::Spans, EncodingMode::Plain] {
        let all = pressed(&dir, encoder, Reuse::ALL, None);
        for (reuse, batch) in switches {
            let other = pressed(&dir, encoder, reuse, batch);
            assert!(other.files == all.files, "{encoder:?}, {reuse:?}");
        }
    }
}

#[test]
fn the_switches_switch() {
    let dir = project();
    let stats = |reuse, batch| pressed(&dir, EncodingMode::Spans, reuse, batch).stats;
    let all = stats(Reuse::ALL, None);
    assert!(all.spans_pressed < all.spans.wanted / 2);
    assert!(all.memory.span_cache_peak > 0 && all.memory.pools_peak > 0 && all.memory.art > 0);
    assert!(all.pools.reuses > all.pools.allocations, "{:?}", all.pools);

    let no_cache = stats(Reuse::ALL.with_span_cache(false), None);
    assert_eq!(no_cache.memory.span_cache_peak, 0);
    assert!(no_cache.spans_pressed > all.spans_pressed, "each batch presses its own spans");
    assert!(no_cache.spans_pressed < no_cache.spans.wanted, "but each once");
    assert_eq!(stats(Reuse::ALL.with_pools(false), None).pools.reuses, 0);

    let none = stats(Reuse::NONE, Some(1));
    assert_eq!(none.spans_pressed, none.spans.wanted);
    assert_eq!(none.pools.reuses, 0);
}

#[test]
fn the_stages_add_up_to_the_work() {
    let dir = project();
    let clocks = |stats: &Stats| {
        let stages = stats.stages;
        assert_eq!((stages.upload, stages.gpu, stages.readback), (0.0, None, 0.0), "there is no card");
        assert!(stages.composite > 0.0 && stages.compress > 0.0 && stages.write > 0.0, "{stages:?}");
        let work = stages.tile + stages.composite + stages.compress + stages.join + stages.write;
        // Two threads of the pool and the one that drives.
        assert!(work <= 3.0 * stats.seconds.press, "{stats:?}");
        stages
    };
    let spans = clocks(&pressed(&dir, EncodingMode::Spans, Reuse::ALL, None).stats);
    assert!(spans.tile > 0.0 && spans.join > 0.0, "{spans:?}");
    let plain = clocks(&pressed(&dir, EncodingMode::Plain, Reuse::ALL, None).stats);
    assert_eq!((plain.tile, plain.join), (0.0, 0.0), "whole pictures are neither cut nor joined");
}
