//! A contact sheet: the first items of a plan at a glance.

use std::io::Cursor;
use std::path::Path;

use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageFormat, RgbaImage};

use traitpress::press::Engine;
use traitpress::selection::Plan;

use crate::cli::Failure;

/// Pictures a row, rows, and the side of a picture in pixels.
const COLUMNS: u32 = 8;
const ROWS: u32 = 4;
const CELL: u32 = 96;

/// Renders the first items of `plan` and writes them side by side to `file`.
pub(crate) fn write(engine: &Engine, plan: &Plan, file: &Path) -> Result<(), Failure> {
    let shown = (COLUMNS * ROWS).min(plan.len() as u32);
    let mut sheet = RgbaImage::new(COLUMNS * CELL, shown.div_ceil(COLUMNS) * CELL);
    let failed = |e: &dyn std::fmt::Display| {
        Failure::Other(format!("{}: cannot write the sheet: {e}", file.display()))
    };
    for number in 0..shown {
        let png = engine.render_item(plan, number as usize)?;
        let picture = image::load(Cursor::new(png), ImageFormat::Png).map_err(|e| failed(&e))?;
        let small = picture.resize(CELL, CELL, FilterType::CatmullRom).into_rgba8();
        let (column, row) = (number % COLUMNS, number / COLUMNS);
        imageops::replace(&mut sheet, &small, i64::from(column * CELL), i64::from(row * CELL));
    }
    let out = std::io::BufWriter::new(std::fs::File::create(file).map_err(|e| failed(&e))?);
    let encoder = PngEncoder::new_with_quality(out, CompressionType::Best, PngFilter::Adaptive);
    let opaque = sheet.pixels().all(|pixel| pixel.0[3] == 255);
    let sheet = DynamicImage::from(sheet);
    let sheet = if opaque { DynamicImage::from(sheet.into_rgb8()) } else { sheet };
    sheet.write_with_encoder(encoder).map_err(|e| failed(&e))
}
