//! A rarity table: rows of layer, trait and number, as artists keep them in a spreadsheet, matched with a project's traits.
//!
//! Spreadsheets and files rarely spell a name in the same way, so case, blanks, underscores, extensions and the numbers of
//! folders do not count where a name is compared. A row that matches nothing is a problem with the nearest name, because a
//! row that is passed over would give a collection with other odds than the table has.

use std::collections::BTreeMap;

use crate::error::quoted;
use crate::project::absence;
use crate::project::choice::ABSENT;
use crate::project::config::MAX_COUNT;
use crate::project::folder_numbers::without_numbers;
use crate::project::model::Project;
use crate::project::names::{FileName, MAX_WEIGHT, MIN_WEIGHT, nearest, tidy};

/// Percentages of a layer add up to 100, within this.
const ROUNDING: f64 = 0.5;

/// What the numbers of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RarityKind {
    /// Relative frequencies.
    Weight,
    /// Shares of all items in percent.
    Percent,
    /// Exact numbers of items.
    Count,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct RarityRow {
    /// Its line in the file.
    pub line: usize,
    /// The layer, as it is written.
    pub layer: String,
    /// The trait, as it is written.
    pub item: String,
    /// The number.
    pub number: f64,
}

/// What a table gives to a project.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Rarities {
    /// A setting of each choice: `Layer/Trait` or `Layer/none`, and its weight or its number of items.
    pub settings: Vec<(String, f64)>,
    /// The number of items that exact numbers add up to.
    pub count: Option<u32>,
    /// What was decided where the table says nothing, in sentences.
    pub notes: Vec<String>,
}

impl Rarities {
    /// Matches the rows of a table with the traits of `project`. Percentages may be written as 12.5 or as 0.125.
    ///
    /// # Errors
    /// All that is wrong, each with its line and a remedy.
    pub fn of(project: &Project, kind: RarityKind, rows: &[RarityRow]) -> Result<Self, Vec<(usize, String)>> {
        let mut matched = Matched::default();
        for row in rows {
            matched.add(project, kind, row);
        }
        let is_fraction = kind == RarityKind::Percent && rows.iter().all(|row| row.number <= 1.0);
        if is_fraction {
            matched
                .layers
                .values_mut()
                .flat_map(BTreeMap::values_mut)
                .for_each(|(number, _)| *number *= 100.0);
        }
        let mut rarities = Self::default();
        match kind {
            RarityKind::Weight => rarities.add_weights(project, &matched),
            RarityKind::Percent => rarities.add_percentages(project, &mut matched),
            RarityKind::Count => rarities.add_counts(project, &matched),
        }
        if matched.problems.is_empty() { Ok(rarities) } else { Err(matched.problems) }
    }

    fn add(&mut self, project: &Project, layer: usize, choice: u16, number: f64) {
        self.settings.push((name(project, layer, choice), number));
    }

    fn add_weights(&mut self, project: &Project, matched: &Matched) {
        for (&layer, choices) in &matched.layers {
            choices.iter().for_each(|(&choice, &(weight, _))| self.add(project, layer, choice, weight));
            let unlisted = matched.unlisted(project, layer);
            if !unlisted.is_empty() {
                self.notes.push(format!("{}: the weights stay", not_listed(project, layer, &unlisted)));
            }
        }
    }

    /// What is left of 100 % goes to what is not listed, else to the layer's absence.
    fn add_percentages(&mut self, project: &Project, matched: &mut Matched) {
        for (&layer, choices) in &matched.layers {
            let sum: f64 = choices.values().map(|(number, _)| number).sum();
            if sum > 100.0 + ROUNDING {
                let last = choices.values().map(|&(_, line)| line).max().unwrap_or_default();
                let layer = quoted(&project.layers[layer].name);
                let what = format!(
                    "the percentages of layer {layer} add up to {}, which is more than 100; lower them",
                    number(sum)
                );
                matched.problems.push((last, what));
                continue;
            }
            choices.iter().for_each(|(&choice, &(percent, _))| self.add(project, layer, choice, percent));
            let unlisted = matched.unlisted(project, layer);
            let rest = if sum > 100.0 - ROUNDING { 0.0 } else { 100.0 - sum };
            if !unlisted.is_empty() {
                let each = rest / unlisted.len() as f64;
                unlisted.iter().for_each(|&choice| self.add(project, layer, choice, each));
                let what = if rest > 0.0 {
                    format!("the remaining {} %", number(rest))
                } else {
                    "weight 0, since the others add up to 100 %".to_owned()
                };
                self.notes.push(format!("{}: {what}", not_listed(project, layer, &unlisted)));
            } else if rest > 0.0 && !choices.contains_key(&ABSENT) {
                self.add(project, layer, ABSENT, rest);
                let (name, sum) = (quoted(&project.layers[layer].name), number(sum));
                self.notes.push(format!(
                    "layer {name}: the percentages add up to {sum}, so {} % of the items do not show it",
                    number(rest)
                ));
            }
        }
    }

    /// The collection has as many items as the layer with the most.
    fn add_counts(&mut self, project: &Project, matched: &Matched) {
        let sum =
            |choices: &BTreeMap<u16, (f64, usize)>| choices.values().map(|(number, _)| number).sum::<f64>();
        let count = matched.layers.values().map(sum).fold(0.0, f64::max);
        for (&layer, choices) in &matched.layers {
            choices.iter().for_each(|(&choice, &(number, _))| self.add(project, layer, choice, number));
            let (mut unlisted, sum) = (matched.unlisted(project, layer), sum(choices));
            // What no listed trait takes is absence, also where a file called None allows it.
            if unlisted == [ABSENT] && sum < count {
                unlisted.clear();
            }
            if !unlisted.is_empty() {
                let rest = number(count - sum);
                self.notes
                    .push(format!("{}: the remaining {rest} items", not_listed(project, layer, &unlisted)));
            } else if sum < count && !choices.contains_key(&ABSENT) {
                self.add(project, layer, ABSENT, count - sum);
                let (name, sum, rest) =
                    (quoted(&project.layers[layer].name), number(sum), number(count - sum));
                self.notes.push(format!(
                    "layer {name}: the counts add up to {sum}, so {rest} items do not show it"
                ));
            }
        }
        self.count = (1.0..=f64::from(MAX_COUNT)).contains(&count).then_some(count as u32);
    }
}

/// The rows by layer and choice, each with its number and line; and what is wrong.
#[derive(Default)]
struct Matched {
    layers: BTreeMap<usize, BTreeMap<u16, (f64, usize)>>,
    problems: Vec<(usize, String)>,
}

impl Matched {
    fn add(&mut self, project: &Project, kind: RarityKind, row: &RarityRow) {
        let line = row.line;
        let least = if kind == RarityKind::Weight { MIN_WEIGHT } else { 0.0 };
        let most = if kind == RarityKind::Count { f64::from(MAX_COUNT) } else { MAX_WEIGHT };
        if row.number != 0.0 && !(least..=most).contains(&row.number) {
            let what = format!(
                "the number {} is not 0 and not between {} and {}; correct it",
                row.number, least, most
            );
            self.problems.push((line, what));
            return;
        }
        if kind == RarityKind::Count && row.number.fract() != 0.0 {
            self.problems.push((line, format!("the count {} is not a whole number; correct it", row.number)));
            return;
        }
        let (layer, choice) = match find(project, row) {
            Ok(found) => found,
            Err(what) => return self.problems.push((line, what)),
        };
        match self.layers.entry(layer).or_default().get(&choice) {
            Some((_, other)) => {
                let name = quoted(&name(project, layer, choice));
                self.problems
                    .push((line, format!("{name} is on line {other} already; remove one of the two")));
            }
            None => _ = self.layers.entry(layer).or_default().insert(choice, (row.number, line)),
        }
    }

    /// What a layer can show beside the listed choices.
    fn unlisted(&self, project: &Project, layer: usize) -> Vec<u16> {
        let (of, listed) = (&project.layers[layer], &self.layers[&layer]);
        let all = (0..of.traits.len() as u16).chain(of.none.map(|_| ABSENT));
        all.filter(|choice| !listed.contains_key(choice)).collect()
    }
}

fn find(project: &Project, row: &RarityRow) -> Result<(usize, u16), String> {
    let names: Vec<&str> = project.layers.iter().map(|layer| layer.name.as_str()).collect();
    let bare = without_numbers(&names);
    let candidates = names.iter().zip(&bare).map(|(name, bare)| [Some(*name), bare.as_deref()]);
    let wanted = key(&row.layer);
    let exact = names.iter().position(|name| *name == row.layer);
    let layer = exact.or_else(|| {
        candidates.clone().position(|names| names.into_iter().flatten().any(|name| key(name) == wanted))
    });
    let Some(layer) = layer else {
        let near = nearest(&row.layer, candidates.flatten().flatten());
        return Err(format!(
            "there is no layer {}; {}",
            quoted(&row.layer),
            suggestion(near, "correct the name")
        ));
    };
    let traits = &project.layers[layer].traits;
    let (wanted, text) = (key(&row.item), tidy(&row.item));
    let same: Vec<usize> = (0..traits.len()).filter(|&index| key(&traits[index].name) == wanted).collect();
    match (traits.iter().position(|item| item.name == text), &same[..]) {
        (Some(index), _) | (None, &[index]) => Ok((layer, index as u16)),
        (None, []) if wanted.is_empty() || absence::is_name(&text) => Ok((layer, ABSENT)),
        (None, []) => {
            let near = nearest(&text, traits.iter().map(|item| item.name.as_str()));
            let what = format!("layer {} has no trait {}", quoted(names[layer]), quoted(&text));
            Err(format!("{what}; {}", suggestion(near, "correct the name, or add the picture")))
        }
        (None, several) => {
            let names: Vec<String> = several.iter().map(|&index| quoted(&traits[index].name)).collect();
            Err(format!("{} could be {}; write the exact file name", quoted(&text), names.join(" or ")))
        }
    }
}

/// A name as it is compared.
fn key(name: &str) -> String {
    let name = FileName::parse(name).name.to_lowercase().replace(['_', '-'], " ");
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn suggestion(near: Option<&str>, otherwise: &str) -> String {
    near.map_or_else(|| otherwise.to_owned(), |near| format!("did you mean {}?", quoted(near)))
}

/// `Layer/Trait`, or `Layer/none`.
fn name(project: &Project, layer: usize, choice: u16) -> String {
    let of = &project.layers[layer];
    let item = of.traits.get(usize::from(choice)).map_or("none", |item| item.name.as_str());
    format!("{}/{item}", of.name)
}

/// As in `layer "Hat": "Cap" and "Crown" are not in the table`.
fn not_listed(project: &Project, layer: usize, unlisted: &[u16]) -> String {
    let of = &project.layers[layer];
    let names: Vec<String> = (unlisted.iter().take(5))
        .map(|&choice| {
            of.traits.get(usize::from(choice)).map_or_else(|| "none".to_owned(), |item| quoted(&item.name))
        })
        .collect();
    let are = if unlisted.len() == 1 { "is" } else { "are" };
    let more = unlisted.len().saturating_sub(names.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("layer {}: {}{more} {are} not in the table", quoted(&of.name), names.join(", "))
}

/// A number with at most two digits behind the point.
fn number(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

    fn rows(rows: &[(&str, &str, f64)]) -> Vec<RarityRow> {
        let row = |(index, &(layer, item, number)): (usize, &(&str, &str, f64))| RarityRow {
            line: index + 2,
            layer: layer.to_owned(),
            item: item.to_owned(),
            number,
        };
        rows.iter().enumerate().map(row).collect()
    }

    fn art() -> Project {
        let mut project = project(&[("01-Hat", &[1, 1]), ("Eyes", &[1, 1])]);
        project.layers[0].traits[0].name = "Red Cap".to_owned();
        project.layers[0].traits[1].name = "Crown".to_owned();
        project
    }

    fn settings(rarities: &Rarities) -> Vec<(&str, f64)> {
        rarities.settings.iter().map(|(name, number)| (name.as_str(), *number)).collect()
    }

    #[test]
    fn names_are_matched_as_people_write_them() {
        let table = rows(&[("hat", "red_cap.png", 3.0), ("01-Hat", "CROWN", 1.0), ("Hat", "None", 0.5)]);
        let found = Rarities::of(&art(), RarityKind::Weight, &table).unwrap();
        assert_eq!(settings(&found), [("01-Hat/Red Cap", 3.0), ("01-Hat/Crown", 1.0), ("01-Hat/none", 0.5)]);
        assert_eq!((found.notes.len(), found.count), (0, None));
    }

    #[test]
    fn what_is_left_of_a_hundred_percent_goes_to_what_is_not_listed_or_to_absence() {
        let table = rows(&[("Hat", "Crown", 10.0), ("Hat", "Red cap", 30.0), ("Eyes", "A", 0.0)]);
        let mut project = art();
        (project.layers[1].traits[0].name, project.layers[1].traits[1].name) = ("A".into(), "B".into());
        let found = Rarities::of(&project, RarityKind::Percent, &table).unwrap();
        let expected = [
            ("01-Hat/Red Cap", 30.0),
            ("01-Hat/Crown", 10.0),
            ("01-Hat/none", 60.0),
            ("Eyes/A", 0.0),
            ("Eyes/B", 100.0),
        ];
        assert_eq!(settings(&found), expected);
        assert_eq!(found.notes.len(), 2);
        let fractions = rows(&[("Hat", "Crown", 0.1), ("Hat", "Red cap", 0.9)]);
        let found = Rarities::of(&project, RarityKind::Percent, &fractions).unwrap();
        assert_eq!(settings(&found), [("01-Hat/Red Cap", 90.0), ("01-Hat/Crown", 10.0)]);
        let many = rows(&[("Hat", "Crown", 70.0), ("Hat", "Red cap", 40.0)]);
        let problems = Rarities::of(&project, RarityKind::Percent, &many).unwrap_err();
        assert!(problems[0].0 == 3 && problems[0].1.contains("add up to 110"), "{problems:?}");
    }

    #[test]
    fn counts_make_the_number_of_items() {
        let mut project = art();
        (project.layers[1].traits[0].name, project.layers[1].traits[1].name) = ("A".into(), "B".into());
        let table = rows(&[
            ("Hat", "Crown", 10.0),
            ("Hat", "Red cap", 30.0),
            ("Eyes", "A", 90.0),
            ("Eyes", "B", 10.0),
        ]);
        let found = Rarities::of(&project, RarityKind::Count, &table).unwrap();
        assert_eq!((found.count, settings(&found)[2]), (Some(100), ("01-Hat/none", 60.0)));
        let half = rows(&[("Hat", "Crown", 1.5)]);
        assert!(Rarities::of(&project, RarityKind::Count, &half).unwrap_err()[0].1.contains("whole number"));
    }

    #[test]
    fn rows_that_match_nothing_are_problems_with_the_nearest_name() {
        let table = rows(&[
            ("Hut", "Crown", 1.0),
            ("Hat", "Crwn", 1.0),
            ("Eyes", "Laser", -1.0),
            ("Hat", "crown", 1.0),
            ("Hat", "Crown", 2.0),
        ]);
        let problems = Rarities::of(&art(), RarityKind::Weight, &table).unwrap_err();
        let expected = [
            (2, "did you mean \"Hat\"?"),
            (3, "did you mean \"Crown\"?"),
            (4, "-1"),
            (6, "on line 5 already"),
        ];
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        for ((line, what), (expected, part)) in problems.iter().zip(expected) {
            assert!(*line == expected && what.contains(part), "{line}: {what}");
        }
    }
}
