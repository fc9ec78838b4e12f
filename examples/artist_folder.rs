//! Draws the folder of an artist who has never used the program, for `docs/walkthrough.sh`.
//!
//! ```text
//! cargo run --example artist_folder -- "my art"
//! docs/walkthrough.sh "my art"
//! ```
//!
//! It has what such folders have: numbers in front of layers, names with blanks and accents, one layer that was exported at
//! another size, one JPEG, a picture called None, what macOS leaves behind, a table of rarities and a finished picture.

use std::error::Error;
use std::fs;
use std::path::Path;

use image::{ImageFormat, Rgba, RgbaImage};

/// The side of the canvas.
const SIDE: u32 = 1000;
/// The side of the layer that was exported at another size.
const OTHER_SIDE: u32 = 900;

/// The folder of a layer, and its pictures with their colours.
type Layer = (&'static str, &'static [(&'static str, [u8; 3])]);

/// The layers; the picture `None` is transparent.
const LAYERS: [Layer; 4] = [
    (
        "01 Background",
        &[("Aube dorée.jpg", [250, 200, 120]), ("Deep Sea.png", [20, 60, 120]), ("Forêt.png", [40, 110, 60])],
    ),
    (
        "02 Body",
        &[("Chat noir.png", [40, 40, 48]), ("Panda roux.png", [190, 90, 40]), ("Robot.png", [150, 160, 175])],
    ),
    (
        "03 Eyes",
        &[
            ("Étonnés.png", [255, 255, 255]),
            ("Half asleep.png", [200, 220, 90]),
            ("Laser.png", [255, 40, 60]),
        ],
    ),
    (
        "04 Hat",
        &[
            ("Béret.png", [180, 30, 60]),
            ("Crown.png", [240, 190, 40]),
            ("None.png", [0, 0, 0]),
            ("Top Hat.png", [20, 20, 26]),
        ],
    ),
];

const RARITIES: &str = "layer,trait,weight\n\
    Background,Aube dorée,50\nBackground,Deep Sea,30\nBackground,Forêt,20\n\
    Body,Chat noir,50\nBody,Panda roux,35\nBody,Robot,15\n\
    Eyes,Étonnés,40\nEyes,Half asleep,40\nEyes,Laser,20\n\
    Hat,Béret,30\nHat,Crown,5\nHat,None,40\nHat,Top Hat,25\n";

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder to draw")?;
    draw(Path::new(&folder))
}

/// Draws everything into `folder`.
///
/// # Errors
/// If a file cannot be written.
pub(crate) fn draw(folder: &Path) -> Result<(), Box<dyn Error>> {
    for (number, (layer, traits)) in LAYERS.iter().enumerate() {
        let layers = folder.join(layer);
        fs::create_dir_all(&layers)?;
        fs::write(layers.join(".DS_Store"), b"\0\0\0\x01Bud1")?;
        let side = if number == 2 { OTHER_SIDE } else { SIDE };
        for (kind, (name, colour)) in traits.iter().enumerate() {
            let picture = RgbaImage::from_fn(side, side, |x, y| {
                // In thousandths of the canvas, from its middle.
                let [x, y] = [x, y].map(|at| (2000 * i64::from(at) / i64::from(side)) - 1000);
                pixel(number, kind as i64, *colour, name.starts_with("None"), x, y)
            });
            let file = layers.join(name);
            match name.ends_with(".jpg") {
                true => image::DynamicImage::from(picture)
                    .into_rgb8()
                    .save_with_format(file, ImageFormat::Jpeg)?,
                false => picture.save_with_format(file, ImageFormat::Png)?,
            }
        }
    }
    let left = folder.join("__MACOSX").join("02 Body");
    fs::create_dir_all(&left)?;
    fs::write(left.join("._Chat noir.png"), b"\0\x05\x16\x07")?;
    fs::write(folder.join("rarity.csv"), RARITIES)?;
    let ones = folder.join("ones");
    fs::create_dir_all(&ones)?;
    let king = RgbaImage::from_fn(SIDE, SIDE, |x, y| Rgba([255, 200 - (x / 10) as u8, (y / 8) as u8, 255]));
    king.save(ones.join("Golden King.png"))?;
    Ok(())
}

/// The pixel of a trait.
fn pixel(layer: usize, kind: i64, [r, g, b]: [u8; 3], is_none: bool, x: i64, y: i64) -> Rgba<u8> {
    let far = |cx: i64, cy: i64| (x - cx) * (x - cx) + (y - cy) * (y - cy);
    let shows = match layer {
        0 => true,
        1 => {
            far(0, 250) < 600 * 600
                || far(-380, -420 + 40 * kind) < 190 * 190
                || far(380, -420 + 40 * kind) < 190 * 190
        }
        2 => {
            far(-220, 60) < (110 + 20 * kind) * (110 + 20 * kind)
                || far(220, 60) < (110 + 20 * kind) * (110 + 20 * kind)
        }
        _ => !is_none && y < -330 && y > -620 - 90 * kind && x.abs() < 420 + y / 3 + 60 * kind,
    };
    let shade = if layer == 0 { (y / 40) as i16 } else { 0 };
    let [r, g, b] = [r, g, b].map(|value| (i16::from(value) + shade).clamp(0, 255) as u8);
    Rgba(if shows { [r, g, b, 255] } else { [0; 4] })
}
