//! `--save`: what the arguments set becomes the project's own, and everything else in collection.toml stays as it is written.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use traitpress::finished::MetadataChanges;

use crate::cli::failure::Failure;
use crate::cli::whole_file;

/// A collection.toml with new values.
pub(super) struct Edited {
    file: PathBuf,
    text: String,
    /// The keys that were set.
    keys: Vec<&'static str>,
}

impl Edited {
    /// Reads the file of the project at `root`, and sets what is changed; a project without a file gets one.
    pub(super) fn new(root: &Path, changes: &MetadataChanges) -> Result<Self, Failure> {
        let file = root.join("collection.toml");
        let before = match std::fs::read_to_string(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            Err(error) => {
                let file = file.display();
                return Err(Failure::Other(format!("{file}: cannot read this: {error}; check permissions")));
            }
            Ok(text) => text,
        };
        let (text, keys) = edit(&before, changes).map_err(|what| {
            Failure::Other(format!("{}: cannot change this: {what}; edit it by hand", file.display()))
        })?;
        Ok(Self { file, text, keys })
    }

    /// Writes the file; the result says what was set.
    pub(super) fn write(self) -> Result<String, Failure> {
        whole_file::write(&self.file, "configuration", |out| Ok(out.write_all(self.text.as_bytes())?))?;
        Ok(format!("{} saved in {}", self.keys.join(", "), self.file.display()))
    }
}

/// The text with the changes, and the keys that they set.
fn edit(text: &str, changes: &MetadataChanges) -> Result<(String, Vec<&'static str>), String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let (mut keys, mut added) = (Vec::new(), Vec::new());
    let texts =
        [("name", &changes.name), ("description", &changes.description), ("base_uri", &changes.base_uri)];
    let is_empty = document.as_table().is_empty();
    for (key, value) in texts {
        let Some(value) = value else { continue };
        if !document.contains_key(key) {
            added.push(key);
        }
        set(document.as_table_mut(), key, value.as_str().into());
        keys.push(key);
    }
    if let Some(standards) = &changes.standards {
        let names: Vec<&str> = standards.iter().map(|standard| standard.name()).collect();
        let value = match names[..] {
            [] => "none".into(),
            [one] => one.into(),
            _ => Value::Array(names.into_iter().collect::<Array>()),
        };
        let new = || {
            let mut table = Table::new();
            table.decor_mut().set_prefix("\n");
            Item::Table(table)
        };
        let table = document.as_table_mut().entry("metadata").or_insert_with(new);
        set(table.as_table_like_mut().ok_or("metadata is not a table")?, "standard", value);
        // The space before the brace would be before the comma.
        table.as_inline_table_mut().into_iter().for_each(InlineTable::fmt);
        keys.push("standard");
    }
    // A file of comments alone begins with them, as with the line that names its schema.
    if is_empty && let Some(comments) = document.trailing().as_str().map(str::to_owned) {
        document.set_trailing("");
        return Ok((comments + &document.to_string(), keys));
    }
    // A text can hold a line that looks like a key, so only what still reads the same is moved.
    let text = document.to_string();
    let moved = added.iter().fold(text.clone(), |text, key| at_its_comment(&text, key));
    let reads_same = |moved: &str| {
        let [before, after] = [&text, moved].map(|text| text.parse::<toml::Table>().ok());
        before.is_some() && before == after
    };
    Ok((if reads_same(&moved) { moved } else { text }, keys))
}

/// Sets a key; what is written around an old value stays.
fn set(table: &mut dyn TableLike, key: &str, mut value: Value) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            *value.decor_mut() = old.decor().clone();
            *old = value;
        }
        None => _ = table.insert(key, Item::Value(value)),
    }
}

/// The text where a key that was added at the end of the first table is moved to the comment that shows it, as `init` writes
/// them: `# base_uri = ".."`. The comment gives way.
fn at_its_comment(text: &str, key: &str) -> String {
    let is_header = |line: &&str| !line.trim_start().starts_with('[');
    let top: Vec<&str> = text.split_inclusive('\n').take_while(is_header).collect();
    let is_key = |line: &str, of: &str| line.split_once('=').is_some_and(|(name, _)| name.trim() == of);
    let comment = top.iter().position(|line| line.strip_prefix('#').is_some_and(|line| is_key(line, key)));
    let added = top.iter().rposition(|line| is_key(line, key));
    let (Some(comment), Some(added)) = (comment, added) else { return text.to_owned() };
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let line = lines.remove(added);
    lines[if added < comment { comment - 1 } else { comment }] = line;
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use traitpress::project::Standard;

    fn edited(text: &str, change: impl FnOnce(&mut MetadataChanges)) -> String {
        let mut changes = MetadataChanges::default();
        change(&mut changes);
        edit(text, &changes).unwrap().0
    }

    #[test]
    fn only_the_values_change() {
        let text = "#:schema s.json\n# Cats\nname = 'Cats' # their name\n\ncount = 3\n# base_uri = \"\"\n\n\
                    [[layers]] # back\nname = \"A\"\n\n[metadata]\n# which\nstandard   = \"csv\"   # one\nsymbol = \"C\"\n";
        let all = edited(text, |changes| {
            changes.name = Some("Dogs \"2\"".into());
            changes.base_uri = Some("ipfs://x/".into());
            changes.standards = Some(vec![Standard::Erc721, Standard::Csv]);
        });
        let expected = text
            .replace("'Cats'", "'Dogs \"2\"'")
            .replace("# base_uri = \"\"\n", "base_uri = \"ipfs://x/\"\n")
            .replace("\"csv\"   #", "[\"erc721\", \"csv\"]   #");
        assert_eq!(all, expected);
        // A second time nothing is added.
        assert_eq!(edited(&all, |changes| changes.base_uri = Some("ipfs://x/".into())), all);
    }

    #[test]
    fn what_is_missing_is_added_where_it_belongs() {
        let added = edited("#:schema s.json\n# All is default.\n", |changes| {
            changes.base_uri = Some("ipfs://x/".into());
            changes.standards = Some(Vec::new());
        });
        let expected = "#:schema s.json\n# All is default.\nbase_uri = \"ipfs://x/\"\n\n[metadata]\nstandard = \"none\"\n";
        assert_eq!(added, expected);
        let before = "[[layers]]\nname = \"A\"\n";
        let added = edited(before, |changes| changes.description = Some("d".into()));
        assert_eq!(added, format!("description = \"d\"\n{before}"));
        let dotted =
            edited("metadata.symbol = \"C\"\n", |changes| changes.standards = Some(vec![Standard::Csv]));
        assert_eq!(dotted, "metadata.symbol = \"C\"\nmetadata.standard = \"csv\"\n");
        let inline = edited("metadata = { symbol = \"C\" }\n", |changes| {
            changes.standards = Some(vec![Standard::Csv]);
        });
        assert_eq!(inline, "metadata = { symbol = \"C\", standard = \"csv\" }\n");
    }
}
