//! Literals in Python: what configurations of generators that are Python scripts consist of.
//!
//! Nothing is run. Assignments of the top level and the arguments of one call are read, where they are made of dictionaries, lists,
//! tuples, texts, numbers, names assigned before, and sums and products of these.

use crate::import::value::{Map, Value};

/// Levels that values may be nested.
const MAX_DEPTH: usize = 64;

/// The values of names that a script assigns at its top level; those that are no literals are left out.
pub(crate) fn assignments(text: &str) -> Map {
    let mut names = Map::default();
    let mut at = 0;
    while at < text.len() {
        let line = &text[at..];
        let end = line.find('\n').map_or(text.len(), |end| at + end + 1);
        let name = line.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        let rest = line[name.len()..].trim_start_matches([' ', '\t']);
        let is_assignment = !name.is_empty() && rest.starts_with('=') && !rest.starts_with("==");
        if !is_assignment {
            at = end;
            continue;
        }
        let start = at + (line.len() - rest.len()) + 1;
        let mut parser = Parser { text, at: start, names: &names, depth: 0, within: 0 };
        match parser.sum() {
            Ok(value) => {
                let after = parser.at;
                at = text[after..].find('\n').map_or(text.len(), |end| after + end + 1);
                names.0.retain(|(known, _)| known != name);
                names.0.push((name.to_owned(), value));
            }
            Err(_) => at = end,
        }
    }
    names
}

/// The arguments of the first call of `function`, or what is wrong with them.
pub(crate) fn call(text: &str, function: &str) -> Option<Result<Vec<Value>, String>> {
    let names = assignments(text);
    let start = text.match_indices(function).find_map(|(at, _)| {
        let line = text[..at].rsplit('\n').next().unwrap_or_default();
        let is_word = !line.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = text[at + function.len()..].trim_start();
        let is_call = is_word && rest.starts_with('(') && !line.contains('#') && !line.contains("def ");
        is_call.then(|| text.len() - rest.len() + 1)
    })?;
    let mut parser = Parser { text, at: start, names: &names, depth: 0, within: 1 };
    Some(parser.list(')'))
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    names: &'a Map,
    depth: usize,
    /// Brackets that are open: within them the ends of lines are blanks.
    within: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error<T>(&self, what: &str) -> Result<T, String> {
        let line = self.text[..self.at].matches('\n').count() + 1;
        Err(format!("line {line}: {what}"))
    }

    /// Passes blanks and comments over.
    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let blank = |c: char| matches!(c, ' ' | '\t' | '\r') || (c == '\n' && self.within > 0);
            let trimmed = rest.trim_start_matches(blank);
            let trimmed = trimmed.strip_prefix("\\\n").unwrap_or(trimmed);
            let passed = rest.len() - trimmed.len();
            if trimmed.starts_with('#') {
                self.at += passed + trimmed.find('\n').unwrap_or(trimmed.len());
            } else if passed == 0 {
                return;
            } else {
                self.at += passed;
            }
        }
    }

    fn take(&mut self, c: char) -> bool {
        self.blanks();
        let found = self.next() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    fn sum(&mut self) -> Result<Value, String> {
        let mut value = self.product()?;
        loop {
            let minus = if self.take('+') {
                false
            } else if self.take('-') {
                true
            } else {
                return Ok(value);
            };
            let other = self.product()?;
            value = match (value, other) {
                (Value::Number(a), Value::Number(b)) => Value::Number(if minus { a - b } else { a + b }),
                (Value::Text(a), Value::Text(b)) if !minus => Value::Text(a + &b),
                (Value::List(mut a), Value::List(b)) if !minus => {
                    a.extend(b);
                    Value::List(a)
                }
                _ => return self.error("this sum is not read"),
            };
        }
    }

    fn product(&mut self) -> Result<Value, String> {
        let mut value = self.value()?;
        loop {
            let divides = if self.take('*') {
                false
            } else if self.take('/') {
                true
            } else {
                return Ok(value);
            };
            let other = self.value()?;
            value = match (value, other) {
                (Value::Number(a), Value::Number(b)) => Value::Number(if divides { a / b } else { a * b }),
                _ => return self.error("this product is not read"),
            };
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        self.blanks();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.error("values are nested too deeply");
        }
        let value = match self.next() {
            Some('{') => self.dictionary(),
            Some(open @ ('[' | '(')) => {
                self.at += 1;
                self.within += 1;
                if open == '[' { self.list(']').map(Value::List) } else { self.tuple() }
            }
            Some('-') => {
                self.at += 1;
                match self.value()? {
                    Value::Number(number) => Ok(Value::Number(-number)),
                    _ => self.error("a minus before something that is no number"),
                }
            }
            Some('"' | '\'') => self.text(),
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.name(),
            _ => self.error("a value is expected"),
        };
        self.depth -= 1;
        value
    }

    /// The values up to a closing bracket, whose opening one is passed.
    fn list(&mut self, close: char) -> Result<Vec<Value>, String> {
        let mut list = Vec::new();
        loop {
            if self.take(close) {
                self.within -= 1;
                return Ok(list);
            }
            list.push(self.sum()?);
            if !self.take(',') && {
                self.blanks();
                self.next() != Some(close)
            } {
                return self.error("a comma is expected");
            }
        }
    }

    /// What is in round brackets: a tuple if there is a comma, else the value itself.
    fn tuple(&mut self) -> Result<Value, String> {
        let start = self.at;
        let mut list = self.list(')')?;
        let has_comma = self.text[start..self.at].trim_end_matches(')').trim_end().ends_with(',');
        Ok(if list.len() == 1 && !has_comma { list.remove(0) } else { Value::List(list) })
    }

    fn dictionary(&mut self) -> Result<Value, String> {
        self.at += 1;
        self.within += 1;
        let mut map = Map::default();
        loop {
            if self.take('}') {
                self.within -= 1;
                return Ok(Value::Map(map));
            }
            let key = match self.sum()? {
                Value::Text(key) => key,
                Value::Number(number) => number.to_string(),
                _ => return self.error("a key is neither a text nor a number"),
            };
            if !self.take(':') {
                return self.error("a colon is expected");
            }
            let value = self.sum()?;
            map.0.retain(|(known, _)| *known != key);
            map.0.push((key, value));
            if !self.take(',') && {
                self.blanks();
                self.next() != Some('}')
            } {
                return self.error("a comma is expected");
            }
        }
    }

    /// One text, or several beside each other, which are one.
    fn text(&mut self) -> Result<Value, String> {
        let mut out = String::new();
        while let Some(quote @ ('"' | '\'')) = self.next() {
            let triple = quote.to_string().repeat(3);
            let close = if self.rest().starts_with(&triple) { triple } else { quote.to_string() };
            self.at += close.len();
            loop {
                if self.rest().starts_with(&close) {
                    self.at += close.len();
                    break;
                }
                let Some(c) = self.next() else { return self.error("a text does not end") };
                self.at += c.len_utf8();
                if c == '\n' && close.len() == 1 {
                    return self.error("a text does not end on its line");
                }
                if c == '\\' { self.escape(&mut out)? } else { out.push(c) }
            }
            self.blanks();
        }
        Ok(Value::Text(out))
    }

    fn escape(&mut self, out: &mut String) -> Result<(), String> {
        let Some(c) = self.next() else { return self.error("a text does not end") };
        self.at += c.len_utf8();
        let digits = match c {
            'n' => {
                return {
                    out.push('\n');
                    Ok(())
                };
            }
            't' => {
                return {
                    out.push('\t');
                    Ok(())
                };
            }
            'r' => {
                return {
                    out.push('\r');
                    Ok(())
                };
            }
            '\n' => return Ok(()),
            '\\' | '"' | '\'' => {
                return {
                    out.push(c);
                    Ok(())
                };
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => {
                out.extend(['\\', c]);
                return Ok(());
            }
        };
        let code = self.rest().get(..digits).and_then(|text| u32::from_str_radix(text, 16).ok());
        let Some(c) = code.and_then(char::from_u32) else { return self.error("an escape is no character") };
        self.at += digits;
        out.push(c);
        Ok(())
    }

    fn number(&mut self) -> Result<Value, String> {
        let rest = self.rest();
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            let is_sign =
                matches!(c, '+' | '-') && rest[..at].ends_with(['e', 'E']) && !rest.starts_with("0x");
            if !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || is_sign) {
                break;
            }
            end = at + c.len_utf8();
        }
        let text = rest[..end].replace('_', "");
        let number = crate::import::value::js_number(&text);
        if number.is_nan() {
            return self.error("this is no number");
        }
        self.at += end;
        Ok(Value::Number(number))
    }

    fn name(&mut self) -> Result<Value, String> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        // Prefixes of texts; those with values in braces are not read.
        if matches!(name.as_str(), "r" | "u" | "R" | "U") && rest[end..].starts_with(['"', '\'']) {
            self.at += end;
            return self.text();
        }
        self.at += end;
        let is_more = self.rest().starts_with(['(', '.', '[']);
        match (name.as_str(), is_more) {
            ("True", false) => Ok(Value::Bool(true)),
            ("False", false) => Ok(Value::Bool(false)),
            ("None", false) => Ok(Value::Null),
            (name, false) => match self.names.get(name) {
                Some(value) => Ok(value.clone()),
                None => self.error(&format!("the name {name} has no value that is read")),
            },
            _ => self.error("what is computed is not read"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read() {
        let text = "# trees\nimport os\nBASE = 5\nNAME = 'Tree' \" \" # x\nCONFIG = [\n  {'id': 1, 'b': True, 'c': None, \
                    'w': [12, 3.5, -1],\n   # no\n   \"t\": (1,), 'n': NAME + 'a', 's': BASE * 2,\n  },\n]\n\
                    def f():\n    X = 1\nG = f(1)\nif BASE == 5:\n    pass\nLAST = '''a\nb\\n'''\n";
        let found = assignments(text);
        let keys: Vec<&str> = found.0.iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["BASE", "NAME", "CONFIG", "LAST"]);
        assert_eq!(
            found.get("CONFIG").unwrap().shown(),
            "[{ id: 1, b: true, c: null, w: [12, 3.5, -1], t: [1], n: \"Tree a\", s: 10 }]"
        );
        assert_eq!(found.get("LAST").and_then(Value::as_text), Some("a\nb\n"));
    }

    #[test]
    fn arguments_of_a_call_are_read() {
        let text = "from x import generate_unique_images\n\ngenerate_unique_images(11, {\n  \"layers\": [{'w': [1, 2]}],\n})\n";
        let arguments = call(text, "generate_unique_images").unwrap().unwrap();
        assert_eq!(arguments[0], Value::Number(11.0));
        assert!(arguments[1].as_map().unwrap().get("layers").is_some());
        assert_eq!(call(text, "nothing"), None);
        assert!(call("f(a.b)", "f").unwrap().unwrap_err().contains("line 1"));
    }

    #[test]
    fn no_text_makes_it_panic_or_hang() {
        let letters =
            ['{', '}', '[', ']', '(', ')', '\'', '"', '\\', '=', 'a', '1', '\n', '#', ',', ':', '-', 'é'];
        let mut state = 1u64;
        for _ in 0..100_000 {
            let mut text = String::from("a=");
            for _ in 0..1 + state % 12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push(letters[(state >> 33) as usize % letters.len()]);
            }
            let _ = (assignments(&text), call(&text, "a"));
        }
        let deep = format!("a={}", "[".repeat(100_000));
        assert_eq!(assignments(&deep), Map::default());
    }
}
