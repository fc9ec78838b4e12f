//! Values as configurations of other programs have them, whatever language they are written in.
//!
//! JavaScript, JSON, YAML and Python literals all become this type, so that a reader of a peer's keys is written once. Keys keep
//! their order, because some peers read a list of layers from it.

use std::cell::RefCell;
use std::collections::BTreeSet;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    /// It may be infinite or no number at all.
    Number(f64),
    Text(String),
    List(Vec<Value>),
    Map(Map),
    /// A function, a hole in a list or something else that has no counterpart: what it is.
    Opaque(&'static str),
}

/// Keys and values in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Map(pub(crate) Vec<(String, Value)>);

impl Map {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }
}

impl Value {
    pub(crate) fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(crate) fn as_list(&self) -> Option<&[Value]> {
        if let Self::List(list) = self { Some(list) } else { None }
    }

    pub(crate) fn as_map(&self) -> Option<&Map> {
        if let Self::Map(map) = self { Some(map) } else { None }
    }

    pub(crate) fn as_number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The number that JavaScript makes of it where it compares or computes with it.
    pub(crate) fn coerced(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(text) => js_number(text),
            Self::Bool(yes) => f64::from(u8::from(*yes)),
            Self::Null => 0.0,
            Self::List(_) | Self::Map(_) | Self::Opaque(_) => f64::NAN,
        }
    }

    /// Whether JavaScript takes it for true.
    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(yes) => *yes,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
            Self::List(_) | Self::Map(_) => true,
            Self::Opaque(what) => *what != NOTHING,
        }
    }

    /// Whether there is nothing: an undefined value or null.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Null | Self::Opaque(NOTHING))
    }

    /// The value in short, for a list of what could not be kept.
    pub(crate) fn shown(&self) -> String {
        const MAX_SHOWN: usize = 80;
        let text = self.written();
        match text.char_indices().nth(MAX_SHOWN) {
            Some((end, _)) => format!("{}...", &text[..end]),
            None => text,
        }
    }

    fn written(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(yes) => yes.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => crate::error::quoted(text),
            Self::List(list) => {
                let parts: Vec<String> = list.iter().take(12).map(Self::written).collect();
                format!("[{}]", parts.join(", "))
            }
            Self::Map(map) => {
                let part = |(key, value): &(String, Self)| format!("{key}: {}", value.written());
                let parts: Vec<String> = map.0.iter().take(12).map(part).collect();
                format!("{{ {} }}", parts.join(", "))
            }
            Self::Opaque(what) => format!("({what})"),
        }
    }

    /// The value of a JSON document.
    pub(crate) fn of_json(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Null,
            serde_json::Value::Bool(yes) => Self::Bool(yes),
            serde_json::Value::Number(number) => Self::Number(number.as_f64().unwrap_or(f64::NAN)),
            serde_json::Value::String(text) => Self::Text(text),
            serde_json::Value::Array(list) => Self::List(list.into_iter().map(Self::of_json).collect()),
            serde_json::Value::Object(map) => {
                Self::Map(Map(map.into_iter().map(|(key, value)| (key, Self::of_json(value))).collect()))
            }
        }
    }
}

/// What is missing: an undefined value, or a hole in a list.
pub(crate) const NOTHING: &str = "nothing";

/// `Number(text)` of JavaScript: blanks at the ends are allowed, an empty text is 0, and what is no number is NaN.
pub(crate) fn js_number(text: &str) -> f64 {
    let text = text.trim();
    let radix = |digits: &str, radix| {
        let is_plain = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
        let value = digits
            .chars()
            .fold(0.0, |sum, c| sum * f64::from(radix) + f64::from(c.to_digit(radix).unwrap_or(0)));
        if is_plain { value } else { f64::NAN }
    };
    if text.is_empty() {
        return 0.0;
    }
    for (prefixes, base) in [(["0x", "0X"], 16), (["0o", "0O"], 8), (["0b", "0B"], 2)] {
        if let Some(digits) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
            return radix(digits, base);
        }
    }
    match text.trim_start_matches(['+', '-']) {
        "Infinity" if text.len() <= "Infinity".len() + 1 => {
            return if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY };
        }
        _ => {}
    }
    // Rust also reads "inf", "infinity" and "nan"; JavaScript does not.
    let is_number = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E'));
    if is_number { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}

/// A map whose keys are read one after the other; at the end the others can be listed.
#[derive(Debug)]
pub(crate) struct Keys<'a> {
    map: &'a Map,
    read: RefCell<BTreeSet<String>>,
}

impl<'a> Keys<'a> {
    pub(crate) fn new(map: &'a Map) -> Self {
        Self { map, read: RefCell::default() }
    }

    /// The value of a key; none if there is none, or nothing.
    pub(crate) fn get(&self, key: &str) -> Option<&'a Value> {
        self.read.borrow_mut().insert(key.to_owned());
        self.map.get(key).filter(|value| !value.is_nothing())
    }

    /// A text that is not empty.
    pub(crate) fn text(&self, key: &str) -> Option<&'a str> {
        self.get(key).and_then(Value::as_text).filter(|text| !text.is_empty())
    }

    pub(crate) fn is_truthy(&self, key: &str) -> bool {
        self.get(key).is_some_and(Value::is_truthy)
    }

    pub(crate) fn map(&self, key: &str) -> Option<&'a Map> {
        self.get(key).and_then(Value::as_map)
    }

    /// The keys that were not asked for, with their values; not those without a value.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let read = self.read.borrow().clone();
        let others = self.map.0.iter().filter(move |(key, value)| !read.contains(key) && !value.is_nothing());
        others.map(|(key, value)| (key.as_str(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_javascript_reads_them() {
        for (text, number) in [
            ("", 0.0),
            (" 5 ", 5.0),
            ("1e3", 1000.0),
            ("0x10", 16.0),
            ("0b11", 3.0),
            ("2.5", 2.5),
            (".5", 0.5),
            ("5.", 5.0),
            ("-3", -3.0),
            ("+3", 3.0),
            ("Infinity", f64::INFINITY),
            ("-Infinity", f64::NEG_INFINITY),
        ] {
            assert_eq!(js_number(text), number, "{text:?}");
        }
        for text in ["7%", "Common", "1,5", "inf", "nan", "NaN", "0x", "1 2", "--3", "e", "5px", "0xg"] {
            assert!(js_number(text).is_nan(), "{text:?} is {}", js_number(text));
        }
    }

    #[test]
    fn keys_that_are_not_asked_for_are_listed() {
        let map = Map(vec![
            ("a".into(), Value::Number(1.0)),
            ("b".into(), Value::Opaque(NOTHING)),
            ("c".into(), Value::Text("x".into())),
        ]);
        let keys = Keys::new(&map);
        assert_eq!(keys.get("a"), Some(&Value::Number(1.0)));
        assert_eq!(keys.get("b"), None);
        assert_eq!(keys.others().collect::<Vec<_>>(), [("c", &Value::Text("x".into()))]);
    }
}
