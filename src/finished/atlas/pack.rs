//! Where sprites of different sizes go on a page: a skyline, the same for the same sizes.
//!
//! The skyline is the upper edge of what is placed, as steps from left to right. A sprite goes where its lower edge comes to lie
//! highest, and of such places to the leftmost (Jylänki, "A Thousand Ways to Pack the Bin", 2010: bottom-left). Higher sprites come
//! first, so that the steps stay few and flat. Crates that pack either allocate in a texture of fixed size (etagere, guillotiere) or
//! order by hash maps; this is shorter than what would be needed around them.

use std::cmp::Reverse;

/// A page of packed sprites: its size, and the place and the number of each sprite.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    pub(crate) size: [u32; 2],
    pub(crate) places: Vec<(usize, [u32; 2])>,
}

/// What pages are to be like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Pixels between sprites and around them.
    pub(crate) gap: u32,
    /// The longest side of a page.
    pub(crate) most: u32,
    pub(crate) powers_of_two: bool,
}

/// Packs sprites of these sizes into as few pages as the skyline finds; each must fit one alone.
pub(crate) fn pack(sizes: &[[u32; 2]], limits: Limits) -> Vec<Packed> {
    let mut rest: Vec<usize> = (0..sizes.len()).collect();
    rest.sort_by_key(|&number| {
        let [width, height] = sizes[number];
        (Reverse(height), Reverse(width), number)
    });
    let mut pages = Vec::new();
    while !rest.is_empty() {
        let page =
            smallest(sizes, &rest, limits).unwrap_or_else(|| fill(sizes, &rest, limits, limits.longest()));
        assert!(!page.places.is_empty(), "each sprite fits a page");
        let mut placed: Vec<usize> = page.places.iter().map(|&(number, _)| number).collect();
        placed.sort_unstable();
        rest.retain(|number| placed.binary_search(number).is_err());
        pages.push(page);
    }
    pages
}

impl Limits {
    /// The longest side that pages can have.
    pub(crate) fn longest(self) -> u32 {
        if self.powers_of_two { 1 << self.most.ilog2() } else { self.most }
    }

    fn side(self, used: u32) -> u32 {
        if self.powers_of_two { used.next_power_of_two() } else { used }
    }
}

/// The page with the fewest pixels that has all of `order`, if there is one; of several the one nearest to a square.
fn smallest(sizes: &[[u32; 2]], order: &[usize], limits: Limits) -> Option<Packed> {
    let gap = limits.gap;
    let area = |&number: &usize| {
        let [width, height] = sizes[number].map(|side| u64::from(side + gap));
        width * height
    };
    let area: u64 = order.iter().map(area).sum();
    let widest = order.iter().map(|&number| sizes[number][0]).max()? + 2 * gap;
    let longest = limits.longest();
    if area > u64::from(longest) * u64::from(longest) {
        return None;
    }
    let widths: Vec<u32> = match limits.powers_of_two {
        true => (0..=longest.ilog2()).map(|power| 1 << power).collect(),
        // From a square's side to twice that, in steps of a sixteenth.
        false => (0..=16u32)
            .map(|step| (area as f64).sqrt().ceil() * f64::from(16 + step) / 16.0 + f64::from(gap))
            .map(|width| (width.ceil() as u32).max(widest).min(longest))
            .collect(),
    };
    let pages = widths.into_iter().filter(|&width| width >= widest);
    let pages = pages.map(|width| fill(sizes, order, limits, width));
    pages.filter(|page| page.places.len() == order.len()).min_by_key(|page| {
        let [width, height] = page.size.map(u64::from);
        (width * height, width.max(height), height)
    })
}

/// A page of at most this width with as many of `order` as find room, one after the other.
fn fill(sizes: &[[u32; 2]], order: &[usize], limits: Limits, width: u32) -> Packed {
    let gap = limits.gap;
    // Each sprite has a gap to its right and below it; the page has those above and to the left.
    let mut skyline = Skyline { steps: vec![(0, 0, width - gap.min(width))], height: limits.longest() - gap };
    let mut places = Vec::new();
    let mut used = [0, 0];
    for &number in order {
        let size = sizes[number].map(|side| side + gap);
        if let Some([x, y]) = skyline.place(size) {
            used = [used[0].max(x + size[0]), used[1].max(y + size[1])];
            places.push((number, [x + gap, y + gap]));
        }
    }
    Packed { size: used.map(|side| limits.side(side + gap)), places }
}

/// The steps of what is placed: where each begins, how high it is, and how wide.
struct Skyline {
    steps: Vec<(u32, u32, u32)>,
    height: u32,
}

impl Skyline {
    /// Finds the place of a block and takes it.
    fn place(&mut self, [width, height]: [u32; 2]) -> Option<[u32; 2]> {
        let end = self.steps.last().map_or(0, |&(x, _, wide)| x + wide);
        let fits = |first: usize| -> Option<(u32, u32, usize)> {
            let x = self.steps[first].0;
            if x + width > end {
                return None;
            }
            let under = self.steps[first..].iter().take_while(|step| step.0 < x + width);
            let y = under.map(|step| step.1).max()?;
            (y + height <= self.height).then_some((y, x, first))
        };
        let (y, x, first) = (0..self.steps.len()).filter_map(fits).min()?;
        let right = x + width;
        let after = self.steps[first..].iter().take_while(|step| step.0 + step.2 <= right).count() + first;
        if let Some(step) = self.steps.get_mut(after).filter(|step| step.0 < right) {
            step.2 -= right - step.0;
            step.0 = right;
        }
        self.steps.splice(first..after, [(x, y + height, width)]);
        // Steps of one height are one step.
        self.steps.dedup_by(|next, step| {
            let is_level = next.1 == step.1;
            if is_level {
                step.2 += next.2;
            }
            is_level
        });
        Some([x, y])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limits(gap: u32, most: u32, powers_of_two: bool) -> Limits {
        Limits { gap, most, powers_of_two }
    }

    #[test]
    fn equal_squares_leave_nothing_free() {
        let pages = pack(&[[10, 10]; 16], limits(0, 1000, false));
        assert_eq!((pages.len(), pages[0].size), (1, [40, 40]));
        let pages = pack(&[[10, 10]; 16], limits(2, 1000, false));
        assert_eq!(pages[0].size, [50, 50]);
        let pages = pack(&[[10, 10]; 16], limits(0, 1000, true));
        assert_eq!(pages[0].size.iter().product::<u32>(), 64 * 32);
    }

    #[test]
    fn low_sprites_fill_what_high_ones_leave() {
        // A column of 30, and beside it what just fits.
        let pages = pack(&[[10, 10], [10, 30], [20, 20]], limits(0, 30, false));
        assert_eq!(pages.len(), 1);
        assert_eq!(pages[0].size, [30, 30]);
    }

    #[test]
    fn what_one_page_cannot_hold_goes_to_the_next() {
        let pages = pack(&[[16, 16]; 9], limits(0, 32, false));
        let counts: Vec<usize> = pages.iter().map(|page| page.places.len()).collect();
        assert_eq!(counts, [4, 4, 1]);
        assert_eq!(pages[2].size, [16, 16]);
    }

    proptest! {
        #[test]
        fn every_sprite_has_room_of_its_own(
            sizes in prop::collection::vec([1u32..30, 1u32..30], 1..60), gap in 0u32..4, most in 64u32..150, powers: bool,
        ) {
            let pages = pack(&sizes, limits(gap, most, powers));
            let mut seen = vec![0; sizes.len()];
            for page in &pages {
                prop_assert!(page.size.iter().all(|&side| side <= most && (!powers || side.is_power_of_two())));
                // From left to right and from top to bottom, the gap behind each included.
                let ranges = |&(number, corner): &(usize, [u32; 2])| {
                    [0, 1].map(|axis| corner[axis]..corner[axis] + sizes[number][axis] + gap)
                };
                for (place, sprite) in page.places.iter().enumerate() {
                    seen[sprite.0] += 1;
                    let own = ranges(sprite);
                    prop_assert!((0..2).all(|axis| own[axis].start >= gap && own[axis].end <= page.size[axis]));
                    for other in &page.places[..place] {
                        let other = ranges(other);
                        let meets = |axis: usize| own[axis].start < other[axis].end && other[axis].start < own[axis].end;
                        prop_assert!(!(meets(0) && meets(1)));
                    }
                }
            }
            prop_assert!(seen.iter().all(|&times| times == 1));
        }
    }
}
