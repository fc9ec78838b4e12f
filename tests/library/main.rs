//! The library as its users call it: whatever the art and the settings, the right pixels in the same bytes, for every
//! reader. One program, because every test program links the whole library once more.

#[path = "../common/mod.rs"]
mod common;

mod ahead;
mod awkward;
mod blends;
mod cancel;
mod check;
mod checksums;
mod counts;
mod examples;
mod finished;
mod golden;
mod memory;
mod on_demand;
mod ones;
mod pools;
mod prefetch;
mod property;
mod punks;
mod reopen;
mod reuse;
mod runs;
mod shaders;
mod single;
mod sinks;
mod watching;
