//! Pictures joined where their spans are: the bits of all rows of a batch of pictures in one submission.
//!
//! The compute kernels of `shaders/join` walk a picture's spans as `png` does, function for function, an invocation a row of pixels,
//! so the bits are those that the CPU makes. Spans stay on the device in an `arena` from batch to batch; `work` lists those of a
//! batch, `kernels` are the programs, and `joiner` has all of it done. `check` asks first whether a device can be trusted with it. What a device gives up, or has no memory for, the CPU joins.

mod arena;
pub(super) mod check;
mod joiner;
mod kernels;
#[cfg(test)]
mod tests;
mod work;

pub(super) use joiner::Joiner;
