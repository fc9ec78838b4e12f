//! The source-over kernel, on rows of the kinds that tiles are made of.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use traitpress::engine::internals::over_row;
use traitpress::pixel::{mul8, pack, premultiply};

const WIDTH: usize = 4096;

/// The alpha of the source at a column.
type Alpha = fn(usize) -> u8;

fn kernels(c: &mut Criterion) {
    let mut group = c.benchmark_group("compositor");
    group.throughput(Throughput::Elements(WIDTH as u64));
    let rows: [(&str, Alpha); 4] = [
        ("opaque", |_| 255),
        ("empty", |_| 0),
        ("translucent", |x| (x * 7 % 254 + 1) as u8),
        ("edges", |x| [0, 0, 0, 0, 0, 0, 90, 255, 255, 255, 255, 255, 255, 255, 170, 0][x % 16]),
    ];
    for (name, alpha) in rows {
        let source: Vec<u32> = (0..WIDTH).map(|x| premultiply(pack([x as u8, 40, 80, alpha(x)]))).collect();
        let mut destination = vec![pack([9, 8, 7, 255]); WIDTH];
        group.bench_function(format!("over_row/{name}"), |b| {
            b.iter(|| over_row(black_box(&mut destination), black_box(&source)));
        });
    }
    group.bench_function("mul8", |b| {
        b.iter(|| {
            (0..WIDTH).map(|i| u32::from(mul8(black_box(i as u8), black_box((i >> 4) as u8)))).sum::<u32>()
        });
    });
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
