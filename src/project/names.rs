//! Names of layers and traits: how a file name is read, how names are compared and put in order.
//!
//! Names are kept in Unicode NFC, because one file system stores `é` as one code point and another as two, and the
//! same collection must come out of both. A file name is `NAME[#WEIGHT][.EXTENSION]`, where only the extension of a
//! picture format that we read is an extension and only a number is a weight; everything else belongs to the name. Names
//! lose blanks and invisible characters at both ends, because they are invisible.
//!
//! **Natural order**: two names are compared from the left. Where both have a run of ASCII digits, the runs are
//! compared as numbers, of any length; everywhere else code points are compared. Names that are equal so far
//! (`7` and `07`) are ordered by their code points as a whole.

use std::borrow::Cow;
use std::cmp::Ordering;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::project::model::MILLION;

/// Extensions of the picture formats that are read, in lower case.
pub(crate) const EXTENSIONS: [&str; 5] = ["png", "jpg", "jpeg", "webp", "gif"];

/// The largest weight that a file name can give.
pub(crate) const MAX_WEIGHT: f64 = 1e9;
/// The smallest weight that is not 0.
pub(crate) const MIN_WEIGHT: f64 = 1e-6;

/// `name` in NFC.
pub(crate) fn nfc(name: &str) -> Cow<'_, str> {
    if is_nfc(name) { Cow::Borrowed(name) } else { Cow::Owned(name.nfc().collect()) }
}

/// `name` in NFC, without the blanks and invisible characters at its ends.
pub(crate) fn tidy(name: &str) -> String {
    nfc(name.trim_matches(|c: char| c.is_whitespace() || is_invisible(c))).into_owned()
}

/// Whether a character is one that takes no room: a zero-width space, a word joiner, a mark of direction or of byte order.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Natural order, as the module's header documents it.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        match (left.chars().next(), right.chars().next()) {
            (None, None) => return a.cmp(b),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (x, after_x) = digits(left);
                let (y, after_y) = digits(right);
                // Without leading zeros, the longer number is the larger one.
                let order = x.len().cmp(&y.len()).then_with(|| x.cmp(y));
                if order != Ordering::Equal {
                    return order;
                }
                (left, right) = (after_x, after_y);
            }
            (Some(x), Some(y)) if x != y => return x.cmp(&y),
            (Some(x), Some(y)) => (left, right) = (&left[x.len_utf8()..], &right[y.len_utf8()..]),
        }
    }
}

/// The run of digits that `text` starts with, leading zeros taken off, and what follows it.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    (text[..end].trim_start_matches('0'), &text[end..])
}

/// A file name taken apart.
#[derive(Debug, PartialEq)]
pub(crate) struct FileName {
    /// In NFC, without weight and extension, and without blanks at its ends.
    pub(crate) name: String,
    /// In millionths, or the text that is a number but no weight.
    pub(crate) weight: Result<u64, String>,
    /// Whether it has the extension of a picture.
    pub(crate) picture: bool,
}

impl FileName {
    /// Takes `file` apart.
    pub(crate) fn parse(file: &str) -> Self {
        let file = file.trim();
        let stem = without_extension(file);
        let picture = stem.len() < file.len();
        let (name, weight) = match stem.rsplit_once('#') {
            Some((name, end)) => match weight(end) {
                Some(weight) => (name, weight),
                None => (stem, Ok(MILLION)),
            },
            None => (stem, Ok(MILLION)),
        };
        Self { name: tidy(name), weight, picture }
    }

    /// Whether an empty file of this name means the layer's absence.
    pub(crate) fn is_placeholder(&self) -> bool {
        self.name.eq_ignore_ascii_case("none")
    }
}

/// A file name without the extension of a picture format that is read; the whole of it if it has none.
pub(crate) fn without_extension(file: &str) -> &str {
    match file.rsplit_once('.') {
        Some((stem, end)) if EXTENSIONS.iter().any(|e| e.eq_ignore_ascii_case(end)) => stem,
        _ => file,
    }
}

/// The weight that `text` states, as a number; none if it is no weight.
pub(crate) fn weight_of_text(text: &str) -> Option<f64> {
    weight(text)?.ok().map(|millionths| millionths as f64 / MILLION as f64)
}

/// The weight that `text` states, in millionths: `None` if it is not a number, an error if it is no weight.
pub(crate) fn weight(text: &str) -> Option<Result<u64, String>> {
    let value: f64 = text.parse().ok()?;
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    // A number too small for an f64 reads as 0, which would mean "never drawn".
    let vanished = value == 0.0 && mantissa.contains(|c: char| matches!(c, '1'..='9'));
    Some(if value == 0.0 && !vanished {
        Ok(0)
    } else if (MIN_WEIGHT..=MAX_WEIGHT).contains(&value) {
        Ok((value * MILLION as f64).round() as u64)
    } else {
        Err(text.to_owned())
    })
}

/// The candidate that `word` is probably a misspelling of.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn natural_order_compares_digit_runs_by_value_and_the_rest_by_code_point() {
        let ordered = [
            "",
            "07",
            "7",
            "7a",
            "10",
            "A2",
            "A10",
            "A10b",
            "A010c",
            "B",
            "a",
            "a 9",
            "a 10",
            "a 99999999999999999999999",
            "a 100000000000000000000000",
            "é",
            "\u{1f600}",
        ];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(natural(a, b), i.cmp(&j), "{a:?} against {b:?}");
            }
        }
    }

    #[test]
    fn weights_are_read_from_the_last_hash_only_if_a_number_follows() {
        for (file, name, weight) in [
            ("Red.png", "Red", Ok(1_000_000)),
            ("Red#5.PNG", "Red", Ok(5_000_000)),
            ("Red#0.5.jpeg", "Red", Ok(500_000)),
            ("Red#0.webp", "Red", Ok(0)),
            ("Red#-0.gif", "Red", Ok(0)),
            ("Red#.5.png", "Red", Ok(500_000)),
            ("Red#1e3.png", "Red", Ok(1_000_000_000)),
            ("Red#0.000001.png", "Red", Ok(1)),
            ("Red#1e9.png", "Red", Ok(1_000_000_000_000_000)),
            ("Red#0.0000014.png", "Red", Ok(1)),
            ("Red #hot.png", "Red #hot", Ok(1_000_000)),
            ("Red#.png", "Red#", Ok(1_000_000)),
            ("Red# 5.png", "Red# 5", Ok(1_000_000)),
            ("Red #5.png", "Red", Ok(5_000_000)),
            (" Red .png", "Red", Ok(1_000_000)),
            ("Red#5.png ", "Red", Ok(5_000_000)),
            ("Red#5 .png", "Red#5", Ok(1_000_000)),
            ("\u{feff}Red\u{a0}#5.png", "Red", Ok(5_000_000)),
            ("Red  Hat.png", "Red  Hat", Ok(1_000_000)),
            (" #5.png", "", Ok(5_000_000)),
            ("Red#1#2.png", "Red#1", Ok(2_000_000)),
            ("v1.2#3.png", "v1.2", Ok(3_000_000)),
            ("None#0.5", "None", Ok(500_000)),
            ("a-b#7", "a-b", Ok(7_000_000)),
            ("#5.png", "", Ok(5_000_000)),
            ("Red#-1.png", "Red", Err("-1")),
            ("Red#NaN.png", "Red", Err("NaN")),
            ("Red#inf.png", "Red", Err("inf")),
            ("Red#1e308.png", "Red", Err("1e308")),
            ("Red#1e999.png", "Red", Err("1e999")),
            ("Red#1e-9.png", "Red", Err("1e-9")),
            ("Red#1e-999.png", "Red", Err("1e-999")),
            ("Red#1000000001.png", "Red", Err("1000000001")),
        ] {
            let parsed = FileName::parse(file);
            assert_eq!(
                (parsed.name.as_str(), parsed.weight),
                (name, weight.map_err(str::to_owned)),
                "{file}"
            );
        }
    }

    #[test]
    fn only_picture_extensions_are_extensions() {
        assert!(FileName::parse("a.PnG").picture);
        let text = FileName::parse("a.txt");
        assert_eq!((text.name.as_str(), text.picture), ("a.txt", false));
        assert!(FileName::parse("nOnE#3.png").is_placeholder());
        assert!(!FileName::parse("None of it.png").is_placeholder());
    }

    #[test]
    fn names_lose_what_nobody_sees_at_their_ends() {
        assert_eq!(tidy(" \u{3000}Cafe\u{301} au lait\t\u{200b} "), "Caf\u{e9} au lait");
        assert_eq!(tidy(" \n"), "");
        assert!(FileName::parse("None .png").is_placeholder());
    }

    #[test]
    fn names_are_kept_in_nfc() {
        assert_eq!(FileName::parse("Cafe\u{301}#2.png").name, "Caf\u{e9}");
        assert_eq!(nfc("Caf\u{e9}"), "Caf\u{e9}");
    }

    #[test]
    fn the_nearest_name_is_one_that_could_be_meant() {
        assert_eq!(nearest("sead", ["seed", "size", "start"]), Some("seed"));
        assert_eq!(nearest("Backgruond", ["Body", "Background"]), Some("Background"));
        assert_eq!(nearest("Hat", ["Background", "Body"]), None);
    }
}
