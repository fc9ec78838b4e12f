//! `collection.toml` of a new project, with comments that say where each part comes from.

use std::fmt::Write as _;

use super::layout::{LayerPlace, Layout, plain};
use crate::error::Escaped;
use crate::import::colour::hexadecimal;
use crate::import::model::{Background, Choice, Imported, Layer, Part, RuleKind, Trait};
use crate::import::peer::toml_text;
use crate::import::value::Value;
use crate::project::BACKGROUND_LAYER;

/// The column at which comments begin, where the line is not longer.
const COMMENT: usize = 44;

/// The text of the file.
pub(super) fn collection(imported: &Imported, layout: &Layout) -> String {
    let mut text = Text(format!(
        "# Imported from a project of {}: {}\n# IMPORT.md lists what was changed and what could not be kept.\n\n",
        imported.peer.name(),
        Escaped(&imported.configuration)
    ));
    text.settings(imported);
    text.metadata(imported);
    let names = Names { imported, layout };
    for (number, layer) in imported.layers.iter().enumerate().filter(|(_, layer)| layer.parent.is_none()) {
        text.layer(layer, &layout.layers[number]);
    }
    for group in &imported.groups {
        text.0 += "\n[[groups]]\n";
        text.line(&format!("name = {}", toml_text(&plain(&group.name))), "");
        let own = group.layers.iter().map(|&layer| layout.layers[layer].name.as_str());
        // Colours that are drawn for each item are a layer, which groups list as any other.
        let is_drawn = matches!(imported.settings.background, Some(Background::RandomHue { .. }));
        let background = is_drawn.then_some(BACKGROUND_LAYER);
        let listed: Vec<String> = background.into_iter().chain(own).map(toml_text).collect();
        text.line(&format!("layers = [{}]", listed.join(", ")), "");
        text.line(&format!("count = {}", group.count), "");
    }
    for rule in &imported.rules {
        text.0 += "\n[[rules]]\n";
        text.line(&format!("when = {}", names.choice(rule.when)), &rule.origin);
        let key = match rule.kind {
            RuleKind::Forbid => "forbid",
            RuleKind::Require => "require",
            RuleKind::Allow => "allow",
        };
        let listed: Vec<String> = rule.choices.iter().map(|&choice| names.choice(choice)).collect();
        text.line(&format!("{key} = [{}]", listed.join(", ")), "");
    }
    for (one, path) in imported.ones.iter().zip(&layout.ones) {
        text.0 += "\n[[ones]]\n";
        text.line(&format!("image = {}", toml_text(path)), &one.origin);
        text.line(&format!("name = {}", toml_text(&one.name)), "");
        if !one.attributes.is_empty() {
            let pair = |(key, value): &(String, Value)| format!("{} = {}", toml_text(key), toml_value(value));
            let pairs: Vec<String> = one.attributes.iter().map(pair).collect();
            text.line(&format!("attributes = {{ {} }}", pairs.join(", ")), "");
        }
    }
    text.traits(&names);
    text.0
}

/// A value as TOML writes it; what TOML lacks is written as text.
pub(super) fn toml_value(value: &Value) -> String {
    match value {
        Value::Number(number) if number.is_finite() => number.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Text(text) => toml_text(text),
        other => toml_text(&other.shown()),
    }
}

/// Names of layers and traits in references.
struct Names<'a> {
    imported: &'a Imported,
    layout: &'a Layout,
}

impl Names<'_> {
    fn choice(&self, choice: Choice) -> String {
        toml_text(&match choice {
            Choice::Trait(layer, item) => self.item(layer, item),
            Choice::Absent(layer) => format!("{}/none", self.layout.layers[layer].name),
        })
    }

    fn item(&self, layer: usize, item: usize) -> String {
        // A trait that became the absence of its layer is called none.
        let place = &self.layout.layers[layer];
        format!("{}/{}", place.name, place.traits[item].name)
    }
}

/// The text while it is written.
struct Text(String);

impl Text {
    /// A line with a comment behind it.
    fn line(&mut self, line: &str, comment: &str) {
        self.0 += line;
        if !comment.is_empty() {
            let width = line.chars().count();
            let _ = write!(
                self.0,
                "{:width$}  # {}",
                "",
                Escaped(comment),
                width = COMMENT.saturating_sub(width)
            );
        }
        self.0.push('\n');
    }

    fn settings(&mut self, imported: &Imported) {
        let settings = &imported.settings;
        let texts = [
            ("name", &settings.name),
            ("description", &settings.description),
            ("base_uri", &settings.base_uri),
        ];
        for (key, value) in texts {
            if let Some(value) = value {
                self.line(&format!("{key} = {}", toml_text(value)), "");
            }
        }
        if let Some([width, height]) = settings.size {
            self.line(&format!("size = [{width}, {height}]"), "");
        }
        if let Some(count) = settings.count {
            self.line(&format!("count = {count}"), "");
        }
        if let Some(start) = settings.start {
            self.line(&format!("start = {start}"), "the number of the first item");
        }
        match &settings.background {
            Some(Background::Colour(colour)) => {
                self.line(&format!("background = \"{}\"", hexadecimal(*colour)), "");
            }
            Some(Background::RandomHue { saturation, lightness }) => {
                let value =
                    format!("{{ hue = \"random\", saturation = {saturation}, lightness = {lightness} }}");
                self.line(&format!("background = {value}"), "");
            }
            None => {}
        }
        if settings.places {
            self.line("fit = \"place\"", "pictures are placed at offsets");
        } else if settings.stretches {
            self.line("fit = \"stretch\"", "pictures of another size fill the canvas");
        }
        if settings.nearest {
            self.line("scale_filter = \"nearest\"", "");
        }
        if settings.duplicates {
            self.line("duplicates = true", "");
        }
        if settings.jpeg {
            self.line("format = \"jpeg\"", "");
        }
        if settings.sequential {
            self.line("choice = \"sequential\"", "layer by layer, among what is left");
        }
        if imported.groups.len() > 1 {
            let order = if settings.listed { "listed" } else { "shuffled" };
            self.line(&format!("group_order = \"{order}\""), "");
        }
    }

    fn metadata(&mut self, imported: &Imported) {
        let settings = &imported.settings;
        if settings.metadata.is_empty() && settings.attributes.is_empty() && settings.display_types.is_empty()
        {
            return;
        }
        self.0 += "\n[metadata]\n";
        for (key, value) in &settings.metadata {
            self.line(&format!("{key} = {value}"), "");
        }
        let pairs: Vec<String> = settings
            .attributes
            .iter()
            .map(|(key, value, _)| format!("{} = {}", toml_text(key), toml_value(value)))
            .collect();
        if !pairs.is_empty() {
            self.line(&format!("attributes = {{ {} }}", pairs.join(", ")), "of every item");
        }
        let of_attributes =
            settings.attributes.iter().filter_map(|(key, _, kind)| Some((key.clone(), kind.clone()?)));
        let types: Vec<String> = of_attributes
            .chain(settings.display_types.iter().cloned())
            .map(|(key, kind)| format!("{} = {}", toml_text(&key), toml_text(&kind)))
            .collect();
        if !types.is_empty() {
            self.line(&format!("display_types = {{ {} }}", types.join(", ")), "");
        }
    }

    fn layer(&mut self, layer: &Layer, place: &LayerPlace) {
        self.0 += "\n[[layers]]\n";
        self.line(&format!("name = {}", toml_text(&place.name)), &layer.origin);
        if place.folder != place.name {
            self.line(&format!("folder = {}", toml_text(&place.folder)), "the same pictures");
        }
        if let Some(shown) = place.display_name(layer) {
            self.line(&format!("display_name = {}", toml_text(shown)), "");
        }
        if layer.hidden {
            self.line("hidden = true", "not in the metadata");
        }
        if let Some(chance) = layer.chance {
            self.line(&format!("chance = {chance}"), "");
        }
        if layer.opacity != 1.0 {
            self.line(&format!("opacity = {}", layer.opacity), "");
        }
        if let Some(blend) = &layer.blend {
            self.line(&format!("blend = {}", toml_text(blend)), "");
        }
        if !layer.unique {
            self.line("unique = false", "not compared");
        }
        if let Some([x, y]) = layer.offset {
            self.line(&format!("offset = [{x}, {y}]"), "");
        }
    }

    fn traits(&mut self, names: &Names<'_>) {
        self.0 += "\n[traits]\n";
        let mut others = Vec::new();
        for (number, layer) in names.imported.layers.iter().enumerate() {
            let place = &names.layout.layers[number];
            let _ = writeln!(self.0, "# {}", Escaped(&layer.origin));
            for (item, it) in layer.traits.iter().enumerate() {
                if is_simple(it) && !names.has_choices(number, item) {
                    let key = toml_text(&names.item(number, item));
                    let mut keys = common_keys(it, &place.traits[item].name);
                    keys.extend(names.drawing(&it.parts[0]));
                    let keys = keys.join(", ");
                    self.line(&format!("{key} = {{ {keys} }}"), file(&it.parts[0].origin));
                } else {
                    others.push((number, item));
                }
            }
            if let Some(none) = &layer.none {
                let shown = none.shown.as_ref().map(|shown| format!(", display_name = {}", toml_text(shown)));
                let key = toml_text(&format!("{}/none", place.name));
                let line = format!("{key} = {{ weight = {}{} }}", none.weight, shown.unwrap_or_default());
                self.line(&line, file(&none.origin));
            }
        }
        for (layer, item) in others {
            self.whole(names, layer, item);
        }
    }

    /// A trait with a table of its own.
    fn whole(&mut self, names: &Names<'_>, number: usize, item: usize) {
        let it = &names.imported.layers[number].traits[item];
        let place = &names.layout.layers[number].traits[item];
        let _ = write!(self.0, "\n[traits.{}]\n", toml_text(&names.item(number, item)));
        let mut keys = common_keys(it, &place.name);
        if let [part] = &it.parts[..] {
            keys.extend(names.drawing(part));
        }
        for key in keys {
            self.line(&key, "");
        }
        if !it.attributes.is_empty() {
            let pair = |(key, value): &(String, String)| format!("{} = {}", toml_text(key), toml_text(value));
            let pairs: Vec<String> = it.attributes.iter().map(pair).collect();
            self.line(&format!("attributes = {{ {} }}", pairs.join(", ")), "");
        }
        match &it.parts[..] {
            [] => self.line("parts = []", "it shows nothing"),
            [_] => {}
            parts => self.parts(names, "parts = [", parts, &place.parts, "]"),
        }
        if !it.variants.is_empty() {
            self.line("variants = [", "");
            for (variant, paths) in it.variants.iter().zip(&place.variants) {
                let begin = format!("    {{ when = {}, parts = [", names.choice(variant.when));
                let listed: Vec<String> =
                    variant.parts.iter().zip(paths).map(|(part, path)| names.part(part, path)).collect();
                self.line(&format!("{begin}{}] }},", listed.join(", ")), "");
            }
            self.line("]", "");
        }
        let choices = names.choices(number, item);
        if !choices.is_empty() {
            self.line("choices = [", "");
            for (layer, place) in choices {
                let mut keys = vec![
                    format!("name = {}", toml_text(&place.name)),
                    format!("folder = {}", toml_text(&place.folder)),
                    format!("metadata = \"{}\"", listing(layer)),
                ];
                let shown =
                    Some(layer.shown_name()).filter(|shown| layer.replaces_parent || *shown != place.name);
                keys.extend(shown.map(|shown| format!("display_name = {}", toml_text(shown))));
                keys.extend((layer.opacity != 1.0).then(|| format!("opacity = {}", layer.opacity)));
                keys.extend(layer.blend.as_ref().map(|blend| format!("blend = {}", toml_text(blend))));
                keys.extend(layer.chance.map(|chance| format!("chance = {chance}")));
                keys.extend((!layer.unique).then(|| "unique = false".to_owned()));
                self.line(&format!("    {{ {} }},", keys.join(", ")), &layer.origin);
            }
            self.line("]", "");
        }
    }

    fn parts(&mut self, names: &Names<'_>, begin: &str, parts: &[Part], paths: &[String], end: &str) {
        self.line(begin, "");
        for (part, path) in parts.iter().zip(paths) {
            self.line(&format!("    {},", names.part(part, path)), file(&part.origin));
        }
        self.line(end, "");
    }
}

impl<'a> Names<'a> {
    /// The choices within a trait.
    fn choices(&self, layer: usize, item: usize) -> Vec<(&'a Layer, &'a LayerPlace)> {
        let all = self.imported.layers.iter().zip(&self.layout.layers);
        let is_within =
            |l: &&Layer| l.parent.is_some_and(|parent| parent.layer == layer && parent.item == item);
        all.filter(|(l, _)| is_within(l)).collect()
    }

    fn has_choices(&self, layer: usize, item: usize) -> bool {
        !self.choices(layer, item).is_empty()
    }

    /// A part as an inline table.
    fn part(&self, part: &Part, path: &str) -> String {
        let mut keys = vec![format!("image = {}", toml_text(path))];
        keys.extend(self.drawing(part));
        format!("{{ {} }}", keys.join(", "))
    }

    /// How a picture is drawn, where that is not as its layer is.
    fn drawing(&self, part: &Part) -> Vec<String> {
        let mut keys = Vec::new();
        match part.above {
            Some(layer) => keys.push(format!("above = {}", toml_text(&self.layout.layers[layer].name))),
            None if part.z != 0 => keys.push(format!("z = {}", part.z)),
            None => {}
        }
        keys.extend(part.offset.map(|[x, y]| format!("offset = [{x}, {y}]")));
        keys.extend(part.opacity.map(|opacity| format!("opacity = {opacity}")));
        keys.extend(part.blend.as_ref().map(|blend| format!("blend = {}", toml_text(blend))));
        keys
    }
}

/// How metadata lists a choice within a choice.
fn listing(layer: &Layer) -> &'static str {
    match (layer.hidden, layer.replaces_parent) {
        (true, _) => "hidden",
        (false, true) => "root",
        (false, false) => "own",
    }
}

/// Whether a trait is one picture that is drawn with its layer.
fn is_simple(item: &Trait) -> bool {
    item.variants.is_empty() && item.attributes.is_empty() && item.parts.len() == 1
}

/// Keys that every trait can have.
fn common_keys(item: &Trait, name: &str) -> Vec<String> {
    let mut keys = vec![format!("weight = {}", item.weight)];
    keys.extend(item.count.map(|count| format!("count = {count}")));
    if item.shown_name() != name {
        keys.push(format!("display_name = {}", toml_text(item.shown_name())));
    }
    keys
}

/// The name of a file in a path.
fn file(origin: &str) -> &str {
    origin.rsplit('/').next().unwrap_or(origin)
}
