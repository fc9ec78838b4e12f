//! Spans compressed where they were composited.
//!
//! The compute kernels of `shaders/compress` do what `png` does, function for function, so a span's bits are those that the CPU
//! makes. They follow a render pass in the same submission and read its target; what comes back is some thirtieth of the
//! pixels. `work` lists the spans of a pass, `kernels` are the programs, `memory` is what they keep and `results` what they give;
//! `passes` has all of it done after the drawing. `check` asks first whether a device can be trusted with it.
//! A span that takes a kernel too many steps, or finds no room among the results, is given up, and the CPU presses it.

pub(super) mod check;
mod kernels;
mod memory;
mod passes;
mod results;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_averages;
#[cfg(test)]
mod tests_passes;
mod work;

pub(super) use kernels::{Kernels, QUERIES, Recording, STORAGE_BUFFERS};
pub(super) use memory::{Desk, Scratch};
pub(super) use passes::{Asked, Passes};
pub(super) use results::HEAD_BYTES;
