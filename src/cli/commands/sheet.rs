//! `sheet`: many pictures of a finished collection in one, to look at or as a sprite atlas.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;

use traitpress::finished::{Atlas, AtlasFormat, AtlasOptions, AtlasPage, Pick, SheetOptions, atlas, sheet};

use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::thousands;
use crate::cli::output_paths::ensure_writable;
use crate::cli::print::{errln, outln};
use crate::cli::values::{items, seed, threads};

/// The heading of the options of atlases.
const ATLAS: &str = "Atlas";

#[derive(Debug, clap::Args)]
pub(crate) struct SheetArgs {
    /// The collection: a folder that generate wrote
    dir: PathBuf,
    /// The file to write, FILE.png or FILE.webp [default: sheet.png, or atlas.png]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Pictures per row [default: about as many as rows]
    #[arg(long, value_name = "N", value_parser = items())]
    columns: Option<u32>,
    /// Pixels of each picture's longer side, 1 to 16384 [default: 128; in an atlas the pictures' own]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(1..=16384))]
    size: Option<u32>,
    /// Which pictures
    #[arg(long, value_enum, default_value_t = PickName::First)]
    pick: PickName,
    /// How many pictures [default: 100; in an atlas all]
    #[arg(long, value_name = "N", value_parser = items())]
    count: Option<u32>,
    /// The seed of --pick random
    #[arg(long, value_parser = seed(), default_value_t = 1)]
    seed: u64,
    /// Pixels between pictures and around them [default: 8; in an atlas 0]
    #[arg(long, visible_alias = "padding", value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(0..=i64::from(SheetOptions::MAX_GAP)))]
    gap: Option<u32>,
    /// Write each picture's number below it
    #[arg(long, conflicts_with = "atlas")]
    labels: bool,
    /// Make a sprite atlas: the picture, and beside it a JSON file with the rectangle of each sprite
    #[arg(long)]
    atlas: bool,
    /// Cut each picture into cells of this size; each cell is a sprite
    #[arg(long, value_name = "WxH", requires = "atlas", value_parser = parse_cell, help_heading = ATLAS)]
    cell: Option<[u32; 2]>,
    /// Cut off the transparent edges of sprites
    #[arg(long, requires = "atlas", help_heading = ATLAS)]
    trim: bool,
    /// Repeat the edge of each sprite so many pixels around it, 0 to 64: textures do not bleed
    #[arg(long, value_name = "PIXELS", requires = "atlas", default_value_t = 0, help_heading = ATLAS,
          value_parser = clap::value_parser!(u32).range(0..=i64::from(AtlasOptions::MAX_EXTRUDE)))]
    extrude: u32,
    /// The longest side of the atlas. Sprites that do not fit go to more pages: FILE-0.png, FILE-1.png ..
    #[arg(long, value_name = "PIXELS", requires = "atlas", help_heading = ATLAS,
          value_parser = clap::value_parser!(u32).range(1..=i64::from(AtlasOptions::MAX_SIDE)))]
    max_side: Option<u32>,
    /// Make the atlas' width and height powers of two
    #[arg(long, requires = "atlas", help_heading = ATLAS)]
    power_of_two: bool,
    /// Names of sprites, with {name} (of the picture's file), {title}, {edition}, {frame}, {row}, {column}, e.g.
    /// "{name}/{frame:02}" [default: {name}.png, or {name}-{frame}.png with --cell]
    #[arg(long, value_name = "TEMPLATE", requires = "atlas", help_heading = ATLAS)]
    names: Option<String>,
    /// The format of the JSON file
    #[arg(long, value_enum, requires = "atlas", default_value_t = FormatName::Hash, help_heading = ATLAS)]
    format: FormatName,
    /// Milliseconds of each frame, for --format aseprite
    #[arg(long, value_name = "MS", requires = "atlas", default_value_t = AtlasOptions::DURATION, help_heading = ATLAS,
          value_parser = clap::value_parser!(u32).range(1..=65_535))]
    duration: u32,
    /// Worker threads, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<NonZeroUsize>,
    /// Replace existing files
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PickName {
    /// By number
    First,
    /// At random, by --seed
    Random,
    /// The rarest first, by information content
    Rarest,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum FormatName {
    /// TexturePacker's "JSON (Hash)": frames by name
    Hash,
    /// TexturePacker's "JSON (Array)": a list of frames
    Array,
    /// Aseprite's "Array", with durations, and a tag per picture with --cell
    Aseprite,
}

/// Reads "64x64".
fn parse_cell(text: &str) -> Result<[u32; 2], String> {
    let sides = text.split_once(['x', 'X']).map(|(width, height)| [width.parse(), height.parse()]);
    match sides {
        Some([Ok(width), Ok(height)]) if width > 0 && height > 0 => Ok([width, height]),
        _ => Err("give width and height in pixels, such as 64x64".to_owned()),
    }
}

/// A sheet or an atlas to make: the settings have their defaults, and the file can be written.
struct SheetJob {
    collection: PathBuf,
    file: PathBuf,
    kind: Kind,
}

enum Kind {
    Sheet(SheetOptions),
    Atlas(AtlasOptions),
}

impl TryFrom<SheetArgs> for SheetJob {
    type Error = Failure;

    fn try_from(args: SheetArgs) -> Result<Self, Failure> {
        let pick = match args.pick {
            PickName::First => Pick::First,
            PickName::Random => Pick::Random { seed: args.seed },
            PickName::Rarest => Pick::Rarest,
        };
        let default = if args.atlas { "atlas.png" } else { "sheet.png" };
        let file = args.output.unwrap_or_else(|| default.into());
        ensure_writable(&file, "-o")?;
        let kind = if args.atlas {
            let mut options = AtlasOptions::default();
            options.pick = pick;
            options.count = args.count;
            options.size = args.size;
            options.cell = args.cell;
            options.trim = args.trim;
            options.gap = args.gap.unwrap_or(0);
            options.extrude = args.extrude;
            options.columns = args.columns;
            options.max_side = args.max_side;
            options.powers_of_two = args.power_of_two;
            options.names = args.names;
            options.format = match args.format {
                FormatName::Hash => AtlasFormat::Hash,
                FormatName::Array => AtlasFormat::Array,
                FormatName::Aseprite => AtlasFormat::Aseprite,
            };
            options.duration = args.duration;
            options.threads = args.threads;
            options.force = args.force;
            Kind::Atlas(options)
        } else {
            let mut options = SheetOptions::default();
            options.size = args.size;
            options.columns = args.columns;
            options.count = args.count;
            options.pick = pick;
            options.gap = args.gap.unwrap_or(8);
            options.labels = args.labels;
            options.threads = args.threads;
            options.force = args.force;
            Kind::Sheet(options)
        };
        Ok(Self { collection: args.dir, file, kind })
    }
}

pub(crate) fn run(args: SheetArgs) -> Result<(), Failure> {
    SheetJob::try_from(args)?.run()
}

impl SheetJob {
    fn run(self) -> Result<(), Failure> {
        let Self { collection, file, kind } = self;
        let interrupt = Interrupt::watch()?;
        match kind {
            Kind::Sheet(options) => {
                let made = interrupt.or_end(|| sheet(&collection, &file, &options))?;
                outln!(
                    "wrote {}: {} pictures, {} a row, {}x{} pixels",
                    file.display(),
                    thousands(made.pictures as u64),
                    made.columns,
                    made.width,
                    made.height
                );
            }
            Kind::Atlas(options) => {
                let made = interrupt.or_end(|| atlas(&collection, &file, &options))?;
                print(&made);
            }
        }
        Ok(())
    }
}

fn print(made: &Atlas) {
    if let Some(side) = made.blurred {
        errln!(
            "warning: this is pixel art of {side} pixels, and scaling it down blurs it; leave out --size, or use a multiple of {side}"
        );
    }
    let palette = if made.indexed { ", with a palette" } else { "" };
    for AtlasPage { file, json, sprites, width, height, .. } in &made.pages {
        let sprites = thousands(*sprites as u64);
        outln!("wrote {}: {sprites} sprites, {width}x{height} pixels{palette}", file.display());
        outln!("wrote {}: the position of each sprite", json.display());
    }
}
