//! One item's metadata: an ERC-721 JSON document (EIP-721, "metadata JSON schema", and the attributes that
//! marketplaces read).

use serde::Serialize;

use crate::collection::Project;
use crate::selection::ABSENT;

#[derive(Serialize)]
struct Document<'a> {
    name: String,
    description: &'a str,
    image: String,
    edition: u32,
    attributes: Vec<Attribute<'a>>,
}

#[derive(Serialize)]
struct Attribute<'a> {
    trait_type: &'a str,
    value: &'a str,
}

/// The metadata of the item with the traits of `row`; absent layers are left out.
pub(crate) fn metadata(project: &Project, edition: u32, row: &[u16]) -> Vec<u8> {
    let chosen = project.layers.iter().zip(row).filter(|&(_, &index)| index != ABSENT);
    let document = Document {
        name: format!("{} #{edition}", project.name),
        description: &project.description,
        image: image_uri(&project.base_uri, edition),
        edition,
        attributes: chosen
            .map(|(layer, &index)| Attribute {
                trait_type: &layer.name,
                value: &layer.traits[usize::from(index)].name,
            })
            .collect(),
    };
    let mut json = serde_json::to_vec_pretty(&document).expect("strings and numbers always serialize");
    json.push(b'\n');
    json
}

/// Where the picture is: under the base URI, or relative to the metadata file.
fn image_uri(base: &str, edition: u32) -> String {
    match base.trim_end_matches('/') {
        "" => format!("../images/{edition}.png"),
        base => format!("{base}/{edition}.png"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_stands_under_the_base_uri_with_one_slash() {
        assert_eq!(image_uri("ipfs://CID/", 7), "ipfs://CID/7.png");
        assert_eq!(image_uri("ipfs://CID", 7), "ipfs://CID/7.png");
        assert_eq!(image_uri("", 7), "../images/7.png");
    }
}
