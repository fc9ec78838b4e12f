//! ERC-721, with what OpenSea reads beside it.
//!
//! `name`, `description` and `image` are those of the "ERC721 Metadata JSON Schema" (EIP-721); `external_url`,
//! `animation_url`, `background_color` (six digits without `#`) and `attributes` with `trait_type`, `value` and
//! `display_type` those of OpenSea ("Media and traits", docs.opensea.io). `edition` is the item's number.

use crate::output::metadata::form::{Attribute, Form, OnePicture, Piece, Pieces};
use crate::output::metadata::shown::{as_number, value_json};
use crate::output::metadata::{images_from_documents, json, place_of_images};
use crate::project::{MetadataSettings, Project, template};

/// The document of an item, with its own picture or with `one`.
pub(crate) fn form(project: &Project, one: Option<&OnePicture>) -> Form {
    let settings = &project.metadata;
    let mut pieces = Pieces::with_picture(project.picture_format, one);
    pieces
        .text("{\n  \"name\": ")
        .gap(Piece::Name)
        .text(",\n  \"description\": ")
        .string(&project.description);
    pieces.text(",\n  \"image\": ").image(&place_of_images(project, &images_from_documents(project)));
    links(settings, &mut pieces, ",\n  ", ": ");
    pieces.text(",\n  \"edition\": ").gap(Piece::Edition(0));
    pieces.text(",\n  \"attributes\": ").gap(Piece::Attributes).text("\n}\n");
    let types = settings.display_types.clone();
    let attribute = move |name: &str, value: &_| {
        let (display, value) = match types.get(name) {
            Some(kind) => {
                // Values that are not numbers were refused; without a display type they stay strings.
                let number = as_number(value).unwrap_or_else(|| value.clone());
                (format!("\"display_type\": \"{}\",\n      ", kind.name()), value_json(&number))
            }
            None => (String::new(), value_json(value)),
        };
        let name = json(name);
        format!("\n    {{\n      {display}\"trait_type\": {name},\n      \"value\": {value}\n    }}")
    };
    Form {
        pieces: pieces.into_pieces(),
        around: ["[", "\n  ]", "[]"],
        attribute: Attribute(Box::new(attribute)),
    }
}

/// The links and the colour, as far as they are set.
pub(crate) fn links(settings: &MetadataSettings, pieces: &mut Pieces<'_>, before: &str, between: &str) {
    for (key, text) in [("animation_url", &settings.animation_url), ("external_url", &settings.external_url)]
    {
        if !text.is_empty() {
            pieces
                .text(&format!("{before}\"{key}\"{between}"))
                .template(&template::parse(text).unwrap_or_default());
        }
    }
    if !settings.background_color.is_empty() {
        pieces.text(&format!("{before}\"background_color\"{between}")).string(&settings.background_color);
    }
}
