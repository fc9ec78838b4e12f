//! Sizes and times as people read and write them.

/// Parses a number of bytes: `4096`, `64MB`, `1.5 GiB`. Units of 1000 and of 1024 are distinguished.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = (&text[..split], text[split..].trim().to_ascii_lowercase());
    let factor: u64 = match unit.as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(format!("the unit {unit:?} is not one of B, KB, MB, GB, KiB, MiB, GiB")),
    };
    let number: f64 = number.parse().map_err(|_| "give a size, e.g. 64MB or 2GiB".to_owned())?;
    let bytes = number * factor as f64;
    if bytes < 1e18 { Ok(bytes as u64) } else { Err("that is more memory than any machine has".to_owned()) }
}

/// A number of bytes in the unit that suits it.
pub(crate) fn bytes(count: u64) -> String {
    let mut value = count as f64;
    for unit in ["B", "KB", "MB", "GB"] {
        if value < 1000.0 {
            return if unit == "B" { format!("{count} B") } else { format!("{value:.1} {unit}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} TB")
}

/// A large number with its thousands set apart.
pub(crate) fn thousands(count: impl ToString) -> String {
    let digits = count.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    groups.join(",")
}

/// A number of things, in the singular or the plural: `1 item`, `1,200 items`.
pub(crate) fn counted(count: impl ToString, thing: &str) -> String {
    let count = thousands(count);
    let ending = if count == "1" { "" } else { "s" };
    format!("{count} {thing}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_in_both_kinds_of_units() {
        assert_eq!(parse_size("4096"), Ok(4096));
        assert_eq!(parse_size("8MB"), Ok(8_000_000));
        assert_eq!(parse_size("8 MiB"), Ok(8 << 20));
        assert_eq!(parse_size("1.5gib"), Ok(3 << 29));
        for wrong in ["", "MB", "-1", "1XB", "1e30", "99999999999GB"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1_234_567), "1.2 MB");
        assert_eq!(thousands(1_234_567u64), "1,234,567");
        assert_eq!(thousands(12u64), "12");
        assert_eq!([1, 1200].map(|count| counted(count, "item")), ["1 item", "1,200 items"]);
    }
}
