//! What the commands share that change items of a finished collection: `target` opens it, `apply` shows or makes the change,
//! `changes` words it.

mod apply;
mod changes;
mod target;

pub(crate) use apply::apply;
pub(crate) use changes::Listed;
pub(crate) use target::{EditArgs, Editions, Target};
