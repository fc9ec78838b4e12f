//! A project to measure on: cell-shaded shapes with soft edges over plain backgrounds, drawn by integer arithmetic.

use std::path::Path;

use image::{Rgba, RgbaImage};

/// Canvas side in pixels.
pub(crate) const SIDE: u32 = 1024;
/// Layers beside the background, and traits a layer.
const LAYERS: u32 = 5;
const TRAITS: u32 = 6;

/// Writes the project to `root`.
pub(crate) fn draw(root: &Path) {
    for layer in 0..=LAYERS {
        let folder = root.join(format!("layers/{layer} Layer"));
        std::fs::create_dir_all(&folder).expect("a temporary folder can be written to");
        for number in 0..TRAITS {
            let picture = if layer == 0 { background(number) } else { shape(layer, number) };
            picture.save(folder.join(format!("Trait {number}.png"))).expect("a picture can be written");
        }
    }
}

fn color(seed: u32) -> [u8; 3] {
    let hash = seed.wrapping_add(1).wrapping_mul(0x9e37_79b1);
    [(hash >> 8) as u8, (hash >> 16) as u8, (hash >> 24) as u8]
}

fn background(number: u32) -> RgbaImage {
    let [r, g, b] = color(number);
    RgbaImage::from_fn(SIDE, SIDE, |_, y| {
        // Every second one has a vertical gradient.
        let fade = if number.is_multiple_of(2) { 0 } else { (y * 64 / SIDE) as u8 };
        Rgba([r.saturating_sub(fade), g.saturating_sub(fade), b.saturating_sub(fade), 255])
    })
}

/// A disc with an outline and an edge one pixel soft.
fn shape(layer: u32, number: u32) -> RgbaImage {
    let radius = (SIDE / 16 * (2 + (layer + number) % 4)) as i64;
    let center = (i64::from(SIDE * (layer + 1) / 8), i64::from(SIDE * (1 + number) / 8));
    let [r, g, b] = color(layer * 100 + number);
    RgbaImage::from_fn(SIDE, SIDE, |x, y| {
        let (dx, dy) = (i64::from(x) - center.0, i64::from(y) - center.1);
        // Distance to the edge in 256ths of a pixel, near enough: (r^2 - d^2) / 2r.
        let inside = (radius * radius - dx * dx - dy * dy) * 128 / radius;
        match inside {
            i64::MIN..=-1 => Rgba([0; 4]),
            0..=255 => Rgba([20, 20, 30, inside as u8]),
            256..=2000 => Rgba([20, 20, 30, 255]),
            _ => Rgba([r, g, b, 255]),
        }
    })
}
