//! The meaning of the names in rules.
//!
//! A reference is `"Layer/Trait"`, `"Layer/*"` or a bare `"Layer"` (any trait of it), `"Layer/none"` (absent) or `"#tag"`. Where
//! a real name looks like another form, text is refused as ambiguous and the form with `layer` and `trait` must be used: a
//! rule that silently means something else is worse than none.

use crate::error::{Problem, Remedy, quoted};
use crate::project::choice::ABSENT;
use crate::project::declared::PartFiles;
use crate::project::metadata_settings::Credit;
use crate::project::model::{Layer, MILLION, Trait};
use crate::project::names::nearest;
use crate::project::ones::Attribute;
use crate::project::part_settings::{Drawing, PartConfig, WrittenDepth};
use crate::project::rule::{Amount, Choices, Group, Reference, Rule, RuleKind};
use crate::project::rule_settings::{GroupSettings, Named, RuleConfig, RuleSettings, TraitSettings, Written};
use crate::project::source::{Source, Span};
use crate::project::trait_part::{Depth, TraitPart, Variant};

/// The meaning of a reference, before it is expanded.
enum Meaning {
    Trait(usize, u16),
    Any(usize),
    Absent(usize),
    Tag(u16),
}

/// Looks names up in the layers that were found.
pub(crate) struct Resolver<'a> {
    source: Source<'a>,
    layers: &'a mut [Layer],
    /// All tags that traits have, in the order in which they come up.
    tags: Vec<String>,
    problems: &'a mut Vec<Problem>,
}

/// What the configuration says, with every name resolved.
pub(crate) struct Resolved {
    pub(crate) tags: Vec<String>,
    pub(crate) rules: Vec<Rule>,
    /// Sets of layers whose traits are not combined twice.
    pub(crate) unique_sets: Vec<Vec<usize>>,
    pub(crate) amounts: Vec<Amount>,
    pub(crate) groups: Vec<Group>,
    /// What the metadata calls choices: the layer's number, the trait or [`ABSENT`], and the text.
    pub(crate) texts: Vec<(usize, u16, String)>,
    /// What the metadata lists of traits beside their names, by the layer's number and the trait.
    pub(crate) attributes: Vec<(usize, u16, Vec<Attribute>)>,
    /// Who made traits, by the layer's number and the trait.
    pub(crate) credits: Vec<(usize, u16, Credit)>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(source: Source<'a>, layers: &'a mut [Layer], problems: &'a mut Vec<Problem>) -> Self {
        Self { source, layers, tags: Vec::new(), problems }
    }

    /// Sets traits' weights and tags, then resolves rules and sets. What is not known is a problem.
    pub(crate) fn resolve(mut self, wishes: &RuleConfig, files: &PartFiles) -> Resolved {
        let mut amounts: Vec<(Span, Amount)> = Vec::new();
        let (mut texts, mut attributes, mut credits) = (Vec::new(), Vec::new(), Vec::new());
        for settings in &wishes.traits {
            let tags: Vec<u16> = settings.tags.iter().map(|tag| self.tag(tag)).collect();
            let is_plain =
                settings.look.is_empty() && settings.attributes.is_empty() && settings.credits.is_none();
            match self.meaning_of_text(&settings.named) {
                Some(Meaning::Trait(layer, index)) => {
                    let item = &mut self.layers[layer].traits[usize::from(index)];
                    item.weight = settings.weight.unwrap_or(item.weight);
                    item.tags.extend(tags);
                    item.tags.sort_unstable();
                    item.tags.dedup();
                    texts.extend(settings.display_name.clone().map(|text| (layer, index, text)));
                    credits.extend(settings.credits.clone().map(|credit| (layer, index, credit)));
                    if !settings.attributes.is_empty() {
                        attributes.push((layer, index, settings.attributes.clone()));
                    }
                    let weight = item.weight;
                    let amount = self.amount(settings, layer, index, weight);
                    amounts.extend(amount.map(|amount| (settings.named.span, amount)));
                }
                Some(Meaning::Absent(layer)) if tags.is_empty() && is_plain => {
                    texts.extend(settings.display_name.clone().map(|text| (layer, ABSENT, text)));
                    let layer_of = &mut self.layers[layer];
                    let is_wanted = settings.amount.is_some_and(|(least, _)| least > 0);
                    // An amount of a layer's absence makes it possible, with the weight that a trait has by default.
                    let can_be_absent = layer_of.can_be_absent() || layer_of.parent.is_some();
                    let otherwise = (is_wanted && !can_be_absent).then_some(MILLION);
                    layer_of.none = settings.weight.or(layer_of.none).or(otherwise);
                    let chance = u64::from(layer_of.chance);
                    let is_possible = chance < MILLION || layer_of.parent.is_some();
                    let weight = if is_possible { MILLION } else { layer_of.none.unwrap_or(0) };
                    let amount = self.amount(settings, layer, ABSENT, weight);
                    amounts.extend(amount.map(|amount| (settings.named.span, amount)));
                }
                Some(_) => {
                    let what = format!("traits.{} is not one trait", quoted(&settings.named.name));
                    self.problem(settings.named.span, what, "write [traits.\"Layer/Trait\"] for each");
                }
                None => {}
            }
        }
        // Conditions can name tags that any trait has.
        for settings in &wishes.traits {
            self.look(settings, files);
        }
        let mut rules: Vec<Rule> =
            (1..).zip(&wishes.rules).flat_map(|(number, rule)| self.rule(number, rule)).collect();
        for (number, (span, names)) in (wishes.rules.len() + 1..).zip(&wishes.same) {
            rules.extend(self.same(number, *span, names));
        }
        let mut sets = Vec::new();
        for names in &wishes.unique {
            let layers: Option<Vec<usize>> = names.iter().map(|name| self.layer(name)).collect();
            let Some(mut layers) = layers else { continue };
            layers.sort_unstable();
            layers.dedup();
            sets.push(layers);
        }
        // "Layer/None" and "Layer/none" are two keys for one thing.
        for (index, (span, amount)) in amounts.iter().enumerate() {
            let same =
                |(_, other): &&(Span, Amount)| (other.layer, other.choice) == (amount.layer, amount.choice);
            if let Some((_, other)) = amounts[..index].iter().find(same) {
                let what = format!("this number of items is already set on line {}", other.line);
                self.problem(*span, what, "remove one");
            }
        }
        let amounts = amounts.into_iter().map(|(_, amount)| amount).collect();
        let groups = wishes.groups.iter().filter_map(|group| self.group(group)).collect();
        Resolved { tags: self.tags, rules, unique_sets: sets, amounts, groups, texts, attributes, credits }
    }

    /// How many items are to show a choice that is drawn with this weight.
    fn amount(&mut self, settings: &TraitSettings, layer: usize, choice: u16, weight: u64) -> Option<Amount> {
        let (least, most) = settings.amount?;
        let span = settings.named.span;
        if least > 0 && weight == 0 {
            let what = format!(
                "{} has a number of items, but weight 0: it is never selected",
                quoted(&settings.named.name)
            );
            self.problem(span, what, "set a weight above 0, or remove the number");
            return None;
        }
        Some(Amount { layer, choice, least, most, line: self.source.line(span) })
    }

    /// Sets what a trait shows.
    fn look(&mut self, settings: &TraitSettings, files: &PartFiles) {
        let look = &settings.look;
        if look.is_empty() {
            return;
        }
        // Anything else has its problem already.
        let Some(Meaning::Trait(layer, index)) = self.known_meaning(&settings.named) else { return };
        let written = look.parts.as_ref().map(|parts| self.parts(parts, &look.drawing, files));
        let variants: Vec<Variant> = look
            .variants
            .iter()
            .filter_map(|variant| {
                let parts = self.parts(&variant.parts, &look.drawing, files);
                Some(Variant { when: self.reference(&variant.when)?, parts })
            })
            .collect();
        let depth = self.depth(&look.drawing.depth);
        let item = &mut self.layers[layer].traits[usize::from(index)];
        match written {
            Some(parts) => item.parts = parts,
            None => item.parts.iter_mut().for_each(|part| {
                part.own = part.own.or(look.drawing.own);
                part.depth = depth.unwrap_or(part.depth);
            }),
        }
        item.variants = variants;
    }

    /// The parts whose files were found; `all` is what the trait says of each.
    fn parts(&mut self, parts: &[PartConfig], all: &Drawing, files: &PartFiles) -> Vec<TraitPart> {
        let mut found = Vec::new();
        for part in parts {
            let depth =
                self.depth(&part.drawing.depth).or_else(|| self.depth(&all.depth)).unwrap_or_default();
            let Some(path) = files.of(part) else { continue };
            let own = part.drawing.own.or(all.own);
            found.push(TraitPart { depth, own, ..TraitPart::file(path) });
        }
        found
    }

    /// Where a picture comes in the drawing order, if that is said.
    fn depth(&mut self, written: &WrittenDepth) -> Option<Depth> {
        match written {
            WrittenDepth::Unsaid => None,
            WrittenDepth::Z(0) => Some(Depth::Layer),
            WrittenDepth::Z(z) => Some(Depth::Z(*z)),
            WrittenDepth::Below(layer) => self.layer(layer).map(Depth::Below),
            WrittenDepth::Above(layer) => self.layer(layer).map(Depth::Above),
        }
    }

    /// The meaning of a name, without a problem if it has none.
    fn known_meaning(&mut self, named: &Named) -> Option<Meaning> {
        let before = self.problems.len();
        let meaning = self.meaning_of_text(named);
        self.problems.truncate(before);
        meaning
    }

    fn group(&mut self, settings: &GroupSettings) -> Option<Group> {
        let found: Option<Vec<usize>> = settings.layers.iter().map(|name| self.layer(name)).collect();
        let listed = found?;
        let mut layers = listed.clone();
        layers.sort_unstable();
        layers.dedup();
        if layers != listed {
            let group = quoted(&settings.name);
            let what = format!("the layers of group {group} are not in drawing order, or one occurs twice");
            let remedy = "list each once, from back to front; to draw a folder at another depth in another \
             group, add a second [[layers]] table";
            self.problem(settings.span, what, remedy);
            return None;
        }
        // With a layer come the choices inside its choices.
        for (number, layer) in self.layers.iter().enumerate() {
            let belongs = layer.parent.as_ref().is_some_and(|parent| layers.contains(&parent.layer));
            // Background colours are below all kinds of items.
            if (belongs || layer.is_apart) && !layers.contains(&number) {
                layers.push(number);
            }
        }
        layers.sort_unstable();
        Some(Group { name: settings.name.clone(), count: settings.count, layers })
    }

    /// Ties layers by the names of their traits: the others get the weights of the first.
    fn same(&mut self, number: usize, span: Span, names: &[Named]) -> Vec<Rule> {
        let found: Option<Vec<usize>> = names.iter().map(|name| self.layer(name)).collect();
        let Some((leader, followers)) = found.as_deref().and_then(<[usize]>::split_first) else {
            return Vec::new();
        };
        let line = self.source.line(span);
        let mut rules = Vec::new();
        for (&follower, named) in followers.iter().zip(&names[1..]) {
            if follower == *leader {
                self.problem(named.span, "same names one layer twice", "give two layers");
                continue;
            }
            let first = self.layers[*leader].clone();
            let other = &mut self.layers[follower];
            let has = |item: &&Trait| other.traits.iter().any(|known| known.name == item.name);
            let missing: Vec<String> =
                first.traits.iter().filter(|item| !has(item)).map(|item| quoted(&item.name)).collect();
            (other.chance, other.none) = (first.chance, first.none);
            if first.parent.is_some() && other.parent.is_none() {
                other.none = other.none.or(Some(MILLION));
            }
            for item in &mut other.traits {
                let same = first.traits.iter().find(|known| known.name == item.name);
                item.weight = same.map_or(0, |same| same.weight);
            }
            let other = quoted(&other.name);
            if !missing.is_empty() {
                let what = format!(
                    "layer {other} has no trait {}, as layer {} has",
                    missing.join(", "),
                    quoted(&first.name)
                );
                self.problem(named.span, what, "add a picture of that name");
                continue;
            }
            rules.push(Rule { number, line, kind: RuleKind::Same([*leader, follower]) });
        }
        rules
    }

    fn problem(&mut self, span: Span, what: impl Into<String>, remedy: impl Into<Remedy>) {
        self.problems.push(self.source.problem(span, what, remedy));
    }

    /// The number of a tag, which may be new.
    fn tag(&mut self, name: &str) -> u16 {
        let known = self.tags.iter().position(|tag| tag == name);
        let number = known.unwrap_or_else(|| {
            self.tags.push(name.to_owned());
            self.tags.len() - 1
        });
        u16::try_from(number).expect("a configuration of 65536 tags is refused by its size")
    }

    fn rule(&mut self, number: usize, settings: &RuleSettings) -> Vec<Rule> {
        let line = self.source.line(settings.span);
        let mut kinds = Vec::new();
        if let [a, b] = &settings.same_tag[..] {
            if let (Some(a), Some(b)) = (self.layer(a), self.layer(b)) {
                if a == b {
                    self.problem(settings.span, "same_tag names one layer twice", "give two layers");
                } else {
                    kinds.push(RuleKind::SameTag([a.min(b), a.max(b)]));
                }
            }
        } else if let Some(when) = &settings.when {
            let when = self.reference(when);
            let [require, allow, forbid] =
                [&settings.require, &settings.allow, &settings.forbid].map(|list| self.references(list));
            if let Some(when) = when {
                let lists = [
                    (require, RuleKind::Require as fn(_, _) -> _),
                    (allow, RuleKind::Allow),
                    (forbid, RuleKind::Exclude),
                ];
                for (list, kind) in lists {
                    kinds.extend(list.filter(|list| !list.is_empty()).map(|list| kind(when.clone(), list)));
                }
            }
        } else {
            kinds.extend(self.references(&settings.forbid).map(RuleKind::Forbid));
        }
        kinds.into_iter().map(|kind| Rule { number, line, kind }).collect()
    }

    /// All of them, or none if one is not known; each that is not known is a problem.
    fn references(&mut self, written: &[Written]) -> Option<Vec<Reference>> {
        let found: Vec<Option<Reference>> = written.iter().map(|written| self.reference(written)).collect();
        found.into_iter().collect()
    }

    fn reference(&mut self, written: &Written) -> Option<Reference> {
        let (meaning, text) = match written {
            Written::Text(named) => (self.meaning_of_text(named)?, named.name.clone()),
            Written::Parts { layer, item: None } => {
                (Meaning::Absent(self.layer(layer)?), format!("{}/none", layer.name))
            }
            Written::Parts { layer, item: Some(item) } => {
                let number = self.layer(layer)?;
                (self.item(number, item, layer.span)?, format!("{}/{item}", layer.name))
            }
        };
        Some(Reference { text, choices: self.choices(&meaning) })
    }

    fn choices(&self, meaning: &Meaning) -> Vec<Choices> {
        let all = |layer: usize| 0..self.layers[layer].traits.len() as u16;
        match *meaning {
            Meaning::Trait(layer, index) => vec![Choices { layer, any: vec![index] }],
            Meaning::Any(layer) => vec![Choices { layer, any: all(layer).collect() }],
            Meaning::Absent(layer) => vec![Choices { layer, any: vec![ABSENT] }],
            Meaning::Tag(tag) => {
                let tagged = |layer: usize| -> Vec<u16> {
                    let traits = &self.layers[layer].traits;
                    all(layer).filter(|&index| traits[usize::from(index)].tags.contains(&tag)).collect()
                };
                let choices = (0..self.layers.len()).map(|layer| Choices { layer, any: tagged(layer) });
                choices.filter(|choices| !choices.any.is_empty()).collect()
            }
        }
    }

    fn layer_number(&self, name: &str) -> Option<usize> {
        self.layers.iter().position(|layer| layer.name == name)
    }

    fn layer(&mut self, named: &Named) -> Option<usize> {
        let found = self.layer_number(&named.name);
        if found.is_none() {
            let near = nearest(&named.name, self.layers.iter().map(|layer| layer.name.as_str()));
            let remedy = remedy(near, "use one of the project's layers");
            self.problem(named.span, format!("there is no layer {}", quoted(&named.name)), remedy);
        }
        found
    }

    fn item(&mut self, layer: usize, name: &str, span: Span) -> Option<Meaning> {
        let traits = &self.layers[layer].traits;
        if let Some(index) = traits.iter().position(|item| item.name == name) {
            return Some(Meaning::Trait(layer, index as u16));
        }
        if self.is_absent_name(layer, name) {
            return Some(Meaning::Absent(layer));
        }
        let remedy = remedy(
            nearest(name, traits.iter().map(|item| item.name.as_str())),
            "use one of its traits, or none",
        );
        let what = format!("layer {} has no trait {}", quoted(&self.layers[layer].name), quoted(name));
        self.problem(span, what, remedy);
        None
    }

    /// Whether this is the name of one of the layer's pictures of absence.
    fn is_absent_name(&self, layer: usize, name: &str) -> bool {
        self.layers[layer].absent_names.iter().any(|absent| absent == name)
    }

    fn meaning_of_text(&mut self, named: &Named) -> Option<Meaning> {
        let text = named.name.as_str();
        let mut found: Vec<Meaning> = Vec::new();
        if let Some(layer) = self.layer_number(text) {
            found.push(Meaning::Any(layer));
        }
        if let Some(tag) = text.strip_prefix('#').and_then(|tag| self.tags.iter().position(|t| t == tag)) {
            found.push(Meaning::Tag(tag as u16));
        }
        let mut in_layer = None;
        for (at, _) in text.match_indices('/') {
            let (layer, item) = (&text[..at], &text[at + 1..]);
            let Some(layer) = self.layer_number(layer) else { continue };
            in_layer = Some((layer, item));
            let traits = &self.layers[layer].traits;
            if let Some(index) = traits.iter().position(|known| known.name == item) {
                found.push(Meaning::Trait(layer, index as u16));
            }
            if item == "*" {
                found.push(Meaning::Any(layer));
            }
            if item.eq_ignore_ascii_case("none") || self.is_absent_name(layer, item) {
                found.push(Meaning::Absent(layer));
            }
        }
        if found.len() > 1 {
            let what = format!("{} can mean {} things here", quoted(text), found.len());
            let remedy = "write { layer = \"..\", trait = \"..\" } or { layer = \"..\", absent = true }";
            self.problem(named.span, what, remedy);
            return None;
        }
        if let Some(meaning) = found.pop() {
            return Some(meaning);
        }
        if let Some((layer, item)) = in_layer {
            return self.item(layer, item, named.span);
        }
        let (what, near) = match text.strip_prefix('#') {
            Some(tag) => {
                let near = nearest(tag, self.tags.iter().map(String::as_str)).map(|tag| format!("#{tag}"));
                (format!("no trait has the tag {}", quoted(text)), near)
            }
            None => {
                let (layer, item) =
                    text.split_once('/').map_or((text, None), |(layer, item)| (layer, Some(item)));
                let near = nearest(layer, self.layers.iter().map(|layer| layer.name.as_str()));
                let near =
                    near.map(|near| item.map_or_else(|| near.to_owned(), |item| format!("{near}/{item}")));
                (format!("there is no layer {}", quoted(layer)), near)
            }
        };
        let remedy = remedy(near.as_deref(), "write \"Layer/Trait\", \"Layer\", \"Layer/none\" or \"#tag\"");
        self.problem(named.span, what, remedy);
        None
    }
}

fn remedy(near: Option<&str>, otherwise: &str) -> String {
    near.map_or_else(|| otherwise.to_owned(), |near| format!("did you mean {}?", quoted(near)))
}
