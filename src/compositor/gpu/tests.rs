//! The GPU path on whatever adapter there is: the CPU's bytes, the budgets, and every way out of a failure.

use std::sync::{Mutex, MutexGuard};

use super::requests::Render;
use super::target::RING;
use super::*;
use crate::art::{Art, TraitArt};
use crate::compositor::cpu::composite_span;
use crate::geometry::{Grid, Place, Size, TraitId};
use crate::pixel::{Arithmetic, Blend, Pixel, clear_invisible, pack};
use crate::telemetry::Account;

#[path = "../../../tests/common/depth.rs"]
pub(super) mod depth;
#[path = "../../../tests/common/require.rs"]
mod require;
#[path = "../../../tests/common/turn.rs"]
mod shared;

pub(super) fn turn() -> Option<MutexGuard<'static, ()>> {
    shared::turn(|| adapters().iter().any(|adapter| adapter.unusable.is_none()))
}

/// Random numbers that depend on the seed alone.
pub(super) struct Random(pub(super) u32);

impl Random {
    pub(super) fn below(&mut self, most: u32) -> u32 {
        // The multiplier and increment of Numerical Recipes; the high bits are good enough.
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % most
    }
}

pub(super) fn means(art: Art) -> BackendContext {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    BackendContext {
        art: Arc::new(art),
        pool: Arc::new(pool),
        account: Account::new(true),
        stages: Arc::default(),
    }
}

pub(super) fn options() -> GpuOptions {
    GpuOptions {
        backend: Backend::Gpu,
        pools: Some(64 << 20),
        prefetch: true,
        keep_targets: true,
        ..GpuOptions::default()
    }
}

pub(super) fn open(means: &BackendContext, options: &GpuOptions) -> Gpu {
    match Gpu::open(means, options) {
        Ok(Opened::Gpu(gpu)) => *gpu,
        other => panic!("no GPU: {other:?}"),
    }
}

/// Renders `jobs` on the GPU and compares every pixel with the CPU's.
fn check(gpu: &Gpu, means: &BackendContext, jobs: &[SpanJob], name: impl Fn(usize) -> String + Sync) {
    let wrong = Mutex::new(Vec::new());
    let delivered: Vec<AtomicU64> = jobs.iter().map(|_| AtomicU64::new(0)).collect();
    let rendered = gpu.render(
        &means.art,
        jobs,
        Vec::new(),
        &|index, found| {
            delivered[index].fetch_add(1, Ordering::Relaxed);
            let mut buffer = Vec::new();
            let expected = composite_span(&means.art, &jobs[index], &mut buffer);
            assert_eq!(found.len(), expected.len());
            if let Some(at) = (0..found.len()).find(|&at| found[at] != expected[at]) {
                let (found, expected) = (found[at].to_le_bytes(), expected[at].to_le_bytes());
                wrong
                    .lock()
                    .unwrap()
                    .push(format!("{}: pixel {at} is {found:?}, not {expected:?}", name(index)));
            }
        },
        None,
    );
    rendered.unwrap();
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{} of {} spans differ, as {}", wrong.len(), jobs.len(), wrong[0]);
    assert!(delivered.iter().all(|times| times.load(Ordering::Relaxed) == 1), "each job is delivered once");
}

/// A picture of these straight colours.
fn picture(grid: Grid, arithmetic: Arithmetic, pixel: impl Fn(u32, u32) -> [u8; 4]) -> TraitArt {
    let Size { width, height } = grid.size();
    let places = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    let mut pixels: Vec<Pixel> = places.map(|(x, y)| pack(pixel(x, y))).collect();
    clear_invisible(&mut pixels);
    arithmetic.convert(&mut pixels, 255);
    TraitArt::from_canvas(grid, &pixels)
}

fn art(grid: Grid, arithmetic: Arithmetic, traits: Vec<TraitArt>) -> Art {
    Art { arithmetic, ..Art::of_tiles(grid, traits) }
}

/// A random number that depends on its place alone.
fn noise(seed: u32, x: u32, y: u32) -> u32 {
    let mut h = x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77) ^ seed.wrapping_mul(0xc2b2_ae3d);
    h = (h ^ h >> 15).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ h >> 12).wrapping_mul(0x297a_2d39);
    h ^ h >> 15
}

/// Premultiplied pictures of noise with all alphas, `count` of them.
pub(super) fn noisy(size: Size, count: u32) -> Art {
    noisy_in(Arithmetic::Premultiplied, size, count)
}

/// The same in an arithmetic.
fn noisy_in(arithmetic: Arithmetic, size: Size, count: u32) -> Art {
    let grid = Grid::new(size);
    let trait_art = |seed| {
        picture(grid, arithmetic, |x, y| {
            let alpha = match noise(seed + 1000, x / 16, y / 16) & 3 {
                0 => 0,
                1 => 255,
                _ => noise(seed + 2000, x, y) as u8,
            };
            let [r, g, b, _] = noise(seed, x, y).to_le_bytes();
            [r, g, b, alpha]
        })
    };
    art(grid, arithmetic, (0..count).map(trait_art).collect())
}

/// A span over each whole tile row for each stack.
pub(super) fn rows(art: &Art, stacks: &[Vec<TraitId>]) -> Vec<SpanJob> {
    let last = art.grid.columns() as u16 - 1;
    let job = |row: usize, stack: &Vec<TraitId>| SpanJob {
        place: Place { tile_row: row as u16, first: 0, last },
        stack: stack.as_slice().into(),
    };
    (0..art.grid.rows()).flat_map(|row| stacks.iter().map(move |stack| job(row, stack))).collect()
}

#[test]
fn every_mode_equals_the_cpu_over_all_pairs_of_colours() {
    let Some(_turn) = turn() else { return };
    // All pairs of 9 or 49 pairs of alphas, in 17 modes of two arithmetics: 4 or 22 s.
    let alphas: &[u8] = depth::at_depth(&[0, 128, 255], &[0, 1, 31, 128, 200, 254, 255]);
    let grid = Grid::new(Size { width: 256, height: 256 });
    for arithmetic in Arithmetic::ALL {
        let across =
            |alpha| picture(grid, arithmetic, move |x, _| [x as u8, 255 - x as u8, (x * 7) as u8, alpha]);
        let down = |alpha| picture(grid, arithmetic, move |_, y| [y as u8, y as u8, (255 - y) as u8, alpha]);
        let mut traits: Vec<TraitArt> = alphas.iter().copied().map(down).collect();
        for mode in Blend::ALL {
            traits.extend(alphas.iter().map(|&alpha| across(alpha).with_blend(*mode)));
        }
        let means = means(art(grid, arithmetic, traits));
        let gpu = open(&means, &options());
        let above = (alphas.len()..means.art.traits.len()).map(|id| id as TraitId);
        let stacks: Vec<Vec<TraitId>> =
            above.flat_map(|s| (0..alphas.len() as TraitId).map(move |d| vec![d, s])).collect();
        let jobs = rows(&means.art, &stacks);
        check(&gpu, &means, &jobs, |index| {
            let stack = &jobs[index].stack;
            let mode = means.art.traits[usize::from(stack[1])].blend().name();
            let alpha = |id: TraitId| alphas[usize::from(id) % alphas.len()];
            format!("{arithmetic:?}, {mode} with alpha {} over {}", alpha(stack[1]), alpha(stack[0]))
        });
    }
}

#[test]
fn modes_of_all_channels_together_equal_the_cpu_over_millions_of_pixels() {
    let Some(_turn) = turn() else { return };
    // A half or ten million pixels in each arithmetic: 1 or 26 s.
    let side = depth::at_depth(360, 1600);
    for arithmetic in Arithmetic::ALL {
        let mut art = noisy_in(arithmetic, Size { width: side, height: side }, 5);
        let modes = [Blend::Hue, Blend::Saturation, Blend::Color, Blend::Luminosity];
        for (index, mode) in modes.into_iter().enumerate() {
            let plain = art.traits.remove(index + 1);
            art.traits.insert(index + 1, plain.with_blend(mode));
        }
        let means = means(art);
        let gpu = open(&means, &options());
        let jobs = rows(&means.art, &[vec![0, 1], vec![0, 2], vec![0, 3], vec![0, 4]]);
        check(&gpu, &means, &jobs, |index| {
            format!("{arithmetic:?}, {}", modes[usize::from(jobs[index].stack[1]) - 1].name())
        });
    }
}

#[test]
fn stacks_of_every_depth_and_canvases_of_every_shape_equal_the_cpu() {
    let Some(_turn) = turn() else { return };
    let sizes = [(1, 1), (63, 65), (64, 64), (129, 2), (1000, 70)];
    for ((width, height), arithmetic) in sizes.into_iter().flat_map(|size| Arithmetic::ALL.map(|a| (size, a)))
    {
        let mut art = noisy_in(arithmetic, Size { width, height }, 12);
        let grid = art.grid;
        for colour in [[9, 8, 7, 255], [200, 100, 50, 128]] {
            art.traits.push(TraitArt::solid(grid, pack(colour)).converted(arithmetic, 255));
        }
        let means = means(art);
        let gpu = open(&means, &options());
        let mut stacks: Vec<Vec<TraitId>> = (0..=12).map(|depth| (0..depth).collect()).collect();
        for solid in [12, 13] {
            stacks.extend([
                vec![solid, 0],
                vec![solid, 0, 1],
                vec![solid, 0, 1, 2],
                vec![0, solid],
                vec![0, solid, 2, 13],
            ]);
        }
        let jobs = rows(&means.art, &stacks);
        check(&gpu, &means, &jobs, |index| {
            format!("{arithmetic:?}, {width}x{height}, stack {:?}", jobs[index].stack)
        });
        let stats = gpu.gpu_stats().unwrap();
        assert_eq!(stats.copies, 2 * means.art.grid.rows() as u64, "stacks of none and of one need no pass");
    }
}

/// Pairs of all traits.
pub(super) fn pairs(traits: TraitId) -> Vec<Vec<TraitId>> {
    (0..traits).flat_map(|a| (0..traits).filter(move |&b| b != a).map(move |b| vec![a, b])).collect()
}

#[test]
fn textures_of_a_quarter_of_the_art_load_and_drop_and_change_nothing() {
    let Some(_turn) = turn() else { return };
    let means = means(noisy(Size { width: 512, height: 256 }, 12));
    let all = 12 * 64 * atlas::SLOT_BYTES;
    let gpu = open(&means, &GpuOptions { memory: Some(all / 4), ..options() });
    let jobs = rows(&means.art, &pairs(12));
    check(&gpu, &means, &jobs, |index| format!("{:?}", jobs[index]));
    let stats = gpu.gpu_stats().unwrap();
    assert!(stats.texture_bytes <= all / 4, "{stats:?}");
    assert_eq!(stats.on_cpu, 0, "{stats:?}");
    assert!(stats.dropped > 0 && stats.loaded >= 96, "{stats:?}");
    // Sorted by tile row, a batch needs every band once.
    assert_eq!(stats.loaded, 12 * 8, "{stats:?}");
}

#[test]
fn what_is_said_to_come_next_is_loaded_ahead_and_counted() {
    let Some(_turn) = turn() else { return };
    let means = means(noisy(Size { width: 256, height: 32 }, 8));
    // Four bands of four tiles.
    let gpu = open(&means, &GpuOptions { memory: Some(16 * atlas::SLOT_BYTES), ..options() });
    assert!(gpu.wants_forecast());
    let render = |stack: &[TraitId], next: &[TraitId], ahead: u64| {
        let jobs = rows(&means.art, &[stack.to_vec()]);
        let next = next.iter().map(|&id| Band { id, row: 0 }).collect();
        gpu.render(&means.art, &jobs, next, &|_, _| {}, None).unwrap();
        // Prefetching starts when there are no requests.
        let start = std::time::Instant::now();
        while gpu.gpu_stats().unwrap().prefetched < ahead {
            assert!(start.elapsed().as_secs() < 20, "nothing is loaded ahead");
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    render(&[0, 1], &[2, 3], 2);
    render(&[2, 3], &[4, 5], 4);
    render(&[0, 1], &[], 4);
    let stats = gpu.gpu_stats().unwrap();
    assert_eq!((stats.loaded, stats.prefetched), (4, 4), "{stats:?}");
    assert_eq!((stats.prefetched_used, stats.resident), (2, 2), "{stats:?}");
    render(&[6, 7], &[], 4);
    assert_eq!(gpu.gpu_stats().unwrap().prefetched_in_vain, 2, "4 and 5 were dropped unused");
}

#[test]
fn passes_of_a_request_are_submitted_while_those_of_the_one_before_are_in_flight() {
    let Some(_turn) = turn() else { return };
    let means = means(noisy(Size { width: 512, height: 512 }, 6));
    let gpu = open(&means, &GpuOptions { pools: Some(1 << 20), ..options() });
    let ask = || {
        let jobs = rows(&means.art, &pairs(6)).into_iter().enumerate();
        let jobs = jobs.map(|(number, job)| Numbered { number, job: Job::Span(job) }).collect();
        let (answers, answered) = channel();
        gpu.ask(Request::Render(Render {
            art: means.art.clone(),
            jobs,
            encoder: None,
            next: Vec::new(),
            answers,
        }));
        answered
    };
    // Once all buffers are in answers that nobody has read, the thread waits for one of them, whatever the speed of the GPU:
    // the second request is there before the first is done.
    let first = ask();
    let second = ask();
    assert!(first.iter().count() > RING + 2, "the first request needs more passes than there are buffers");
    assert!(second.iter().count() > 0);
    assert!(gpu.gpu_stats().unwrap().overlapped > 0);
}

#[test]
fn a_span_that_does_not_fit_the_textures_is_left_to_the_cpu() {
    let Some(_turn) = turn() else { return };
    let means = means(noisy(Size { width: 256, height: 32 }, 4));
    let gpu = open(&means, &GpuOptions { memory: Some(9 * atlas::SLOT_BYTES), ..options() });
    let jobs = rows(&means.art, &[vec![0, 1], vec![0, 1, 2], vec![2, 3]]);
    check(&gpu, &means, &jobs, |index| format!("{:?}", jobs[index]));
    let stats = gpu.gpu_stats().unwrap();
    assert_eq!((stats.on_cpu, stats.spans), (1, 2), "{stats:?}");
}

#[test]
fn nothing_is_allocated_after_the_warm_up_and_budgets_are_kept() {
    let Some(_turn) = turn() else { return };
    let means = means(noisy(Size { width: 512, height: 512 }, 6));
    for pools in [4 << 20, 64 << 20] {
        let gpu = open(&means, &GpuOptions { pools: Some(pools), ..options() });
        let jobs = rows(&means.art, &pairs(6));
        check(&gpu, &means, &jobs, |index| format!("{:?}", jobs[index]));
        let warm = gpu.gpu_stats().unwrap();
        (0..3).for_each(|_| check(&gpu, &means, &jobs, |index| format!("{:?}", jobs[index])));
        let after = gpu.gpu_stats().unwrap();
        assert!(after.pool_bytes <= pools, "{after:?}");
        assert_eq!(after.pool_allocations, warm.pool_allocations, "{after:?}");
        assert!(after.pool_allocations >= 3 && after.pool_reuses > warm.pool_reuses, "{after:?}");
    }
}

#[test]
fn targets_that_are_not_kept_are_made_anew() {
    let Some(_turn) = turn() else { return };
    let means = means(noisy(Size { width: 128, height: 128 }, 4));
    let gpu = open(&means, &GpuOptions { keep_targets: false, ..options() });
    let jobs = rows(&means.art, &pairs(4));
    (0..3).for_each(|_| check(&gpu, &means, &jobs, |index| format!("{:?}", jobs[index])));
    let stats = gpu.gpu_stats().unwrap();
    assert_eq!((stats.pool_reuses, stats.pool_allocations), (0, stats.passes), "{stats:?}");
}

/// Renders three batches with faults and gives what was said of them.
fn with_faults(faults: &str) -> (GpuStats, u64, String) {
    let means = means(noisy(Size { width: 512, height: 256 }, 6));
    let gpu =
        open(&means, &GpuOptions { pools: Some(4 << 20), faults: faults.parse().unwrap(), ..options() });
    let jobs = rows(&means.art, &pairs(6));
    (0..3).for_each(|_| check(&gpu, &means, &jobs, |index| format!("{faults}: {:?}", jobs[index])));
    (gpu.gpu_stats().unwrap(), gpu.failures(), gpu.in_use().to_string())
}

#[test]
fn out_of_memory_halves_the_passes() {
    let Some(_turn) = turn() else { return };
    let (stats, failures, name) = with_faults("memory@2,memory@5");
    assert_eq!((stats.events.len(), failures, stats.on_cpu), (2, 2, 0), "{stats:?}");
    assert!(stats.events[0].contains("out of GPU memory: passes were halved to"), "{stats:?}");
    assert!(!name.contains("cpu"), "{name}");
}

#[test]
fn a_lost_device_is_made_anew_once() {
    let Some(_turn) = turn() else { return };
    for fault in ["lost@1", "lost@4", "timeout@3"] {
        let (stats, _, name) = with_faults(fault);
        assert_eq!((stats.events.len(), stats.on_cpu), (1, 0), "{stats:?}");
        assert!(stats.events[0].contains("the device was created again"), "{stats:?}");
        assert!(!name.contains("cpu"), "{name}");
    }
}

#[test]
fn a_device_that_is_lost_again_leaves_the_rest_to_the_cpu() {
    let Some(_turn) = turn() else { return };
    let (stats, failures, name) = with_faults("lost@2,timeout@6");
    assert_eq!((stats.events.len(), failures), (2, 2), "{stats:?}");
    assert!(stats.events[1].contains("the CPU made the remaining items"), "{stats:?}");
    assert!(stats.on_cpu > 0, "{stats:?}");
    assert!(name.ends_with(", then cpu"), "{name}");
}

#[test]
fn a_gpu_that_is_required_and_gives_up_is_an_error_and_loses_nothing() {
    let Some(_turn) = turn() else { return };
    let means = means(noisy(Size { width: 128, height: 64 }, 4));
    let faults: FaultPlan = "timeout@1,timeout@3".parse().unwrap();
    let gpu = open(&means, &GpuOptions { required: true, faults, ..options() });
    let jobs = rows(&means.art, &pairs(4));
    let delivered = AtomicU64::new(0);
    let count = |_, _: &mut [Pixel]| _ = delivered.fetch_add(1, Ordering::Relaxed);
    let error = gpu.render(&means.art, &jobs, Vec::new(), &count, None).unwrap_err();
    assert!(matches!(error, BackendError::GaveUp { .. }), "{error}");
    assert_eq!(delivered.load(Ordering::Relaxed), jobs.len() as u64);
    assert!(gpu.render(&means.art, &jobs, Vec::new(), &count, None).is_err(), "and stays one");
}

#[test]
fn an_adapter_that_computes_something_else_is_named_with_the_operation() {
    let Some(_turn) = turn() else { return };
    let operations =
        ["multiply", "luminosity", "opacity 128", "a partial tile", "the border of a texture page"];
    for (operation, arithmetic) in operations.into_iter().zip(Arithmetic::ALL.into_iter().cycle()) {
        let means = means(noisy_in(arithmetic, Size { width: 8, height: 8 }, 2));
        let faults: FaultPlan = format!("wrong@{operation}").parse().unwrap();
        let refused = Gpu::open(&means, &GpuOptions { faults, ..options() }).unwrap_err();
        let BackendError::SelfCheck { operation: found, .. } = &refused else { panic!("{refused}") };
        assert!(found.contains(operation), "{refused}");
    }
}

#[test]
fn several_threads_share_a_gpu() {
    let Some(_turn) = turn() else { return };
    let means = means(noisy(Size { width: 200, height: 130 }, 6));
    let gpu = open(&means, &options());
    let jobs = rows(&means.art, &pairs(6));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| check(&gpu, &means, &jobs, |index| format!("{:?}", jobs[index])));
        }
    });
}
