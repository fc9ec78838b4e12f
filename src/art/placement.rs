//! Where pictures lie on the canvas under [`Fit::Place`], and what of that their artist cannot have meant.
//!
//! Pictures of any size are placed at their layer's offset and cut at the edges of the canvas. That is right for trimmed
//! exports, and a wrong offset looks the same to a program. So what gets lost is named, with numbers: a picture that lies
//! outside, one that is cut, and an edge of the canvas that no background reaches.

use std::path::Path;

use crate::error::{Problem, quoted};
use crate::geometry::Size;
use crate::pixel::{Blend, Pixel};
use crate::project::{Picture, Project};

/// Pictures of a layer that get a warning of their own; more are counted.
const NAMED: usize = 3;

/// A rectangle on or beside the canvas: first column and row, and those behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Area {
    left: i64,
    top: i64,
    right: i64,
    bottom: i64,
}

impl Area {
    fn pixels(&self) -> i64 {
        (self.right - self.left) * (self.bottom - self.top)
    }
}

/// The visible part of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    /// On the canvas, offset included.
    area: Area,
    /// Whether every pixel of the area has alpha 255.
    is_opaque: bool,
}

impl Extent {
    /// Of a picture of `size` whose upper left corner is at `offset`; nothing if no pixel of it is visible. Only alpha is
    /// read.
    pub(super) fn of(pixels: &[Pixel], size: Size, offset: [i32; 2]) -> Option<Self> {
        let width = size.width as usize;
        let (mut left, mut right, mut top, mut bottom) = (width, 0, None, 0);
        let mut opaque = 0u64;
        for (y, row) in pixels.chunks_exact(width).enumerate() {
            let Some(first) = row.iter().position(|pixel| pixel >> 24 != 0) else { continue };
            let last = row.iter().rposition(|pixel| pixel >> 24 != 0).expect("the row has a visible pixel");
            (left, right) = (left.min(first), right.max(last + 1));
            top.get_or_insert(y);
            bottom = y + 1;
            opaque += row[first..=last].iter().filter(|pixel| **pixel >> 24 == 255).count() as u64;
        }
        let [x, y] = offset.map(i64::from);
        let area = Area {
            left: left as i64 + x,
            top: top? as i64 + y,
            right: right as i64 + x,
            bottom: bottom as i64 + y,
        };
        Some(Self { area, is_opaque: opaque == area.pixels() as u64 })
    }
}

/// The warnings about pictures that are placed; `placed` are all pictures in drawing order, each with its visible part.
pub(super) fn warnings<'a>(
    project: &Project,
    placed: impl Iterator<Item = (&'a Picture<'a>, Option<Extent>)>,
    canvas: Size,
) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut backgrounds = Vec::new();
    let (mut layer_name, mut named, mut unnamed) = ("", 0, 0);
    let more = |found: &mut Vec<Problem>, layer: &str, unnamed: usize| {
        if unnamed > 0 {
            let what = format!(
                "{unnamed} more pictures of layer {} are cut off or outside the canvas",
                quoted(layer)
            );
            found.push(Problem::general(what, "change the layer's offset or size"));
        }
    };
    for (picture, extent) in placed {
        let layer = picture.layer;
        if layer.name != layer_name {
            more(&mut found, layer_name, unnamed);
            (layer_name, named, unnamed) = (&layer.name, 0, 0);
        }
        let Some(extent) = extent else { continue };
        if let Some(what) = loss(&extent.area, canvas) {
            if named < NAMED {
                let remedy = format!("change the offset of the layer {}, or size", quoted(&layer.name));
                found.push(Problem::at(picture.path(), what, remedy));
                named += 1;
            } else {
                unnamed += 1;
            }
        }
        let is_normal = picture.opacity == 255 && picture.blend == Blend::Normal;
        if is_normal && extent.is_opaque && extent.area.pixels() as u64 * 2 >= canvas.pixels() {
            backgrounds.push((extent.area, picture.path()));
        }
    }
    more(&mut found, layer_name, unnamed);
    if project.background.is_none() {
        found.extend(gaps(&backgrounds, canvas));
    }
    found
}

/// So many columns or rows at a side of the canvas, for each side where there are some.
fn at_sides(lines: [i64; 4]) -> Option<String> {
    let sides = [("column", "left"), ("row", "top"), ("column", "right"), ("row", "bottom")];
    let named: Vec<String> = lines
        .into_iter()
        .zip(sides)
        .filter(|(lines, _)| *lines > 0)
        .map(|(lines, (kind, side))| {
            let plural = if lines == 1 { "" } else { "s" };
            format!("{lines} {kind}{plural} at the {side}")
        })
        .collect();
    (!named.is_empty()).then(|| named.join(" and "))
}

/// What is lost of a visible part, in words.
fn loss(area: &Area, canvas: Size) -> Option<String> {
    let (width, height) = (i64::from(canvas.width), i64::from(canvas.height));
    let Area { left, top, right, bottom } = *area;
    let lost = at_sides([-left, -top, right - width, bottom - height])?;
    let is_outside = right <= 0 || bottom <= 0 || left >= width || top >= height;
    Some(if is_outside {
        let (last_column, last_row) = (right - 1, bottom - 1);
        format!(
            "the picture lies entirely outside the canvas of {canvas}: it would cover columns {left} to \
             {last_column}, \
             rows {top} to {last_row}"
        )
    } else {
        format!("the picture is cut off: {lost} lie outside the canvas of {canvas}")
    })
}

/// The edges that no background reaches. A background is an opaque picture of at least half the canvas.
fn gaps(backgrounds: &[(Area, &Path)], canvas: Size) -> Option<Problem> {
    let (_, widest) = backgrounds.iter().max_by_key(|(area, _)| area.pixels())?;
    let (width, height) = (i64::from(canvas.width), i64::from(canvas.height));
    let least = |distance: &dyn Fn(&Area) -> i64| backgrounds.iter().map(|(area, _)| distance(area)).min();
    let lines = at_sides([
        least(&|area| area.left)?,
        least(&|area| area.top)?,
        least(&|area| width - area.right)?,
        least(&|area| height - area.bottom)?,
    ])?;
    let what = format!("no background covers {lines} of the canvas of {canvas}");
    Some(Problem::at(*widest, what, "redraw the backgrounds, or change size or the layer's offset"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

    const CANVAS: Size = Size { width: 10, height: 8 };

    fn area(left: i64, top: i64, right: i64, bottom: i64) -> Area {
        Area { left, top, right, bottom }
    }

    #[test]
    fn the_visible_part_is_found_whatever_surrounds_it() {
        let size = Size { width: 5, height: 4 };
        let mut pixels = vec![0x00ff_ffff; 20];
        assert_eq!(Extent::of(&pixels, size, [0, 0]), None);
        pixels[7] = 0xff00_0000;
        let found = Extent::of(&pixels, size, [0, 0]).unwrap();
        assert_eq!((found.area, found.is_opaque), (area(2, 1, 3, 2), true));
        pixels[13] = 0x0100_0000;
        let found = Extent::of(&pixels, size, [-4, 100]).unwrap();
        assert_eq!((found.area, found.is_opaque), (area(-2, 101, 0, 103), false));
        let found = Extent::of(&[0xff00_0000; 20], size, [0, 0]).unwrap();
        assert_eq!((found.area, found.is_opaque), (area(0, 0, 5, 4), true));
    }

    #[test]
    fn what_is_cut_is_counted_at_every_side() {
        assert_eq!(loss(&area(0, 0, 10, 8), CANVAS), None);
        assert_eq!(loss(&area(3, 3, 4, 4), CANVAS), None);
        for (at, words) in [
            (area(-1, 0, 3, 3), "is cut off: 1 column at the left lie"),
            (
                area(0, -2, 11, 3),
                "is cut off: 2 rows at the top and 1 column at the right lie outside the canvas of 10x8",
            ),
            (area(9, 7, 12, 12), "2 columns at the right and 4 rows at the bottom"),
            (
                area(10, 0, 12, 2),
                "entirely outside the canvas of 10x8: it would cover columns 10 to 11, rows 0 to 1",
            ),
            (area(-3, 0, 0, 2), "entirely outside"),
            (area(0, 8, 3, 9), "entirely outside"),
            (area(0, -9, 3, 0), "entirely outside"),
        ] {
            let told = loss(&at, CANVAS).unwrap();
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn edges_are_open_only_if_every_background_leaves_them() {
        let project = project(&[("A", &[1, 1])]);
        let [a, b] = [0, 1].map(|index| &*project.layers[0].traits[index].path);
        assert_eq!(gaps(&[], CANVAS), None);
        let told = gaps(&[(area(0, 0, 9, 8), a), (area(0, 0, 10, 6), b)], CANVAS);
        assert_eq!(told, None, "each edge is reached by one of them");
        let told = gaps(&[(area(0, 1, 9, 8), a), (area(0, 2, 8, 8), b)], CANVAS).unwrap().to_string();
        assert!(
            told.contains(
                "no background covers 1 row at the top and 1 column at the right of the canvas of 10x8"
            ),
            "{told}"
        );
    }
}
