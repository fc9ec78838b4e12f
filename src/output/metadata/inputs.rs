//! The inputs of metadata, as a manifest keeps them, to check it and to make it again without the project.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::output::metadata::json;
use crate::project::{Attribute, MetadataSettings, Project};

/// Everything beside the plan that metadata says.
///
/// A manifest has it where the settings are not those that every project has, and where metadata was rewritten.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct MetadataInputs {
    /// The collection's name.
    pub name: String,
    /// Text for every item.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What addresses of pictures begin with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub base_uri: String,
    /// The `[metadata]` table and what layers and traits say.
    #[serde(default)]
    pub settings: MetadataSettings,
    /// What one-of-ones say of themselves, by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ones: BTreeMap<String, Vec<Attribute>>,
    /// The layers of groups, if there are such, by the group's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Vec<String>>,
}

impl MetadataInputs {
    /// What a project's metadata says.
    #[must_use]
    pub fn of(project: &Project) -> Self {
        let layer = |number: &usize| project.layers[*number].name.clone();
        let group = |group: &crate::project::Group| {
            (group.name.clone(), group.layers.iter().map(layer).collect::<Vec<String>>())
        };
        let one = |one: &crate::project::One| (one.name.clone(), one.attributes.clone());
        Self {
            name: project.name.clone(),
            description: project.description.clone(),
            base_uri: project.base_uri.clone(),
            settings: project.metadata.clone(),
            ones: project.ones.iter().map(one).collect(),
            groups: project.groups.iter().map(group).collect(),
        }
    }

    /// Gives a project these texts and settings.
    pub(crate) fn apply(&self, project: &mut Project) {
        project.name.clone_from(&self.name);
        project.description.clone_from(&self.description);
        project.base_uri.clone_from(&self.base_uri);
        project.metadata.clone_from(&self.settings);
        for one in &mut project.ones {
            one.attributes = self.ones.get(&one.name).cloned().unwrap_or_default();
        }
    }

    /// What of this differs from `told`, and what to change in the configuration so that nothing does, in words.
    pub(crate) fn differing(&self, told: &Self) -> String {
        let (mut differing, mut keys) = (Vec::new(), Vec::new());
        let texts = [
            ("name", &self.name, &told.name),
            ("description", &self.description, &told.description),
            ("base_uri", &self.base_uri, &told.base_uri),
        ];
        for (key, _, told) in texts.into_iter().filter(|(_, ours, told)| ours != told) {
            differing.push(key.to_owned());
            keys.push(match told.as_str() {
                "" => format!("remove {key}"),
                text => format!("{key} = {}", json(text)),
            });
        }
        let [ours, theirs] = [self, told].map(|inputs| settings(&inputs.settings));
        let of_settings: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
        for key in of_settings.into_iter().filter(|key| ours.get(*key) != theirs.get(*key)) {
            if key == "layers" {
                differing.push("display names and hidden layers".to_owned());
                continue;
            }
            differing.push(format!("[metadata] {key}"));
            keys.push(match theirs.get(key) {
                None => format!("remove [metadata] {key}"),
                Some(value @ (Value::String(_) | Value::Number(_))) => {
                    let value = value.as_str().map_or_else(|| value.to_string(), json);
                    format!("[metadata] {key} = {value}")
                }
                Some(_) => format!("[metadata] {key}"),
            });
        }
        let others =
            [("attributes of one-of-ones", self.ones != told.ones), ("groups", self.groups != told.groups)];
        differing.extend(others.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name.to_owned()));
        let mut text = differing.join(", ");
        if !keys.is_empty() {
            text += &format!("; to keep it, change collection.toml: {}", keys.join(", "));
        }
        text
    }

    /// What a manifest keeps of it: nothing, if the project has no settings of its own.
    pub(crate) fn kept(project: &Project) -> Option<Self> {
        (project.metadata != MetadataSettings::default()).then(|| Self::of(project))
    }
}

/// The settings by their keys; those that are not set are missing.
fn settings(settings: &MetadataSettings) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(keys)) => keys,
        _ => Map::new(),
    }
}
