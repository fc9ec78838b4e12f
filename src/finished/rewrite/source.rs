//! What metadata can be made from without the project: the plan, and what the manifest or the documents contain.
//!
//! A manifest keeps the settings that are not every project's ([`MetadataInputs`]). Where it keeps none, the name, the description
//! and the base URI are in any document, and what one-of-ones say in theirs. Whether that was understood is not
//! guessed: all documents are made of it once more, and must have the digests that the manifest lists.

use std::collections::BTreeMap;
use std::io::BufReader;

use serde::Deserialize;

use crate::error::PathIo;
use crate::files::Folder;
use crate::finished::rewrite::error::RewriteError;
use crate::output::{Listing, MetadataInputs, MetadataTexts, folder_of_first};
use crate::plan::Plan;
use crate::project::{Attribute, AttributeValue, Project};

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
    folder: &Folder,
    listing: &Listing,
    project: &Project,
    plan: &Plan,
) -> Result<MetadataInputs, RewriteError> {
    let unknown = || RewriteError::Unknown(folder.path().to_owned());
    let read = |edition: u32| -> Result<Document, RewriteError> {
        let name = listing.stems.metadata(edition);
        if !folder.is_file(&name) {
            return Err(unknown());
        }
        let file = folder.read(&name).map_err(PathIo::on("read", &folder.join(&name)))?;
        serde_json::from_reader(BufReader::new(file)).map_err(|_| unknown())
    };
    let mut told = MetadataInputs { groups: BTreeMap::new(), ..MetadataInputs::of(project) };
    let (mut is_known, first) = (false, folder_of_first(project));
    let (extension, layout) = (project.picture_format.extension(), project.layout);
    let relative = format!("{}images", layout.way_up());
    for index in 0..plan.len() {
        let (edition, one) = (plan.edition(index), plan.one(index));
        if one.is_none() && is_known {
            continue;
        }
        let document = read(edition)?;
        let end = format!("/{first}{}{edition}.{extension}", layout.item_folder(edition));
        let base = document.image.strip_suffix(&end).ok_or_else(unknown)?;
        told.base_uri = if base == relative { String::new() } else { base.to_owned() };
        told.description = document.description;
        match one {
            Some(number) => {
                let said = document.attributes.into_iter();
                let attributes = said.map(|said| Attribute { name: said.trait_type, value: said.value });
                told.ones.insert(project.ones[number].name.clone(), attributes.collect());
            }
            None if plan.name(index).is_some() => {}
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
