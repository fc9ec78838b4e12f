//! What of a configuration makes two collections different ones.

use std::collections::BTreeMap;

use crate::files::Digest;
use crate::project::model::{ColourHandling, Layer, Project};
use crate::project::ones::{Attribute, AttributeValue, One};
use crate::project::part_id::PartId;
use crate::project::rule::{ChoiceLaw, Choices, Rarity, Reference, RuleKind};
use crate::project::trait_part::{Depth, PartImage, Role, TraitPart};

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
            reference.choices.iter().for_each(|choices| self.choices(choices));
        }
    }

    fn choices(&mut self, choices: &Choices) {
        self.number(choices.layer as u64);
        self.number(choices.any.len() as u64);
        choices.any.iter().for_each(|&choice| self.number(choice.into()));
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
                RuleKind::Same(layers) => {
                    self.number(5);
                    self.layers(layers);
                    continue;
                }
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

    fn layer(&mut self, layer: &Layer) {
        self.text(&layer.name);
        self.number(u64::from(layer.chance));
        self.number(u64::from(layer.opacity));
        self.number(u64::from(layer.blend.code()));
        self.number(u64::from(layer.unique));
        layer.offset.into_iter().for_each(|offset| self.number(i64::from(offset) as u64));
        // A weight is at most 10^15, so the largest number is free to mean "no placeholder".
        self.number(layer.none.unwrap_or(u64::MAX));
        self.number(layer.traits.len() as u64);
        for item in &layer.traits {
            self.text(&item.name);
            self.number(item.weight);
        }
    }

    /// Pictures of a trait: where and how they are drawn, not what they show.
    fn parts(&mut self, parts: &[TraitPart]) {
        self.number(parts.len() as u64);
        for TraitPart { image, depth, own } in parts {
            match image {
                PartImage::File(_) => self.number(u64::MAX),
                PartImage::Colour(colour) => self.number(u32::from_le_bytes(*colour).into()),
            }
            let (kind, number) = match *depth {
                Depth::Layer => (0, 0),
                Depth::Z(z) => (1, i64::from(z) as u64),
                Depth::Below(layer) => (2, layer as u64),
                Depth::Above(layer) => (3, layer as u64),
                Depth::Back => (4, 0),
            };
            self.number(kind);
            self.number(number);
            let offset = own.offset.unwrap_or([i32::MIN; 2]);
            self.number(own.offset.is_some().into());
            offset.into_iter().for_each(|offset| self.number(i64::from(offset) as u64));
            // Modes and opacities are small, so the largest number is free to mean "as its layer says".
            self.number(own.blend.map_or(u64::MAX, |blend| u64::from(blend.code())));
            self.number(own.opacity.map_or(u64::MAX, u64::from));
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

/// A part of the configuration: its identifier, and how it is encoded.
type Part = (&'static str, fn(&Project, &mut Encoder));

/// What every project has.
const ALWAYS: [Part; 7] = [
    ("name", |project, out| out.text(&project.name)),
    ("description", |project, out| out.text(&project.description)),
    ("base_uri", |project, out| out.text(&project.base_uri)),
    ("size", |project, out| {
        let (width, height) = project.size.map_or((0, 0), |size| (size.width, size.height));
        out.number(u64::from(width));
        out.number(u64::from(height));
    }),
    ("background", |project, out| {
        out.number(project.background.map_or(u64::MAX, |colour| u64::from(u32::from_le_bytes(colour))));
    }),
    ("fit", |project, out| out.number(project.fit as u64)),
    ("scale_filter", |project, out| out.number(project.scale_filter as u64)),
];

/// What is encoded only where there is something of it: a project without any is what it was before there were such.
struct Optional {
    part: Part,
    is_used: fn(&Project) -> bool,
    /// What is encoded before it.
    tag: &'static str,
}

const WHERE_USED: [Optional; 10] = [
    Optional {
        part: ("distinct", |project, out| out.number(project.distinct.by_pictures().into())),
        is_used: |project| project.distinct.by_pictures(),
        tag: "distinct",
    },
    Optional {
        part: ("colors", |project, out| out.number(project.colors as u64)),
        is_used: |project| project.colors != ColourHandling::default(),
        tag: "colors",
    },
    Optional {
        part: ("ones", |project, out| {
            out.number(project.ones.len() as u64);
            project.ones.iter().for_each(|one| out.one(one));
        }),
        is_used: |project| !project.ones.is_empty(),
        tag: "one-of-ones",
    },
    Optional {
        part: ("rules", |project, out| out.rules(project)),
        is_used: |project| !project.rules.is_empty() || !project.unique_sets.is_empty() || project.duplicates,
        tag: "rules",
    },
    Optional {
        part: ("amounts", |project, out| {
            out.number(project.rarity as u64);
            out.number(project.amounts.len() as u64);
            for amount in &project.amounts {
                for number in
                    [amount.layer as u64, amount.choice.into(), amount.least.into(), amount.most.into()]
                {
                    out.number(number);
                }
            }
        }),
        is_used: |project| !project.amounts.is_empty() || project.rarity != Rarity::Random,
        tag: "amounts",
    },
    Optional {
        part: ("choice", |project, out| out.number(project.choice as u64)),
        is_used: |project| project.choice != ChoiceLaw::default(),
        tag: "choice",
    },
    Optional {
        part: ("choices", |project, out| {
            for (layer, parent) in
                project.layers.iter().filter_map(|layer| Some((layer, layer.parent.as_ref()?)))
            {
                out.text(&layer.name);
                out.choices(parent);
            }
        }),
        is_used: |project| project.layers.iter().any(|layer| layer.parent.is_some()),
        tag: "choices",
    },
    Optional {
        part: ("clips", |project, out| {
            for layer in project.layers.iter().filter(|layer| layer.role() != Role::Drawn) {
                out.text(&layer.name);
                out.number(layer.clip_to.map_or(u64::MAX, |base| base as u64));
                out.layers(&layer.mask_for);
            }
        }),
        is_used: |project| project.layers.iter().any(|layer| layer.role() != Role::Drawn),
        tag: "clips",
    },
    Optional {
        part: ("parts", |project, out| {
            for layer in &project.layers {
                for item in layer.traits.iter().filter(|item| !item.is_plain()) {
                    out.text(&layer.name);
                    out.text(&item.name);
                    out.parts(&item.parts);
                    out.number(item.variants.len() as u64);
                    for variant in &item.variants {
                        out.references(std::slice::from_ref(&variant.when));
                        out.parts(&variant.parts);
                    }
                }
            }
        }),
        is_used: |project| project.layers.iter().flat_map(|layer| &layer.traits).any(|item| !item.is_plain()),
        tag: "parts",
    },
    Optional {
        part: ("groups", |project, out| {
            out.number(project.group_order as u64);
            out.number(project.groups.len() as u64);
            for group in &project.groups {
                out.text(&group.name);
                out.layers(&group.layers);
            }
        }),
        is_used: |project| !project.groups.is_empty(),
        tag: "groups",
    },
];

impl Project {
    /// BLAKE3 over everything of the configuration that shapes pictures, choices or metadata.
    ///
    /// Seed, count, start, the counts of groups and every path are left out: another shard, a longer run and a moved folder are the same
    /// collection. So is `[predict]`: it decides what is loaded early, and never a byte.
    #[must_use]
    pub fn configuration_digest(&self) -> Digest {
        let mut out = Encoder::default();
        out.text("traitpress configuration v1");
        ALWAYS.iter().for_each(|(_, encode)| encode(self, &mut out));
        out.number(self.layers.len() as u64);
        self.layers.iter().for_each(|layer| out.layer(layer));
        for Optional { part: (_, encode), is_used, tag } in &WHERE_USED {
            if is_used(self) {
                out.text(tag);
                encode(self, &mut out);
            }
        }
        out.0.finalize().into()
    }

    /// BLAKE3 of each part of the configuration, so that a message can say what has changed: together
    /// they are what [`Self::configuration_digest`] is taken over, and the order of the layers.
    #[must_use]
    pub fn configuration_parts(&self) -> BTreeMap<PartId, Digest> {
        let digest = |encode: &dyn Fn(&mut Encoder)| {
            let mut out = Encoder::default();
            encode(&mut out);
            Digest::from(out.0.finalize())
        };
        let mut parts = BTreeMap::new();
        let used =
            WHERE_USED.iter().filter(|optional| (optional.is_used)(self)).map(|optional| &optional.part);
        for (id, encode) in ALWAYS.iter().chain(used) {
            parts.insert(PartId::of(id), digest(&|out| encode(self, out)));
        }
        let order = |out: &mut Encoder| self.layers.iter().for_each(|layer| out.text(&layer.name));
        parts.insert(PartId::of("layer_order"), digest(&order));
        for layer in &self.layers {
            parts.insert(PartId::layer(&layer.name), digest(&|out| out.layer(layer)));
        }
        parts
    }
}
