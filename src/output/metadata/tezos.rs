//! Tezos: the JSON document of a token by TZIP-21, "Rich Metadata" (tzip.tezosagora.org/proposal/tzip-21).
//!
//! An item is one whole token: `decimals` 0, `isBooleanAmount`. Attributes have `name` and `value`, and `type` where the
//! value is no text; all values are texts. `royalties`, which the proposal does not have, are shares of a sale, each
//! `share / 10^decimals`, as marketplaces read them (docs.objkt.com, "NFT Smart Contracts").

use serde_json::{Map, Value};

use crate::output::metadata::form::{Attribute, Form, OnePicture, Piece, Pieces};
use crate::output::metadata::shown::AsText;
use crate::output::metadata::{images_from_documents, json, media_type, place_of_images};
use crate::project::{AttributeValue, MetadataSettings, Project, template};

/// The document of an item, with its own picture or with `one`.
pub(crate) fn form(project: &Project, one: Option<&OnePicture>) -> Form {
    let settings = &project.metadata;
    let place = place_of_images(project, &images_from_documents(project));
    let animation = template::parse(&settings.animation_url).unwrap_or_default();
    let mut pieces = Pieces::with_picture(project.picture_format, one);
    pieces.text("{\n  \"name\": ").gap(Piece::Name).text(",\n  \"symbol\": ").string(&settings.symbol);
    pieces.text(",\n  \"description\": ").string(&project.description);
    pieces.text(",\n  \"decimals\": 0,\n  \"isBooleanAmount\": true,\n  \"shouldPreferSymbol\": false");
    pieces.text(",\n  \"artifactUri\": ");
    let _ = if animation.is_empty() { pieces.image(&place) } else { pieces.template(&animation) };
    for key in ["displayUri", "thumbnailUri"] {
        pieces.text(&format!(",\n  \"{key}\": ")).image(&place);
    }
    if !settings.external_url.is_empty() {
        let link = template::parse(&settings.external_url).unwrap_or_default();
        pieces.text(",\n  \"externalUri\": ").template(&link);
    }
    let creators: Vec<&str> = settings.creators.iter().map(|creator| creator.address.as_str()).collect();
    if !creators.is_empty() {
        pieces.text(&format!(",\n  \"creators\": {}", serde_json::json!(creators)));
    }
    pieces.text(",\n  \"formats\": [\n    { \"uri\": ").image(&place);
    pieces.text(", \"mimeType\": ").image_type().text(" }");
    if !animation.is_empty() {
        let (kind, _) = media_type(&settings.animation_url);
        pieces
            .text(",\n    { \"uri\": ")
            .template(&animation)
            .text(&format!(", \"mimeType\": \"{kind}\" }}"));
    }
    pieces.text("\n  ],\n  \"attributes\": ").gap(Piece::Attributes);
    if let Some(royalties) = royalties(settings) {
        pieces.text(&format!(",\n  \"royalties\": {royalties}"));
    }
    pieces.text("\n}\n");
    let attribute = |name: &str, value: &AttributeValue| {
        let kind = match value {
            AttributeValue::Text(_) => "",
            AttributeValue::Integer(_) => ",\n      \"type\": \"integer\"",
            AttributeValue::Float(_) => ",\n      \"type\": \"number\"",
            AttributeValue::Boolean(_) => ",\n      \"type\": \"boolean\"",
        };
        let (name, value) = (json(name), json(&AsText(value).to_string()));
        format!("\n    {{\n      \"name\": {name},\n      \"value\": {value}{kind}\n    }}")
    };
    Form {
        pieces: pieces.into_pieces(),
        around: ["[", "\n  ]", "[]"],
        attribute: Attribute(Box::new(attribute)),
    }
}

/// The fee in shares of a whole. Hundredths of a percent times percents are millionths; zeros that all shares end in are
/// left out.
fn royalties(settings: &MetadataSettings) -> Option<Value> {
    let fee = u32::from(settings.seller_fee_basis_points.filter(|_| !settings.creators.is_empty())?);
    let (mut decimals, mut unit) = (6, 1);
    let shares: Vec<u32> = settings.creators.iter().map(|creator| fee * u32::from(creator.share)).collect();
    while decimals > 2 && shares.iter().all(|share| share % (unit * 10) == 0) {
        unit *= 10;
        decimals -= 1;
    }
    let shares = settings.creators.iter().zip(shares);
    let shares: Map<String, Value> =
        shares.map(|(creator, share)| (creator.address.clone(), (share / unit).into())).collect();
    Some(serde_json::json!({ "decimals": decimals, "shares": shares }))
}
