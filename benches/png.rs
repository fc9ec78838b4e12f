//! Span compression and joining, on one item's spans.

mod art;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use traitpress::engine::Engine;
use traitpress::engine::internals::Spans;
use traitpress::plan::Item;

fn spans(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    art::draw(folder.path());
    let engine = Engine::open(folder.path()).expect("the project is right");
    let item =
        Item::from_indices(engine.project(), [1, 2, 3, 4, 5, 0].map(Some)).expect("the item is possible");
    let mut group = c.benchmark_group("png");
    let mut spans = Spans::new(&engine, &item);
    group.throughput(Throughput::Elements(spans.pixels()));
    group.bench_function("compress", |b| b.iter(|| spans.compress()));
    let mut picture = spans.into_picture();
    group.throughput(Throughput::Bytes(picture.join() as u64));
    group.bench_function("join", |b| b.iter(|| picture.join()));
    group.finish();
}

criterion_group!(benches, spans);
criterion_main!(benches);
