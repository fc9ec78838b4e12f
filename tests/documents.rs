//! README and docs: links lead somewhere, the README stays short, the reference is complete, and words are plain.
//!
//! Commands in the documents are checked where clap is at hand, in `src/cli/reference.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Bytes of a README that people read to its end.
const MAX_README: u64 = 9 * 1024;

/// Words that are archaic, or everyday words in place of a term (CONTRIBUTING.md, "How we write").
const UNPLAIN: &[&str] = &[
    "anew", "nobody", "somebody", "stand", "stands", "stood", "tell", "tells", "told", "unasked", "whoever",
    "knows", "know", "upon",
];
/// The same, of two and more words.
const UNPLAIN_PHRASES: &[&str] =
    &["has not", "have not", "what it takes", "in vain", "is no longer what it was"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder with this extension.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The documents that users and contributors read.
fn documents() -> Vec<PathBuf> {
    let mut all = files("docs", "md");
    let names = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"];
    all.extend(names.map(|name| root().join(name)));
    all
}

/// Text without its code.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for (number, part) in text.split("```").enumerate() {
        if number % 2 == 0 {
            out.extend(part.split('`').step_by(2).map(|part| format!("{part} ")));
        }
    }
    out
}

/// The fragment of a heading's link, as GitHub makes it.
fn fragment(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn links_lead_somewhere() {
    let mut documents = documents();
    documents.push(root().join("ARCHITECTURE.md"));
    let mut followed = 0;
    for path in documents {
        let text = fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.contains("://") {
                continue;
            }
            let (file, wanted) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: {link}", path.display());
            if !wanted.is_empty() {
                let page = fs::read_to_string(&target).unwrap();
                let found = page.lines().any(|line| line.starts_with('#') && fragment(line) == wanted);
                assert!(found, "{}: {link}", path.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 40, "only {followed} links were found");
}

#[test]
fn the_readme_is_short_and_links_every_page() {
    let path = root().join("README.md");
    let bytes = path.metadata().unwrap().len();
    assert!(bytes <= MAX_README, "{bytes} bytes, more than {MAX_README}");
    let readme = fs::read_to_string(path).unwrap();
    for page in files("docs", "md") {
        let name = format!("docs/{}", page.file_name().unwrap().to_str().unwrap());
        assert!(readme.contains(&name), "the README does not link {name}");
    }
}

/// The keys of a part of the schema of collection.toml, and of the parts below it.
fn keys(schema: &Value, found: &mut BTreeSet<String>) {
    if let Some(properties) = schema["properties"].as_object() {
        found.extend(properties.keys().cloned());
    }
    match schema {
        Value::Object(map) => map.values().for_each(|value| keys(value, found)),
        Value::Array(list) => list.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

#[test]
fn the_reference_has_every_key_of_collection_toml() {
    let schema = fs::read_to_string(root().join("docs/collection.schema.json")).unwrap();
    let mut wanted = BTreeSet::new();
    keys(&serde_json::from_str(&schema).unwrap(), &mut wanted);
    assert!(wanted.len() > 50, "{wanted:?}");
    let page = ["collection-toml.md", "rules.md", "metadata.md"];
    let pages: String = page.map(|name| fs::read_to_string(root().join("docs").join(name)).unwrap()).concat();
    let words: BTreeSet<&str> = pages.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let missing: Vec<_> = wanted.iter().filter(|key| !words.contains(key.as_str())).collect();
    assert!(missing.is_empty(), "docs/collection-toml.md lacks {missing:?}");
}

/// The string literals of a source, without comments and without its tests.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut found = Vec::new();
    let mut chars = source.chars().peekable();
    let mut before = ' ';
    while let Some(char) = chars.next() {
        match char {
            '/' if chars.peek() == Some(&'/') => while chars.next_if(|&char| char != '\n').is_some() {},
            // A quote as a character, or as a byte.
            '\'' if chars.peek() == Some(&'"') => {
                chars.next();
            }
            '"' if before == '#' => while chars.next_if(|&char| char != '#').is_some() {},
            '"' => {
                let mut text = String::new();
                while let Some(char) = chars.next_if(|&char| char != '"') {
                    text.push(char);
                    if char == '\\' {
                        text.extend(chars.next());
                    }
                }
                chars.next();
                found.push(text);
            }
            _ => {}
        }
        before = char;
    }
    found
}

/// The unplain words of a text.
fn unplain(text: &str) -> Vec<&'static str> {
    let lower = text.to_lowercase().replace("\\n", " ");
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let joined = format!(" {} ", words.join(" "));
    let has = |phrase: &&&str| joined.contains(&format!(" {phrase} "));
    UNPLAIN.iter().chain(UNPLAIN_PHRASES).filter(has).copied().collect()
}

#[test]
fn users_read_plain_words() {
    let mut problems = Vec::new();
    for path in documents() {
        // This page lists the words.
        let text = prose(&fs::read_to_string(&path).unwrap());
        let listed = path.ends_with("CONTRIBUTING.md");
        let found = unplain(&text);
        if !listed && !found.is_empty() {
            problems.push(format!("{}: {found:?}", path.display()));
        }
    }
    let mut seen = 0;
    for path in files("src", "rs") {
        let name = path.file_name().unwrap().to_string_lossy();
        if name.starts_with("tests") || name == "testing.rs" {
            continue;
        }
        for text in literals(&fs::read_to_string(&path).unwrap()) {
            seen += 1;
            let found = unplain(&text);
            if !found.is_empty() && text.contains(' ') {
                problems.push(format!("{}: {found:?} in {text:?}", path.display()));
            }
        }
    }
    assert!(seen > 4000, "only {seen} texts were found");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn unplain_words_are_found() {
    assert_eq!(unplain("It was told, and has not\\nstood."), ["stood", "told", "has not"]);
    assert!(unplain("A standard, understood; retold.").is_empty());
    let source = "let a = \"one\"; // \"two\"\nlet b = '\"'; let c = \"th\\\"ree\";\n";
    assert_eq!(literals(source), ["one", "th\\\"ree"]);
}
