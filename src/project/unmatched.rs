//! References in rules that no item can match: the rule then says something that its writer did not mean.
//!
//! Only what the settings of one layer decide is looked at here, so that every command can afford it. Whether a rule changes
//! nothing together with all others is for the survey of `selection`.

use std::path::Path;

use crate::error::{Problem, quoted};
use crate::project::choice::ABSENT;
use crate::project::model::Layer;
use crate::project::rule::{Group, Reference, Rule, RuleKind};

/// A warning for each reference that no item can match.
pub(super) fn warnings(path: &Path, layers: &[Layer], groups: &[Group], rules: &[Rule]) -> Vec<Problem> {
    let can_be_shown = |layer: usize, choice: u16| match choice {
        ABSENT if layers[layer].parent.is_some() => true,
        ABSENT => layers[layer].can_be_absent() || groups.iter().any(|group| !group.layers.contains(&layer)),
        index => layers[layer].chance > 0 && layers[layer].traits[usize::from(index)].weight > 0,
    };
    let mut found: Vec<Problem> = Vec::new();
    for rule in rules {
        for reference in references(rule) {
            let mut all =
                reference.choices.iter().flat_map(|some| some.any.iter().map(|&one| (some.layer, one)));
            if all.clone().any(|(layer, choice)| can_be_shown(layer, choice)) {
                continue;
            }
            let (why, remedy) = match (all.next(), all.next()) {
                (Some((layer, ABSENT)), None) => (
                    format!("the layer {} is never absent", quoted(&layers[layer].name)),
                    "lower the layer's chance, add an empty file named None, or change the rule",
                ),
                (Some((layer, _)), None) if layers[layer].chance > 0 => {
                    ("its weight is 0".to_owned(), "set a weight, or change the rule")
                }
                _ => (
                    "nothing that it refers to is ever selected".to_owned(),
                    "raise a weight or the layer's chance, or change the rule",
                ),
            };
            let what = format!("{} in rule {} matches no item: {why}", quoted(&reference.text), rule.number);
            let problem = Problem::at(path, what, remedy).on_line(rule.line);
            if !found.contains(&problem) {
                found.push(problem);
            }
        }
    }
    found
}

/// All references of a rule.
fn references(rule: &Rule) -> impl Iterator<Item = &Reference> {
    let (when, others): (_, &[Reference]) = match &rule.kind {
        RuleKind::Forbid(all) => (None, all),
        RuleKind::Require(when, all) | RuleKind::Allow(when, all) | RuleKind::Exclude(when, all) => {
            (Some(when), all)
        }
        RuleKind::SameTag(_) | RuleKind::Same(_) => (None, &[]),
    };
    when.into_iter().chain(others)
}

#[cfg(test)]
mod tests {
    use crate::project::project;

    #[test]
    fn what_no_item_can_match_is_named_once_with_its_reason() {
        let mut project = project(&[("A", &[1, 0]), ("B", &[1, 1]), ("C", &[1])]);
        project.layers[2].chance = 0;
        let text = "[[rules]]\nforbid = [\"A/none\", \"B/B 0\"]\n[[rules]]\nwhen = \"A/A 1\"\nrequire = \"B/B 1\"\nforbid = \"C\"\n";
        assert_eq!(project.add_wishes(text), []);
        let found = super::warnings("c.toml".as_ref(), &project.layers, &project.groups, &project.rules);
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:#?}");
        for (line, part) in found.iter().zip([
            "c.toml:1: \"A/none\" in rule 1 matches no item: the layer \"A\" is never absent; lower",
            "c.toml:3: \"A/A 1\" in rule 2 matches no item: its weight is 0; set a weight",
            "c.toml:3: \"C\" in rule 2 matches no item: nothing that it refers to is ever selected; raise",
        ]) {
            assert!(line.starts_with(part), "{line}");
        }
    }

    #[test]
    fn a_layer_that_a_group_lacks_can_be_absent() {
        let mut project = project(&[("A", &[1]), ("B", &[1])]);
        let text = "[[groups]]\nname = \"g\"\ncount = 1\nlayers = [\"A\"]\n[[groups]]\nname = \"h\"\ncount = 1\nlayers = [\"A\", \"B\"]\n\
                    [[rules]]\nforbid = [\"B/none\", \"A\"]\n";
        assert_eq!(project.add_wishes(text), []);
        assert_eq!(super::warnings("c.toml".as_ref(), &project.layers, &project.groups, &project.rules), []);
        project.groups.remove(0);
        assert_eq!(
            super::warnings("c.toml".as_ref(), &project.layers, &project.groups, &project.rules).len(),
            1
        );
    }
}
