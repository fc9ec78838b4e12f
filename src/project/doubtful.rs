//! Names that are right and probably not meant: with what looks like a weight in them, or nearly the same as another.

use std::collections::{HashMap, HashSet};

use unicode_normalization::UnicodeNormalization;

use crate::error::{Problem, quoted};
use crate::project::lookalike::{Lookalike, lookalike};
use crate::project::model::{Layer, MILLION};
use crate::project::names::{EXTENSIONS, FileName, is_invisible};
use crate::project::unread::capped;

/// Warnings of the names of layers and traits. `is_named` says of `Layer/Trait` whether the configuration names it: who
/// writes a name there has seen what it is. Where layers are not configured, their names are those of folders.
pub(crate) fn warnings(layers: &[Layer], configured: bool, is_named: &dyn Fn(&str) -> bool) -> Vec<Problem> {
    let mut warnings = Vec::new();
    let folders = layers.iter().map(|layer| (layer.name.as_str(), &*layer.folder));
    warnings.extend(alike("layers", folders.clone()).into_iter().map(|(_, problem)| problem));
    if !configured {
        warnings.extend(folders.filter_map(|(name, folder)| weight_of_layer(name, folder)));
    }
    let mut seen = HashSet::new();
    for layer in layers.iter().filter(|layer| seen.insert(&layer.folder)) {
        let mut of_layer = Vec::new();
        for item in &layer.traits {
            let found = lookalike(&item.name).filter(|_| !is_named(&format!("{}/{}", layer.name, item.name)));
            if let Some(found) = found {
                of_layer.push((
                    "names with a number that looks like a weight",
                    no_weight(&item.path, &item.name, item.weight, &found),
                ));
            }
        }
        of_layer.extend(alike("traits", layer.traits.iter().map(|item| (item.name.as_str(), &*item.path))));
        warnings.extend(capped(of_layer, &layer.folder));
    }
    warnings
}

/// The warning of a trait whose name looks as if it had a weight.
fn no_weight(path: &std::path::Path, name: &str, weight: u64, found: &Lookalike<'_>) -> Problem {
    // Blanks are hard to see in a name.
    let ends_blank = |stem: &std::ffi::OsStr| stem.to_string_lossy().ends_with(char::is_whitespace);
    let has_blank = found.is_at_end(name) && path.file_stem().is_some_and(ends_blank);
    let blank = if has_blank { ", because a blank follows it" } else { "" };
    let what = format!(
        "{} looks like a weight but is not one{blank}, so the trait is named {} with weight {}",
        quoted(found.text),
        quoted(name),
        weight as f64 / MILLION as f64
    );
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let extension =
        file.trim().rsplit_once('.').map(|(_, end)| end).filter(|_| FileName::parse(&file).picture);
    let extension = extension.unwrap_or(EXTENSIONS[0]);
    let is_named = !found.rest.is_empty();
    let right = found
        .weight
        .as_ref()
        .filter(|_| is_named)
        .map(|weight| format!("{}#{weight}.{extension}", found.rest));
    let remedy = match right {
        Some(right) => format!("rename the file to {} to set that weight", quoted(&right)),
        None => format!(
            "a weight is # and a number (decimal point, no comma) at the end of the name, as in \
             \"Red#0.5.{extension}\""
        ),
    };
    Problem::at(path, what, remedy)
}

/// The warning of a folder whose name looks as if it had a weight, which layers do not have. `Layer #1 Back` has a number.
fn weight_of_layer(name: &str, folder: &std::path::Path) -> Option<Problem> {
    let (text, rest) = match name.rsplit_once('#') {
        Some((rest, end)) if !rest.trim().is_empty() && end.parse::<f64>().is_ok() => {
            (&name[rest.len()..], rest.trim().to_owned())
        }
        _ => {
            let is_number = |text: &str| !text.starts_with('#') || !text.contains(char::is_alphabetic);
            let found = lookalike(name).filter(|found| found.is_at_end(name) && is_number(found.text))?;
            (found.text, found.rest)
        }
    };
    let what = format!(
        "{} looks like a weight, and layers have no weights, so the layer is named {}",
        quoted(text),
        quoted(name)
    );
    let remedy =
        format!("rename the folder to {}, and set the layer's chance in collection.toml", quoted(&rest));
    Some(Problem::at(folder, what, remedy))
}

/// Warnings of names that a reader could take for each other.
fn alike<'a>(
    kind: &'static str,
    names: impl Iterator<Item = (&'a str, &'a std::path::Path)>,
) -> Vec<(&'static str, Problem)> {
    let mut seen: HashMap<String, (&str, &std::path::Path)> = HashMap::new();
    let mut warnings = Vec::new();
    for (name, path) in names {
        let Some((other, other_path)) = seen.get(&alike_key(name)) else {
            seen.insert(alike_key(name), (name, path));
            continue;
        };
        let difference = if name.to_lowercase() == other.to_lowercase() {
            "upper and lower case"
        } else if squeezed(name).to_lowercase() == squeezed(other).to_lowercase() {
            "blanks, hyphens and underscores"
        } else {
            "characters that look alike or are invisible"
        };
        let file = other_path.file_name().unwrap_or_default().to_string_lossy();
        let what = format!(
            "the {kind} {} and {} (in {}) differ only in {difference}",
            quoted(name),
            quoted(other),
            quoted(&file)
        );
        warnings.push((
            "names that are alike",
            Problem::at(path, what, "rename one if both are intended, or remove one"),
        ));
    }
    warnings
}

/// What names have in common that a reader could take for each other.
fn alike_key(name: &str) -> String {
    squeezed(&name.nfkc().filter(|&c| !is_invisible(c) && c != '\u{ad}').collect::<String>()).to_lowercase()
}

/// The name with one blank for each run of blanks, hyphens and underscores.
fn squeezed(name: &str) -> String {
    let mut squeezed = String::with_capacity(name.len());
    for c in name.chars() {
        let c = if c.is_whitespace() || matches!(c, '-' | '_' | '\u{2010}'..='\u{2015}') { ' ' } else { c };
        if c != ' ' || !squeezed.ends_with(' ') {
            squeezed.push(c);
        }
    }
    squeezed
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn alike_names(names: &[&str]) -> Vec<String> {
        let found = alike("traits", names.iter().map(|name| (*name, Path::new("f"))));
        found.into_iter().map(|(_, problem)| problem.what).collect()
    }

    #[test]
    fn names_that_readers_take_for_each_other_are_named_once() {
        for (names, difference) in [
            (["Cap", "cap"], "upper and lower case"),
            (["\u{c9}clair", "\u{e9}CLAIR"], "upper and lower case"),
            (["Red Hat", "red  hat"], "blanks"),
            (["Red_Hat", "Red-Hat"], "blanks"),
            (["Red\u{a0}Hat", "Red Hat"], "blanks"),
            (["\u{fb01}re", "fire"], "look alike"),
            (["Re\u{200b}d", "Red"], "are invisible"),
        ] {
            let found = alike_names(&names);
            assert!(found.len() == 1 && found[0].contains(difference), "{names:?}: {found:?}");
        }
        assert_eq!(alike_names(&["A", "B", "A1", "A 1", "Redhat", "Red hat", "-1", "1"]), [""; 0]);
        assert_eq!(alike_names(&["Cap", "cap", "CAP"]).len(), 2);
    }

    #[test]
    fn only_ends_of_folder_names_look_like_weights() {
        let found = |name: &str| weight_of_layer(name, Path::new("f")).map(|problem| problem.what);
        for (name, text) in [
            ("Hat#3", "#3"),
            ("Hat #0.5", "#0.5"),
            ("Hat# 5", "# 5"),
            ("Hat__w10", "__w10"),
            ("Hat 20%", "20%"),
        ] {
            assert!(
                found(name).is_some_and(|what| what.contains(&format!("\"{text}\""))),
                "{name}: {:?}",
                found(name)
            );
        }
        for name in ["Hat", "01-Body", "#1 Body", "Layer #1 \"x\"", "#7", "Layer 2", "Body_2", "3D Glasses"] {
            assert_eq!(found(name), None, "{name}");
        }
    }
}
