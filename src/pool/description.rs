//! The description of a pool: what its pictures are, as JSON that programs and people can read.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::geometry::{Grid, MAX_SIDE, Size};
use crate::png::{CodeLengths, Color, Encoder, Filter, Format, Search, shape_of};
use crate::pool::error::Damage;

const FORMAT: &str = "traitpress-pool/1";
/// Bytes before the data of a picture: a profile is the largest part.
const MOST_HEAD: usize = 16 << 20;

/// The pictures of one size.
#[derive(Clone, Debug)]
pub(crate) struct PoolSize {
    /// The folder of their files.
    pub(crate) folder: String,
    pub(crate) extension: String,
    pub(crate) size: Size,
    /// How they are joined; none where all are whole files.
    pub(crate) encoder: Option<Arc<Encoder>>,
}

impl PoolSize {
    /// Tile rows of spans.
    pub(crate) fn tile_rows(&self) -> usize {
        if self.encoder.is_some() { Grid::new(self.size).rows() } else { 0 }
    }
}

/// What the section holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Description {
    format: String,
    pub(super) items: u64,
    tile: [u32; 2],
    /// Whether the digests of all files are there.
    pub(super) digests: bool,
    sizes: Vec<Described>,
    /// What the manifest would begin with, where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) run: Option<serde_json::Value>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Described {
    folder: String,
    extension: String,
    width: u32,
    height: u32,
    #[serde(flatten)]
    spans: Option<DescribedSpans>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct DescribedSpans {
    color: String,
    filter: Filter,
    head: String,
    block: String,
    block_bits: u32,
    literals: Vec<u8>,
    distances: Vec<u8>,
}

impl Description {
    pub(super) fn new(items: u64, digests: bool, sizes: &[PoolSize], run: Option<serde_json::Value>) -> Self {
        let described = |size: &PoolSize| Described {
            folder: size.folder.clone(),
            extension: size.extension.clone(),
            width: size.size.width,
            height: size.size.height,
            spans: size.encoder.as_deref().map(DescribedSpans::of),
        };
        Self {
            format: FORMAT.to_owned(),
            items,
            tile: [Grid::TILE_WIDTH, Grid::TILE_HEIGHT],
            digests,
            sizes: sizes.iter().map(described).collect(),
            run,
        }
    }

    /// Reads it, and how the pictures of each size are made.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, Vec<PoolSize>), Damage> {
        let this: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("its description cannot be read: {error}"))?;
        if this.format != FORMAT {
            return Err(format!("its format is {:?}, this program reads {FORMAT}", this.format).into());
        }
        if this.tile != [Grid::TILE_WIDTH, Grid::TILE_HEIGHT] {
            return Err(format!("its tiles have {:?} pixels", this.tile).into());
        }
        if this.sizes.is_empty() || this.sizes.len() > usize::from(u8::MAX) {
            return Err(format!("its pictures have {} sizes", this.sizes.len()).into());
        }
        let sizes = this.sizes.iter().map(Described::size).collect::<Result<_, _>>()?;
        Ok((this, sizes))
    }
}

impl Described {
    fn size(&self) -> Result<PoolSize, Damage> {
        let Self { folder, extension, width, height, spans } = self;
        if [*width, *height].iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
            return Err(
                format!("its pictures have {width}x{height} pixels; a side has 1 to {MAX_SIDE}").into()
            );
        }
        let size = Size { width: *width, height: *height };
        let encoder = spans.as_ref().map(|spans| spans.encoder(size)).transpose()?;
        Ok(PoolSize { folder: folder.clone(), extension: extension.clone(), size, encoder })
    }
}

impl DescribedSpans {
    fn of(encoder: &Encoder) -> Self {
        let (block, block_bits) = encoder.block_header();
        let color = match encoder.format().color {
            Color::Indexed(_) => "indexed",
            Color::Rgb => "rgb",
            Color::Rgba => "rgba",
        };
        Self {
            color: color.to_owned(),
            filter: encoder.filter(),
            head: STANDARD.encode(encoder.head()),
            block: STANDARD.encode(block),
            block_bits,
            literals: encoder.lengths().literals.clone(),
            distances: encoder.lengths().distances.clone(),
        }
    }

    /// An encoder that joins pictures of these spans.
    fn encoder(&self, size: Size) -> Result<Arc<Encoder>, Damage> {
        let decode = |text: &str| {
            STANDARD.decode(text).map_err(|error| Damage(format!("its base64 is wrong: {error}")))
        };
        // Of the colours joining needs the bytes a pixel alone; what names them is in the head.
        let (color, values) = match self.color.as_str() {
            "rgb" => (Color::Rgb, 256),
            "rgba" => (Color::Rgba, 256),
            "indexed" => (Color::indexed(vec![0]).expect("one colour is a palette"), 1),
            other => return Err(format!("its pictures have the colour type {other:?}").into()),
        };
        let format = Format { size, color, icc_profile: None };
        let code = CodeLengths { literals: self.literals.clone(), distances: self.distances.clone() };
        if !code.are_for(shape_of(&format), values) {
            return Err("its code is not one of such pictures".into());
        }
        let head = decode(&self.head)?;
        // Signature and IHDR, with their checksum, are those of this size and colour type.
        let fixed = format.head()[..33].to_vec();
        if head.len() > MOST_HEAD || !head.starts_with(&fixed) {
            return Err("its pictures begin otherwise than pictures of their size do".into());
        }
        let encoder = Encoder::new(format, self.filter, code, Search::Straight).with_head(head);
        let (block, bits) = encoder.block_header();
        if decode(&self.block)? != block || bits != self.block_bits {
            return Err("the header of its deflate block is not that of its code".into());
        }
        Ok(Arc::new(encoder))
    }
}
