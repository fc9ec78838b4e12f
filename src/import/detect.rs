//! The format of a folder or file, by what is in it.
//!
//! Nothing of the source is run. A script beside a folder of layers is taken for HashLips' or one of its forks'; which of them it
//! is follows from what it exports.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::import::drawing;
use crate::import::model::Peer;
use crate::import::peer;
use crate::import::python;
use crate::import::value::{Map, Value};

/// What a source is, and the file that decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) file: PathBuf,
    /// The folder that names in the configuration are relative to.
    pub(crate) root: PathBuf,
}

/// How a source is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A script that exports `layerConfigurations`; which of the engines follows from its keys.
    Script,
    /// One of the others.
    Of(Peer),
}

/// Places of a script with layer configurations, below the project's folder.
const SCRIPTS: [&str; 6] =
    ["src/config.js", "src/config.mjs", "src/config.cjs", "config.js", "config.mjs", "config.cjs"];
/// Scripts that call nft-generator-py before its version 2.
const PYTHON: [&str; 4] = ["index.py", "config.py", "main.py", "generate.py"];
/// The call in them.
pub(crate) const PYTHON_CALL: &str = "generate_unique_images";
/// Configurations of nft-art-maker.
const ART_MAKER: [&str; 8] = [
    ".nftartmakerrc",
    ".nftartmakerrc.json",
    ".nftartmakerrc.yaml",
    ".nftartmakerrc.yml",
    ".nftartmakerrc.js",
    ".nftartmakerrc.cjs",
    "nftartmaker.config.js",
    "nftartmaker.config.cjs",
];
/// The key of nft-art-maker in `package.json`.
pub(crate) const ART_MAKER_KEY: &str = "nftartmaker";
/// Settings of jalagar's engine.
const ANIMATIONS: &str = "global_config.json";
/// Bytes of a configuration that is no script.
const MAX_BYTES: u64 = 16 << 20;
/// Entries of a folder that are looked at.
const MAX_ENTRIES: usize = 200;

/// What `path` is; none if it is the project of no program that is read.
pub(crate) fn detect(path: &Path) -> Option<Found> {
    let metadata = fs::metadata(path).ok()?;
    if metadata.is_dir() {
        return folder(path);
    }
    let name = path.file_name()?.to_str()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Some(peer) = drawing_program(path) {
        return Some(found(peer, parent, path));
    }
    if peer::is_studio(path) {
        return Some(found(Peer::NftStudio, parent, path));
    }
    // The file of a project in place of its folder.
    let in_src = parent.file_name().is_some_and(|name| name == "src") && is_script(name);
    let root = match parent.parent() {
        Some(above) if in_src && !above.as_os_str().is_empty() => above,
        Some(_) if in_src => Path::new("."),
        _ => parent,
    };
    let as_script = || is_script(name).then(|| script(root, path)).flatten();
    as_script().or_else(|| generator_py(root, path)).or_else(|| generative_art(root, path)).or_else(|| {
        (ART_MAKER.contains(&name) || is_package(path)).then(|| found(Peer::NftArtMaker, root, path))
    })
}

/// The drawing program whose file this is.
fn drawing_program(path: &Path) -> Option<Peer> {
    let mut head = [0; 8];
    fs::File::open(path).ok()?.read_exact(&mut head).ok()?;
    match () {
        () if drawing::is_aseprite(&head) => Some(Peer::Aseprite),
        () if drawing::is_psd(&head) => Some(Peer::Psd),
        () => None,
    }
}

fn found(peer: Peer, root: &Path, file: &Path) -> Found {
    Found { kind: Kind::Of(peer), file: file.to_owned(), root: root.to_owned() }
}

fn is_script(name: &str) -> bool {
    SCRIPTS.iter().any(|script| script.rsplit('/').next() == Some(name))
}

fn folder(root: &Path) -> Option<Found> {
    let at = |name: &str| root.join(name);
    let scripts = || SCRIPTS.iter().find_map(|name| script(root, &at(name)));
    let art_maker = || {
        let of = |file: PathBuf| found(Peer::NftArtMaker, root, &file);
        let own = ART_MAKER.iter().map(|name| at(name)).find(|file| file.is_file());
        own.or_else(|| Some(at("package.json")).filter(|file| is_package(file))).map(of)
    };
    let python = || {
        let generator = PYTHON.iter().find_map(|name| generator_py(root, &at(name)));
        generator.or_else(|| generative_art(root, &at("config.py")))
    };
    let json = || names(root, ".json").iter().find_map(|name| generator_py(root, &at(name)));
    let zip = || {
        let only = names(root, ".zip").into_iter().map(|name| at(&name)).find(|path| peer::is_studio(path));
        only.map(|path| found(Peer::NftStudio, root, &path))
    };
    let engine2 = || peer::find_engine2(root).map(|data| found(Peer::ArtEngine2, root, &data));
    scripts().or_else(art_maker).or_else(python).or_else(json).or_else(engine2).or_else(zip)
}

/// The names in a folder that end so, in order.
fn names(root: &Path, end: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root) else { return Vec::new() };
    let names = entries.take(MAX_ENTRIES).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.to_lowercase().ends_with(end)).collect();
    names.sort();
    names
}

/// The settings of a project that animates its layers, as jalagar's engine does: their traits are folders or sheets of frames.
pub(crate) fn animations(path: &Path) -> Option<PathBuf> {
    let folders = path.ancestors().take(2);
    let mut files = folders.map(|folder| folder.join(ANIMATIONS));
    files.find(|file| {
        json(file)
            .is_some_and(|map| ["framesPerSecond", "numberOfFrames"].iter().any(|key| map.get(key).is_some()))
    })
}

/// A script beside a folder of layers.
fn script(root: &Path, file: &Path) -> Option<Found> {
    let is_there = file.is_file() && root.join("layers").is_dir();
    is_there.then(|| Found { kind: Kind::Script, file: file.to_owned(), root: root.to_owned() })
}

/// The text of a file that is not too long.
pub(crate) fn text(file: &Path) -> Option<String> {
    let metadata =
        fs::metadata(file).ok().filter(|metadata| metadata.is_file() && metadata.len() <= MAX_BYTES)?;
    let _ = metadata;
    let text = fs::read_to_string(file).ok()?;
    Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The object that a file of JSON is.
pub(crate) fn json(file: &Path) -> Option<Map> {
    match Value::of_json(serde_json::from_str(&text(file)?).ok()?) {
        Value::Map(map) => Some(map),
        _ => None,
    }
}

fn is_package(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name == "package.json")
        && json(file).is_some_and(|map| map.get(ART_MAKER_KEY).is_some())
}

/// The dictionary of nft-generator-py in a file, and the number of images in the script's call.
pub(crate) fn generator_dictionary(file: &Path) -> Option<(Map, Option<Value>)> {
    let is_right = |map: &Map| {
        let layers = map.get("layers").and_then(Value::as_list).unwrap_or_default();
        layers
            .iter()
            .filter_map(Value::as_map)
            .any(|layer| ["trait_path", "filename", "weights"].iter().all(|key| layer.get(key).is_some()))
    };
    if file.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) {
        return json(file).filter(is_right).map(|map| (map, None));
    }
    if file.extension().is_none_or(|end| end != "py") {
        return None;
    }
    let text = text(file)?;
    if let Some(Ok(mut arguments)) = python::call(&text, PYTHON_CALL) {
        let map = arguments.pop().and_then(|last| last.as_map().cloned()).filter(is_right);
        if let Some(map) = map {
            return Some((map, arguments.into_iter().next()));
        }
    }
    let names = python::assignments(&text);
    names
        .0
        .iter()
        .filter_map(|(_, value)| value.as_map())
        .find(|map| is_right(map))
        .map(|map| (map.clone(), None))
}

fn generator_py(root: &Path, file: &Path) -> Option<Found> {
    generator_dictionary(file).map(|_| found(Peer::NftGeneratorPy, root, file))
}

fn generative_art(root: &Path, file: &Path) -> Option<Found> {
    let is_named = file.file_name().is_some_and(|name| name == "config.py") && root.join("assets").is_dir();
    let map = is_named.then(|| text(file)).flatten().map(|text| python::assignments(&text))?;
    let list = map.get("CONFIG").and_then(Value::as_list)?;
    let is_layer = |map: &Map| map.get("directory").is_some();
    list.iter().filter_map(Value::as_map).any(is_layer).then(|| found(Peer::GenerativeArtNft, root, file))
}
