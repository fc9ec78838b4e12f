//! A compositor straight from the normative text (section 4 of the design), with none of the library's code: plain
//! u32 arithmetic, one pixel after another, no tiles, no culling. Blend modes are in [`super::blending`].

use std::path::Path;

use traitpress::pixel::Blend;
use traitpress::plan::Item;

use crate::common::blending::blend;
use crate::common::canvas::{Canvas, Rgba};
use crate::common::sketch::Sketch;

/// `round(x * y / 255)`; there are no ties, as 255 is odd.
fn mul(x: u32, y: u32) -> u32 {
    (2 * x * y + 255) / 510
}

/// Straight to premultiplied.
fn premultiply([r, g, b, a]: Rgba) -> [u32; 4] {
    let a = u32::from(a);
    [mul(u32::from(r), a), mul(u32::from(g), a), mul(u32::from(b), a), a]
}

/// Premultiplied to straight.
fn unpremultiply(pixel: [u32; 4]) -> Rgba {
    let a = pixel[3];
    let straight = |c: u32| match a {
        0 => 0,
        255 => c,
        _ => ((c * 255 + a / 2) / a).min(255),
    };
    [straight(pixel[0]), straight(pixel[1]), straight(pixel[2]), a].map(|c| u8::try_from(c).expect("a byte"))
}

/// One trait, premultiplied, its layer's opacity applied.
struct Picture {
    blend: Blend,
    width: i64,
    height: i64,
    offset: [i64; 2],
    pixels: Vec<[u32; 4]>,
}

/// The traits of a project, decoded with the `image` crate.
pub(crate) struct Reference {
    size: [u32; 2],
    ground: [u32; 4],
    layers: Vec<Vec<Picture>>,
}

impl Reference {
    /// Decodes the pictures of `sketch`, which was written to `root`.
    pub(crate) fn decode(sketch: &Sketch, root: &Path) -> Self {
        let layer = |number: usize| {
            let layer = &sketch.layers[number];
            let opacity = (2 * 255 * layer.opacity + 1000) / 2000;
            let offset = if sketch.place { layer.offset } else { [0, 0] };
            let picture = |(index, (_, weight)): (usize, &(Canvas, u32))| {
                let file = format!("layers/L{number:02}/t{index:03}#{weight}.png");
                let canvas = Canvas::read(&root.join(file));
                let faded = |&pixel: &Rgba| premultiply(pixel).map(|c| mul(c, opacity));
                Picture {
                    blend: layer.blend,
                    width: canvas.width.into(),
                    height: canvas.height.into(),
                    offset: offset.map(i64::from),
                    pixels: canvas.pixels.iter().map(faded).collect(),
                }
            };
            layer.traits.iter().enumerate().map(picture).collect()
        };
        Self {
            size: sketch.size,
            ground: premultiply(sketch.background.unwrap_or_default()),
            layers: (0..sketch.layers.len()).map(layer).collect(),
        }
    }

    /// The picture that an item must be.
    pub(crate) fn picture(&self, item: &Item) -> Canvas {
        let chosen: Vec<&Picture> = (self.layers.iter().zip(item.indices()))
            .filter_map(|(layer, index)| Some(&layer[index?]))
            .collect();
        Canvas::from_fn(self.size[0], self.size[1], |x, y| {
            let mut below = self.ground;
            for picture in &chosen {
                let (x, y) = (i64::from(x) - picture.offset[0], i64::from(y) - picture.offset[1]);
                if (0..picture.width).contains(&x) && (0..picture.height).contains(&y) {
                    let above = picture.pixels[(y * picture.width + x) as usize];
                    below = match picture.blend {
                        Blend::Normal => std::array::from_fn(|c| above[c] + mul(below[c], 255 - above[3])),
                        mode => blend(mode, above, below),
                    };
                }
            }
            unpremultiply(below)
        })
    }
}
