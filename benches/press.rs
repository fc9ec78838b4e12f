//! The whole press, spans against the plain way, handing items to a sink that only counts them.

mod art;

use std::sync::atomic::{AtomicU64, Ordering};

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use traitpress::engine::{EncodingMode, Engine, PressOptions};
use traitpress::output::SinkError;
use traitpress::selection::Choose;
use traitpress::telemetry::FinishedItem;

const ITEMS: u32 = 40;

fn press(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    art::draw(folder.path());
    let mut group = c.benchmark_group("press");
    group.throughput(Throughput::Elements(u64::from(ITEMS)));
    group.sample_size(10);
    for (name, encoder) in [("spans", EncodingMode::Spans), ("plain", EncodingMode::Plain)] {
        let options = PressOptions::new().with_encoder(encoder);
        // A fresh engine each time: a warm span cache would leave nothing to press.
        let open = || Engine::open_with(folder.path(), options.clone()).expect("the project is right");
        let plan = open().choose(Choose::new(ITEMS).with_seed(1)).expect("there are enough different items");
        let press = |engine: Engine| {
            let bytes = AtomicU64::new(0);
            let count = |item: FinishedItem<'_>| -> Result<(), SinkError> {
                bytes.fetch_add(item.picture.len() as u64, Ordering::Relaxed);
                Ok(())
            };
            engine.press(&plan).to_sink(&count).expect("counting never fails");
            bytes.into_inner()
        };
        group.bench_function(name, |b| b.iter_batched(open, press, BatchSize::PerIteration));
    }
    group.finish();
}

criterion_group!(benches, press);
criterion_main!(benches);
