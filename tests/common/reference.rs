//! A compositor straight from the normative text (section "Pixels" of the architecture), with none of the library's code:
//! plain u32 arithmetic, one pixel after another, no tiles, no culling. Blend modes are in [`super::blending`].

use std::path::Path;

use traitpress::pixel::Blend;
use traitpress::plan::Item;

use crate::common::blending::{blend, blend_straight};
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

/// What a file stores of each pixel, which decides how it is composited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// Colours alone, or a palette: pixels are premultiplied.
    WithoutAlpha,
    /// Pixels are straight.
    WithAlpha,
}

impl Stored {
    /// By a file's colour type.
    pub(crate) fn as_type(color_type: u8) -> Self {
        if color_type == 6 { Self::WithAlpha } else { Self::WithoutAlpha }
    }
}

/// One trait with straight pixels.
struct Picture {
    blend: Blend,
    opacity: u32,
    width: i64,
    height: i64,
    offset: [i64; 2],
    pixels: Vec<Rgba>,
}

/// The traits of a project, decoded with the `image` crate.
pub(crate) struct Reference {
    size: [u32; 2],
    ground: Rgba,
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
                Picture {
                    blend: layer.blend,
                    opacity,
                    width: canvas.width.into(),
                    height: canvas.height.into(),
                    offset: offset.map(i64::from),
                    pixels: canvas.pixels,
                }
            };
            layer.traits.iter().enumerate().map(picture).collect()
        };
        Self {
            size: sketch.size,
            ground: sketch.background.unwrap_or_default(),
            layers: (0..sketch.layers.len()).map(layer).collect(),
        }
    }

    /// The picture that an item must be.
    pub(crate) fn picture(&self, item: &Item, stored: Stored) -> Canvas {
        let chosen: Vec<&Picture> = (self.layers.iter().zip(item.indices()))
            .filter_map(|(layer, index)| Some(&layer[index?]))
            .collect();
        Canvas::from_fn(self.size[0], self.size[1], |x, y| {
            let above = chosen.iter().filter_map(|picture| {
                let (x, y) = (i64::from(x) - picture.offset[0], i64::from(y) - picture.offset[1]);
                let inside = (0..picture.width).contains(&x) && (0..picture.height).contains(&y);
                let pixel = inside.then(|| picture.pixels[(y * picture.width + x) as usize])?;
                Some((picture.blend, pixel, picture.opacity))
            });
            match stored {
                Stored::WithoutAlpha => premultiplied(self.ground, above),
                Stored::WithAlpha => straight(self.ground, above),
            }
        })
    }
}

/// Composites pixels bottom to top, each with its mode and its layer's opacity, premultiplied.
fn premultiplied(ground: Rgba, above: impl Iterator<Item = (Blend, Rgba, u32)>) -> Rgba {
    let all = above.fold(premultiply(ground), |below, (mode, pixel, opacity)| {
        let above = premultiply(pixel).map(|c| mul(c, opacity));
        match mode {
            Blend::Normal => std::array::from_fn(|c| above[c] + mul(below[c], 255 - above[3])),
            mode => blend(mode, above, below),
        }
    });
    unpremultiply(all)
}

/// The same with straight pixels.
fn straight(ground: Rgba, above: impl Iterator<Item = (Blend, Rgba, u32)>) -> Rgba {
    let all = above.fold(ground.map(u32::from), |below, (mode, pixel, opacity)| {
        let [r, g, b, a] = pixel.map(u32::from);
        let above = [r, g, b, mul(a, opacity)];
        match (above[3], below[3]) {
            (0, _) => below,
            (_, 0) => above,
            // Only here are both products rounded.
            (sa, 255) if mode == Blend::Normal => {
                let over = |c: usize| mul(above[c], sa) + mul(below[c], 255 - sa);
                [over(0), over(1), over(2), 255]
            }
            _ => blend_straight(mode, above, below),
        }
    });
    let seen = if all[3] == 0 { [0; 4] } else { all };
    seen.map(|c| u8::try_from(c).expect("a byte"))
}
