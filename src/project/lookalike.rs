//! Parts of names that look like a weight and are none, as `#0,5`, `# 20`, `20%`, `__w10` or `+10`.
//!
//! A weight is a number behind the last `#` of a name and nothing else, so that every other name can be used. Who writes a
//! weight as another program reads it, or with the comma of another language, gets a trait of another name and of weight 1.
//! Here such names are recognised, to be named in a warning; nothing is read otherwise because of it.

use unicode_normalization::UnicodeNormalization;

use crate::project::names::weight;

/// Words that other programs and people put before a weight.
const WORDS: [&str; 14] = [
    "weight",
    "weights",
    "wt",
    "rarity",
    "rare",
    "chance",
    "odds",
    "probability",
    "prob",
    "frequency",
    "freq",
    "percent",
    "percentage",
    "pct",
];
/// Words that say how rare something is, where they are behind a `#`.
const GRADES: [&str; 6] = ["common", "uncommon", "rare", "epic", "legendary", "mythic"];
/// Marks that are put before a weight.
const MARKS: [char; 8] = ['+', '@', '=', '~', '^', '*', '\u{d7}', '%'];

/// A part of a name that looks like a weight.
#[derive(Debug, PartialEq)]
pub(crate) struct Lookalike<'a> {
    /// The part.
    pub(crate) text: &'a str,
    /// What is left of the name, without blanks and joining marks beside the part.
    pub(crate) rest: String,
    /// The weight as it is written right, if the number is one.
    pub(crate) weight: Option<String>,
}

impl Lookalike<'_> {
    /// Whether the part is the end of `name`.
    pub(crate) fn is_at_end(&self, name: &str) -> bool {
        name.ends_with(self.text)
    }
}

/// The part of a name that looks like a weight, if there is one. It is never the whole name.
pub(crate) fn lookalike(name: &str) -> Option<Lookalike<'_>> {
    let name = name.trim();
    let letters: Vec<Letter> = name.char_indices().map(Letter::new).collect();
    let letters = &letters[..];
    let (range, number) = behind_hash(letters)
        .or_else(|| at_end(letters).filter(|(range, _)| range.0 > 0))
        .or_else(|| at_start(letters))?;
    let place = |at: usize| letters.get(at).map_or(name.len(), |letter| letter.at);
    let (start, end) = (place(range.0), place(range.1));
    let number = number.map(|(start, end)| number_text(&letters[start..end]));
    let joined = |c: char| c.is_whitespace() || matches!(c, '_' | '-' | '#');
    let (before, after) = (name[..start].trim_end_matches(joined), name[end..].trim_start_matches(joined));
    let rest = [before, after].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let is_weight = |text: &String| matches!(weight(text), Some(Ok(_)));
    Some(Lookalike { text: &name[start..end], rest, weight: number.filter(is_weight) })
}

/// A character of a name: its place, and the ASCII character that it is a variant of (as `＃` is of `#`), or itself.
#[derive(Clone, Copy)]
struct Letter {
    at: usize,
    c: char,
}

impl Letter {
    fn new((at, c): (usize, char)) -> Self {
        let mut plain = std::iter::once(c).nfkc();
        let alone = plain.next().filter(|_| plain.next().is_none());
        Self { at, c: alone.filter(char::is_ascii).unwrap_or(c) }
    }

    fn is_digit(self) -> bool {
        self.c.is_numeric()
    }

    fn is_joint(self) -> bool {
        self.c.is_whitespace() || matches!(self.c, '_' | '-')
    }
}

/// From one letter to another, which is not part of it.
type Range = (usize, usize);
/// What looks like a weight, and the number in it.
type Found = (Range, Option<Range>);

/// The number that begins at `from`: digits, with points, commas and apostrophes between or before them.
fn number_at(letters: &[Letter], from: usize) -> Option<Range> {
    let digit = |at: usize| letters.get(at).is_some_and(|letter| letter.is_digit());
    let mark = |at: usize| letters.get(at).is_some_and(|letter| matches!(letter.c, '.' | ',' | '\''));
    let mut end = from;
    while digit(end) || (mark(end) && digit(end + 1)) {
        end += 1;
    }
    (end > from).then_some((from, end))
}

/// The number that ends at `to`.
fn number_before(letters: &[Letter], to: usize) -> Option<Range> {
    let digit = |at: usize| letters[at].is_digit();
    let mut from = to;
    while from > 0 && (digit(from - 1) || (matches!(letters[from - 1].c, '.' | ',' | '\'') && from < to)) {
        from -= 1;
    }
    // Marks before the first digit are part of the name, but for one as in `.5`.
    while from < to && !digit(from) && (from + 1 == to || !digit(from + 1)) {
        from += 1;
    }
    (from < to && digit(to - 1)).then_some((from, to))
}

/// The number as a weight is written, with a point.
fn number_text(letters: &[Letter]) -> String {
    let text: String = letters.iter().map(|letter| letter.c).collect();
    let text = text.replace('\'', "");
    match text.matches(',').count() {
        // `1,000` is a thousand to some and one to others, as `1.000,5` is nothing to any.
        1 if text.contains('.')
            || (!text.starts_with('0') && text.split(',').next_back().is_some_and(|end| end.len() == 3)) =>
        {
            text
        }
        1 => text.replace(',', "."),
        _ => text.replace(',', ""),
    }
}

/// The places before `to` that hold no blank.
fn without_blanks(letters: &[Letter], mut to: usize) -> usize {
    while to > 0 && letters[to - 1].c.is_whitespace() {
        to -= 1;
    }
    to
}

/// The word, in lower case, that ends at `to`, and where it begins.
fn word_before(letters: &[Letter], to: usize) -> (usize, String) {
    let mut from = to;
    while from > 0 && letters[from - 1].c.is_ascii_alphabetic() {
        from -= 1;
    }
    (from, letters[from..to].iter().map(|letter| letter.c.to_ascii_lowercase()).collect())
}

/// A `#` with a number that is no weight, with a number and more behind it, or with nothing.
fn behind_hash(letters: &[Letter]) -> Option<Found> {
    let hashes = (0..letters.len()).rev().filter(|&at| letters[at].c == '#');
    for hash in hashes {
        let mut at = hash + 1;
        while letters
            .get(at)
            .is_some_and(|l| l.is_joint() || MARKS.contains(&l.c) || "#:<>$([{".contains(l.c))
        {
            at += 1;
        }
        let rest: String = letters[at..].iter().map(|letter| letter.c.to_ascii_lowercase()).collect();
        let letter_first = rest.starts_with(['w', 'r', 'x', 'p']) && number_at(letters, at + 1).is_some();
        let word = WORDS.iter().find(|word| rest.starts_with(**word)).map_or(0, |word| word.len());
        let number = number_at(letters, at)
            .or_else(|| letter_first.then(|| number_at(letters, at + 1)).flatten())
            .or_else(|| {
                let mut at = at + word;
                while word > 0 && letters.get(at).is_some_and(|l| l.is_joint() || MARKS.contains(&l.c)) {
                    at += 1;
                }
                (word > 0).then(|| number_at(letters, at)).flatten()
            });
        let is_grade = GRADES.contains(&rest.trim());
        let is_bare = rest.is_empty() && hash > 0;
        match number {
            Some(number) if hash == 0 && number.1 < letters.len() => {
                return Some(((0, number.1), Some(number)));
            }
            Some(number) if hash > 0 => {
                // More of a number than is read: `1/3`, `1:10`, `1 000`, `5k`.
                let after: String = letters[number.1..].iter().map(|letter| letter.c).collect();
                let is_unit = ["pct", "percent"].iter().any(|unit| after.trim_start().starts_with(unit));
                let is_part = after.starts_with(|c: char| c == '/' || c == ':' || c.is_alphabetic())
                    || after.trim_start().starts_with(char::is_numeric);
                let is_part = is_part && !is_unit;
                return Some(((hash, letters.len()), (!is_part).then_some(number)));
            }
            None if hash > 0 && (is_grade || is_bare) => return Some(((hash, letters.len()), None)),
            _ => {}
        }
    }
    None
}

/// A number at the end, with a percent sign, a word, a mark, brackets or two underscores.
fn at_end(letters: &[Letter]) -> Option<Found> {
    let all = letters.len();
    let last = letters.last()?.c;
    if let Some(open) = [(')', '('), (']', '['), ('}', '{'), ('>', '<')].iter().find(|pair| pair.0 == last) {
        let start = letters.iter().rposition(|letter| letter.c == open.1)?;
        let inner = &letters[start + 1..all - 1];
        let shift = |range: Range| (range.0 + start + 1, range.1 + start + 1);
        let whole = number_at(inner, 0).filter(|number| number.1 == inner.len());
        // `Red (2)` is what file managers call a second file.
        let is_copy = last == ')'
            && inner.iter().all(|letter| letter.is_digit())
            && start > 0
            && letters[start - 1].c.is_whitespace();
        let number = match whole {
            Some(_) if is_copy => None,
            Some(number) => Some(number),
            None => at_end(inner).map_or_else(|| behind_letter(inner), |found| found.1),
        };
        return number.map(|number| ((start, all), Some(shift(number))));
    }
    // `20%`, `20 percent`.
    let unit = match last {
        '%' | '\u{2030}' => Some(all - 1),
        _ => {
            let (from, word) = word_before(letters, all);
            ["percent", "pct", "prozent"].contains(&&*word).then_some(from)
        }
    };
    if let Some(unit) = unit {
        let number = number_before(letters, without_blanks(letters, unit))?;
        return Some(((word_start(letters, number.0), all), Some(number)));
    }
    let number = number_before(letters, all)?;
    let before = without_blanks(letters, number.0);
    if before > 0 && MARKS.contains(&letters[before - 1].c) {
        return Some(((word_start(letters, before - 1), all), Some(number)));
    }
    let start = word_start(letters, number.0);
    if start < number.0 {
        return Some(((start, all), Some(number)));
    }
    let [.., joint] = letters[..number.0] else { return None };
    let pair = number.0 >= 2 && matches!(joint.c, '_' | '-') && letters[number.0 - 2].c == joint.c;
    let text = number_text(&letters[number.0..all]);
    let is_small = text.starts_with("0.") || text.starts_with('.');
    if pair {
        return Some(((number.0 - 2, all), Some(number)));
    }
    (is_small && joint.is_joint()).then_some(((number.0 - 1, all), Some(number)))
}

/// The number that a whole text is but for its first letter, as in `w10` or `#10`.
fn behind_letter(letters: &[Letter]) -> Option<Range> {
    let is_known = letters.first().is_some_and(|first| "wrxp#".contains(first.c.to_ascii_lowercase()));
    number_at(letters, 1).filter(|number| is_known && number.1 == letters.len())
}

/// Where a word for weights begins that ends before `to`, as in `_weight-10`, `__w10` or ` x10`; `to` if there is none.
fn word_start(letters: &[Letter], to: usize) -> usize {
    let mut end = to;
    while end > 0 && (letters[end - 1].is_joint() || matches!(letters[end - 1].c, '=' | ':' | '.')) {
        end -= 1;
    }
    let (from, word) = word_before(letters, end);
    let is_joined = from > 0 && !letters[from - 1].c.is_alphanumeric();
    let joints =
        letters[..from].iter().rev().take_while(|letter| letter.is_joint() || letter.c == '.').count();
    if WORDS.contains(&&*word) && (is_joined || from == 0) {
        return from - joints;
    }
    // One letter is enough directly before the number, behind two underscores; behind one joint only in lower case, as
    // `Arm_R2` is a right arm.
    let is_letter = end == to && ["w", "r", "x", "p"].contains(&&*word);
    let is_lower = is_letter && letters[from].c.is_ascii_lowercase();
    let is_known = is_letter && (joints >= 2 || (joints == 1 && is_lower && word != "p"));
    if is_known { from - joints } else { to }
}

/// `20%Gold`, `10#Gold`, `weight10-Gold`.
fn at_start(letters: &[Letter]) -> Option<Found> {
    if let Some(number) = number_at(letters, 0) {
        let mut end = number.1;
        while letters.get(end).is_some_and(|letter| letter.c.is_whitespace()) {
            end += 1;
        }
        let is_marked = letters.get(end).is_some_and(|letter| matches!(letter.c, '%' | '#'));
        return (is_marked && end + 1 < letters.len()).then_some(((0, end + 1), Some(number)));
    }
    let end = letters.iter().position(|letter| !letter.c.is_ascii_alphabetic())?;
    let (_, word) = word_before(letters, end);
    let mut at = end;
    while letters.get(at).is_some_and(|letter| letter.is_joint() || matches!(letter.c, '=' | ':')) {
        at += 1;
    }
    let number = number_at(letters, at).filter(|number| number.1 < letters.len())?;
    WORDS.contains(&&*word).then_some(((0, number.1), Some(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is taken for a weight, what is left of the name, and the weight that is meant.
    #[track_caller]
    fn found(name: &str) -> (&str, String, Option<String>) {
        let found = lookalike(name).unwrap_or_else(|| panic!("nothing in {name:?}"));
        (found.text, found.rest, found.weight)
    }

    #[test]
    fn what_people_and_other_programs_write_is_recognised() {
        for (name, text, rest, weight) in [
            ("Gold#0,5", "#0,5", "Gold", Some("0.5")),
            ("Silver# 20", "# 20", "Silver", Some("20")),
            ("Iron#20%", "#20%", "Iron", Some("20")),
            ("Tin#20", "#20", "Tin", Some("20")),
            ("Wood#20 copy", "#20 copy", "Wood", Some("20")),
            ("Wood#20 (2)", "#20 (2)", "Wood", Some("20")),
            ("Wood#20-1", "#20-1", "Wood", Some("20")),
            ("Wood#1#x", "#1#x", "Wood", Some("1")),
            ("Clay__w10", "__w10", "Clay", Some("10")),
            ("Ice__r5", "__r5", "Ice", Some("5")),
            ("Ice__R5", "__R5", "Ice", Some("5")),
            ("Wax+10", "+10", "Wax", Some("10")),
            ("Wax + 10", "+ 10", "Wax", Some("10")),
            ("Gold#", "#", "Gold", None),
            ("Gold#%", "#%", "Gold", None),
            ("Gold#w5", "#w5", "Gold", Some("5")),
            ("Gold#x5", "#x5", "Gold", Some("5")),
            ("Gold#weight=5", "#weight=5", "Gold", Some("5")),
            ("Gold#=5", "#=5", "Gold", Some("5")),
            ("Gold#1/3", "#1/3", "Gold", None),
            ("Gold#5k", "#5k", "Gold", None),
            ("Gold#1:10", "#1:10", "Gold", None),
            ("Gold#1 000", "#1 000", "Gold", None),
            ("Gold#5pct", "#5pct", "Gold", Some("5")),
            ("Gold#(5)", "#(5)", "Gold", Some("5")),
            ("Gold(10)", "(10)", "Gold", Some("10")),
            ("Gold.w10", ".w10", "Gold", Some("10")),
            ("Gold#1,000", "#1,000", "Gold", None),
            ("Gold#1.000,5", "#1.000,5", "Gold", None),
            ("Gold#1'000", "#1'000", "Gold", Some("1000")),
            ("Gold#5.png", "#5.png", "Gold", Some("5")),
            ("Gold#rare", "#rare", "Gold", None),
            ("Gold\u{ff03}\u{ff15}", "\u{ff03}\u{ff15}", "Gold", Some("5")),
            ("Gold#\u{bd}", "#\u{bd}", "Gold", None),
            ("Gold_w10", "_w10", "Gold", Some("10")),
            ("Gold x10", " x10", "Gold", Some("10")),
            ("Gold_weight10", "_weight10", "Gold", Some("10")),
            ("Gold-weight-10", "-weight-10", "Gold", Some("10")),
            ("Gold weight=10", " weight=10", "Gold", Some("10")),
            ("Gold_rarity_5", "_rarity_5", "Gold", Some("5")),
            ("Gold 20%", "20%", "Gold", Some("20")),
            ("Gold_20 percent", "20 percent", "Gold", Some("20")),
            ("Gold (20%)", "(20%)", "Gold", Some("20")),
            ("Gold (0.5)", "(0.5)", "Gold", Some("0.5")),
            ("Gold [10]", "[10]", "Gold", Some("10")),
            ("Gold(w10)", "(w10)", "Gold", Some("10")),
            ("Gold{weight 10}", "{weight 10}", "Gold", Some("10")),
            ("Gold__10", "__10", "Gold", Some("10")),
            ("Gold--10", "--10", "Gold", Some("10")),
            ("Gold@5", "@5", "Gold", Some("5")),
            ("Gold=5", "=5", "Gold", Some("5")),
            ("Gold_0.5", "_0.5", "Gold", Some("0.5")),
            ("Gold 0,5", " 0,5", "Gold", Some("0.5")),
            ("10#Gold", "10#", "Gold", Some("10")),
            ("20% Gold", "20%", "Gold", Some("20")),
            ("#20 Gold", "#20", "Gold", Some("20")),
            ("weight10-Gold", "weight10", "Gold", Some("10")),
        ] {
            assert_eq!(found(name), (text, rest.to_owned(), weight.map(str::to_owned)), "{name}");
        }
    }

    #[test]
    fn names_that_hold_numbers_are_names() {
        for name in [
            "",
            "#",
            "Red",
            "7",
            "07",
            "50%",
            "0.5",
            "+10",
            "(5)",
            "Red 7",
            "Red_07",
            "Red-7",
            "Red7",
            "v1.2",
            "Red (1)",
            "Red (12)",
            "Red #hot",
            "a#b#c",
            "R2",
            "Arm_R2",
            "R2-D2",
            "8x10",
            "Area 51",
            "1970s",
            "3D Glasses",
            "X-Ray",
            "No. 5",
            "Hat v2",
            "Hat.2",
            "Type-A1",
            "w",
            "Snow",
            "Weight",
            "Rare",
            "Rare Hat",
            "Bow",
            "100 Years",
            "50 Cent",
            "x.png",
            "Red (a)",
            "()",
            "[]",
            "%",
            "--",
            "__",
            "$HOME",
            "2 - Red",
            "back\\slash",
            "日本",
            "5月",
            "Cap-2024-11-29",
            "Laser 3.5",
        ] {
            assert_eq!(lookalike(name), None, "{name}");
        }
    }

    #[test]
    fn any_text_can_be_looked_at() {
        let letters =
            ['#', '5', '.', ',', ' ', '_', '-', 'w', '%', '(', ')', '+', 'é', '\u{ff15}', 'a', '\''];
        let mut state = 1u64;
        for _ in 0..200_000 {
            let mut name = String::new();
            for _ in 0..1 + state % 9 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                name.push(letters[(state >> 33) as usize % letters.len()]);
            }
            let found = lookalike(&name);
            assert!(found.is_none_or(|found| name.contains(found.text)), "{name}");
        }
    }
}
