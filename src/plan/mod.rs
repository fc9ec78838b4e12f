//! The plan: the traits of every item, and its file.
//!
//! A plan is the only thing that randomness decides; everything after it is a function of the plan and the art.

mod error;
mod item;
mod items;
mod model;
mod order;
mod read;
mod write;

pub use crate::rules::RowError;
pub use error::{PlanError, PlanErrorKind};
pub use item::{Item, ItemBuilder};
pub use model::Plan;
pub(crate) use read::FORMAT;
pub(crate) use write::{Head, PlanWriter};
