//! The decoded art: each trait as tiles, only those that hold anything.
//!
//! A full canvas at 2048x2048 is 16.8 MB, and a hundred of them do not fit a small machine; but most of a trait is
//! empty or one flat colour. So a tile is kept as nothing, as one pixel, or as its pixels, and two bit rows say
//! where a trait is at all and where it hides everything below. Those bit rows are all that `tiling` reads.
//!
//! Pixels are nearly all of the bytes, and need not be there all the time: a [`super::ArtStore`] with a budget lets
//! them go and decodes them again. What is not pixels always stays, so an item can be cut into spans at any time.

use std::sync::Arc;

use crate::art::held_pixels::{HeldPixels, Pixels};
use crate::files::Digest;
use crate::geometry::{Grid, Size};
use crate::pixel::{Arithmetic, Blend, Pixel};
use crate::project::Role;

/// What one trait shows in one tile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tile<'a> {
    /// Alpha 0 everywhere.
    Empty,
    /// The same pixel everywhere.
    Solid(Pixel),
    /// Pixels, row by row; rows are as wide as the tile, which is partial at the canvas' edge.
    Pixels(&'a [Pixel]),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Slot {
    Empty,
    Solid(Pixel),
    At(u32),
}

/// One trait, decoded: in the arithmetic of its [`Art`](crate::art::Art), opacity applied, cut into tiles. Clones share
/// what they hold.
#[derive(Clone, Debug)]
pub struct TraitArt {
    shape: Arc<Shape>,
    /// `None` while the pixels are let go.
    pixels: Option<Arc<Pixels>>,
}

/// Bits that all of some pixels share and bits that any has, with those of more pixels.
fn bits_of(bits: (u32, u32), pixels: &[Pixel]) -> (u32, u32) {
    pixels.iter().fold(bits, |(all, any), &pixel| (all & pixel, any | pixel))
}

/// Pixels of each tile, in reading order.
fn areas(grid: Grid) -> impl Iterator<Item = usize> {
    (0..grid.rows()).flat_map(move |row| {
        (0..grid.columns()).map(move |column| grid.x_range(column).len() * grid.y_range(row).len())
    })
}

/// Everything of a trait but its pixels.
#[derive(Clone, Debug)]
struct Shape {
    grid: Grid,
    blend: Blend,
    role: Role,
    slots: Box<[Slot]>,
    /// How many pixels the slots refer to.
    pixels: usize,
    /// One bit a tile, `words_per_row` words a tile row, lowest bit first.
    present: Box<[u64]>,
    hiding: Box<[u64]>,
}

/// A shape that grows tile by tile, in reading order.
struct Tiles {
    grid: Grid,
    slots: Vec<Slot>,
    present: Vec<u64>,
    hiding: Vec<u64>,
}

impl Tiles {
    fn new(grid: Grid) -> Self {
        let bits = vec![0; TraitArt::words_per_row(&grid) * grid.rows()];
        Self {
            grid,
            slots: Vec::with_capacity(grid.rows() * grid.columns()),
            present: bits.clone(),
            hiding: bits,
        }
    }

    /// Adds a tile by the bits that all its pixels share and those that any has; true if it is mixed, and its pixels are
    /// to be kept from `end` on.
    fn add(&mut self, (all, any): (u32, u32), end: usize) -> bool {
        let (row, column) = (self.slots.len() / self.grid.columns(), self.slots.len() % self.grid.columns());
        let word = row * TraitArt::words_per_row(&self.grid) + column / 64;
        let slot = if any >> 24 == 0 {
            Slot::Empty
        } else if all == any {
            Slot::Solid(any)
        } else {
            Slot::At(u32::try_from(end).expect("16384 x 16384 pixels fit 32 bits"))
        };
        self.present[word] |= u64::from(slot != Slot::Empty) << (column % 64);
        self.hiding[word] |= u64::from(all >> 24 == 255) << (column % 64);
        self.slots.push(slot);
        matches!(slot, Slot::At(_))
    }

    /// Only a normal trait hides what is below it: in every other mode opaque pixels let it through too.
    fn into_shape(mut self, blend: Blend, pixels: usize) -> Shape {
        if blend != Blend::Normal {
            self.hiding.fill(0);
        }
        let Self { grid, slots, present, hiding } = self;
        let role = Role::default();
        Shape {
            grid,
            blend,
            role,
            slots: slots.into(),
            pixels,
            present: present.into(),
            hiding: hiding.into(),
        }
    }
}

/// A trait that grows by a tile row at a time, from the top.
pub(super) struct Bands<'p> {
    tiles: Tiles,
    /// Of each tile of a band: bits that all of its pixels share, and bits that any has. They answer every question.
    bits: Vec<(u32, u32)>,
    /// Room for the pixels of mixed tiles. It stays from trait to trait: growing it for each was a tenth of decoding.
    pixels: &'p mut Vec<Pixel>,
}

impl<'p> Bands<'p> {
    /// For a canvas of this grid; `room` is used again from trait to trait.
    pub(super) fn new(grid: Grid, room: &'p mut Vec<Pixel>) -> Self {
        room.clear();
        Self { tiles: Tiles::new(grid), bits: vec![(0, 0); grid.columns()], pixels: room }
    }

    /// Adds the pixels of the next tile row, row by row. Those of alpha 0 are 0.
    pub(super) fn add(&mut self, band: &[Pixel]) {
        let Self { tiles, bits, pixels } = self;
        let grid = tiles.grid;
        let (width, tile) = (grid.size().width as usize, grid.x_range(0).len());
        bits.fill((u32::MAX, 0));
        // Through the whole tile row line by line, as it lies in memory: going tile by tile, 64 lines that are
        // 8 KB apart at a time, took 1.3 to 2.2 times as long on a shape and 3 to 5 times on noise.
        for line in band.chunks_exact(width) {
            for (bits, pixels) in bits.iter_mut().zip(line.chunks(tile)) {
                *bits = bits_of(*bits, pixels);
            }
        }
        for (column, &bits) in bits.iter().enumerate() {
            if tiles.add(bits, pixels.len()) {
                let xs = grid.x_range(column);
                band.chunks_exact(width).for_each(|line| pixels.extend_from_slice(&line[xs.clone()]));
            }
        }
    }

    /// The trait, all of whose tile rows were added.
    pub(super) fn finish(self) -> TraitArt {
        let shape = self.tiles.into_shape(Blend::Normal, self.pixels.len());
        TraitArt::of_shape(shape, self.pixels.as_slice().into())
    }
}

impl TraitArt {
    /// Words of the bit rows that one tile row takes.
    #[must_use]
    pub const fn words_per_row(grid: &Grid) -> usize {
        grid.columns().div_ceil(64)
    }

    /// Cuts a whole canvas of pixels (`size.pixels()` of them, row by row) into tiles. Those of alpha 0 are 0.
    #[must_use]
    pub fn from_canvas(grid: Grid, canvas: &[Pixel]) -> Self {
        assert_eq!(canvas.len() as u64, grid.size().pixels(), "a trait fills its canvas");
        let mut pixels = Vec::new();
        let mut bands = Bands::new(grid, &mut pixels);
        canvas
            .chunks(Grid::TILE_HEIGHT as usize * grid.size().width as usize)
            .for_each(|band| bands.add(band));
        bands.finish()
    }

    /// A trait of one colour over the whole canvas (the background colour under everything).
    #[must_use]
    pub fn solid(grid: Grid, pixel: Pixel) -> Self {
        let mut tiles = Tiles::new(grid);
        (0..grid.rows() * grid.columns()).for_each(|_| _ = tiles.add((pixel, pixel), 0));
        Self::of_shape(tiles.into_shape(Blend::Normal, 0), Vec::new())
    }

    /// Where a trait is, a bit a tile, without anything that it shows there: its tiles cannot be read.
    pub(crate) fn of_coverage(grid: Grid, blend: Blend, present: Vec<u64>, hiding: Vec<u64>) -> Self {
        let (present, hiding) = (present.into(), hiding.into());
        let (role, slots) = (Role::default(), Box::default());
        Self::of_shape(Shape { grid, blend, role, slots, pixels: 0, present, hiding }, Vec::new())
    }

    fn of_shape(shape: Shape, pixels: Vec<Pixel>) -> Self {
        Self { shape: Arc::new(shape), pixels: Some(Arc::new(Pixels::new(pixels))) }
    }

    /// The trait of straight pixels that this is, in `arithmetic` and at a layer's opacity: what [`Self::from_canvas`] gives
    /// of a canvas that is converted.
    ///
    /// # Panics
    /// If the pixels were let go.
    #[must_use]
    pub(crate) fn converted(mut self, arithmetic: Arithmetic, opacity: u8) -> Self {
        if arithmetic == Arithmetic::Straight && opacity == 255 {
            return self;
        }
        let (grid, blend, role) = (self.shape.grid, self.shape.blend, self.shape.role);
        let (old, mut tiles) = (&self.shape.slots, Tiles::new(grid));
        let held = self.pixels.as_mut().expect("pixels are held while they are converted");
        if Arc::get_mut(held).is_none() {
            // Shared with a clone: changed apart from it.
            *held = Arc::new(Pixels::new(held.all().to_vec()));
        }
        let held = Arc::get_mut(held).expect("no other owner holds them");
        let pixels = held.change(|pixels| {
            let mut end = 0;
            for (slot, area) in old.iter().zip(areas(grid)) {
                match *slot {
                    Slot::Empty => _ = tiles.add((0, 0), end),
                    Slot::Solid(mut pixel) => {
                        arithmetic.convert(std::slice::from_mut(&mut pixel), opacity);
                        tiles.add((pixel, pixel), end);
                    }
                    Slot::At(at) => {
                        let at = at as usize..at as usize + area;
                        arithmetic.convert(&mut pixels[at.clone()], opacity);
                        // Different pixels can become the same, and leave a gap.
                        if tiles.add(bits_of((u32::MAX, 0), &pixels[at.clone()]), end) {
                            if at.start != end {
                                pixels.copy_within(at, end);
                            }
                            end += area;
                        }
                    }
                }
            }
            pixels.truncate(end);
            end
        });
        self.shape = Arc::new(Shape { role, ..tiles.into_shape(blend, pixels) });
        self
    }

    /// The same trait with its pixels counted in `account` for as long as anybody holds them.
    pub(crate) fn counted(mut self, account: &Arc<HeldPixels>) -> Self {
        // Right after decoding no other owner holds them yet.
        if let Some(pixels) = self.pixels.as_mut().and_then(Arc::get_mut) {
            pixels.count_in(account);
        }
        self
    }

    /// The same trait, its pixels let go unless there are none that could be.
    pub(crate) fn without_pixels(mut self) -> Self {
        if self.shape.pixels > 0 {
            self.pixels = None;
        }
        self
    }

    /// The pixels, if they are held.
    pub(crate) fn pixels(&self) -> Option<&Arc<Pixels>> {
        self.pixels.as_ref()
    }

    /// Whether every tile can be read.
    #[must_use]
    pub fn holds_pixels(&self) -> bool {
        self.pixels.is_some()
    }

    /// Gives the trait its pixels back.
    pub(crate) fn set_pixels(&mut self, pixels: Arc<Pixels>) {
        assert_eq!(pixels.all().len(), self.shape.pixels, "pixels return to the trait they came from");
        self.pixels = Some(pixels);
    }

    /// Bytes that the pixels take while they are held.
    pub(crate) fn pixel_bytes(&self) -> u64 {
        (self.shape.pixels * size_of::<Pixel>()) as u64
    }

    /// Bytes that are always held.
    pub(crate) fn shape_bytes(&self) -> u64 {
        let shape = &*self.shape;
        let bits = size_of_val(&*shape.present) + size_of_val(&*shape.hiding);
        (size_of_val(&*shape.slots) + bits) as u64
    }

    /// The same trait in another blend mode. Only a normal one hides what is below it: in every other mode opaque
    /// pixels let it through too.
    #[must_use]
    pub fn with_blend(mut self, blend: Blend) -> Self {
        let shape = Arc::make_mut(&mut self.shape);
        shape.blend = blend;
        if blend != Blend::Normal {
            shape.hiding.fill(0);
        }
        self
    }

    /// The same trait with another role.
    #[must_use]
    pub fn with_role(mut self, role: Role) -> Self {
        Arc::make_mut(&mut self.shape).role = role;
        self
    }

    /// What the trait is to those below and above it.
    #[must_use]
    pub fn role(&self) -> Role {
        self.shape.role
    }

    /// How the trait mixes with what is below it.
    #[must_use]
    pub fn blend(&self) -> Blend {
        self.shape.blend
    }

    /// What the trait shows at tile `column` of tile row `row`.
    ///
    /// # Panics
    /// If the tile has pixels and they were let go to keep a budget: a wrong picture would be worse.
    #[must_use]
    pub fn tile(&self, row: usize, column: usize) -> Tile<'_> {
        let grid = &self.shape.grid;
        match self.shape.slots[row * grid.columns() + column] {
            Slot::Empty => Tile::Empty,
            Slot::Solid(pixel) => Tile::Solid(pixel),
            Slot::At(at) => {
                let length = grid.x_range(column).len() * grid.y_range(row).len();
                let pixels = self.pixels.as_ref().expect("pixels are held while tiles are read").all();
                Tile::Pixels(&pixels[at as usize..at as usize + length])
            }
        }
    }

    /// Whether the tile is neither empty nor of one colour; known while the pixels are let go, too.
    #[must_use]
    pub fn is_mixed(&self, row: usize, column: usize) -> bool {
        matches!(self.shape.slots[row * self.shape.grid.columns() + column], Slot::At(_))
    }

    /// Whether the trait hides everything below it, in every tile.
    #[must_use]
    pub fn hides_all(&self) -> bool {
        let grid = &self.shape.grid;
        let tiles: u32 = self.shape.hiding.iter().map(|word| word.count_ones()).sum();
        tiles as usize == grid.rows() * grid.columns()
    }

    /// Whether the trait shows nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shape.present.iter().all(|word| *word == 0)
    }

    /// The tiles of a tile row where the trait is not empty, a bit each, lowest first.
    #[must_use]
    pub fn present_row(&self, row: usize) -> &[u64] {
        let words = Self::words_per_row(&self.shape.grid);
        &self.shape.present[row * words..(row + 1) * words]
    }

    /// The tiles of a tile row where the trait hides everything below: alpha 255 in every pixel of a normal layer.
    #[must_use]
    pub fn hiding_row(&self, row: usize) -> &[u64] {
        let words = Self::words_per_row(&self.shape.grid);
        &self.shape.hiding[row * words..(row + 1) * words]
    }

    /// Whether the trait hides everything below in one tile.
    #[must_use]
    pub(crate) fn hides(&self, row: usize, column: usize) -> bool {
        self.hiding_row(row)[column / 64] >> (column % 64) & 1 == 1
    }

    /// Bytes of memory that the trait takes while its pixels are held.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.shape_bytes() + self.pixel_bytes()
    }

    /// Mean alpha over the canvas, 0.0 to 1.0: how much the trait covers.
    #[must_use]
    pub fn mean_alpha(&self) -> f64 {
        let mut sum = 0u64;
        for row in 0..self.shape.grid.rows() {
            for column in 0..self.shape.grid.columns() {
                let area = self.shape.grid.x_range(column).len() * self.shape.grid.y_range(row).len();
                sum += match self.tile(row, column) {
                    Tile::Empty => 0,
                    Tile::Solid(pixel) => u64::from(pixel >> 24) * area as u64,
                    Tile::Pixels(pixels) => pixels.iter().map(|p| u64::from(p >> 24)).sum(),
                };
            }
        }
        sum as f64 / (255.0 * self.shape.grid.size().pixels() as f64)
    }

    /// BLAKE3 of the canvas size and what every tile shows: equal art, equal digest, whatever file it came from. The
    /// blend mode is not art but configuration.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut hasher = blake3::Hasher::new();
        let Size { width, height } = self.shape.grid.size();
        hasher.update(&width.to_le_bytes());
        hasher.update(&height.to_le_bytes());
        let mut bytes = Vec::new();
        for slot in &self.shape.slots {
            bytes.clear();
            match *slot {
                Slot::Empty => bytes.push(0),
                Slot::Solid(pixel) => {
                    bytes.push(1);
                    bytes.extend(pixel.to_le_bytes());
                }
                Slot::At(_) => bytes.push(2),
            }
            hasher.update(&bytes);
        }
        let pixels = self.pixels.as_ref().expect("pixels are held while they are digested").all();
        // On most machines the pixels are in memory as they are hashed, red first.
        if cfg!(target_endian = "little") {
            hasher.update(bytemuck::cast_slice(pixels));
        } else {
            pixels.iter().for_each(|pixel| _ = hasher.update(&pixel.to_le_bytes()));
        }
        hasher.finalize().into()
    }
}
