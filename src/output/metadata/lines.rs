//! `metadata.jsonl`: JSON Lines (jsonlines.org), what ERC-721 documents say, one item a line in edition order.

use crate::output::metadata::form::{Attribute, Form, Piece, Pieces};
use crate::output::metadata::shown::value_json;
use crate::output::metadata::{erc721, json, place_of_images};
use crate::project::Project;

/// The line of an item.
pub(crate) fn form(project: &Project) -> Form {
    let settings = &project.metadata;
    let mut pieces = Pieces::default();
    pieces.text("{\"edition\":").gap(Piece::Edition(0)).text(",\"name\":").gap(Piece::Name);
    pieces.text(",\"description\":").string(&project.description);
    pieces.text(",\"image\":").image(&place_of_images(project, "images/"));
    erc721::links(settings, &mut pieces, ",", ":");
    pieces.text(",\"attributes\":").gap(Piece::Attributes).text("}\n");
    let attribute =
        |name: &str, value: &_| format!("{{\"trait_type\":{},\"value\":{}}}", json(name), value_json(value));
    Form { pieces: pieces.into_pieces(), around: ["[", "]", "[]"], attribute: Attribute(Box::new(attribute)) }
}
