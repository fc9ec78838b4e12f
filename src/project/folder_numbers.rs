//! Numbers before the names of folders, as in `01-Body` and `2_Hat`: artists give the drawing order with them.

/// For each name of a folder what it is called without its number; `None` where it has none. What is left can be empty.
///
/// A number begins a name, `#` and brackets apart, and something separates it from what follows: `01-Body`, `2_Hat`,
/// `(3) Eyes`, `4. Mouth`. Without a separator a number counts if it has a leading zero (`00Back`) or if all names begin
/// with one, so that `3D Glasses` is a name among others. Where all names begin with the same text and a number, as
/// `Layer 1 Back` and `Layer 2 Body` do, that text is part of the number.
#[must_use]
pub fn without_numbers(names: &[&str]) -> Vec<Option<String>> {
    let parts: Vec<Option<Parts<'_>>> = names.iter().map(|name| Parts::of(name)).collect();
    let first = parts.first().and_then(Option::as_ref).map(|parts| parts.before);
    let is_shared = names.len() > 1
        && first
            .is_some_and(|first| parts.iter().all(|parts| parts.as_ref().is_some_and(|p| p.before == first)));
    let all_begin = parts.iter().all(|parts| parts.as_ref().is_some_and(Parts::begins));
    let without = |parts: &Parts<'_>| {
        let is_apart = parts.is_apart() || parts.digits.starts_with('0') || all_begin;
        // A text before the number that all share is a separator of its own.
        let counts = if parts.begins() { is_apart } else { is_shared && parts.is_apart() };
        counts.then(|| parts.name(all_begin))
    };
    parts.iter().map(|parts| parts.as_ref().and_then(without)).collect()
}

/// A name around its first digits.
struct Parts<'a> {
    before: &'a str,
    digits: &'a str,
    after: &'a str,
}

impl<'a> Parts<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let start = name.find(|c: char| c.is_ascii_digit())?;
        let (before, rest) = name.split_at(start);
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, mut after) = rest.split_at(end);
        // `1.5 Neck` is between 1 and 2.
        while let Some(more) =
            after.strip_prefix(['.', ',']).filter(|more| more.starts_with(|c: char| c.is_ascii_digit()))
        {
            after = more.trim_start_matches(|c: char| c.is_ascii_digit());
        }
        Some(Self { before, digits, after })
    }

    /// Whether the name begins with its number.
    fn begins(&self) -> bool {
        self.before.chars().all(|c| c.is_whitespace() || matches!(c, '#' | '(' | '[' | '{'))
    }

    /// Whether something separates the number from what follows, or nothing follows.
    fn is_apart(&self) -> bool {
        self.after.starts_with(is_separator) || self.after.is_empty()
    }

    /// What follows the number. A letter that belongs to it, as in `1b-Arm`, is left out where all names have numbers.
    fn name(&self, all_begin: bool) -> String {
        let mut after = self.after;
        let mut letters = after.chars();
        let is_letter = letters.next().is_some_and(|c| c.is_ascii_lowercase());
        if all_begin && is_letter && letters.as_str().starts_with(is_separator) {
            after = letters.as_str();
        }
        after.trim_start_matches(is_separator).trim_end().to_owned()
    }
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '_' | '.' | ',' | ':' | ')' | ']' | '}' | '|' | '+' | '~' | '\u{2010}'..='\u{2015}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_names(names: &[&str], expected: &[Option<&str>]) {
        let found = without_numbers(names);
        let found: Vec<Option<&str>> = found.iter().map(Option::as_deref).collect();
        assert_eq!(found, expected, "{names:?}");
    }

    #[test]
    fn numbers_before_names_are_found_in_every_form() {
        for name in [
            "01-Body", "2_Body", "00 Body", "3. Body", "(4) Body", "[5]Body", "#6 Body", "7 - Body",
            "8) Body", "09Body", "1.5 Body",
        ] {
            assert_names(&[name, "Hat"], &[Some("Body"), None]);
        }
        assert_names(&["1", "02", "Hat"], &[Some(""), Some(""), None]);
        assert_names(&["1Back", "2Body"], &[Some("Back"), Some("Body")]);
        assert_names(&["1a-Arm", "1b-Hand", "2-Head"], &[Some("Arm"), Some("Hand"), Some("Head")]);
        assert_names(&["Layer 1 Back", "Layer 2 Body"], &[Some("Back"), Some("Body")]);
        assert_names(&["L1_Back", "L10_Body"], &[Some("Back"), Some("Body")]);
    }

    #[test]
    fn other_digits_are_part_of_a_name() {
        assert_names(&["3D Glasses", "Body"], &[None, None]);
        assert_names(&["Body 1", "Hat 2"], &[None, None]);
        assert_names(&["R2D2", "Body"], &[None, None]);
        assert_names(&["Layer 1 Back", "Hat"], &[None, None]);
        assert_names(&[], &[]);
    }
}
