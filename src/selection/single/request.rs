//! A request for one item: layers that are limited, and a text to draw the others by.

use crate::plan::{Item, choice_named, layer_named};
use crate::project::{ABSENT, Layer, Project, quoted};
use crate::rules::choice_in_words;
use crate::selection::draw::RandomStream;
use crate::selection::single::error::RequestError;
use crate::selection::single::items::{Items, Limits, Regions};
use crate::selection::single::reach::Limited;
use crate::selection::single::why::why;

/// What the words of a draw are for. Another version of the draw needs another text.
const CONTEXT: &str = "traitpress 2026-11 item of a text seed v1";
/// Items that are drawn until one obeys the rules that are in no diagram.
const TRIES: u32 = 1000;

/// A request for an item: see [`Items::request`].
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use traitpress::project::Project;
/// use traitpress::selection::Items;
///
/// let project = Project::open("my-project".as_ref())?;
/// let items = Items::new(&project)?;
/// let alice = items.request(&project).seeded("alice")?;
/// // The same with a hat of one's own, and a background that is one of two.
/// let request = items.request(&project).with("Hat", "Crown")?.among("Background", ["Red", "Blue"])?;
/// let crowned = request.seeded("alice")?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ItemRequest<'a> {
    pub(super) project: &'a Project,
    pub(super) items: &'a Items,
    /// Of layers that diagrams decide.
    pub(super) limits: Limits,
    /// The same of layers that are drawn apart.
    pub(super) apart: Limits,
}

impl<'a> ItemRequest<'a> {
    pub(super) fn new(project: &'a Project, items: &'a Items) -> Self {
        let none = vec![None; project.layers.len()];
        Self { project, items, limits: none.clone(), apart: none }
    }

    /// Shows this trait of this layer; a name of absence shows nothing.
    ///
    /// # Errors
    /// If there is no such layer, or no such trait in it.
    pub fn with(self, layer: &str, name: &str) -> Result<Self, RequestError> {
        self.among(layer, [name])
    }

    /// Shows nothing of this layer.
    ///
    /// # Errors
    /// If there is no such layer.
    pub fn without(mut self, layer: &str) -> Result<Self, RequestError> {
        let number = layer_named(self.project, layer)?;
        self.set(number, vec![ABSENT]);
        Ok(self)
    }

    /// Shows one of these traits of this layer; `none` is its absence, unless a trait has that name.
    ///
    /// # Errors
    /// If there is no such layer, no such trait in it, or the list is empty.
    pub fn among<'n>(
        mut self,
        layer: &str,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<Self, RequestError> {
        let number = layer_named(self.project, layer)?;
        let choices = names.into_iter().map(|name| choice_named(self.project, number, name));
        let mut choices: Vec<u16> = choices.collect::<Result<_, _>>()?;
        if choices.is_empty() {
            return Err(RequestError::Nothing { layer: quoted(&self.project.layers[number].name) });
        }
        choices.sort_unstable();
        choices.dedup();
        self.set(number, choices);
        Ok(self)
    }

    fn set(&mut self, layer: usize, choices: Vec<u16>) {
        let is_apart = self.project.layers[layer].is_apart;
        let limits = if is_apart { &mut self.apart } else { &mut self.limits };
        limits[layer] = Some(choices);
    }

    /// Draws the item of a text, for example of a user's name: always the same one for the same text, limits and project.
    ///
    /// Limited layers show one of their choices. Each other layer shows what it shows without the limits, unless rules forbid it
    /// beside them. Items are drawn by weight, chance and rules, and groups by their numbers of items. One-of-ones are never
    /// drawn, two texts can have the same item, and numbers of items (`count`, `min`, `max`) do not count, as they describe a
    /// whole collection. The text is taken byte by byte: `Alice` and `alice` are two.
    ///
    /// # Errors
    /// If no item shows what is requested; the error names the rules.
    pub fn seeded(&self, text: &str) -> Result<Item, RequestError> {
        let space = self.items.space_for(self.project, &self.limits);
        let limited = self.limited(&space)?;
        for attempt in 0..TRIES {
            let mut row = vec![ABSENT; self.project.layers.len()];
            let group = self.draw_group(&limited, &mut stream(text, attempt, None));
            let words = |layer: usize| stream(text, attempt, Some(&self.project.layers[layer]));
            limited[group].draw(words, &mut row);
            if !space.beside.iter().all(|&clause| self.items.clauses[clause].holds(&row)) {
                continue;
            }
            let apart = self.project.layers.iter().enumerate().filter(|(_, layer)| layer.is_apart);
            for (number, layer) in apart {
                row[number] = draw_apart(layer, self.apart[number].as_deref(), &mut words(number))?;
            }
            let index = |&choice: &u16| (choice != ABSENT).then_some(choice.into());
            return Ok(Item::from_indices(self.project, row.iter().map(index))?);
        }
        Err(RequestError::NotFound { tries: TRIES })
    }

    /// The diagrams under the limits, of which at least one has an item.
    pub(super) fn limited<'s>(&'s self, space: &'s Regions) -> Result<Vec<Limited<'s>>, RequestError> {
        let is_in_order = self.items.is_in_order;
        let limited: Vec<Limited<'s>> =
            space.diagrams.iter().map(|diagram| Limited::new(diagram, is_in_order, &self.limits)).collect();
        let weighed = limited.iter().zip(&self.items.shares);
        if weighed.filter(|(_, share)| **share > 0).all(|(limited, _)| limited.reach() == 0.0) {
            let reasons = why(self.project, &self.items.clauses, space, &self.items.shares, &self.limits);
            let mut reasons: Vec<String> =
                reasons.into_iter().map(|reason| reason.in_words(self.project)).collect();
            if reasons.is_empty() {
                reasons.push("the rules forbid it together".to_owned());
            }
            return Err(RequestError::Conflict { requested: self.in_words(), reasons });
        }
        Ok(limited)
    }

    /// Draws the number of a group, first as without limits; see [`super::reach`].
    fn draw_group(&self, limited: &[Limited<'_>], words: &mut RandomStream) -> usize {
        let shares = &self.items.shares;
        if shares.len() == 1 {
            return 0;
        }
        let pick = |words: &mut RandomStream, weights: &[u64]| {
            let mut drawn = words.below(weights.iter().sum());
            let found = weights.iter().position(|&weight| {
                let is_here = drawn < weight;
                drawn = drawn.wrapping_sub(weight);
                is_here
            });
            found.expect("a draw is below the sum of the weights")
        };
        let group = pick(words, shares);
        let drawn = limited.iter().zip(shares).filter(|(_, share)| **share > 0);
        let reach = limited[group].reach() / drawn.map(|(limited, _)| limited.reach()).fold(0.0, f64::max);
        if reach == 1.0 || words.below(1 << 53) < (reach * (1u64 << 53) as f64) as u64 {
            return group;
        }
        let within: Vec<f64> =
            limited.iter().zip(shares).map(|(limited, &share)| limited.reach() * share as f64).collect();
        let most = within.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let weight =
            |&part: &f64| if part > 0.0 { ((part / most * (1u64 << 47) as f64) as u64).max(1) } else { 0 };
        pick(words, &within.iter().map(weight).collect::<Vec<u64>>())
    }

    /// What is limited, for messages.
    fn in_words(&self) -> String {
        let limited = self.limits.iter().enumerate().filter_map(|(layer, limit)| {
            let named =
                limit.as_ref()?.iter().map(|&choice| quoted(&choice_in_words(self.project, layer, choice)));
            Some(named.collect::<Vec<_>>().join(" or "))
        });
        limited.collect::<Vec<_>>().join(" and ")
    }
}

/// The random words of a layer for a text, or those that decide the group.
fn stream(text: &str, attempt: u32, layer: Option<&Layer>) -> RandomStream {
    let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
    let mut field = |bytes: &[u8]| {
        // With its length first, so that no two requests give the same bytes.
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    field(text.as_bytes());
    field(&attempt.to_le_bytes());
    if let Some(layer) = layer {
        field(layer.name.as_bytes());
    }
    RandomStream::of_key(*hasher.finalize().as_bytes())
}

/// Draws a choice of a layer that no other layer depends on, by its weights.
fn draw_apart(layer: &Layer, limit: Option<&[u16]>, words: &mut RandomStream) -> Result<u16, RequestError> {
    let weight = |index: u16| layer.traits[usize::from(index)].weight;
    let pick = |words: &mut RandomStream, choices: &[(u16, u64)]| {
        let mut drawn = words.below_wide(choices.iter().map(|&(_, weight)| u128::from(weight)).sum());
        let found = choices.iter().find(|&&(_, weight)| {
            let is_here = drawn < u128::from(weight);
            drawn = drawn.wrapping_sub(weight.into());
            is_here
        });
        found.expect("a draw is below the sum of the weights").0
    };
    let all: Vec<(u16, u64)> = (0..layer.traits.len() as u16).map(|index| (index, weight(index))).collect();
    let first = pick(words, &all);
    let Some(limit) = limit else { return Ok(first) };
    if limit.contains(&first) {
        return Ok(first);
    }
    let mut left: Vec<(u16, u64)> = all.into_iter().filter(|(index, _)| limit.contains(index)).collect();
    if left.is_empty() {
        let error = crate::rules::RowError::Presence { layer: quoted(&layer.name), what: "absent" };
        return Err(error.into());
    }
    if left.iter().all(|&(_, weight)| weight == 0) {
        left.iter_mut().for_each(|(_, weight)| *weight = 1);
    }
    Ok(pick(words, &left))
}
