//! Colour types: how a pixel is stored in the file.

use crate::pixel::{Pixel, pack, unpack};

/// The colour type of a collection's pictures, 8 bits a sample.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Color {
    /// Palette indices, one byte a pixel.
    Indexed(Palette),
    /// Red, green, blue: for collections that are opaque everywhere.
    Rgb,
    /// Red, green, blue and straight alpha.
    Rgba,
}

impl Color {
    /// Indices into a palette of these colours.
    ///
    /// # Errors
    /// Why they are no palette.
    pub(crate) fn indexed(colours: Vec<Pixel>) -> Result<Self, &'static str> {
        colours.try_into().map(Self::Indexed)
    }

    /// Bytes of a pixel.
    pub(crate) fn bytes_per_pixel(&self) -> usize {
        match self {
            Self::Indexed(_) => 1,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }

    /// How many values a byte of a picture can take: literals above are never used (filtered rows use all).
    pub(crate) fn values(&self) -> usize {
        match self {
            Self::Indexed(palette) => palette.len(),
            Self::Rgb | Self::Rgba => 256,
        }
    }

    /// Turns composited pixels into what the file stores of each, lowest byte first. With alpha they are straight already.
    pub(crate) fn to_samples(&self, pixels: &mut [Pixel]) {
        match self {
            Self::Rgb => pixels.iter_mut().for_each(|p| *p &= 0x00ff_ffff),
            Self::Rgba => {}
            Self::Indexed(palette) => {
                // Neighbours are mostly equal; one comparison saves the look-up.
                let (mut last, mut index) = (pixels[0], palette.index(pixels[0]));
                for p in pixels {
                    if *p != last {
                        (last, index) = (*p, palette.index(*p));
                    }
                    *p = index;
                }
            }
        }
    }

    /// Appends the bytes that the file stores of `samples` (from [`Self::to_samples`]).
    pub(crate) fn append_bytes(&self, samples: &[u32], out: &mut Vec<u8>) {
        match self {
            Self::Indexed(_) => out.extend(samples.iter().map(|&s| s as u8)),
            Self::Rgb => out.extend(samples.iter().flat_map(|&s| {
                let [r, g, b, _] = unpack(s);
                [r, g, b]
            })),
            Self::Rgba => out.extend(samples.iter().flat_map(|&s| unpack(s))),
        }
    }
}

/// Slots of the look-up table: four for each possible entry keep probes short.
const SLOTS: usize = 1024;

/// At most 256 colours: the transparent one first, if there is one, then the opaque ones.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "Vec<Pixel>", into = "Vec<Pixel>")]
pub(crate) struct Palette {
    pub(super) entries: Vec<Pixel>,
    /// Entry numbers + 1 by hash, 0 where free; collisions go to the next slot.
    pub(super) slots: Vec<u16>,
}

impl Palette {
    /// How many entries.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether every entry is one of `other`, too, at whatever place.
    pub(crate) fn is_in(&self, other: &Self) -> bool {
        self.entries.iter().all(|entry| other.entries.contains(entry))
    }

    /// The number of `pixel`. Every pixel of a collection is in its palette; another one gives entry 0.
    fn index(&self, pixel: Pixel) -> u32 {
        let mut slot = hash(pixel);
        loop {
            match self.slots[slot] {
                0 => {
                    debug_assert!(false, "{pixel:#x} is not in the palette");
                    return 0;
                }
                entry if self.entries[usize::from(entry) - 1] == pixel => return u32::from(entry) - 1,
                _ => slot = (slot + 1) % SLOTS,
            }
        }
    }

    /// The PLTE chunk's bytes.
    pub(crate) fn rgb(&self) -> Vec<u8> {
        self.entries
            .iter()
            .flat_map(|&p| {
                let [r, g, b, _] = unpack(p);
                [r, g, b]
            })
            .collect()
    }

    /// The tRNS chunk's bytes, if the first entry is the transparent one.
    pub(crate) fn transparency(&self) -> Option<Vec<u8>> {
        self.entries.first().is_some_and(|&p| p == pack([0; 4])).then(|| vec![0])
    }
}

fn hash(pixel: Pixel) -> usize {
    // Fibonacci hashing: the upper bits of a product with 2^32 / golden ratio.
    (pixel.wrapping_mul(0x9e37_79b1) >> 22) as usize
}

impl TryFrom<Vec<Pixel>> for Palette {
    type Error = &'static str;

    fn try_from(entries: Vec<Pixel>) -> Result<Self, Self::Error> {
        if !(1..=256).contains(&entries.len()) {
            return Err("a palette has 1 to 256 entries");
        }
        // Invisible pixels have no colour, so there is one transparent one.
        let (first, rest) = entries.split_first().expect("there is an entry");
        if *first != 0 && *first >> 24 != 255 || rest.iter().any(|entry| entry >> 24 != 255) {
            return Err("all entries of a palette are opaque, but for a transparent one at its beginning");
        }
        let mut slots = vec![0u16; SLOTS];
        for (number, &pixel) in (1u16..).zip(&entries) {
            let mut slot = hash(pixel);
            while slots[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            slots[slot] = number;
        }
        Ok(Self { entries, slots })
    }
}

impl From<Palette> for Vec<Pixel> {
    fn from(palette: Palette) -> Self {
        palette.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_of_a_full_palette_is_found() {
        let mut entries: Vec<Pixel> =
            (0..255u32).map(|i| 0xff00_0000 | i.wrapping_mul(0x0001_0307) & 0x00ff_ffff).collect();
        entries.insert(0, 0);
        let palette = Palette::try_from(entries.clone()).unwrap();
        for (number, &pixel) in entries.iter().enumerate() {
            assert_eq!(palette.index(pixel), number as u32);
        }
        assert_eq!(palette.transparency(), Some(vec![0]));
        let mut pixels = vec![entries[3], entries[3], entries[0], entries[255]];
        Color::Indexed(palette).to_samples(&mut pixels);
        assert_eq!(pixels, [3, 3, 0, 255]);
    }

    #[test]
    fn bytes_are_those_of_the_colour_type() {
        let pixel = pack([199, 50, 0, 3]);
        let mut samples = vec![pixel];
        Color::Rgba.to_samples(&mut samples);
        let mut bytes = Vec::new();
        Color::Rgba.append_bytes(&samples, &mut bytes);
        assert_eq!(bytes, [199, 50, 0, 3]);
        bytes.clear();
        Color::Rgb.append_bytes(&[pack([9, 8, 7, 0])], &mut bytes);
        assert_eq!(bytes, [9, 8, 7]);
    }
}
