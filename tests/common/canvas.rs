//! Pictures in straight 8-bit RGBA, to draw art and to hold what readers read.

use std::fs;
use std::path::Path;

use crate::common::words::RandomStream;

pub(crate) type Rgba = [u8; 4];

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Canvas {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Row by row.
    pub(crate) pixels: Vec<Rgba>,
}

impl std::fmt::Debug for Canvas {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Canvas({}x{})", self.width, self.height)
    }
}

impl Canvas {
    pub(crate) fn from_fn(width: u32, height: u32, mut pixel: impl FnMut(u32, u32) -> Rgba) -> Self {
        let mut pixels = Vec::with_capacity((width * height) as usize);
        for y in 0..height {
            for x in 0..width {
                pixels.push(pixel(x, y));
            }
        }
        Self { width, height, pixels }
    }

    pub(crate) fn filled(width: u32, height: u32, color: Rgba) -> Self {
        Self::from_fn(width, height, |_, _| color)
    }

    pub(crate) fn empty(width: u32, height: u32) -> Self {
        Self::filled(width, height, [0; 4])
    }

    /// Every pixel random, with alpha as `alpha` makes it of a random byte.
    pub(crate) fn noise(width: u32, height: u32, seed: u64, alpha: impl Fn(u8) -> u8) -> Self {
        let mut words = RandomStream::new(seed);
        Self::from_fn(width, height, |_, _| {
            let [r, g, b, a, ..] = words.next().to_le_bytes();
            [r, g, b, alpha(a)]
        })
    }

    /// Overwrites a rectangle, cut off at the edges.
    pub(crate) fn rect(mut self, [x, y]: [u32; 2], [width, height]: [u32; 2], color: Rgba) -> Self {
        for row in y..(y + height).min(self.height) {
            for column in x..(x + width).min(self.width) {
                self.pixels[(row * self.width + column) as usize] = color;
            }
        }
        self
    }

    /// Writes a PNG of 8-bit RGBA.
    pub(crate) fn write(&self, path: &Path, profile: Option<&[u8]>) {
        let mut info = png::Info::with_size(self.width, self.height);
        info.color_type = png::ColorType::Rgba;
        info.bit_depth = png::BitDepth::Eight;
        info.icc_profile = profile.map(|profile| profile.to_vec().into());
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::with_info(&mut bytes, info).expect("the header is valid");
        encoder.set_compression(png::Compression::Fastest);
        let mut writer = encoder.write_header().expect("memory takes every byte");
        writer.write_image_data(self.pixels.as_flattened()).expect("memory takes every byte");
        writer.finish().expect("memory takes every byte");
        fs::write(path, bytes).expect("the temporary folder can be written to");
    }

    /// Reads a picture with the `image` crate.
    pub(crate) fn read(path: &Path) -> Self {
        let picture =
            image::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).to_rgba8();
        let (width, height) = picture.dimensions();
        let pixels = picture.pixels().map(|pixel| pixel.0).collect();
        Self { width, height, pixels }
    }
}
