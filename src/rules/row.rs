//! Whether a single item is possible.

use crate::error::{Explain, Explanation, Remedy, quoted};
use crate::project::{ABSENT, Project};
use crate::rules::unique_sets::region_count;
use crate::rules::words::{broken_rule, nesting_in_words};

/// Why an item is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.explain())]
#[non_exhaustive]
pub enum RowError {
    /// Too few or too many layers.
    Length {
        /// The layers that were given.
        found: usize,
        /// The project's layers.
        expected: usize,
    },
    /// A trait that does not exist.
    Trait {
        /// The layer's name.
        layer: String,
        /// Its traits.
        traits: usize,
        /// The number that was asked for.
        index: usize,
    },
    /// A layer by a name that no layer has.
    NoLayer {
        /// The name.
        name: String,
        /// The next step.
        hint: String,
    },
    /// A trait by a name that no trait of its layer has.
    NoTrait {
        /// The layer's name.
        layer: String,
        /// The trait's name.
        name: String,
        /// The next step.
        hint: String,
    },
    /// A layer that is never absent, and that the item does not name.
    NotNamed {
        /// The layer's name.
        layer: String,
        /// The names of its traits.
        traits: String,
    },
    /// A layer that must be present or absent.
    Presence {
        /// The layer's name.
        layer: String,
        /// `absent` or `present`.
        what: &'static str,
    },
    /// A layer that does not belong to the group.
    Group {
        /// The layer's name.
        layer: String,
        /// The group's.
        group: String,
    },
    /// A one-of-one that does not exist.
    One {
        /// The one-of-ones of the project.
        ones: usize,
        /// The number that was asked for.
        number: usize,
    },
    /// A rule is broken.
    Rule {
        /// The rule in words.
        rule: String,
    },
}

impl Explain for RowError {
    fn explain(&self) -> Explanation<'_> {
        let (detail, hint) = self.detail_and_hint();
        Explanation::usage(detail).remedy(Remedy::text(hint))
    }
}

impl RowError {
    /// What is wrong, and the next step.
    pub(crate) fn detail_and_hint(&self) -> (String, String) {
        let named;
        let (detail, hint) = match self {
            Self::NoLayer { name, hint } => (format!("the project has no layer {name}"), hint.as_str()),
            Self::NoTrait { layer, name, hint } => {
                (format!("layer {layer} has no trait {name}"), hint.as_str())
            }
            Self::NotNamed { layer, traits } => {
                named = format!("name one of {traits}");
                (format!("layer {layer} is never absent, and the item has no trait of it"), named.as_str())
            }
            Self::Length { found, expected } => (
                format!("the item has {found} layers, and the project has {expected}"),
                "give a trait or none for each layer",
            ),
            Self::Trait { layer, traits, index } => (
                format!("layer {layer} has {traits} traits, and number {index} was requested"),
                "numbers start at 0",
            ),
            Self::Presence { layer, what } => {
                (format!("layer {layer} is never {what}"), "change its chance or the item")
            }
            Self::Group { layer, group } => {
                (format!("layer {layer} is not in group {group}"), "remove it, or add it to the group")
            }
            Self::One { ones, number } => (
                format!("the project has {ones} one-of-ones, and number {number} was requested"),
                "numbers start at 0",
            ),
            Self::Rule { rule } => (format!("the item breaks a rule: {rule}"), "change the item or the rule"),
        };
        (detail, hint.to_owned())
    }
}

/// Checks that the configuration allows the item with these traits, an index or [`ABSENT`] for each layer in drawing
/// order.
///
/// # Errors
/// The first layer that does not fit.
pub(crate) fn check_row(project: &Project, row: &[u16]) -> Result<(), RowError> {
    if row.len() != project.layers.len() {
        return Err(RowError::Length { found: row.len(), expected: project.layers.len() });
    }
    let groups = 0..region_count(project);
    // The error is that of the group that comes nearest: the one in which the most layers from the back on are possible.
    let found = groups.map(|group| check_in_group(project, group, row));
    let found = found.reduce(|best, next| match (&best, &next) {
        (Ok(()), _) => best,
        (_, Ok(())) => next,
        (Err((a, _)), Err((b, _))) => {
            if b > a {
                next
            } else {
                best
            }
        }
    });
    found.unwrap_or(Ok(())).map_err(|(_, error)| error)?;
    match broken_rule(project, row) {
        Some(rule) => Err(RowError::Rule { rule }),
        None => Ok(()),
    }
}

/// The first group that an item can be of, where there are groups.
pub(crate) fn group_of(project: &Project, row: &[u16]) -> Option<u16> {
    let mut groups = (0..project.groups.len()).filter(|&group| check_in_group(project, group, row).is_ok());
    groups.next().map(|group| group as u16)
}

/// Whether an item of a group is possible without looking at rules; else the layer that is not.
pub(crate) fn check_in_group(project: &Project, group: usize, row: &[u16]) -> Result<(), (usize, RowError)> {
    for (number, (layer, &index)) in project.layers.iter().zip(row).enumerate() {
        let impossible = |what| (number, RowError::Presence { layer: quoted(&layer.name), what });
        if let Some(group) = project.groups.get(group)
            && !group.layers.contains(&number)
        {
            if index == ABSENT {
                continue;
            }
            let (layer, group) = (quoted(&layer.name), quoted(&group.name));
            return Err((number, RowError::Group { layer, group }));
        }
        if !project.asks_for(number, row) {
            match index {
                ABSENT => continue,
                _ => {
                    let rule = nesting_in_words(project, number);
                    return Err((number, RowError::Rule { rule }));
                }
            }
        }
        match index {
            // It is drawn when the plan is whole.
            ABSENT if layer.is_apart => {}
            ABSENT if !layer.can_be_absent() => return Err(impossible("absent")),
            ABSENT => {}
            _ if usize::from(index) >= layer.traits.len() => {
                let (layer, traits, index) = (quoted(&layer.name), layer.traits.len(), index.into());
                return Err((number, RowError::Trait { layer, traits, index }));
            }
            _ if layer.chance == 0 => return Err(impossible("present")),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

    #[test]
    fn only_possible_items_pass() {
        let mut project = project(&[("A", &[1, 1]), ("B", &[1])]);
        project.layers[1].chance = 500_000;
        assert_eq!(check_row(&project, &[1, 0]), Ok(()));
        assert_eq!(check_row(&project, &[0, ABSENT]), Ok(()));
        assert!(matches!(check_row(&project, &[ABSENT, 0]), Err(RowError::Presence { what: "absent", .. })));
        assert!(matches!(check_row(&project, &[2, 0]), Err(RowError::Trait { traits: 2, index: 2, .. })));
        assert!(matches!(check_row(&project, &[0]), Err(RowError::Length { found: 1, expected: 2 })));
        project.layers[1].chance = 0;
        assert!(matches!(check_row(&project, &[0, 0]), Err(RowError::Presence { what: "present", .. })));
    }
}
