//! The pictures of a trait as `[traits."Layer/Trait"]` writes them: `parts`, `variants`, and where and how they are drawn.
//!
//! Names of files and layers are only read here; `declared` finds the files, and `resolve` the layers.

use toml::de::DeTable;

use crate::project::blending;
use crate::project::names::nfc;
use crate::project::rule_settings::{Named, Written, reference};
use crate::project::source::Span;
use crate::project::trait_part::PartSettings;
use crate::project::values::Values;

/// The keys of a part.
pub(super) const PART_KEYS: [&str; 7] = ["image", "z", "below", "above", "offset", "blend", "opacity"];
/// The keys of a variant.
pub(super) const VARIANT_KEYS: [&str; 9] =
    ["when", "parts", "image", "z", "below", "above", "offset", "blend", "opacity"];

/// A place in the drawing order as it is written.
#[derive(Clone, Debug, Default)]
pub(crate) enum WrittenDepth {
    #[default]
    Unsaid,
    Z(i32),
    Below(Named),
    Above(Named),
}

/// How a picture is drawn.
#[derive(Clone, Debug, Default)]
pub(crate) struct Drawing {
    pub(crate) depth: WrittenDepth,
    pub(crate) own: PartSettings,
}

/// One entry of `parts`.
#[derive(Clone, Debug)]
pub(crate) struct PartConfig {
    pub(crate) image: Named,
    pub(crate) drawing: Drawing,
}

/// One entry of `variants`.
#[derive(Clone, Debug)]
pub(crate) struct VariantConfig {
    pub(crate) when: Written,
    pub(crate) parts: Vec<PartConfig>,
}

/// What a trait's table says of its pictures.
#[derive(Clone, Debug, Default)]
pub(crate) struct LookConfig {
    /// Its pictures, if they are listed.
    pub(crate) parts: Option<Vec<PartConfig>>,
    pub(crate) variants: Vec<VariantConfig>,
    /// What is said of all of them; a part's own settings count more.
    pub(crate) drawing: Drawing,
}

impl LookConfig {
    /// Reads the keys of a trait's table. `is_placed` says whether pictures are placed at offsets.
    pub(crate) fn read(values: &mut Values<'_>, table: &DeTable<'_>, is_placed: bool) -> Self {
        let drawing = drawing(values, table, is_placed);
        let parts = table.contains_key("parts").then(|| parts_of(values, table, is_placed));
        let mut variants = Vec::new();
        for (span, table) in values.tables(table, "variants") {
            values.refuse_unknown(table, &VARIANT_KEYS, " of a variant");
            let when = table.get("when").and_then(|value| reference(values, "when", value));
            let has_both = table.contains_key("parts") && table.contains_key("image");
            let listed = if table.contains_key("parts") {
                parts_of(values, table, is_placed)
            } else {
                part(values, span, table, is_placed).into_iter().collect()
            };
            if !table.contains_key("when") {
                values.problem(span, "a variant has no when", "add when = \"Layer/Trait\" to it");
            }
            if has_both {
                let what = "a variant has an image and parts";
                values.problem(values.span(table, "parts"), what, "list the image as one of its parts");
            }
            variants.extend(when.map(|when| VariantConfig { when, parts: listed }));
        }
        Self { parts, variants, drawing }
    }

    /// Whether the table says nothing of pictures.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_none()
            && self.variants.is_empty()
            && self.drawing.own == PartSettings::default()
            && matches!(self.drawing.depth, WrittenDepth::Unsaid)
    }

    /// All parts, those of variants too.
    pub(crate) fn all_parts(&self) -> impl Iterator<Item = &PartConfig> {
        let of_variants = self.variants.iter().flat_map(|variant| &variant.parts);
        self.parts.iter().flatten().chain(of_variants)
    }
}

fn parts_of(values: &mut Values<'_>, table: &DeTable<'_>, is_placed: bool) -> Vec<PartConfig> {
    let mut found = Vec::new();
    for (span, table) in values.tables(table, "parts") {
        values.refuse_unknown(table, &PART_KEYS, " of a part");
        found.extend(part(values, span, table, is_placed));
    }
    found
}

fn part(values: &mut Values<'_>, span: Span, table: &DeTable<'_>, is_placed: bool) -> Option<PartConfig> {
    let drawing = drawing(values, table, is_placed);
    let Some(image) = values.text(table, "image") else {
        if !table.contains_key("image") {
            values.problem(span, "a part has no picture", "add image = \"Layer/....png\" to it");
        }
        return None;
    };
    if image.is_empty() {
        values.problem(values.span(table, "image"), "image is empty", "give a picture in the layers folder");
        return None;
    }
    Some(PartConfig { image: Named { name: image, span: values.span(table, "image") }, drawing })
}

/// How a picture is drawn, of the trait's table, a part's or a variant's.
fn drawing(values: &mut Values<'_>, table: &DeTable<'_>, is_placed: bool) -> Drawing {
    let z = values.integer(table, "z", i64::from(i32::MIN)..=i64::from(i32::MAX));
    let mut layer = |key: &str| {
        let name = values.text(table, key)?;
        Some(Named { name: nfc(&name).into_owned(), span: values.span(table, key) })
    };
    let (below, above) = (layer("below"), layer("above"));
    let given: Vec<&str> =
        ["z", "below", "above"].into_iter().filter(|key| table.contains_key(*key)).collect();
    if let [first, second, ..] = given[..] {
        let what = format!("{first} and {second} both say where the picture comes in the drawing order");
        values.problem(values.span(table, second), what, "remove one");
    }
    let depth = match (z, below, above) {
        (_, Some(layer), _) => WrittenDepth::Below(layer),
        (_, _, Some(layer)) => WrittenDepth::Above(layer),
        (Some(z), ..) => WrittenDepth::Z(z as i32),
        _ => WrittenDepth::Unsaid,
    };
    let opacity = values.fraction(table, "opacity").map(|opacity| (opacity * 255.0).round() as u8);
    let offset = values.pair(table, "offset", i64::from(i32::MIN)..=i64::from(i32::MAX));
    if offset.is_some() && !is_placed {
        let what = "offset is used only with fit = \"place\"";
        values.problem(values.span(table, "offset"), what, "set fit = \"place\", or remove offset");
    }
    let offset = offset.map(|[x, y]| [x as i32, y as i32]);
    Drawing { depth, own: PartSettings { offset, blend: blending::blend(values, table), opacity } }
}
