//! The plan of a finished collection, without its project: what checking and rewriting both need.

use std::collections::BTreeSet;

use crate::files::Folder;
use crate::output::{Listing, MetadataInputs, names, read_listed};
use crate::pixel::Blend;
use crate::plan::{Document, Plan, PlanError, PlanErrorKind, Receiver};
use crate::project::{Group, Layer, One, Project, Trait};

/// The names that a plan uses.
#[derive(Default)]
struct NamesUsed {
    /// By layer, the traits.
    traits: Vec<BTreeSet<String>>,
    ones: BTreeSet<String>,
    groups: BTreeSet<String>,
}

/// Adds a name, which is copied only if it is new: most are not.
fn add(names: &mut BTreeSet<String>, name: &str) {
    if !names.contains(name) {
        names.insert(name.to_owned());
    }
}

impl Receiver for NamesUsed {
    fn layers(&mut self, names: &[String]) -> Result<(), PlanErrorKind> {
        self.traits.resize_with(names.len(), BTreeSet::new);
        Ok(())
    }

    fn choice(&mut self, _: usize, column: usize, name: Option<&str>) -> Result<(), PlanErrorKind> {
        name.into_iter().for_each(|name| add(&mut self.traits[column], name));
        Ok(())
    }

    fn one(&mut self, _: usize, name: &str) -> Result<(), PlanErrorKind> {
        add(&mut self.ones, name);
        Ok(())
    }

    fn group(&mut self, _: usize, name: &str) -> Result<(), PlanErrorKind> {
        add(&mut self.groups, name);
        Ok(())
    }

    // They change nothing about what the project is.
    fn name(&mut self, _: usize, _: &str) {}
}

/// A project that can have made the plan in `folder`: its names, and nothing of its art. Its texts are added later.
///
/// # Errors
/// If the plan cannot be read, or is no plan.
pub(crate) fn project_of(folder: &Folder) -> Result<Project, PlanError> {
    let mut used = NamesUsed::default();
    let file = folder.read(names::PLAN).map_err(PlanErrorKind::Io);
    let document = file.and_then(|mut file| Document::read(&mut file, None, &mut used));
    let layers = document.map_err(|kind| PlanError::new(&folder.join(names::PLAN), kind))?.layers;
    let NamesUsed { traits, ones, groups } = used;
    let item = |name: String| Trait::of_file(name, Default::default(), 1);
    let layer = |(name, traits): (String, BTreeSet<String>)| Layer {
        name,
        folder: Default::default(),
        // Present or absent: the plan says what an item shows.
        chance: 500_000,
        opacity: 255,
        blend: Blend::Normal,
        unique: true,
        offset: [0, 0],
        traits: traits.into_iter().map(item).collect(),
        none: None,
        absent_names: Vec::new(),
        parent: None,
        is_apart: false,
        clip_to: None,
        mask_for: Vec::new(),
    };
    let all: Vec<usize> = (0..layers.len()).collect();
    let one = |name| One { name, path: Default::default(), edition: None, attributes: Vec::new() };
    let root = folder.path().to_owned();
    Ok(Project {
        duplicates: true,
        groups: groups.into_iter().map(|name| Group { name, count: 1, layers: all.clone() }).collect(),
        ones: ones.into_iter().map(one).collect(),
        ..Project::bare(root, layers.into_iter().zip(traits).map(layer).collect())
    })
}

/// Gives groups the layers that the manifest lists for them.
pub(crate) fn set_groups(project: &mut Project, inputs: &MetadataInputs) {
    let Project { layers, groups, .. } = project;
    for group in groups {
        if let Some(names) = inputs.groups.get(&group.name) {
            let listed = |&layer: &usize| names.contains(&layers[layer].name);
            group.layers = (0..layers.len()).filter(listed).collect();
        }
    }
}

/// Checks that the plan in `folder` is the one that is listed, because everything is made from it.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check_plan(folder: &Folder, listing: &Listing) -> Result<(), String> {
    let (_, listed) = listing.others.last().expect("the plan is listed");
    let mut hasher = blake3::Hasher::new();
    let look = |piece: &[u8]| _ = hasher.update(piece);
    let read = read_listed(folder, names::PLAN, listed.bytes, &mut Vec::new(), look);
    match read {
        Err((_, what)) => Err(what),
        Ok(()) if *hasher.finalize().as_bytes() == listed.digest => Ok(()),
        Ok(()) => Err("it is not the plan listed in the manifest".to_owned()),
    }
}

/// The plan in `folder`, and a project that can have made it.
///
/// # Errors
/// If the plan cannot be read, or is no plan.
pub(crate) fn read_plan(folder: &Folder, listing: &Listing) -> Result<(Project, Plan), PlanError> {
    let mut project = project_of(folder)?;
    listing.header.set_output(&mut project);
    if let Some(inputs) = &listing.header.metadata {
        set_groups(&mut project, inputs);
    }
    let plan = plan_for(folder, &project)?;
    Ok((project, plan))
}

/// The plan in `folder` for a project; items may break its rules.
///
/// # Errors
/// If the plan cannot be read, or is none of the project.
pub(crate) fn plan_for(folder: &Folder, project: &Project) -> Result<Plan, PlanError> {
    Plan::read_opened(folder.read(names::PLAN), &folder.join(names::PLAN), project, None)
}

/// The plan of the collection in `folder` and a project that can have made it; `None` if it is not the plan that
/// is listed.
pub(crate) fn listed_plan(folder: &Folder, listing: &Listing) -> Option<(Project, Plan)> {
    check_plan(folder, listing).ok()?;
    read_plan(folder, listing).ok()
}

#[cfg(test)]
#[path = "tests_listed.rs"]
mod tests;
