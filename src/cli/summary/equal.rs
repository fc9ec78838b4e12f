//! Items whose pictures are equal, in words.

use crate::cli::measure::thousands;

/// Groups that are listed, and editions of each; of more the number is given.
const LISTED: usize = 5;

/// What there is to warn of, from groups of editions with equal pictures and the number of items that were not compared;
/// nothing if all of `total` pictures differ.
pub(crate) fn equal_items(groups: &[Vec<u32>], unchecked: u64, total: u64) -> Option<String> {
    let mut text = String::new();
    if !groups.is_empty() {
        // Of each group one is not a repetition.
        let repeated: u64 = groups.iter().map(|group| group.len() as u64 - 1).sum();
        let listed: Vec<String> = groups.iter().take(LISTED).map(|group| editions(group)).collect();
        let more = match groups.len().saturating_sub(LISTED) {
            0 => String::new(),
            1 => "; and 1 more group".to_owned(),
            more => format!("; and {} more groups", thousands(more as u64)),
        };
        let repeat = if repeated == 1 { "repeats" } else { "repeat" };
        text = format!(
            "{} of {} pictures {repeat} another, pixel for pixel: items {}{more}",
            thousands(repeated),
            thousands(total),
            listed.join("; ")
        );
    }
    if unchecked > 0 {
        let separator = if text.is_empty() { "" } else { "; " };
        text += &format!(
            "{separator}{} items may repeat another: their checksums are equal, and there are too many to \
             compare",
            thousands(unchecked)
        );
    }
    (!text.is_empty()).then(|| {
        format!(
            "{text}; `traitpress check` names the traits that cause this; distinct = \"pictures\" prevents it"
        )
    })
}

/// The editions of a group.
fn editions(group: &[u32]) -> String {
    let listed: Vec<String> = group.iter().take(LISTED).map(ToString::to_string).collect();
    match group.len().saturating_sub(LISTED) {
        0 => listed.join(" = "),
        more => format!("{} = {} more", listed.join(" = "), thousands(more as u64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_listed_and_many_are_counted() {
        assert_eq!(equal_items(&[], 0, 12), None);
        let text = equal_items(&[vec![1, 4], vec![2, 3, 5]], 0, 12).unwrap();
        assert!(
            text.starts_with("3 of 12 pictures repeat another, pixel for pixel: items 1 = 4; 2 = 3 = 5; `"),
            "{text}"
        );
        let text = equal_items(&[vec![1, 4]], 0, 4).unwrap();
        assert!(
            text.starts_with("1 of 4 pictures repeats another, pixel for pixel: items 1 = 4; `"),
            "{text}"
        );
        assert!(
            equal_items(&[(1..=9).collect()], 0, 9).unwrap().contains("items 1 = 2 = 3 = 4 = 5 = 4 more;")
        );
        let pairs: Vec<Vec<u32>> = (0..8).map(|n| vec![2 * n, 2 * n + 1]).collect();
        assert!(equal_items(&pairs, 0, 16).unwrap().contains("8 = 9; and 3 more groups;"));
        assert!(equal_items(&[], 1200, 5000).unwrap().starts_with("1,200 items may repeat another: "));
    }
}
