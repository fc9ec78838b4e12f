//! A run that another thread looks at: what it sees never goes back, ends with what came out, and changes no byte.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use traitpress::engine::{EncodingMode, Engine};
use traitpress::output::SinkError;
use traitpress::telemetry::{FinishedItem, MemoryUse, Snapshot};

use crate::common::canvas::Canvas;
use crate::common::press::{Setting, choose, open};
use crate::common::sketch::{LayerSketch, Sketch};

const ITEMS: u32 = 60;

fn sketch() -> Sketch {
    let noise = |layer: u32, n: u32| {
        Canvas::noise(160, 96, u64::from(8 * layer + n), move |a| if layer == 0 || a > 128 { 255 } else { 0 })
    };
    Sketch::new([160, 96], (0..3).map(|layer| LayerSketch::new((0..4).map(|n| noise(layer, n)))))
}

/// Presses `ITEMS` items while another thread looks as often as it can; what it saw, the last after the run.
fn watched(engine: &Engine, seed: u64) -> (Vec<Snapshot>, traitpress::telemetry::Stats, u64) {
    let plan = choose(engine, seed, ITEMS);
    let (over, looks) = (AtomicBool::new(false), AtomicU64::new(0));
    let bytes = Mutex::new(0);
    let sink = |item: FinishedItem<'_>| -> Result<(), SinkError> {
        *bytes.lock().unwrap() += item.picture.len() as u64;
        // Every item waits for a look, so that there are some midway however busy the machine is.
        let (before, begun) = (looks.load(Ordering::Relaxed), Instant::now());
        while looks.load(Ordering::Relaxed) == before && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_micros(50));
        }
        Ok(())
    };
    let (seen, stats) = std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let mut seen = Vec::new();
            while !over.load(Ordering::Relaxed) {
                seen.push(engine.snapshot());
                looks.fetch_add(1, Ordering::Relaxed);
                assert!(engine.items_done() <= u64::from(ITEMS));
                // What the whole engine did may be asked for as well.
                assert_eq!(engine.stats().threads, 2);
                std::thread::sleep(Duration::from_micros(100));
            }
            seen
        });
        let stats = engine.press(&plan).to_sink(&sink).unwrap();
        over.store(true, Ordering::Relaxed);
        let mut seen = watching.join().unwrap();
        seen.push(engine.snapshot());
        (seen, stats)
    });
    (seen, stats, bytes.into_inner().unwrap())
}

#[test]
fn another_thread_sees_a_run_go_on_and_end() {
    let dir = sketch().write();
    for encoder in [EncodingMode::Spans, EncodingMode::Plain] {
        let engine = open(dir.path(), encoder, Setting { batch: Some(4), ..Setting::USUAL });
        assert_eq!(engine.snapshot().total, 0, "nothing has begun");
        // The second run begins at nothing again, in caches that are warm.
        for seed in [1, 2] {
            let (seen, stats, bytes) = watched(&engine, seed);
            let during: Vec<&Snapshot> = seen.iter().filter(|at| (1..60).contains(&at.done)).collect();
            assert!(during.len() > 5, "{} of {} snapshots were taken midway", during.len(), seen.len());
            let run = seen.iter().skip_while(|at| at.total == 0 || (seed == 2 && at.done == 60));
            let run: Vec<&Snapshot> = run.collect();
            for pair in run.windows(2) {
                let [before, after] = [pair[0], pair[1]];
                assert!(before.done <= after.done && before.bytes <= after.bytes, "{before:?} {after:?}");
                assert!(before.seconds <= after.seconds, "{before:?} {after:?}");
                let hits = |at: &Snapshot| (at.span_cache.hits, at.span_cache.misses);
                assert!(hits(before).0 <= hits(after).0 && hits(before).1 <= hits(after).1);
            }
            let last = run.last().unwrap();
            assert_eq!((last.done, last.total, last.bytes), (60, 60, bytes));
            assert_eq!((stats.items, stats.bytes, stats.encoding.bytes), (60, bytes, bytes));
            assert_eq!(last.span_cache, stats.span_cache);
            assert_eq!(stats.span_cache.hits + stats.span_cache.misses, stats.spans.wanted);
            assert_eq!(stats.span_cache.misses, stats.spans_pressed);
            // Batches of four, written five at a time: one group a batch.
            assert_eq!((stats.encoding.pictures, stats.encoding.batches), (60, 15));
            assert!(stats.encoding.seconds > 0.0);
        }
    }
}

#[test]
fn memory_is_told_by_system_now_and_at_its_peak() {
    let dir = sketch().write();
    let engine = open(dir.path(), EncodingMode::Spans, Setting { batch: Some(4), ..Setting::USUAL });
    let (seen, stats, _) = watched(&engine, 1);
    for at in &seen {
        let memory = at.memory;
        for MemoryUse { now, peak, .. } in [memory.art, memory.span_cache, memory.pools] {
            assert!(now <= peak, "{memory:?}");
        }
        assert_eq!((memory.art.now, memory.textures), (stats.memory.art, None));
        assert!(
            cfg!(not(target_os = "linux")) || memory.process.is_some_and(|process| process.now > 1 << 20)
        );
    }
    let last = seen.last().unwrap();
    assert!(last.span_cache.entries > 0 && last.span_cache.bytes == last.memory.span_cache.now);
    let by = stats.memory.by_system;
    assert_eq!(by.span_cache.peak, stats.memory.span_cache_peak);
    assert_eq!(by.pools.peak, stats.memory.pools_peak);
    assert!(stats.memory.usable > 64 << 20);
    assert!(by.process.is_none_or(|process| process.peak <= stats.memory.usable));
}

#[test]
fn under_a_small_budget_what_is_held_goes_up_and_down() {
    let dir = sketch().write();
    let engine = open(
        dir.path(),
        EncodingMode::Spans,
        Setting { batch: Some(4), cache: Some(100_000), ..Setting::USUAL },
    );
    let (seen, stats, _) = watched(&engine, 1);
    let cache = seen.last().unwrap().span_cache;
    assert_eq!(cache.budget, 100_000);
    assert!(cache.evictions > 0 && cache.bytes <= cache.budget && cache.peak_bytes > cache.budget);
    assert!(cache.peak_share() > Some(1.0) && cache.share() <= Some(1.0));
    assert_eq!(cache.evictions, stats.evictions);
}
