//! What new metadata is made from: the project as it is now, or the collection as it was written, with changes.

use crate::error::Error;
use crate::files::Folder;
use crate::finished::listed;
use crate::finished::rewrite::error::RewriteError;
use crate::finished::rewrite::source;
use crate::output::{Listing, MetadataInputs, Stems, manifest, names};
use crate::plan::Plan;
use crate::project::{PartId, Project, Standard, nfc};

/// What is to be otherwise; everything else stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MetadataChanges {
    /// The standards to write.
    pub standards: Option<Vec<Standard>>,
    /// What addresses of pictures begin with.
    pub base_uri: Option<String>,
    /// The collection's name.
    pub name: Option<String>,
    /// Text for every item.
    pub description: Option<String>,
}

/// What makes new metadata: a project with its settings, the plan, and the new manifest's header.
type Source = (Project, Plan, manifest::RunHeader);

/// What makes the metadata of the collection in `folder`: of `project`, if it is given, else as it was written.
///
/// # Errors
/// If the project cannot have made the plan, or the folder does not contain what is needed without one.
pub(crate) fn of(
    folder: &Folder,
    listing: &Listing,
    project: Option<&Project>,
    changes: &MetadataChanges,
) -> Result<Source, Error> {
    let source = match project {
        Some(project) => {
            // Pictures stay as they are called.
            let mut project = project.clone();
            listing.header.set_output(&mut project);
            let earlier = listing.header.metadata.as_ref();
            project.metadata.file_name =
                earlier.map_or_else(String::new, |earlier| earlier.settings.file_name.clone());
            from_project(folder, listing, &project, changes)?
        }
        None => from_folder(folder, listing, changes)?,
    };
    if Stems::of(&source.0, &source.1) != listing.stems {
        let what = "its pictures are not named as the plan and file_name require".to_owned();
        return Err(RewriteError::Damaged { path: folder.join(names::MANIFEST), what }.into());
    }
    Ok(source)
}

fn from_folder(folder: &Folder, listing: &Listing, changes: &MetadataChanges) -> Result<Source, Error> {
    let (mut project, plan) = listed::read_plan(folder, listing)?;
    let told = match &listing.header.metadata {
        Some(told) => told.clone(),
        None => source::understood(folder, listing, &project, &plan)?,
    };
    told.apply(&mut project);
    changes.apply(&mut project);
    let mut header = listing.header.clone();
    let groups = told.groups;
    header.metadata = Some(MetadataInputs { groups, ..MetadataInputs::of(&project) });
    Ok((project, plan, header))
}

fn from_project(
    folder: &Folder,
    listing: &Listing,
    given: &Project,
    changes: &MetadataChanges,
) -> Result<Source, Error> {
    let plan = listed::plan_for(folder, given)?;
    let mut header = listing.header.clone();
    // If texts are all that has changed in the project, the collection is one of this project now.
    let own = given.configuration_digest();
    let earlier = header.metadata.clone().or_else(|| {
        let mut bare = listed::project_of(folder).ok()?;
        listing.header.set_output(&mut bare);
        let plan = listed::plan_for(folder, &bare).ok()?;
        source::understood(folder, listing, &bare, &plan).ok()
    });
    let mut as_it_was = given.clone();
    if let Some(earlier) = earlier {
        earlier.apply(&mut as_it_was);
    }
    if has_same_pictures(&as_it_was, &header) {
        header.configuration = own;
        header.parts.extend(given.configuration_parts());
    }
    let mut project = given.clone();
    changes.apply(&mut project);
    let is_own = MetadataInputs { settings: given.metadata.clone(), ..MetadataInputs::of(&project) }
        == MetadataInputs::of(given);
    header.metadata =
        if is_own { MetadataInputs::kept(&project) } else { Some(MetadataInputs::of(&project)) };
    Ok((project, plan, header))
}

/// Whether a project is that of a collection but for its texts, which metadata alone shows. Not by the digest of the whole:
/// a rewrite without a project replaces the texts in the manifest, and the digest stays that of the project at the run.
fn has_same_pictures(project: &Project, header: &manifest::RunHeader) -> bool {
    let parts = project.configuration_parts();
    let texts = PartId::texts();
    let ignored = |id: &PartId| *id == PartId::icc_profile() || texts.contains(id);
    let mut all = header.parts.keys().chain(parts.keys()).filter(|id| !ignored(id));
    all.all(|id| header.parts.get(id) == parts.get(id))
}

impl MetadataChanges {
    /// Makes the changes in a project.
    pub fn apply(&self, project: &mut Project) {
        let texts = [
            (&mut project.name, &self.name.as_deref().map(|name| nfc(name).into_owned())),
            (&mut project.description, &self.description),
            (&mut project.base_uri, &self.base_uri),
        ];
        for (text, change) in texts {
            text.clone_from(change.as_ref().unwrap_or(&text.clone()));
        }
        if let Some(standards) = &self.standards {
            project.metadata.standards.clone_from(standards);
        }
    }
}
