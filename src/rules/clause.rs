//! Rules as clauses: of each, at least one layer must show one of some choices.
//!
//! Every kind of rule is a conjunction of such clauses, and clauses do not care which of their layers is decided first.
//! That is what makes rules work in both directions and in any order.

use std::collections::BTreeMap;

use crate::project::{ABSENT, Choices, NOT_ASKED, Project, Reference, Rule, RuleKind};

/// A layer and the choices of it that make a clause true: one flag for each trait, then one for absence, and one for a layer
/// that is not chosen from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Literal {
    pub(crate) layer: usize,
    allowed: Vec<bool>,
}

impl Literal {
    pub(crate) fn allows(&self, choice: u16) -> bool {
        let slot = match choice {
            NOT_ASKED => self.allowed.len() - 1,
            ABSENT => self.allowed.len() - 2,
            index => index.into(),
        };
        self.allowed.get(slot).copied().unwrap_or(false)
    }

    /// The same for a choice of a row, which does not say why a layer is absent.
    fn allows_in_row(&self, choice: u16) -> bool {
        self.allows(choice) || (choice == ABSENT && self.allows(NOT_ASKED))
    }
}

/// The number of a rule that is none: that a layer is chosen from with the traits that it belongs to, and only with these.
pub(crate) const NESTING: usize = usize::MAX;

/// One of its literals must be true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clause {
    /// The index of its rule in the project; of a choice inside a choice, which no rule states, [`NESTING`].
    pub(crate) rule: usize,
    /// At most one a layer, by layer.
    pub(crate) literals: Vec<Literal>,
}

impl Clause {
    pub(crate) fn holds(&self, row: &[u16]) -> bool {
        self.literals.iter().any(|literal| literal.allows_in_row(row[literal.layer]))
    }
}

/// Whether an item obeys a rule.
pub(crate) fn obeys(project: &Project, rule: &Rule, row: &[u16]) -> bool {
    let any = |list: &[Reference]| list.iter().any(|reference| reference.is_shown(row));
    match &rule.kind {
        RuleKind::Forbid(list) => !list.iter().all(|reference| reference.is_shown(row)),
        RuleKind::Require(when, list) => !when.is_shown(row) || any(list),
        RuleKind::Exclude(when, list) => !when.is_shown(row) || !any(list),
        RuleKind::Allow(when, list) => {
            let choices = || list.iter().flat_map(|reference| &reference.choices);
            let fits = |layer: usize| {
                let of_layer = || choices().filter(move |choices| choices.layer == layer);
                row[layer] == ABSENT
                    || of_layer().next().is_none()
                    || of_layer().any(|choices| choices.any.binary_search(&row[layer]).is_ok())
            };
            !when.is_shown(row) || (0..row.len()).all(fits)
        }
        RuleKind::Same([a, b]) => {
            let name = |layer: usize| match row[layer] {
                ABSENT => None,
                index => Some(&project.layers[layer].traits[usize::from(index)].name),
            };
            name(*a) == name(*b)
        }
        RuleKind::SameTag([a, b]) => {
            let tags = |layer: usize| match row[layer] {
                ABSENT => None,
                index => Some(&project.layers[layer].traits[usize::from(index)].tags),
            };
            match (tags(*a), tags(*b)) {
                (Some(a), Some(b)) => a.iter().any(|tag| b.contains(tag)),
                _ => true,
            }
        }
    }
}

/// The clauses of all rules.
pub(crate) fn clauses(project: &Project) -> Vec<Clause> {
    let mut made = Maker { project, rule: 0, clauses: Vec::new() };
    for (index, rule) in project.rules.iter().enumerate() {
        made.rule = index;
        made.rule(rule);
    }
    made.rule = NESTING;
    for (layer, settings) in project.layers.iter().enumerate() {
        settings.parent.iter().for_each(|parent| made.nesting(layer, parent));
    }
    made.clauses
}

/// Layers, each with choices; a clause in the making.
type Draft = BTreeMap<usize, Vec<bool>>;

struct Maker<'a> {
    project: &'a Project,
    rule: usize,
    clauses: Vec<Clause>,
}

impl Maker<'_> {
    fn rule(&mut self, rule: &Rule) {
        match &rule.kind {
            RuleKind::Forbid(list) => self.not_all(list, &Draft::new()),
            RuleKind::Exclude(when, list) => {
                for other in list {
                    self.not_all(&[when.clone(), other.clone()], &Draft::new());
                }
            }
            RuleKind::Require(when, list) => {
                let mut wanted = Draft::new();
                for choices in list.iter().flat_map(|reference| &reference.choices) {
                    self.add(&mut wanted, choices.layer, |choice| choices.any.contains(&choice));
                }
                self.not_all(std::slice::from_ref(when), &wanted);
            }
            RuleKind::Allow(when, list) => {
                let mut wanted = Draft::new();
                for choices in list.iter().flat_map(|reference| &reference.choices) {
                    self.add(&mut wanted, choices.layer, |choice| {
                        choice == ABSENT || choices.any.contains(&choice)
                    });
                }
                // Each layer that is spoken of must keep to what is allowed of it.
                for (layer, allowed) in wanted {
                    self.not_all(std::slice::from_ref(when), &Draft::from([(layer, allowed)]));
                }
            }
            RuleKind::SameTag([a, b]) => self.same_tag(*a, *b),
            RuleKind::Same([a, b]) => self.same(*a, *b),
        }
    }

    /// Each choice of the first layer leaves one of the second.
    fn same(&mut self, a: usize, b: usize) {
        let project = self.project;
        let names = |layer: usize| project.layers[layer].traits.iter().map(|item| item.name.as_str());
        for (index, name) in
            (0u16..).zip(names(a)).map(|(index, name)| (index, Some(name))).chain([(ABSENT, None)])
        {
            let same = name
                .map_or(Some(ABSENT), |name| names(b).position(|other| other == name).map(|at| at as u16));
            let mut draft = Draft::new();
            self.add(&mut draft, a, |choice| choice != index);
            self.add(&mut draft, b, |choice| Some(choice) == same);
            self.push(draft);
        }
    }

    fn same_tag(&mut self, a: usize, b: usize) {
        let project = self.project;
        let traits = &project.layers[a].traits;
        let mut groups: BTreeMap<&[u16], Vec<u16>> = BTreeMap::new();
        for (index, item) in (0u16..).zip(traits) {
            groups.entry(&item.tags).or_default().push(index);
        }
        for (tags, group) in groups {
            let mut draft = Draft::new();
            self.add(&mut draft, a, |choice| !group.contains(&choice));
            self.add(&mut draft, b, |choice| {
                let other = project.layers[b].traits.get(usize::from(choice));
                other.is_none_or(|other| other.tags.iter().any(|tag| tags.contains(tag)))
            });
            self.push(draft);
        }
    }

    /// A layer is chosen from if one of its parents is shown, and else it is not.
    fn nesting(&mut self, layer: usize, parent: &Choices) {
        for is_shown in [true, false] {
            let mut draft = Draft::new();
            self.add(&mut draft, parent.layer, |choice| parent.has(choice) != is_shown);
            self.add(&mut draft, layer, |_| is_shown);
            if let Some(own) = draft.get_mut(&layer) {
                *own.last_mut().expect("there is a flag for a layer that is not chosen from") = !is_shown;
            }
            self.push(draft);
        }
    }

    /// Adds choices of a layer to a clause.
    fn add(&self, draft: &mut Draft, layer: usize, makes_true: impl Fn(u16) -> bool) {
        let traits = self.project.layers[layer].traits.len();
        let allowed = draft.entry(layer).or_insert_with(|| vec![false; traits + 2]);
        // Rules do not tell one absence from the other.
        let choices = (0..traits as u16).chain([ABSENT, ABSENT]);
        allowed.iter_mut().zip(choices).for_each(|(slot, choice)| *slot |= makes_true(choice));
    }

    /// "Not all of these, or else what is in `wanted`": a reference to choices of several layers is true if one
    /// of them is shown, so each way to take one layer of every reference is a clause.
    fn not_all(&mut self, list: &[Reference], wanted: &Draft) {
        let mut drafts = vec![wanted.clone()];
        for reference in list {
            let mut longer = Vec::new();
            for draft in &drafts {
                for choices in &reference.choices {
                    let mut draft = draft.clone();
                    self.add(&mut draft, choices.layer, |choice| !choices.any.contains(&choice));
                    longer.push(draft);
                }
            }
            drafts = longer;
        }
        drafts.into_iter().for_each(|draft| self.push(draft));
    }

    fn push(&mut self, draft: Draft) {
        // What is true of every item says nothing.
        if draft.values().any(|allowed| allowed.iter().all(|&allowed| allowed)) {
            return;
        }
        let literals = draft.into_iter().filter(|(_, allowed)| allowed.contains(&true));
        let literals = literals.map(|(layer, allowed)| Literal { layer, allowed }).collect();
        self.clauses.push(Clause { rule: self.rule, literals });
    }
}
