//! `src/config.js` of an exported project.

use serde_json::{Map, Value, json};

use super::layers::{Exported, operation};
use crate::geometry::Size;
use crate::import::colour::hexadecimal;
use crate::import::notes::Notes;
use crate::pixel::Blend;
use crate::project::{Fit, GroupOrder, Project, Rarity, ScaleFilter, Standard};

/// The text of the script.
pub(super) fn script(
    project: &Project,
    canvas: Size,
    layers: &[Option<Exported>],
    notes: &mut Notes,
) -> String {
    unsaid(project, notes);
    let is_solana = project.metadata.standards.contains(&Standard::Metaplex);
    let first = u32::from(!is_solana);
    if project.start != first {
        notes.lost("start", project.start.to_string(), format!("numbers begin at {first} there"));
    }
    let all: Vec<usize> = (0..project.layers.len()).collect();
    let mut configurations = Vec::new();
    let mut grown = 0u64;
    let kinds: Vec<(u32, &[usize])> = if project.groups.is_empty() {
        vec![(project.items_asked().unwrap_or(10), &all)]
    } else {
        project.groups.iter().map(|group| (group.count, &*group.layers)).collect()
    };
    for (count, numbers) in kinds {
        grown += u64::from(count);
        let order: Vec<Value> = numbers
            .iter()
            .filter_map(|&number| Some(entry(project, number, layers[number].as_ref()?)))
            .collect();
        configurations.push(json!({ "growEditionSizeTo": grown, "layersOrder": order }));
    }
    let mut extra = Map::new();
    for (key, text) in [
        ("external_url", &project.metadata.external_url),
        ("animation_url", &project.metadata.animation_url),
        ("background_color", &project.metadata.background_color),
    ] {
        if text.contains("{edition") {
            notes.lost(
                format!("metadata.{key}"),
                text.clone(),
                "an address with the number of the item has no place there",
            );
        } else if !(text.is_empty() || is_solana && key == "external_url") {
            extra.insert(key.to_owned(), text.clone().into());
        }
    }
    let background = match project.background {
        Some(colour) => {
            json!({ "generate": true, "static": true, "default": hexadecimal(colour), "brightness": "80%" })
        }
        None => json!({ "generate": false, "brightness": "80%" }),
    };
    let creators: Vec<Value> = project
        .metadata
        .creators
        .iter()
        .map(|creator| json!({ "address": creator.address, "share": creator.share }))
        .collect();
    let settings = [
        ("network", json!(if is_solana { "sol" } else { "eth" })),
        ("namePrefix", json!(project.name)),
        ("description", json!(project.description)),
        ("baseUri", json!(project.base_uri)),
        (
            "solanaMetadata",
            json!({
                "symbol": project.metadata.symbol,
                "seller_fee_basis_points": project.metadata.seller_fee_basis_points.unwrap_or(0),
                "external_url": project.metadata.external_url,
                "creators": creators,
            }),
        ),
        ("layerConfigurations", Value::Array(configurations)),
        (
            "shuffleLayerConfigurations",
            json!(project.groups.len() > 1 && project.group_order == GroupOrder::Shuffled),
        ),
        ("debugLogs", json!(false)),
        (
            "format",
            json!({
                "width": canvas.width,
                "height": canvas.height,
                "smoothing": project.scale_filter != ScaleFilter::Nearest,
            }),
        ),
        ("gif", json!({ "export": false, "repeat": 0, "quality": 100, "delay": 500 })),
        (
            "text",
            json!({
                "only": false, "color": "#ffffff", "size": 20, "xGap": 40, "yGap": 40, "align": "left",
                "baseline": "top", "weight": "regular", "family": "Courier", "spacer": " => ",
            }),
        ),
        ("pixelFormat", json!({ "ratio": 0.015_625 })),
        ("background", background),
        ("extraMetadata", Value::Object(extra)),
        ("rarityDelimiter", json!("#")),
        ("uniqueDnaTorrance", json!(10_000)),
        (
            "preview",
            json!({ "thumbPerRow": 5, "thumbWidth": 50, "imageRatio": f64::from(canvas.height) / f64::from(canvas.width), "imageName": "preview.png" }),
        ),
        (
            "preview_gif",
            json!({ "numberOfImages": 5, "order": "ASC", "repeat": 0, "quality": 100, "delay": 500, "imageName": "preview.gif" }),
        ),
    ];
    let mut text =
        "// Exported from a project of traitpress; EXPORT.md lists what could not be said.\n".to_owned();
    for (key, value) in &settings {
        let value = serde_json::to_string_pretty(value).unwrap_or_else(|_| "null".to_owned());
        text += &format!("const {key} = {value};\n");
    }
    let names: Vec<&str> = settings.iter().map(|(key, _)| *key).collect();
    text + &format!("\nmodule.exports = {{ {} }};\n", names.join(", "))
}

/// An entry of `layersOrder`.
fn entry(project: &Project, number: usize, exported: &Exported) -> Value {
    let layer = &project.layers[number];
    let text = project.metadata.layers.get(&layer.name);
    let shown = text.and_then(|text| text.display_name.as_ref()).unwrap_or(&layer.name);
    let mut options = Map::new();
    if *shown != exported.folder {
        options.insert("displayName".to_owned(), shown.clone().into());
    }
    if layer.opacity < 255 {
        options.insert("opacity".to_owned(), json!(f64::from(layer.opacity) / 255.0));
    }
    if layer.blend != Blend::Normal {
        options.insert("blend".to_owned(), operation(layer.blend).into());
    }
    if !layer.unique {
        options.insert("bypassDNA".to_owned(), true.into());
    }
    json!({ "name": exported.folder, "options": options })
}

/// Notes what HashLips has no key for.
fn unsaid(project: &Project, notes: &mut Notes) {
    let mut lost = |key: &str, count: usize, what: &str| {
        if count > 0 {
            notes.lost(key, count.to_string(), what);
        }
    };
    lost("rules", project.rules.len(), "rules between traits have no place there");
    lost("unique", project.unique_sets.len(), "combinations of some layers can repeat there");
    lost("traits.count", project.amounts.len(), "numbers of items are left to chance there");
    lost("ones", project.ones.len(), "one-of-ones have no place there");
    lost(
        "metadata.attributes",
        project.metadata.attributes.len(),
        "attributes of every item have no place there",
    );
    lost(
        "rarity",
        usize::from(project.rarity == Rarity::Exact),
        "counts that follow weights are left to chance there",
    );
    lost("duplicates", usize::from(project.duplicates), "items always differ there");
    let hidden = project.metadata.layers.values().filter(|text| text.hidden).count();
    lost("hidden", hidden, "every layer is listed in metadata there");
    if project.fit != Fit::Exact && project.fit != Fit::Stretch {
        lost("fit", 1, "pictures of another size are stretched to the canvas there");
    }
}
