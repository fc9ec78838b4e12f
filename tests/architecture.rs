//! The structure of the sources: which module may import which, how long a file may be, and that each folder is described.
//!
//! Floors are listed from the ground up. A module may import from its own floor and from those below it. The paths are
//! read from the text of the sources: `use` declarations and paths within code, those of tests and of documentation too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The top-level modules of the library, ground first; modules of one line do not import each other.
const FLOORS: &[&[&str]] = &[
    &["threads", "panics"],
    &["error"],
    &["geometry", "files", "telemetry", "pixel"],
    &["store"],
    &["picture"],
    &["project"],
    &["art", "rules", "import"],
    &["plan", "tiling", "png"],
    &["compositor", "pool"],
    &["selection"],
    &["output"],
    &["finished"],
    &["engine"],
    &["cli"],
];

/// Lines that a source file may have.
const MAX_LINES: usize = 500;

/// A source file: its path below `src`, its module path, and its text.
struct Source {
    path: PathBuf,
    module: Vec<String>,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(&root).unwrap().with_extension("");
                let mut module: Vec<String> =
                    below.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
                if ["mod", "lib", "main"].contains(&&**module.last().unwrap()) {
                    module.pop();
                }
                found.push(Source { text: fs::read_to_string(&path).unwrap(), path, module });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 200, "only {} sources were found", found.len());
    found
}

/// Every path that begins with `crate::`, `super::` or `traitpress::` in a source, as absolute module paths, with its line.
fn imports(source: &Source) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let mut nested: Vec<usize> = Vec::new();
    let lines: Vec<&str> = source.text.lines().collect();
    let mut number = 0;
    while number < lines.len() {
        let line = lines[number];
        let indent = line.len() - line.trim_start().len();
        if nested.last() == Some(&indent) && line.trim() == "}" {
            nested.pop();
        }
        let first = number;
        let mut statement = line.to_owned();
        // A `use` declaration can go over several lines.
        let trimmed = line.trim_start();
        if trimmed.starts_with("use ")
            || trimmed.starts_with("pub use ")
            || trimmed.starts_with("pub(crate) use ")
        {
            while !statement.contains(';') {
                number += 1;
                statement.push(' ');
                statement.push_str(lines[number].trim());
            }
        }
        for path in paths(&statement) {
            let absolute = absolute(&source.module, nested.len(), &path);
            found.extend(absolute.map(|path| (first + 1, path)));
        }
        if trimmed.starts_with("mod ") && trimmed.ends_with('{') {
            nested.push(indent);
        }
        number += 1;
    }
    found
}

/// The paths of a line that begin at the crate or above the module, with trees of braces taken apart.
fn paths(line: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "traitpress::"] {
        let mut from = 0;
        while let Some(at) = line[from..].find(start).map(|at| at + from) {
            from = at + start.len();
            let before = line[..at].chars().next_back();
            if before.is_some_and(|before| before.is_alphanumeric() || before == '_' || before == ':') {
                continue;
            }
            expand(&line[at..], &mut Vec::new(), &mut found);
        }
    }
    found
}

/// Adds all paths of a `use` tree that `text` begins with; gives what follows it.
fn expand<'t>(text: &'t str, prefix: &mut Vec<String>, found: &mut Vec<Vec<String>>) -> &'t str {
    let depth = prefix.len();
    let mut rest = text;
    loop {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end > 0 {
            prefix.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        match rest.strip_prefix("::") {
            Some(more) => rest = more,
            None => break,
        }
        if let Some(mut inner) = rest.strip_prefix('{') {
            loop {
                inner = expand(inner.trim_start(), prefix, found).trim_start();
                match inner.strip_prefix(',') {
                    Some(more) => inner = more,
                    None => break,
                }
                if inner.trim_start().starts_with('}') {
                    break;
                }
            }
            prefix.truncate(depth);
            return inner.trim_start().strip_prefix('}').unwrap_or(inner);
        }
    }
    found.push(prefix.clone());
    prefix.truncate(depth);
    // An alias is not part of the path.
    let rest = rest.trim_start();
    match rest.strip_prefix("as ") {
        Some(alias) => alias.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
        None => rest,
    }
}

/// The path from the crate's root; `None` if it leaves the crate.
fn absolute(module: &[String], nested: usize, path: &[String]) -> Option<Vec<String>> {
    if path[0] != "super" {
        return Some(path[1..].to_vec());
    }
    let up = path.iter().take_while(|part| *part == "super").count();
    if up <= nested {
        return None;
    }
    let kept = module.len().checked_sub(up - nested)?;
    Some(module[..kept].iter().chain(&path[up..]).cloned().collect())
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

#[test]
fn no_import_climbs_to_a_higher_floor() {
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for source in sources() {
        let Some(own) = source.module.first() else { continue };
        let here = floor(own).unwrap_or_else(|| panic!("{own} is on no floor; add it to FLOORS"));
        used.insert(own.clone());
        for (line, path) in imports(&source) {
            let Some(other) = path.first() else { continue };
            // Items of the crate's root are re-exports for users of the library.
            let Some(there) = floor(other) else { continue };
            if there > here || there == here && own != other {
                wrong.push(format!("{}:{line}: {own} imports {}", source.path.display(), path.join("::")));
            }
        }
    }
    for module in FLOORS.iter().copied().flatten() {
        assert!(used.contains(*module), "{module} is on a floor and has no source");
    }
    assert!(wrong.is_empty(), "{} imports climb:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn folders_beside_each_other_form_no_circle() {
    // For each folder the ways between what lies in it, each file and each sub-folder a node of its own if it is a folder.
    let mut ways: BTreeMap<Vec<String>, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    let sources = sources();
    let folders: BTreeSet<Vec<String>> =
        sources.iter().flat_map(|source| ancestors(&source.module)).collect();
    for source in &sources {
        for (_, path) in imports(source) {
            let common = source.module.iter().zip(&path).take_while(|(a, b)| a == b).count();
            let (Some(from), Some(to)) = (source.module.get(common), path.get(common)) else { continue };
            let within = source.module[..common].to_vec();
            let is_folder =
                |name: &String| folders.contains(&[&within[..], std::slice::from_ref(name)].concat());
            if is_folder(from) && is_folder(to) {
                ways.entry(within).or_default().entry(from.clone()).or_default().insert(to.clone());
            }
        }
    }
    let circles: Vec<String> = ways
        .iter()
        .flat_map(|(within, ways)| in_circles(ways).map(|name| format!("{}::{name}", within.join("::"))))
        .collect();
    assert!(circles.is_empty(), "folders that import each other in a circle: {}", circles.join(", "));
}

/// The nodes from which a way leads back to them.
fn in_circles(ways: &BTreeMap<String, BTreeSet<String>>) -> impl Iterator<Item = &String> {
    ways.keys().filter(|start| {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&String> = ways[*start].iter().collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(ways.get(next).into_iter().flatten());
            }
        }
        reached.contains(start)
    })
}

#[test]
fn files_of_the_command_line_form_no_circle() {
    let sources = sources();
    let modules: BTreeSet<&[String]> = sources.iter().map(|source| &source.module[..]).collect();
    let mut ways: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.module.first().is_some_and(|own| own == "cli")) {
        for (_, path) in imports(source) {
            // The longest beginning that is a module names the file; what follows is an item in it.
            let file =
                (1..=path.len()).rev().map(|length| &path[..length]).find(|path| modules.contains(path));
            let Some(file) = file.filter(|file| file[0] == "cli" && **file != source.module) else {
                continue;
            };
            ways.entry(source.module.join("::")).or_default().insert(file.join("::"));
        }
    }
    assert!(ways.len() > 20, "only {} files import others", ways.len());
    let circles: Vec<&String> = in_circles(&ways).collect();
    assert!(circles.is_empty(), "files that import each other in a circle: {circles:#?}");
}

#[test]
fn a_command_imports_no_other_command() {
    let mut wrong = Vec::new();
    for source in sources() {
        let [cli, commands, own, ..] = &source.module[..] else { continue };
        if cli != "cli" || commands != "commands" {
            continue;
        }
        for (line, path) in imports(&source) {
            if path.len() > 2 && path[..2] == source.module[..2] && path[2] != *own {
                wrong.push(format!("{}:{line}: {}", source.path.display(), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "what two commands need belongs beside them:\n{}", wrong.join("\n"));
}

#[test]
fn circles_are_found() {
    let ways = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "d")];
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (from, to) in ways {
        graph.entry(from.to_owned()).or_default().insert(to.to_owned());
    }
    assert_eq!(in_circles(&graph).collect::<Vec<_>>(), ["b", "c", "d"]);
}

/// The folders that a module lies in.
fn ancestors(module: &[String]) -> Vec<Vec<String>> {
    (1..module.len()).map(|length| module[..length].to_vec()).collect()
}

#[test]
fn no_source_file_is_too_long() {
    let long: Vec<String> = sources()
        .iter()
        .map(|source| (source.path.display().to_string(), source.text.lines().count()))
        .filter(|(_, lines)| *lines > MAX_LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines"))
        .collect();
    assert!(
        long.is_empty(),
        "files of more than {MAX_LINES} lines; split them by task:\n{}",
        long.join("\n")
    );
}

#[test]
fn each_folder_has_a_row_in_the_architecture() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let folders: BTreeSet<Vec<String>> =
        sources().iter().flat_map(|source| ancestors(&source.module)).collect();
    let missing: Vec<String> = folders
        .iter()
        .map(|folder| format!("`src/{}/`", folder.join("/")))
        .filter(|name| !rows.iter().any(|row| row.contains(name.as_str())))
        .collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md has no table row for {}", missing.join(", "));
}

#[test]
fn paths_are_read_from_declarations_and_from_code() {
    let read = |text: &str| -> Vec<String> {
        let module = ["a", "b", "c"].map(str::to_owned).to_vec();
        let source = Source { path: PathBuf::new(), module, text: text.to_owned() };
        imports(&source).into_iter().map(|(line, path)| format!("{line} {}", path.join("::"))).collect()
    };
    assert_eq!(
        read("use crate::x::{self, y::{Z, W as V}, q};\n"),
        ["1 x::self", "1 x::y::Z", "1 x::y::W", "1 x::q"]
    );
    assert_eq!(
        read("use crate::x::{\n    A,\n    B,\n};\nlet t: super::T = crate::u::v();\n"),
        ["1 x::A", "1 x::B", "5 u::v", "5 a::b::T"]
    );
    assert_eq!(
        read("mod tests {\n    use super::*;\n    use super::super::d::E;\n}\nuse super::f;\n"),
        ["3 a::b::d::E", "5 a::b::f"]
    );
}

#[test]
fn the_library_names_no_flag_and_no_command() {
    let words =
        ["demo", "init", "check", "plan", "generate", "verify", "report", "sheet", "metadata", "bench"];
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module.first().is_none_or(|first| first != "cli")) {
        for (number, line) in source.text.lines().enumerate() {
            let code = line.trim_start();
            if code.starts_with("//") {
                continue;
            }
            let is_flag = code.match_indices("--").any(|(at, _)| {
                let next = code[at + 2..].chars().next();
                next.is_some_and(|next| next.is_ascii_lowercase())
            });
            let is_command = words.iter().any(|word| code.contains(&format!("`traitpress {word}")));
            if is_flag || is_command {
                wrong.push(format!("{}:{}: {code}", source.path.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "flags and commands belong to src/cli:\n{}", wrong.join("\n"));
}
