//! Proofs that no collection can have the numbers of items that are asked for.
//!
//! Give every choice a price. If all valid items are so dear that any collection of them costs more than the numbers
//! that are asked for can cost, there is no such collection (Farkas' lemma). Good prices are found by linear programming:
//! the prices that make most of the difference on the items seen so far, then the cheapest item under these prices,
//! found by a walk through the diagram, and so on until no item is cheaper than was thought (Kelley's cutting planes, 1960).
//! The solver calculates with doubles; what it says is only believed when the prices, as whole numbers, prove it exactly.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};

use crate::rules::Slots;
use crate::selection::amounts::Range;
use crate::selection::tilt::Part;

/// Rounds at most.
const ROUNDS: usize = 300;
/// Prices as whole numbers.
const SCALE: f64 = (1u64 << 24) as f64;

/// Prices by slot which prove that so many items of each part cannot have numbers within `ranges`, if some were found.
pub(crate) fn refutation(slots: &Slots, parts: &[Part<'_>], ranges: &[Range]) -> Option<Vec<i64>> {
    let total: f64 = parts.iter().map(|&(_, items)| f64::from(items)).sum();
    let asked: Vec<usize> = (0..ranges.len()).filter(|&slot| ranges[slot] != (0, u32::MAX)).collect();
    let mut program = Problem::new(OptimizationDirection::Maximize);
    // What the cheapest item of each part costs; prices are at most 1 a layer.
    let most = parts.first().map_or(0, |(diagram, _)| diagram.depth()) as f64;
    let items: Vec<Variable> =
        parts.iter().map(|&(_, items)| program.add_var(f64::from(items) / total, (-most, most))).collect();
    // For showing a slot too often, and too seldom.
    let prices: Vec<(usize, Option<Variable>, Option<Variable>)> = asked
        .iter()
        .map(|&slot| {
            let (least, upper) = ranges[slot];
            let dear = (upper < u32::MAX).then(|| program.add_var(-f64::from(upper) / total, (0.0, 1.0)));
            let cheap = (least > 0).then(|| program.add_var(f64::from(least) / total, (0.0, 1.0)));
            (slot, dear, cheap)
        })
        .collect();
    for _ in 0..ROUNDS {
        let solution = program.solve().ok()?.into_solution().ok()?;
        let mut found = vec![0i64; ranges.len()];
        for &(slot, dear, cheap) in &prices {
            let value =
                |variable: Option<Variable>| variable.map_or(0.0, |variable| solution.var_value(variable));
            found[slot] = ((value(dear) - value(cheap)) * SCALE).round() as i64;
        }
        let cheapest: Vec<(i64, Vec<u16>)> = parts
            .iter()
            .map(|(diagram, _)| diagram.cheapest(|layer, choice| found[slots.of(layer, choice)]))
            .collect();
        let least: i128 = cheapest
            .iter()
            .zip(parts)
            .map(|((cost, _), &(_, items))| i128::from(*cost) * i128::from(items))
            .sum();
        let affordable: i128 = asked
            .iter()
            .map(|&slot| {
                let (lower, upper) = ranges[slot];
                i128::from(found[slot]) * i128::from(if found[slot] > 0 { upper } else { lower })
            })
            .sum();
        if least > affordable {
            return Some(found);
        }
        let mut is_new = false;
        for (((cost, row), &item), &(_, count)) in cheapest.iter().zip(&items).zip(parts) {
            // Dearer than was thought, so nothing is learnt from it.
            if count == 0 || *cost as f64 / SCALE > solution.var_value(item) - 1e-6 {
                continue;
            }
            is_new = true;
            let shown: Vec<usize> = slots.shown(row).collect();
            let mut terms = vec![(item, 1.0)];
            for (_, dear, cheap) in prices.iter().filter(|(slot, ..)| shown.contains(slot)) {
                terms.extend(dear.map(|variable| (variable, -1.0)));
                terms.extend(cheap.map(|variable| (variable, 1.0)));
            }
            program.add_constraint(terms, ComparisonOp::Le, 0.0);
        }
        if !is_new {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;
    use crate::selection::testing::diagram;

    #[test]
    fn what_cannot_be_is_proven_and_what_can_is_not() {
        let mut p = project(&[("A", &[1, 2, 3]), ("B", &[1, 1]), ("C", &[5, 1, 1, 1])]);
        let text =
            "[[rules]]\nforbid = [\"A/A 0\", \"B/B 1\"]\n[[rules]]\nwhen = \"C/C 1\"\nrequire = \"A/A 0\"\n";
        assert!(p.add_wishes(text).is_empty());
        let diagram = diagram(&p);
        let slots = Slots::new(&p);
        // C 1 needs A 0, which needs B 0.
        for (of_c, of_b, is_possible) in
            [(300, 300, true), (300, 299, false), (0, 0, true), (1000, 999, false)]
        {
            let mut ranges = vec![(0, u32::MAX); slots.len()];
            ranges[slots.of(2, 1)] = (of_c, of_c);
            ranges[slots.of(1, 0)] = (0, of_b);
            let proof = refutation(&slots, &[(&diagram, 1000)], &ranges);
            assert_eq!(proof.is_none(), is_possible, "{of_c} {of_b} {proof:?}");
            if let Some(prices) = proof {
                let priced = |slot: usize| prices[slot] != 0;
                assert!(priced(slots.of(2, 1)) && priced(slots.of(1, 0)) && !priced(slots.of(0, 2)));
            }
        }
    }
}
