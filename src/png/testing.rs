//! What tests of several files need.

use fearless_simd::{Level, Simd};

/// Every level of vector instructions of this machine, and none.
pub(crate) fn levels() -> Vec<Level> {
    let best = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let narrower = [best.as_sse4_2().map(Simd::level), best.as_avx2().map(Simd::level)];
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let narrower = [None; 2];
    [Some(best), Some(Level::baseline())].into_iter().chain(narrower).flatten().collect()
}
