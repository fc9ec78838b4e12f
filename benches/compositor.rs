//! The source-over kernel in both arithmetics, on rows of the kinds that tiles are made of.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use traitpress::engine::internals::blend_row;
use traitpress::pixel::{Arithmetic, Blend, Pixel, mul8, pack, premultiply};

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
        let straight: Vec<Pixel> = (0..WIDTH).map(|x| pack([x as u8, 40, 80, alpha(x)])).collect();
        let straight: Vec<Pixel> =
            straight.into_iter().map(|pixel| if pixel >> 24 == 0 { 0 } else { pixel }).collect();
        let premultiplied: Vec<Pixel> = straight.iter().map(|&pixel| premultiply(pixel)).collect();
        let (opaque, partial) = (pack([9, 8, 7, 255]), pack([9, 8, 7, 100]));
        for (kernel, arithmetic, source, below) in [
            ("over_row", Arithmetic::Premultiplied, &premultiplied, opaque),
            ("straight_over_opaque", Arithmetic::Straight, &straight, opaque),
            ("straight_over_partial", Arithmetic::Straight, &straight, partial),
        ] {
            let mut row = vec![below; WIDTH];
            group.bench_function(format!("{kernel}/{name}"), |b| {
                b.iter(|| {
                    row.fill(below);
                    blend_row(arithmetic, Blend::Normal, black_box(&mut row), black_box(source));
                });
            });
        }
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
