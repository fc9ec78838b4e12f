//! The literal parts of a script, for programs that are built without an engine.
//!
//! Most configurations are lists and objects of literals, with names of earlier constants, sums, templates and constants of the
//! peer (`MODE.multiply`). These are read; what is computed otherwise, as a list that a function makes, is left out and named.

use std::path::Path;

use super::Script;
use super::error::{Cause, ScriptError};
use super::files::{self, Files};
use super::operators::{OPERATORS, Reason, combined, known, known_names, member, set, text_of};
use super::scan::Scanner;
use crate::import::value::{Map, NOTHING, Value, js_number};

/// Levels that expressions may be nested.
const MAX_DEPTH: usize = 64;
/// In place of a value that is not read.
const COMPUTED: &str = "a value that is computed";
/// Reads the literal parts of a script.
pub(super) fn evaluate(root: &Path, file: &Path) -> Result<Script, ScriptError> {
    let files = Files::new(root.to_owned());
    let text = files.read(&files::seen(root, file)).map_err(Cause::Result)?;
    Ok(read(&text))
}

/// What a script exports, as far as it is literal.
pub(super) fn read(text: &str) -> Script {
    let mut reader = Reader {
        scan: Scanner::new(text),
        names: known_names(),
        exports: Map::default(),
        unread: Vec::new(),
        depth: 0,
    };
    reader.statements();
    Script { exports: reader.exports, unread: reader.unread, ..Script::default() }
}

struct Reader<'a> {
    scan: Scanner<'a>,
    names: Map,
    exports: Map,
    unread: Vec<String>,
    depth: usize,
}

impl Reader<'_> {
    fn statements(&mut self) {
        loop {
            self.scan.blanks();
            if self.scan.is_at_end() {
                return;
            }
            let start = self.scan.at;
            if self.statement().is_err() || self.scan.at == start {
                self.scan.at = start;
                self.scan.statement();
                self.scan.at = self.scan.at.max(start + 1).min(self.scan.text.len());
                while !self.scan.text.is_char_boundary(self.scan.at) {
                    self.scan.at += 1;
                }
            }
        }
    }

    fn statement(&mut self) -> Result<(), Reason> {
        let exported = self.scan.word("export");
        if exported {
            if self.scan.word("default") {
                let value = self.expression()?;
                self.export_all(value);
                return Ok(());
            }
            if self.scan.take("{") {
                return self.export_list();
            }
        }
        if ["const", "let", "var"].iter().any(|keyword| self.scan.word(keyword)) {
            return self.declarations(exported);
        }
        let target = ["module.exports", "exports"].iter().find(|target| self.scan.take(target));
        if target.is_some() {
            let key = if self.scan.take(".") { Some(self.scan.name().ok_or("a name")?) } else { None };
            if !self.scan.take("=") {
                return Err("no assignment");
            }
            let value = self.value_or_computed(key.as_deref().unwrap_or("module.exports"));
            match key {
                Some(key) => self.export(key, value),
                None => self.export_all(value),
            }
            return Ok(());
        }
        Err("not read")
    }

    fn declarations(&mut self, exported: bool) -> Result<(), Reason> {
        loop {
            // A pattern takes constants out of a module; those of the peers are there already.
            let Some(name) = self.scan.name() else { return Err("a pattern") };
            if !self.scan.take("=") {
                return Err("no value");
            }
            let value = self.value_or_computed(&name);
            self.names.0.retain(|(known, _)| *known != name);
            self.names.0.push((name.clone(), value.clone()));
            if exported {
                self.export(name, value);
            }
            if !self.scan.take(",") {
                return Ok(());
            }
        }
    }

    fn export_list(&mut self) -> Result<(), Reason> {
        while let Some(name) = self.scan.name() {
            let outer = if self.scan.word("as") { self.scan.name().ok_or("a name")? } else { name.clone() };
            let value = self.names.get(&name).cloned().unwrap_or(Value::Opaque("a function"));
            self.export(outer, value);
            if !self.scan.take(",") {
                break;
            }
        }
        if self.scan.take("}") { Ok(()) } else { Err("a list of names") }
    }

    fn export(&mut self, name: String, value: Value) {
        self.exports.0.retain(|(known, _)| *known != name);
        self.exports.0.push((name, value));
    }

    fn export_all(&mut self, value: Value) {
        if let Value::Map(map) = value {
            map.0.into_iter().for_each(|(name, value)| self.export(name, value));
        }
    }

    /// The value of an expression; if it is not literal, it is passed over and named.
    fn value_or_computed(&mut self, name: &str) -> Value {
        let start = self.scan.at;
        let value = self.expression();
        self.scan.blanks();
        let ends = self.scan.is_at_end()
            || self.scan.starts_with(&[";", ",", "}", "]", ")"])
            || self.scan.is_new_line(start);
        match value {
            Ok(value) if ends => value,
            result => {
                let reason = result.err().unwrap_or("an expression");
                self.scan.at = start;
                let line = self.scan.line();
                self.scan.expression();
                // Functions are named where they are exported.
                if reason == FUNCTION {
                    return Value::Opaque("a function");
                }
                self.unread.push(format!("{name} (line {line}, {reason})"));
                Value::Opaque(COMPUTED)
            }
        }
    }

    fn expression(&mut self) -> Result<Value, Reason> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            self.depth -= 1;
            return Err("nested too deeply");
        }
        let value = self.conditional();
        self.depth -= 1;
        value
    }

    fn conditional(&mut self) -> Result<Value, Reason> {
        let condition = self.binary(0)?;
        if self.scan.starts_with(&["?.", "??"]) || !self.scan.take("?") {
            return Ok(condition);
        }
        let yes = self.expression()?;
        if !self.scan.take(":") {
            return Err("a condition");
        }
        let no = self.expression()?;
        known(&condition)?;
        Ok(if condition.is_truthy() { yes } else { no })
    }

    fn binary(&mut self, level: usize) -> Result<Value, Reason> {
        let Some(operators) = OPERATORS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            self.scan.blanks();
            if self.scan.starts_with(&["=>", "++", "--", "+=", "-="]) {
                return Ok(left);
            }
            let Some(operator) = operators.iter().find(|operator| self.scan.take(operator)) else {
                return Ok(left);
            };
            let right = self.binary(level + 1)?;
            left = combined(operator, left, right)?;
        }
    }

    fn unary(&mut self) -> Result<Value, Reason> {
        if self.scan.starts_with(&["++", "--"]) {
            return Err("a change of a variable");
        }
        if self.scan.take("!") {
            let value = self.unary()?;
            known(&value)?;
            return Ok(Value::Bool(!value.is_truthy()));
        }
        for (sign, factor) in [("-", -1.0), ("+", 1.0)] {
            if self.scan.take(sign) {
                let value = self.unary()?;
                known(&value)?;
                return Ok(Value::Number(factor * value.coerced()));
            }
        }
        let mut value = self.primary()?;
        loop {
            if self.scan.starts_with(&["...", "=>"]) {
                return Ok(value);
            }
            let key = if self.scan.take("?.") || self.scan.take(".") {
                Value::Text(self.scan.name().ok_or("a member")?)
            } else if self.scan.take("[") {
                let key = self.expression()?;
                if !self.scan.take("]") {
                    return Err("a member");
                }
                key
            } else if self.scan.starts_with(&["("]) {
                return Err("a call of a function");
            } else {
                return Ok(value);
            };
            value = member(&value, &key)?;
        }
    }

    fn primary(&mut self) -> Result<Value, Reason> {
        self.scan.blanks();
        if self.scan.is_function() {
            return Err(FUNCTION);
        }
        if self.scan.take("(") {
            let value = self.expression()?;
            return if self.scan.take(")") { Ok(value) } else { Err("brackets") };
        }
        if self.scan.take("[") {
            return self.list();
        }
        if self.scan.take("{") {
            return self.object();
        }
        match self.scan.next() {
            Some('"' | '\'') => self.scan.string().map(Value::Text).ok_or("a text"),
            Some('`') => self.template(),
            Some(c) if c.is_ascii_digit() || c == '.' => {
                let number = js_number(&self.scan.number());
                if number.is_nan() { Err("a number") } else { Ok(Value::Number(number)) }
            }
            _ => {
                let name = self.scan.name().ok_or("an expression")?;
                match name.as_str() {
                    "true" => Ok(Value::Bool(true)),
                    "false" => Ok(Value::Bool(false)),
                    "null" => Ok(Value::Null),
                    "new" | "await" | "typeof" | "async" | "class" => Err("an expression"),
                    _ => self.names.get(&name).cloned().ok_or("a name without a literal value"),
                }
            }
        }
    }

    fn list(&mut self) -> Result<Value, Reason> {
        let mut list = Vec::new();
        loop {
            if self.scan.take("]") {
                return Ok(Value::List(list));
            }
            if self.scan.take(",") {
                list.push(Value::Opaque(NOTHING));
                continue;
            }
            if self.scan.take("...") {
                match self.expression()? {
                    Value::List(more) => list.extend(more),
                    _ => return Err("a list of something that is computed"),
                }
            } else {
                list.push(self.expression()?);
            }
            if !self.scan.take(",") && !self.scan.starts_with(&["]"]) {
                return Err("a list");
            }
        }
    }

    fn object(&mut self) -> Result<Value, Reason> {
        let mut map = Map::default();
        loop {
            if self.scan.take("}") {
                return Ok(Value::Map(map));
            }
            if self.scan.take("...") {
                match self.expression()? {
                    Value::Map(more) => more.0.into_iter().for_each(|(key, value)| set(&mut map, key, value)),
                    _ => return Err("an object with something that is computed"),
                }
            } else {
                let (key, is_name) = self.key()?;
                let value = if self.scan.take(":") {
                    self.value_or_computed(&key)
                } else if self.scan.starts_with(&["("]) {
                    self.scan.expression();
                    Value::Opaque("a function")
                } else if is_name {
                    self.names.get(&key).cloned().unwrap_or(Value::Opaque("a function"))
                } else {
                    return Err("an object");
                };
                set(&mut map, key, value);
            }
            if !self.scan.take(",") && !self.scan.starts_with(&["}"]) {
                return Err("an object");
            }
        }
    }

    /// A key of an object, and whether it is a name.
    fn key(&mut self) -> Result<(String, bool), Reason> {
        self.scan.blanks();
        match self.scan.next() {
            Some('"' | '\'') => Ok((self.scan.string().ok_or("a key")?, false)),
            Some(c) if c.is_ascii_digit() => Ok((js_number(&self.scan.number()).to_string(), false)),
            Some('[') => {
                self.scan.take("[");
                let key = self.expression()?;
                known(&key)?;
                if !self.scan.take("]") {
                    return Err("a key");
                }
                Ok((text_of(&key), false))
            }
            _ => Ok((self.scan.name().ok_or("a key")?, true)),
        }
    }

    fn template(&mut self) -> Result<Value, Reason> {
        let mut out = String::new();
        self.scan.take("`");
        loop {
            let (text, is_end) = self.scan.template_text().ok_or("a template")?;
            out += &text;
            if is_end {
                return Ok(Value::Text(out));
            }
            let value = self.expression()?;
            known(&value)?;
            out += &text_of(&value);
            if !self.scan.take_here('}') {
                return Err("a template");
            }
        }
    }
}

/// The reason for functions.
const FUNCTION: Reason = "a function";

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, key: &str) -> String {
        read(text).exports.get(key).map_or_else(|| "-".to_owned(), Value::shown)
    }

    #[test]
    fn literals_and_what_is_made_of_them_are_read() {
        for (text, value) in [
            ("const a = 1;\nmodule.exports = { a };", "1"),
            ("const b = [1, 2,];\nconst a = [...b, -3, 'x' + 1]\nexport { b, a };", "[1, 2, -3, \"x1\"]"),
            (
                "export const a = { x: `p ${1 + 2} q`, \"y z\": MODE.softLight, 7: 1 / 8 };",
                "{ x: \"p 3 q\", y z: \"soft-light\", 7: 0.125 }",
            ),
            ("const e = process.env.N || 'Pot';\nexports.a = e", "\"Pot\""),
            (
                "// no\n/* a */ const c = { d: { e: 5 } };\nmodule.exports.a = c.d['e'] > 4 ? 'yes' : 'no';",
                "\"yes\"",
            ),
            ("const o = { ...{ p: 1 }, q: [,], };\nexport default { a: o };", "{ p: 1, q: [(nothing)] }"),
            ("module.exports = { a: true, f: (x) => ({ y: x }), g() { return 1; }, };", "true"),
            (
                "const path = require('path');\nconst { MODE } = require(`${x}/a.js`);\nlet a = 'it\\'s', z = 2;\nmodule.exports = { a };",
                "\"it's\"",
            ),
            (
                "const f = (n) => {\n  const a = 5;\n  return a;\n};\nconst a = 6;\nmodule.exports = { a, f };",
                "6",
            ),
        ] {
            assert_eq!(shown(text, "a"), value, "{text}");
        }
    }

    #[test]
    fn what_is_computed_is_named() {
        let script = read(
            "const s = [1, 2].map((n) => n * 2);\nconst t = 5;\nmodule.exports = { s, t, u: f(1), v: [g()] };",
        );
        assert_eq!(script.exports.get("t"), Some(&Value::Number(5.0)));
        assert_eq!(script.exports.get("s"), Some(&Value::Opaque(COMPUTED)));
        let named: Vec<&str> = script.unread.iter().filter_map(|part| part.split(' ').next()).collect();
        assert_eq!(named, ["s", "u", "v"]);
        assert!(script.unread[0].contains("line 1"), "{:?}", script.unread);
    }

    #[test]
    fn no_text_makes_it_panic_or_hang() {
        let words = [
            "const ",
            "a",
            "=",
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "`",
            "${",
            "'",
            "\"",
            "\\",
            "1",
            ".",
            ",",
            ";",
            "\n",
            "=>",
            "?",
            ":",
            "...",
            "export ",
            "module.exports",
            "//",
            "/*",
            "*/",
            "+",
            "é",
            "/",
            "function ",
        ];
        let mut state = 1u64;
        for _ in 0..50_000 {
            let mut text = String::new();
            for _ in 0..1 + state % 14 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(words[(state >> 33) as usize % words.len()]);
            }
            let _ = read(&text);
        }
        let _ = read(&format!("a = {}", "[".repeat(100_000)));
        let _ = read(&format!("const a = {}", "(".repeat(10_000)));
    }
}
