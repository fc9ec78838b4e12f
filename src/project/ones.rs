//! One-of-ones: pictures that are given whole, beside those that are put together from traits.
//!
//! A one is an item with a name, a picture and attributes of its own. No rule, weight or unique set speaks of it, and
//! nothing about it shapes the other items' pictures. Its file is anywhere in the project's folder, and is found
//! there as the layers' folders are: links are followed as long as they stay inside.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Problem, quoted};
use crate::project::names::{nearest, nfc};
use crate::project::one_settings::OneSettings;
use crate::project::scan;
use crate::project::source::Source;

/// A picture that is given whole: an item of its own.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct One {
    /// Name in NFC, unique among the ones; metadata and plans name it so.
    pub name: String,
    /// The picture, resolved inside the project.
    pub path: PathBuf,
    /// The edition that it has in plans that are drawn; a random one if there is none.
    pub edition: Option<u32>,
    /// For the metadata, in this order.
    pub attributes: Vec<Attribute>,
}

/// Something that a one's metadata says of it.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields)]
pub struct Attribute {
    /// What it is about, as a layer's name is in the metadata of other items; in NFC.
    pub name: String,
    /// What it is.
    pub value: AttributeValue,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// In NFC.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Another number, finite.
    Float(f64),
    /// True or false.
    Boolean(bool),
}

/// Finds the pictures of all ones in the resolved project folder `root`; what is wrong is added to `problems`.
pub(crate) fn locate(
    root: &Path,
    source: Source<'_>,
    settings: &[OneSettings],
    problems: &mut Vec<Problem>,
) -> Vec<One> {
    let mut ones = Vec::with_capacity(settings.len());
    for settings in settings {
        match find(root, source, settings) {
            Ok(path) => ones.push(One {
                name: settings.name.clone(),
                path,
                edition: settings.edition,
                attributes: settings.attributes.clone(),
            }),
            Err(problem) => problems.push(problem),
        }
    }
    ones
}

fn find(root: &Path, source: Source<'_>, settings: &OneSettings) -> Result<PathBuf, Problem> {
    let direct = root.join(&settings.image);
    let path = if fs::symlink_metadata(&direct).is_ok() {
        Some(direct)
    } else {
        in_other_form(root, &settings.image)
    };
    let Some(path) = path else {
        let what =
            format!("the one-of-one {} has no picture {}", quoted(&settings.name), quoted(&settings.image));
        let remedy = match near(root, &settings.image) {
            Some(near) => format!("did you mean {}?", quoted(&near)),
            None => "add it, or give the path of a picture in the project's folder".to_owned(),
        };
        return Err(source.problem(settings.span, what, remedy));
    };
    scan::picture_file(root, &path, "a one-of-one")
}

/// The file that `image` names where the file system holds names in another normal form.
pub(super) fn in_other_form(root: &Path, image: &str) -> Option<PathBuf> {
    let mut path = root.to_owned();
    for part in image.split('/').filter(|part| !part.is_empty() && *part != ".") {
        let direct = path.join(part);
        path = if part == ".." || fs::symlink_metadata(&direct).is_ok() {
            direct
        } else {
            let wanted = nfc(part);
            let entries = fs::read_dir(&path).ok()?.flatten();
            let mut names = entries.filter_map(|entry| entry.file_name().into_string().ok());
            path.join(names.find(|name| nfc(name) == wanted)?)
        };
    }
    fs::symlink_metadata(&path).is_ok().then_some(path)
}

/// A file in the folder that `image` names whose name is nearly the one that is there.
fn near(root: &Path, image: &str) -> Option<String> {
    let (folder, file) = image.rsplit_once('/').map_or((".", image), |(folder, file)| (folder, file));
    // Locations outside are not named.
    let folder_path = scan::inside(root, &root.join(folder)).ok()?;
    let entries = scan::entries(&folder_path).ok()?;
    let names = entries.iter().filter_map(|entry| entry.name.as_deref());
    let near = nearest(file, names)?;
    Some(if folder == "." { near.to_owned() } else { format!("{folder}/{near}") })
}
