//! Going on with a run that stopped, or that is to have more items, or whose art has changed.
//!
//! The inputs of a run are in its journal, and later in its manifest: digests of each part of the configuration
//! and of each trait's picture, the plan's digest, and the recipe. A run goes on only if all of it is still the same, so
//! that the finished folder is identical to one that was made at once. An update compares the art trait by trait
//! instead, and presses again what shows another picture.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use crate::art::Art;
use crate::engine::continued::{Continuation, ContinuedRun};
use crate::engine::facade::Engine;
use crate::engine::resume_error::ResumeError;
use crate::error::{Cancelled, Error};
use crate::files::Digest;
use crate::output::{Earlier, FolderSink, KeepPolicy, MetadataInputs, ResumeOutcome, RunHeader};
use crate::plan::Plan;
use crate::project::{Escaped, PartId, Project, READING};
use crate::telemetry::Observer;

/// Changes that a message names; of more it says how many.
const NAMED: usize = 5;

/// A list of changes for a message.
pub(super) fn list(changes: &[String]) -> String {
    let named = changes.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match changes.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// The parts of the configuration that differ from those of the run, in words, without some and the art's profile.
pub(super) fn changed_parts(header: &RunHeader, project: &Project, without: &[PartId]) -> Vec<String> {
    let parts = project.configuration_parts();
    let profile = PartId::icc_profile();
    let all: BTreeSet<&PartId> = header.parts.keys().chain(parts.keys()).collect();
    let differing = all.into_iter().filter(|id| header.parts.get(*id) != parts.get(*id));
    differing.filter(|id| **id != profile && !without.contains(id)).map(ToString::to_string).collect()
}

/// Refuses a configuration that is not the one of the run.
pub(crate) fn check_configuration(header: &RunHeader, project: &Project) -> Result<(), ResumeError> {
    let mut changes = changed_parts(header, project, &[]);
    // Not in the configuration's digest: it shapes no picture, and can be rewritten later.
    let told = MetadataInputs::of(project);
    let (was, is_told) = match &header.metadata {
        Some(was) => (was.settings.file_name.as_str(), *was == told),
        None => ("", MetadataInputs::kept(project).is_none()),
    };
    if was != told.settings.file_name {
        changes.push("the names of pictures".to_owned());
    } else if !is_told {
        changes.push("the metadata settings".to_owned());
    }
    if changes.is_empty() && header.configuration == project.configuration_digest() {
        return Ok(());
    }
    let what = if changes.is_empty() { "something of it".to_owned() } else { list(&changes) };
    Err(ResumeError::Configuration { what })
}

/// Refuses a configuration that shapes other items or pictures than that of the run. Texts of metadata may be others, where
/// the run recorded its own.
pub(crate) fn check_selection_settings(header: &RunHeader, project: &Project) -> Result<(), ResumeError> {
    if header.metadata.is_none() {
        return check_configuration(header, project);
    }
    refuse_changes(&changed_parts(header, project, &PartId::texts()))
}

/// Refuses a configuration with which a finished collection cannot be edited, and gives whether its exact numbers are
/// others than those of the run. These may change, because the items after the edit are held to the new ones: else an item
/// that shows a counted trait could never be removed.
pub(crate) fn check_edited_settings(header: &RunHeader, project: &Project) -> Result<bool, ResumeError> {
    let amounts = PartId::amounts();
    if header.parts.get(&amounts) == project.configuration_parts().get(&amounts) {
        return check_selection_settings(header, project).map(|()| false);
    }
    let mut may_differ = vec![amounts];
    match &header.metadata {
        Some(_) => may_differ.extend(PartId::texts()),
        None if MetadataInputs::kept(project).is_some() => {
            return refuse_changes(&["the metadata settings".to_owned()]).map(|()| true);
        }
        None => {}
    }
    refuse_changes(&changed_parts(header, project, &may_differ)).map(|()| true)
}

fn refuse_changes(changes: &[String]) -> Result<(), ResumeError> {
    if changes.is_empty() {
        return Ok(());
    }
    Err(ResumeError::Configuration { what: list(changes) })
}

/// Digests of all pictures, as a header lists them.
pub(crate) struct Pictures {
    pub(crate) traits: Vec<Digest>,
    pub(crate) ones: Vec<Digest>,
}

impl Pictures {
    pub(crate) fn of(art: &Art) -> Self {
        Self { traits: art.digests.clone(), ones: art.ones.iter().map(|one| one.digest).collect() }
    }
}

/// The parts of a run's configuration, and the colour profile of its art.
pub(crate) fn parts(project: &Project, art: &Art) -> BTreeMap<PartId, Digest> {
    let mut parts = project.configuration_parts();
    let profile = art.icc_profile.as_deref().unwrap_or_default();
    parts.insert(PartId::icc_profile(), Digest::of(profile));
    parts
}

/// Which pictures are others than those of a run of the same configuration.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// These traits and one-of-ones.
    Some { traits: Vec<bool>, ones: Vec<bool> },
    /// What shows in every item.
    All,
}

impl Changed {
    fn between(header: &RunHeader, project: &Project, art: &Art) -> Self {
        let now = Pictures::of(art);
        let differ = |then: &[Digest], now: &[Digest]| -> Option<Vec<bool>> {
            (then.len() == now.len()).then(|| then.iter().zip(now).map(|(then, now)| then != now).collect())
        };
        let profile = PartId::icc_profile();
        let same_profile = header.parts.get(&profile) == parts(project, art).get(&profile);
        match (differ(&header.traits, &now.traits), differ(&header.ones, &now.ones)) {
            (Some(traits), Some(ones)) if same_profile => Self::Some { traits, ones },
            _ => Self::All,
        }
    }

    /// What has changed, in words.
    fn names(&self, project: &Project) -> Vec<String> {
        let Self::Some { traits, ones } = self else { return vec!["all of it".to_owned()] };
        let mut names = Vec::new();
        for (picture, _) in project.pictures().iter().zip(traits).filter(|(_, changed)| **changed) {
            let name = format!("{}/{}", Escaped(&picture.layer.name), Escaped(&picture.item.name));
            // A trait of several pictures is named once.
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let changed = project.ones.iter().zip(ones).filter(|(_, changed)| **changed);
        names.extend(changed.map(|(one, _)| Escaped(&one.name).to_string()));
        names
    }
}

/// Refuses a project that is not the one of the run.
pub(crate) fn check_origins(header: &RunHeader, project: &Project, art: &Art) -> Result<(), ResumeError> {
    check_configuration(header, project)?;
    check_art(header, project, art)
}

/// Refuses art that is not that of the run.
pub(crate) fn check_art(header: &RunHeader, project: &Project, art: &Art) -> Result<(), ResumeError> {
    let changed = Changed::between(header, project, art);
    let names = changed.names(project);
    if !names.is_empty() || header.art != art.digest() {
        return Err(ResumeError::Art { what: list(&names) });
    }
    Ok(())
}

/// The error for a recipe that this program cannot obey.
pub(crate) fn refused_recipe(header: &RunHeader, why: String) -> ResumeError {
    ResumeError::Recipe { why, program: Escaped(&header.program).to_string() }
}

/// Refuses a run that read its project by other rules.
pub(crate) fn check_reading(header: &RunHeader) -> Result<(), ResumeError> {
    if header.reading == READING {
        return Ok(());
    }
    Err(ResumeError::Reading { was: header.reading, program: Escaped(&header.program).to_string() })
}

/// Refuses another seed or start than the run was begun with, and fewer items.
pub(crate) fn check_numbers(
    header: &RunHeader,
    seed: Option<u64>,
    start: u32,
    count: u64,
) -> Result<(), ResumeError> {
    match (header.seed, seed) {
        (was, is) if was == is => {}
        (Some(was), Some(is)) => {
            let (was, is) = (was.to_string(), is.to_string());
            return Err(ResumeError::Number { name: "seed", was, is });
        }
        _ => return Err(ResumeError::OTHER_PLAN),
    }
    if header.start != start {
        let (was, is) = (header.start.to_string(), start.to_string());
        return Err(ResumeError::Number { name: "start", was, is });
    }
    if header.count > count {
        return Err(ResumeError::Fewer { was: header.count, is: count });
    }
    Ok(())
}

/// Refuses a plan whose first items are not those of the run.
pub(crate) fn check_plan(header: &RunHeader, project: &Project, plan: &Plan) -> Result<(), ResumeError> {
    let is = plan.len() as u64;
    check_numbers(header, plan.seed(), plan.start(), is)?;
    let first: Vec<u32> = (0..header.count as u32).collect();
    if plan.pick(&first).digest(project) == header.plan {
        return Ok(());
    }
    let depends = !project.amounts.is_empty() || !project.groups.is_empty();
    let why = if header.count < is && depends {
        "with required trait counts, even the first items depend on the count"
    } else if header.count < is {
        "one of the first items changed with the count"
    } else {
        return Err(ResumeError::OTHER_PLAN);
    };
    Err(ResumeError::Plan { why })
}

/// Items to press, and where they go.
pub(crate) struct RemainingWork {
    pub(crate) sink: FolderSink,
    pub(crate) plan: Plan,
    /// Items that stay.
    pub(crate) kept: u64,
}

impl Engine {
    /// Reads what is there of a run that goes on, and gives what is left to do; an update compares the art trait by
    /// trait.
    pub(crate) fn remaining_work(
        &self,
        continued: &ContinuedRun,
        provenance: bool,
        observer: &dyn Observer,
    ) -> Result<RemainingWork, Error> {
        let (plan, folder, continuation) = (&continued.plan, &continued.folder, continued.continuation);
        let (before, edit) = (continued.before.as_ref(), continued.edit);
        let same = before.map(|before| SameItems::new(before, plan));
        let mut header = RunHeader { of: continued.first_of, ..self.header(plan) };
        let mut changed = Changed::Some {
            traits: vec![false; self.art().digests.len()],
            ones: vec![false; self.art().ones.len()],
        };
        let mut stale = false;
        let earlier = Earlier::open(folder)?;
        if let Some(earlier) = &earlier {
            let run = &earlier.header.run;
            ResumeError::of_output(run, &header.output_size, header.picture_format)?;
            ResumeError::of_layout(run.layout, header.layout)?;
            if continuation == Continuation::Update {
                check_configuration(run, self.project())?;
                changed = Changed::between(run, self.project(), self.art());
                if run.recipe != header.recipe {
                    changed = Changed::All;
                }
            } else {
                if edit.is_some() {
                    check_art(run, self.project(), self.art())?;
                    (header.configuration, header.parts) = continued.configuration_after(run);
                    header.metadata.clone_from(&run.metadata);
                } else {
                    check_origins(run, self.project(), self.art())?;
                }
                if run.recipe != header.recipe {
                    return Err(refused_recipe(run, differences(&run.recipe, &header.recipe)).into());
                }
                header.program.clone_from(&run.program);
            }
            match before {
                Some(before) => earlier.check_editions(folder, before)?,
                None => {
                    check_plan(run, self.project(), plan)?;
                    earlier.check_editions(folder, plan)?;
                }
            }
            stale = (&run.plan, &run.art) != (&header.plan, &header.art);
        }
        let is_reusable = |index: usize| match &changed {
            _ if same.as_ref().is_some_and(|same| !same.has(index)) => false,
            Changed::All => false,
            Changed::Some { traits, ones } => match plan.one(index) {
                Some(number) => !ones[number],
                None => {
                    !self.presser().items().of(plan.traits(index)).iter().any(|&id| traits[usize::from(id)])
                }
            },
        };
        let keeping = KeepPolicy { is_reusable: &is_reusable, pool: self.presser().pool(), observer, edit };
        let total = plan.len() as u64;
        match FolderSink::resume(folder, self.project(), plan, header, provenance, earlier, &keeping)? {
            ResumeOutcome::Ready(resumed) => {
                if stale {
                    // Those of other items or other art.
                    resumed.sink.remove_thumbnails()?;
                }
                let kept = total - resumed.missing.len() as u64;
                Ok(RemainingWork { sink: resumed.sink, plan: plan.pick(&resumed.missing), kept })
            }
            ResumeOutcome::Cancelled(done) => Err(Cancelled { done, total }.into()),
        }
    }
}

/// Which items of a changed plan are as they were.
struct SameItems<'p> {
    before: &'p Plan,
    plan: &'p Plan,
    /// Places in the plan before, by edition.
    places: HashMap<u32, usize>,
}

impl<'p> SameItems<'p> {
    fn new(before: &'p Plan, plan: &'p Plan) -> Self {
        let places = (0..before.len()).map(|index| (before.edition(index), index)).collect();
        Self { before, plan, places }
    }

    fn has(&self, index: usize) -> bool {
        let Some(&was) = self.places.get(&self.plan.edition(index)) else { return false };
        let item = |plan: &'p Plan, index| (plan.one(index), plan.name(index), plan.traits(index));
        item(self.before, was) == item(self.plan, index)
    }
}

/// What of two recipes is not the same.
fn differences(a: &Value, b: &Value) -> String {
    let keys =
        |value: &Value| value.as_object().into_iter().flat_map(|o| o.keys().cloned()).collect::<Vec<_>>();
    let mut all = [keys(a), keys(b)].concat();
    all.sort_unstable();
    all.dedup();
    let differ: Vec<String> = all.into_iter().filter(|key| a.get(key) != b.get(key)).collect();
    format!("it has another {}", list(&differ))
}
