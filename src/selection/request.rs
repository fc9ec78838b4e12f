//! What is asked of selection, by names instead of by places.

use crate::plan::Plan;
use crate::project::Project;
use crate::selection::choose::choose_counted;
use crate::selection::error::SelectionError;
use crate::telemetry::SearchStats;

/// Items that are to be chosen.
///
/// ```
/// use traitpress::selection::Choose;
///
/// let hundred = Choose::new(100).with_seed(7).with_start(1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choose {
    count: u32,
    seed: Option<u64>,
    start: Option<u32>,
}

impl Choose {
    /// So many items: the project's one-of-ones, and others that are drawn.
    #[must_use]
    pub fn new(count: u32) -> Self {
        Self { count, seed: None, start: None }
    }

    /// Draws by this seed; without it by the configuration's, or by 0.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Gives the first item this edition; without it the configuration's.
    #[must_use]
    pub fn with_start(mut self, start: u32) -> Self {
        self.start = Some(start);
        self
    }

    /// Chooses the items.
    ///
    /// # Errors
    /// When there are fewer different items than are wanted, before any is drawn; when editions would not fit 32 bits;
    /// and when the one-of-ones do not fit among the items.
    pub fn from(self, project: &Project) -> Result<Plan, SelectionError> {
        self.counted_from(project).map(|(plan, _)| plan)
    }

    /// Chooses the items, with the statistics of the search.
    ///
    /// # Errors
    /// As for [`Self::from`].
    pub fn counted_from(self, project: &Project) -> Result<(Plan, SearchStats), SelectionError> {
        let seed = self.seed.or(project.seed).unwrap_or_default();
        choose_counted(project, seed, self.start.unwrap_or(project.start), self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;
    use crate::selection::testing::choose;

    #[test]
    fn what_is_not_asked_for_is_the_configurations() {
        let mut project = project(&[("A", &[1, 2, 3, 4]), ("B", &[4, 3, 2, 1])]);
        assert_eq!(Choose::new(9).from(&project).unwrap(), choose(&project, 0, 1, 9).unwrap());
        (project.seed, project.start) = (Some(5), 20);
        assert_eq!(Choose::new(9).from(&project).unwrap(), choose(&project, 5, 20, 9).unwrap());
        let asked = Choose::new(9).with_seed(6).with_start(3);
        assert_eq!(asked.from(&project).unwrap(), choose(&project, 6, 3, 9).unwrap());
    }
}
