//! Spans that are composited and compressed in one pass: those that the CPU makes of the same jobs, whatever goes wrong.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crate::art::{Art, TraitArt};
use crate::compositor::backend::{AdapterKind, BackendError, GpuStages};
use crate::compositor::cpu::{composite_span, extent};
use crate::compositor::gpu::compress::Kernels;
use crate::compositor::gpu::device::Device;
use crate::compositor::gpu::faults::Faults;
use crate::compositor::gpu::stages::Wanted;
use crate::compositor::gpu::tests::{means, noisy, open, options, pairs, rows, turn};
use crate::compositor::gpu::{Gpu, GpuOptions, adapters, stages};
use crate::compositor::{BackendContext, Compositor, Compressed, SpanJob};
use crate::geometry::{Grid, Size, TraitId};
use crate::pixel::{Arithmetic, Pixel};
use crate::png::{CodeLengths, Color, CompressedSpan, Encoder, Filter, Format, Scratch, Search, shape_of};
use crate::telemetry::{GpuStats, StageUse};

pub(super) fn compressing() -> GpuOptions {
    GpuOptions { stages: Some(GpuStages::Compress), ..options() }
}

pub(super) fn encoder(art: &Art, color: Color, filter: Filter, search: Search) -> Arc<Encoder> {
    let format = Format { size: art.grid.size(), color, icc_profile: None };
    let lengths = CodeLengths::untrained(shape_of(&format), 256);
    Arc::new(Encoder::new(format, filter, lengths, search))
}

/// Renders `jobs` and compares every span with the CPU's, whether it comes compressed or not; how many were.
fn check(gpu: &Gpu, means: &BackendContext, jobs: &[SpanJob], encoder: &Arc<Encoder>) -> usize {
    let made = Mutex::new((BTreeSet::new(), 0, Vec::new()));
    let expected = |index: usize| {
        let mut buffer = Vec::new();
        let (xs, _) = extent(&means.art, jobs[index].place);
        let pixels = composite_span(&means.art, &jobs[index], &mut buffer);
        encoder.compress(pixels, xs.len(), xs.start, &mut Scratch::default())
    };
    let note = |index: usize, span: &CompressedSpan, is_compressed: bool| {
        let is_same = span.is_same(&expected(index));
        let mut made = made.lock().unwrap();
        assert!(made.0.insert(index), "{index} is delivered twice");
        made.1 += usize::from(is_compressed);
        if !is_same {
            made.2.push(index);
        }
    };
    let from_pixels = |index: usize, pixels: &mut [Pixel]| {
        let (xs, _) = extent(&means.art, jobs[index].place);
        note(index, &encoder.compress(pixels, xs.len(), xs.start, &mut Scratch::default()), false);
    };
    let keep = |index: usize, span: CompressedSpan| note(index, &span, true);
    let compressed = Compressed { encoder, deliver: &keep };
    gpu.render(&means.art, jobs, Vec::new(), &from_pixels, Some(compressed)).unwrap();
    let (delivered, compressed, wrong) = made.into_inner().unwrap();
    assert_eq!(delivered.len(), jobs.len(), "all are delivered");
    assert!(wrong.is_empty(), "{} of {} spans differ, as {:?}", wrong.len(), jobs.len(), jobs[wrong[0]]);
    compressed
}

/// Opaque pictures: a backdrop, and figures of few colours with nothing around them.
fn drawn(size: Size, count: u32) -> Art {
    let grid = Grid::new(size);
    let colours = [0xff20_4060u32, 0xff20_4061, 0xff00_00ff, 0xffff_ffff, 0xff80_8080];
    let picture = |id: u32| {
        let pixels: Vec<Pixel> = (0..size.height)
            .flat_map(|y| (0..size.width).map(move |x| (x, y)))
            .map(|(x, y)| match id {
                0 => colours[(x / 40 + y / 24) as usize % 5],
                _ => {
                    let (dx, dy) = (x as i32 - 60 * id as i32, y as i32 - 40);
                    let square = dx * dx + dy * dy;
                    let ring = (square / 300) as usize % 5;
                    if square < 90 * 90 { colours[(ring + id as usize) % 5] } else { 0 }
                }
            })
            .collect();
        TraitArt::from_canvas(grid, &pixels)
    };
    Art { arithmetic: Arithmetic::Premultiplied, ..Art::of_tiles(grid, (0..count).map(picture).collect()) }
}

#[test]
fn spans_of_all_stacks_come_compressed_in_all_colours_and_filters() {
    let Some(_turn) = turn() else { return };
    for (width, height) in [(1, 1), (65, 33), (700, 90)] {
        let means = means(drawn(Size { width, height }, 5));
        let gpu = open(&means, &compressing());
        let stacks: Vec<Vec<TraitId>> = (0..=5).map(|depth| (0..depth).collect()).collect();
        let jobs = rows(&means.art, &stacks);
        let palette: Vec<Pixel> = vec![0, 0xff20_4060, 0xff20_4061, 0xff00_00ff, 0xffff_ffff, 0xff80_8080];
        let mut compressed = 0;
        for color in [Color::Indexed(palette.try_into().unwrap()), Color::Rgb, Color::Rgba] {
            for filter in Filter::ALL {
                for search in [Search::Far, Search::Optimal] {
                    let encoder = encoder(&means.art, color.clone(), filter, search);
                    let here = check(&gpu, &means, &jobs, &encoder);
                    // Choosing for whole rows takes more steps than a software adapter has for long ones.
                    assert!(
                        here == jobs.len() || search == Search::Optimal && width > 600,
                        "some are given up"
                    );
                    compressed += here as u64;
                }
            }
        }
        let stats = gpu.gpu_stats().unwrap();
        assert_eq!((stats.copies, stats.compressed), (0, compressed), "{stats:?}");
        let asked = |stage: &StageUse| stage.why == "as it was asked" && stage.gpu == (stage.stage != "join");
        assert!(stats.stages.len() == 3 && stats.stages.iter().all(asked), "{stats:?}");
        if gpu.adapter.timestamps {
            assert!(stats.kernel_seconds.len() == 8 && stats.kernel_seconds["parse"] > 0.0, "{stats:?}");
        }
    }
}

#[test]
fn results_of_any_size_find_room_or_are_left_to_the_cpu() {
    let Some(_turn) = turn() else { return };
    // Noise takes more bits than pixels have, and more than the first passes expect.
    let means = means(noisy(Size { width: 300, height: 70 }, 5));
    for pools in [1 << 20, 64 << 20] {
        let gpu = open(&means, &GpuOptions { pools: Some(pools), ..compressing() });
        let encoder = encoder(&means.art, Color::Rgba, Filter::None, Search::Far);
        let jobs = rows(&means.art, &pairs(5));
        let compressed: usize = (0..3).map(|_| check(&gpu, &means, &jobs, &encoder)).sum();
        let stats = gpu.gpu_stats().unwrap();
        assert_eq!(stats.compressed, compressed as u64, "{stats:?}");
        assert_eq!(stats.on_cpu, (3 * jobs.len() - compressed) as u64, "{stats:?}");
        assert!(compressed > 0 && stats.on_cpu > 0, "{stats:?}");
        assert!(stats.pool_bytes <= pools.max(8 << 20), "{stats:?}");
    }
}

/// Compresses three batches with faults and gives what was said of them.
fn with_faults(faults: &str) -> GpuStats {
    let means = means(drawn(Size { width: 512, height: 200 }, 6));
    let gpu =
        open(&means, &GpuOptions { pools: Some(8 << 20), faults: faults.parse().unwrap(), ..compressing() });
    let encoder = encoder(&means.art, Color::Rgb, Filter::None, Search::Far);
    let jobs = rows(&means.art, &pairs(6));
    (0..3).for_each(|_| _ = check(&gpu, &means, &jobs, &encoder));
    gpu.gpu_stats().unwrap()
}

#[test]
fn faults_lose_no_span_and_change_none() {
    let Some(_turn) = turn() else { return };
    let stats = with_faults("memory@2,memory@5");
    assert_eq!((stats.events.len(), stats.on_cpu), (2, 0), "{stats:?}");
    for fault in ["lost@2", "timeout@3"] {
        let stats = with_faults(fault);
        assert_eq!((stats.events.len(), stats.on_cpu), (1, 0), "{stats:?}");
    }
    let stats = with_faults("lost@2,timeout@6");
    assert!(stats.on_cpu > 0 && stats.events[1].contains("the CPU made the remaining items"), "{stats:?}");
}

#[test]
fn an_adapter_that_compresses_to_something_else_is_named_with_the_operation() {
    let Some(_turn) = turn() else { return };
    let means = means(drawn(Size { width: 8, height: 8 }, 2));
    for operation in ["compressing a palette under filter None", "compressing RGBA under filter Paeth"] {
        let faults = format!("wrong@{operation}").parse().unwrap();
        let refused = Gpu::open(&means, &GpuOptions { faults, ..compressing() }).unwrap_err();
        let BackendError::SelfCheck { operation: found, .. } = &refused else { panic!("{refused}") };
        assert_eq!(found, operation, "{refused}");
    }
}

/// An adapter that is measured, although it is a program: so what measurements decide can be tested.
fn a_real_one() -> (adapters::Found, impl Fn(&adapters::Found) -> Arc<Device>) {
    let mut found = adapters::find().into_iter().find(|found| found.adapter.unusable.is_none()).unwrap();
    let kind = std::mem::replace(&mut found.adapter.kind, AdapterKind::Integrated);
    let open = move |found: &adapters::Found| {
        let (arithmetic, none) = (Arithmetic::Premultiplied, Faults::default());
        let mut device = Device::open(found, arithmetic, GpuStages::Compress, &none).unwrap();
        // Its kernels have the steps that it has.
        device.kernels = Some(Kernels::new(&device.context, kind, &none));
        Arc::new(device)
    };
    (found, open)
}

#[test]
fn a_device_that_was_not_asked_does_what_is_right_and_pays() {
    let Some(_turn) = turn() else { return };
    let (found, open) = a_real_one();
    let wrong = Faults::new("wrong@compressing RGB under filter Up".parse().unwrap());
    let insisted = Wanted { stages: None, insisted: true };
    let (device, uses) = stages::settled(open(&found), insisted, &wrong, 2).unwrap().unwrap();
    assert_eq!(device.unwrap().stages(), GpuStages::Composite);
    assert_eq!(uses.iter().map(|stage| stage.gpu).collect::<Vec<_>>(), [true, false, false], "{uses:?}");
    assert!(uses[1].why.contains("compressing RGB under filter Up differs from the CPU"), "{uses:?}");
    let asked = Wanted { stages: Some(GpuStages::Compress), insisted: true };
    let refused = stages::settled(open(&found), asked, &wrong, 2).unwrap().unwrap_err();
    assert_eq!(refused.operation, "compressing RGB under filter Up");
    // As many threads as no processor has, and none.
    let none = Faults::default();
    let (device, uses) = stages::settled(open(&found), Wanted::default(), &none, 1 << 40).unwrap().unwrap();
    assert!(device.is_none() && uses.iter().all(|stage| !stage.gpu), "{uses:?}");
    assert!(uses[..2].iter().all(|stage| stage.why.contains("Mpx/s in the self-check")), "{uses:?}");
    let (device, uses) = stages::settled(open(&found), Wanted::default(), &none, 0).unwrap().unwrap();
    assert_eq!(device.unwrap().stages(), GpuStages::Join, "{uses:?}");
    assert!(uses[2].gpu && uses[2].why.contains("MB/s in the self-check"), "{uses:?}");
    let wrong = Faults::new("wrong@joining RGB under filter Sub".parse().unwrap());
    let (device, uses) = stages::settled(open(&found), Wanted::default(), &wrong, 0).unwrap().unwrap();
    assert_eq!(device.unwrap().stages(), GpuStages::Compress, "{uses:?}");
    assert!(uses[2].why.contains("joining RGB under filter Sub differs from the CPU"), "{uses:?}");
}
