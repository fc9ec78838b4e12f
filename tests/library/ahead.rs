//! Items that are prepared before they are requested: the same bytes, less work when the request comes; and the models side by
//! side on generated sessions.

use std::time::{Duration, Instant};

use tempfile::TempDir;
use traitpress::engine::internals::{Visits, visits};
use traitpress::engine::{Engine, Performance, PrefetchSource, PressOptions};
use traitpress::telemetry::CancelToken;

use crate::common::canvas::Canvas;
use crate::common::press::Setting;
use crate::common::sketch::{LayerSketch, Sketch};

/// Layers of `traits` pictures, each of noise in a band of its own, over a ground.
fn project([width, height]: [u32; 2], layers: u64, traits: u64) -> TempDir {
    let band = u64::from(height) / layers;
    let layer = |layer: u64| {
        LayerSketch::new((0..traits).map(move |n| {
            let noise = Canvas::noise(width, height, 100 * layer + n, |_| 255);
            let rows = layer.saturating_sub(1) * band..(layer + 1) * band;
            Canvas::from_fn(width, height, move |x, y| {
                let pixel = noise.pixels[(y / 4 * 4 * width + x / 4 * 4) as usize];
                if layer == 0 || rows.contains(&u64::from(y)) { pixel } else { [0; 4] }
            })
        }))
    };
    Sketch::new([width, height], (0..layers).map(layer)).write()
}

fn open(dir: &TempDir, prefetch: PrefetchSource, press_ahead: bool, cache: u64) -> Engine {
    let performance: Performance = Setting { cache: Some(cache), ..Setting::USUAL }.performance();
    let performance = performance.with_prefetch(prefetch).with_press_ahead(press_ahead);
    Engine::open_with(dir.path(), PressOptions::new().with_performance(performance)).unwrap()
}

#[test]
fn what_is_prepared_has_the_same_bytes_and_is_there_when_it_is_requested() {
    let dir = project([128, 128], 4, 6);
    let plain = open(&dir, PrefetchSource::Plan, false, 64 << 20);
    let plan = visits(plain.project(), 3, 120, Visits::Changes);
    for source in [PrefetchSource::History, PrefetchSource::Learned] {
        let engine = open(&dir, source, false, 64 << 20);
        let mut pressed = 0;
        for index in 0..plan.len() {
            let item = plan.item(index);
            let before = engine.stats().spans_pressed;
            assert!(engine.render(&item).unwrap() == plain.render(&item).unwrap(), "{source:?} {index}");
            pressed += engine.stats().spans_pressed - before;
            engine.press_ahead(&CancelToken::new()).unwrap();
        }
        let ahead = engine.ahead_use();
        assert!(ahead.used > 0 || source == PrefetchSource::History, "{ahead:?}");
        assert!(ahead.used <= ahead.spans, "{ahead:?}");
        assert_eq!(
            pressed + ahead.used,
            plain.stats().spans_pressed,
            "each span is made for a request, or was prepared"
        );
        let stopped = CancelToken::new();
        stopped.cancel();
        engine.press_ahead(&stopped).unwrap();
        assert_eq!(engine.ahead_use().spans, ahead.spans, "nothing is prepared for one who has stopped it");
    }
}

#[test]
fn engines_prepare_while_they_are_idle() {
    let dir = project([128, 128], 4, 6);
    let engine = open(&dir, PrefetchSource::Learned, true, 64 << 20);
    let plan = visits(engine.project(), 3, 40, Visits::Changes);
    let patience = Instant::now() + Duration::from_secs(60);
    let mut index = 0;
    while engine.ahead_use().used == 0 {
        assert!(Instant::now() < patience, "{:?}", engine.ahead_use());
        engine.render(&plan.item(index % plan.len())).unwrap();
        std::thread::sleep(Duration::from_millis(5));
        index += 1;
    }
    // One whose pictures have no spans has nothing to prepare, and says nothing of it.
    let options = PressOptions::new().with_performance(engine.options().performance.clone());
    let whole =
        Engine::open_with(dir.path(), options.with_encoder(traitpress::engine::EncodingMode::Plain)).unwrap();
    (0..8).for_each(|index| _ = whole.render(&plan.item(index)).unwrap());
    whole.press_ahead(&CancelToken::new()).unwrap();
    assert_eq!(whole.ahead_use().spans, 0);
}

/// What a model did over some sessions.
#[derive(Debug)]
struct Outcome {
    /// Spans that requests needed and that were not kept from earlier ones.
    needed: u64,
    /// Of these, such as were prepared.
    prepared: u64,
    /// Spans that were prepared and not used.
    in_vain: u64,
    /// What requests waited.
    waits: Vec<Duration>,
}

/// Requests the items one after the other, with time enough between them; `None` prepares nothing.
fn serve(
    dir: &TempDir,
    model: Option<PrefetchSource>,
    (what, items): (Visits, usize),
    cache: u64,
) -> Outcome {
    let engine = open(dir, model.unwrap_or_default(), false, cache);
    let plan = visits(engine.project(), 7, items, what);
    let mut waits = Vec::with_capacity(items);
    for index in 0..plan.len() {
        let start = Instant::now();
        engine.render(&plan.item(index)).unwrap();
        waits.push(start.elapsed());
        if model.is_some() {
            engine.press_ahead(&CancelToken::new()).unwrap();
        }
    }
    waits.sort_unstable();
    let (ahead, stats) = (engine.ahead_use(), engine.stats());
    let needed = stats.spans_pressed + ahead.used;
    Outcome { needed, prepared: ahead.used, in_vain: ahead.spans - ahead.used, waits }
}

#[test]
fn the_models_side_by_side() {
    let asked = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<usize>().ok());
    let items = asked("TRAITPRESS_TEST_VISITS").unwrap_or(60);
    let side = asked("TRAITPRESS_TEST_SIDE").unwrap_or(96) as u32;
    let dir = project([side, side], 6, 12);
    let cache = asked("TRAITPRESS_TEST_CACHE").unwrap_or(64 << 20) as u64;
    println!("| sessions | model | prepared | p50 | p99 | in vain |");
    println!("|---|---|---|---|---|---|");
    for (what, name) in Visits::ALL {
        let mut rates = Vec::new();
        for (model, source) in [
            ("none", None),
            ("history", Some(PrefetchSource::History)),
            ("learned", Some(PrefetchSource::Learned)),
        ] {
            let Outcome { needed, prepared, in_vain, waits } = serve(&dir, source, (what, items), cache);
            let at = |percent: usize| 1e3 * waits[(waits.len() - 1) * percent / 100].as_secs_f64();
            let rate = prepared as f64 / needed as f64;
            let made = prepared + in_vain;
            let vain = if made == 0 { 0.0 } else { 100.0 * in_vain as f64 / made as f64 };
            println!(
                "| {name} | {model} | {:.1} % | {:.2} ms | {:.2} ms | {in_vain} of {made} ({vain:.0} %) |",
                100.0 * rate,
                at(50),
                at(99)
            );
            rates.push(rate);
        }
        assert_eq!(rates[0], 0.0, "{name}");
        if what == Visits::Lists {
            assert!(rates[2] > rates[1], "the next of a list is learnt, and not counted: {rates:?}");
        }
    }
}
