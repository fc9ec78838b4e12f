//! The drawing board: fills, strokes and the cel-shaded look that every trait shares.
//!
//! [`Canvas::cel`] is the look: a shadow-coloured fill, the flat colour over it moved towards the light (from the
//! upper left) so that a crescent of shadow stays, and one soft dark line around. Coordinates are hundredths of the
//! canvas (see [`shape`](super::shape)), so the same drawing serves any size.

use std::io;

use tiny_skia::{
    FillRule, GradientStop, LinearGradient, Mask, Paint, Pixmap, Point as At, SpreadMode, Transform,
};

use super::palette::{self, INK, Rgb};
use super::shape::{Point, Shape, ellipse, pen};

/// How wide the line around a shape is.
pub(super) const LINE: f32 = 1.35;
/// How far the flat colour moves towards the light, which is how wide the shadow's crescent is.
const LIGHT: Point = (-1.6, -1.9);

/// One picture while it is being drawn.
#[derive(Debug)]
pub(super) struct Canvas {
    pixmap: Pixmap,
    scale: Transform,
    clip: Option<Mask>,
}

impl Canvas {
    /// A transparent square of `side` pixels.
    pub(super) fn new(side: u32) -> io::Result<Self> {
        let pixmap = Pixmap::new(side, side).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("cannot draw pictures of {side} x {side} pixels"),
            )
        })?;
        let scale = side as f32 / 100.0;
        Ok(Self { pixmap, scale: Transform::from_scale(scale, scale), clip: None })
    }

    /// The picture as a PNG file, with straight alpha.
    pub(super) fn png(&self) -> io::Result<Vec<u8>> {
        self.pixmap.encode_png().map_err(io::Error::other)
    }

    /// Paints everything in one colour.
    pub(super) fn flood(&mut self, rgb: Rgb) {
        self.pixmap.fill(palette::colour(rgb, 1.0));
    }

    /// Paints everything from the first colour at the top to the last at the bottom.
    pub(super) fn flood_down(&mut self, colours: &[Rgb]) {
        let last = colours.len().saturating_sub(1).max(1) as f32;
        let stop = |(i, &rgb): (usize, &Rgb)| GradientStop::new(i as f32 / last, palette::colour(rgb, 1.0));
        let stops = colours.iter().enumerate().map(stop).collect();
        let (top, bottom) = (At::from_xy(0.0, 0.0), At::from_xy(0.0, 100.0));
        let gradient = LinearGradient::new(top, bottom, stops, SpreadMode::Pad, Transform::identity());
        if let (Some(shader), Some(path)) =
            (gradient, super::shape::rounded_rect((-1.0, -1.0), 102.0, 102.0, 0.0).0)
        {
            let paint = Paint { shader, anti_alias: false, ..Paint::default() };
            self.pixmap.fill_path(&path, &paint, FillRule::Winding, self.scale, None);
        }
    }

    /// Fills a shape with one colour.
    pub(super) fn fill(&mut self, shape: &Shape, rgb: Rgb) {
        self.tint(shape, rgb, 1.0);
    }

    /// Fills a shape with a translucent colour.
    pub(super) fn tint(&mut self, shape: &Shape, rgb: Rgb, opacity: f32) {
        if let Some(path) = &shape.0 {
            let paint = ink(rgb, opacity);
            self.pixmap.fill_path(path, &paint, FillRule::Winding, self.scale, self.clip.as_ref());
        }
    }

    /// Follows a shape's outline with a round pen.
    pub(super) fn stroke(&mut self, shape: &Shape, rgb: Rgb, width: f32) {
        if let Some(path) = &shape.0 {
            self.pixmap.stroke_path(path, &ink(rgb, 1.0), &pen(width), self.scale, self.clip.as_ref());
        }
    }

    /// Follows a shape's outline with the line that is around everything.
    pub(super) fn line(&mut self, shape: &Shape) {
        self.stroke(shape, INK, LINE);
    }

    /// Draws only inside a shape, and inside the shapes that are already drawn within.
    pub(super) fn within(&mut self, shape: &Shape, draw: impl FnOnce(&mut Self)) {
        let Some(path) = &shape.0 else { return };
        let outer = self.clip.take();
        self.clip = match &outer {
            Some(mask) => {
                let mut mask = mask.clone();
                mask.intersect_path(path, FillRule::Winding, true, self.scale);
                Some(mask)
            }
            None => Mask::new(self.pixmap.width(), self.pixmap.height()).map(|mut mask| {
                mask.fill_path(path, FillRule::Winding, true, self.scale);
                mask
            }),
        };
        draw(self);
        self.clip = outer;
    }

    /// Flat colour and a crescent of shadow at the lower right, without a line around.
    pub(super) fn body(&mut self, shape: &Shape, rgb: Rgb) {
        self.fill(shape, palette::shaded(rgb));
        self.within(shape, |c| c.fill(&shape.moved(LIGHT.0, LIGHT.1), rgb));
    }

    /// The look: [`Canvas::body`] and a line around it.
    pub(super) fn cel(&mut self, shape: &Shape, rgb: Rgb) {
        self.body(shape, rgb);
        self.line(shape);
    }

    /// The look with something drawn on it, inside its line.
    pub(super) fn cel_with(&mut self, shape: &Shape, rgb: Rgb, pattern: impl FnOnce(&mut Self)) {
        self.body(shape, rgb);
        self.within(shape, pattern);
        self.line(shape);
    }

    /// The one highlight of a rounded thing of the given colour, tilted with the light.
    pub(super) fn gloss(&mut self, centre: Point, rx: f32, ry: f32, rgb: Rgb) {
        self.fill(&ellipse(centre, rx, ry).turned(-35.0, centre), palette::lit(rgb));
    }
}

fn ink(rgb: Rgb, opacity: f32) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(palette::colour(rgb, opacity));
    paint
}
