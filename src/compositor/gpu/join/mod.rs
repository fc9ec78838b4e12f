//! Pictures joined where their spans are: the bits of all rows of a batch of pictures in one submission.
//!
//! The compute kernels of `shaders/join` walk a picture's spans as `png` does, function for function, an invocation a row of pixels,
//! so the bits are those that the CPU makes. Spans are on the device in an arena. A `task` is a batch, cut into
//! groups of pictures; `work` lists the spans of a group, `desk` has the buffers of one submission, `kernels` are the programs, and
//! `joiner` has all of it done. `check` asks first whether a device can be trusted with it. What a device gives up, or has no
//! memory for, the CPU joins.

pub(super) mod check;
mod desk;
mod joiner;
mod kernels;
mod task;
#[cfg(test)]
mod tests;
mod work;

pub(super) use joiner::{DESKS, Joiner};
pub(super) use task::JoinTask;
