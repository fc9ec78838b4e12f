//! Documents about projects and items, and the description of the addresses (OpenAPI).

use serde_json::{Value, json};
use traitpress::plan::Item;

use crate::cli::serve::problem::Problem;
use crate::cli::serve::sites::{Site, Sites};
use crate::cli::serve::target::Which;

/// The list of projects.
pub(crate) fn projects(sites: &Sites) -> Value {
    let projects: Vec<Value> =
        sites.all().map(|site| json!({ "id": site.id, "digest": site.digest })).collect();
    json!({ "projects": projects })
}

/// A project: its layers and traits, and what can be requested.
pub(crate) fn project(site: &Site) -> Value {
    let project = site.engine.project();
    let layers: Vec<Value> = (project.layers.iter().enumerate())
        .map(|(number, layer)| {
            let traits: Vec<Value> = (layer.traits.iter())
                .map(|item| json!({ "name": item.name, "weight": item.weight as f64 / 1e6 }))
                .collect();
            let can_be_absent = project.can_be_absent(number);
            json!({ "name": layer.name, "traits": traits, "can_be_absent": can_be_absent })
        })
        .collect();
    let groups: Vec<&str> = project.groups.iter().map(|group| group.name.as_str()).collect();
    json!({
        "id": site.id,
        "name": project.name,
        "digest": site.digest,
        "sizes": site.sizes,
        "formats": ["png", "webp", "jpg"],
        // As text: numbers of this size are rounded by most readers.
        "capacity": site.capacity.to_string(),
        "items": site.numbered_items(),
        "item_sizes": site.item_sizes,
        "groups": groups,
        "layers": layers,
    })
}

/// An item: its traits by layer, and its attributes as metadata has them.
pub(crate) fn item(site: &Site, which: &Which, item: &Item) -> Result<Value, Problem> {
    let project = site.engine.project();
    let edition = match which {
        Which::Numbered(edition) => Some(*edition),
        Which::Drawn { .. } => None,
    };
    let document = site.engine.metadata(item, edition.unwrap_or_default())?;
    let metadata: Value =
        document.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap_or_default());
    let traits: serde_json::Map<String, Value> =
        item.names(project).map(|(layer, name)| (layer.to_owned(), name.into())).collect();
    let mut found = json!({ "project": site.id, "digest": site.digest, "traits": traits });
    if let Some(one) = item.one() {
        found["one_of_one"] = project.ones[one].name.as_str().into();
    }
    if let Some(attributes) = metadata.get("attributes") {
        found["attributes"] = attributes.clone();
    }
    if edition.is_some() {
        found["metadata"] = metadata;
    }
    Ok(found)
}

/// The addresses, in the form of OpenAPI 3.1.
pub(crate) fn openapi() -> Value {
    let parameter = |name: &str, place: &str, schema: Value, text: &str| json!({ "name": name, "in": place, "required": place == "path", "schema": schema, "description": text });
    let project = || {
        let text = "An id of /v1, or id@digest for one state of it, whose answers never change.";
        parameter("project", "path", json!({ "type": "string" }), text)
    };
    let format =
        || parameter("format", "path", json!({ "enum": ["png", "webp", "jpg", "json"] }), "The form.");
    let size = || {
        let text = "The longer side in pixels, one of the project's sizes.";
        parameter("size", "query", json!({ "type": "integer", "minimum": 1 }), text)
    };
    let seed = |place: &str| {
        parameter("seed", place, json!({ "type": "string", "maxLength": 256 }), "A text to draw the item by.")
    };
    let layers = || {
        json!({
            "name": "layers", "in": "query", "style": "form", "explode": true,
            "schema": { "type": "object", "additionalProperties": { "type": "string" } },
            "description": "Layers by name, each with its trait, or several separated by commas to draw from.",
        })
    };
    let problem = json!({
        "description": "A problem document (RFC 9457).",
        "content": { "application/problem+json": { "schema": { "type": "object" } } },
    });
    let get = |text: &str, parameters: Value, media: &[&str]| {
        let content: serde_json::Map<String, Value> =
            media.iter().map(|media| ((*media).to_owned(), json!({}))).collect();
        json!({ "get": {
            "summary": text, "parameters": parameters,
            "responses": {
                "200": { "description": "Found.", "content": content },
                "304": { "description": "The ETag is the one that was sent." },
                "default": problem.clone(),
            },
        } })
    };
    let pictures = ["image/png", "image/webp", "image/jpeg", "application/json"];
    json!({
        "openapi": "3.1.0",
        "info": { "title": "traitpress serve", "version": env!("CARGO_PKG_VERSION") },
        "paths": {
            "/v1": get("The projects.", json!([]), &["application/json"]),
            "/v1/{project}": get("Layers, traits, sizes and capacity.", json!([project()]), &["application/json"]),
            "/v1/{project}/seed/{seed}.{format}": get(
                "The item of a text.", json!([project(), seed("path"), format(), size(), layers()]), &pictures),
            "/v1/{project}/render.{format}": get(
                "An item of these traits.", json!([project(), format(), seed("query"), size(), layers()]), &pictures),
            "/v1/{project}/items/{edition}.{format}": get(
                "A numbered item.",
                json!([project(), parameter("edition", "path", json!({ "type": "integer" }), "Its number."),
                    format(), size()]),
                &pictures),
        },
    })
}
