//! What is asked of selection, by names instead of by places.

use crate::plan::Plan;
use crate::project::Project;
use crate::selection::choose::choose;
use crate::selection::error::SelectionError;

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
    /// As for [`choose`](crate::selection::choose()).
    pub fn from(self, project: &Project) -> Result<Plan, SelectionError> {
        let seed = self.seed.or(project.seed).unwrap_or_default();
        choose(project, seed, self.start.unwrap_or(project.start), self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

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
