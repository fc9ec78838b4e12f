//! Quotients and roots without a division: two tables, read with linear interpolation.
//!
//! Three blend modes divide and one takes a root. Processors and graphics processors do neither alike in floating
//! point, and an integer division is the slowest thing either can do; so both look the values up in the very same
//! numbers, which [`blend_tables`] hands to the runner of the shaders. The tables are made by integer arithmetic when
//! the program is compiled. Everything else here is unsigned 32-bit arithmetic that never overflows, function for
//! function the same as in `shaders/blend.wgsl`.
//!
//! A third table serves `shaders/straight.wgsl` alone, which has exact quotients to form: what `/` gives here.

/// One, in the fixed-point numbers of this module: sixteen bits behind the point.
pub(super) const ONE: u32 = 1 << 16;

/// Entries of the reciprocals, which come first: `1 / m` at every 256th of the mantissa `m` in `1..=2`.
const RECIPROCALS: usize = 257;
/// Entries of the roots, which follow: the root of every 256th from a quarter to one.
const ROOTS: usize = 193;
/// Entries of the divisors, the last: `2^31 / m`, rounded down, for the largest 16-bit mantissa `m` of every 128.
const DIVISORS: usize = 256;

const LENGTH: usize = RECIPROCALS + ROOTS + DIVISORS;

static TABLES: [u32; LENGTH] = tables();

const fn tables() -> [u32; LENGTH] {
    let mut tables = [0; LENGTH];
    let mut i = 0;
    while i < RECIPROCALS {
        let mantissa = 256 + i as u32;
        tables[i] = (2 * (ONE << 8) + mantissa) / (2 * mantissa);
        i += 1;
    }
    let mut i = 0;
    while i < ROOTS {
        // Twice the root of the number in 32 bits behind the point, rounded down, and then half of it rounded.
        let square = (64 + i as u64) << 24;
        tables[RECIPROCALS + i] = ((4 * square).isqrt() as u32).div_ceil(2);
        i += 1;
    }
    let mut i = 0;
    while i < DIVISORS {
        tables[RECIPROCALS + ROOTS + i] = (1 << 31) / (32768 + 128 * i as u32 + 127);
        i += 1;
    }
    tables
}

/// The tables of what divides or takes roots: 257 reciprocals and 193 roots, each 1.0 as 65536, then 256 divisors.
///
/// A shader that includes `blend.wgsl` binds them as `blend_tables`; `straight.wgsl` reads the divisors.
#[must_use]
pub fn blend_tables() -> &'static [u32] {
    &TABLES
}

/// `a / b` for `a <= b < 65536`, at most [`ONE`]; 0 where both are 0.
///
/// `b` is shifted left until its highest bit is bit 15, and `a` as far, which does not change the quotient; then
/// seven bits of `b` lie between two entries of the table. The product below is at most `a / b * 2^31` and a little.
#[inline]
pub(super) fn ratio(a: u32, b: u32) -> u32 {
    let shift = b.max(1).leading_zeros() - 16;
    let mantissa = b.max(1) << shift;
    let (entry, part) = (((mantissa >> 7) & 255) as usize, mantissa & 127);
    let reciprocal = (TABLES[entry] * (128 - part) + TABLES[entry + 1] * part + 64) >> 7;
    (((a << shift) * reciprocal + (1 << 14)) >> 15).min(ONE)
}

/// The square root of `x` for `ONE / 4 <= x <= ONE`.
#[inline]
pub(super) fn root(x: u32) -> u32 {
    let step = (x >> 8).min(255);
    let part = x - (step << 8);
    let entry = RECIPROCALS + step as usize - 64;
    (TABLES[entry] * (256 - part) + TABLES[entry + 1] * part + 128) >> 8
}

/// `round(fraction * x)` for `x <= 65025` and a `fraction` of at most [`ONE`].
#[inline]
pub(super) const fn times(fraction: u32, x: u32) -> u32 {
    (fraction * x + (1 << 15)) >> 16
}

#[cfg(test)]
mod tests {
    use rayon::prelude::*;

    use super::*;

    /// The largest error of the quotients by every `b`, with `step` between one `a` and the next.
    fn worst_ratio(step: impl Fn(u32) -> usize + Sync) -> f64 {
        let worst = (1..65536u32).into_par_iter().map(|b| {
            // In units of 1 / (65536 b), integers all the way.
            let error = |a: u32| (i64::from(ratio(a, b) * b) - (i64::from(a) << 16)).unsigned_abs();
            let few = (0..=b).rev().step_by(step(b)).map(error).max();
            few.unwrap_or_default() as f64 / f64::from(b)
        });
        let worst = worst.reduce(|| 0.0, f64::max);
        println!("ratio: at most {worst:.3} of 65536 away");
        worst
    }

    /// For one `b` the error grows with `a` but for rounding, so the ends and some hundred between show it.
    #[test]
    fn ratio_is_right_for_all_divisors() {
        assert!(worst_ratio(|b| (b as usize / 256).max(1)) < 2.5);
        assert_eq!(ratio(0, 0), 0);
    }

    #[test]
    #[ignore = "two billion pairs take half a minute: scripts/test-long runs it"]
    fn ratio_is_right_for_all_pairs() {
        assert!(worst_ratio(|_| 1) < 2.5);
    }

    #[test]
    fn ratio_of_nothing_is_nothing_and_of_all_is_one_or_just_below() {
        for b in 1..65536 {
            assert_eq!(ratio(0, b), 0);
            assert!((ONE - 2..=ONE).contains(&ratio(b, b)), "{b}");
        }
    }

    #[test]
    fn root_is_right_for_all_numbers_and_never_below_its_square() {
        let mut worst = 0.0f64;
        for x in ONE / 4..=ONE {
            let exact = (f64::from(x) * f64::from(ONE)).sqrt();
            worst = worst.max((f64::from(root(x)) - exact).abs());
            assert!(root(x) >= x && root(x) <= ONE, "{x}");
        }
        println!("root: at most {worst:.3} of 65536 away");
        assert!(worst < 1.3, "{worst}");
        assert_eq!((root(ONE), root(ONE / 4)), (ONE, ONE / 2));
    }

    #[test]
    fn times_does_not_overflow_where_it_is_largest() {
        assert_eq!(times(ONE, 65025), 65025);
        assert_eq!(times(ONE / 2, 65025), 32513, "a half is rounded up");
        assert_eq!(times(0, 65025), 0);
    }

    #[test]
    fn the_tables_begin_and_end_as_documented() {
        let tables = blend_tables();
        assert_eq!(tables.len(), 706);
        assert_eq!((tables[0], tables[256], tables[257], tables[449]), (ONE, ONE / 2, ONE / 2, ONE));
        assert_eq!((tables[450], tables[705]), (65282, 32768));
    }

    /// A quotient of two words as `straight.wgsl` forms it: an estimate that is never too large, and one more where what is
    /// left is no less than the divisor. `factor` is 1, or 255 for a divisor of 255 times `d`.
    fn by_table(n: u32, d: u32, factor: u32) -> u32 {
        let shift = d.leading_zeros() - 16;
        let reciprocal = TABLES[RECIPROCALS + ROOTS + ((d << shift) >> 7 & 255) as usize];
        let scaled = n.checked_mul(1 << shift).expect("the numerator fits once it is shifted");
        let estimate = if factor == 1 {
            (scaled >> 8).checked_mul(reciprocal).expect("it fits") >> 23
        } else {
            let t = (scaled >> 16).checked_mul(reciprocal).expect("it fits");
            t.checked_add(t >> 8).expect("it fits") >> 23
        };
        let left = n.checked_sub(estimate * factor * d).expect("the estimate is never too large");
        estimate + u32::from(left >= factor * d)
    }

    /// The estimate grows with the numerator, so that a quotient that is right at both of its ends is right.
    #[test]
    fn quotients_by_the_table_of_divisors_are_exact_at_both_ends_of_each() {
        (1..65536u32).into_par_iter().filter(|d| d % 8 == 1 || *d > 65000).for_each(check_quotients_by);
    }

    #[test]
    #[ignore = "all divisors take half a minute: scripts/test-long runs it"]
    fn quotients_by_the_table_of_divisors_are_exact_for_all_divisors() {
        (1..65536u32).into_par_iter().for_each(check_quotients_by);
    }

    fn check_quotients_by(d: u32) {
        for (factor, most) in [(1, 255 * d + d / 2), (255, 255 * (255 * d + d / 2))] {
            let mut first = 0;
            for quotient in 0..=255 {
                let last = (first + factor * d - 1).min(most);
                assert_eq!(by_table(first, d, factor), quotient, "{first} / ({factor} * {d})");
                assert_eq!(by_table(last, d, factor), quotient, "{last} / ({factor} * {d})");
                first += factor * d;
            }
        }
    }
}
