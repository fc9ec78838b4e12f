//! What is let go while a run goes on.
//!
//! Every so many items, and more often while a budget is nearly used up, dead spans, buffers that were idle for the
//! whole time and temporary files that no write will finish are released. When memory runs short, batches halve and
//! the span cache must do with half of what it holds. None of it changes a byte.

use crate::engine::facade::Engine;
use crate::engine::options::PressOptions;
use crate::output::Sink;
use crate::plan::Plan;

/// Items between two clean-ups above four fifths of a budget.
const TIGHT: usize = 8;

/// What is known to come: a plan's items from some place on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead<'p> {
    pub(crate) plan: &'p Plan,
    pub(crate) from: usize,
}

impl<'p> Ahead<'p> {
    /// The next items that are put together from traits, of the next `most`.
    pub(crate) fn rows(self, most: usize) -> impl Iterator<Item = &'p [u16]> {
        let next = self.from..self.plan.len().min(self.from + most);
        next.filter(move |&index| self.plan.one(index).is_none()).map(move |index| self.plan.traits(index))
    }
}

/// When to clean up next.
#[derive(Debug)]
pub(crate) struct Upkeep {
    every: usize,
    since: usize,
}

impl Upkeep {
    pub(crate) fn new(options: &PressOptions) -> Self {
        Self { every: options.cleanup_items(), since: 0 }
    }

    /// Whether it is time, after `items` more.
    pub(crate) fn is_due(&mut self, items: usize, tight: bool) -> bool {
        self.since += items;
        let every = if tight { self.every.min(TIGHT) } else { self.every };
        let due = self.since >= every;
        if due {
            self.since = 0;
        }
        due
    }

    /// Cleans up if it is time, after `items` more were prepared.
    pub(crate) fn after(&mut self, items: usize, engine: &Engine, ahead: Ahead<'_>, sink: &dyn Sink) {
        if self.is_due(items, engine.near_budget()) {
            engine.clean_up(Some(ahead), sink.clean_up());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_ups_come_in_time_and_sooner_when_a_budget_is_nearly_used_up() {
        let mut upkeep = Upkeep { every: 50, since: 0 };
        let due: Vec<bool> = (0..12).map(|_| upkeep.is_due(10, false)).collect();
        assert_eq!(due.iter().filter(|due| **due).count(), 2);
        assert!(due[4] && due[9]);
        assert!((0..3).all(|_| upkeep.is_due(9, true)), "every eight items, or every batch that is larger");
        assert!(!upkeep.is_due(7, true) && upkeep.is_due(1, true));
        let mut often = Upkeep { every: 1, since: 0 };
        assert!(often.is_due(1, false) && often.is_due(1, true));
    }
}
