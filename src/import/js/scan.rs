//! The characters of a script: blanks and comments, names, texts, and where a statement or an expression ends.

/// A place in the text of a script.
pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(super) fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// The line that it is on, from 1.
    pub(super) fn line(&self) -> usize {
        self.text[..self.at].matches('\n').count() + 1
    }

    /// Whether a line ended right before this place, blanks aside, and behind `start`.
    pub(super) fn is_new_line(&self, start: usize) -> bool {
        let before = &self.text[start..self.at];
        before[before.trim_end().len()..].contains('\n')
    }

    /// Passes blanks and comments over.
    pub(super) fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                self.at += trimmed.find("*/").map_or(trimmed.len(), |end| end + 2);
            } else {
                return;
            }
        }
    }

    /// Whether one of these comes next.
    pub(super) fn starts_with(&mut self, any: &[&str]) -> bool {
        self.blanks();
        any.iter().any(|text| self.rest().starts_with(text))
    }

    /// Takes a text, blanks before it passed over.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.starts_with(&[text]);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Takes a character that comes next without a blank.
    pub(super) fn take_here(&mut self, c: char) -> bool {
        self.blanks();
        let found = self.next() == Some(c);
        if found {
            self.at += c.len_utf8();
        }
        found
    }

    /// Takes a keyword.
    pub(super) fn word(&mut self, word: &str) -> bool {
        self.blanks();
        let rest = self.rest();
        let found = rest.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_name));
        if found {
            self.at += word.len();
        }
        found
    }

    /// Takes a name.
    pub(super) fn name(&mut self) -> Option<String> {
        self.blanks();
        let rest = self.rest();
        let end = rest.find(|c: char| !is_name(c)).unwrap_or(rest.len());
        let name = &rest[..end];
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.at += end;
        Some(name.to_owned())
    }

    /// The text of a number.
    pub(super) fn number(&mut self) -> String {
        let rest = self.rest();
        let mut end = 0;
        for (at, c) in rest.char_indices() {
            let is_sign =
                matches!(c, '+' | '-') && rest[..at].ends_with(['e', 'E']) && !rest.starts_with("0x");
            if !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_') || is_sign) {
                break;
            }
            end = at + 1;
        }
        self.at += end;
        rest[..end].replace('_', "")
    }

    /// A text in quotation marks.
    pub(super) fn string(&mut self) -> Option<String> {
        let quote = self.next()?;
        self.at += quote.len_utf8();
        let mut out = String::new();
        loop {
            let c = self.next()?;
            self.at += c.len_utf8();
            match c {
                '\\' => self.escape(&mut out)?,
                '\n' => return None,
                c if c == quote => return Some(out),
                c => out.push(c),
            }
        }
    }

    /// The text of a template up to its end, or up to a value in it, and whether it is the end.
    pub(super) fn template_text(&mut self) -> Option<(String, bool)> {
        let mut out = String::new();
        loop {
            if self.rest().starts_with("${") {
                self.at += 2;
                return Some((out, false));
            }
            let c = self.next()?;
            self.at += c.len_utf8();
            match c {
                '\\' => self.escape(&mut out)?,
                '`' => return Some((out, true)),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Option<()> {
        let c = self.next()?;
        self.at += c.len_utf8();
        let code = match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '\n' => return Some(()),
            'x' => return self.code(2, out),
            'u' if self.rest().starts_with('{') => {
                let end = self.rest().find('}')?;
                let code = u32::from_str_radix(&self.rest()[1..end], 16).ok()?;
                self.at += end + 1;
                char::from_u32(code)?
            }
            'u' => return self.code(4, out),
            c => c,
        };
        out.push(code);
        Some(())
    }

    fn code(&mut self, digits: usize, out: &mut String) -> Option<()> {
        let code = u32::from_str_radix(self.rest().get(..digits)?, 16).ok()?;
        self.at += digits;
        out.push(char::from_u32(code)?);
        Some(())
    }

    /// Whether a function comes next.
    pub(super) fn is_function(&mut self) -> bool {
        self.blanks();
        let (start, rest) = (self.at, self.rest());
        let is_word = |word: &str| rest.strip_prefix(word).is_some_and(|rest| !rest.starts_with(is_name));
        if is_word("function") || is_word("async") {
            return true;
        }
        if rest.starts_with('(') {
            self.brackets();
        } else if self.name().is_none() {
            return false;
        }
        let found = self.starts_with(&["=>"]);
        self.at = start;
        found
    }

    /// Passes what is in brackets over, texts and comments in it too.
    fn brackets(&mut self) {
        let mut open = 0usize;
        while let Some(c) = self.next() {
            match c {
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' => open = open.saturating_sub(1),
                _ => {}
            }
            self.step(c);
            if open == 0 {
                return;
            }
        }
    }

    /// Passes one character, text or comment over.
    fn step(&mut self, c: char) {
        match c {
            '"' | '\'' => {
                let start = self.at;
                if self.string().is_none() {
                    self.at = (start + 1).min(self.text.len());
                }
            }
            '`' => {
                self.at += 1;
                while let Some((_, false)) = self.template_text() {
                    // A value begins behind "${", so its bracket is open already.
                    let mut open = 1usize;
                    while let Some(c) = self.next() {
                        match c {
                            '{' => open += 1,
                            '}' => open -= 1,
                            _ => {}
                        }
                        self.step(c);
                        if open == 0 {
                            break;
                        }
                    }
                    if self.is_at_end() {
                        return;
                    }
                }
            }
            '/' if self.rest().starts_with("//") || self.rest().starts_with("/*") => self.blanks(),
            c => self.at += c.len_utf8(),
        }
    }

    /// Passes an expression over: up to a comma, a semicolon or a closing bracket, or the end of a line that ends it.
    pub(super) fn expression(&mut self) {
        self.pass(|c| matches!(c, ',' | ';' | ')' | ']' | '}'));
    }

    /// Passes a statement over.
    pub(super) fn statement(&mut self) {
        self.pass(|c| c == ';');
        self.take(";");
    }

    fn pass(&mut self, is_end: impl Fn(char) -> bool) {
        let start = self.at;
        let mut open = 0usize;
        while let Some(c) = self.next() {
            if open == 0 && is_end(c) {
                return;
            }
            match c {
                '(' | '[' | '{' => open += 1,
                ')' | ']' | '}' => open = open.saturating_sub(1),
                '\n' if open == 0 => {
                    let before = self.text[start..self.at].trim_end();
                    let after = self.rest().trim_start();
                    let goes_on = before.is_empty()
                        || before.ends_with(['=', '+', '*', '?', ':', '&', '|', ',', '.', '>'])
                        || after.starts_with(['.', '+', '?', ':', '&', '|', '*', '=', '(', '[', '`']);
                    if !goes_on {
                        return;
                    }
                }
                _ => {}
            }
            self.step(c);
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}
