//! PNG filters, decided by row position only.
//!
//! A span does not know its neighbours, so the first row of a tile row is never filtered: the row above it belongs to
//! other spans. For the other rows the recipe chooses one filter for the whole collection, by trying both on its
//! sample: None keeps flat colours as runs, Up makes the literals of textured art small.

/// The filter of the rows below the first of a tile row (PNG specification, 9.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Filter {
    /// Bytes as they are.
    None,
    /// Each byte minus the one above.
    Up,
}

impl Filter {
    /// The filter's name in the PNG specification.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Up => "Up",
        }
    }

    /// The filter byte of a row at `position` rows below the top of its tile row.
    pub(crate) fn byte(self, position: usize) -> u8 {
        match (self, position) {
            (Self::None, _) | (_, 0) => 0,
            (Self::Up, _) => 2,
        }
    }
}

/// Each byte of `a` minus the same byte of `b`, modulo 256.
#[inline]
fn subtract_bytes(a: u32, b: u32) -> u32 {
    const HIGH: u32 = 0x8080_8080;
    ((a | HIGH) - (b & !HIGH)) ^ ((a ^ !b) & HIGH)
}

/// Rows of `width` pixels with Up applied to all but the first.
pub(crate) fn filter_up(pixels: &[u32], width: usize, out: &mut Vec<u32>) {
    out.clear();
    out.extend_from_slice(&pixels[..width]);
    out.extend(pixels[width..].iter().zip(pixels).map(|(&below, &above)| subtract_bytes(below, above)));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_subtracted_each_on_its_own() {
        for a in 0..=255u8 {
            for b in 0..=255u8 {
                let (x, y) = ([a, b, 255 - a, a], [b, a, b, 0]);
                let want: [u8; 4] = std::array::from_fn(|i| x[i].wrapping_sub(y[i]));
                assert_eq!(subtract_bytes(u32::from_le_bytes(x), u32::from_le_bytes(y)).to_le_bytes(), want);
            }
        }
    }
}
