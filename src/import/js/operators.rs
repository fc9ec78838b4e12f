//! What operators and members of literal values give, and the names that every script has.

use crate::import::value::{Map, NOTHING, Value};

/// Why an expression is not read.
pub(super) type Reason = &'static str;

/// Operators of two values, those that bind least first.
pub(super) const OPERATORS: [&[&str]; 6] = [
    &["??", "||"],
    &["&&"],
    &["===", "!==", "==", "!="],
    &["<=", ">=", "<", ">"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Names that every script has: constants of the peers, and an environment without variables.
pub(super) fn known_names() -> Map {
    let text = |text: &str| Value::Text(text.to_owned());
    let names = |list: &[&str], spell: fn(&str) -> String| {
        Value::Map(Map(list.iter().map(|name| (spell(name), text(name))).collect()))
    };
    let modes = [
        "source-over",
        "multiply",
        "screen",
        "overlay",
        "darken",
        "lighten",
        "color-dodge",
        "color-burn",
        "hard-light",
        "soft-light",
        "difference",
        "exclusion",
        "hue",
        "saturation",
        "color",
        "luminosity",
        "lighter",
        "source-in",
        "source-out",
        "source-atop",
        "destination-over",
        "destination-in",
        "destination-out",
        "destination-atop",
        "copy",
        "xor",
    ];
    let process = Map(vec![("env".to_owned(), Value::Map(Map::default()))]);
    Map(vec![
        ("MODE".to_owned(), names(&modes, camel)),
        ("NETWORK".to_owned(), names(&["eth", "sol", "xrpl", "bch", "mina"], str::to_owned)),
        ("process".to_owned(), Value::Map(process)),
        ("undefined".to_owned(), Value::Opaque(NOTHING)),
        ("NaN".to_owned(), Value::Number(f64::NAN)),
        ("Infinity".to_owned(), Value::Number(f64::INFINITY)),
    ])
}

/// `soft-light` as `softLight`.
fn camel(name: &str) -> String {
    let mut parts = name.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + &part[..1].to_uppercase() + &part[1..])
}

pub(super) fn set(map: &mut Map, key: String, value: Value) {
    map.0.retain(|(known, _)| *known != key);
    map.0.push((key, value));
}

/// Refuses what is not read.
pub(super) fn known(value: &Value) -> Result<(), Reason> {
    match value {
        Value::Opaque(what) if *what != NOTHING => Err("a value that is computed"),
        _ => Ok(()),
    }
}

pub(super) fn text_of(value: &Value) -> String {
    value.as_text().map_or_else(|| value.shown(), str::to_owned)
}

pub(super) fn member(value: &Value, key: &Value) -> Result<Value, Reason> {
    let nothing = || Ok(Value::Opaque(NOTHING));
    match (value, key) {
        (Value::Map(map), key) => map.get(&text_of(key)).cloned().map_or_else(nothing, Ok),
        (Value::List(list), Value::Number(at)) => list.get(*at as usize).cloned().map_or_else(nothing, Ok),
        (Value::List(list), Value::Text(key)) if key == "length" => Ok(Value::Number(list.len() as f64)),
        _ => Err("a member of something that is computed"),
    }
}

pub(super) fn combined(operator: &str, left: Value, right: Value) -> Result<Value, Reason> {
    known(&left)?;
    match operator {
        "||" => return Ok(if left.is_truthy() { left } else { right }),
        "&&" => return Ok(if left.is_truthy() { right } else { left }),
        "??" => return Ok(if left.is_nothing() { right } else { left }),
        _ => known(&right)?,
    }
    if operator == "+" && (left.as_text().is_some() || right.as_text().is_some()) {
        return Ok(Value::Text(text_of(&left) + &text_of(&right)));
    }
    let (a, b) = (left.coerced(), right.coerced());
    Ok(match operator {
        "+" => Value::Number(a + b),
        "-" => Value::Number(a - b),
        "*" => Value::Number(a * b),
        "/" => Value::Number(a / b),
        "%" => Value::Number(a % b),
        "<" => Value::Bool(a < b),
        ">" => Value::Bool(a > b),
        "<=" => Value::Bool(a <= b),
        ">=" => Value::Bool(a >= b),
        "===" | "==" => Value::Bool(left == right),
        _ => Value::Bool(left != right),
    })
}
