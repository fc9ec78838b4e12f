//! `sheet`: many pictures of a finished collection in one, to look at or as a sprite atlas.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;

use traitpress::finished::{Pick, SheetOptions};
use traitpress::finished::{atlas, sheet};

use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::thousands;
use crate::cli::output_paths::ensure_writable;
use crate::cli::print::outln;
use crate::cli::values::{items, seed, threads};

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
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(0..=i64::from(SheetOptions::MAX_GAP)))]
    gap: Option<u32>,
    /// Write each picture's number below it
    #[arg(long, conflicts_with = "atlas")]
    labels: bool,
    /// Make a sprite atlas: the picture, and beside it a JSON file with each picture's rectangle
    #[arg(long)]
    atlas: bool,
    /// Make the atlas' width and height powers of two
    #[arg(long, requires = "atlas")]
    power_of_two: bool,
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

/// A sheet or an atlas to make: the settings have their defaults, and the file can be written.
struct SheetJob {
    collection: PathBuf,
    file: PathBuf,
    is_atlas: bool,
    options: SheetOptions,
}

impl TryFrom<SheetArgs> for SheetJob {
    type Error = Failure;

    fn try_from(args: SheetArgs) -> Result<Self, Failure> {
        let mut options = SheetOptions::default();
        options.size = args.size;
        options.columns = args.columns;
        options.count = args.count;
        options.pick = match args.pick {
            PickName::First => Pick::First,
            PickName::Random => Pick::Random { seed: args.seed },
            PickName::Rarest => Pick::Rarest,
        };
        options.gap = args.gap.unwrap_or(if args.atlas { 0 } else { 8 });
        options.labels = args.labels;
        options.powers_of_two = args.power_of_two;
        options.threads = args.threads;
        options.force = args.force;
        let default = if args.atlas { "atlas.png" } else { "sheet.png" };
        let file = args.output.unwrap_or_else(|| default.into());
        ensure_writable(&file, "-o")?;
        Ok(Self { collection: args.dir, file, is_atlas: args.atlas, options })
    }
}

pub(crate) fn run(args: SheetArgs) -> Result<(), Failure> {
    SheetJob::try_from(args)?.run()
}

impl SheetJob {
    fn run(self) -> Result<(), Failure> {
        let Self { collection, file, is_atlas, options } = self;
        let draw = || match is_atlas {
            true => atlas(&collection, &file, &options).map(|(made, rectangles)| (made, Some(rectangles))),
            false => sheet(&collection, &file, &options).map(|made| (made, None)),
        };
        let (made, rectangles) = Interrupt::watch()?.or_end(draw)?;
        outln!(
            "wrote {}: {} pictures, {} a row, {}x{} pixels",
            file.display(),
            thousands(made.pictures as u64),
            made.columns,
            made.width,
            made.height
        );
        if let Some(rectangles) = rectangles {
            outln!("wrote {}: the position of each picture", rectangles.display());
        }
        Ok(())
    }
}
