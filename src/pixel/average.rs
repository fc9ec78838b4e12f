//! Averages of boxes of pixels, for pictures that are made smaller by a whole factor.
//!
//! A box of `n` pixels becomes one, in whole numbers and rounded once: `a = (sum a + n/2) / n` and
//! `c = (sum ca + sum a/2) / sum a`, so that a colour counts by how much of it shows. Where all pixels are opaque that is
//! `c = (sum c + n/2) / n`. A pixel of alpha 0 is 0. Of premultiplied pixels this is for those whose alpha is 0 or 255, as
//! in pictures of a palette or without alpha; there a colour times its alpha is 255 times what is stored.

use crate::pixel::{Arithmetic, Pixel};

/// Two channels of a pixel, 16 bits apart: sums of 257 pixels fit.
const HALVES: u32 = 0x00ff_00ff;
/// Pixels whose channels are added at a time.
const AT_A_TIME: usize = 256;

/// Sums over some of the pixels of a box: of colours times alpha, and of alpha.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BoxSums {
    colours: [u64; 3],
    alpha: u64,
}

impl BoxSums {
    /// Adds a row of pixels.
    #[inline]
    pub(crate) fn add_row(&mut self, arithmetic: Arithmetic, row: &[Pixel]) {
        for some in row.chunks(AT_A_TIME) {
            self.add_some(arithmetic, some);
        }
    }

    /// Adds at most [`AT_A_TIME`] pixels.
    #[inline]
    fn add_some(&mut self, arithmetic: Arithmetic, some: &[Pixel]) {
        let (mut even, mut odd, mut all, mut any) = (0u32, 0u32, u32::MAX, 0u32);
        for &pixel in some {
            even += pixel & HALVES;
            odd += pixel >> 8 & HALVES;
            all &= pixel;
            any |= pixel;
        }
        if any == 0 {
            return;
        }
        self.alpha += u64::from(odd >> 16);
        if arithmetic == Arithmetic::Premultiplied || all >> 24 == 255 {
            let sums = [even & 0xffff, odd & 0xffff, even >> 16];
            self.colours.iter_mut().zip(sums).for_each(|(colour, sum)| *colour += 255 * u64::from(sum));
            return;
        }
        for &pixel in some {
            let alpha = pixel >> 24;
            for (colour, shift) in self.colours.iter_mut().zip([0, 8, 16]) {
                *colour += u64::from((pixel >> shift & 255) * alpha);
            }
        }
    }

    /// Adds the sums over other pixels of the same box.
    #[inline]
    pub(crate) fn add(&mut self, other: &Self) {
        self.colours.iter_mut().zip(other.colours).for_each(|(colour, more)| *colour += more);
        self.alpha += other.alpha;
    }
}

/// From sums over whole boxes of so many pixels to their averages.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Averages {
    pixels: u64,
    /// The logarithm of the number of pixels, where that is a power of two.
    shift: Option<u32>,
}

impl Averages {
    pub(crate) fn of_boxes(pixels: u64) -> Self {
        Self { pixels, shift: pixels.is_power_of_two().then(|| pixels.ilog2()) }
    }

    /// The average of a box.
    #[inline]
    pub(crate) fn of(self, sums: &BoxSums) -> Pixel {
        let BoxSums { colours, alpha } = sums;
        let whole = |sum: u64| match self.shift {
            Some(shift) => (sum + self.pixels / 2) >> shift,
            None => (sum + self.pixels / 2) / self.pixels,
        };
        let pack = |[r, g, b]: [u64; 3], a: u64| (r | g << 8 | b << 16 | a << 24) as Pixel;
        if *alpha == 255 * self.pixels {
            return pack(colours.map(|sum| whole(sum / 255)), 255);
        }
        match whole(*alpha) {
            0 => 0,
            a => pack(colours.map(|sum| (sum + alpha / 2) / alpha), a),
        }
    }
}

/// Averages of the boxes of `factor` rows of pixels, whose width is a whole number of boxes.
pub(crate) fn average_rows(arithmetic: Arithmetic, factor: usize, rows: &[Pixel], out: &mut [Pixel]) {
    match factor {
        2 => of_small_boxes::<2>(arithmetic, rows, out),
        4 => of_small_boxes::<4>(arithmetic, rows, out),
        8 => of_small_boxes::<8>(arithmetic, rows, out),
        16 => of_small_boxes::<16>(arithmetic, rows, out),
        _ => {
            let averages = Averages::of_boxes((factor * factor) as u64);
            let width = out.len() * factor;
            for (x, out) in (0..width).step_by(factor).zip(out) {
                *out = averages
                    .of(&sums_of(arithmetic, rows.chunks_exact(width).map(|row| &row[x..x + factor])));
            }
        }
    }
}

/// The sums over the rows of a box.
fn sums_of<'p>(arithmetic: Arithmetic, rows: impl Iterator<Item = &'p [Pixel]>) -> BoxSums {
    let mut sums = BoxSums::default();
    rows.for_each(|row| sums.add_row(arithmetic, row));
    sums
}

/// The same for boxes of at most 256 pixels, a power of two. Most are all opaque, and then the sums of two channels fit a
/// word with room for rounding.
fn of_small_boxes<const SIDE: usize>(arithmetic: Arithmetic, rows: &[Pixel], out: &mut [Pixel]) {
    const { assert!(SIDE.is_power_of_two() && SIDE * SIDE <= AT_A_TIME) };
    let width = out.len() * SIDE;
    let pixels = (SIDE * SIDE) as u32;
    let averages = Averages::of_boxes(pixels.into());
    let half = pixels / 2 * 0x0001_0001;
    let rows: [&[Pixel]; SIDE] = std::array::from_fn(|y| &rows[y * width..][..width]);
    for (column, out) in out.iter_mut().enumerate() {
        let (mut even, mut odd, mut all) = (0u32, 0u32, u32::MAX);
        for row in rows {
            let Some(row) = row[column * SIDE..].first_chunk::<SIDE>() else { continue };
            for &pixel in row {
                even += pixel & HALVES;
                odd += pixel >> 8 & HALVES;
                all &= pixel;
            }
        }
        *out = if all >> 24 == 255 {
            let shift = pixels.ilog2();
            (even + half) >> shift & HALVES | ((odd + half) >> shift & HALVES) << 8
        } else if even | odd == 0 {
            0
        } else {
            let of_box = rows.iter().map(|row| &row[column * SIDE..][..SIDE]);
            averages.of(&sums_of(arithmetic, of_box))
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::{pack, unpack};

    /// The average by the definition, in 128-bit integers: each channel is the nearest to the exact fraction, halves up.
    fn exact(pixels: &[[u8; 4]]) -> [u8; 4] {
        let nearest = |numerator: u128, denominator: u128| {
            let (whole, rest) = (numerator / denominator, numerator % denominator);
            (whole + u128::from(2 * rest >= denominator)) as u8
        };
        let n = pixels.len() as u128;
        let alpha: u128 = pixels.iter().map(|pixel| u128::from(pixel[3])).sum();
        let a = nearest(alpha, n);
        if a == 0 {
            return [0; 4];
        }
        let colour = |channel: usize| {
            let sum: u128 = pixels.iter().map(|p| u128::from(p[channel]) * u128::from(p[3])).sum();
            // Halves of an odd sum of alpha do not exist.
            nearest(sum, alpha)
        };
        [colour(0), colour(1), colour(2), a]
    }

    fn average(arithmetic: Arithmetic, pixels: &[[u8; 4]], width: usize) -> [u8; 4] {
        let pixels: Vec<Pixel> = pixels.iter().map(|&pixel| pack(pixel)).collect();
        let sums = sums_of(arithmetic, pixels.chunks(width));
        let average = Averages::of_boxes(pixels.len() as u64).of(&sums);
        // Whole rows of boxes give the same.
        let (mut rows, mut out) = (Vec::new(), [7; 3]);
        pixels.chunks(width).for_each(|row| rows.extend([row, row, row].concat()));
        average_rows(arithmetic, width, &rows, &mut out);
        assert_eq!(out, [average; 3]);
        unpack(average)
    }

    #[test]
    fn boxes_of_four_equal_exact_fractions_for_all_small_pixels() {
        // Every box of 2x2 whose pixels have a colour of 0..4 and an alpha of 0..6; the other colours are made of these.
        let pixel = |number: usize| {
            let (c, a) = ((number % 4) as u8, (number / 4) as u8);
            if a == 0 { [0; 4] } else { [c, 3 - c, c * 85, a] }
        };
        for number in 0..24usize.pow(4) {
            let pixels = [0, 1, 2, 3].map(|place| pixel(number / 24usize.pow(place) % 24));
            assert_eq!(average(Arithmetic::Straight, &pixels, 2), exact(&pixels), "{pixels:?}");
        }
    }

    #[test]
    fn boxes_of_two_colours_equal_exact_fractions_for_all_values() {
        for size in [2usize, 3, 4, 8] {
            let n = size * size;
            for (ca, cb) in (0..=255u8).flat_map(|a| (a % 5..=255).step_by(5).map(move |b| (a, b))) {
                for first in [1, n / 2] {
                    let box_of = |a: [u8; 4], b: [u8; 4]| {
                        (0..n).map(|i| if i < first { a } else { b }).collect::<Vec<_>>()
                    };
                    let opaque = box_of([ca, cb, 7, 255], [cb, ca, 9, 255]);
                    let both = [Arithmetic::Straight, Arithmetic::Premultiplied];
                    let wanted = exact(&opaque);
                    assert_eq!(both.map(|each| average(each, &opaque, size)), [wanted; 2], "{ca} {cb}");
                    // A sum of colours rounds the same way with and without alpha.
                    let sum: u32 = opaque.iter().map(|pixel| u32::from(pixel[0])).sum();
                    assert_eq!(u32::from(wanted[0]), (sum + n as u32 / 2) / n as u32);
                    let cut = box_of([ca, cb, 7, 255], [0; 4]);
                    assert_eq!(both.map(|each| average(each, &cut, size)), [exact(&cut); 2], "{ca} {cb}");
                    let soft = box_of([ca, cb, 7, cb.max(1)], [cb, ca, 9, ca.max(1)]);
                    assert_eq!(average(Arithmetic::Straight, &soft, size), exact(&soft), "{ca} {cb}");
                }
            }
        }
    }

    #[test]
    fn large_boxes_do_not_overflow_and_parts_add_up() {
        let (side, white) = (600, [255u8; 4]);
        let row: Vec<Pixel> = vec![pack(white); side];
        let mut sums = BoxSums::default();
        for _ in 0..side {
            let mut part = BoxSums::default();
            part.add_row(Arithmetic::Straight, &row);
            sums.add(&part);
        }
        assert_eq!(unpack(Averages::of_boxes((side * side) as u64).of(&sums)), white);
        let faint: Vec<Pixel> = vec![pack([200, 100, 50, 3]); side];
        let mut sums = BoxSums::default();
        (0..side).for_each(|_| sums.add_row(Arithmetic::Straight, &faint));
        assert_eq!(unpack(Averages::of_boxes((side * side) as u64).of(&sums)), [200, 100, 50, 3]);
    }

    #[test]
    fn what_rounds_to_nothing_is_nothing() {
        let mut pixels = vec![[0; 4]; 9];
        pixels[4] = [90, 80, 70, 4];
        assert_eq!(average(Arithmetic::Straight, &pixels, 3), [0; 4]);
        pixels[5] = [90, 80, 70, 1];
        assert_eq!(average(Arithmetic::Straight, &pixels, 3), [90, 80, 70, 1]);
    }
}
