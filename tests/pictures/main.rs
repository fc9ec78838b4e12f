//! Finished pictures: whatever the art and the settings, the right pixels in the same bytes, for every reader.

#[path = "../common/mod.rs"]
mod common;

mod awkward;
mod blends;
mod cancel;
mod check;
mod checksums;
mod counts;
mod golden;
mod memory;
mod on_demand;
mod ones;
mod prefetch;
mod property;
mod punks;
mod reuse;
mod sinks;
mod watching;
