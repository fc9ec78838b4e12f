//! The files and folders of a layer as nftchef's engine lists them: weights, required files, z flags, options and attributes.

use std::path::{Path, PathBuf};

use crate::import::art::Source;
use crate::import::error::ImportError;
use crate::import::notes::Notes;
use crate::import::peer::common::{blend, opacity, without_four};
use crate::import::value::{Map, Value};

/// Levels of folders that are read.
const MAX_DEPTH: usize = 32;

/// What holds for the whole project.
#[derive(Debug)]
pub(super) struct Law<'a> {
    pub(super) delimiter: &'a str,
    /// Whether attributes pass over folders with a weight.
    pub(super) root_type: bool,
    pub(super) overrides: Option<&'a Map>,
}

/// A file, or a folder with its elements.
#[derive(Debug)]
pub(super) struct Element {
    /// As the engine cleans it.
    pub(super) name: String,
    pub(super) path: PathBuf,
    /// Below the source.
    pub(super) origin: String,
    /// None: it is required.
    pub(super) weight: Option<f64>,
    pub(super) z: i32,
    pub(super) blend: Option<String>,
    pub(super) opacity: f64,
    /// The place in its layer as text, by which pictures of one layer are drawn.
    pub(super) address: String,
    /// The type of its attribute.
    pub(super) kind: String,
    /// The value of its attribute.
    pub(super) value: String,
    /// None for a file.
    pub(super) elements: Option<Vec<Element>>,
}

impl Element {
    /// The key by which pictures of one layer are drawn.
    pub(super) fn order(&self) -> String {
        let file = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        format!("{}:{file}", self.address)
    }
}

/// What elements inherit from the folders above them.
struct Inherited<'a> {
    blend: Option<String>,
    opacity: f64,
    z: Option<i32>,
    address: String,
    /// Names of the folders, that of all layers first.
    lineage: Vec<String>,
    /// The layer's entry in `layersOrder`.
    entry: &'a Map,
}

/// The elements of the layer with this entry in `layersOrder`.
pub(super) fn elements(
    source: &Source,
    folder: &Path,
    place: &str,
    entry: &Map,
    law: &Law<'_>,
    notes: &mut Notes,
) -> Result<Vec<Element>, ImportError> {
    let home = folder.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
    let own = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let found = |key: &str| entry.get(key).filter(|value| !value.is_nothing());
    let inherited = Inherited {
        blend: blend(&format!("{place}.blend"), found("blend"), notes),
        opacity: opacity(&format!("{place}.opacity"), found("opacity"), notes),
        z: None,
        address: String::new(),
        lineage: vec![home, own],
        entry,
    };
    read(source, folder, &inherited, law, notes)
}

fn read(
    source: &Source,
    folder: &Path,
    inherited: &Inherited<'_>,
    law: &Law<'_>,
    notes: &mut Notes,
) -> Result<Vec<Element>, ImportError> {
    if inherited.lineage.len() > MAX_DEPTH {
        return Err(ImportError::source(folder, "folders are nested too deeply", "move them up"));
    }
    let mut elements = Vec::new();
    let entries = source.entries(folder)?.into_iter().filter(|entry| !entry.name.contains(".ini"));
    for (number, entry) in entries.enumerate() {
        let origin = source.below(&entry.path);
        if !entry.is_folder && !entry.is_picture() {
            notes.lost(origin, "", "it is no picture that is read and was left out");
            continue;
        }
        let name = clean_name(&entry.name, law.delimiter);
        let weight = weight(&entry.name, law.delimiter);
        let z = match z_flag(&entry.name) {
            Some((_, Some(z))) => Some(z),
            Some((_, None)) => {
                notes.changed(origin.clone(), "z,", "a z without a number ends the engine; it is 0 here");
                None
            }
            None => inherited.z,
        };
        let (own_blend, own_opacity) = options(&entry.name, &name, &origin, inherited, notes);
        let address = if inherited.address.is_empty() {
            number.to_string()
        } else {
            format!("{}.{number}", inherited.address)
        };
        let (kind, value) = attribute(&name, weight.is_none(), entry.is_folder, inherited, law);
        let inner = if entry.is_folder {
            let mut lineage = inherited.lineage.clone();
            lineage.push(entry.name.clone());
            let below = Inherited {
                blend: own_blend.clone(),
                opacity: own_opacity,
                z,
                address: address.clone(),
                lineage,
                entry: inherited.entry,
            };
            Some(read(source, &entry.path, &below, law, notes)?)
        } else {
            None
        };
        elements.push(Element {
            name,
            path: entry.path,
            origin,
            weight,
            z: z.unwrap_or(0),
            blend: own_blend,
            opacity: own_opacity,
            address,
            kind,
            value,
            elements: inner,
        });
    }
    Ok(elements)
}

/// The first `zN,` of a name: its range, and its number if there is one.
fn z_flag(name: &str) -> Option<(std::ops::Range<usize>, Option<i32>)> {
    name.match_indices('z').find_map(|(at, _)| {
        let rest = &name[at + 1..];
        let sign = usize::from(rest.starts_with('-'));
        let digits = rest[sign..].find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len() - sign);
        let end = sign + digits;
        rest[end..].starts_with(',').then(|| (at..at + end + 2, rest[..end].parse().ok()))
    })
}

/// Whether a name ends in a point with letters or digits behind it.
fn has_extension(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, end)| !end.is_empty() && end.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// A name without its z flag, its last four characters if it has an extension, and what follows the delimiter.
pub(super) fn clean_name(name: &str, delimiter: &str) -> String {
    let mut name = name.to_owned();
    if let Some((range, _)) = z_flag(&name) {
        name.replace_range(range, "");
    }
    let stem = if has_extension(&name) { without_four(&name) } else { &name };
    let end = if delimiter.is_empty() { None } else { stem.find(delimiter) };
    stem[..end.unwrap_or(stem.len())].to_owned()
}

/// The digits behind the first delimiter; none if there is no delimiter.
fn weight(name: &str, delimiter: &str) -> Option<f64> {
    if delimiter.is_empty() {
        return None;
    }
    let after = name.split_once(delimiter)?.1;
    let digits = after.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    Some(digits.parse().unwrap_or(0.0))
}

/// Blend and opacity of a file or folder.
fn options(
    file: &str,
    name: &str,
    origin: &str,
    inherited: &Inherited<'_>,
    notes: &mut Notes,
) -> (Option<String>, f64) {
    let own = inherited
        .entry
        .get("sublayerOptions")
        .and_then(Value::as_map)
        .and_then(|map| map.get(name)?.as_map());
    let (mut mode, mut alpha) = match own {
        Some(own) => {
            let key = format!("sublayerOptions.{name}");
            let mode = blend(&format!("{key}.blend"), own.get("blend").filter(|v| !v.is_nothing()), notes);
            (mode, opacity(&format!("{key}.opacity"), own.get("opacity").filter(|v| !v.is_nothing()), notes))
        }
        None => (inherited.blend.clone(), inherited.opacity),
    };
    let query = file.split_once('?').and_then(|(_, rest)| rest.rsplit_once('.')).map(|(query, _)| query);
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        match pair.split_once('=') {
            Some(("blend", value)) => mode = blend(origin, Some(&Value::Text(value.to_owned())), notes),
            Some(("opacity", value)) => {
                let number = crate::import::value::js_number(value) / 100.0;
                alpha = opacity(origin, Some(&Value::Number(number)), notes);
            }
            _ => {}
        }
    }
    (mode, alpha)
}

/// The type and the value of an element's attribute.
fn attribute(
    name: &str,
    is_required: bool,
    is_folder: bool,
    inherited: &Inherited<'_>,
    law: &Law<'_>,
) -> (String, String) {
    let lineage = &inherited.lineage;
    // The engine counts from behind, with the empty part after the last slash.
    let mut back = match (is_required, is_folder) {
        (false, false) => 1,
        (false, true) | (true, false) => 2,
        (true, true) => return (String::new(), String::new()),
    };
    let ancestor = |back: usize| lineage.len().checked_sub(back).and_then(|at| lineage.get(at));
    if law.root_type
        && !law.delimiter.is_empty()
        && ancestor(back).is_some_and(|name| name.contains(law.delimiter))
    {
        back += 1;
    }
    let parent = ancestor(back).map(|name| clean_name(name, law.delimiter)).unwrap_or_default();
    let sub = inherited
        .entry
        .get("sublayerOptions")
        .and_then(Value::as_map)
        .and_then(|map| map.get(&parent)?.as_map());
    let kind = match sub {
        Some(sub) => sub.get("trait").and_then(Value::as_text).map(str::to_owned),
        None => inherited.entry.get("trait").and_then(Value::as_text).map(str::to_owned),
    };
    let raw = if is_required {
        lineage.last().map(|name| clean_name(name, law.delimiter)).unwrap_or_default()
    } else {
        name.to_owned()
    };
    let changed =
        law.overrides.and_then(|map| map.get(&raw)).and_then(Value::as_text).filter(|text| !text.is_empty());
    (kind.unwrap_or(parent), changed.map(str::to_owned).unwrap_or(raw))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_weights_and_z_flags_follow_the_engines_code() {
        for (file, name, wanted, z) in [
            ("Clay#10.png", "Clay", Some(10.0), None),
            ("Glass#20", "Glass", Some(20.0), None),
            ("front.png", "front", None, None),
            ("z-10,back.png", "back", None, Some(Some(-10))),
            ("z2,Crown#5.png", "Crown", Some(5.0), Some(Some(2))),
            ("Half#2.5.png", "Half", Some(2.0), None),
            ("Fog#.png", "Fog", Some(0.0), None),
            ("jazz,blue.png", "jazblue", None, Some(None)),
            ("v1.2", "", None, None),
            ("Lid", "Lid", None, None),
        ] {
            assert_eq!(clean_name(file, "#"), name, "{file}");
            assert_eq!(weight(file, "#"), wanted, "{file}");
            assert_eq!(z_flag(file).map(|(_, z)| z), z, "{file}");
        }
    }
}
