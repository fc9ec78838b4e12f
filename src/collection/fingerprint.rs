//! What of a configuration makes two collections different ones.

use super::ones::{Attribute, AttributeValue, One};
use super::project::Project;
use super::rule::{Rarity, Reference, RuleKind};

/// Fields one after the other: numbers as eight bytes, texts after their length, so that no two configurations
/// share an encoding.
#[derive(Default)]
struct Encoder(blake3::Hasher);

impl Encoder {
    fn number(&mut self, value: u64) {
        self.0.update(&value.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text.as_bytes());
    }

    fn layers(&mut self, layers: &[usize]) {
        self.number(layers.len() as u64);
        layers.iter().for_each(|&layer| self.number(layer as u64));
    }

    fn references(&mut self, references: &[Reference]) {
        self.number(references.len() as u64);
        for reference in references {
            self.number(reference.choices.len() as u64);
            for choices in &reference.choices {
                self.number(choices.layer as u64);
                self.number(choices.any.len() as u64);
                choices.any.iter().for_each(|&choice| self.number(choice.into()));
            }
        }
    }

    /// What items must obey; not how it is worded.
    fn rules(&mut self, project: &Project) {
        self.number(project.duplicates.into());
        self.number(project.unique_sets.len() as u64);
        project.unique_sets.iter().for_each(|set| self.layers(set));
        self.number(project.rules.len() as u64);
        for rule in &project.rules {
            let (kind, when, list): (u64, &[Reference], &[Reference]) = match &rule.kind {
                RuleKind::Forbid(list) => (0, &[], list),
                RuleKind::Require(when, list) => (1, std::slice::from_ref(when), list),
                RuleKind::Allow(when, list) => (2, std::slice::from_ref(when), list),
                RuleKind::Exclude(when, list) => (3, std::slice::from_ref(when), list),
                RuleKind::SameTag(layers) => {
                    self.number(4);
                    self.layers(layers);
                    // Only such a rule looks at the tags themselves; references have been resolved.
                    for item in layers.iter().flat_map(|&layer| &project.layers[layer].traits) {
                        self.number(item.tags.len() as u64);
                        item.tags.iter().for_each(|&tag| self.text(&project.tags[usize::from(tag)]));
                    }
                    continue;
                }
            };
            self.number(kind);
            self.references(when);
            self.references(list);
        }
    }

    fn one(&mut self, one: &One) {
        self.text(&one.name);
        // Editions have 32 bits, so the largest number is free to mean "at random".
        self.number(one.edition.map_or(u64::MAX, u64::from));
        self.number(one.attributes.len() as u64);
        for Attribute { name, value } in &one.attributes {
            self.text(name);
            let (kind, bits) = match value {
                AttributeValue::Text(text) => {
                    self.text(text);
                    continue;
                }
                AttributeValue::Integer(number) => (u64::MAX, *number as u64),
                AttributeValue::Float(number) => (u64::MAX - 1, number.to_bits()),
                AttributeValue::Boolean(boolean) => (u64::MAX - 2, u64::from(*boolean)),
            };
            // No text is so long.
            self.number(kind);
            self.number(bits);
        }
    }
}

impl Project {
    /// BLAKE3 over everything of the configuration that shapes pictures, choices or metadata.
    ///
    /// Seed, count, start, the counts of groups and every path are left out: another shard, a longer run and a moved folder are the same
    /// collection. So is `[predict]`: it decides what is loaded early, and never a byte.
    #[must_use]
    pub fn configuration_digest(&self) -> blake3::Hash {
        let mut out = Encoder::default();
        for text in ["traitpress configuration v1", &self.name, &self.description, &self.base_uri] {
            out.text(text);
        }
        let (width, height) = self.size.map_or((0, 0), |size| (size.width, size.height));
        out.number(u64::from(width));
        out.number(u64::from(height));
        out.number(self.background.map_or(u64::MAX, |colour| u64::from(u32::from_le_bytes(colour))));
        out.number(self.fit as u64);
        out.number(self.scale_filter as u64);
        out.number(self.layers.len() as u64);
        for layer in &self.layers {
            out.text(&layer.name);
            out.number(u64::from(layer.chance));
            out.number(u64::from(layer.opacity));
            out.number(u64::from(layer.blend.code()));
            out.number(u64::from(layer.unique));
            layer.offset.into_iter().for_each(|offset| out.number(i64::from(offset) as u64));
            // A weight is at most 10^15, so the largest number is free to mean "no placeholder".
            out.number(layer.none.unwrap_or(u64::MAX));
            out.number(layer.traits.len() as u64);
            for item in &layer.traits {
                out.text(&item.name);
                out.number(item.weight);
            }
        }
        // A project without any is what it was before there were such.
        if !self.ones.is_empty() {
            out.text("one-of-ones");
            out.number(self.ones.len() as u64);
            self.ones.iter().for_each(|one| out.one(one));
        }
        if !self.rules.is_empty() || !self.unique_sets.is_empty() || self.duplicates {
            out.text("rules");
            out.rules(self);
        }
        if !self.amounts.is_empty() || self.rarity != Rarity::Random {
            out.text("amounts");
            out.number(self.rarity as u64);
            out.number(self.amounts.len() as u64);
            for amount in &self.amounts {
                for number in
                    [amount.layer as u64, amount.choice.into(), amount.least.into(), amount.most.into()]
                {
                    out.number(number);
                }
            }
        }
        if !self.groups.is_empty() {
            out.text("groups");
            out.number(self.group_order as u64);
            out.number(self.groups.len() as u64);
            for group in &self.groups {
                out.text(&group.name);
                out.layers(&group.layers);
            }
        }
        out.0.finalize()
    }
}
