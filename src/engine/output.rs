//! How the pictures of one size are written: what the recipe has beside the art's own size.

use std::sync::Arc;

use crate::art::{Art, ArtStore, ReloadError, Storage};
use crate::engine::item::ItemTraits;
use crate::engine::ones::OnePresser;
use crate::engine::presser::SpanPresser;
use crate::engine::scaling::Scaling;
use crate::engine::training::TrainingSet;
use crate::engine::view::View;
use crate::geometry::Size;
use crate::png::{CodeLengths, Color, Filter, Format, Search, shape_of};
use crate::project::Project;

/// The part of a recipe that one size has.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct OutputRecipe {
    pub(crate) size: Size,
    pub(crate) scaling: Scaling,
    pub(crate) color: Color,
    /// How spans are coded; none where each picture is encoded by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) spans: Option<SpanCode>,
}

/// The filter of all spans, and their code.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct SpanCode {
    pub(crate) filter: Filter,
    pub(crate) code: CodeLengths,
}

impl OutputRecipe {
    /// Trains the code of a size; `spans` says whether there are any.
    ///
    /// # Errors
    /// If a picture must be decoded again and is not what it was.
    pub(crate) fn make(
        project: &Project,
        traits: &ArtStore,
        (scaling, size): (Scaling, Size),
        (color, spans, search): (Color, bool, Search),
        pool: &rayon::ThreadPool,
    ) -> Result<Self, ReloadError> {
        let view = view_of(traits.art(), scaling).filter(|_| spans);
        let Some(view) = view else { return Ok(Self { size, scaling, color, spans: None }) };
        let items = ItemTraits::new(project, traits.art());
        let sample = TrainingSet::draw(project, traits, &view, &items, &color, pool)?;
        let format = Format { size, color, icc_profile: None };
        let (filter, code) = pool.install(|| sample.best_code(&format, search));
        Ok(Self { size, scaling, color: format.color, spans: Some(SpanCode { filter, code }) })
    }

    /// Why this cannot write pictures that are brought to their size so, if it cannot; `needs` is what they need.
    pub(crate) fn contradiction(&self, scaled: (Scaling, Size), needs: &Color) -> Option<String> {
        if (self.scaling, self.size) != scaled {
            let (_, size) = scaled;
            return Some(format!("its pictures have {} pixels, and {size} are requested", self.size));
        }
        let holds = match (&self.color, needs) {
            (Color::Rgba, _) | (Color::Rgb, Color::Rgb) => true,
            (Color::Indexed(has), Color::Indexed(needs)) => needs.is_in(has),
            (Color::Rgb, Color::Indexed(palette)) => palette.transparency().is_none(),
            _ => false,
        };
        if !holds {
            return Some("its colour type cannot represent the art".to_owned());
        }
        let SpanCode { filter, code } = self.spans.as_ref()?;
        if !matches!(self.scaling, Scaling::Full | Scaling::Average(_)) {
            return Some("it has spans, but pictures are encoded one by one".to_owned());
        }
        let format = Format { size: self.size, color: self.color.clone(), icc_profile: None };
        if !code.are_for(shape_of(&format), format.color.values()) {
            return Some("its code lacks symbols that can occur".to_owned());
        }
        (matches!(self.color, Color::Indexed(_)) && *filter != Filter::None)
            .then(|| format!("its filter is {}, and it has a palette", filter.name()))
    }

    /// Its pictures in words.
    pub(crate) fn summary(&self) -> String {
        let color = match &self.color {
            Color::Indexed(palette) => format!("palette of {}", palette.len()),
            Color::Rgb => "RGB".to_owned(),
            Color::Rgba => "RGBA".to_owned(),
        };
        match &self.spans {
            Some(SpanCode { filter, .. }) => {
                format!("{color}, distinct spans compressed once (filter {})", filter.name())
            }
            None => format!("{color}, pictures encoded one by one"),
        }
    }
}

/// How the spans of pictures are found that are brought to their size so; none where these have no spans.
pub(crate) fn view_of(art: &Arc<Art>, scaling: Scaling) -> Option<View> {
    match scaling {
        Scaling::Full => Some(View::full(art)),
        Scaling::Average(factor) => Some(View::averaged(art, factor)),
        Scaling::Repeat(_) | Scaling::Bilinear | Scaling::Lanczos3 => None,
    }
}

/// The colour type of pictures that are scaled from `color`: mixed colours are in no palette.
pub(crate) fn scaled_color(color: &Color, scaling: Scaling) -> Color {
    match color {
        Color::Indexed(palette) if !scaling.keeps_colours() => {
            if palette.transparency().is_some() {
                Color::Rgba
            } else {
                Color::Rgb
            }
        }
        color => color.clone(),
    }
}

/// The smallest colour type that holds every picture of the art's size that the project can make.
pub(crate) fn color_type(project: &Project, art: &Art) -> Color {
    match art.storage(project) {
        Storage::Palette(entries) => {
            Color::Indexed(entries.try_into().expect("1 to 256 colours are a palette"))
        }
        Storage::Opaque => Color::Rgb,
        Storage::Translucent => Color::Rgba,
    }
}

/// What makes the pictures of one size.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) presser: SpanPresser,
    pub(crate) ones: OnePresser,
}

/// What makes the pictures of all sizes.
#[derive(Debug)]
pub(crate) struct Outputs {
    pub(crate) first: Output,
    pub(crate) more: Vec<Output>,
}

impl Outputs {
    /// All of them, in their order.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Output> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// The largest, the first if several are, and its number; its pixels show whether pictures are equal.
    pub(crate) fn largest(&self) -> (usize, &Output) {
        let pixels = |output: &Output| output.presser.canvases().size().pixels();
        let by_size = |&(number, output): &(usize, &Output)| (pixels(output), std::cmp::Reverse(number));
        self.each().enumerate().max_by_key(by_size).unwrap_or((0, &self.first))
    }
}
