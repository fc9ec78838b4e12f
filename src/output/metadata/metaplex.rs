//! Metaplex: the off-chain document of the Token Metadata standard, in the form that Sugar and Candy Machine take.
//!
//! Fields: "Token Standard, the non-fungible standard" and "Candy Machine, preparing assets" (developers.metaplex.com);
//! limits: `validate/parser.rs` of Sugar and `mpl-token-metadata` (name 32 bytes, symbol 10, URIs 200, five creators
//! whose shares are 100 together). Documents are numbered from 0 without a hole, values are strings, and `collection.json`
//! is beside them.

use serde_json::{Value, json as value};

use crate::output::metadata::form::{Attribute, Form, OnePicture, Piece, Pieces};
use crate::output::metadata::shown::AsText;
use crate::output::metadata::{erc721, json, media_type, picture_type, place_of_images};
use crate::plan::Plan;
use crate::project::{MetadataSettings, Project, template};

/// Where pictures are if there is no base URI: beside the documents, where Sugar wants them.
const RELATIVE: &str = "";

/// The document of an item, with its own picture or with `one`.
pub(crate) fn form(project: &Project, one: Option<&OnePicture>) -> Form {
    let settings = &project.metadata;
    let place = place_of_images(project, RELATIVE);
    let mut pieces = Pieces::with_picture(project.picture_format, one);
    pieces.text("{\n  \"name\": ").gap(Piece::Name).text(",\n  \"symbol\": ").string(&settings.symbol);
    pieces.text(",\n  \"description\": ").string(&project.description);
    if let Some(fee) = settings.seller_fee_basis_points {
        pieces.text(&format!(",\n  \"seller_fee_basis_points\": {fee}"));
    }
    pieces.text(",\n  \"image\": ").image(&place);
    erc721::links(settings, &mut pieces, ",\n  ", ": ");
    pieces.text(",\n  \"attributes\": ").gap(Piece::Attributes);
    if !settings.collection_name.is_empty() || !settings.collection_family.is_empty() {
        let of = value!({ "name": settings.collection_name, "family": settings.collection_family });
        pieces.text(&format!(",\n  \"collection\": {of}"));
    }
    pieces.text(",\n  \"properties\": {\n    \"files\": [\n      { \"uri\": ").image(&place);
    pieces.text(", \"type\": ").image_type().text(" }");
    let mut category = "image";
    if !settings.animation_url.is_empty() {
        let kind;
        (kind, category) = media_type(&settings.animation_url);
        let animation = template::parse(&settings.animation_url).unwrap_or_default();
        pieces.text(",\n      { \"uri\": ").template(&animation).text(&format!(", \"type\": \"{kind}\" }}"));
    }
    pieces.text(&format!("\n    ],\n    \"category\": \"{category}\""));
    if !settings.creators.is_empty() {
        pieces.text(&format!(",\n    \"creators\": {}", creators(settings)));
    }
    pieces.text("\n  }\n}\n");
    let attribute = |name: &str, value: &_| {
        let (name, value) = (json(name), json(&AsText(value).to_string()));
        format!("\n    {{\n      \"trait_type\": {name},\n      \"value\": {value}\n    }}")
    };
    Form {
        pieces: pieces.into_pieces(),
        around: ["[", "\n  ]", "[]"],
        attribute: Attribute(Box::new(attribute)),
    }
}

fn creators(settings: &MetadataSettings) -> Value {
    let creator =
        |creator: &crate::project::Creator| value!({ "address": creator.address, "share": creator.share });
    settings.creators.iter().map(creator).collect()
}

/// `collection.json`: the collection itself is a token, too.
pub(crate) fn collection(project: &Project, plan: &Plan) -> Vec<u8> {
    let settings = &project.metadata;
    let first = (0..plan.len()).map(|index| plan.edition(index)).min().unwrap_or(0);
    let format = project.picture_format;
    let (image, media) = match settings.collection_image.as_str() {
        "" => {
            let folder = project.layout.item_folder(first);
            let image =
                format!("{}{folder}{first}.{}", place_of_images(project, RELATIVE), format.extension());
            (image, format.media_type())
        }
        image => (image.to_owned(), picture_type(image)),
    };
    let name = collection_name(project);
    let mut properties = value!({ "files": [{ "uri": image, "type": media }], "category": "image" });
    if !settings.creators.is_empty() {
        properties["creators"] = creators(settings);
    }
    let mut document = value!({
        "name": name,
        "symbol": settings.symbol,
        "description": project.description,
        "image": image,
        "attributes": [],
        "properties": properties,
    });
    if let Some(fee) = settings.seller_fee_basis_points {
        document["seller_fee_basis_points"] = fee.into();
    }
    let mut text = serde_json::to_vec_pretty(&document).expect("JSON always serializes");
    text.push(b'\n');
    text
}

/// What the collection is called.
pub(crate) fn collection_name(project: &Project) -> &str {
    let name = &project.metadata.collection_name;
    if name.is_empty() { &project.name } else { name }
}
