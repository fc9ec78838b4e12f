//! Recipes that were made before, kept in the project.
//!
//! Making a recipe compresses a sample of the art a few times: a third of the time of a small run, and the same each time while
//! the art stays as it is. So the recipes made last are kept in `.traitpress/recipe.json`, each under a digest of all that it
//! follows from. They are a copy and nothing else: an entry that is damaged, or of other art, is no entry, and a project that
//! cannot be written to is pressed all the same.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::art::Art;
use crate::engine::encoding::Encoding;
use crate::engine::recipe::Recipe;
use crate::files::{Digest, Folder, WholeFile};
use crate::project::Project;

/// The folder of the project that it is in, and its name there.
const FOLDER: &str = ".traitpress";
const FILE: &str = "recipe.json";
/// Keeps the folder out of repositories.
const IGNORE: &str = ".gitignore";
/// Recipes that are kept: those of three efforts, and a change of the art.
const MOST: usize = 4;
/// Bytes that a file of so many recipes cannot have: a recipe is some 2 KB.
const MOST_BYTES: u64 = 1 << 20;

/// What the file holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    format: Format,
    /// The last first.
    recipes: Vec<Entry>,
}

/// The name of the format, which is the only one.
#[derive(Debug, Default, Serialize, Deserialize)]
enum Format {
    #[default]
    #[serde(rename = "traitpress-recipes/1")]
    First,
}

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// Of what the recipe follows from.
    from: Digest,
    /// Of its text.
    digest: Digest,
    recipe: serde_json::Value,
}

/// The digest of all that the recipe of a project follows from.
fn origin(project: &Project, art: &Art, encoding: Encoding) -> Digest {
    let text = serde_json::json!({
        "program": env!("CARGO_PKG_VERSION"),
        "configuration": project.configuration_digest(),
        "art": art.digest_of_traits(),
        "encoder": encoding.encoder,
        "effort": encoding.effort,
        "output_size": project.output_size,
        "format": project.picture_format,
    });
    blake3::hash(text.to_string().as_bytes()).into()
}

fn digest_of(recipe: &serde_json::Value) -> Digest {
    blake3::hash(recipe.to_string().as_bytes()).into()
}

/// The recipe that was kept for this art and encoding, if there is one that this program can follow.
pub(crate) fn find(project: &Project, art: &Art, encoding: Encoding) -> Option<Recipe> {
    let from = origin(project, art, encoding);
    let entry = read(&project.root)?.recipes.into_iter().find(|entry| entry.from == from)?;
    let is_whole = digest_of(&entry.recipe) == entry.digest;
    is_whole.then(|| Recipe::recorded(&entry.recipe, project, art).ok()).flatten()
}

fn read(root: &Path) -> Option<Kept> {
    let file = Folder::open(root).ok()?.sub(FOLDER).ok()?.read(FILE).ok()?;
    let mut text = String::new();
    file.take(MOST_BYTES).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// Keeps a recipe, if the project can be written to.
pub(crate) fn keep(project: &Project, art: &Art, encoding: Encoding, recipe: &Recipe) {
    let recipe = serde_json::to_value(recipe).expect("a recipe always serializes");
    let (from, digest) = (origin(project, art, encoding), digest_of(&recipe));
    let mut kept = read(&project.root).unwrap_or_default();
    kept.recipes.retain(|entry| entry.from != from);
    kept.recipes.insert(0, Entry { from, digest, recipe });
    kept.recipes.truncate(MOST);
    // What fails costs the next run the time of a recipe.
    let _ = write(&project.root, &kept);
}

fn write(root: &Path, kept: &Kept) -> std::io::Result<()> {
    let folder = Arc::new(Folder::open(root)?.make_sub(FOLDER)?);
    if !folder.is_file(IGNORE) {
        folder.create_new(IGNORE)?.write_all(b"*\n")?;
    }
    let file = WholeFile::begin_in(folder, FILE)?;
    file.file()?.write_all(serde_json::to_string(kept)?.as_bytes())?;
    file.finish(true)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::engine::effort::Effort;
    use crate::engine::testing::{PartSettings, Parts};

    #[test]
    fn a_recipe_is_found_again_only_for_what_it_was_made_from() {
        let temp = tempfile::tempdir().unwrap();
        let mut parts = Parts::new(PartSettings::default());
        parts.project.root = temp.path().to_owned();
        let (project, recipe) = (&mut parts.project, parts.recipe);
        let art = parts.outputs.first.presser.art().clone();
        let fast = Encoding::new().with_effort(Effort::Fast);
        assert_eq!(find(project, &art, fast), None);
        keep(project, &art, fast, &recipe);
        assert_eq!(find(project, &art, fast).as_ref(), Some(&recipe));
        assert_eq!(find(project, &art, Encoding::new()), None, "another effort");
        project.seed = Some(7);
        assert!(find(project, &art, fast).is_some(), "recipes do not depend on the seed");
        project.layers[1].traits[0].weight += 1;
        assert_eq!(find(project, &art, fast), None, "other weights make another sample");
        project.layers[1].traits[0].weight -= 1;
        for effort in [Effort::Balanced, Effort::Small, Effort::Balanced] {
            keep(project, &art, Encoding::new().with_effort(effort), &recipe);
        }
        assert!(find(project, &art, fast).is_some() && read(temp.path()).unwrap().recipes.len() == 3);
        let path = temp.path().join(FOLDER).join(FILE);
        let text = fs::read(&path).unwrap();
        for at in (0..text.len()).step_by(7) {
            let mut damaged = text.clone();
            damaged[at] ^= 1;
            fs::write(&path, damaged).unwrap();
            assert!(find(project, &art, fast).is_none_or(|found| found == recipe), "byte {at}");
            fs::write(&path, &text[..at]).unwrap();
            assert_eq!(find(project, &art, fast), None, "cut at {at}");
        }
        // A damaged file is replaced, and a project that cannot be written to is no error.
        keep(project, &art, fast, &recipe);
        assert!(find(project, &art, fast).is_some());
        fs::remove_dir_all(temp.path().join(FOLDER)).unwrap();
        fs::write(temp.path().join(FOLDER), "in the way").unwrap();
        keep(project, &art, fast, &recipe);
        assert_eq!(find(project, &art, fast), None);
    }
}
