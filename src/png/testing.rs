//! What tests of several files need.

use fearless_simd::{Level, Simd};

use crate::png::lz77::Finder;
use crate::png::parts::Source;

/// The matches that are found at each pixel of a row; none in one that equals the row above.
pub(crate) fn matches_of<S: Simd, const EDGES: usize>(
    finder: &Finder<'_, S, EDGES>,
) -> Vec<Vec<(usize, Source)>> {
    let of = |x| {
        let mut found = Vec::new();
        finder.matches(x, |length, source| found.push((length, source)));
        found
    };
    if finder.line.equal { Vec::new() } else { (0..finder.line.width).map(of).collect() }
}

/// Every level of vector instructions of this machine, and none.
pub(crate) fn levels() -> Vec<Level> {
    let best = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let narrower = [best.as_sse4_2().map(Simd::level), best.as_avx2().map(Simd::level)];
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let narrower = [None; 2];
    [Some(best), Some(Level::baseline())].into_iter().chain(narrower).flatten().collect()
}
