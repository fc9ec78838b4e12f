//! The label of an item in a shard of the layout `webdataset`: its traits as a line of text.

use crate::plan::Plan;
use crate::project::{ABSENT, Project};

/// Writes labels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Labels<'a> {
    pub(crate) project: &'a Project,
    /// By ascending edition.
    pub(crate) plan: &'a Plan,
}

impl Labels<'_> {
    /// `Background: Sky, Hat: Crown`; absent layers are left out, and a one-of-one has its name.
    pub(crate) fn of(&self, edition: u32) -> String {
        let Self { project, plan } = self;
        let (mut low, mut high) = (0, plan.len());
        while low < high {
            let middle = low.midpoint(high);
            if plan.edition(middle) < edition { low = middle + 1 } else { high = middle }
        }
        if let Some(number) = plan.one(low) {
            return format!("{}\n", project.ones[number].name);
        }
        let shown = project.layers.iter().zip(plan.traits(low)).filter(|(_, choice)| **choice != ABSENT);
        let shown = shown
            .map(|(layer, &choice)| format!("{}: {}", layer.name, layer.traits[usize::from(choice)].name));
        shown.collect::<Vec<_>>().join(", ") + "\n"
    }
}
