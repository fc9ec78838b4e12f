//! Numbers of things in messages.

use std::fmt::Display;

/// A number of things, in the singular or the plural: `1 item`, `12 items`.
pub(crate) fn counted(count: impl Display, thing: &str) -> String {
    let count = count.to_string();
    let ending = if count == "1" { "" } else { "s" };
    format!("{count} {thing}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_has_no_plural() {
        assert_eq!(
            [0, 1, 2, 11].map(|count| counted(count, "item")),
            ["0 items", "1 item", "2 items", "11 items"]
        );
    }
}
