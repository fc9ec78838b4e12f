//! What metadata can be made from without the project: the plan, and what the manifest or the documents themselves tell.
//!
//! A manifest keeps the settings that are not every project's ([`MetadataInputs`]). Where it keeps none, the name, the description
//! and the base URI stand in any document, and what one-of-ones say in theirs. Whether that was understood is not
//! guessed: all documents are made of it once more, and must have the digests that the manifest lists.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use crate::error::PathIo;
use crate::finished::rewrite::error::RewriteError;
use crate::output::{Listing, MetadataInputs, MetadataTexts, is_file, names};
use crate::pixel::Blend;
use crate::plan::Plan;
use crate::project::{Attribute, AttributeValue, Group, Layer, One, Project, Trait};

/// The names in a plan.
#[derive(Deserialize)]
struct Names {
    layers: Vec<String>,
    items: Shown,
}

/// What items show: for each layer the traits, the ones and the groups.
#[derive(Default)]
struct Shown {
    traits: Vec<BTreeSet<String>>,
    ones: BTreeSet<String>,
    groups: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Item {
    Row(Vec<Option<String>>),
    More {
        #[serde(default)]
        traits: Vec<Option<String>>,
        one: Option<String>,
        group: Option<String>,
    },
}

impl Shown {
    fn add(&mut self, item: Item) {
        let (traits, one, group) = match item {
            Item::Row(traits) => (traits, None, None),
            Item::More { traits, one, group } => (traits, one, group),
        };
        self.ones.extend(one);
        self.groups.extend(group);
        let layers = self.traits.len().max(traits.len());
        self.traits.resize_with(layers, BTreeSet::new);
        for (known, name) in self.traits.iter_mut().zip(traits) {
            if let Some(name) = name.filter(|name| !known.contains(name)) {
                known.insert(name);
            }
        }
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items)
    }
}

struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = Shown;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shown, A::Error> {
        let mut shown = Shown::default();
        while let Some(item) = seq.next_element()? {
            shown.add(item);
        }
        Ok(shown)
    }
}

/// A project that can have made the plan at `path`: its names, and nothing of its art. What it tells is added later.
pub(crate) fn project_of(path: &Path) -> Result<Project, RewriteError> {
    let file = File::open(path).map_err(PathIo::on("read", path))?;
    let names: Names =
        serde_json::from_reader(BufReader::new(file)).map_err(|error| RewriteError::Damaged {
            path: path.to_owned(),
            what: format!("it is no plan ({})", crate::project::Escaped(&error.to_string())),
        })?;
    let Names { layers, items: Shown { mut traits, ones, groups } } = names;
    traits.resize_with(layers.len(), BTreeSet::new);
    let item = |name: String| Trait { name, path: Default::default(), weight: 1, tags: Vec::new() };
    let layer = |(name, traits): (String, BTreeSet<String>)| Layer {
        name,
        folder: Default::default(),
        // Present or absent: what an item shows is for the plan to say.
        chance: 500_000,
        opacity: 255,
        blend: Blend::Normal,
        unique: true,
        offset: [0, 0],
        traits: traits.into_iter().map(item).collect(),
        none: None,
    };
    let all: Vec<usize> = (0..layers.len()).collect();
    let one = |name| One { name, path: Default::default(), edition: None, attributes: Vec::new() };
    let root = path.parent().unwrap_or(Path::new("")).to_owned();
    Ok(Project {
        duplicates: true,
        groups: groups.into_iter().map(|name| Group { name, count: 1, layers: all.clone() }).collect(),
        ones: ones.into_iter().map(one).collect(),
        ..Project::bare(root, layers.into_iter().zip(traits).map(layer).collect())
    })
}

/// Gives groups the layers that a manifest tells of.
pub(crate) fn set_groups(project: &mut Project, told: &MetadataInputs) {
    let Project { layers, groups, .. } = project;
    for group in groups {
        if let Some(names) = told.groups.get(&group.name) {
            let listed = |&layer: &usize| names.contains(&layers[layer].name);
            group.layers = (0..layers.len()).filter(listed).collect();
        }
    }
}

/// A document of the standard that needs no settings.
#[derive(Deserialize)]
struct Document {
    name: String,
    description: String,
    image: String,
    attributes: Vec<Said>,
}

#[derive(Deserialize)]
struct Said {
    trait_type: String,
    value: AttributeValue,
}

/// What the documents of a collection say that was made without settings. `project` comes from its plan.
pub(crate) fn understood(
    folder: &Path,
    listing: &Listing,
    project: &Project,
    plan: &Plan,
) -> Result<MetadataInputs, RewriteError> {
    let unknown = || RewriteError::Unknown(folder.to_owned());
    let read = |edition: u32| -> Result<Document, RewriteError> {
        let path = names::under(folder, &names::metadata(edition));
        let is_file = is_file(&path);
        if !is_file {
            return Err(unknown());
        }
        let file = File::open(&path).map_err(PathIo::on("read", &path))?;
        serde_json::from_reader(BufReader::new(file)).map_err(|_| unknown())
    };
    let mut told = MetadataInputs { groups: BTreeMap::new(), ..MetadataInputs::of(project) };
    let mut is_known = false;
    for index in 0..plan.len() {
        let (edition, one) = (plan.edition(index), plan.one(index));
        if one.is_none() && is_known {
            continue;
        }
        let document = read(edition)?;
        let base = document.image.strip_suffix(&format!("/{edition}.png")).ok_or_else(unknown)?;
        told.base_uri = if base == "../images" { String::new() } else { base.to_owned() };
        told.description = document.description;
        match one {
            Some(number) => {
                let said = document.attributes.into_iter();
                let attributes = said.map(|said| Attribute { name: said.trait_type, value: said.value });
                told.ones.insert(project.ones[number].name.clone(), attributes.collect());
            }
            None => {
                let name = document.name.strip_suffix(&format!(" #{edition}")).ok_or_else(unknown)?;
                name.clone_into(&mut told.name);
                is_known = true;
            }
        }
    }
    let mut same = project.clone();
    told.apply(&mut same);
    let texts = MetadataTexts::new(&same);
    let mut text = Vec::new();
    for index in 0..plan.len() {
        text.clear();
        texts.write_item(plan, index, &mut text);
        let edition = plan.edition(index);
        let listed = listing.items.binary_search_by_key(&edition, |item| item.edition).ok();
        let digest = listed.map(|place| listing.items[place].metadata.digest);
        if digest != Some(*blake3::hash(&text).as_bytes()) {
            return Err(unknown());
        }
    }
    Ok(told)
}
