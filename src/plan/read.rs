//! Reading a plan file as a stream.
//!
//! A plan can have a million items, so they are never held as JSON: each is checked against the project and becomes a
//! row of numbers while the parser is at it. The keys may come in any order; if the items come before the layers that
//! give them a meaning, they are passed over and the file is read once more.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::Path;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::plan::error::{PlanError, PlanErrorKind as Kind};
use crate::plan::items::Items;
use crate::plan::model::Plan;
use crate::project::{ABSENT, Project, nearest, nfc, quoted};
use crate::rules::{
    RowSet, Slots, broken_rule, check_in_group, group_of, is_compared, layers_in_words, off_in_words,
    unique_sets,
};

/// What a plan file says that it is.
pub(crate) const FORMAT: &str = "traitpress-plan/1";

const KEYS: [&str; 6] = ["format", "algorithm", "seed", "start", "layers", "items"];

impl Plan {
    /// Reads the plan at `path`, each entry of which must be possible in `project`; of its items the first `take`,
    /// or all.
    ///
    /// # Errors
    ///
    /// What is wrong with the file, with the item and the next step.
    pub fn read(path: &Path, project: &Project, take: Option<u32>) -> Result<Self, PlanError> {
        let plan = Self::read_to_edit(path, project, take)?;
        let found = refuse_broken(project, &plan).and_then(|()| refuse_equal(project, &plan));
        // The first items of a plan need not have what all of them have.
        let found = found.and_then(|()| if take.is_none() { refuse_numbers(project, &plan) } else { Ok(()) });
        found.map_err(|kind| PlanError::new(path, kind))?;
        Ok(plan)
    }

    /// The same, but items may break rules or repeat each other: [`edit`](crate::selection::edit()) can mend that.
    ///
    /// # Errors
    ///
    /// As above.
    pub fn read_to_edit(path: &Path, project: &Project, take: Option<u32>) -> Result<Self, PlanError> {
        let fail = |kind| PlanError::new(path, kind);
        let mut file = File::open(path).map_err(|error| fail(Kind::Io(error)))?;
        let mut reading = Reading {
            project,
            take: take.map_or(usize::MAX, |take| take as usize),
            seen: HashSet::new(),
            algorithm: None,
            seed: None,
            start: None,
            layers: None,
            items: None,
            failure: None,
        };
        reading.pass(&file).map_err(fail)?;
        for key in ["format", "layers", "items"] {
            if !reading.seen.contains(key) {
                return Err(fail(Kind::Missing { key }));
            }
        }
        if reading.items.is_none() {
            file.rewind().map_err(|error| fail(Kind::Io(error)))?;
            reading.seen.clear();
            reading.pass(&file).map_err(fail)?;
        }
        reading.finish(take).map_err(fail)
    }
}

/// What is known of the plan so far.
struct Reading<'a> {
    project: &'a Project,
    take: usize,
    seen: HashSet<&'static str>,
    algorithm: Option<u32>,
    seed: Option<u64>,
    start: Option<u32>,
    /// For each layer of the plan, its number in the project.
    layers: Option<Vec<usize>>,
    items: Option<Items>,
    /// What the visitors found to be wrong; the parser's own error only ends the parsing.
    failure: Option<Kind>,
}

impl Reading<'_> {
    /// Parses the file once.
    fn pass(&mut self, file: &File) -> Result<(), Kind> {
        let mut parser = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, file));
        let parsed = parser.deserialize_map(&mut *self).and_then(|()| parser.end());
        match (self.failure.take(), parsed) {
            (Some(failure), _) => Err(failure),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => Err(json(error)),
        }
    }

    fn finish(self, take: Option<u32>) -> Result<Plan, Kind> {
        let items = self.items.unwrap_or_default();
        if let Some(wanted) = take
            && items.found < self.take
        {
            return Err(Kind::TooFew { wanted, found: items.found });
        }
        if items.found == 0 {
            return Err(Kind::Empty);
        }
        let width = self.project.layers.len();
        let (start, count) = (self.start.unwrap_or(1), items.rows.len() / width.max(1));
        if u64::from(start) + count as u64 > 1 << 32 {
            return Err(Kind::Editions { start, count });
        }
        let counted = |index: usize| start + index as u32;
        let differ = items.editions.iter().any(|&(index, edition)| counted(index) != edition);
        let editions = differ.then(|| {
            let mut editions: Vec<u32> = (0..count).map(counted).collect();
            items.editions.iter().for_each(|&(index, edition)| editions[index] = edition);
            editions
        });
        if let Some(editions) = &editions {
            let mut sorted = editions.clone();
            sorted.sort_unstable();
            if let Some(twice) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(Kind::Edition { edition: twice[0] });
            }
        }
        let (algorithm, seed) = (self.algorithm, self.seed);
        let groups = groups_of(self.project, &items)?;
        let (rows, ones) = (items.rows, items.ones);
        let plan = Plan { algorithm, seed, start, editions, groups, rows, layers: width, ones };
        Ok(plan)
    }

    fn layers(&self, names: &[String]) -> Result<Vec<usize>, Kind> {
        let layers = &self.project.layers;
        let mut numbers = Vec::new();
        for name in names {
            let wanted = nfc(name);
            let layer = || quoted(&wanted);
            let Some(number) = layers.iter().position(|layer| layer.name == wanted) else {
                let what = match nearest(&wanted, layers.iter().map(|layer| layer.name.as_str())) {
                    Some(near) => format!("is not in the project; did you mean {}?", quoted(near)),
                    None => "is not in the project; take it out or add it there".to_owned(),
                };
                return Err(Kind::Layer { layer: layer(), what });
            };
            if numbers.contains(&number) {
                return Err(Kind::Layer { layer: layer(), what: "is there twice; take one out".to_owned() });
            }
            numbers.push(number);
        }
        match (0..layers.len()).find(|number| !numbers.contains(number)) {
            Some(missing) => Err(Kind::LayerMissing { layer: quoted(&layers[missing].name) }),
            None => Ok(numbers),
        }
    }
}

/// The group of each item: the one that it names, or else the first that can have it.
fn groups_of(project: &Project, items: &Items) -> Result<Option<Vec<u16>>, Kind> {
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
        check_in_group(project, group.into(), row)
            .map_err(|(_, error)| Kind::NotInGroup { item: index + 1, what: error.to_string() })?;
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
    let all: Vec<usize> = (0..plan.layers).filter(|&layer| project.layers[layer].unique).collect();
    for columns in unique_sets(project) {
        let is_all = columns == all;
        let mut set = RowSet::new(columns.clone(), plan.layers);
        for index in (0..plan.len()).filter(|&index| plan.one(index).is_none()) {
            if !is_compared(project, plan.group(index).unwrap_or_default(), &columns) {
                continue;
            }
            if let Some(other) = set.find(&plan.rows, plan.traits(index)) {
                let (first, second) = (plan.edition(other as usize), plan.edition(index));
                if is_all {
                    return Err(Kind::Equal { first, second });
                }
                return Err(Kind::Repeated { first, second, layers: layers_in_words(project, &columns) });
            }
            set.insert(&plan.rows, index as u32);
        }
    }
    Ok(())
}

/// Refuses a plan that has not the numbers of items that amounts and groups ask for.
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
    let mut off = off_in_words(project, |amount| shown[slots.of(amount.layer, amount.choice)], true);
    for (group, got) in project.groups.iter().zip(of_groups) {
        if got != group.count {
            off.push(format!("{got} for group {} {}", quoted(&group.name), group.count));
        }
    }
    match off.is_empty() {
        true => Ok(()),
        false => Err(Kind::Numbers { off: off.join(", ") }),
    }
}

/// A parser's error with its place told apart from its text.
fn json(error: serde_json::Error) -> Kind {
    if error.is_io() {
        return Kind::Io(error.into());
    }
    let (line, column, text) = (error.line(), error.column(), error.to_string());
    let place = format!(" at line {line} column {column}");
    let what = quoted(text.strip_suffix(&place).unwrap_or(&text)).trim_matches('"').to_owned();
    Kind::Json { line, column, what }
}

impl<'de> Visitor<'de> for &mut Reading<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a plan, {\"format\": ..., \"layers\": [...], \"items\": [...]}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let known = KEYS.iter().copied().find(|key| *key == name && self.seen.insert(key));
            let kind = match known {
                Some("format") => {
                    let found: serde_json::Value = map.next_value()?;
                    (found != FORMAT).then(|| Kind::Format { found: quoted_json(&found) })
                }
                Some("algorithm") => {
                    self.algorithm = map.next_value()?;
                    None
                }
                Some("seed") => {
                    self.seed = map.next_value()?;
                    None
                }
                Some("start") => {
                    self.start = map.next_value()?;
                    None
                }
                Some("layers") => {
                    let layers = self.layers(&map.next_value::<Vec<String>>()?);
                    layers.map(|layers| self.layers = Some(layers)).err()
                }
                Some(_) => match &self.layers {
                    Some(layers) if self.items.is_none() => {
                        let mut items = Items::new(self.project, layers, self.take);
                        let parsed = map.next_value_seed(&mut items);
                        let failure = items.failure.take();
                        if failure.is_none() {
                            parsed?;
                        }
                        self.items = Some(items);
                        failure
                    }
                    _ => {
                        map.next_value::<IgnoredAny>()?;
                        None
                    }
                },
                None => Some(Kind::Key { key: quoted(&name), known: KEYS.join(", ") }),
            };
            if let Some(kind) = kind {
                self.failure = Some(kind);
                return Err(A::Error::custom("the plan is not usable"));
            }
        }
        Ok(())
    }
}

/// A JSON value as text that is safe to show.
fn quoted_json(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}
