//! Whether a single item is possible.

use crate::collection::{Project, quoted};
use crate::selection::ABSENT;
use crate::selection::explain::broken_rule;

/// Why an item is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// Too few or too many layers.
    #[error(
        "an item of {found} layers was asked for, and the project has {expected}; give one trait or ABSENT for each"
    )]
    Length {
        /// What was given.
        found: usize,
        /// The project's layers.
        expected: usize,
    },
    /// A trait that is not there.
    #[error("layer {layer} has {traits} traits, and number {index} was asked for; count from 0")]
    Trait {
        /// The layer's name.
        layer: String,
        /// How many it has.
        traits: usize,
        /// What was asked for.
        index: u16,
    },
    /// A layer that must be there or must not.
    #[error("layer {layer} is never {what}; change its chance or the item")]
    Presence {
        /// The layer's name.
        layer: String,
        /// `absent` or `present`.
        what: &'static str,
    },
    /// A one-of-one that is not there.
    #[error("the project has {ones} one-of-ones, and number {number} was asked for; count from 0")]
    One {
        /// How many it has.
        ones: usize,
        /// What was asked for.
        number: usize,
    },
    /// A rule is broken.
    #[error("the item breaks a rule: {rule}; change the item or the rule")]
    Rule {
        /// The rule in words.
        rule: String,
    },
}

/// Checks that the configuration allows the item with these traits, an index or [`ABSENT`] for each layer in drawing
/// order.
///
/// # Errors
/// The first layer that does not fit.
pub fn check_row(project: &Project, row: &[u16]) -> Result<(), RowError> {
    if row.len() != project.layers.len() {
        return Err(RowError::Length { found: row.len(), expected: project.layers.len() });
    }
    for (layer, &index) in project.layers.iter().zip(row) {
        let impossible = |what| RowError::Presence { layer: quoted(&layer.name), what };
        match index {
            ABSENT if !layer.can_be_absent() => return Err(impossible("absent")),
            ABSENT => {}
            _ if usize::from(index) >= layer.traits.len() => {
                return Err(RowError::Trait {
                    layer: quoted(&layer.name),
                    traits: layer.traits.len(),
                    index,
                });
            }
            _ if layer.chance == 0 => return Err(impossible("present")),
            _ => {}
        }
    }
    match broken_rule(project, row) {
        Some(rule) => Err(RowError::Rule { rule }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection::testing::project;

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
