//! What a project is once it is loaded and checked: names, weights and settings, no pixels.

use std::path::PathBuf;

use crate::geometry::Size;
use crate::picture::PictureFormat;
use crate::pixel::Blend;
use crate::project::distinct::Distinct;
use crate::project::layout::Layout;
use crate::project::metadata_settings::MetadataSettings;
use crate::project::ones::One;
use crate::project::rule::{Amount, ChoiceLaw, Choices, Group, GroupOrder, Rarity, Rule, RuleKind};
use crate::project::trait_part::{Role, TraitPart, Variant};

/// One million: weights and odds are kept in millionths, so that selection is integer arithmetic throughout.
pub const MILLION: u64 = 1_000_000;

/// The version of the rules by which folders, names and pictures are read. Another version can choose other items and make
/// other pixels of the same project.
///
/// 2: names lose blanks at both ends; a picture with a name of absence that shows nothing is absence; half-transparent
/// pixels of pictures that are not opaque keep their straight colours; pictures of different colour profiles become sRGB.
pub const READING: u32 = 2;

/// What happens to a trait picture that is not of the canvas size.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Fit {
    /// It is an error.
    #[default]
    Exact,
    /// It is scaled to the largest size of its own proportions that fits the canvas, and centred.
    Scale,
    /// It is placed at its layer's `offset`, cut off at the canvas' edges.
    Place,
    /// It is scaled to the canvas, whatever its proportions.
    Stretch,
}

/// What happens where pictures carry different colour profiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColourHandling {
    /// All become sRGB.
    #[default]
    Convert,
    /// All keep their numbers, and the profiles are left out.
    Keep,
}

/// How pictures are scaled under [`Fit::Scale`] and [`Fit::Stretch`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ScaleFilter {
    /// Nearest neighbour: hard pixel edges stay hard.
    Nearest,
    /// Lanczos with three lobes.
    #[default]
    Lanczos3,
}

/// How the traits of the next items are guessed where there is no plan: the `[predict]` table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PredictSettings {
    /// How many of the last items are remembered, 1 to 10,000.
    pub window: usize,
    /// How alike an earlier item must be to count, in millionths: the Jaccard similarity of the traits that both show.
    pub similarity: u32,
    /// The most traits that are guessed at a time, 1 to 100.
    pub top: usize,
}

impl PredictSettings {
    /// The largest `window`.
    pub const MAX_WINDOW: usize = 10_000;
    /// The largest `top`.
    pub const MAX_TOP: usize = 100;
}

impl Default for PredictSettings {
    fn default() -> Self {
        Self { window: 100, similarity: 700_000, top: 5 }
    }
}

/// One alternative of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trait {
    /// Name in NFC, without weight and extension; unique in its layer.
    pub name: String,
    /// The file or folder that it is named after.
    pub path: PathBuf,
    /// Its pictures: none for a trait that only says something, several for one that is drawn at several depths.
    pub parts: Vec<TraitPart>,
    /// Other pictures where an item shows something else, too; the first that fits counts.
    pub variants: Vec<Variant>,
    /// Relative odds in millionths; 0 is never drawn.
    pub weight: u64,
    /// Numbers of its tags in [`Project::tags`], ascending.
    pub tags: Vec<u16>,
}

/// One folder of alternatives, of which an item shows one or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Display name in NFC, unique in the project.
    pub name: String,
    /// The folder of its pictures, resolved inside the project.
    pub folder: PathBuf,
    /// Odds in millionths that the layer is present at all.
    pub chance: u32,
    /// 0 to 255: `round(255 x opacity)`.
    pub opacity: u8,
    /// How its traits mix with what is below.
    pub blend: Blend,
    /// Whether it counts when items are compared for being distinct.
    pub unique: bool,
    /// Where its pictures' upper left corner goes on the canvas under [`Fit::Place`], in pixels.
    pub offset: [i32; 2],
    /// In natural order of their names; the index is the trait's number in a plan.
    pub traits: Vec<Trait>,
    /// The weight in millionths of absence: of an empty `None` file, and of pictures of absence.
    pub none: Option<u64>,
    /// Names of the pictures of absence: they show nothing, and are called None, Empty, Blank, Nothing or "no ..".
    pub absent_names: Vec<String>,
    /// The traits of an earlier layer with which it is chosen from, for a choice inside a choice: without one of them it is
    /// absent, and its chance and weights hold where one is shown.
    pub parent: Option<Choices>,
    /// Whether its traits are background colours, which are drawn by the seed and the item's number alone: it changes nothing
    /// about what else is chosen, and does not make items different.
    pub is_apart: bool,
    /// The number of the layer that it is clipped to.
    pub clip_to: Option<usize>,
    /// The numbers of the layers that it masks.
    pub mask_for: Vec<usize>,
}

impl Trait {
    /// A trait of one picture, drawn as its layer says.
    pub(crate) fn of_file(name: String, path: PathBuf, weight: u64) -> Self {
        let parts = vec![TraitPart::file(&path)];
        Self { name, path, parts, variants: Vec::new(), weight, tags: Vec::new() }
    }
}

impl Layer {
    /// What its pictures are to those below and above them.
    #[must_use]
    pub fn role(&self) -> Role {
        match (&self.mask_for[..], self.clip_to) {
            ([_, ..], _) => Role::Mask,
            (_, Some(_)) => Role::Clipped,
            _ => Role::Drawn,
        }
    }

    /// Whether an item without this layer is possible (by draw or by plan).
    #[must_use]
    pub fn can_be_absent(&self) -> bool {
        u64::from(self.chance) < MILLION || self.none.is_some()
    }
}

/// A loaded and checked project.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Project {
    /// The project folder, absolute.
    pub root: PathBuf,
    /// The collection's name; the folder's name if the configuration gives none.
    pub name: String,
    /// Text for every item's metadata.
    pub description: String,
    /// The canvas, if the configuration fixes it; else it is the size of the art.
    pub size: Option<Size>,
    /// How many items to make by default.
    pub count: Option<u32>,
    /// The seed of selection.
    pub seed: Option<u64>,
    /// The first item's edition.
    pub start: u32,
    /// What `image` in the metadata starts with; empty for relative.
    pub base_uri: String,
    /// A straight-alpha colour under everything.
    pub background: Option<[u8; 4]>,
    /// What happens to pictures of another size.
    pub fit: Fit,
    /// How they are scaled.
    pub scale_filter: ScaleFilter,
    /// What happens where pictures carry different colour profiles.
    pub colors: ColourHandling,
    /// The longer sides of finished pictures in pixels, of which metadata names the first; none for the art's size. See
    /// [`check_output_sizes`](crate::project::check_output_sizes).
    pub output_size: Vec<u32>,
    /// The format of finished pictures.
    pub picture_format: PictureFormat,
    /// How the files of a collection are arranged; one that collections can have.
    pub layout: Layout,
    /// How the traits of the next items are guessed where there is no plan.
    pub predict: PredictSettings,
    /// The folder that holds the folders of the layers, resolved inside the project.
    pub layers_folder: PathBuf,
    /// Back to front.
    pub layers: Vec<Layer>,
    /// The tags that traits have.
    pub tags: Vec<String>,
    /// What every item obeys.
    pub rules: Vec<Rule>,
    /// Sets of layers, in drawing order, whose traits no two items combine in the same way; absence is a value like any
    /// other. Beside these, items differ in their `unique` layers, unless `duplicates` are allowed.
    pub unique_sets: Vec<Vec<usize>>,
    /// Whether items may be equal.
    pub duplicates: bool,
    /// By what items differ where they may not be equal.
    pub distinct: Distinct,
    /// How the traits of an item are drawn where rules restrict them.
    pub choice: ChoiceLaw,
    /// How many items show some choices.
    pub amounts: Vec<Amount>,
    /// How weights become numbers of items.
    pub rarity: Rarity,
    /// Species, if there are several.
    pub groups: Vec<Group>,
    /// The order of their items.
    pub group_order: GroupOrder,
    /// Pictures that are given whole, each an item of its own, in the order of the configuration.
    pub ones: Vec<One>,
    /// What the metadata says beside the traits, and where it is written.
    pub metadata: MetadataSettings,
    /// Things that do not stop a run but that the artist should see.
    pub warnings: Vec<super::Problem>,
    /// How something was read that can be read in two ways, where nothing is wrong.
    pub notes: Vec<super::Problem>,
}

impl Project {
    /// A project of nothing but layers, where everything else is as if it were not configured.
    pub(crate) fn bare(root: PathBuf, layers: Vec<Layer>) -> Self {
        Self {
            layers_folder: root.join("layers"),
            root,
            name: String::new(),
            description: String::new(),
            size: None,
            count: None,
            seed: None,
            start: 1,
            base_uri: String::new(),
            background: None,
            fit: Fit::Exact,
            scale_filter: ScaleFilter::Nearest,
            colors: ColourHandling::default(),
            output_size: Vec::new(),
            picture_format: PictureFormat::Png,
            layout: Layout::Flat,
            predict: PredictSettings::default(),
            layers,
            tags: Vec::new(),
            rules: Vec::new(),
            unique_sets: Vec::new(),
            duplicates: false,
            distinct: Distinct::Items,
            choice: ChoiceLaw::default(),
            amounts: Vec::new(),
            rarity: Rarity::Random,
            groups: Vec::new(),
            group_order: GroupOrder::Shuffled,
            ones: Vec::new(),
            metadata: MetadataSettings::default(),
            warnings: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The folders of the art: that of each layer, and the one that holds them, unless that is the project's own folder.
    pub fn art_folders(&self) -> impl Iterator<Item = &PathBuf> {
        let home = Some(&self.layers_folder).filter(|home| **home != self.root);
        self.layers.iter().map(|layer| &layer.folder).chain(home)
    }

    /// How many items the configuration asks for, one-of-ones included: its `count`, or else what its groups have together.
    #[must_use]
    pub fn items_asked(&self) -> Option<u32> {
        let groups = self.groups.iter().fold(0u32, |sum, group| sum.saturating_add(group.count));
        let ones = u32::try_from(self.ones.len()).unwrap_or(u32::MAX);
        self.count.or((groups > 0).then_some(groups.saturating_add(ones)))
    }

    /// The layer whose trait decides that of a layer, where a rule says that both show the same.
    pub(crate) fn leader_of(&self, layer: usize) -> Option<usize> {
        self.rules.iter().find_map(|rule| match rule.kind {
            RuleKind::Same([leader, follower]) if follower == layer => Some(leader),
            _ => None,
        })
    }

    /// Whether an item with these traits chooses from a layer: whether it shows a trait that the layer belongs to, where it
    /// belongs to some.
    pub(crate) fn asks_for(&self, layer: usize, row: &[u16]) -> bool {
        self.layers[layer].parent.as_ref().is_none_or(|parent| parent.has(row[parent.layer]))
    }

    /// Whether an item without a layer is possible, of some group if there are groups.
    #[must_use]
    pub fn can_be_absent(&self, layer: usize) -> bool {
        let of = &self.layers[layer];
        of.can_be_absent()
            || of.parent.is_some()
            || self.groups.iter().any(|group| !group.layers.contains(&layer))
    }
}
