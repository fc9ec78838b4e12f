//! A project of another program in the terms of this library: what every reader gives and the writer takes.

use std::path::PathBuf;
use std::sync::Arc;

use crate::import::notes::Notes;
use crate::import::value::Value;

/// The programs whose projects are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Peer {
    /// HashLips art engine 1.0 and 1.1, and its forks.
    HashLips,
    /// nftchef's art engine.
    Nftchef,
    /// nft-generator-py, as JSON or as Python literals.
    NftGeneratorPy,
    /// generative-art-nft.
    GenerativeArtNft,
    /// nft-art-maker.
    NftArtMaker,
    /// nft-studio: the zip of a project.
    NftStudio,
    /// HashLips Lab art engine 2.
    ArtEngine2,
    /// Aseprite: one file.
    Aseprite,
    /// Photoshop: one PSD file.
    Psd,
    /// The metadata and layers of a finished collection.
    Collection,
}

impl Peer {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::HashLips => "HashLips art engine",
            Self::Nftchef => "nftchef art engine",
            Self::NftGeneratorPy => "nft-generator-py",
            Self::GenerativeArtNft => "generative-art-nft",
            Self::NftArtMaker => "nft-art-maker",
            Self::NftStudio => "nft-studio",
            Self::ArtEngine2 => "HashLips Lab art engine 2",
            Self::Aseprite => "Aseprite",
            Self::Psd => "Photoshop",
            Self::Collection => "a finished collection",
        }
    }
}

/// The key of the note that the number of items is in no file.
pub(crate) const NO_COUNT: &str = "number of items";

/// A project of another program.
#[derive(Debug)]
pub(crate) struct Imported {
    pub(crate) peer: Peer,
    /// The file of the source that has the settings, below the source.
    pub(crate) configuration: String,
    pub(crate) settings: Settings,
    /// In drawing order; choices within a choice follow it.
    pub(crate) layers: Vec<Layer>,
    /// Empty where all items are of one kind.
    pub(crate) groups: Vec<Group>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) ones: Vec<One>,
    pub(crate) notes: Notes,
}

/// What is said of the collection as a whole. None is our default.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The name of the items, in front of their numbers.
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) size: Option<[u32; 2]>,
    pub(crate) count: Option<u32>,
    pub(crate) start: Option<u32>,
    pub(crate) base_uri: Option<String>,
    pub(crate) background: Option<Background>,
    /// Whether pictures of another size are scaled to the canvas without keeping their proportions.
    pub(crate) stretches: bool,
    /// Whether they are placed at the offsets of layers and parts, unscaled.
    pub(crate) places: bool,
    /// Whether scaled pixels keep hard edges.
    pub(crate) nearest: bool,
    pub(crate) duplicates: bool,
    /// Whether groups follow each other; else they are shuffled.
    pub(crate) listed: bool,
    /// Whether traits are chosen layer by layer among what is left.
    pub(crate) sequential: bool,
    /// Whether finished pictures are JPEG files.
    pub(crate) jpeg: bool,
    /// Settings of `[metadata]`: keys, and values as TOML.
    pub(crate) metadata: Vec<(&'static str, String)>,
    /// Attributes of every item, each with its display type.
    pub(crate) attributes: Vec<(String, Value, Option<String>)>,
    /// Display types of layers' attributes.
    pub(crate) display_types: Vec<(String, String)>,
}

/// What is below all layers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Background {
    /// A straight-alpha colour.
    Colour([u8; 4]),
    /// A random hue for each item; saturation and lightness in percent.
    RandomHue { saturation: u32, lightness: u32 },
}

/// Alternatives of which an item shows one.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// The name that it should have.
    pub(crate) name: String,
    /// Its name in metadata where that is another.
    pub(crate) display_name: Option<String>,
    /// Where its pictures come from; layers with the same place share their pictures.
    pub(crate) origin: String,
    pub(crate) traits: Vec<Trait>,
    pub(crate) none: Option<Absence>,
    /// The probability that an item has the layer at all.
    pub(crate) chance: Option<f64>,
    pub(crate) hidden: bool,
    pub(crate) unique: bool,
    pub(crate) opacity: f64,
    /// As CSS names it; none for normal.
    pub(crate) blend: Option<String>,
    pub(crate) offset: Option<[i32; 2]>,
    /// For a choice within a choice: the trait that it belongs to.
    pub(crate) parent: Option<Parent>,
    /// Whether metadata lists such a choice in place of its trait.
    pub(crate) replaces_parent: bool,
}

/// The trait that a choice is within.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Parent {
    /// The number of the layer.
    pub(crate) layer: usize,
    /// The number of the trait in it.
    pub(crate) item: usize,
}

impl Layer {
    /// A layer that is always there and mixes normally.
    pub(crate) fn new(name: impl Into<String>, origin: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            display_name: None,
            origin: origin.into(),
            traits: Vec::new(),
            none: None,
            chance: None,
            hidden: false,
            unique: true,
            opacity: 1.0,
            blend: None,
            offset: None,
            parent: None,
            replaces_parent: false,
        }
    }

    /// What its attribute is called.
    pub(crate) fn shown_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.name)
    }
}

/// That a layer shows nothing, as one of its choices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Absence {
    pub(crate) weight: f64,
    /// What metadata says of it; none if it is left out.
    pub(crate) shown: Option<String>,
    pub(crate) origin: String,
}

/// One alternative of a layer.
#[derive(Clone, Debug)]
pub(crate) struct Trait {
    /// The name that it should have.
    pub(crate) name: String,
    /// Its value in metadata where that is another.
    pub(crate) display_name: Option<String>,
    pub(crate) weight: f64,
    /// The exact number of items that show it.
    pub(crate) count: Option<u32>,
    /// The pictures that it shows; none if it shows nothing.
    pub(crate) parts: Vec<Part>,
    pub(crate) variants: Vec<Variant>,
    /// Further attributes of metadata.
    pub(crate) attributes: Vec<(String, String)>,
}

impl Trait {
    /// A trait of one picture.
    pub(crate) fn of(name: impl Into<String>, weight: f64, part: Part) -> Self {
        Self {
            name: name.into(),
            display_name: None,
            weight,
            count: None,
            parts: vec![part],
            variants: Vec::new(),
            attributes: Vec::new(),
        }
    }

    /// Its value in metadata.
    pub(crate) fn shown_name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.name)
    }
}

/// One picture of a trait.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) art: Art,
    /// The file below the source, for comments.
    pub(crate) origin: String,
    /// Its place in the drawing order: 0 with its layer, less behind all, more in front of all.
    pub(crate) z: i32,
    pub(crate) offset: Option<[i32; 2]>,
    /// None: that of the layer.
    pub(crate) opacity: Option<f64>,
    /// None: that of the layer.
    pub(crate) blend: Option<String>,
    /// The choice within the trait that it is drawn above, if there is one: the number of its layer.
    pub(crate) above: Option<usize>,
    /// Its place among the pictures of its layer in the source, as text, where that decides the drawing order.
    pub(crate) place: String,
}

impl Part {
    /// A picture that is drawn with its layer.
    pub(crate) fn of(art: Art, origin: impl Into<String>) -> Self {
        Self {
            art,
            origin: origin.into(),
            z: 0,
            offset: None,
            opacity: None,
            blend: None,
            above: None,
            place: String::new(),
        }
    }
}

/// Pictures that replace those of a trait where another trait shows.
#[derive(Clone, Debug)]
pub(crate) struct Variant {
    pub(crate) when: Choice,
    pub(crate) parts: Vec<Part>,
}

/// A picture's bytes.
#[derive(Clone, Debug)]
pub(crate) enum Art {
    /// A file.
    File(PathBuf),
    /// Bytes from within another file, and the extension that they have there.
    Bytes(Arc<[u8]>, &'static str),
}

/// A kind of item.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) count: u32,
    /// Numbers of its layers, in drawing order.
    pub(crate) layers: Vec<usize>,
}

/// A choice of a layer, by numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Trait(usize, usize),
    Absent(usize),
}

/// What holds where `when` is chosen.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub(crate) when: Choice,
    pub(crate) kind: RuleKind,
    pub(crate) choices: Vec<Choice>,
    /// Where the source says it.
    pub(crate) origin: String,
}

/// The conditions of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuleKind {
    Forbid,
    Require,
    Allow,
}

/// A finished picture.
#[derive(Clone, Debug)]
pub(crate) struct One {
    pub(crate) name: String,
    pub(crate) art: Art,
    pub(crate) origin: String,
    pub(crate) attributes: Vec<(String, Value)>,
}
