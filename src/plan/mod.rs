//! The plan: the traits of every item, and its file.
//!
//! `document` reads the file as names, for every user of plans; `resolve` turns them into the numbers of a project. `rows` is a
//! file of rows of one width, of which a shard reads its own.
//!
//! A plan is the only thing that randomness decides; everything after it is a function of the plan and the art.

mod apart;
mod document;
mod error;
mod item;
mod items;
mod model;
mod order;
mod read;
mod resolve;
mod rows;
mod write;

pub use crate::rules::RowError;
pub(crate) use document::{Document, Receiver};
pub use error::{PlanError, PlanErrorKind};
pub use item::{Item, ItemBuilder};
pub(crate) use item::{choice_named, layer_named};
pub use model::Plan;
pub use rows::{PlanRows, RowsError};
pub(crate) use write::{Head, PlanWriter};
