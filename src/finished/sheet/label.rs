//! Numbers below pictures, in a font of a few characters that is drawn here: no font file, no library, the same pixels
//! everywhere.

/// Each character five pixels wide and seven high; the highest of five bits is at the left.
const GLYPHS: [(char, [u8; 7]); 17] = [
    ('0', [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110]),
    ('1', [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110]),
    ('2', [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111]),
    ('3', [0b01110, 0b10001, 0b00001, 0b00110, 0b00001, 0b10001, 0b01110]),
    ('4', [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010]),
    ('5', [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110]),
    ('6', [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110]),
    ('7', [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000]),
    ('8', [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110]),
    ('9', [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100]),
    ('O', [0b01110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b01110]),
    ('L', [0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b10000, 0b11111]),
    ('D', [0b11110, 0b10001, 0b10001, 0b10001, 0b10001, 0b10001, 0b11110]),
    ('N', [0b10001, 0b11001, 0b10101, 0b10101, 0b10011, 0b10001, 0b10001]),
    ('E', [0b11111, 0b10000, 0b10000, 0b11110, 0b10000, 0b10000, 0b11111]),
    ('W', [0b10001, 0b10001, 0b10001, 0b10101, 0b10101, 0b11011, 0b10001]),
    ('#', [0b01010, 0b01010, 0b11111, 0b01010, 0b11111, 0b01010, 0b01010]),
];
const HEIGHT: u32 = 7;
/// With the space behind it.
const WIDTH: u32 = 6;
/// To be read on white and on black.
const COLOUR: [u8; 4] = [128, 128, 128, 255];

/// Writes `#N` centred below cells of one width.
#[derive(Debug)]
pub(crate) struct Label {
    /// Pixels of the sheet a pixel of the font.
    scale: u32,
    width: u32,
}

impl Label {
    /// For cells of `width` pixels, so that the longest of `editions` has room if that can be.
    pub(crate) fn new(width: u32, editions: &[u32]) -> Self {
        Self::with_words(width, editions, 0)
    }

    /// The same for numbers with words of so many characters behind them.
    pub(crate) fn with_words(width: u32, editions: &[u32], words: u32) -> Self {
        let longest = editions.iter().max().map_or(1, |edition| edition.to_string().len() as u32 + 1) + words;
        // Twelve characters of a cell's width are readable without drawing the eye.
        let scale = (width / (12 * WIDTH)).min(width / (longest * WIDTH)).max(1);
        Self { scale, width }
    }

    /// Pixels below each cell: the text, with room above and below it.
    pub(crate) fn height(&self) -> u32 {
        (HEIGHT + 4) * self.scale
    }

    /// Draws a number to a canvas of `canvas` pixels a row, below the cell whose lower left corner is at `corner`.
    pub(crate) fn draw(&self, pixels: &mut [u8], canvas: u32, corner: [u32; 2], edition: u32) {
        self.write(pixels, canvas, corner, &format!("#{edition}"));
    }

    /// Draws a text of the characters that there are, as [`Self::draw`] does.
    pub(crate) fn write(&self, pixels: &mut [u8], canvas: u32, [left, top]: [u32; 2], text: &str) {
        let long = (text.len() as u32 * WIDTH - 1) * self.scale;
        let start = left + self.width.saturating_sub(long) / 2;
        for (place, c) in text.chars().enumerate() {
            let glyph = GLYPHS.iter().find(|(known, _)| *known == c).map_or([0; 7], |(_, rows)| *rows);
            for y in 0..HEIGHT * self.scale {
                for x in 0..(WIDTH - 1) * self.scale {
                    let bits = glyph[(y / self.scale) as usize];
                    let column = start + place as u32 * WIDTH * self.scale + x;
                    // What is longer than its cell is cut off there.
                    if bits >> (WIDTH - 2 - x / self.scale) & 1 == 1 && column < left + self.width {
                        let at =
                            ((top + 2 * self.scale + y) as usize * canvas as usize + column as usize) * 4;
                        pixels[at..at + 4].copy_from_slice(&COLOUR);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_centred_below_their_cell_and_never_leave_it() {
        let label = Label::new(23, &[7, 42]);
        assert_eq!((label.scale, label.height()), (1, 11));
        let mut pixels = vec![0; 40 * 11 * 4];
        label.draw(&mut pixels, 40, [4, 0], 42);
        let row = |y: usize| -> String {
            (0..40).map(|x| if pixels[(y * 40 + x) * 4 + 3] == 255 { '#' } else { '.' }).collect()
        };
        let want = [
            ".....#.#.....#...###....................",
            ".....#.#....##..#...#...................",
            "....#####..#.#......#...................",
            ".....#.#..#..#....##....................",
            "....#####.#####..#......................",
            ".....#.#.....#..#.......................",
            ".....#.#.....#..#####...................",
        ];
        for (y, want) in want.iter().enumerate() {
            // The text is 17 pixels wide, so three of the cell's are left before it.
            assert_eq!(row(2 + y), format!("...{}", &want[..37]), "row {y}");
        }
        // A number that is longer than its cell is cut off.
        let mut pixels = vec![0; 40 * 11 * 4];
        Label::new(8, &[1_000_000]).draw(&mut pixels, 40, [0, 0], 1_000_000);
        let rightmost = (0..40 * 11).filter(|at| pixels[at * 4 + 3] == 255).map(|at| at % 40).max();
        assert!(rightmost.is_some_and(|x| x < 8));
    }
}
