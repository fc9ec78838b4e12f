//! Choose the traits of every item.

mod amounts;
mod choose;
mod clause;
mod constrained;
mod diagram;
mod diagram_build;
mod distinct;
mod draw;
mod edit;
mod effort;
mod error;
mod every;
mod exact;
mod explain;
mod ones;
mod plan;
mod plan_error;
mod plan_file;
mod plan_item;
mod plan_order;
mod plan_write;
mod prove;
mod repair;
mod row;
mod search;
mod space;
mod survey;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests_amounts;
#[cfg(test)]
mod tests_ones;
#[cfg(test)]
mod tests_plan;
#[cfg(test)]
mod tests_rules;
mod tilt;
mod weights;

pub use choose::{ALGORITHM, choose, choose_counted};
pub(crate) use clause::{Clause, clauses};
pub(crate) use distinct::RowSet;
pub(crate) use draw::Words;
pub use edit::{Edits, edit};
pub use effort::Effort;
pub use error::SelectionError;
pub use every::Every;
pub use ones::drawn;
pub use plan::{ABSENT, Plan};
pub use plan_error::{PlanError, PlanErrorKind};
pub(crate) use plan_file::FORMAT as PLAN_FORMAT;
pub use row::{RowError, check_row};
pub(crate) use space::{outcomes_in, region_count};
pub use survey::{Share, Survey, UniqueSet, p_value, shares, survey};
pub(crate) use weights::odds;
pub use weights::{Sampler, capacity};
