//! Choices that are drawn apart from all others: background colours, by the seed and the item's number alone.

use crate::plan::model::Plan;
use crate::project::{ABSENT, Project, drawn_apart};

impl Plan {
    /// The same plan as it was before anything was drawn apart, for those who choose and compare.
    pub(crate) fn without_apart(&self, project: &Project) -> Self {
        let mut plan = self.clone();
        for number in (0..project.layers.len()).filter(|&layer| project.layers[layer].is_apart) {
            plan.rows.iter_mut().skip(number).step_by(self.layers).for_each(|choice| *choice = ABSENT);
        }
        plan
    }

    /// Draws what is drawn apart for each item that lacks it.
    pub(crate) fn draw_apart(&mut self, project: &Project) {
        let seed = self.seed.or(project.seed).unwrap_or_default();
        for (number, layer) in project.layers.iter().enumerate().filter(|(_, layer)| layer.is_apart) {
            for index in (0..self.len()).filter(|&index| self.one(index).is_none()).collect::<Vec<_>>() {
                let edition = self.edition(index);
                let choice = &mut self.rows[index * self.layers + number];
                if *choice == ABSENT {
                    *choice = drawn_apart(layer, seed, edition);
                }
            }
        }
    }
}
