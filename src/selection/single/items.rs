//! All items that a project allows, ready for draws.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::project::{ABSENT, ChoiceLaw, Project};
use crate::rules::{Clause, clauses, region_count};
use crate::selection::diagram::{Diagram, Outcomes};
use crate::selection::explain::conflict;
use crate::selection::single::error::RequestError;
use crate::selection::single::request::ItemRequest;
use crate::selection::space::{Deciding, diagrams_of, outcomes_in};
use crate::threads::lock;

/// Diagrams for traits of weight 0 that are kept.
const KEPT: usize = 8;

/// By layer, the choices of rows that an item may show; all where there is none.
pub(super) type Limits = Vec<Option<Vec<u16>>>;

/// Layers of which only traits of weight 0 are wanted, each with these.
type Unweighted = Vec<(usize, Vec<u16>)>;

/// All items that a project allows.
///
/// Making it builds the decision diagrams of the rules, which takes from microseconds to some seconds for hundreds of rules. Each
/// draw then takes microseconds.
#[derive(Debug)]
pub struct Items {
    pub(super) clauses: Vec<Clause>,
    pub(super) is_in_order: bool,
    /// How many items each group has; 1 where there are no groups.
    pub(super) shares: Vec<u64>,
    pub(super) space: Arc<Regions>,
    /// The same for requests of traits that are drawn in no other way, those used last at the end.
    unweighted: Mutex<VecDeque<(Unweighted, Arc<Regions>)>>,
}

/// What each group allows, or all items together.
#[derive(Debug)]
pub(super) struct Regions {
    pub(super) outcomes: Vec<Vec<Outcomes>>,
    pub(super) diagrams: Vec<Diagram>,
    /// Clauses that made the diagrams too large; items are looked at afterwards.
    pub(super) beside: Vec<usize>,
}

impl Items {
    /// All items of a project.
    ///
    /// # Errors
    /// If no item obeys all rules, or none of a group does.
    pub fn new(project: &Project) -> Result<Self, RequestError> {
        let clauses = clauses(project);
        let is_in_order = project.choice == ChoiceLaw::Sequential;
        let space = Regions::new(project, &clauses, is_in_order, &[]);
        if space.diagrams.iter().any(|diagram| diagram.items() == 0) {
            return Err(conflict(project).into());
        }
        let counts: Vec<u64> = project.groups.iter().map(|group| group.count.into()).collect();
        let shares = match counts.iter().sum() {
            0 => vec![1; region_count(project)],
            _ => counts,
        };
        Ok(Self { clauses, is_in_order, shares, space: Arc::new(space), unweighted: Mutex::default() })
    }

    /// Begins a request for an item of `project`, which must be the project that this was made of.
    ///
    /// # Panics
    /// If the project has another number of layers.
    pub fn request<'a>(&'a self, project: &'a Project) -> ItemRequest<'a> {
        assert_eq!(
            project.layers.len(),
            self.space.outcomes[0].len(),
            "items are requested of their project"
        );
        ItemRequest::new(project, self)
    }

    /// The diagrams in which an item that keeps to `limits` is drawn: those of all items, or, where only traits of weight 0
    /// of some layer are wanted, others in which these are as likely as each other.
    pub(super) fn space_for(&self, project: &Project, limits: &Limits) -> Arc<Regions> {
        let is_drawn = |layer: usize, choice: u16| {
            let of_layer = self.space.outcomes.iter().flat_map(|outcomes| &outcomes[layer]);
            of_layer.map(|&(other, _)| crate::project::in_row(other)).any(|other| other == choice)
        };
        let numbered = limits.iter().enumerate().filter_map(|(layer, limit)| Some((layer, limit.as_ref()?)));
        let unweighted: Unweighted = numbered
            .filter(|(layer, limit)| {
                let settings = &project.layers[*layer];
                settings.chance > 0
                    && !settings.is_apart
                    && !limit.iter().any(|&choice| is_drawn(*layer, choice))
            })
            .map(|(layer, limit)| (layer, limit.iter().copied().filter(|&choice| choice != ABSENT).collect()))
            .filter(|(_, traits): &(usize, Vec<u16>)| !traits.is_empty())
            .collect();
        if unweighted.is_empty() {
            return self.space.clone();
        }
        let mut kept = lock(&self.unweighted);
        if let Some(at) = kept.iter().position(|(key, _)| *key == unweighted) {
            let found = kept.remove(at).expect("the place was found");
            kept.push_back(found.clone());
            return found.1;
        }
        drop(kept);
        let space = Arc::new(Regions::new(project, &self.clauses, self.is_in_order, &unweighted));
        let mut kept = lock(&self.unweighted);
        kept.push_back((unweighted, space.clone()));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        space
    }
}

impl Regions {
    fn new(
        project: &Project,
        clauses: &[Clause],
        is_in_order: bool,
        unweighted: &[(usize, Vec<u16>)],
    ) -> Self {
        let outcomes_of = |region: usize| {
            let mut outcomes = outcomes_in(project, region);
            let is_shown =
                |layer: &usize| project.groups.get(region).is_none_or(|group| group.layers.contains(layer));
            for (layer, traits) in unweighted.iter().filter(|(layer, _)| is_shown(layer)) {
                // Where a layer belongs to traits of another it can still be one that is not chosen from.
                outcomes[*layer].retain(|&(choice, _)| choice == crate::project::NOT_ASKED);
                let share = outcomes[*layer].first().map_or(1, |&(_, share)| share);
                outcomes[*layer].splice(0..0, traits.iter().map(|&choice| (choice, share)));
            }
            outcomes
        };
        let outcomes: Vec<Vec<Outcomes>> = (0..region_count(project)).map(outcomes_of).collect();
        let deciding = if is_in_order { Deciding::InOrder } else { Deciding::First(&[]) };
        let (diagrams, beside) = diagrams_of(&outcomes, clauses, deciding);
        Self { outcomes, diagrams, beside }
    }
}
