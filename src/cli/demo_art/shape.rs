//! Outlines to fill and stroke, on a canvas of 100 x 100 units whatever its size in pixels.
//!
//! A [`Shape`] is a path or nothing: geometry that degenerates draws nothing, so no drawing has to handle a failure.
//! Organic outlines are smooth curves through a handful of points ([`blob`], [`curve`]: Catmull-Rom splines, which
//! pass through what was written down), and faces are symmetric, so [`symmetric`] takes only the right half.

use tiny_skia::{LineCap, LineJoin, Path, PathBuilder, Rect, Stroke, Transform};

/// Where something is, in hundredths of the canvas, from its upper left corner.
pub(super) type Point = (f32, f32);

/// The vertical line that faces are symmetric about.
pub(super) const MIDDLE: f32 = 50.0;

/// An outline, or nothing.
#[derive(Clone, Debug)]
pub(super) struct Shape(pub(super) Option<Path>);

impl Shape {
    fn build(draw: impl FnOnce(&mut PathBuilder)) -> Self {
        let mut builder = PathBuilder::new();
        draw(&mut builder);
        Self(builder.finish())
    }

    fn transformed(&self, transform: Transform) -> Self {
        Self(self.0.clone().and_then(|path| path.transform(transform)))
    }

    /// The same outline elsewhere.
    pub(super) fn moved(&self, dx: f32, dy: f32) -> Self {
        self.transformed(Transform::from_translate(dx, dy))
    }

    /// Turned clockwise about a point.
    pub(super) fn turned(&self, degrees: f32, (x, y): Point) -> Self {
        self.transformed(Transform::from_rotate_at(degrees, x, y))
    }

    /// The mirror image on the other side of the face.
    pub(super) fn mirrored(&self) -> Self {
        self.transformed(Transform::from_row(-1.0, 0.0, 0.0, 1.0, 2.0 * MIDDLE, 0.0))
    }

    /// Both outlines as one.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self::build(|builder| [self, other].into_iter().flat_map(|s| &s.0).for_each(|p| builder.push_path(p)))
    }

    /// The shape together with its mirror image.
    pub(super) fn on_both_sides(&self) -> Self {
        self.and(&self.mirrored())
    }

    /// What a round pen of this width covers when it follows the outline.
    pub(super) fn thickened(&self, width: f32) -> Self {
        /// The stroker flattens curves as if one unit were this many pixels.
        const RESOLUTION: f32 = 16.0;
        Self(self.0.as_ref().and_then(|path| path.stroke(&pen(width), RESOLUTION)))
    }
}

/// A round pen.
pub(super) fn pen(width: f32) -> Stroke {
    Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Stroke::default() }
}

/// An ellipse by its centre and half axes.
pub(super) fn ellipse((x, y): Point, rx: f32, ry: f32) -> Shape {
    let bounds = Rect::from_ltrb(x - rx, y - ry, x + rx, y + ry);
    Shape(bounds.and_then(PathBuilder::from_oval))
}

/// A circle.
pub(super) fn circle(centre: Point, radius: f32) -> Shape {
    ellipse(centre, radius, radius)
}

/// A rectangle with rounded corners, by its upper left corner and size.
pub(super) fn rounded_rect((x, y): Point, width: f32, height: f32, radius: f32) -> Shape {
    polygon(&[(x, y), (x + width, y), (x + width, y + height), (x, y + height)], radius)
}

/// A smooth open curve through points.
pub(super) fn curve(points: &[Point]) -> Shape {
    Shape::build(|builder| {
        let Some(last) = points.len().checked_sub(1) else { return };
        builder.move_to(points[0].0, points[0].1);
        for i in 0..last {
            let [before, after] = [points[i.saturating_sub(1)], points[(i + 2).min(last)]];
            spline(builder, before, points[i], points[i + 1], after);
        }
    })
}

/// A smooth closed curve through points.
pub(super) fn blob(points: &[Point]) -> Shape {
    Shape::build(|builder| {
        let Some(&(x, y)) = points.first() else { return };
        let at = |i: usize| points[i % points.len()];
        builder.move_to(x, y);
        for i in 0..points.len() {
            spline(builder, at(i + points.len() - 1), at(i), at(i + 1), at(i + 2));
        }
        builder.close();
    })
}

/// A [`blob`] by the points of its right half, from the middle line back to the middle line.
pub(super) fn symmetric(right: &[Point]) -> Shape {
    let inner = right.get(1..right.len().saturating_sub(1)).unwrap_or_default();
    let left = inner.iter().rev().map(|&(x, y)| (2.0 * MIDDLE - x, y));
    blob(&right.iter().copied().chain(left).collect::<Vec<_>>())
}

/// One Catmull-Rom span from `from` to `to`, as the Bezier curve that it is.
fn spline(builder: &mut PathBuilder, before: Point, from: Point, to: Point, after: Point) {
    let leave = (from.0 + (to.0 - before.0) / 6.0, from.1 + (to.1 - before.1) / 6.0);
    let arrive = (to.0 - (after.0 - from.0) / 6.0, to.1 - (after.1 - from.1) / 6.0);
    builder.cubic_to(leave.0, leave.1, arrive.0, arrive.1, to.0, to.1);
}

/// A polygon whose corners are rounded off over `radius` units of their edges (less where an edge is short).
pub(super) fn polygon(corners: &[Point], radius: f32) -> Shape {
    Shape::build(|builder| {
        let count = corners.len();
        for (i, &corner) in corners.iter().enumerate() {
            let enter = towards(corner, corners[(i + count - 1) % count], radius);
            let leave = towards(corner, corners[(i + 1) % count], radius);
            match i {
                0 => builder.move_to(enter.0, enter.1),
                _ => builder.line_to(enter.0, enter.1),
            }
            builder.quad_to(corner.0, corner.1, leave.0, leave.1);
        }
        if count > 0 {
            builder.close();
        }
    })
}

/// The point `distance` from `from` on the way to `to`, at most halfway.
fn towards(from: Point, to: Point, distance: f32) -> Point {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = (dx * dx + dy * dy).sqrt();
    let share = if length > 0.0 { (distance / length).min(0.5) } else { 0.0 };
    (from.0 + dx * share, from.1 + dy * share)
}

/// The point at an angle, clockwise from the top, on a circle.
pub(super) fn on_circle((x, y): Point, radius: f32, degrees: f32) -> Point {
    let (sin, cos) = degrees.to_radians().sin_cos();
    (x + radius * sin, y - radius * cos)
}

/// A star with slightly rounded tips.
pub(super) fn star(centre: Point, outer: f32, inner: f32, tips: u8) -> Shape {
    let step = 180.0 / f32::from(tips);
    let corner =
        |i: u8| on_circle(centre, if i.is_multiple_of(2) { outer } else { inner }, f32::from(i) * step);
    polygon(&(0..2 * tips).map(corner).collect::<Vec<_>>(), outer * 0.14)
}

/// A heart about as tall as it is wide.
pub(super) fn heart((x, y): Point, size: f32) -> Shape {
    let at = |u: f32, v: f32| (x + u * size, y + v * size);
    let [dip, tip] = [at(0.0, -0.25), at(0.0, 0.5)];
    let [right_top, right_side] = [at(0.2, -0.7), at(0.95, -0.3)];
    let [left_side, left_top] = [at(-0.95, -0.3), at(-0.2, -0.7)];
    Shape::build(|builder| {
        builder.move_to(dip.0, dip.1);
        builder.cubic_to(right_top.0, right_top.1, right_side.0, right_side.1, tip.0, tip.1);
        builder.cubic_to(left_side.0, left_side.1, left_top.0, left_top.1, dip.0, dip.1);
        builder.close();
    })
}
