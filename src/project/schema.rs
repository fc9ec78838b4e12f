//! The JSON Schema of `collection.toml`, by which editors complete keys, show what they mean and mark wrong values.
//!
//! The reader of the file stays the judge; the schema says less (it has no names of layers, for example). Tests compare its keys
//! with those that are read, and its words with what the reader accepts.

use serde_json::{Map, Value, json};

use crate::geometry::MAX_SIDE;
use crate::project::config::MAX_COUNT;
use crate::project::metadata_settings::DisplayType;
use crate::project::model::PredictSettings;
use crate::project::template::MAX_DIGITS;
use crate::project::{blending, names, nested};

/// The JSON Schema of `collection.toml`, draft 7, which editors of TOML read.
#[must_use]
pub fn configuration_schema() -> Value {
    let mut properties = collection();
    let parts = [
        ("predict", predict()),
        ("layers", list("The layers, back to front. Default: the folders of `layers`, by name.", layer())),
        ("rules", list("What every item obeys.", rule())),
        ("unique", list("Layers whose combination no two items share.", unique())),
        ("traits", traits()),
        ("groups", list("Kinds of items with layers of their own, such as species.", group())),
        ("ones", list("One-of-ones: whole pictures, each an item of its own.", one())),
        ("metadata", metadata()),
    ];
    for (key, part) in parts {
        properties[key] = part;
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "collection.toml of traitpress",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    })
}

/// The keys of the collection as a whole.
fn collection() -> Value {
    let size = json!({
        "description": "Width and height of the canvas in pixels. Default: the size that most pictures have.",
        "type": "array", "minItems": 2, "maxItems": 2, "items": integer(1, MAX_SIDE),
    });
    let colour = json!({"type": "string", "pattern": "^#([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})$"});
    let background = background(&colour);
    let fit = "Pictures of another size than the canvas: an error, scaled to it with or without their proportions, or placed at their layer's offset.";
    let filter = "The filter by which pictures are scaled; \"nearest\" keeps pixel art sharp.";
    let colors = "Pictures with different colour profiles: convert all to sRGB, or keep their numbers.";
    let sizes = "The longer side of finished pictures in pixels; several sizes get a folder each.";
    let quality = json!({
        "description": "The quality of JPEG and lossy WebP, or \"lossless\" for WebP. Default: 90.",
        "anyOf": [{"type": "integer", "minimum": 1, "maximum": 100}, {"const": "lossless"}],
    });
    let entries = [
        ("name", text("The collection's name. Default: the name of the project's folder.")),
        ("description", text("The description of every item.")),
        ("size", size),
        ("count", described("The number of items.", integer(1, MAX_COUNT))),
        (
            "seed",
            described(
                "The seed of the choice: the same seed chooses the same items.",
                json!({"type": "integer", "minimum": 0}),
            ),
        ),
        ("start", described("The number of the first item. Default: 1.", integer(0, u32::MAX))),
        ("base_uri", text("What `image` in the metadata begins with, as in \"ipfs://CID\".")),
        ("background", background),
        ("fit", words(fit, &["exact", "scale", "stretch", "place"])),
        ("scale_filter", words(filter, &["lanczos3", "nearest"])),
        ("colors", words(colors, &["convert", "keep"])),
        ("output_size", described(sizes, one_or_more(&integer(1, MAX_SIDE)))),
        ("format", words("The format of finished pictures.", &["png", "webp", "jpeg"])),
        ("quality", quality),
        (
            "layers_folder",
            text("The folder that holds the folders of the layers, below the project. Default: \"layers\"."),
        ),
        ("group_order", words("The order of the items of groups.", &["shuffled", "listed"])),
        ("rarity", words("Whether weights are chances, or exact shares of the items.", &["random", "exact"])),
        (
            "choice",
            words(
                "How traits are drawn where rules restrict them: whole items by weight, or layer by layer.",
                &["whole", "sequential"],
            ),
        ),
        (
            "same",
            described(
                "Layers that show traits of the same name; the first one's weights count.",
                json!({"type": "array", "items": one_or_more(&json!({"type": "string"}))}),
            ),
        ),
        ("duplicates", flag("Whether items may be equal.")),
        (
            "distinct",
            words(
                "Whether items differ by their traits, or by what is visible of them.",
                &["items", "pictures"],
            ),
        ),
    ];
    Value::Object(entries.into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect())
}

/// A colour below all layers, or several of which each item gets one.
fn background(colour: &Value) -> Value {
    let weighted = json!({
        "type": "object", "additionalProperties": false, "required": ["color"],
        "properties": {
            "color": colour,
            "weight": described("The relative frequency.", json!({"type": "number", "minimum": 0, "maximum": names::MAX_WEIGHT})),
            "name": text("What the metadata calls it."),
        },
    });
    let colours = list("Colours of which each item gets one.", json!({"anyOf": [colour, weighted]}));
    let percent = |description: &str, default: u32| {
        described(description, json!({"type": "integer", "minimum": 0, "maximum": 100, "default": default}))
    };
    json!({
        "description": "A colour below all layers; or one of several for each item.",
        "anyOf": [colour, {"const": "random"}, colours, {
            "type": "object", "additionalProperties": false,
            "properties": {
                "hue": {"description": "A hue in whole degrees for each item.", "const": "random"},
                "saturation": percent("Of the hues, in percent.", 100),
                "lightness": percent("Of the hues, in percent.", 50),
                "colors": colours,
                "display_name": text("What the metadata lists it as. Default: it is left out."),
            },
        }],
    })
}

fn unique() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["layers"],
        "properties": {"layers": names_of_layers()},
    })
}

fn traits() -> Value {
    let weight = json!({"type": "number", "minimum": 0, "maximum": names::MAX_WEIGHT});
    let properties = json!({
        "weight": described("The relative frequency, 0 for never.", weight),
        "count": described("The exact number of items that show it.", integer(0, MAX_COUNT)),
        "min": described("The least number of items that show it.", integer(0, MAX_COUNT)),
        "max": described("The largest number of items that show it.", integer(0, MAX_COUNT)),
        "tags": described("Words that rules refer to as \"#word\".", one_or_more(&json!({"type": "string"}))),
        "display_name": text("What the metadata calls it."),
    });
    let mut properties = with_drawing(properties);
    properties["attributes"] = attributes("What the metadata lists of it beside its name.");
    properties["credits"] = credits();
    properties["choices"] = list("Layers that are chosen from where it is shown, and only there.", choice());
    properties["parts"] =
        list("Its pictures, where they are several; none for a trait without a picture.", part());
    properties["variants"] = list("Other pictures where an item shows something else, too.", variant());
    json!({
        "description": "Settings of single traits, by \"Layer/Trait\" or \"Layer/none\".",
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": false, "properties": properties},
    })
}

/// Who made something.
fn credits() -> Value {
    json!({
        "description": "Who made it, listed in CREDITS.csv and on the rarity page.",
        "type": "object", "additionalProperties": false,
        "properties": {
            "author": text("Who made it."),
            "licence": text("As in \"CC BY 4.0\"."),
            "source": text("An address or a title."),
        },
    })
}

/// A choice inside a choice: a layer, and how metadata lists it.
fn choice() -> Value {
    let mut choice = layer();
    let words: Vec<&str> = nested::LISTINGS.iter().map(|(word, _)| *word).collect();
    let description = "How metadata lists it: by its own name, by that of the outermost layer in place of the trait, or not at all.";
    choice["properties"]["metadata"] = self::words(description, &words);
    choice
}

/// The properties, and how and where a picture is drawn.
fn with_drawing(mut properties: Value) -> Value {
    let modes: Vec<&str> = blending::names().map(|(name, _)| name).collect();
    let keys = json!({
        "z": described("Behind all layers (below 0) or before them (above 0).", json!({"type": "integer"})),
        "below": text("The layer that it is drawn right behind."),
        "above": text("The layer that it is drawn right before."),
        "offset": {
            "description": "Where it goes on the canvas, with fit = \"place\". Default: the layer's.",
            "type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2,
        },
        "blend": {"description": "How it mixes with what is below. Default: as its layer.", "enum": modes},
        "opacity": {"description": "0 is invisible, 1 is opaque. Default: the layer's.", "type": "number", "minimum": 0, "maximum": 1},
    });
    let keys = keys.as_object().cloned().unwrap_or_default();
    keys.into_iter().for_each(|(key, schema)| properties[key] = schema);
    properties
}

fn part() -> Value {
    let image = json!({"image": text("The picture, in the folder of layers, as in \"Hair/Long back.png\".")});
    json!({
        "type": "object", "additionalProperties": false, "required": ["image"], "properties": with_drawing(image),
    })
}

fn variant() -> Value {
    let mut properties = part()["properties"].take();
    properties["when"] = described("What else the item shows.", reference());
    properties["parts"] = list("Its pictures, where they are several.", part());
    json!({"type": "object", "additionalProperties": false, "required": ["when"], "properties": properties})
}

fn group() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["name", "layers", "count"],
        "properties": {
            "name": text("The group's name."),
            "layers": names_of_layers(),
            "count": described("The number of its items.", integer(1, MAX_COUNT)),
        },
    })
}

fn one() -> Value {
    json!({
        "type": "object", "additionalProperties": false, "required": ["image"],
        "properties": {
            "image": text("The picture, below the project's folder."),
            "name": text("Its name. Default: the name of the file."),
            "edition": described("Its number. Default: at random.", integer(0, u32::MAX)),
            "attributes": attributes("What the metadata lists of it."),
        },
    })
}

fn names_of_layers() -> Value {
    described("Names of layers.", one_or_more(&json!({"type": "string"})))
}

fn list(description: &str, item: Value) -> Value {
    json!({"description": description, "type": "array", "items": item})
}

fn integer(least: u32, most: u32) -> Value {
    json!({"type": "integer", "minimum": least, "maximum": most})
}

/// The text of the schema, as it is written to files.
#[must_use]
pub fn configuration_schema_text() -> String {
    format!("{:#}\n", configuration_schema())
}

fn described(description: &str, mut schema: Value) -> Value {
    schema["description"] = description.into();
    schema
}

fn text(description: &str) -> Value {
    json!({"description": description, "type": "string"})
}

fn flag(description: &str) -> Value {
    json!({"description": description, "type": "boolean"})
}

fn words(description: &str, words: &[&str]) -> Value {
    json!({"description": description, "enum": words, "default": words[0]})
}

fn one_or_more(item: &Value) -> Value {
    json!({"anyOf": [item, {"type": "array", "items": item}]})
}

fn attributes(description: &str) -> Value {
    json!({
        "description": description, "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    })
}

fn predict() -> Value {
    json!({
        "description": "How a service guesses the traits of its next items.",
        "type": "object", "additionalProperties": false,
        "properties": {
            "window": described("The number of earlier items that count.", json!({"type": "integer", "minimum": 1, "maximum": PredictSettings::MAX_WINDOW})),
            "similarity": described("How alike an earlier item must be.", json!({"type": "number", "minimum": 0, "maximum": 1})),
            "top": described("The most traits that are guessed.", json!({"type": "integer", "minimum": 1, "maximum": PredictSettings::MAX_TOP})),
        },
    })
}

fn layer() -> Value {
    let share = json!({"type": "number", "minimum": 0, "maximum": 1, "default": 1});
    let modes: Vec<&str> = blending::names().map(|(name, _)| name).collect();
    json!({
        "type": "object", "additionalProperties": false, "required": ["name"],
        "properties": {
            "name": text("The layer's name."),
            "folder": text("Its folder in the folder of layers. Default: its name."),
            "chance": described("How often the layer is shown at all.", share.clone()),
            "opacity": described("0 is invisible, 1 is opaque.", share),
            "blend": words("How its pictures mix with what is below.", &modes),
            "unique": described("Whether items that differ only here count as different.", json!({"type": "boolean", "default": true})),
            "offset": {
                "description": "Where its pictures go on the canvas, with fit = \"place\".",
                "type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2,
            },
            "display_name": text("What the metadata calls it."),
            "hidden": flag("Whether the metadata leaves it out."),
            "credits": credits(),
            "clip_to": text("The layer that it is clipped to: it shows only where that does."),
            "mask_for": described("The layers that it masks; it is not drawn itself.", one_or_more(&json!({"type": "string"}))),
        },
    })
}

fn reference() -> Value {
    json!({"anyOf": [
        {"type": "string"},
        {
            "type": "object", "additionalProperties": false, "required": ["layer"],
            "properties": {"layer": {"type": "string"}, "trait": {"type": "string"}, "absent": {"type": "boolean"}},
        },
    ]})
}

fn rule() -> Value {
    let reference = reference();
    let list = |description| described(description, one_or_more(&reference));
    json!({
        "type": "object", "additionalProperties": false,
        "properties": {
            "forbid": list("Never together; or, with `when`, never beside it."),
            "when": described("\"Layer/Trait\", \"Layer\", \"Layer/none\" or \"#tag\".", reference.clone()),
            "require": list("With `when`: one of these must be shown."),
            "allow": list("With `when`: of these layers only these."),
            "same_tag": {
                "description": "Two layers whose traits must share a tag.",
                "type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2,
            },
        },
    })
}

fn metadata() -> Value {
    let types: Vec<&str> = DisplayType::CHOICES.iter().map(|(word, _)| *word).collect();
    let creator = json!({
        "type": "object", "additionalProperties": false, "required": ["address", "share"],
        "properties": {"address": {"type": "string"}, "share": integer(0, 100)},
    });
    let colour =
        json!({"description": "Six hexadecimal digits.", "type": "string", "pattern": "^#?[0-9a-fA-F]{6}$"});
    let policy = "Cardano's policy, 56 hexadecimal digits.";
    let policy = json!({"description": policy, "type": "string", "pattern": "^[0-9a-fA-F]{56}$"});
    let types = json!({
        "description": "How marketplaces show an attribute.", "type": "object",
        "additionalProperties": {"enum": types},
    });
    let standards = "erc721, metaplex, tezos, cardano, csv or jsonl; several, or none.";
    let entries = [
        ("standard", described(standards, one_or_more(&json!({"type": "string"})))),
        ("symbol", text("The symbol of the collection.")),
        ("external_url", text("A page of the item, as in \"https://example.com/{edition}\".")),
        ("animation_url", text("A video or page that belongs to the item.")),
        ("background_color", colour),
        ("seller_fee_basis_points", described("Royalties in hundredths of a percent.", integer(0, 10_000))),
        ("creators", list("Addresses and their shares, which add up to 100.", creator)),
        ("collection_name", text("The name in Metaplex's `collection`.")),
        ("collection_family", text("The family in Metaplex's `collection`.")),
        ("collection_image", text("The image of Metaplex's collection.json.")),
        ("policy_id", policy),
        ("asset_name", text("Cardano's name of an item, with {edition} in it.")),
        ("file_name", text("The names of pictures without .png, as in \"{Body}-{edition:04}\".")),
        (
            "number_width",
            described("Digits of the numbers in names, as in 4 for #0007.", integer(0, MAX_DIGITS.into())),
        ),
        ("show_absent", text("The value that is listed for layers that an item does not show.")),
        ("attributes", attributes("What is listed of every item.")),
        ("display_types", types),
    ];
    let properties: Map<String, Value> =
        entries.into_iter().map(|(key, schema)| (key.to_owned(), schema)).collect();
    json!({
        "description": "Other contents of the metadata.",
        "type": "object", "additionalProperties": false, "properties": properties,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::project::config::Configuration;
    use crate::project::keys;
    use crate::project::source::Source;
    use crate::project::{
        credits, layer_settings, metadata_table, one_settings, part_settings, rule_settings,
    };

    fn keys(schema: &Value, path: &str) -> BTreeSet<String> {
        let at = schema.pointer(path).unwrap_or_else(|| panic!("{path}"));
        at["properties"].as_object().unwrap_or_else(|| panic!("{path}")).keys().cloned().collect()
    }

    #[test]
    fn the_schema_has_exactly_the_keys_that_are_read() {
        let schema = configuration_schema();
        let read: [(&str, &[&str]); 14] = [
            ("", &keys::KEYS),
            ("/properties/layers/items", &layer_settings::LAYER_KEYS),
            ("/properties/predict", &keys::PREDICT_KEYS),
            ("/properties/rules/items", &rule_settings::RULE_KEYS),
            ("/properties/unique/items", &rule_settings::UNIQUE_KEYS),
            ("/properties/traits/additionalProperties", &rule_settings::TRAIT_KEYS),
            ("/properties/traits/additionalProperties/properties/choices/items", &nested::CHOICE_KEYS),
            ("/properties/traits/additionalProperties/properties/parts/items", &part_settings::PART_KEYS),
            (
                "/properties/traits/additionalProperties/properties/variants/items",
                &part_settings::VARIANT_KEYS,
            ),
            ("/properties/layers/items/properties/credits", &credits::CREDIT_KEYS),
            ("/properties/groups/items", &rule_settings::GROUP_KEYS),
            ("/properties/ones/items", &one_settings::ONE_KEYS),
            ("/properties/metadata", &metadata_table::METADATA_KEYS),
            ("/properties/metadata/properties/creators/items", &metadata_table::CREATOR_KEYS),
        ];
        for (path, read) in read {
            assert_eq!(keys(&schema, path), read.iter().map(ToString::to_string).collect(), "{path}");
        }
        let reference = keys(&schema, "/properties/rules/items/properties/when/anyOf/1");
        assert_eq!(reference, rule_settings::REFERENCE_KEYS.iter().map(ToString::to_string).collect());
    }

    #[test]
    fn every_word_of_the_schema_is_accepted() {
        let schema = configuration_schema();
        let refused = |text: &str| {
            let mut problems = Vec::new();
            Configuration::parse(Source::new(Path::new("c.toml"), text), &mut problems);
            problems.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let mut tried = 0;
        for (key, property) in schema["properties"].as_object().unwrap() {
            for word in property["enum"].as_array().into_iter().flatten() {
                assert_eq!(refused(&format!("{key} = {word}\n")), [""; 0]);
                tried += 1;
            }
        }
        for mode in
            schema.pointer("/properties/layers/items/properties/blend/enum").unwrap().as_array().unwrap()
        {
            assert_eq!(refused(&format!("[[layers]]\nname = \"A\"\nblend = {mode}\n")), [""; 0]);
            tried += 1;
        }
        assert!(tried > 25, "{tried}");
        assert_eq!(refused("fit = \"crop\"\n").len(), 1);
    }

    #[test]
    fn the_schema_in_docs_is_this_one() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/collection.schema.json");
        if std::env::var_os("TRAITPRESS_TEST_UPDATE").is_some() {
            std::fs::write(&path, configuration_schema_text()).unwrap();
        }
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text == configuration_schema_text(),
            "docs/collection.schema.json is not what the program writes; a test with TRAITPRESS_TEST_UPDATE=1 writes it"
        );
        let schema = serde_json::from_str(&text).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let valid = json!({"fit": "scale", "layers": [{"name": "A", "blend": "multiply"}], "traits": {"A/x": {"weight": 2}}});
        assert!(validator.is_valid(&valid));
        for wrong in [json!({"ft": "scale"}), json!({"count": 0}), json!({"layers": [{"blend": "multiply"}]})]
        {
            assert!(!validator.is_valid(&wrong), "{wrong}");
        }
    }
}
