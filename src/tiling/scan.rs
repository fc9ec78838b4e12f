//! What is visible where: an item's traits become spans.
//!
//! A tile's *stack* is what shows in it: its traits bottom to top, without those that are empty there and without
//! those below one that hides everything. A *span* is a run of tiles of one tile row with the same stack. Coverage
//! is kept as bit rows, so stacks are compared for 64 tiles at once and only the first tile of each span is looked
//! at by itself: an item of 8 layers and 1024 tiles takes some microseconds.
//!
//! The spans of a tile row follow from the traits that are visible in it, bottom to top: a trait that shows nowhere in
//! the row hides nothing there either, for all that it covers is hidden already. So these traits are a key of the whole
//! row, and a row found under it needs no cutting.

use std::ops::Range;

use crate::art::Art;
use crate::geometry::{Place, TraitId};

/// Buffers that are re-used from item to item.
#[derive(Debug, Default)]
pub(crate) struct SpanScanner {
    /// For each trait of the item: the tiles of the current row where it shows.
    visible: Vec<u64>,
    remaining: Vec<u64>,
    starts: Vec<u64>,
    stack: Vec<TraitId>,
    shown: Vec<TraitId>,
}

impl SpanScanner {
    /// Calls `emit` with each span of an item and its stack, in reading order. `traits` is bottom to top.
    pub(crate) fn spans(&mut self, art: &Art, traits: &[TraitId], mut emit: impl FnMut(Place, &[TraitId])) {
        for row in 0..art.grid.rows() {
            self.row(art, traits, row, &mut emit);
        }
    }

    /// The same for the spans of one tile row.
    fn row(&mut self, art: &Art, traits: &[TraitId], row: usize, emit: impl FnMut(Place, &[TraitId])) {
        self.part(art, traits, row, 0..art.grid.columns(), usize::MAX, emit);
    }

    /// Of `traits`, bottom to top, those that are visible in a tile row: they decide the row's spans.
    pub(crate) fn visible(&mut self, art: &Art, traits: &[TraitId], row: usize) -> &[TraitId] {
        let words = art.grid.columns().div_ceil(64);
        self.scan_row(art, traits, row, words);
        let is_visible = |i: usize| self.visible[i * words..][..words].iter().any(|&tiles| tiles != 0);
        self.shown.clear();
        self.shown.extend((0..traits.len()).filter(|&i| is_visible(i)).map(|i| traits[i]));
        &self.shown
    }

    /// The spans of the tile row that [`Self::visible`] looked at last, with the same arguments.
    pub(crate) fn spans_of_row(
        &mut self,
        art: &Art,
        traits: &[TraitId],
        row: usize,
        emit: impl FnMut(Place, &[TraitId]),
    ) {
        self.cut(art, traits, row, 0..art.grid.columns(), usize::MAX, emit);
    }

    /// The same for some columns of a tile row, cut where `most` tiles follow each other, counted from the first.
    pub(crate) fn part(
        &mut self,
        art: &Art,
        traits: &[TraitId],
        row: usize,
        columns: Range<usize>,
        most: usize,
        emit: impl FnMut(Place, &[TraitId]),
    ) {
        self.scan_row(art, traits, row, art.grid.columns().div_ceil(64));
        self.cut(art, traits, row, columns, most, emit);
    }

    /// Cuts a row that was scanned.
    fn cut(
        &mut self,
        art: &Art,
        traits: &[TraitId],
        row: usize,
        columns: Range<usize>,
        most: usize,
        mut emit: impl FnMut(Place, &[TraitId]),
    ) {
        let words = art.grid.columns().div_ceil(64);
        let Range { start, end } = columns;
        let mut first = start;
        while first < end {
            let cut = (first - start) / most * most + start;
            let last = self.next_start(first + 1, end.min(cut.saturating_add(most))) - 1;
            self.stack.clear();
            let shows = |i: usize| self.visible[i * words + first / 64] >> (first % 64) & 1 == 1;
            self.stack.extend((0..traits.len()).filter(|&i| shows(i)).map(|i| traits[i]));
            let place = Place { tile_row: row as u16, first: first as u16, last: last as u16 };
            emit(place, &self.stack);
            first = last + 1;
        }
    }

    /// Fills `visible` and `starts` for a tile row.
    fn scan_row(&mut self, art: &Art, traits: &[TraitId], row: usize, words: usize) {
        self.visible.clear();
        self.visible.resize(traits.len() * words, 0);
        self.remaining.clear();
        self.remaining.resize(words, u64::MAX);
        self.starts.clear();
        self.starts.resize(words, 0);
        for (i, &id) in traits.iter().enumerate().rev() {
            let art = &art.traits[usize::from(id)];
            let (present, hiding) = (art.present_row(row), art.hiding_row(row));
            let mut carry = 0;
            for word in 0..words {
                let seen = present[word] & self.remaining[word];
                self.visible[i * words + word] = seen;
                self.remaining[word] &= !hiding[word];
                // A span starts where any trait's visibility differs from the tile to the left.
                self.starts[word] |= seen ^ (seen << 1 | carry);
                carry = seen >> 63;
            }
        }
    }

    /// The first tile from `from` on at which a span starts, or `columns` if none does before that.
    fn next_start(&self, from: usize, columns: usize) -> usize {
        let mut word = from / 64;
        let mut bits = self.starts.get(word).map_or(0, |&w| w & (u64::MAX << (from % 64)));
        loop {
            if bits != 0 {
                return (word * 64 + bits.trailing_zeros() as usize).min(columns);
            }
            word += 1;
            match self.starts.get(word) {
                Some(&next) => bits = next,
                None => return columns,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Grid, Size};
    use crate::tiling::testing::painted;
    use proptest::prelude::*;

    /// Art of one row of tiles.
    fn art(traits: &[Vec<u8>]) -> Art {
        let width = Grid::TILE_WIDTH * traits[0].len() as u32;
        painted(Size { width, height: 2 }, traits.iter().map(Vec::as_slice))
    }

    proptest! {
        #[test]
        fn spans_equal_the_tile_by_tile_definition(
            kinds in (1usize..140, 1usize..6).prop_flat_map(|(tiles, traits)| {
                prop::collection::vec(prop::collection::vec(0u8..3, tiles), traits)
            })
        ) {
            let art = art(&kinds);
            let ids: Vec<TraitId> = (0..kinds.len() as TraitId).collect();
            let stack_at = |tile: usize| {
                let lowest = (0..kinds.len()).rev().find(|&t| kinds[t][tile] == 2).unwrap_or(0);
                (lowest..kinds.len()).filter(|&t| kinds[t][tile] > 0).map(|t| t as TraitId).collect::<Vec<_>>()
            };
            let mut next = 0;
            let mut previous: Option<Vec<TraitId>> = None;
            SpanScanner::default().spans(&art, &ids, |place, stack| {
                assert_eq!(usize::from(place.first), next, "spans follow each other");
                for tile in place.first..=place.last {
                    assert_eq!(stack_at(tile.into()), stack, "tile {tile}");
                }
                assert_ne!(previous.as_deref(), Some(stack), "spans are as long as they can be");
                previous = Some(stack.to_vec());
                next = usize::from(place.last) + 1;
            });
            prop_assert_eq!(next, kinds[0].len());
        }

        /// The visible traits of a tile row are a key of its spans: without the others they are the same.
        #[test]
        fn the_visible_traits_of_a_row_decide_its_spans(
            kinds in (1usize..140, 1usize..6).prop_flat_map(|(tiles, traits)| {
                prop::collection::vec(prop::collection::vec(0u8..3, tiles), traits)
            })
        ) {
            let art = art(&kinds);
            let ids: Vec<TraitId> = (0..kinds.len() as TraitId).collect();
            let spans = |traits: &[TraitId]| {
                let (mut scanner, mut spans) = (SpanScanner::default(), Vec::new());
                let visible = scanner.visible(&art, traits, 0).to_vec();
                scanner.spans_of_row(&art, traits, 0, |place, stack| spans.push((place, stack.to_vec())));
                (visible, spans)
            };
            let (visible, all) = spans(&ids);
            let mut shown: Vec<TraitId> = all.iter().flat_map(|(_, stack)| stack.clone()).collect();
            shown.sort_unstable();
            shown.dedup();
            prop_assert_eq!(&visible, &shown);
            let mut again = Vec::new();
            SpanScanner::default().spans(&art, &ids, |place, stack| again.push((place, stack.to_vec())));
            prop_assert_eq!(&again, &all);
            prop_assert_eq!(spans(&visible), (visible, all));
        }
    }
}
