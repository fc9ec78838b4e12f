//! Every item that is possible, one after the other.

use std::io::{self, Write};

use super::clause::{Clause, clauses};
use super::diagram::Diagram;
use super::error::SelectionError;
use super::explain::{amount_in_words, conflict, layers_in_words};
use super::plan_write::{Head, PlanWriter};
use super::space::{diagram_of, unique_sets};
use super::weights::outcomes;
use crate::collection::{Project, quoted};

/// All items of a project that obey its rules, by the numbers of their traits, the last layer fastest.
#[derive(Debug)]
pub struct Every<'a> {
    project: &'a Project,
    diagram: Diagram,
    clauses: Vec<Clause>,
    /// Clauses that are not part of the diagram.
    beside: Vec<usize>,
}

impl<'a> Every<'a> {
    /// # Errors
    /// If no item is possible, if there are more than editions, or if a unique set lets only some of them be made together.
    pub fn new(project: &'a Project) -> Result<Self, SelectionError> {
        let all: Vec<usize> = (0..project.layers.len()).collect();
        if let Some(set) = unique_sets(project).into_iter().find(|set| *set != all) {
            return Err(SelectionError::NotAll { layers: layers_in_words(project, &set) });
        }
        let what = match (&project.amounts[..], &project.groups[..]) {
            ([amount, ..], _) => Some(amount_in_words(project, amount)),
            (_, [group, ..]) => Some(format!("group {} {}", quoted(&group.name), group.count)),
            _ => None,
        };
        if let Some(what) = what {
            return Err(SelectionError::NotAllOfNumber { what });
        }
        let outcomes = outcomes(project);
        let clauses = clauses(project);
        let within: Vec<&Clause> = clauses.iter().collect();
        // In drawing order, if that is not too much.
        let (diagram, beside) = match Diagram::new(&outcomes, &all, &within) {
            Some(diagram) => (diagram, Vec::new()),
            None => diagram_of(&outcomes, &clauses, &[]),
        };
        if diagram.items() == 0 {
            return Err(conflict(project));
        }
        let count = u32::try_from(diagram.items()).unwrap_or(u32::MAX);
        if u128::from(project.start) + diagram.items() > 1 << 32 {
            return Err(SelectionError::Editions { start: project.start, count });
        }
        Ok(Self { project, diagram, clauses, beside })
    }

    /// Writes them all as a plan, and gives their number; none is held longer than it takes to write it.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut impl Write) -> io::Result<u64> {
        let head = Head { algorithm: None, seed: None, start: self.project.start };
        let mut writer = PlanWriter::begin(self.project, &head, out)?;
        let mut written = 0;
        self.diagram.each(self.project.layers.len(), |row| -> io::Result<()> {
            if !self.beside.iter().all(|&clause| self.clauses[clause].holds(row)) {
                return Ok(());
            }
            writer.item(self.project.start + written as u32, row)?;
            written += 1;
            Ok(())
        })?;
        writer.end()?;
        Ok(written)
    }
}
