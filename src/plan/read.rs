//! Reading a plan file for its project: names become numbers (`resolve`), and what the items are together is checked.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use crate::error::counted;
use crate::plan::document::Document;
use crate::plan::error::{PlanError, PlanErrorKind as Kind};
use crate::plan::model::Plan;
use crate::plan::resolve::Resolver;
use crate::project::{ABSENT, Project, quoted};
use crate::rules::{
    Compared, RowSet, Slots, broken_rule, check_in_group, counting_layers, group_of, is_compared,
    layers_in_words, off_in_words, unique_sets,
};

impl Plan {
    /// Reads the plan at `path`, each entry of which must be possible in `project`; of its items the first `take`,
    /// or all.
    ///
    /// # Errors
    ///
    /// What is wrong with the file, with the item and the next step.
    pub fn read(path: &Path, project: &Project, take: Option<u32>) -> Result<Self, PlanError> {
        Self::read_to_edit(path, project, take)?.checked(path, project, take)
    }

    /// The plan, if it is all that the project asks of the items as a whole.
    pub(crate) fn checked(
        self,
        path: &Path,
        project: &Project,
        take: Option<u32>,
    ) -> Result<Self, PlanError> {
        let plan = self;
        let found = refuse_broken(project, &plan).and_then(|()| refuse_equal(project, &plan));
        // The first items of a plan need not have what all of them have.
        let found = found.and_then(|()| if take.is_none() { refuse_numbers(project, &plan) } else { Ok(()) });
        found.map_err(|kind| PlanError::new(path, kind))?;
        Ok(plan)
    }

    /// The same, but items may break rules or repeat each other: an edit (`selection::edit`) can mend that.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn read_to_edit(path: &Path, project: &Project, take: Option<u32>) -> Result<Self, PlanError> {
        Self::read_opened(File::open(path), path, project, take)
    }

    /// The same from a file that was opened before, or was to be; `path` is only named in errors.
    pub(crate) fn read_opened(
        file: io::Result<impl Read + Seek>,
        path: &Path,
        project: &Project,
        take: Option<u32>,
    ) -> Result<Self, PlanError> {
        let read = || -> Result<Self, Kind> {
            let mut file = file.map_err(Kind::Io)?;
            let mut resolver = Resolver::new(project);
            let document = Document::read(&mut file, take, &mut resolver)?;
            let groups = groups_of(project, &resolver)?;
            let Resolver { rows, ones, names, .. } = resolver;
            let layers = project.layers.len();
            let Document { algorithm, seed, start, editions, .. } = document;
            let mut plan = Self { algorithm, seed, start, editions, groups, rows, layers, ones, names };
            plan.draw_apart(project);
            Ok(plan)
        };
        read().map_err(|kind| PlanError::new(path, kind))
    }
}

/// The group of each item: the one that it names, or else the first that can have it.
fn groups_of(project: &Project, items: &Resolver<'_>) -> Result<Option<Vec<u16>>, Kind> {
    let width = project.layers.len();
    if project.groups.is_empty() {
        return Ok(None);
    }
    let mut named = items.groups.iter().peekable();
    let mut ones = items.ones.iter().peekable();
    let mut groups = Vec::new();
    for (index, row) in items.rows.chunks(width.max(1)).enumerate() {
        if ones.next_if(|(item, _)| *item as usize == index).is_some() {
            groups.push(ABSENT);
            continue;
        }
        let name = named.next_if(|(item, _)| *item == index).map(|&(_, group)| group);
        let group = name.or_else(|| group_of(project, row)).unwrap_or_default();
        check_in_group(project, group.into(), row).map_err(|(_, error)| {
            let (what, hint) = error.detail_and_hint();
            Kind::NotInGroup { item: index + 1, what, hint }
        })?;
        groups.push(group);
    }
    Ok(Some(groups))
}

/// Refuses an item that breaks a rule.
fn refuse_broken(project: &Project, plan: &Plan) -> Result<(), Kind> {
    for index in (0..plan.len()).filter(|&index| plan.one(index).is_none()) {
        if let Some(rule) = broken_rule(project, plan.traits(index)) {
            return Err(Kind::Rule { item: index + 1, rule });
        }
    }
    Ok(())
}

/// Refuses two items that are equal in a set of layers whose combinations are not repeated.
fn refuse_equal(project: &Project, plan: &Plan) -> Result<(), Kind> {
    let all = counting_layers(project);
    for compared in unique_sets(project) {
        let mut set = RowSet::new(compared.clone(), plan.layers);
        for index in (0..plan.len()).filter(|&index| plan.one(index).is_none()) {
            if !is_compared(project, plan.group(index).unwrap_or_default(), &compared) {
                continue;
            }
            if let Some(other) = set.find(&plan.rows, plan.traits(index)) {
                let (first, second) = (plan.edition(other as usize), plan.edition(index));
                return Err(match &compared {
                    Compared::Picture(_) => Kind::SamePicture { first, second },
                    Compared::Layers(layers) if *layers == all => Kind::Equal { first, second },
                    Compared::Layers(layers) => {
                        Kind::Repeated { first, second, layers: layers_in_words(project, layers) }
                    }
                });
            }
            set.insert(&plan.rows, index as u32);
        }
    }
    Ok(())
}

/// Refuses a plan whose numbers of items are not those that amounts and groups ask for.
fn refuse_numbers(project: &Project, plan: &Plan) -> Result<(), Kind> {
    if project.amounts.is_empty() && project.groups.is_empty() {
        return Ok(());
    }
    let slots = Slots::new(project);
    let mut shown = vec![0; slots.len()];
    let mut of_groups = vec![0; project.groups.len()];
    for index in (0..plan.len()).filter(|&index| plan.one(index).is_none()) {
        slots.shown(plan.traits(index)).for_each(|slot| shown[slot] += 1);
        plan.group(index).into_iter().for_each(|group| of_groups[group] += 1);
    }
    let mut off = off_in_words(project, |amount| shown[slots.of(amount.layer, amount.choice)], true, "is in");
    for (group, got) in project.groups.iter().zip(of_groups) {
        if got != group.count {
            let must = counted(group.count, "item");
            off.push(format!("group {} must have {must}, but has {got}", quoted(&group.name)));
        }
    }
    match off.is_empty() {
        true => Ok(()),
        false => Err(Kind::Numbers { off: off.join(", and ") }),
    }
}
