//! PNG filters, decided by row position only.
//!
//! The recipe chooses one filter for the whole collection, by trying all on its sample: None keeps flat colours as
//! runs, the others make the literals of textured art small. The row above the first of a tile row belongs to other
//! spans, so that row takes None, or Sub where the others look to the left anyway.
//!
//! Sub, Average and Paeth also use the pixel to the left, and that of a span's first pixel belongs to another span
//! too. So under these filters a span does not code its first column; it keeps its edges, and the column's bytes are
//! made at joining.

/// The filter of the rows below the first of a tile row (PNG specification, 9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Filter {
    /// Bytes as they are.
    None,
    /// Each byte minus the one of the pixel to the left.
    Sub,
    /// Each byte minus the one above.
    Up,
    /// Each byte minus the mean of left and above, rounded down.
    Average,
    /// Each byte minus whichever of left, above and above left is nearest to left + above - above left.
    Paeth,
}

impl Filter {
    /// All filters; where two make the same size the earlier one is taken.
    pub(crate) const ALL: [Self; 5] = [Self::None, Self::Up, Self::Sub, Self::Average, Self::Paeth];

    /// The filter's name in the PNG specification.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Sub => "Sub",
            Self::Up => "Up",
            Self::Average => "Average",
            Self::Paeth => "Paeth",
        }
    }

    /// Whether the pixel to the left takes part, so that spans leave out their first column.
    pub(crate) fn looks_left(self) -> bool {
        matches!(self, Self::Sub | Self::Average | Self::Paeth)
    }

    /// The filter of a row at `position` rows below the top of its tile row.
    fn at(self, position: usize) -> Self {
        match (self, position) {
            (Self::None | Self::Up, 0) => Self::None,
            (_, 0) => Self::Sub,
            _ => self,
        }
    }

    /// The filter byte of a row at `position` rows below the top of its tile row.
    pub(crate) fn byte(self, position: usize) -> u8 {
        match self.at(position) {
            Self::None => 0,
            Self::Sub => 1,
            Self::Up => 2,
            Self::Average => 3,
            Self::Paeth => 4,
        }
    }

    /// A filtered pixel from its neighbours, in a row at `position`.
    #[inline(always)]
    pub(crate) fn pixel(self, position: usize, around: Around) -> u32 {
        let Around { pixel, left, above, above_left } = around;
        match self.at(position) {
            Self::None => pixel,
            Self::Sub => subtract_bytes(pixel, left),
            Self::Up => subtract_bytes(pixel, above),
            Self::Average => subtract_bytes(pixel, average_bytes(left, above)),
            Self::Paeth => {
                let bytes = [left, above, above_left].map(u32::to_le_bytes);
                let predicted = std::array::from_fn(|i| paeth(bytes[0][i], bytes[1][i], bytes[2][i]));
                subtract_bytes(pixel, u32::from_le_bytes(predicted))
            }
        }
    }

    /// Filters a row of `pixels` at `position`, from its second pixel on where the filter looks to the left, else
    /// from its first. `above` is the row above, of the same length; at position 0 it is not looked at.
    #[inline(always)]
    pub(crate) fn row(self, position: usize, pixels: &[u32], above: &[u32], out: &mut [u32]) {
        let skipped = usize::from(self.looks_left());
        let here = &pixels[skipped..];
        match self.at(position) {
            Self::None => out.copy_from_slice(here),
            Self::Up => {
                out.iter_mut()
                    .zip(here.iter().zip(above))
                    .for_each(|(o, (&p, &b))| *o = subtract_bytes(p, b));
            }
            Self::Sub => {
                out.iter_mut()
                    .zip(here.iter().zip(pixels))
                    .for_each(|(o, (&p, &a))| *o = subtract_bytes(p, a));
            }
            Self::Average => {
                for (o, ((&p, &a), &b)) in out.iter_mut().zip(here.iter().zip(pixels).zip(&above[skipped..]))
                {
                    *o = subtract_bytes(p, average_bytes(a, b));
                }
            }
            Self::Paeth => {
                let all = here.iter().zip(pixels).zip(above[skipped..].iter().zip(above));
                for (o, ((&pixel, &left), (&above, &above_left))) in out.iter_mut().zip(all) {
                    *o = self.pixel(position, Around { pixel, left, above, above_left });
                }
            }
        }
    }
}

/// A pixel and those that filters look at.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Around {
    pub(crate) pixel: u32,
    pub(crate) left: u32,
    pub(crate) above: u32,
    pub(crate) above_left: u32,
}

/// Each byte of `a` minus the same byte of `b`, modulo 256.
#[inline(always)]
fn subtract_bytes(a: u32, b: u32) -> u32 {
    const HIGH: u32 = 0x8080_8080;
    ((a | HIGH) - (b & !HIGH)) ^ ((a ^ !b) & HIGH)
}

/// The mean of each byte of `a` and `b`, rounded down.
#[inline(always)]
fn average_bytes(a: u32, b: u32) -> u32 {
    (a & b) + (((a ^ b) >> 1) & 0x7f7f_7f7f)
}

/// Paeth's predictor (PNG specification, 9.4): `left`, `above` or `corner`, in this order where they tie.
#[inline(always)]
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(above), i16::from(corner));
    let (from_left, from_above, from_corner) = ((b - c).abs(), (a - c).abs(), (a + b - 2 * c).abs());
    let other = if from_above <= from_corner { above } else { corner };
    if from_left <= from_above && from_left <= from_corner { left } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_subtracted_and_averaged_each_on_its_own() {
        for a in 0..=255u8 {
            for b in 0..=255u8 {
                let (x, y) = ([a, b, 255 - a, a], [b, a, b, 0]);
                let (p, q) = (u32::from_le_bytes(x), u32::from_le_bytes(y));
                let want: [u8; 4] = std::array::from_fn(|i| x[i].wrapping_sub(y[i]));
                assert_eq!(subtract_bytes(p, q).to_le_bytes(), want);
                let want: [u8; 4] = std::array::from_fn(|i| ((u16::from(x[i]) + u16::from(y[i])) / 2) as u8);
                assert_eq!(average_bytes(p, q).to_le_bytes(), want);
            }
        }
    }

    /// The definition, word by word.
    fn paeth_of_the_specification(a: u8, b: u8, c: u8) -> u8 {
        let p = i32::from(a) + i32::from(b) - i32::from(c);
        let (pa, pb, pc) = ((p - i32::from(a)).abs(), (p - i32::from(b)).abs(), (p - i32::from(c)).abs());
        if pa <= pb && pa <= pc {
            a
        } else if pb <= pc {
            b
        } else {
            c
        }
    }

    #[test]
    fn paeth_is_that_of_the_specification_for_all_inputs() {
        for a in 0..=255 {
            for b in 0..=255 {
                for c in 0..=255 {
                    assert_eq!(paeth(a, b, c), paeth_of_the_specification(a, b, c), "{a} {b} {c}");
                }
            }
        }
    }

    #[test]
    fn rows_equal_single_pixels() {
        let mut state = 1u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state ^ state >> 16
        };
        for filter in Filter::ALL {
            for width in [1usize, 2, 3, 17, 100] {
                for position in 0..2 {
                    let above: Vec<u32> = (0..width).map(|_| random()).collect();
                    let row: Vec<u32> = (0..width).map(|_| random()).collect();
                    let skipped = usize::from(filter.looks_left());
                    let mut out = vec![0; width - skipped];
                    filter.row(position, &row, &above, &mut out);
                    for (x, &got) in (skipped..).zip(&out) {
                        let before = |row: &[u32]| if x > 0 { row[x - 1] } else { 0 };
                        let around = Around {
                            pixel: row[x],
                            left: before(&row),
                            above: above[x],
                            above_left: before(&above),
                        };
                        assert_eq!(
                            got,
                            filter.pixel(position, around),
                            "{filter:?} at {position}, pixel {x}"
                        );
                    }
                }
            }
        }
    }
}
