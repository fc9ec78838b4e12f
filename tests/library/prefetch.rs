//! Loading ahead: textures that hold a part of the art, with the plan known, with the history alone, and with nothing
//! loaded ahead. Bytes are the same; what differs is how often a pass had to wait.

use traitpress::engine::internals::sessions;
use traitpress::engine::{Engine, PrefetchSource, PressOptions, Reuse};
use traitpress::plan::Plan;
use traitpress::selection::Choose;

use crate::common::canvas::Canvas;
use crate::common::press::{Gpu, Pressed, Setting, press, turn};
use crate::common::sketch::{LayerSketch, Sketch};

/// Six layers of eight pictures of noise, each in a band of its own, so that every layer shows.
fn sketch() -> Sketch {
    let size = [256, 192];
    let layer = |layer: u64| {
        LayerSketch::new((0..8u64).map(move |n| {
            let noise = Canvas::noise(256, 192, 8 * layer + n, |a| a);
            let inside = move |y: u32| layer == 0 || (24 * layer..24 * layer + 72).contains(&u64::from(y));
            Canvas::from_fn(256, 192, move |x, y| match inside(y) {
                true if layer == 0 => {
                    let [r, g, b, _] = noise.pixels[(y * 256 + x) as usize];
                    [r, g, b, 255]
                }
                true => noise.pixels[(y * 256 + x) as usize],
                false => [0; 4],
            })
        }))
    };
    Sketch::new(size, (0..6).map(layer))
}

/// Presses with a texture of a quarter of the art, item by item; `None` is with nothing loaded ahead.
fn run(root: &std::path::Path, prefetch: Option<PrefetchSource>, plan: impl Fn(&Engine) -> Plan) -> Pressed {
    let gpu = Gpu::Yes { memory: Some(2 << 20), pools: Some(4 << 20) };
    // Without a cache of spans every item needs all of its traits.
    let reuse = Reuse::ALL.with_span_cache(false).with_prefetch(prefetch.is_some());
    let performance = Setting { gpu, batch: Some(1), ..Setting::USUAL }.performance();
    let performance = performance.with_reuse(reuse).with_prefetch(prefetch.unwrap_or_default());
    let options = PressOptions::new().with_performance(performance);
    let engine = Engine::open_with(root, options).expect("the project opens");
    let plan = plan(&engine);
    press(&engine, &plan)
}

#[test]
fn what_comes_next_is_loaded_before_it_is_needed() {
    let Some(_turn) = turn(Gpu::USUAL) else { return };
    let dir = sketch().write();
    let drawn =
        |engine: &Engine| engine.choose(Choose::new(120).with_seed(3)).expect("there are as many items");
    let visited = |engine: &Engine| sessions(engine.project(), 3, 120);
    println!("{:38} {:>14} {:>14} {:>14}", "", "plan", "history", "nothing");
    for (name, plan) in
        [("without pattern", &drawn as &dyn Fn(&Engine) -> Plan), ("with pattern (sessions)", &visited)]
    {
        let runs = [Some(PrefetchSource::Plan), Some(PrefetchSource::History), None]
            .map(|prefetch| run(dir.path(), prefetch, plan));
        let gpu = |run: &Pressed| run.stats.gpu.clone().expect("a GPU composited");
        let rate = |run: &Pressed| {
            let gpu = gpu(run);
            gpu.resident as f64 / (gpu.resident + gpu.loaded) as f64
        };
        let row = |what: &str, cell: &dyn Fn(&Pressed) -> String| {
            let [plan, history, nothing] = runs.each_ref().map(cell);
            println!("{:38} {plan:>14} {history:>14} {nothing:>14}", format!("{name}, {what}"));
        };
        row("hit rate", &|run| format!("{:.3}", rate(run)));
        row("load wait", &|run| format!("{:.1} ms", 1e3 * gpu(run).load_wait_seconds));
        row("ahead/used/in vain", &|run| {
            let gpu = gpu(run);
            format!("{}/{}/{}", gpu.prefetched, gpu.prefetched_used, gpu.prefetched_in_vain)
        });
        row("predicted/right", &|run| {
            let predictor = run.stats.predictor;
            format!("{}/{}", predictor.attempted, predictor.right)
        });
        let [plan, history, nothing] = &runs;
        assert!(plan.files == nothing.files && history.files == nothing.files, "{name}: other bytes");
        assert_eq!(gpu(nothing).prefetched, 0, "{name}");
        assert!(gpu(plan).prefetched_used > 0, "{name}");
        assert!(rate(plan) > rate(nothing), "{name}: {} and {}", rate(plan), rate(nothing));
    }
}
