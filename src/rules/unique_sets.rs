//! In what items are compared.

use crate::project::Project;
use crate::rules::compared::{Compared, PictureKey};

/// All in which items are compared: sets of layers whose combinations are not repeated, and the picture, where items differ by it.
pub(crate) fn unique_sets(project: &Project) -> Vec<Compared> {
    let picture = PictureKey::new(project);
    let mut sets = project.unique_sets.clone();
    sets.extend(whole_set(project).filter(|_| picture.is_none()));
    sets.sort();
    sets.dedup();
    let sets = sets.into_iter().map(Compared::Layers);
    sets.chain(picture.map(Compared::Picture)).collect()
}

/// The set of all layers that count, if equal items are not allowed.
fn whole_set(project: &Project) -> Option<Vec<usize>> {
    let all = counting_layers(project);
    (!project.duplicates && !all.is_empty()).then_some(all)
}

/// The layers that count when items are compared.
pub(crate) fn counting_layers(project: &Project) -> Vec<usize> {
    (0..project.layers.len()).filter(|&layer| project.layers[layer].unique).collect()
}

/// Whether items of a group are compared in this set: it shows all of these layers, or they are all that count. A set
/// of layers that a group does not have does not restrict that group's items: else it would let it have few.
pub(crate) fn is_compared(project: &Project, group: usize, set: &Compared) -> bool {
    let Compared::Layers(set) = set else { return true };
    let Some(group) = project.groups.get(group) else { return true };
    set.iter().all(|layer| group.layers.contains(layer))
        || whole_set(project).is_some_and(|whole| whole == *set)
}

/// How many regions a project has: its groups, or one for all items.
pub(crate) fn region_count(project: &Project) -> usize {
    project.groups.len().max(1)
}
