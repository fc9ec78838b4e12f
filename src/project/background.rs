//! `background`: one colour below all layers, or one that is drawn for each item: of 360 hues, or of a list.
//!
//! Colours that are drawn are the traits of a layer of their own at the bottom. Its draws depend on the seed and the item's
//! number alone, so that they change nothing about what else is chosen; it does not make items different, and rules and numbers do
//! not reach it.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::quoted;
use crate::pixel::Blend;
use crate::project::model::{Layer, MILLION, Trait};
use crate::project::names::nfc;
use crate::project::trait_part::{Depth, PartImage, PartSettings, TraitPart};
use crate::project::values::{Values, parse_colour};

/// The keys of `background` where it is a table, and of an entry of its `colors`.
pub(super) const BACKGROUND_KEYS: [&str; 5] = ["hue", "saturation", "lightness", "colors", "display_name"];
pub(super) const COLOUR_KEYS: [&str; 3] = ["color", "weight", "name"];

/// The name of the layer.
pub(crate) const NAME: &str = "Background colour";

const WANTED: &str = "a colour as in \"#1e90ff\", a list of colours, or { hue = \"random\", saturation = 100, lightness = 50 }";

/// Colours of which each item gets one.
#[derive(Clone, Debug)]
pub(crate) struct Backgrounds {
    /// Each with its name and its weight in millionths.
    colours: Vec<(String, [u8; 4], u64)>,
    /// What metadata lists it as; it is hidden without.
    pub(crate) display_name: Option<String>,
}

/// Reads the key.
pub(super) fn read(values: &mut Values<'_>, table: &DeTable<'_>) -> (Option<[u8; 4]>, Option<Backgrounds>) {
    let Some(value) = table.get("background") else { return (None, None) };
    if value.get_ref().as_str() == Some("random") {
        return (None, Some(Backgrounds::of_hues(100, 50, None)));
    }
    if value.get_ref().as_str().is_some() {
        return (values.colour(table, "background"), None);
    }
    if value.get_ref().as_array().is_some() {
        return (None, listed(values, "background", value, None));
    }
    let Some(table) = value.get_ref().as_table() else {
        values.wrong_type("background", value, WANTED);
        return (None, None);
    };
    values.refuse_unknown(table, &BACKGROUND_KEYS, " of background");
    let display_name = values.text(table, "display_name").map(|name| nfc(&name).into_owned());
    match (table.contains_key("hue"), table.get("colors")) {
        (true, None) => {
            values.choice(table, "hue", &[("random", ())]);
            let mut percent = |key: &str, default| {
                values.integer(table, key, 0..=100).map_or(default, |percent| percent as u32)
            };
            let (saturation, lightness) = (percent("saturation", 100), percent("lightness", 50));
            (None, Some(Backgrounds::of_hues(saturation, lightness, display_name)))
        }
        (false, Some(colours)) => (None, listed(values, "colors", colours, display_name)),
        _ => {
            let what = "background needs one of hue and colors";
            values.problem(value.span(), what, format!("write {WANTED}"));
            (None, None)
        }
    }
}

fn listed(
    values: &mut Values<'_>,
    key: &str,
    value: &Spanned<DeValue<'_>>,
    display_name: Option<String>,
) -> Option<Backgrounds> {
    let Some(list) = value.get_ref().as_array() else {
        values.wrong_type(
            key,
            value,
            "a list of colours, as in [\"#ffffff\", { color = \"#000000\", weight = 3 }]",
        );
        return None;
    };
    let mut colours: Vec<(String, [u8; 4], u64)> = Vec::new();
    let mut is_right = true;
    for item in list {
        let found = match (item.get_ref().as_str(), item.get_ref().as_table()) {
            (Some(text), _) => {
                let colour = parse_colour(text);
                if colour.is_none() {
                    let what = format!("{} is not a colour", quoted(text));
                    values.problem(item.span(), what, "write \"#rgb\", \"#rrggbb\" or \"#rrggbbaa\"");
                }
                colour.map(|colour| (hexadecimal(colour), colour, MILLION))
            }
            (None, Some(table)) => {
                values.refuse_unknown(table, &COLOUR_KEYS, " of a colour");
                let (weight, name) = (values.weight(table, "weight"), values.text(table, "name"));
                if !table.contains_key("color") {
                    values.problem(item.span(), "a colour has no color", "add color = \"#rrggbb\" to it");
                }
                values.colour(table, "color").map(|colour| {
                    let name = name.map_or_else(|| hexadecimal(colour), |name| nfc(&name).into_owned());
                    (name, colour, weight.unwrap_or(MILLION))
                })
            }
            (None, None) => {
                values.wrong_type(
                    key,
                    item,
                    "a colour, as in \"#1e90ff\" or { color = \"#1e90ff\", weight = 3 }",
                );
                None
            }
        };
        let Some(colour) = found else {
            is_right = false;
            continue;
        };
        if colours.iter().any(|(name, ..)| *name == colour.0) {
            let what = format!("the colour {} occurs twice", quoted(&colour.0));
            values.problem(item.span(), what, "remove one, and give the other its weight");
            continue;
        }
        colours.push(colour);
    }
    if colours.iter().all(|(_, _, weight)| *weight == 0) {
        // What is wrong with a colour may be why.
        if is_right {
            let what = format!("{key} has no colour with a weight above 0");
            values.problem(value.span(), what, "list one or more");
        }
        return None;
    }
    Some(Backgrounds { colours, display_name })
}

fn hexadecimal([red, green, blue, alpha]: [u8; 4]) -> String {
    match alpha {
        255 => format!("#{red:02x}{green:02x}{blue:02x}"),
        alpha => format!("#{red:02x}{green:02x}{blue:02x}{alpha:02x}"),
    }
}

impl Backgrounds {
    /// All hues in whole degrees, with saturation and lightness in percent.
    fn of_hues(saturation: u32, lightness: u32, display_name: Option<String>) -> Self {
        let colour = |hue: u32| (format!("Hue {hue}"), of_hue(hue, saturation, lightness), MILLION);
        Self { colours: (0..360).map(colour).collect(), display_name }
    }

    /// The layer whose traits the colours are.
    pub(crate) fn into_layer(self, folder: std::path::PathBuf) -> Layer {
        let item = |(name, colour, weight): (String, [u8; 4], u64)| Trait {
            name,
            path: folder.clone(),
            parts: vec![TraitPart {
                image: PartImage::Colour(colour),
                depth: Depth::Layer,
                own: PartSettings::default(),
            }],
            variants: Vec::new(),
            weight,
            tags: Vec::new(),
        };
        Layer {
            name: NAME.to_owned(),
            traits: self.colours.into_iter().map(item).collect(),
            folder,
            chance: MILLION as u32,
            opacity: 255,
            blend: Blend::Normal,
            unique: false,
            offset: [0, 0],
            none: None,
            absent_names: Vec::new(),
            parent: None,
            is_apart: true,
            clip_to: None,
            mask_for: Vec::new(),
        }
    }
}

/// The colour of a hue in whole degrees, with saturation and lightness in percent: the formula of CSS Color 4, section
/// "Converting HSL Colors to sRGB", in integers, rounded to the nearest level.
fn of_hue(hue: u32, saturation: u32, lightness: u32) -> [u8; 4] {
    let [hue, saturation, lightness] = [hue, saturation, lightness].map(i64::from);
    // In thirtieths of the circle's twelfths, as hues are whole degrees.
    let channel = |twelfth: i64| {
        let k = (30 * twelfth + hue) % 360;
        let ramp = (k - 90).min(270 - k).clamp(-30, 30);
        let level = lightness * 100 * 30 - saturation * lightness.min(100 - lightness) * ramp;
        ((2 * 255 * level + 300_000) / 600_000) as u8
    };
    [channel(0), channel(8), channel(4), 255]
}

/// The choice of a layer that is drawn apart from all others, for the item with this number.
pub(crate) fn drawn_apart(layer: &Layer, seed: u64, edition: u32) -> u16 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"traitpress background 1");
    hasher.update(&seed.to_le_bytes());
    hasher.update(&edition.to_le_bytes());
    let word =
        u64::from_le_bytes(*hasher.finalize().as_bytes().first_chunk().expect("a digest has 32 bytes"));
    let total: u64 = layer.traits.iter().map(|item| item.weight).sum();
    // The high half of a product: no choice is favoured by more than one in 2^64 draws for each unit of the sum.
    let mut drawn = ((u128::from(word) * u128::from(total)) >> 64) as u64;
    for (index, item) in layer.traits.iter().enumerate() {
        if drawn < item.weight {
            return index as u16;
        }
        drawn -= item.weight;
    }
    unreachable!("a draw is below the sum of the weights")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hues_are_those_of_css() {
        for (hue, saturation, lightness, expected) in [
            (0, 100, 50, [255, 0, 0]),
            (60, 100, 50, [255, 255, 0]),
            (120, 100, 50, [0, 255, 0]),
            (120, 100, 25, [0, 128, 0]),
            (210, 100, 50, [0, 128, 255]),
            (210, 100, 56, [31, 143, 255]),
            (300, 50, 40, [153, 51, 153]),
            (7, 0, 80, [204, 204, 204]),
            (359, 100, 50, [255, 0, 4]),
            (200, 100, 100, [255, 255, 255]),
            (200, 100, 0, [0, 0, 0]),
        ] {
            let [red, green, blue] = expected;
            assert_eq!(
                of_hue(hue, saturation, lightness),
                [red, green, blue, 255],
                "{hue} {saturation} {lightness}"
            );
        }
        // The same formula in doubles.
        for (hue, saturation, lightness) in (0..360).flat_map(|hue| {
            (0..=100).step_by(20).flat_map(move |s| (0..=100).step_by(5).map(move |l| (hue, s, l)))
        }) {
            let (h, s, l) = (f64::from(hue), f64::from(saturation) / 100.0, f64::from(lightness) / 100.0);
            let channel = |n: f64| {
                let k = (n + h / 30.0) % 12.0;
                let value = l - s * l.min(1.0 - l) * (k - 3.0).min(9.0 - k).clamp(-1.0, 1.0);
                255.0 * value
            };
            let found = of_hue(hue, saturation, lightness);
            for (found, exact) in found.into_iter().zip([0.0, 8.0, 4.0].map(channel)) {
                assert!(
                    (f64::from(found) - exact).abs() <= 0.5 + 1e-9,
                    "{hue} {saturation} {lightness}: {found} {exact}"
                );
            }
        }
    }

    #[test]
    fn draws_follow_the_weights_and_depend_on_seed_and_number_alone() {
        let colours = [("a", 1), ("b", 0), ("c", 3)];
        let colours = colours.map(|(name, weight)| (name.to_owned(), [0; 4], weight * MILLION)).into();
        let layer = Backgrounds { colours, display_name: None }.into_layer("p".into());
        let mut counts = [0; 3];
        (0..4000).for_each(|edition| counts[usize::from(drawn_apart(&layer, 7, edition))] += 1);
        assert!(counts[1] == 0 && (900..1100).contains(&counts[0]), "{counts:?}");
        let draws = |seed| (0..40).map(|edition| drawn_apart(&layer, seed, edition)).collect::<Vec<_>>();
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(8));
    }
}
