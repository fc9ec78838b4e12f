//! A compositor for the pictures of imported projects that shares no code with the program: floating-point formulas of W3C
//! *Compositing and Blending Level 1*, pixel by pixel.

use std::path::{Path, PathBuf};

use image::RgbaImage;
use serde_json::Value;

/// Levels by which integer and floating-point arithmetic may differ after several layers.
const TOLERANCE: i32 = 3;

/// A picture that is drawn.
#[derive(Debug)]
pub(crate) struct Drawn {
    file: PathBuf,
    opacity: f64,
    blend: String,
}

impl Drawn {
    /// Of `expected.json`: a file below `root`, or an object with one.
    pub(crate) fn read(root: &Path, value: &Value) -> Self {
        let file = value.as_str().or(value["file"].as_str()).expect("a file");
        Self {
            file: root.join(file),
            opacity: value["opacity"].as_f64().unwrap_or(1.0),
            blend: value["blend"].as_str().unwrap_or("source-over").to_owned(),
        }
    }

    /// The offset in the name of the file and of its folders.
    fn offset(&self) -> (i64, i64) {
        let name = self.file.to_string_lossy();
        let of = |flag: &str| -> i64 {
            name.split(flag)
                .skip(1)
                .filter_map(|rest| rest.split(['_', '/', '.']).next()?.parse::<i64>().ok())
                .sum()
        };
        (of("__x"), of("__y"))
    }
}

/// Compares a finished picture with the pictures that it is drawn of.
pub(crate) fn compare_pictures(
    picture: &Path,
    drawn: &[Drawn],
    background: Option<&toml::Value>,
    what: &str,
) {
    let finished = image::open(picture).expect("a finished picture").to_rgba8();
    let (width, height) = finished.dimensions();
    let mut canvas = vec![[0.0; 4]; (width * height) as usize];
    if let Some(colour) = background.and_then(toml::Value::as_str) {
        let part =
            |at: usize| f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("a colour")) / 255.0;
        canvas.fill([part(1), part(3), part(5), 1.0]);
    }
    for drawn in drawn {
        let art =
            image::open(&drawn.file).unwrap_or_else(|e| panic!("{}: {e}", drawn.file.display())).to_rgba8();
        draw(&mut canvas, [width, height], &art, drawn);
    }
    for (at, pixel) in finished.pixels().enumerate() {
        let [r, g, b, alpha] = canvas[at];
        let wanted = [r, g, b, alpha].map(|part| (part * 255.0).round() as i32);
        let own = pixel.0.map(i32::from);
        // Colours of what is nearly invisible say little.
        let slack = if wanted[3] < 32 { 255 } else { TOLERANCE };
        let is_near =
            (0..3).all(|c| (own[c] - wanted[c]).abs() <= slack) && (own[3] - wanted[3]).abs() <= TOLERANCE;
        assert!(is_near, "{what}: pixel {at} is {own:?}, not {wanted:?}");
    }
}

/// Draws a picture that fills the canvas, or is moved on it.
fn draw(canvas: &mut [[f64; 4]], [width, height]: [u32; 2], art: &RgbaImage, drawn: &Drawn) {
    let (dx, dy) = drawn.offset();
    for y in 0..height {
        for x in 0..width {
            // The nearest pixel of the stretched picture.
            let sx = i64::from(x * art.width() / width) - dx;
            let sy = i64::from(y * art.height() / height) - dy;
            let is_there =
                (0..i64::from(art.width())).contains(&sx) && (0..i64::from(art.height())).contains(&sy);
            if !is_there {
                continue;
            }
            let source = art.get_pixel(sx as u32, sy as u32).0.map(|part| f64::from(part) / 255.0);
            let at = (y * width + x) as usize;
            canvas[at] = mixed(canvas[at], source, drawn.opacity, &drawn.blend);
        }
    }
}

/// Straight colours: the backdrop, and the source over it.
fn mixed(backdrop: [f64; 4], source: [f64; 4], opacity: f64, blend: &str) -> [f64; 4] {
    let (ab, as_) = (backdrop[3], source[3] * opacity);
    let mut out = [0.0; 4];
    if blend == "lighter" {
        out[3] = (ab + as_).min(1.0);
        for c in 0..3 {
            let sum = (backdrop[c] * ab + source[c] * as_).min(1.0);
            out[c] = if out[3] > 0.0 { (sum / out[3]).min(1.0) } else { 0.0 };
        }
        return out;
    }
    out[3] = as_ + ab * (1.0 - as_);
    for c in 0..3 {
        let (cb, cs) = (backdrop[c], source[c]);
        let both = match blend {
            "source-over" => cs,
            "multiply" => cb * cs,
            "soft-light" => soft_light(cb, cs),
            other => panic!("the blend mode {other} is not in this compositor"),
        };
        let sum = as_ * (1.0 - ab) * cs + as_ * ab * both + (1.0 - as_) * ab * cb;
        out[c] = if out[3] > 0.0 { sum / out[3] } else { 0.0 };
    }
    out
}

fn soft_light(cb: f64, cs: f64) -> f64 {
    if cs <= 0.5 {
        return cb - (1.0 - 2.0 * cs) * cb * (1.0 - cb);
    }
    let d = if cb <= 0.25 { ((16.0 * cb - 12.0) * cb + 4.0) * cb } else { cb.sqrt() };
    cb + (2.0 * cs - 1.0) * (d - cb)
}
