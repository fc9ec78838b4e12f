//! Choose the traits of every item.

mod choose;
mod distinct;
mod draw;
mod error;
mod plan;
mod plan_file;
mod plan_item;
mod plan_write;
mod row;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests_plan;
mod weights;

pub use choose::{ALGORITHM, choose};
pub(crate) use distinct::RowSet;
pub(crate) use draw::Words;
pub use error::{PlanError, PlanErrorKind, SelectionError};
pub use plan::{ABSENT, Plan};
pub use row::{RowError, check_row};
pub(crate) use weights::odds;
pub use weights::{Sampler, capacity};
