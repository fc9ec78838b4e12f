//! The recipe: everything that shapes the bytes of the files but the plan.
//!
//! It is a pure function of the art and the configuration without seed, count and start, made once before the first
//! picture and written down, so that a part of a collection, a later extension and a single picture on demand all
//! come out with the same bytes. The code is trained on a sample that is drawn from the configured weights by a
//! stream of random numbers of its own (`training`). All of it is integer arithmetic.

use hashbrown::HashSet;
use rustc_hash::FxBuildHasher;

use crate::art::{Art, ArtStore, ReloadError};
use crate::compositor::extent;
use crate::engine::effort::Effort;
use crate::engine::item::ItemTraits;
use crate::engine::output::{OutputRecipe, SpanCode, color_type, scaled_color};
use crate::engine::scaling::Scaling;
use crate::geometry::{Grid, Place, Size};
use crate::picture::PictureFormat;
use crate::pixel::Arithmetic;
use crate::png::{self, CodeLengths, Color, Filter, shape_of};
use crate::project::{ABSENT, Project};
use crate::selection::Sampler;
use crate::telemetry::EncodingMode;
use crate::tiling::{SpanScanner, StackId, StackTable};

/// Items drawn to see whether places repeat at all.
const REUSE_SAMPLE: usize = 256;
/// The version of the rules that turn a recipe and a plan into bytes.
const VERSION: u32 = 7;

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
    /// The format of the pictures; only PNG has spans.
    #[serde(default, skip_serializing_if = "PictureFormat::is_png")]
    pub(crate) format: PictureFormat,
    /// The sizes of the pictures, of which metadata names the first; none where they have the art's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<OutputRecipe>,
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
        let format = project.picture_format;
        if !format.is_png() {
            return Ok(Self::whole(project, art, effort));
        }
        let encoder = if plain || !places_repeat(project, art, &ItemTraits::new(project, art)) {
            EncodingMode::Plain
        } else {
            EncodingMode::Spans
        };
        let (size, color, search) = (art.grid.size(), color_type(project, art), effort.search());
        // The code is recorded even where pictures are encoded one by one, as it always was.
        let full = (color.clone(), true, search);
        let full = OutputRecipe::make(project, traits, (Scaling::Full, size), full, pool)?;
        let SpanCode { filter, code } = full.spans.expect("the art's own size has spans");
        let tile = [Grid::TILE_WIDTH, Grid::TILE_HEIGHT];
        let mut this = Self {
            version: VERSION,
            encoder,
            effort,
            tile,
            color,
            filter,
            code,
            format,
            outputs: Vec::new(),
        };
        for scaled in sizes_of(project, art) {
            let (scaling, _) = scaled;
            this.outputs.push(match scaling {
                Scaling::Full => this.full(size),
                _ => {
                    let settings =
                        (scaled_color(&this.color, scaling), encoder == EncodingMode::Spans, search);
                    OutputRecipe::make(project, traits, scaled, settings, pool)?
                }
            });
        }
        Ok(this)
    }

    /// That of pictures in a format that has no spans: there is nothing to train.
    fn whole(project: &Project, art: &Art, effort: Effort) -> Self {
        let (size, color) = (art.grid.size(), color_type(project, art));
        let png = png::Format { size, color: color.clone(), icc_profile: None };
        let scaled = |(scaling, size)| {
            let color = scaled_color(&color, scaling);
            OutputRecipe { size, scaling, color, spans: None }
        };
        let outputs = sizes_of(project, art).into_iter().map(scaled).collect();
        Self {
            version: VERSION,
            encoder: EncodingMode::Plain,
            effort,
            tile: [Grid::TILE_WIDTH, Grid::TILE_HEIGHT],
            code: CodeLengths::untrained(shape_of(&png), color.values()),
            color,
            filter: Filter::None,
            format: project.picture_format,
            outputs,
        }
    }

    /// What is written of pictures of the art's size.
    fn full(&self, size: Size) -> OutputRecipe {
        let code = || SpanCode { filter: self.filter, code: self.code.clone() };
        let spans = (self.encoder == EncodingMode::Spans).then(code);
        OutputRecipe { size, scaling: Scaling::Full, color: self.color.clone(), spans }
    }

    /// The sizes of the pictures, the first first: at least one. Pictures of the art's size have `size`.
    pub(crate) fn outputs(&self, size: Size) -> Vec<OutputRecipe> {
        if self.outputs.is_empty() { vec![self.full(size)] } else { self.outputs.clone() }
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
        if recipe.format != project.picture_format {
            let (has, asked) = (recipe.format, project.picture_format);
            return Err(format!("its pictures are {has}, and {asked} is requested"));
        }
        let (size, needs) = (art.grid.size(), color_type(project, art));
        // Whole pictures have a code, too.
        let code = SpanCode { filter: recipe.filter, code: recipe.code.clone() };
        let full = OutputRecipe { spans: Some(code), ..recipe.full(size) };
        if let Some(what) = full.contradiction((Scaling::Full, size), &needs) {
            return Err(what);
        }
        let sizes = sizes_of(project, art);
        if sizes.len() != recipe.outputs.len() {
            let of = |count: usize| {
                if count == 0 { "the art's size".to_owned() } else { format!("{count} sizes") }
            };
            let (has, asked) = (of(recipe.outputs.len()), of(sizes.len()));
            return Err(format!("its pictures have {has}, and {asked} are requested"));
        }
        for (output, scaled) in recipe.outputs.iter().zip(sizes) {
            if let Some(what) = output.contradiction(scaled, &scaled_color(&needs, scaled.0)) {
                return Err(what);
            }
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
        if !self.format.is_png() {
            return format!("{}, pictures encoded one by one", self.format);
        }
        match &self.outputs[..] {
            [] => self.full(Size { width: 1, height: 1 }).summary(),
            outputs => {
                let of = |output: &OutputRecipe| format!("{} {}", output.size, output.summary());
                outputs.iter().map(of).collect::<Vec<_>>().join("; ")
            }
        }
    }
}

/// The sizes that a project asks for beside the art's own, and how pictures are brought to them.
fn sizes_of(project: &Project, art: &Art) -> Vec<(Scaling, Size)> {
    let size = art.grid.size();
    let scaled = |&side: &u32| Scaling::to_side(size, side, project.scale_filter);
    project.output_size.iter().map(scaled).collect()
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
            if seen.insert((place, stacks.number(stack))) {
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
