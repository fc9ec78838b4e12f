//! Choose the traits of every item.

mod plan;

pub use plan::{ABSENT, Plan};
