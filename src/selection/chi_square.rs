//! The chi-square test: how probable it is that counts differ so much from what was expected.

/// The p-value of the chi-square statistic of counts, each with the count that was expected: the probability that fair
/// draws differ at least as much. `None` if no count can differ.
///
/// By Wilson and Hilferty's normal approximation (1931), which is accurate to three digits if at least five of each are
/// expected.
#[must_use]
pub fn p_value(counts: &[(u64, f64)]) -> Option<f64> {
    let counts: Vec<_> = counts.iter().filter(|(_, expected)| *expected > 0.0).collect();
    if counts.len() < 2 {
        return None;
    }
    let chi: f64 = counts.iter().map(|(got, expected)| (*got as f64 - expected).powi(2) / expected).sum();
    let freedom = (counts.len() - 1) as f64;
    let spread = 2.0 / (9.0 * freedom);
    let normal = ((chi / freedom).cbrt() - (1.0 - spread)) / spread.sqrt();
    Some(upper_tail(normal))
}

/// The probability that a normal variable is above `x`: Abramowitz and Stegun, 26.2.17, to seven decimals.
fn upper_tail(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let terms = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    let tail = (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt() * sum;
    if x >= 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_are_those_of_the_tables() {
        // Critical values of chi-square: degrees of freedom, value, p.
        for (freedom, chi, p) in
            [(1, 3.841, 0.05), (5, 11.070, 0.05), (10, 23.209, 0.01), (30, 59.703, 0.001)]
        {
            // One count that is off by so much, the others as expected.
            let mut counts = vec![(10_000u64, 10_000.0); freedom];
            let off = (chi * 10_000f64).sqrt();
            counts.push(((10_000.0 + off).round() as u64, 10_000.0));
            let got = p_value(&counts).unwrap();
            assert!((got - p).abs() < 0.1 * p, "{freedom}: {got} {p}");
        }
        assert_eq!(p_value(&[(5, 5.0)]), None);
        assert!(p_value(&[(5, 5.0), (7, 7.0)]).unwrap() > 0.9);
        assert!((upper_tail(0.0) - 0.5).abs() < 1e-7 && (upper_tail(-1.959_964) - 0.975).abs() < 1e-6);
    }
}
