//! Choices inside a choice: `choices` in the table of a trait, each a layer that is chosen from with that trait alone.
//!
//! Such a layer comes right behind the layer of its trait, and can have choices of its own. It is a layer in every other respect:
//! rules, exact numbers, unique sets and plans name it like any other.

use toml::de::DeTable;

use crate::project::config::Configuration;
use crate::project::layer_settings::LayerSettings;
use crate::project::model::Layer;
use crate::project::names::nfc;
use crate::project::rule::Choices;
use crate::project::rule_settings::Named;
use crate::project::values::Values;

/// The keys of an entry of `choices`.
pub(super) const CHOICE_KEYS: [&str; 13] = [
    "name",
    "folder",
    "chance",
    "opacity",
    "blend",
    "unique",
    "offset",
    "display_name",
    "hidden",
    "clip_to",
    "mask_for",
    "credits",
    "metadata",
];

/// How metadata lists a choice inside a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Listing {
    /// By its own name.
    #[default]
    Own,
    /// By the name of the outermost layer, in place of the trait that it belongs to.
    Root,
    /// Not at all.
    Hidden,
}

pub(super) const LISTINGS: [(&str, Listing); 3] =
    [("own", Listing::Own), ("root", Listing::Root), ("hidden", Listing::Hidden)];

/// An entry of `choices`.
#[derive(Clone, Debug)]
pub(crate) struct NestedConfig {
    /// The trait that it belongs to, as it is written.
    pub(crate) of: Named,
    pub(crate) settings: LayerSettings,
    pub(crate) listing: Listing,
}

/// Reads those of all traits.
pub(super) fn read(configuration: &mut Configuration, values: &mut Values<'_>, table: &DeTable<'_>) {
    let Some(traits) = table.get("traits").and_then(|value| value.get_ref().as_table()) else { return };
    let mut tables: Vec<_> =
        traits.iter().filter_map(|(key, value)| Some((key, value.get_ref().as_table()?))).collect();
    tables.sort_by_key(|(key, _)| key.span().start);
    for (key, table) in tables {
        let of = Named { name: nfc(key.get_ref()).into_owned(), span: key.span().into() };
        for (span, table) in values.tables(table, "choices") {
            let listing = values.choice(table, "metadata", &LISTINGS).unwrap_or_default();
            let Some(settings) =
                configuration.layer(values, span, table, (&CHOICE_KEYS, " of a choice"), Some(&of))
            else {
                continue;
            };
            configuration.nested.push(NestedConfig { of: of.clone(), settings, listing });
        }
    }
}

/// A layer that belongs to traits of another, by name.
#[derive(Debug)]
pub(crate) struct Link {
    layer: String,
    parent: String,
    traits: Vec<String>,
}

/// Puts choices behind the layers of the traits that they belong to; and how metadata lists them.
pub(crate) fn expand(
    layers: Vec<LayerSettings>,
    configuration: &Configuration,
) -> (Vec<LayerSettings>, Vec<Link>) {
    let (mut all, mut links) = (Vec::new(), Vec::new());
    for layer in layers {
        add(layer, &configuration.nested, &mut all, &mut links);
    }
    (all, links)
}

fn add(layer: LayerSettings, nested: &[NestedConfig], all: &mut Vec<LayerSettings>, links: &mut Vec<Link>) {
    let name = layer.name.clone();
    all.push(layer);
    for inner in nested {
        let Some(item) = inner.of.name.strip_prefix(&name).and_then(|rest| rest.strip_prefix('/')) else {
            continue;
        };
        let settings = &inner.settings;
        // Several traits of a layer can have one choice in common.
        match links.iter_mut().find(|link| link.layer == settings.name) {
            Some(link) if link.parent == name => link.traits.push(item.to_owned()),
            _ => {
                let traits = vec![item.to_owned()];
                links.push(Link { layer: settings.name.clone(), parent: name.clone(), traits });
                add(settings.clone(), nested, all, links);
            }
        }
    }
}

/// Says how metadata lists the layers that belong to traits.
pub(crate) fn list(configuration: &mut Configuration, links: &[Link]) {
    for link in links {
        let listing = configuration.nested.iter().find(|nested| nested.settings.name == link.layer);
        let listing = listing.map_or_else(Listing::default, |nested| nested.listing);
        let parent = links.iter().find(|other| other.layer == link.parent);
        let texts = &configuration.metadata.layers;
        let shown = |name: &String| texts.get(name).and_then(|text| text.display_name.clone());
        // What is listed in place of a trait that itself is listed in place of another has the outermost name.
        let root = match parent {
            Some(parent) if texts.get(&parent.layer).is_some_and(|text| text.in_place) => {
                shown(&parent.layer)
            }
            _ => shown(&link.parent),
        };
        let root = root.unwrap_or_else(|| link.parent.clone());
        let text = configuration.metadata.layers.entry(link.layer.clone()).or_default();
        text.of = Some(link.parent.clone());
        match listing {
            Listing::Own => {}
            Listing::Hidden => text.hidden = true,
            Listing::Root => {
                text.in_place = true;
                text.display_name.get_or_insert(root);
            }
        }
    }
}

/// Gives layers the traits that they belong to.
pub(crate) fn link(layers: &mut [Layer], links: &[Link]) {
    for Link { layer, parent, traits } in links {
        let Some(number) = layers.iter().position(|known| known.name == *layer) else { continue };
        let Some(of) = layers.iter().position(|known| known.name == *parent) else { continue };
        let index = |name: &String| layers[of].traits.iter().position(|item| item.name == *name);
        // A trait that is not there has its problem where its table is resolved.
        let mut any: Vec<u16> = traits.iter().filter_map(index).map(|index| index as u16).collect();
        any.sort_unstable();
        any.dedup();
        layers[number].parent = Some(Choices { layer: of, any });
    }
}
