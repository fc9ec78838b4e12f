//! A history kept in a file, so that a service that restarts keeps what it learned.
//!
//! ```json
//! {"format": "traitpress-patterns/1", "art": "5f0c...", "names": "93ab...",
//!  "layers": [{"name": "Body", "traits": ["Cat", "Dog"]}, {"name": "Hat", "traits": ["Crown"]}],
//!  "items": [[0, null], [1, 0]]}
//! ```
//!
//! A model that was trained has `learned`, too: the place of each weight that is not 0, and the bits of two floats.
//!
//! `items` are those of the window, oldest first; each number counts in the names beside it, of which only those in
//! use are listed, so the file says by itself what was made, whatever order the project has its traits in. `art` and
//! `names` are digests of the decoded art and of all names. A history of other pictures, or of pictures that have been
//! renamed, would guess wrongly without anybody noticing, so it is refused.
//!
//! The file is written under a temporary name beside the old one and renamed: whenever the machine stops, one of the
//! two is there, whole. Reading trusts nothing: size, counts and numbers are all checked against limits.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::marker::PhantomData;
use std::path::Path;

use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use crate::engine::predict::history::History;
use crate::engine::predict::learned::{Learned, TABLE, Weight};
use crate::engine::predict::patterns_error::{FORMAT, MAX_BYTES, PatternsError};
use crate::engine::predict::trait_ids::TraitIds;
use crate::error::{Escaped, PathIo, quoted};
use crate::files::{Digest, write_file};
use crate::project::{ABSENT, PredictSettings, Project};

/// A project has no more traits, and an item no more layers that matter.
const MAX_NAMES: usize = u16::MAX as usize;

/// What is read first: whether the rest has a meaning here.
#[derive(Deserialize)]
struct Head {
    format: String,
    art: String,
    names: String,
}

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "art")]
    _art: String,
    #[serde(rename = "names")]
    _names: String,
    layers: AtMost<MAX_NAMES, Names>,
    items: AtMost<{ PredictSettings::MAX_WINDOW }, AtMost<MAX_NAMES, Option<u16>>>,
    #[serde(default)]
    learned: Option<AtMost<TABLE, (usize, u32, u32)>>,
}

/// A layer, and those of its traits that are in use.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    name: String,
    traits: AtMost<MAX_NAMES, String>,
}

impl History {
    /// A project's history, with the items that a file holds; if they are more than the window, the newest of them.
    ///
    /// `art` is [`Art::digest`](crate::art::Art::digest) of the project's art. Items that were made in an
    /// earlier run are no items of this one, so rules do not receive them.
    ///
    /// # Errors
    /// If the file cannot be read, is damaged, or is about other art.
    pub fn load(path: &Path, project: &Project, art: &Digest) -> Result<Self, PatternsError> {
        Ok(Self::load_with(path, project, art)?.0)
    }

    /// The same, and the model that was trained; one that has seen the items of the file but learnt nothing, if there is none in it.
    pub(crate) fn load_with(
        path: &Path,
        project: &Project,
        art: &Digest,
    ) -> Result<(Self, Learned), PatternsError> {
        let bytes = read(path)?;
        let damaged = |what: String| PatternsError::Damaged { path: path.to_owned(), what };
        let not_json = |error: serde_json::Error| damaged(Escaped(&error.to_string()).to_string());
        let head: Head = serde_json::from_slice(&bytes).map_err(not_json)?;
        if head.format != FORMAT {
            return Err(PatternsError::Format { path: path.to_owned(), found: quoted(&head.format) });
        }
        let other = |what| PatternsError::OtherArt { path: path.to_owned(), what };
        if head.art != art.to_string() {
            return Err(other("pictures"));
        }
        if head.names != names_digest(project).to_string() {
            return Err(other("names of layers and traits"));
        }
        let content: Content = serde_json::from_slice(&bytes).map_err(not_json)?;
        let columns = columns(project, &content.layers.0).map_err(damaged)?;
        let (mut history, mut learned) = (Self::new(project), Learned::new(project));
        for (at, value, squares) in content.learned.into_iter().flat_map(|weights| weights.0) {
            let weight = Weight { value: f32::from_bits(value), squares: f32::from_bits(squares) };
            let is_sound = weight.value.is_finite() && weight.squares.is_finite() && weight.squares >= 0.0;
            match learned.weights.get_mut(at).filter(|_| is_sound) {
                Some(slot) => *slot = weight,
                None => return Err(damaged(format!("the weight {at} is none of the model's"))),
            }
        }
        let mut row = vec![ABSENT; project.layers.len()];
        for (number, item) in content.items.0.iter().enumerate() {
            read_item(&item.0, &columns, &mut row)
                .map_err(|what| damaged(format!("item {} {what}", number + 1)))?;
            history.window.push(&row);
            learned.see(&row);
        }
        Ok((history, learned))
    }

    /// Writes the items that are remembered, for [`Self::load`].
    ///
    /// # Errors
    /// If the file cannot be written. The earlier file is then unchanged.
    ///
    /// # Panics
    /// If `project` is not the one that the history was made for.
    pub fn save(&self, path: &Path, project: &Project, art: &Digest) -> Result<(), PatternsError> {
        self.save_with(None, path, project, art)
    }

    /// The same with the model that was trained on the items, if one was.
    pub(crate) fn save_with(
        &self,
        learned: Option<&Learned>,
        path: &Path,
        project: &Project,
        art: &Digest,
    ) -> Result<(), PatternsError> {
        assert!(self.ids == TraitIds::new(project), "a history is saved with its own project");
        let mut bytes = Vec::new();
        self.write(learned, project, art, &mut bytes).expect("memory takes every byte");
        if bytes.len() as u64 > MAX_BYTES {
            return Err(PatternsError::TooLarge { path: path.to_owned() });
        }
        write_file(path, true, |out| out.write_all(&bytes)).map_err(PathIo::on("write", path))?;
        Ok(())
    }

    fn write(
        &self,
        learned: Option<&Learned>,
        project: &Project,
        art: &Digest,
        out: &mut impl Write,
    ) -> io::Result<()> {
        let width = project.layers.len();
        // By layer, the number that each trait has in the file, in the order in which they appear.
        let mut numbers: Vec<HashMap<u16, usize>> = vec![HashMap::new(); width];
        let mut tables: Vec<Names> = (project.layers.iter())
            .map(|layer| Names { name: layer.name.clone(), traits: AtMost(Vec::new()) })
            .collect();
        let mut items = Vec::new();
        for (count, row) in self.window.items().enumerate() {
            let mut item = Vec::with_capacity(width);
            for (layer, &index) in row.iter().enumerate() {
                let names = &mut tables[layer].traits.0;
                item.push((index != ABSENT).then(|| {
                    *numbers[layer].entry(index).or_insert_with(|| {
                        names.push(project.layers[layer].traits[usize::from(index)].name.clone());
                        names.len() - 1
                    })
                }));
            }
            items.extend_from_slice(if count == 0 { b"\n" } else { b",\n" });
            serde_json::to_writer(&mut items, &item)?;
        }
        let names = names_digest(project);
        writeln!(out, "{{\n\"format\": \"{FORMAT}\",\n\"art\": \"{art}\",\n\"names\": \"{names}\",")?;
        out.write_all(b"\"layers\": ")?;
        serde_json::to_writer(&mut *out, &tables)?;
        out.write_all(b",\n\"items\": [")?;
        out.write_all(&items)?;
        out.write_all(b"\n]")?;
        if let Some(learned) = learned {
            let weights = learned.weights.iter().enumerate().filter(|(_, weight)| weight.squares > 0.0);
            let weights: Vec<(usize, u32, u32)> =
                weights.map(|(at, weight)| (at, weight.value.to_bits(), weight.squares.to_bits())).collect();
            out.write_all(b",\n\"learned\": ")?;
            serde_json::to_writer(&mut *out, &weights)?;
        }
        out.write_all(b"\n}\n")
    }
}

/// The bytes of a file that is not too large.
fn read(path: &Path) -> Result<Vec<u8>, PatternsError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(PathIo::on("read", path))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(PatternsError::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

/// BLAKE3 of all names of layers and traits in the project's order.
fn names_digest(project: &Project) -> Digest {
    let mut hasher = blake3::Hasher::new();
    let mut text = |text: &str| {
        // With its length first, so that no two projects give the same bytes.
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    text("traitpress names v1");
    for layer in &project.layers {
        text(&layer.name);
        text(&layer.traits.len().to_string());
        layer.traits.iter().for_each(|item| text(&item.name));
    }
    hasher.finalize().into()
}

/// A column of the file: the layer in the project, and for each name its index there.
struct Column {
    layer: usize,
    indices: Vec<u16>,
}

/// Finds the names of the file in the project.
fn columns(project: &Project, layers: &[Names]) -> Result<Vec<Column>, String> {
    if layers.len() != project.layers.len() {
        return Err(format!("it has {} layers, the project {}", layers.len(), project.layers.len()));
    }
    let mut found = vec![false; project.layers.len()];
    let column = |names: &Names| {
        let layer = project.layers.iter().position(|layer| layer.name == names.name);
        let layer = layer.filter(|&layer| !std::mem::replace(&mut found[layer], true));
        let Some(layer) = layer else {
            return Err(format!("layer {} is unknown or occurs twice", quoted(&names.name)));
        };
        let traits = project.layers[layer].traits.iter().zip(0u16..);
        let known: HashMap<&str, u16> = traits.map(|(item, index)| (item.name.as_str(), index)).collect();
        let index = |name: &String| {
            let unknown = || format!("trait {} of layer {} is unknown", quoted(name), quoted(&names.name));
            known.get(name.as_str()).copied().ok_or_else(unknown)
        };
        Ok(Column { layer, indices: names.traits.0.iter().map(index).collect::<Result<_, _>>()? })
    };
    layers.iter().map(column).collect()
}

/// Turns an item of the file into a row of the project.
fn read_item(item: &[Option<u16>], columns: &[Column], row: &mut [u16]) -> Result<(), String> {
    if item.len() != columns.len() {
        return Err(format!("has {} entries for {} layers", item.len(), columns.len()));
    }
    for (entry, column) in item.iter().zip(columns) {
        row[column.layer] = match entry {
            None => ABSENT,
            Some(number) => match column.indices.get(usize::from(*number)) {
                Some(&index) => index,
                None => {
                    return Err(format!(
                        "has the number {number}, and that layer has {} names",
                        column.indices.len()
                    ));
                }
            },
        };
    }
    Ok(())
}

/// A list that is refused while it is read, before it grows beyond a limit.
struct AtMost<const MOST: usize, T>(Vec<T>);

impl<const MOST: usize, T: Serialize> Serialize for AtMost<MOST, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de, const MOST: usize, T: Deserialize<'de>> Deserialize<'de> for AtMost<MOST, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

struct Elements<const MOST: usize, T>(PhantomData<T>);

impl<'de, const MOST: usize, T: Deserialize<'de>> Visitor<'de> for Elements<MOST, T> {
    type Value = AtMost<MOST, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of at most {MOST}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = seq.next_element()? {
            if list.len() == MOST {
                return Err(A::Error::invalid_length(MOST + 1, &self));
            }
            list.push(element);
        }
        Ok(AtMost(list))
    }
}
