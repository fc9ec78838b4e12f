//! In which sets of layers items are compared.

use crate::project::Project;

/// Sets of layers whose combinations are not repeated, each by its layers in drawing order.
pub(crate) fn unique_sets(project: &Project) -> Vec<Vec<usize>> {
    let mut sets = project.unique_sets.clone();
    sets.extend(whole_set(project));
    sets.sort();
    sets.dedup();
    sets
}

/// The set of all layers that count, if equal items are not allowed.
fn whole_set(project: &Project) -> Option<Vec<usize>> {
    let all: Vec<usize> = (0..project.layers.len()).filter(|&layer| project.layers[layer].unique).collect();
    (!project.duplicates && !all.is_empty()).then_some(all)
}

/// Whether items of a group are compared in this set: it shows all of these layers, or they are all that count. A set
/// of layers that some group has not says nothing of that group's items: else it would let it have few.
pub(crate) fn is_compared(project: &Project, group: usize, set: &[usize]) -> bool {
    let Some(group) = project.groups.get(group) else { return true };
    set.iter().all(|layer| group.layers.contains(layer))
        || whole_set(project).is_some_and(|whole| whole == set)
}

/// How many regions a project has: its groups, or one for all items.
pub(crate) fn region_count(project: &Project) -> usize {
    project.groups.len().max(1)
}
