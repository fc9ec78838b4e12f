//! Which items of a collection are meant: `17,230-250`.

use std::ops::RangeInclusive;
use std::str::FromStr;

/// Editions, as a list of numbers and ranges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Editions(Vec<RangeInclusive<u32>>);

impl Editions {
    /// Whether an edition is among them.
    #[must_use]
    pub fn contain(&self, edition: u32) -> bool {
        self.0.iter().any(|range| range.contains(&edition))
    }

    /// The numbers and ranges.
    #[must_use]
    pub fn ranges(&self) -> &[RangeInclusive<u32>] {
        &self.0
    }
}

impl FromStr for Editions {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |text: &str| {
            let number = text.trim().parse::<u32>();
            number.map_err(|_| {
                format!(
                    "{:?} is not the number of an item; write numbers and ranges, as in 17,230-250",
                    text.trim()
                )
            })
        };
        let range = |part: &str| match part.split_once('-') {
            None => number(part).map(|number| number..=number),
            Some((first, last)) => {
                let (first, last) = (number(first)?, number(last)?);
                if first > last {
                    return Err(format!("{first}-{last} has no items; write the smaller number first"));
                }
                Ok(first..=last)
            }
        };
        text.split(',').map(range).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_ranges_are_read_and_others_refused() {
        let editions: Editions = "17, 230-250,4294967295".parse().unwrap();
        for (edition, is_there) in
            [(17, true), (18, false), (230, true), (250, true), (251, false), (u32::MAX, true)]
        {
            assert_eq!(editions.contain(edition), is_there, "{edition}");
        }
        for text in ["", "x", "1-", "-1", "5-3", "1,,2", "4294967296", "1-2-3"] {
            assert!(text.parse::<Editions>().is_err(), "{text:?}");
        }
    }
}
