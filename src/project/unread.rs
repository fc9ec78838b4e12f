//! What is in a folder of art and is not read: named, with the reason and the next step.
//!
//! An artist who sees a file in a layer takes it for a trait. So whatever is there and is none is a warning, and a layer
//! without a trait says what it has instead.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Problem, quoted};
use crate::project::lookalike::lookalike;
use crate::project::names::{EXTENSIONS, FileName, without_extension};
use crate::project::scan::{self, Entry, Kind};

/// Names that a message lists before it counts the rest.
const LISTED: usize = 5;
/// Warnings of one kind in one folder before the rest is counted.
const MAX_WARNINGS: usize = 50;
/// Entries that are looked at in a folder inside a layer, and how deep.
const MAX_ENTRIES: usize = 100_000;
const MAX_DEPTH: usize = 32;

/// Formats that are not read: their extensions and what they are called.
const FORMATS: [(&[&str], &str); 24] = [
    (&["svg", "svgz"], "SVG"),
    (&["tif", "tiff"], "TIFF"),
    (&["bmp", "dib"], "BMP"),
    (&["psd", "psb"], "Photoshop"),
    (&["avif", "avifs"], "AVIF"),
    (&["heic", "heif"], "HEIF"),
    (&["jxl"], "JPEG XL"),
    (&["jp2", "j2k", "jpf", "jpx"], "JPEG 2000"),
    (&["ico", "cur", "icns"], "icon"),
    (&["tga"], "TGA"),
    (&["dds"], "DDS"),
    (&["exr"], "OpenEXR"),
    (&["hdr"], "Radiance HDR"),
    (&["pbm", "pgm", "ppm", "pnm", "pam"], "Netpbm"),
    (&["qoi"], "QOI"),
    (&["pcx"], "PCX"),
    (&["pdf", "ai", "eps", "ps"], "PDF or PostScript"),
    (&["xcf"], "GIMP"),
    (&["kra", "ora"], "Krita or OpenRaster"),
    (&["clip", "procreate", "afphoto", "afdesign", "sketch", "fig", "xd", "cdr"], "drawing program's"),
    (&["ase", "aseprite"], "Aseprite"),
    (&["cr2", "cr3", "nef", "arw", "dng", "raw"], "camera raw"),
    (&["mp4", "m4v", "webm", "mov", "avi", "mkv", "gifv"], "video"),
    (&["glb", "gltf", "fbx", "obj"], "3D"),
];
/// Other extensions of formats that are read.
const OTHER_NAMES: [(&[&str], &str); 2] =
    [(&["jpe", "jfif", "jif", "pjpeg", "pjp"], "jpg"), (&["apng"], "png")];
const ARCHIVES: [&str; 7] = ["zip", "rar", "7z", "tar", "gz", "tgz", "xz"];
/// What files of the formats that are read begin with.
const BEGINNINGS: [(&[u8], &str); 3] =
    [(b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpg"), (b"GIF8", "gif")];

/// Warnings of what is not read in one folder, and the same in words for the folder as a whole.
#[derive(Debug, Default)]
pub(crate) struct Unread {
    /// Folders, each with what it holds.
    folders: Vec<String>,
    /// Names of other entries.
    files: Vec<String>,
    warnings: Vec<(&'static str, Problem)>,
}

impl Unread {
    /// Adds an entry of a layer's folder that is no trait. `is_used` says whether a folder is that of another layer.
    pub(crate) fn add(&mut self, root: &Path, entry: &Entry, is_used: &dyn Fn(&Path) -> bool) {
        let name = entry.name.as_deref().unwrap_or_default();
        match entry.resolve(root) {
            Ok(Kind::Folder) if is_used(&entry.path) => {
                self.folders.push(format!("the folder {} of another layer", quoted(name)));
            }
            Ok(Kind::Folder) => {
                let held = Held::below(&entry.path, is_used);
                if held.is_empty() && held.has_used {
                    self.folders.push(format!("the folder {} with folders of other layers", quoted(name)));
                    return;
                }
                self.folders.push(format!("the folder {} {}", quoted(name), held.with()));
                self.warnings.push(("folders", inner_folder(entry, &held)));
            }
            Ok(Kind::File { bytes }) => {
                self.files.push(name.to_owned());
                self.warnings.push(file(&entry.path, name, bytes));
            }
            Ok(Kind::Other) => {
                self.files.push(name.to_owned());
                let what = "it is not read: it is neither a file nor a folder";
                self.warnings
                    .push(("things", Problem::at(&entry.path, what, "remove it, or put a picture there")));
            }
            // It was read when the layer was.
            Err(_) => {}
        }
    }

    /// What there is beside traits, in words; `None` if there is nothing.
    pub(crate) fn words(&self) -> Option<String> {
        let more = self.folders.len().saturating_sub(LISTED);
        let mut parts: Vec<String> = self.folders.iter().take(LISTED).cloned().collect();
        parts.extend((more > 0).then(|| format!("{more} more folders")));
        parts.extend(
            (!self.files.is_empty())
                .then(|| counted(&self.files, "file that is not read", "files that are not read")),
        );
        (!parts.is_empty()).then(|| listed(&parts))
    }

    /// The warnings, at most so many of each kind; `folder` is where all of it is.
    pub(crate) fn into_warnings(self, folder: &Path) -> Vec<Problem> {
        capped(self.warnings, folder)
    }
}

/// The first warnings of each kind, and for the others of a kind one that counts them; `folder` is where all of it is.
pub(crate) fn capped(warnings: Vec<(&'static str, Problem)>, folder: &Path) -> Vec<Problem> {
    let mut kept = Vec::new();
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for (kind, warning) in warnings {
        let place = counts.iter().position(|(other, _)| *other == kind).unwrap_or_else(|| {
            counts.push((kind, 0));
            counts.len() - 1
        });
        counts[place].1 += 1;
        if counts[place].1 <= MAX_WARNINGS {
            kept.push(warning);
        }
    }
    for (kind, count) in counts.into_iter().filter(|(_, count)| *count > MAX_WARNINGS) {
        let what = format!("{} more {kind} are here, beside the {MAX_WARNINGS} listed", count - MAX_WARNINGS);
        kept.push(Problem::at(folder, what, "fix the listed ones, then check again"));
    }
    kept
}

/// The pictures and other files in a folder that is not read, folders in it included.
#[derive(Debug, Default)]
pub(crate) struct Held {
    /// By their paths from the folder.
    pictures: Vec<String>,
    others: Vec<String>,
    /// Whether a layer has a folder in there.
    pub(crate) has_used: bool,
    /// Whether there is more than was looked at.
    is_cut: bool,
    /// Whether the system refused to list a folder.
    is_closed: bool,
}

impl Held {
    /// Looks at all that is below `folder`, but for what `is_used` by a layer. Links to folders are not followed.
    pub(crate) fn below(folder: &Path, is_used: &dyn Fn(&Path) -> bool) -> Self {
        let mut held = Self::default();
        held.look(folder, "", 0, is_used);
        held
    }

    fn look(&mut self, folder: &Path, prefix: &str, depth: usize, is_used: &dyn Fn(&Path) -> bool) {
        let Ok(entries) = scan::entries(folder) else {
            self.is_closed = true;
            return;
        };
        for entry in entries {
            if self.pictures.len() + self.others.len() >= MAX_ENTRIES || depth > MAX_DEPTH {
                self.is_cut = true;
                return;
            }
            let name = entry.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if entry.kind.is_dir() {
                if is_used(&entry.path) {
                    self.has_used = true;
                } else {
                    self.look(&entry.path, &format!("{prefix}{name}/"), depth + 1, is_used);
                }
                continue;
            }
            let list = if FileName::parse(&name).picture { &mut self.pictures } else { &mut self.others };
            list.push(format!("{prefix}{name}"));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pictures.is_empty() && self.others.is_empty() && !self.is_closed
    }

    pub(crate) fn has_pictures(&self) -> bool {
        !self.pictures.is_empty()
    }

    /// As in `2 pictures ("a.png", "b.png") and 1 other file ("c.txt")`.
    pub(crate) fn words(&self) -> String {
        let mut parts = Vec::new();
        parts.extend(self.has_pictures().then(|| counted(&self.pictures, "picture", "pictures")));
        let (one, many) = if self.has_pictures() { ("other file", "other files") } else { ("file", "files") };
        parts.extend((!self.others.is_empty()).then(|| counted(&self.others, one, many)));
        parts.extend(self.is_closed.then(|| "what cannot be listed".to_owned()));
        parts.extend(self.is_cut.then(|| "more".to_owned()));
        if parts.is_empty() { "nothing".to_owned() } else { listed(&parts) }
    }

    fn with(&self) -> String {
        if self.is_empty() { "with nothing in it".to_owned() } else { format!("with {}", self.words()) }
    }
}

/// The number of names and the first of them.
fn counted(names: &[String], one: &str, many: &str) -> String {
    let mut text = format!("{} {} (", names.len(), if names.len() == 1 { one } else { many });
    for (number, name) in names.iter().take(LISTED).enumerate() {
        let _ = write!(text, "{}{}", if number > 0 { ", " } else { "" }, quoted(name));
    }
    if names.len() > LISTED {
        let _ = write!(text, " and {} more", names.len() - LISTED);
    }
    text + ")"
}

/// `a, b and c`.
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn inner_folder(entry: &Entry, held: &Held) -> Problem {
    let what = format!("a folder inside a layer is not read: it contains {}", held.words());
    let remedy = if held.has_pictures() {
        "move its pictures up into the layer's folder, or make it a layer of its own"
    } else {
        "move it out of the layer's folder"
    };
    Problem::at(&entry.path, what, remedy)
}

/// The reason why a file in a layer is not read, and its warning.
pub(crate) fn file(path: &Path, name: &str, bytes: u64) -> (&'static str, Problem) {
    let at = |kind, what: String, remedy: String| (kind, Problem::at(path, what, remedy));
    if bytes == 0 {
        let what = match part_of_none(&FileName::parse(name).name) {
            Some(what) => format!("it is ignored: {what}"),
            None => "it is ignored: it is empty (0 bytes)".to_owned(),
        };
        let remedy = "rename it to None, or to None#3 for weight 3, if it means the layer's absence";
        return at("empty files", what, remedy.to_owned());
    }
    let extension =
        name.trim().rsplit_once('.').map_or_else(String::new, |(_, end)| end.trim().to_lowercase());
    if let Some(right) = beginning(path) {
        let what = format!(
            "it is not read: it contains a {} picture, and its extension is another",
            right.to_uppercase()
        );
        return at(
            "pictures with other extensions",
            what,
            format!("rename it to {}", quoted(&renamed(name, right))),
        );
    }
    if let Some((_, right)) = OTHER_NAMES.iter().find(|(ends, _)| ends.contains(&&*extension)) {
        let what = format!("it is not read: .{extension} is not a supported extension");
        return at(
            "pictures with other extensions",
            what,
            format!("rename it to {}", quoted(&renamed(name, right))),
        );
    }
    if let Some((_, format)) = FORMATS.iter().find(|(ends, _)| ends.contains(&&*extension)) {
        let what = format!("it is not read: the {format} format is not supported");
        return at("files in unsupported formats", what, "export it as PNG, JPEG, WebP or GIF".to_owned());
    }
    if ARCHIVES.contains(&&*extension) {
        return at("archives", "it is not read: it is an archive".to_owned(), "unpack it".to_owned());
    }
    let what = "it is ignored: it is not a picture".to_owned();
    at("files", what, format!("supported extensions are .{}", EXTENSIONS.join(", .")))
}

/// Why an empty file called None and more is no placeholder, if what comes behind looks like a weight.
pub(crate) fn part_of_none(name: &str) -> Option<String> {
    let found = lookalike(name).filter(|found| found.rest.eq_ignore_ascii_case("none"))?;
    Some(format!("{} is not a weight, so the name is not None, which means absence", quoted(found.text)))
}

/// The extension of the format that a file is in by its first bytes, if that format is read.
fn beginning(path: &Path) -> Option<&'static str> {
    let mut begin = [0; 12];
    let mut file = File::open(path).ok()?;
    let mut length = 0;
    while length < begin.len() {
        match file.read(&mut begin[length..]) {
            Ok(0) | Err(_) => break,
            Ok(read) => length += read,
        }
    }
    let begin = &begin[..length];
    let found = BEGINNINGS.iter().find(|(bytes, _)| begin.starts_with(bytes));
    let is_webp = begin.starts_with(b"RIFF") && begin.get(8..12) == Some(b"WEBP");
    found.map(|(_, extension)| *extension).or(is_webp.then_some("webp"))
}

/// A file's name with another extension; a weight that is behind an extension goes before it.
fn renamed(name: &str, extension: &str) -> String {
    let name = name.trim();
    if let Some((stem, weight)) = name.rsplit_once('#') {
        let bare = without_extension(stem);
        if bare.len() < stem.len() {
            return format!("{bare}#{weight}.{extension}");
        }
    }
    // A point in a name is no sign of an extension, as in `v1.2`.
    let known = |end: &str| {
        let end = end.trim().to_lowercase();
        let mut all = FORMATS.iter().map(|(ends, _)| *ends).chain(OTHER_NAMES.iter().map(|(ends, _)| *ends));
        all.any(|ends| ends.contains(&&*end))
    };
    let stem = name.rsplit_once('.').filter(|(_, end)| known(end)).map_or(name, |(stem, _)| stem);
    format!("{}.{extension}", stem.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_mended_with_its_weight() {
        for (name, right) in [
            ("Red#5", "Red#5.png"),
            ("Red.png#5", "Red#5.png"),
            ("v1.2", "v1.2.png"),
            ("Red.apng", "Red.png"),
            ("Red#5.bmp", "Red#5.png"),
        ] {
            assert_eq!(renamed(name, "png"), right, "{name}");
        }
    }

    #[test]
    fn many_warnings_of_a_kind_are_counted() {
        let warning = |kind: &'static str, number: usize| {
            (kind, Problem::at(format!("f/{number}"), "it is not read", "export it"))
        };
        let many = (0..MAX_WARNINGS + 7).map(|number| warning("a", number));
        let kept = capped(many.chain([warning("b", 0)]).collect(), Path::new("f"));
        assert_eq!(kept.len(), MAX_WARNINGS + 2);
        assert!(kept.last().unwrap().what.starts_with("7 more a are here"), "{kept:?}");
        assert_eq!(capped(vec![warning("a", 0)], Path::new("f")).len(), 1);
    }

    #[test]
    fn names_are_listed_up_to_a_limit() {
        let names = |count: usize| (0..count).map(|number| number.to_string()).collect::<Vec<_>>();
        assert_eq!(counted(&names(1), "picture", "pictures"), "1 picture (\"0\")");
        assert_eq!(
            counted(&names(7), "picture", "pictures"),
            "7 pictures (\"0\", \"1\", \"2\", \"3\", \"4\" and 2 more)"
        );
        assert_eq!(listed(&names(3)), "0, 1 and 2");
    }
}
