//! The files that a configuration may read: its own project's, and no others.
//!
//! The script sees the project's folder as `/project`. Names are resolved there, and then on the disk with all links followed;
//! what lies outside is refused by either. A script cannot list folders, and learns of a file only whether it can be read.

use std::cell::Cell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The project's folder as the script sees it.
pub(super) const ROOT: &str = "/project";
/// Bytes that one file may have.
const MAX_BYTES: u64 = 2 << 20;
/// Files that one configuration may read.
const MAX_FILES: u32 = 100;
/// Modules of Node and of npm that have a replacement here.
#[cfg_attr(not(feature = "import-js"), allow(dead_code, reason = "modules are loaded by an engine"))]
const MODULES: [&str; 6] = ["path", "dotenv", "dotenv/config", "fs", "url", "process"];
/// Lists of constants that projects without the peer's program lack, each with what it exports.
const CONSTANTS: [(&str, &str); 3] = [
    ("constants/blend_mode.js", BLEND_MODES),
    ("src/blendMode.js", BLEND_MODES),
    (
        "constants/network.js",
        "module.exports = { NETWORK: { eth: \"eth\", sol: \"sol\", xrpl: \"xrpl\", bch: \"bch\", mina: \"mina\" } };",
    ),
];
/// The names of a canvas' operations, in the spelling of properties.
const BLEND_MODES: &str = r#"module.exports = { MODE: { sourceOver: "source-over", sourceIn: "source-in", sourceOut: "source-out",
sourceAtop: "source-atop", destinationOver: "destination-over", destinationIn: "destination-in",
destinationOut: "destination-out", destinationAtop: "destination-atop", lighter: "lighter", copy: "copy", xor: "xor",
multiply: "multiply", screen: "screen", overlay: "overlay", darken: "darken", lighten: "lighten",
colorDodge: "color-dodge", colorBurn: "color-burn", hardLight: "hard-light", softLight: "soft-light",
difference: "difference", exclusion: "exclusion", hue: "hue", saturation: "saturation", color: "color",
luminosity: "luminosity" } };"#;

/// The readable files of one project.
#[derive(Debug)]
pub(super) struct Files {
    /// Resolved.
    root: PathBuf,
    read: Cell<u32>,
}

impl Files {
    /// Those below `root`, which is resolved.
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, read: Cell::new(0) }
    }

    /// The file that a name means in a folder, as the script sees both: `module:NAME`, `absent:NAME` for a module that is not there,
    /// or its path below [`ROOT`].
    #[cfg_attr(not(feature = "import-js"), allow(dead_code, reason = "modules are loaded by an engine"))]
    pub(super) fn resolve(&self, folder: &str, name: &str) -> Result<String, String> {
        let plain = name.strip_prefix("node:").unwrap_or(name);
        if MODULES.contains(&plain) {
            return Ok(format!("module:{plain}"));
        }
        let name = name.strip_prefix("file://").unwrap_or(name);
        let joined = match name.chars().next() {
            Some('/') => name.to_owned(),
            Some('.') => format!("{folder}/{name}"),
            Some(_) => return Ok(format!("absent:{plain}")),
            None => return Err("a module without a name is required".to_owned()),
        };
        let outside = || format!("{name:?} is outside the project's folder, and is not read");
        let below = below_root(&joined).ok_or_else(outside)?;
        for end in ["", ".js", ".json", ".cjs", ".mjs", "/index.js"] {
            let candidate = format!("{below}{end}");
            if self.locate(&candidate).is_ok_and(|path| path.is_file()) {
                return Ok(format!("{ROOT}/{candidate}"));
            }
            if constant(&candidate).is_some() {
                return Ok(format!("{ROOT}/{candidate}"));
            }
        }
        match self.locate(&below) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(outside()),
            _ => Err(format!("there is no file {name:?} in the project")),
        }
    }

    /// The text of a file that [`Self::resolve`] found.
    pub(super) fn read(&self, path: &str) -> Result<String, String> {
        let below = path.strip_prefix(ROOT).and_then(|path| path.strip_prefix('/')).unwrap_or(path);
        let is_script = [".js", ".json", ".cjs", ".mjs"].iter().any(|end| below.ends_with(end));
        if !is_script {
            return Err(format!("{below} is neither a script nor JSON, and is not read"));
        }
        self.read.set(self.read.get() + 1);
        if self.read.get() > MAX_FILES {
            return Err(format!("the configuration reads more than {MAX_FILES} files"));
        }
        let cannot = |error: io::Error| format!("{below} cannot be read: {error}");
        let file = match self.locate(below) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return constant(below).map(str::to_owned).ok_or_else(|| cannot(error));
            }
            found => found.map_err(cannot)?,
        };
        let bytes = fs::metadata(&file).map_err(cannot)?.len();
        if bytes > MAX_BYTES {
            return Err(format!("{below} has {bytes} bytes, more than {MAX_BYTES}"));
        }
        let text = fs::read(&file).map_err(cannot)?;
        let text = String::from_utf8(text).map_err(|_| format!("{below} is not UTF-8"))?;
        Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
    }

    /// A path below the root, with all links followed, which must not lead out of it.
    fn locate(&self, below: &str) -> io::Result<PathBuf> {
        let resolved = self.root.join(below).canonicalize()?;
        if resolved.starts_with(&self.root) {
            Ok(resolved)
        } else {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }
}

/// The path below [`ROOT`] that a text means; none if it leads out.
#[cfg_attr(not(feature = "import-js"), allow(dead_code, reason = "modules are loaded by an engine"))]
fn below_root(text: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in text.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            _ => parts.push(part),
        }
    }
    (parts.first() == Some(&&ROOT[1..])).then(|| parts[1..].join("/"))
}

fn constant(below: &str) -> Option<&'static str> {
    CONSTANTS.iter().find(|(name, _)| *name == below).map(|(_, text)| *text)
}

/// The path of a file of the project as the script sees it.
pub(super) fn seen(root: &Path, file: &Path) -> String {
    let below = file.strip_prefix(root).unwrap_or(file).to_string_lossy().replace('\\', "/");
    format!("{ROOT}/{below}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_project_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap().join("p");
        fs::create_dir_all(root.join("src")).unwrap();
        fs::write(root.join("src/a.js"), "1").unwrap();
        fs::write(root.join("src/b.json"), "\u{feff}2").unwrap();
        fs::write(folder.path().join("outside.js"), "3").unwrap();
        let files = Files::new(root.clone());
        let found = |name: &str| files.resolve("/project/src", name);
        assert_eq!(found("./a").as_deref(), Ok("/project/src/a.js"));
        assert_eq!(found("/project/src/b.json").as_deref(), Ok("/project/src/b.json"));
        assert_eq!(found("node:path").as_deref(), Ok("module:path"));
        assert_eq!(files.read("/project/src/b.json").as_deref(), Ok("2"));
        for name in ["../../outside.js", "/etc/passwd", "../../../../etc/passwd"] {
            assert!(found(name).unwrap_err().contains("outside"), "{name}: {:?}", found(name));
        }
        for name in ["child_process", "node:buffer", "os"] {
            assert!(found(name).unwrap().starts_with("absent:"), "{name}");
        }
        assert!(found("").is_err());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../../outside.js", root.join("src/link.js")).unwrap();
            assert!(found("./link.js").is_err());
        }
    }
}
