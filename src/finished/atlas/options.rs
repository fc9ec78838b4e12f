//! What an atlas is to be like, and what was made.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use crate::finished::sheet::Pick;
use crate::geometry::MAX_SIDE;

/// The tool whose JSON describes the sprites.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AtlasFormat {
    /// TexturePacker's "JSON (Hash)": frames by name.
    #[default]
    Hash,
    /// TexturePacker's "JSON (Array)": a list of frames in order.
    Array,
    /// Aseprite's "Array": a list of frames with durations, and a tag for the frames of each picture.
    Aseprite,
}

/// What an atlas is to be like.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AtlasOptions {
    /// Which pictures come first.
    pub pick: Pick,
    /// The most pictures; `None` is all.
    pub count: Option<u32>,
    /// The longer side of each picture in pixels; `None` is the pictures' own size.
    pub size: Option<u32>,
    /// Width and height of the cells that pictures are cut into; each is a sprite.
    pub cell: Option<[u32; 2]>,
    /// Whether transparent edges are cut off.
    pub trim: bool,
    /// Pixels between sprites and around them, at most [`Self::MAX_GAP`].
    pub gap: u32,
    /// Pixels by which the edge of each sprite is repeated around it, at most [`Self::MAX_EXTRUDE`].
    pub extrude: u32,
    /// Sprites a row, where all have one size; `None` makes it about as wide as high.
    pub columns: Option<u32>,
    /// The longest side of a page. What one page cannot hold goes to more of them; `None` allows one page.
    pub max_side: Option<u32>,
    /// Whether width and height are powers of two.
    pub powers_of_two: bool,
    /// Names of sprites: text with `{name}`, `{title}`, `{edition}`, `{frame}`, `{row}` and `{column}`; `None` is `{name}.png`, and
    /// `{name}-{frame}.png` for cells, with the ending of the pictures.
    pub names: Option<String>,
    /// The tool whose JSON describes the sprites.
    pub format: AtlasFormat,
    /// Milliseconds of each frame, where the format has them.
    pub duration: u32,
    /// Threads that work, at most 1024; `None` takes one per processor.
    pub threads: Option<NonZeroUsize>,
    /// Replace files that are there already.
    pub force: bool,
}

impl AtlasOptions {
    /// The most pixels between sprites.
    pub const MAX_GAP: u32 = 1024;
    /// The most pixels by which edges are repeated.
    pub const MAX_EXTRUDE: u32 = 64;
    /// The longest side of a page.
    pub const MAX_SIDE: u32 = MAX_SIDE;
    /// Milliseconds of a frame if nothing else is asked for, as in Aseprite.
    pub const DURATION: u32 = 100;
}

impl Default for AtlasOptions {
    fn default() -> Self {
        Self {
            pick: Pick::First,
            count: None,
            size: None,
            cell: None,
            trim: false,
            gap: 0,
            extrude: 0,
            columns: None,
            max_side: None,
            powers_of_two: false,
            names: None,
            format: AtlasFormat::Hash,
            duration: Self::DURATION,
            threads: None,
            force: false,
        }
    }
}

/// What was made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Atlas {
    /// How many pictures it shows.
    pub pictures: usize,
    /// How many sprites these are.
    pub sprites: usize,
    /// Its pages, at least one.
    pub pages: Vec<AtlasPage>,
    /// Whether its pages have palettes, as all of its pictures have.
    pub indexed: bool,
    /// If scaling has blurred pixel art: the side that its pictures had.
    pub blurred: Option<u32>,
}

/// One picture of an atlas.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AtlasPage {
    /// The picture.
    pub file: PathBuf,
    /// The JSON file that describes its sprites.
    pub json: PathBuf,
    /// How many sprites it shows.
    pub sprites: usize,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}
