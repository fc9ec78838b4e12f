//! The recipe: everything that shapes the bytes of the files but the plan.
//!
//! It is a pure function of the art and the configuration without seed, count and start, made once before the first
//! picture and written down, so that a part of a collection, a later extension and a single picture on demand all
//! come out with the same bytes. The code is trained on a sample that is drawn from the configured weights by a
//! stream of random numbers of its own (`training`). All of it is integer arithmetic.

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::art::{Art, ArtStore, ReloadError, Storage};
use crate::compositor::extent;
use crate::engine::effort::Effort;
use crate::engine::item::ItemTraits;
use crate::engine::training::TrainingSet;
use crate::geometry::{Grid, Place};
use crate::pixel::Arithmetic;
use crate::png::{CodeLengths, Color, Filter, Format, shape_of};
use crate::project::{ABSENT, Project};
use crate::selection::Sampler;
use crate::telemetry::EncodingMode;
use crate::tiling::{SpanScanner, StackId, StackTable};

/// Items drawn to see whether places repeat at all.
const REUSE_SAMPLE: usize = 256;
/// The version of the rules that turn a recipe and a plan into bytes.
const VERSION: u32 = 5;

/// Everything that shapes the bytes of the files but the plan.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Recipe {
    version: u32,
    pub(crate) encoder: EncodingMode,
    pub(crate) effort: Effort,
    tile: [u32; 2],
    pub(crate) color: Color,
    pub(crate) filter: Filter,
    pub(crate) code: CodeLengths,
}

impl Recipe {
    /// Makes the recipe of a project. `plain` asks for whole pictures whatever the sample says.
    ///
    /// # Errors
    /// If a picture must be decoded again and is not what it was.
    pub(crate) fn make(
        project: &Project,
        traits: &ArtStore,
        plain: bool,
        effort: Effort,
        pool: &rayon::ThreadPool,
    ) -> Result<Self, ReloadError> {
        let art = traits.art();
        let format = Format { size: art.grid.size(), color: color_type(project, art), icc_profile: None };
        let items = ItemTraits::new(project, art);
        let encoder = if plain || !places_repeat(project, art, &items) {
            EncodingMode::Plain
        } else {
            EncodingMode::Spans
        };
        let sample = TrainingSet::draw(project, traits, &items, &format.color, pool)?;
        let (filter, code) = pool.install(|| sample.best_code(&format, effort.search()));
        let tile = [Grid::TILE_WIDTH, Grid::TILE_HEIGHT];
        Ok(Self { version: VERSION, encoder, effort, tile, color: format.color, filter, code })
    }

    /// The recipe that a run recorded, if this program has its version and its tiles; whether it fits the art is not
    /// checked.
    ///
    /// # Errors
    /// What is different.
    pub(crate) fn readable(value: &serde_json::Value) -> Result<Self, String> {
        let recipe: Self = serde_json::from_value(value.clone()).map_err(|error| error.to_string())?;
        if recipe.version != VERSION {
            return Err(format!("it has version {}, and this program has version {VERSION}", recipe.version));
        }
        let tile = [Grid::TILE_WIDTH, Grid::TILE_HEIGHT];
        if recipe.tile != tile {
            return Err(format!("its tiles are {:?} pixels, and this program's are {tile:?}", recipe.tile));
        }
        Ok(recipe)
    }

    /// The recipe that a run recorded, if this program can use it for this art.
    ///
    /// # Errors
    /// Why the recipe cannot be followed.
    pub(crate) fn recorded(value: &serde_json::Value, project: &Project, art: &Art) -> Result<Self, String> {
        let recipe = Self::readable(value)?;
        let holds = match (&recipe.color, color_type(project, art)) {
            (Color::Rgba, _) | (Color::Rgb, Color::Rgb) => true,
            (Color::Rgb, Color::Indexed(_)) => art.is_always_opaque(project),
            (Color::Indexed(has), Color::Indexed(needs)) => needs.is_in(has),
            _ => false,
        };
        if !holds {
            return Err("its colour type does not hold what the art shows".to_owned());
        }
        let format = Format { size: art.grid.size(), color: recipe.color.clone(), icc_profile: None };
        if !recipe.code.are_for(shape_of(&format), format.color.values()) {
            return Err("its code does not have all symbols that can occur".to_owned());
        }
        if matches!(recipe.color, Color::Indexed(_)) && recipe.filter != Filter::None {
            return Err(format!("its filter is {}, and it has a palette", recipe.filter.name()));
        }
        Ok(recipe)
    }

    /// The arithmetic that its pictures are composited in: that of the art that it was made from.
    pub(crate) fn arithmetic(&self) -> Arithmetic {
        match self.color {
            Color::Indexed(_) | Color::Rgb => Arithmetic::Premultiplied,
            Color::Rgba => Arithmetic::Straight,
        }
    }

    /// The decisions in words: colour type, and how pictures are written.
    pub(crate) fn summary(&self) -> String {
        let color = match &self.color {
            Color::Indexed(palette) => format!("palette of {}", palette.len()),
            Color::Rgb => "RGB".to_owned(),
            Color::Rgba => "RGBA".to_owned(),
        };
        match self.encoder {
            EncodingMode::Spans => {
                format!("{color}, distinct spans pressed once (filter {})", self.filter.name())
            }
            EncodingMode::Plain => format!("{color}, pictures encoded one by one"),
        }
    }
}

/// The smallest colour type that holds every picture the project can make.
fn color_type(project: &Project, art: &Art) -> Color {
    match art.storage(project) {
        Storage::Palette(entries) => {
            Color::Indexed(entries.try_into().expect("1 to 256 colours are a palette"))
        }
        Storage::Opaque => Color::Rgb,
        Storage::Translucent => Color::Rgba,
    }
}

/// Whether keeping spans can pay: of the pixels of some drawn items at least one in twenty was there before.
fn places_repeat(project: &Project, art: &Art, items: &ItemTraits) -> bool {
    let mut sampler = Sampler::new(project, b"traitpress reuse v1.....");
    let mut row = vec![ABSENT; project.layers.len()];
    let (mut stacks, mut viewer) = (StackTable::default(), SpanScanner::default());
    let mut seen: HashSet<(Place, StackId), FxBuildHasher> = HashSet::default();
    let (mut wanted, mut distinct) = (0u64, 0u64);
    for _ in 0..REUSE_SAMPLE {
        sampler.next_row(&mut row);
        viewer.spans(art, &items.of(&row), |place, stack| {
            let pixels = area(art, place) as u64;
            wanted += pixels;
            if seen.insert((place, stacks.acquire(stack))) {
                distinct += pixels;
            }
        });
    }
    distinct * 20 <= wanted * 19
}

/// Pixels of a span.
pub(crate) fn area(art: &Art, place: Place) -> usize {
    let (xs, ys) = extent(art, place);
    xs.len() * ys.len()
}
