//! What several peers have in common.

use std::collections::HashMap;
use std::path::Path;

use crate::error::Problem;
use crate::import::art::{self, Source};
use crate::import::colour;
use crate::import::error::ImportError;
use crate::import::model::{Absence, Art, Background, Group, Layer, Part, Settings, Trait};
use crate::import::notes::Notes;
use crate::import::value::{Keys, Map, Value};
use crate::project::{MAX_WEIGHT, MIN_WEIGHT, is_name_of_absence};

/// The most items of a collection.
pub(super) const MAX_COUNT: f64 = 1e6;

/// A picture's name by HashLips' rules: the text before the first delimiter, and the number behind the last.
#[derive(Debug, PartialEq)]
pub(in crate::import) struct Named {
    pub(in crate::import) name: String,
    pub(in crate::import) weight: Weight,
}

/// Where a weight is from.
#[derive(Debug, PartialEq)]
pub(in crate::import) enum Weight {
    /// A number behind the delimiter, or the default without one.
    Number(f64),
    /// The whole name is a number, and there is no delimiter.
    Name(f64),
    /// What is behind the delimiter is no number.
    Word(String),
}

/// The name without its last four characters, whatever they are.
pub(super) fn without_four(file: &str) -> &str {
    let mut at = file.char_indices().rev();
    // The peer counts UTF-16 units, and so do we.
    let mut units = 4usize;
    let mut end = file.len();
    while units > 0 {
        let Some((index, c)) = at.next() else { return "" };
        units = units.saturating_sub(c.len_utf16());
        end = index;
    }
    &file[..end]
}

impl Named {
    /// Takes a file name apart.
    pub(in crate::import) fn of(file: &str, delimiter: Option<&str>) -> Self {
        let stem = without_four(file);
        let delimiter = delimiter.filter(|delimiter| !delimiter.is_empty());
        let parts = delimiter.and_then(|delimiter| {
            let name = stem.split(delimiter).next()?;
            let weight = stem.rsplit_once(delimiter)?.1;
            Some((name, weight))
        });
        match parts {
            Some((name, text)) => {
                let number = crate::import::value::js_number(text);
                let weight =
                    if number.is_nan() { Weight::Word(text.to_owned()) } else { Weight::Number(number) };
                Self { name: name.to_owned(), weight }
            }
            None => {
                let number = crate::import::value::js_number(stem);
                let weight = if number.is_nan() { Weight::Number(1.0) } else { Weight::Name(number) };
                Self { name: stem.to_owned(), weight }
            }
        }
    }
}

/// Weights that a peer has, within our limits: negative ones are 0, and too large or small ones are moved to the limits.
pub(super) fn legal_weight(weight: f64) -> f64 {
    if weight.is_nan() || weight <= 0.0 { 0.0 } else { weight.clamp(MIN_WEIGHT, MAX_WEIGHT) }
}

/// Makes the weights of a layer legal, and notes what that changes.
pub(super) fn settle_weights(layer: &mut Layer, notes: &mut Notes) {
    let origin = layer.origin.clone();
    for item in &mut layer.traits {
        let legal = legal_weight(item.weight);
        if legal != item.weight {
            let key = item.parts.first().map_or_else(|| item.name.clone(), |part| part.origin.clone());
            notes.changed(
                key,
                item.weight.to_string(),
                format!("the weight is {legal}: others are not possible here"),
            );
            item.weight = legal;
        }
    }
    let none = layer.none.as_ref().map_or(0.0, |none| none.weight);
    if !layer.traits.is_empty() && layer.traits.iter().all(|item| item.weight == 0.0) && none == 0.0 {
        notes.changed(origin, "", "every weight is 0, so no item shows the layer (chance = 0)");
        layer.chance = Some(0.0);
        layer.traits.iter_mut().for_each(|item| item.weight = 1.0);
    }
}

/// Turns the picture of absence of a layer into its absence: one that shows nothing and is called None, Empty and the like. Our
/// reader does the same; here the weight and the name in metadata are kept. A second one stays a trait of another name.
pub(super) fn settle_absence(layer: &mut Layer, cache: &mut HashMap<std::path::PathBuf, bool>) {
    let mut index = 0;
    while index < layer.traits.len() {
        let item = &layer.traits[index];
        let invisible = is_name_of_absence(&item.name)
            && item.count.is_none()
            && matches!(&item.parts[..], [part] if part.z == 0 && match &part.art {
                Art::File(path) => *cache.entry(path.clone()).or_insert_with(|| art::is_invisible(path)),
                Art::Bytes(..) => false,
            });
        if !invisible {
            index += 1;
        } else if layer.none.is_none() && layer.traits.len() > 1 {
            let item = layer.traits.remove(index);
            layer.none = Some(Absence {
                weight: item.weight,
                shown: Some(item.shown_name().to_owned()),
                origin: item.parts[0].origin.clone(),
            });
        } else {
            let item = &mut layer.traits[index];
            let shown = item.shown_name().to_owned();
            item.name = format!("({})", item.name.trim());
            item.display_name = Some(shown);
            index += 1;
        }
    }
}

/// Gives pictures of absence another name, so that our reader takes them for traits, which rules can name.
pub(in crate::import) fn keep_absence(layer: &mut Layer) {
    for item in &mut layer.traits {
        let invisible = match &item.parts[..] {
            [Part { art: Art::File(path), .. }] => art::is_invisible(path),
            [Part { art: Art::Bytes(..), .. }] => true,
            _ => false,
        };
        if invisible && is_name_of_absence(&item.name) {
            let shown = item.shown_name().to_owned();
            item.name = format!("({})", item.name.trim());
            item.display_name = Some(shown);
        }
    }
}

/// The canvas: `format.width` and `format.height`.
pub(super) fn canvas(keys: &Keys<'_>, file: &Path) -> Result<Option<[u32; 2]>, ImportError> {
    let Some(format) = keys.map("format") else { return Ok(None) };
    let side = |key: &str| -> Result<Option<u32>, ImportError> {
        let Some(value) = format.get(key).filter(|value| !value.is_nothing()) else { return Ok(None) };
        let number = value.coerced();
        let most = f64::from(crate::geometry::MAX_SIDE);
        if number.fract() == 0.0 && (1.0..=most).contains(&number) {
            return Ok(Some(number as u32));
        }
        let what = format!("format.{key} is {}, and a side has 1 to {most} whole pixels", value.shown());
        Err(ImportError::source(file, what, "correct it"))
    };
    Ok(side("width")?.zip(side("height")?).map(|(width, height)| [width, height]))
}

/// The sizes of the kinds of a list that counts up: the last number of each. A kind whose number is not above those before has
/// no item.
pub(super) fn counts(kinds: &[(String, f64)], cumulative: bool, notes: &mut Notes) -> Vec<u32> {
    let mut highest = 0.0f64;
    let mut counts = Vec::new();
    for (key, size) in kinds {
        let size = size.floor();
        let count = if cumulative { size - highest } else { size };
        if count <= 0.0 {
            let done = format!(
                "it is not above {highest}, which is reached before, so this kind has no items and was left out"
            );
            notes.changed(format!("{key}.growEditionSizeTo"), size.to_string(), done);
        }
        highest = highest.max(size);
        counts.push(count.max(0.0) as u32);
    }
    counts
}

/// A number of items.
pub(super) fn checked_count(key: &str, value: Option<&Value>, file: &Path) -> Result<f64, ImportError> {
    let number = value.map_or(f64::NAN, Value::coerced);
    if number.is_finite() && number <= MAX_COUNT {
        return Ok(number);
    }
    let shown = value.map_or_else(|| "missing".to_owned(), Value::shown);
    let what = format!("{key} is {shown}, and a number of items is 1 to {MAX_COUNT}");
    Err(ImportError::source(file, what, "correct it"))
}

/// The blend mode of a canvas' operation as CSS names it; none for normal. Operations without a counterpart are noted.
pub(super) fn blend(key: &str, value: Option<&Value>, notes: &mut Notes) -> Option<String> {
    const SAME: [&str; 15] = [
        "multiply",
        "screen",
        "overlay",
        "darken",
        "lighten",
        "color-dodge",
        "color-burn",
        "hard-light",
        "soft-light",
        "difference",
        "exclusion",
        "hue",
        "saturation",
        "color",
        "luminosity",
    ];
    let value = value?;
    let name = value.as_text().unwrap_or_default();
    match name {
        "source-over" | "normal" => None,
        "lighter" => Some("plus-lighter".to_owned()),
        _ if SAME.contains(&name) => Some(name.to_owned()),
        _ => {
            notes.lost(key, value.shown(), "there is no such blend mode; the layer mixes normally");
            None
        }
    }
}

/// An opacity; a canvas ignores what is not between 0 and 1.
pub(super) fn opacity(key: &str, value: Option<&Value>, notes: &mut Notes) -> f64 {
    let Some(value) = value else { return 1.0 };
    let number = value.coerced();
    if (0.0..=1.0).contains(&number) {
        return number;
    }
    notes.lost(key, value.shown(), "an opacity is 0 to 1; the layer is opaque");
    1.0
}

/// Metadata keys of the top level: three have a place of their own.
pub(super) fn extra_metadata(extra: Option<&Map>, settings: &mut Settings, notes: &mut Notes) {
    for (key, value) in extra.map(|map| &map.0[..]).unwrap_or_default() {
        let known =
            ["external_url", "animation_url", "background_color"].into_iter().find(|known| known == key);
        match (known, value.as_text()) {
            (Some(known), Some(text)) if !text.is_empty() => {
                let text = if known == "background_color" { text.trim_start_matches('#') } else { text };
                settings.metadata.push((known, toml_text(text)));
            }
            _ => notes.lost(
                format!("extraMetadata.{key}"),
                value.shown(),
                "metadata has no further keys at its top level; add it to attributes of [metadata] if it is needed",
            ),
        }
    }
}

/// A text as TOML writes it.
pub(crate) fn toml_text(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Notes of keys that no reader asked for.
pub(super) fn unknown_keys(prefix: &str, keys: &Keys<'_>, notes: &mut Notes) {
    for (key, value) in keys.others() {
        let key = if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
        let what =
            if matches!(value, Value::Opaque(_)) { "it cannot be read" } else { "its meaning is unclear" };
        notes.lost(key, value.shown(), format!("{what}, and it has no effect here"));
    }
}

/// Notes of keys that make no difference.
pub(super) fn ignored_keys(keys: &Keys<'_>, ignored: &[(&str, &str)], notes: &mut Notes) {
    for (key, why) in ignored {
        if let Some(value) = keys.get(key) {
            notes.ignored(*key, value.shown(), *why);
        }
    }
}

/// Settings of Metaplex: symbol, royalty and creators.
pub(super) fn metaplex(
    map: &Map,
    royalty: &str,
    prefix: &str,
    settings: &mut Settings,
    file: &Path,
    notes: &mut Notes,
) -> Result<(), ImportError> {
    let keys = Keys::new(map);
    if let Some(symbol) = keys.text("symbol") {
        settings.metadata.push(("symbol", toml_text(symbol)));
    }
    if let Some(value) = keys.get(royalty) {
        let points = value.coerced();
        if points.fract() != 0.0 || !(0.0..=10_000.0).contains(&points) {
            let what = format!("{prefix}.{royalty} is {}, and a royalty is 0 to 10000", value.shown());
            return Err(Problem::at(file, what, "correct it").into());
        }
        settings.metadata.push(("seller_fee_basis_points", format!("{points}")));
    }
    if let Some(url) = keys.text("external_url")
        && !settings.metadata.iter().any(|(key, _)| *key == "external_url")
    {
        settings.metadata.push(("external_url", toml_text(url)));
    }
    let mut creators = Vec::new();
    for creator in keys.get("creators").and_then(Value::as_list).unwrap_or_default() {
        let address = creator.as_map().and_then(|map| map.get("address")?.as_text());
        let share = creator.as_map().and_then(|map| map.get("share")).map(Value::coerced);
        match (address, share) {
            (Some(address), Some(share)) if share.fract() == 0.0 && (0.0..=100.0).contains(&share) => {
                creators.push(format!("{{ address = {}, share = {share} }}", toml_text(address)));
            }
            _ => notes.lost(
                format!("{prefix}.creators"),
                creator.shown(),
                "it is no creator: an address and a share",
            ),
        }
    }
    if !creators.is_empty() {
        settings.metadata.push(("creators", format!("[{}]", creators.join(", "))));
    }
    Ok(())
}

/// What happens to art of another size than the canvas, and to a background that is never visible.
pub(in crate::import) fn settle_pictures(
    settings: &mut Settings,
    layers: &[Layer],
    groups: &[Group],
    notes: &mut Notes,
) {
    let files = || {
        layers.iter().flat_map(|layer| &layer.traits).flat_map(|item| &item.parts).filter_map(|part| {
            match &part.art {
                Art::File(path) => Some((path, part.origin.as_str())),
                Art::Bytes(..) => None,
            }
        })
    };
    let sizes: Vec<([u32; 2], &str)> =
        files().filter_map(|(path, origin)| art::size(path).map(|size| (size, origin))).collect();
    let canvas = settings.size.or_else(|| sizes.first().map(|(size, _)| *size));
    settings.stretches = sizes.iter().any(|(size, _)| Some(*size) != canvas);
    if !matches!(settings.background, Some(Background::RandomHue { .. })) {
        return;
    }
    let bottoms: Vec<usize> = if groups.is_empty() {
        vec![0]
    } else {
        groups.iter().filter_map(|group| group.layers.first().copied()).collect()
    };
    let hides = |layer: &Layer| {
        layer.none.is_none()
            && layer.chance.is_none()
            && layer.opacity == 1.0
            && layer.traits.iter().all(|item| {
                matches!(&item.parts[..], [Part { z: 0, opacity: None, art: Art::File(path), .. }] if art::is_opaque(path))
            })
    };
    if bottoms.iter().all(|&bottom| layers.get(bottom).is_some_and(hides)) {
        notes.ignored("background.generate", "random hue", "the pictures at the back hide it in every item");
        settings.background = None;
    }
}

/// A static background.
pub(super) fn static_background(value: Option<&Value>, notes: &mut Notes) -> Option<Background> {
    let text = value.and_then(Value::as_text).unwrap_or_default();
    let colour = colour::css(text);
    if colour.is_none() {
        let shown = value.map_or_else(|| "(nothing)".to_owned(), Value::shown);
        notes.lost("background.default", shown, "it is no colour, so there is no background");
    }
    colour.map(Background::Colour)
}

/// The traits of a folder whose files have HashLips' names.
pub(super) fn named_traits(
    source: &Source,
    folder: &Path,
    delimiter: Option<&str>,
    words: Option<&Map>,
    notes: &mut Notes,
) -> Result<Vec<Trait>, ImportError> {
    let mut traits = Vec::new();
    let mut numeric = Vec::new();
    for entry in source.pictures(folder, notes)? {
        let origin = source.below(&entry.path);
        let Named { name, weight } = Named::of(&entry.name, delimiter);
        let weight = match weight {
            Weight::Number(number) => number,
            Weight::Name(number) => {
                numeric.push(name.clone());
                number
            }
            Weight::Word(word) => match words.and_then(|words| words.get(&word)).and_then(Value::as_number) {
                Some(number) => {
                    let done = format!(
                        "the weight is {number}, as rarity_config has it; the peer draws one up to it"
                    );
                    notes.changed("rarity_config", word, done);
                    number
                }
                None => {
                    notes.changed(
                        origin.clone(),
                        word,
                        "this is no number, so the weight is 1, as in the peer",
                    );
                    1.0
                }
            },
        };
        let part = Part::of(Art::File(entry.path), origin);
        traits.push(Trait::of(name, weight, part));
    }
    if !numeric.is_empty() {
        let done = "names that are numbers are weights in the peer, too; they are written out";
        notes.changed(source.below(folder), numeric.join(", "), done);
    }
    let weights: Vec<f64> = traits.iter().map(|item| item.weight).collect();
    if weights.iter().any(|weight| weight.fract() != 0.0) {
        let done =
            "the peer rounds the sum of fractional weights and so changes the shares; here they are exact";
        let shown = weights.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        notes.changed(source.below(folder), shown, done);
    }
    Ok(traits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_weights_follow_the_peers_code() {
        for (file, name, weight) in [
            ("Dawn#10.png", "Dawn", Weight::Number(10.0)),
            ("Noon.png", "Noon", Weight::Number(1.0)),
            ("Fog#.png", "Fog", Weight::Number(0.0)),
            ("Storm#7%.png", "Storm", Weight::Word("7%".into())),
            ("Red #1#10.png", "Red ", Weight::Number(10.0)),
            ("7.png", "7", Weight::Name(7.0)),
            ("a.jpeg", "a.", Weight::Number(1.0)),
            ("Red#10.webp", "Red", Weight::Number(10.0)),
            ("#.png", "", Weight::Number(0.0)),
            ("a", "", Weight::Name(0.0)),
            ("Half#0.5.png", "Half", Weight::Number(0.5)),
        ] {
            assert_eq!(Named::of(file, Some("#")), Named { name: name.into(), weight }, "{file}");
        }
        assert_eq!(Named::of("Blue_Glass_2.png", Some("_")).name, "Blue");
        assert_eq!(without_four("\u{1f600}.png"), "\u{1f600}");
    }
}
