//! Spans compressed where they were composited.
//!
//! The compute kernels of `shaders/compress` do what `png` does, function for function, so a span's bits are those that the CPU
//! makes. They follow a render pass in the same submission and read its target; what comes back is some thirtieth of the
//! pixels. `work` lists the spans of a pass, `kernels` are the programs, `memory` is what they keep and `results` what they give.
//! A span that takes a kernel too many steps, or finds no room among the results, is given up, and the CPU presses it.

mod kernels;
mod memory;
mod results;
#[cfg(test)]
mod tests;
mod work;

pub(super) use kernels::Kernels;
pub(super) use memory::{Desk, Scratch};
pub(super) use results::Results;
pub(super) use work::Work;
