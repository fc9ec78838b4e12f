//! Reading a source whose format is recognised: its configuration in the language that it is written in, then the peer's reader.

use std::path::Path;

use crate::import::art::Source;
use crate::import::detect::{self, ART_MAKER_KEY, Found, Kind};
use crate::import::error::{ImportError, ScriptProblem};
use crate::import::js::{self, Script};
use crate::import::model::{Imported, Peer};
use crate::import::value::{Map, Value};
use crate::import::{drawing, peer, python};

/// Keys that only nftchef's engine has.
const NFTCHEF: [&str; 3] = ["incompatible", "forcedCombinations", "traitValueOverrides"];
/// Functions whose values are read if they are always the same.
const CALLS: [&str; 1] = ["extraAttributes"];

/// Reads what was found.
pub(super) fn imported(found: &Found) -> Result<Imported, ImportError> {
    match found.kind {
        Kind::Of(Peer::NftStudio) => return peer::studio(&found.file),
        Kind::Of(Peer::Aseprite) => return drawing::aseprite(&found.file),
        Kind::Of(Peer::Psd) => return drawing::psd(&found.file),
        Kind::Of(_) | Kind::Script => {}
    }
    let source = Source::open(&found.root)?;
    let below = found.file.strip_prefix(&found.root).unwrap_or(&found.file);
    let file = source.root.join(below);
    match found.kind {
        Kind::Script => {
            let script = script(&source, &file)?;
            if NFTCHEF.iter().any(|key| script.exports.get(key).is_some_and(|value| !value.is_nothing())) {
                return peer::nftchef(&source, &file, &script);
            }
            peer::hashlips(&source, &file, &script)
        }
        Kind::Of(Peer::NftGeneratorPy) => {
            let Some((map, count)) = detect::generator_dictionary(&file) else { return Err(changed(&file)) };
            peer::generator_py(&source, &file, &map, count.as_ref())
        }
        Kind::Of(Peer::GenerativeArtNft) => {
            let read =
                |file: &Path| detect::text(file).map(|text| python::assignments(&text)).unwrap_or_default();
            peer::generative_art(&source, &file, &read(&file), &read(&source.root.join("metadata.py")))
        }
        Kind::Of(Peer::NftArtMaker) => peer::art_maker(&source, &file, &art_maker(&source, &file)?),
        Kind::Of(Peer::ArtEngine2) => peer::engine2(&source, &file),
        Kind::Of(_) => Err(changed(&file)),
    }
}

/// Runs a script.
fn script(source: &Source, file: &Path) -> Result<Script, ImportError> {
    js::evaluate(&source.root, file, &CALLS)
        .map_err(|error| ImportError::Script(ScriptProblem::new(&source.root, file, &error)))
}

/// A file that was recognised a moment ago.
fn changed(file: &Path) -> ImportError {
    ImportError::source(file, "the file changed while it was read", "start again")
}

/// The settings of nft-art-maker.
fn art_maker(source: &Source, file: &Path) -> Result<Map, ImportError> {
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    if name.ends_with("js") {
        return Ok(script(source, file)?.exports);
    }
    let text = detect::text(file).ok_or_else(|| changed(file))?;
    let json: Result<serde_json::Value, String> = match serde_json::from_str(&text) {
        Ok(json) => Ok(json),
        Err(error) if name.ends_with(".json") => Err(error.to_string()),
        Err(_) => serde_saphyr::from_str(&text).map_err(|error| error.to_string()),
    };
    let json =
        json.map_err(|error| ImportError::source(file, format!("it cannot be read: {error}"), "correct it"))?;
    let Value::Map(map) = Value::of_json(json) else {
        return Err(ImportError::source(file, "it has no settings", "write them as an object"));
    };
    if name != "package.json" {
        return Ok(map);
    }
    map.get(ART_MAKER_KEY).and_then(Value::as_map).cloned().ok_or_else(|| changed(file))
}
