//! Prefix codes as deflate wants them: optimal lengths under a limit, canonical codes.
//!
//! Lengths come from package-merge (Larmore and Hirschberg, "A Fast Algorithm for Optimal Length-Limited Huffman
//! Codes", JACM 1990), which is exact and needs integers only. Ties are broken by symbol number, so the same counts
//! give the same code everywhere.

/// Code lengths for `counts`; a symbol that is counted 0 times gets length 0.
///
/// The code is complete (its Kraft sum is exactly 1), optimal among codes with no length above `limit`.
///
/// # Panics
/// If fewer than two symbols are counted (no complete code exists), or more than `2^limit`.
pub(crate) fn code_lengths(counts: &[u64], limit: u32) -> Vec<u8> {
    let mut leaves: Vec<(u64, usize)> =
        counts.iter().enumerate().filter(|&(_, &n)| n > 0).map(|(symbol, &n)| (n, symbol)).collect();
    assert!(leaves.len() >= 2, "a complete code needs two symbols");
    assert!(leaves.len() <= 1 << limit, "more symbols than codes");
    leaves.sort_unstable();
    // A package is its weight and how often each leaf (by rank) is in it; leaves in a package are always a prefix
    // per level, so counting how many leaves each level takes is enough to find the lengths.
    let mut packages: Vec<(u64, Vec<u32>)> = Vec::new();
    for _ in 0..limit {
        let mut merged: Vec<(u64, Vec<u32>)> = Vec::with_capacity(leaves.len() + packages.len() / 2);
        let mut pairs = packages.chunks_exact(2).peekable();
        let mut ranks = leaves.iter().enumerate().peekable();
        loop {
            let pair_weight = pairs.peek().map(|pair| pair[0].0 + pair[1].0);
            match (ranks.peek(), pair_weight) {
                (Some(&(rank, &(weight, _))), pair) if pair.is_none_or(|p| weight <= p) => {
                    merged.push((weight, vec![rank as u32]));
                    ranks.next();
                }
                (_, Some(weight)) => {
                    let pair = pairs.next().expect("peeked");
                    merged.push((weight, [&pair[0].1[..], &pair[1].1].concat()));
                }
                (_, None) => break,
            }
        }
        packages = merged;
    }
    let mut lengths = vec![0u8; counts.len()];
    for (_, ranks) in &packages[..2 * leaves.len() - 2] {
        for &rank in ranks {
            lengths[leaves[rank as usize].1] += 1;
        }
    }
    lengths
}

/// Canonical codes of `lengths` (RFC 1951, 3.2.2), each already in the bit order of the stream.
pub(crate) fn canonical_codes(lengths: &[u8]) -> Vec<u16> {
    let mut next = [0u16; 17];
    let mut code = 0u16;
    for length in 1..=15u8 {
        let shorter = lengths.iter().filter(|&&l| l > 0 && l == length - 1).count() as u16;
        code = (code + shorter) << 1;
        next[length as usize] = code;
    }
    lengths
        .iter()
        .map(|&length| {
            if length == 0 {
                return 0;
            }
            let code = next[length as usize];
            next[length as usize] += 1;
            code.reverse_bits() >> (16 - u32::from(length))
        })
        .collect()
}

/// Whether a decoder accepts `lengths` as a complete code with no length above `limit`.
pub(crate) fn is_complete(lengths: &[u8], limit: u8) -> bool {
    lengths.iter().all(|&l| l <= limit)
        && lengths.iter().filter(|&&l| l > 0).map(|&l| 1u64 << (limit - l)).sum::<u64>() == 1 << limit
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bits of the optimal unlimited Huffman code, by merging the two lightest.
    fn huffman_cost(counts: &[u64]) -> u64 {
        let mut heap: Vec<u64> = counts.iter().copied().filter(|&n| n > 0).collect();
        let mut cost = 0;
        while heap.len() > 1 {
            heap.sort_unstable_by(|a, b| b.cmp(a));
            let merged = heap.pop().unwrap() + heap.pop().unwrap();
            cost += merged;
            heap.push(merged);
        }
        cost
    }

    fn cost(counts: &[u64], lengths: &[u8]) -> u64 {
        counts.iter().zip(lengths).map(|(n, &l)| n * u64::from(l)).sum()
    }

    proptest! {
        #[test]
        fn codes_are_complete_and_optimal(counts in prop::collection::vec(0u64..5000, 2..286)) {
            prop_assume!(counts.iter().filter(|&&n| n > 0).count() >= 2);
            // Counts below 1.5 million in all need no code of more than 28 bits (Fibonacci growth).
            prop_assert_eq!(cost(&counts, &code_lengths(&counts, 28)), huffman_cost(&counts));
            let lengths = code_lengths(&counts, 15);
            prop_assert!(is_complete(&lengths, 15));
            prop_assert!(counts.iter().zip(&lengths).all(|(&n, &l)| (n > 0) == (l > 0)));
        }
    }

    #[test]
    fn a_limit_is_kept_at_the_least_cost() {
        // Fibonacci weights give Huffman codes of every length up to 19 bits.
        let mut counts = vec![1u64, 1];
        while counts.len() < 20 {
            counts.push(counts[counts.len() - 1] + counts[counts.len() - 2]);
        }
        for limit in [5, 7, 15] {
            let lengths = code_lengths(&counts, limit);
            assert!(is_complete(&lengths, limit as u8), "limit {limit}: {lengths:?}");
        }
        let loose = code_lengths(&counts, 19);
        assert_eq!(cost(&counts, &loose), huffman_cost(&counts));
        assert!(cost(&counts, &code_lengths(&counts, 7)) > cost(&counts, &loose));
    }

    #[test]
    fn canonical_codes_are_those_of_the_rfc() {
        // RFC 1951, 3.2.2: lengths (3, 3, 3, 3, 3, 2, 4, 4) give 010 .. 110, 00, 1110, 1111.
        let codes = canonical_codes(&[3, 3, 3, 3, 3, 2, 4, 4]);
        let forward: Vec<u16> = codes
            .iter()
            .zip([3u32, 3, 3, 3, 3, 2, 4, 4])
            .map(|(c, l)| c.reverse_bits() >> (16 - l))
            .collect();
        assert_eq!(forward, [0b010, 0b011, 0b100, 0b101, 0b110, 0b00, 0b1110, 0b1111]);
    }

    #[test]
    fn incomplete_and_oversubscribed_codes_are_told_apart() {
        assert!(is_complete(&[1, 1], 15));
        assert!(!is_complete(&[1, 0], 15), "half of the codes unused");
        assert!(!is_complete(&[1, 1, 1], 15), "too many codes");
    }
}
