//! What has to be looked up in pictures before an atlas of them can be laid out: what is visible, and which colours there are.

use std::collections::BTreeSet;

use crate::finished::sheet::thumb::Thumb;

/// The most colours of a palette.
const MAX_COLOURS: usize = 256;

/// What a picture is like.
#[derive(Debug)]
pub(crate) struct Look {
    /// By cell: left, top, width and height of what is visible of it, within the cell. A cell that shows nothing keeps one
    /// pixel, because a sprite has to have one.
    pub(crate) visible: Vec<[u32; 4]>,
    /// Its colours, if a palette has room for them.
    pub(crate) colours: Option<BTreeSet<[u8; 4]>>,
}

impl Look {
    /// Looks at a picture of cells of this size.
    pub(crate) fn at(picture: &Thumb, cell: [u32; 2]) -> Self {
        let width = picture.size.width as usize;
        let pixels = picture.rgba.as_chunks::<4>().0;
        let [columns, rows] = [picture.size.width / cell[0], picture.size.height / cell[1]];
        let visible =
            (0..rows).flat_map(|row| (0..columns).map(move |column| [column * cell[0], row * cell[1]]));
        let visible = visible.map(|[left, top]| {
            let mut found: Option<[u32; 4]> = None;
            for y in 0..cell[1] {
                let start = (top + y) as usize * width + left as usize;
                let line = &pixels[start..start + cell[0] as usize];
                let Some(first) = line.iter().position(|pixel| pixel[3] > 0) else { continue };
                let last = line.iter().rposition(|pixel| pixel[3] > 0).unwrap_or(first);
                let [from, to] = [first, last].map(|x| x as u32);
                let [x0, y0, x1, _] = found.unwrap_or([from, y, to, y]);
                found = Some([x0.min(from), y0, x1.max(to), y]);
            }
            found.map_or([0, 0, 1, 1], |[x0, y0, x1, y1]| [x0, y0, x1 - x0 + 1, y1 - y0 + 1])
        });
        let visible = visible.collect();
        let mut colours = BTreeSet::new();
        let has_room = pixels.chunk_by(|one, next| one == next).all(|run| {
            colours.insert(run[0]);
            colours.len() <= MAX_COLOURS
        });
        Self { visible, colours: has_room.then_some(colours) }
    }

    /// Whether it is pixel art: few colours, and no edge is softened.
    pub(crate) fn is_pixel_art(&self) -> bool {
        self.colours
            .as_ref()
            .is_some_and(|colours| colours.iter().all(|colour| [0, 255].contains(&colour[3])))
    }
}

/// The palette for all of these pictures and the free space between them, if there is one: the transparent colour first.
pub(crate) fn palette(looks: &[Look]) -> Option<Vec<[u8; 4]>> {
    let mut all = BTreeSet::new();
    for look in looks {
        all.extend(look.colours.as_ref()?.iter().filter(|colour| **colour != [0; 4]));
        if all.len() >= MAX_COLOURS {
            return None;
        }
    }
    Some(std::iter::once([0; 4]).chain(all).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;

    fn picture(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 4]) -> Thumb {
        let rgba = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .flat_map(|(x, y)| colour(x, y))
            .collect();
        Thumb { size: Size { width, height }, rgba }
    }

    #[test]
    fn what_is_visible_of_each_cell_is_found() {
        // Two cells of 8x6: a faint bar in the first, nothing in the second.
        let seen = picture(16, 6, |x, y| {
            if (2..5).contains(&x) && (1..=4).contains(&y) { [1, 2, 3, 1] } else { [9, 9, 9, 0] }
        });
        assert_eq!(Look::at(&seen, [8, 6]).visible, [[2, 1, 3, 4], [0, 0, 1, 1]]);
        assert_eq!(Look::at(&seen, [16, 6]).visible, [[2, 1, 3, 4]]);
        let full = picture(4, 4, |_, _| [0, 0, 0, 255]);
        assert_eq!(Look::at(&full, [2, 2]).visible, [[0, 0, 2, 2]; 4]);
    }

    #[test]
    fn pixel_art_has_few_colours_and_hard_edges() {
        let look = |picture: &Thumb| Look::at(picture, [picture.size.width, picture.size.height]);
        let art = look(&picture(16, 16, |x, y| [(x % 16) as u8, (y % 16) as u8, 0, 255 * u8::from(y > 0)]));
        assert!(art.is_pixel_art());
        assert!(!look(&picture(16, 16, |x, _| [x as u8, 0, 0, 200])).is_pixel_art());
        assert!(!look(&picture(20, 20, |x, y| [x as u8, y as u8, 0, 255])).is_pixel_art());
    }

    #[test]
    fn a_palette_has_room_for_all_colours_and_for_nothing() {
        let look =
            |first: u8, count: u32| Look::at(&picture(count, 1, |x, _| [first, 0, x as u8, 255]), [count, 1]);
        let of = |looks: &[Look]| palette(looks).map(|colours| (colours.len(), colours[0]));
        assert_eq!(of(&[look(7, 2), look(7, 3), look(8, 3)]), Some((1 + 3 + 3, [0; 4])));
        assert_eq!(of(&[look(7, 200), look(8, 55)]), Some((256, [0; 4])));
        assert_eq!(of(&[look(7, 200), look(8, 56)]), None);
    }
}
