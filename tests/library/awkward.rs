//! Art of awkward sizes and kinds.

use traitpress::engine::EncodingMode;

use crate::check::{Checked, SETTINGS, check, every_setting};
use crate::common::canvas::{Canvas, Rgba};
use crate::common::sketch::{LayerSketch, Sketch};
use crate::common::words::RandomStream;

const RGB: u8 = 2;
const PALETTE: u8 = 3;
const RGBA: u8 = 6;

/// Some shapes on nothing, `number` telling one picture from the next; alphas of all kinds.
fn shapes([width, height]: [u32; 2], number: u64) -> Canvas {
    let mut words = RandomStream::new(number);
    let mut canvas = Canvas::empty(width, height);
    for _ in 0..6 {
        let [r, g, b, a, kind, ..] = words.next().to_le_bytes();
        let alpha = if kind < 160 { 255 } else { a };
        let at = [words.below(width), words.below(height)];
        let size = [1 + words.below(width.div_ceil(2)), 1 + words.below(height.div_ceil(2))];
        canvas = canvas.rect(at, size, [r, g, b, alpha]);
    }
    canvas
}

/// A smooth opaque picture.
fn slope([width, height]: [u32; 2], number: u32) -> Canvas {
    Canvas::from_fn(width, height, |x, y| {
        [x * (number + 1) / 3, y * 2 / (number + 1), (x + y) / 4 + 40 * number, 255].map(|c| c as u8)
    })
}

/// An opaque layer, a layer of shapes, and an optional one of noise over a part.
fn mixed(size: [u32; 2]) -> Sketch {
    let [width, height] = size;
    let patch = |seed| {
        let noise = Canvas::noise(width.div_ceil(3), height.div_ceil(3), seed, |a| a);
        let at =
            |x: u32, y: u32| noise.pixels.get((y * noise.width + x) as usize).copied().unwrap_or_default();
        Canvas::from_fn(
            width,
            height,
            |x, y| if x < noise.width && y < noise.height { at(x, y) } else { [0; 4] },
        )
    };
    Sketch::new(
        size,
        [
            LayerSketch::new((0..3).map(|n| slope(size, n))),
            LayerSketch::new((0..4).map(|n| shapes(size, n))).never_drawn(shapes(size, 99)),
            LayerSketch::new([patch(1), patch(2)]).chance(500),
        ],
    )
}

fn spans(checked: &Checked, color_type: u8) {
    assert_eq!((checked.encoder, checked.color_type()), (EncodingMode::Spans, color_type));
}

#[test]
fn one_pixel() {
    let dot = |color| Canvas::filled(1, 1, color);
    let sketch = Sketch::new(
        [1, 1],
        [
            LayerSketch::new([dot([200, 100, 50, 255]), dot([1, 2, 3, 4]), dot([0; 4])]),
            LayerSketch::new([dot([9, 9, 9, 9]), dot([255, 255, 255, 128])]).chance(700),
        ],
    );
    spans(&check("one pixel", &sketch, 9, &SETTINGS), RGBA);
}

#[test]
fn sides_around_a_tile() {
    for size in [[63, 65], [64, 64], [65, 1], [1, 65], [129, 2]] {
        let name = format!("{}x{}", size[0], size[1]);
        spans(&check(&name, &mixed(size), 12, &SETTINGS), RGB);
    }
}

#[test]
fn every_combination_of_settings() {
    let checked = check("every setting", &mixed([130, 70]), 12, &every_setting());
    spans(&checked, RGB);
    assert!(checked.evictions > 0, "the small caches drop spans");
}

#[test]
fn a_large_canvas() {
    spans(&check("large", &mixed([1000, 700]), 7, &SETTINGS[1..4]), RGB);
}

#[test]
fn one_layer() {
    let size = [150, 90];
    let sketch = Sketch::new(size, [LayerSketch::new((0..5).map(|n| shapes(size, n)))]);
    spans(&check("one layer", &sketch, 5, &SETTINGS), RGBA);
    let single = Sketch::new(size, [LayerSketch::new([slope(size, 1)])]);
    let checked = check("one layer of one trait", &single, 5, &SETTINGS);
    assert_eq!(checked.pictures.len(), 1);
    spans(&checked, RGB);
}

#[test]
fn forty_layers() {
    let size = [200, 130];
    let layers = (0..40u64).map(|layer| {
        let chance = if layer % 3 == 0 { 600 } else { 1000 };
        LayerSketch::new((0..2).map(|n| small_shape(size, layer, n))).chance(chance)
    });
    spans(&check("forty layers", &Sketch::new(size, layers), 10, &SETTINGS), RGBA);
}

/// One small translucent shape in a tile that `layer` decides; twelve tiles share forty layers, so places repeat.
fn small_shape([width, height]: [u32; 2], layer: u64, number: u64) -> Canvas {
    let mut words = RandomStream::new(layer * 10 + number);
    let [r, g, b, a, ..] = words.next().to_le_bytes();
    let (column, row) = (layer as u32 % 4, layer as u32 / 4 % 3);
    let at = [64 * column + words.below(60), 64 * row + words.below(60)];
    Canvas::empty(width, height).rect(at, [1 + words.below(4), 1 + words.below(4)], [r, g, b, a])
}

#[test]
fn all_empty() {
    let size = [70, 66];
    // The colour of a fully transparent pixel means nothing and must not come through.
    let ghost = Canvas::filled(70, 66, [250, 3, 99, 0]);
    let layers = [LayerSketch::new([Canvas::empty(70, 66), ghost.clone()]), LayerSketch::new([ghost])];
    let checked = check("all empty", &Sketch::new(size, layers), 2, &SETTINGS);
    assert!(checked.pictures.iter().all(|picture| picture.canvas.pixels.iter().all(|&p| p == [0; 4])));
    assert_eq!(checked.encoder, EncodingMode::Spans);
}

#[test]
fn all_hiding() {
    let size = [70, 66];
    let layers = (0..3).map(|layer| LayerSketch::new((0..2).map(|n| slope(size, 2 * layer + n))));
    spans(&check("all hiding", &Sketch::new(size, layers), 8, &SETTINGS), RGB);
}

#[test]
fn noise_is_stored() {
    let noise = |seed| Canvas::noise(200, 130, seed, |_| 255);
    let flat = |n: u8| Canvas::filled(200, 130, [n, n, n, 255]);
    let part = shapes([200, 130], 5);
    let sketch = Sketch::new(
        [200, 130],
        [
            LayerSketch::new([noise(1), noise(2), flat(7), flat(9)]),
            LayerSketch::new([part, Canvas::empty(200, 130)]),
        ],
    );
    let checked = check("noise", &sketch, 8, &SETTINGS);
    spans(&checked, RGB);
    let pure = Sketch::new([200, 130], [LayerSketch::new([noise(1), noise(2), noise(3)])]);
    let checked = check("pure noise", &pure, 3, &SETTINGS);
    spans(&checked, RGB);
    assert_eq!(checked.stored, 3);
    assert!(checked.pictures.iter().all(|picture| picture.stored));
}

#[test]
fn translucent_noise() {
    let size = [200, 130];
    let noise = |seed| Canvas::noise(200, 130, seed, |a| a);
    let sketch = Sketch::new(
        size,
        [
            LayerSketch::new([noise(1), noise(2), Canvas::empty(200, 130)]),
            LayerSketch::new([noise(3), Canvas::empty(200, 130)]),
        ],
    );
    let checked = check("translucent noise", &sketch, 6, &SETTINGS);
    spans(&checked, RGBA);
}

#[test]
fn art_in_which_nothing_repeats() {
    let noise = |seed| Canvas::noise(66, 65, seed, |a| a);
    let layers = (0..24u64).map(|layer| LayerSketch::new((0..2).map(|n| noise(2 * layer + n))));
    let checked = check("nothing repeats", &Sketch::new([66, 65], layers), 6, &SETTINGS);
    assert_eq!((checked.encoder, checked.color_type()), (EncodingMode::Plain, RGBA));
}

#[test]
fn layer_opacities() {
    let size = [90, 80];
    for opacity in [1000, 999, 500, 100, 2, 0] {
        let layers = [
            LayerSketch::new([slope(size, 0), slope(size, 1)]),
            LayerSketch::new((0..3).map(|n| shapes(size, n))).opacity(opacity),
            LayerSketch::new([slope(size, 2)]).opacity(opacity / 2).chance(500),
        ];
        let name = format!("opacity {opacity}");
        spans(&check(&name, &Sketch::new(size, layers), 6, &SETTINGS[..2]), RGB);
    }
    // A faded ground hides nothing, so the pictures are translucent.
    let faded = [LayerSketch::new([slope(size, 0), slope(size, 1)]).opacity(700)];
    spans(&check("faded ground", &Sketch::new(size, faded), 2, &SETTINGS), RGBA);
}

/// `count` opaque colours in a picture of 20 x 20, and nothing or the first of them in the rest of it.
fn colours(count: u32, transparent: bool) -> Sketch {
    let color = |n: u32| -> Rgba { [(n % 16 * 16) as u8, (n / 16) as u8, (n * 37 % 256) as u8, 255] };
    let rest = if transparent { [0; 4] } else { color(0) };
    let all = Canvas::from_fn(20, 20, |x, y| if y * 20 + x < count { color(y * 20 + x) } else { rest });
    let few = Canvas::from_fn(20, 20, |x, y| if x < y { color(x % count.min(5)) } else { rest });
    Sketch::new([20, 20], [LayerSketch::new([all, few])])
}

#[test]
fn palettes_to_the_last_entry() {
    for (count, transparent, color_type, entries) in [
        (256, false, PALETTE, Some(256)),
        (255, true, PALETTE, Some(256)),
        (257, false, RGB, None),
        (256, true, RGBA, None),
        (257, true, RGBA, None),
        (1, false, PALETTE, Some(1)),
        (1, true, PALETTE, Some(2)),
    ] {
        let name = format!("{count} colours, transparent {transparent}");
        let checked = check(&name, &colours(count, transparent), 2, &SETTINGS);
        spans(&checked, color_type);
        assert_eq!(checked.palette(), entries, "{name}");
    }
}

#[test]
fn a_palette_with_layers_and_absence() {
    let size = [140, 75];
    let flat = |n: u64| {
        let mut canvas = shapes(size, n);
        canvas.pixels.iter_mut().for_each(|p| p[3] = if p[3] > 0 { 255 } else { 0 });
        canvas
    };
    let layers = (0..3u64).map(|layer| {
        LayerSketch::new((0..3).map(|n| flat(3 * layer + n))).chance(800).never_drawn(flat(50 + layer))
    });
    spans(&check("palette with absence", &Sketch::new(size, layers), 12, &SETTINGS), PALETTE);
}

#[test]
fn a_transparent_collection() {
    let size = [130, 66];
    let layers = (0..3u64).map(|layer| {
        LayerSketch::new((0..3).map(|n| shapes(size, 7 * layer + n))).chance(900 - 200 * layer as u32)
    });
    spans(&check("transparent", &Sketch::new(size, layers), 12, &SETTINGS), RGBA);
}

#[test]
fn a_background_colour() {
    let size = [130, 66];
    for (color, color_type) in [([10, 20, 30, 255], RGB), ([200, 100, 50, 130], RGBA), ([1, 2, 3, 0], RGBA)] {
        let layers = [
            LayerSketch::new((0..3).map(|n| shapes(size, n))),
            LayerSketch::new([shapes(size, 8)]).chance(500),
        ];
        let sketch = Sketch { background: Some(color), ..Sketch::new(size, layers) };
        spans(&check(&format!("background {color:?}"), &sketch, 6, &SETTINGS), color_type);
    }
}

#[test]
fn pictures_placed_at_offsets() {
    let size = [100, 70];
    let sketch = Sketch {
        place: true,
        ..Sketch::new(
            size,
            [
                LayerSketch::new([slope([100, 70], 0), slope([120, 90], 1)]).offset([-5, -9]),
                LayerSketch::new((0..3).map(|n| shapes([30, 40], n))).offset([63, 50]),
                LayerSketch::new([shapes([300, 3], 5), shapes([2, 200], 6)]).offset([-70, 1]),
                LayerSketch::new([shapes([9, 9], 7)]).offset([100, 0]).chance(500),
                LayerSketch::new([shapes([9, 9], 8)]).offset([-2_000_000_000, 2_000_000_000]).chance(500),
            ],
        )
    };
    spans(&check("placed", &sketch, 10, &SETTINGS), RGBA);
}

#[test]
fn a_profile_on_all_traits_is_in_every_picture() {
    // The least that says what it is: a display profile for RGB, with nothing in it.
    let mut profile = vec![0u8; 132];
    profile[3] = 132;
    profile[8..12].copy_from_slice(&[4, 0x30, 0, 0]);
    profile[12..16].copy_from_slice(b"mntr");
    profile[16..20].copy_from_slice(b"RGB ");
    profile[20..24].copy_from_slice(b"XYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    for (name, sketch) in [("profile", mixed([70, 70])), ("profile and palette", colours(40, true))] {
        let checked = check(name, &Sketch { profile: Some(profile.clone()), ..sketch }, 2, &SETTINGS);
        assert!(checked.pictures.iter().all(|picture| picture.kinds.contains(b"iCCP")));
        assert!(checked.profiles.iter().all(|found| found.as_ref() == Some(&profile)));
    }
    let without = check("no profile", &mixed([70, 70]), 2, &[]);
    assert!(without.pictures.iter().all(|picture| !picture.kinds.contains(b"iCCP")));
}

/// Where deflate's window does not reach the row above: RGB wider than 10922 pixels, RGBA wider than 8191.
#[test]
fn canvases_at_the_limits_of_size_and_of_the_window() {
    let opaque = |size: [u32; 2]| {
        Sketch::new(
            size,
            [
                LayerSketch::new((0..2).map(|n| slope(size, n))),
                LayerSketch::new((0..2).map(|n| shapes(size, n))),
            ],
        )
    };
    let open = |size: [u32; 2]| Sketch::new(size, [LayerSketch::new((0..4).map(|n| shapes(size, n)))]);
    for size in [[16_384, 3], [10_922, 3], [10_923, 3], [2, 16_384]] {
        let name = format!("opaque {size:?}");
        spans(&check(&name, &opaque(size), 4, &SETTINGS[..1]), RGB);
    }
    for size in [[8191, 66], [8192, 66]] {
        check(&format!("open {size:?}"), &open(size), 4, &SETTINGS[..1]);
    }
}
