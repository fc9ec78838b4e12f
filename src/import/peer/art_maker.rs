//! nft-art-maker: HashLips' names of files, and a configuration of its own with few keys.

use std::path::Path;

use super::common::{canvas, extra_metadata, ignored_keys, settle_pictures, unknown_keys};
use super::hashlips::{self, Form};
use crate::import::art::Source;
use crate::import::error::ImportError;
use crate::import::model::{Imported, Peer, Settings};
use crate::import::notes::Notes;
use crate::import::value::{Keys, Map, Value};

/// Reads the project with these settings.
pub(in crate::import) fn read(source: &Source, file: &Path, map: &Map) -> Result<Imported, ImportError> {
    let keys = Keys::new(map);
    let mut notes = Notes::default();
    let mut settings = Settings { size: canvas(&keys, file)?, ..Settings::default() };
    let folder = keys.text("layersDirName").unwrap_or("layers");
    let home = source.folder(&source.root, folder, &mut notes)?;
    let delimiter = keys.get("rarityDelimiter").and_then(Value::as_text).unwrap_or("#");
    let form =
        Form { home: &home, delimiter: Some(delimiter), words: None, cumulative: true, is_plain: true };
    let (layers, groups, total) = hashlips::kinds_and_layers(source, file, &keys, &form, &mut notes)?;
    settings.count = Some(total);
    settings.description = keys.get("description").and_then(Value::as_text).map(str::to_owned);
    settings.base_uri = keys.text("baseUri").map(str::to_owned);
    if let Some(format) = keys.get("editionNameFormat").and_then(Value::as_text) {
        if !format.trim_end().ends_with('#') {
            notes.changed(
                "editionNameFormat",
                format!("{format:?}"),
                "items are called NAME #N here, and have the number right behind the name there",
            );
        }
        settings.name = Some(format.trim_end().trim_end_matches('#').trim_end().to_owned());
    }
    if let Some(value) = keys.get("shuffleLayerConfigurations").filter(|value| !value.is_truthy()) {
        let done = "the program always shuffles the numbers over the kinds, and so do we";
        notes.changed("shuffleLayerConfigurations", value.shown(), done);
    }
    for (key, done) in [
        (
            "tags",
            "metadata has no further keys at its top level; add it to attributes of [metadata] if it is needed",
        ),
        ("metadataSchemaMapper", "metadata has the keys of its standard"),
    ] {
        if let Some(value) = keys.get(key) {
            notes.lost(key, value.shown(), done);
        }
    }
    extra_metadata(keys.map("extraMetadata"), &mut settings, &mut notes);
    let why = "a matter of the program's run";
    ignored_keys(
        &keys,
        &[("uniqueDnaTorrance", why), ("debugLogs", why), ("outputDirName", why)],
        &mut notes,
    );
    unknown_keys("", &keys, &mut notes);
    settle_pictures(&mut settings, &layers, &groups, &mut notes);
    Ok(Imported {
        peer: Peer::NftArtMaker,
        configuration: source.below(file),
        settings,
        layers,
        groups,
        rules: Vec::new(),
        ones: Vec::new(),
        notes,
    })
}
