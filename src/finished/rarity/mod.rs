//! What is rare in a finished collection: counts, shares, and the rank of every item.
//!
//! [`read`] needs nothing but the folder: `plan.json` says by name what each item shows, `json/_metadata.json` what it is
//! called, and both must be the files that the manifest lists (`files`). With the project at hand,
//! [`Rarity::compare`] adds what was asked for.
//!
//! What counts:
//!
//! - what the metadata shows, as a marketplace sees it (`shown`): layers and traits of one displayed name are one, and layers
//!   that are hidden are none;
//! - that a layer is absent is a choice like any other, also where an item's group does not have the layer;
//! - one-of-ones show no traits. They are not counted in shares, and are rarer than all other items: they share rank 1
//!   under both scores, which of them there are none;
//! - equals share the better rank, and as many ranks are left out behind them (1, 2, 2, 4).

mod asked;
mod count;
pub(crate) mod files;
mod metadata;
pub(crate) mod plan;
mod score;
mod shown;
mod tables;

pub use asked::Asked;
pub use score::Score;

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::{PathIo, ThreadsError};
use crate::files::Digest;
use crate::finished::equal::{EqualPictures, equal_pictures};
use crate::finished::error::ReportError;
use crate::finished::rarity::count::{Counted, count};
use crate::finished::rarity::metadata::WithAttributes;
use crate::finished::rarity::plan::{NamedPlan, Names};
use crate::finished::rarity::score::Scores;
use crate::finished::rarity::shown::Shown;
use crate::output::{
    Listing, MetadataInputs, Record, RunHeader, ShardSet, Stems, finished, names, open_place,
};
use crate::project::Credit;
use crate::telemetry::Observer;
use crate::threads::thread_count;

/// What is rare in a collection.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rarity {
    /// The folder that it was read from.
    pub folder: PathBuf,
    /// The collection's name, if the names of its items contain it; otherwise empty.
    pub name: String,
    /// The digest of the collection.
    pub collection: Digest,
    /// The layers that the metadata shows, in the order of the first of each name.
    pub layers: Vec<LayerCounts>,
    /// Names of the layers that the metadata hides; they are not counted.
    pub hidden: Vec<String>,
    /// Names of the groups, if there are any.
    pub groups: Vec<String>,
    /// Who made the traits that items show, as far as the project says.
    pub credits: Vec<TraitCredit>,
    /// What items cannot show as often as was asked for or expected, because they must differ, with the most items that
    /// can: in the project's names, where [`Self::compare`] was given the project.
    pub limits: Vec<(String, u32)>,
    /// How many items are no one-of-ones: what shares are shares of.
    pub drawn: u32,
    /// All items, by ascending edition.
    pub items: Vec<RankedItem>,
    /// What the run was made from.
    pub(crate) run: RunHeader,
    /// The pictures, in the order of the items.
    pub(crate) pictures: Vec<Record>,
    /// What they are called.
    pub(crate) stems: Stems,
    /// The layers of the plan as the metadata shows them.
    shown: Shown,
}

/// How often a layer's traits are shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LayerCounts {
    /// The layer's displayed name.
    pub name: String,
    /// What its items show, the most frequent first; equals by name, absence last.
    pub choices: Vec<ChoiceCount>,
    /// What single items show, each as ascending places in `choices`: one place, and several only where layers of one
    /// displayed name show different things together. As long as no item shows several, the n-th set is the n-th choice.
    #[serde(skip)]
    pub sets: Vec<Box<[u32]>>,
}

/// How often a trait is shown, or a layer is absent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ChoiceCount {
    /// The trait's displayed name, or what is displayed of an absent layer; none if nothing is.
    pub name: Option<String>,
    /// Items that show it, one-of-ones apart.
    pub items: u32,
    /// The same as a part of all items, one-of-ones apart.
    pub share: f64,
    /// What was asked for, where [`Rarity::compare`] was given the project.
    #[serde(flatten)]
    pub asked: Option<Asked>,
}

/// Who made a trait.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraitCredit {
    /// The name of its layer.
    pub layer: String,
    /// Its name.
    pub name: String,
    /// Who made it.
    pub credit: Credit,
}

/// An item and how rare it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RankedItem {
    /// Its number.
    pub edition: u32,
    /// Its name, as the metadata says it.
    pub name: String,
    /// Its group's number in [`Rarity::groups`].
    pub group: Option<u16>,
    /// What it is made of.
    pub kind: ItemKind,
    /// Its rank by information content; 1 is the rarest.
    pub rank_information: u32,
    /// Its rank by trait-rarity score; 1 is the rarest.
    pub rank_trait: u32,
}

/// What an item is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ItemKind {
    /// Traits.
    Drawn {
        /// For each layer, the place of what it shows in [`LayerCounts::sets`].
        choices: Box<[u32]>,
        /// Its information content in bits.
        information: Score,
        /// Its trait-rarity score.
        score: Score,
    },
    /// A picture that was given whole.
    One {
        /// Names and values of its attributes.
        attributes: Vec<(String, String)>,
    },
}

impl RankedItem {
    /// Its information content in bits; one-of-ones have none.
    #[must_use]
    pub fn information(&self) -> Option<Score> {
        match self.kind {
            ItemKind::Drawn { information, .. } => Some(information),
            ItemKind::One { .. } => None,
        }
    }

    /// Its trait-rarity score; one-of-ones have none.
    #[must_use]
    pub fn score(&self) -> Option<Score> {
        match self.kind {
            ItemKind::Drawn { score, .. } => Some(score),
            ItemKind::One { .. } => None,
        }
    }

    /// For each layer the place of what it shows in [`LayerCounts::sets`]; a one-of-one shows nothing.
    #[must_use]
    pub fn choices(&self) -> &[u32] {
        match &self.kind {
            ItemKind::Drawn { choices, .. } => choices,
            ItemKind::One { .. } => &[],
        }
    }
}

impl Rarity {
    /// Finds the pictures that are equal, pixel by pixel. Pictures that are not in the folder any more are left out.
    ///
    /// # Errors
    /// If the folder cannot be opened, or threads cannot be started.
    pub fn equal_pictures(
        &self,
        threads: Option<NonZeroUsize>,
        observer: &dyn Observer,
    ) -> Result<EqualPictures, ReportError> {
        let folder = open_place(&self.folder).map_err(PathIo::on("read", &self.folder))?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(thread_count(threads)).build();
        let pool = pool.map_err(ThreadsError)?;
        Ok(pool.install(|| equal_pictures(&folder, &self.pictures, &self.stems, observer)))
    }

    /// Places in [`Self::items`], the rarest by information content first, equals by ascending edition.
    #[must_use]
    pub fn by_information(&self) -> Vec<usize> {
        self.ranked(|item| item.rank_information)
    }

    /// The same by trait-rarity score.
    #[must_use]
    pub fn by_trait_rarity(&self) -> Vec<usize> {
        self.ranked(|item| item.rank_trait)
    }

    fn ranked(&self, rank: impl Fn(&RankedItem) -> u32) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.items.len()).collect();
        // Stable, and items are in the order of their editions.
        order.sort_by_key(|&item| rank(&self.items[item]));
        order
    }
}

/// Reads the finished collection in `folder` and ranks its items.
///
/// # Errors
/// If there is no finished collection, or its manifest, plan or metadata are not what they were when it was made.
pub fn read(folder: &Path) -> Result<Rarity, ReportError> {
    let (open, listing) = finished(folder)?;
    let (path, plan) = files::plan(&open, &listing)?;
    let order = order_of(&plan, &listing).map_err(|what| ReportError::file(&path, what))?;
    let is_one = |&(_, item): &(u32, usize)| plan.items.one(item).is_some();
    let ones: HashSet<u32> = order.iter().filter(|item| is_one(item)).map(|&(edition, _)| edition).collect();
    let path = open.join(names::ALL_METADATA);
    let documents = match &listing.header.metadata {
        // Standards write names in different ways, and some write none.
        Some(told) => {
            let items = &plan.items;
            let document =
                |&(edition, item)| metadata::Document::told(told, edition, items.one(item), items.name(item));
            order.iter().map(document).collect()
        }
        None if listing.has_documents && ShardSet::of(&open).is_some_and(|set| !set.metadata) => {
            metadata::of_items(&open, &listing, (&order, &plan.items))?
        }
        None => {
            let listed = listing.other(names::ALL_METADATA);
            files::parse(&open, names::ALL_METADATA, listed, WithAttributes(&ones))?
        }
    };
    if !documents.iter().map(|document| document.edition).eq(order.iter().map(|&(edition, _)| edition)) {
        return Err(ReportError::file(&path, "its items are not those listed in the manifest"));
    }
    Ok(rank(folder, plan, &order, documents, listing))
}

/// The items in the order of their editions: each edition, and its item's place in the plan.
fn order_of(plan: &NamedPlan, listing: &Listing) -> Result<Vec<(u32, usize)>, String> {
    let items = 0..plan.document.count;
    let mut order: Vec<(u32, usize)> = items.map(|item| (plan.document.edition(item), item)).collect();
    order.sort_unstable();
    let listed = listing.items.iter().map(|item| item.edition);
    if order.iter().map(|&(edition, _)| edition).eq(listed) {
        Ok(order)
    } else {
        Err("its items are not those listed in the manifest".to_owned())
    }
}

/// Counts and ranks.
fn rank(
    folder: &Path,
    plan: NamedPlan,
    order: &[(u32, usize)],
    documents: Vec<metadata::Document>,
    listing: Listing,
) -> Rarity {
    let shown = Shown::new(plan.document.layers.clone(), listing.header.metadata.as_ref());
    let Counted { layers, rows } = count(&plan, &shown);
    let NamedPlan { document: plan, items } = plan;
    // Rows are in the order of the plan; one-of-ones have none.
    let mut rows_before = 0;
    let row_of: Vec<Option<usize>> = (0..plan.count)
        .map(|item| {
            let is_drawn = items.one(item).is_none();
            rows_before += usize::from(is_drawn);
            is_drawn.then(|| rows_before - 1)
        })
        .collect();
    let drawn = rows_before as u32;
    let scores = scores(drawn, &layers, &rows);
    let (by_information, by_rarity) = (scores.ranks_by_information(), scores.ranks_by_rarity());
    let choices = |number: usize| -> Box<[u32]> { rows.iter().map(|row| row[number]).collect() };
    let ones = (plan.count - drawn as usize) as u32;
    let ranked = order.iter().zip(documents).map(|(&(edition, place), document)| {
        let group = items.group(place);
        let (kind, rank_information, rank_trait) = match row_of[place] {
            Some(number) => {
                let (information, score) = (scores.information(number), scores.rarity(number));
                let kind = ItemKind::Drawn { choices: choices(number), information, score };
                (kind, ones + by_information[number], ones + by_rarity[number])
            }
            None => {
                let pair = |attribute: metadata::Attribute| (attribute.trait_type, attribute.value);
                let attributes = document.attributes.into_iter().map(pair).collect();
                (ItemKind::One { attributes }, 1, 1)
            }
        };
        RankedItem { edition, name: document.name, group, kind, rank_information, rank_trait }
    });
    let ranked: Vec<RankedItem> = ranked.collect();
    // An item's name is the collection's and its number, where it has none of its own.
    let is_counted = |place: usize| items.one(place).is_none() && items.name(place).is_none();
    let named = ranked.iter().zip(order).find(|(_, (_, place))| is_counted(*place)).map(|(item, _)| item);
    let name = match &listing.header.metadata {
        Some(told) => Some(told.name.as_str()),
        None => named.and_then(|item| item.name.strip_suffix(&format!(" #{}", item.edition))),
    };
    let (name, folder) = (name.unwrap_or_default().to_owned(), folder.to_owned());
    let Listing { header: run, items: pictures, stems, collection, .. } = listing;
    let groups = items.groups.names;
    let hidden = shown.hidden();
    let credits = credits(&plan.layers, &items.traits, run.metadata.as_ref());
    Rarity {
        limits: Vec::new(),
        folder,
        name,
        collection,
        layers,
        hidden,
        groups,
        credits,
        drawn,
        items: ranked,
        run,
        pictures,
        stems,
        shown,
    }
}

/// Who made the traits that items show, in the order of the layers and of the names.
fn credits(layers: &[String], traits: &[Names], told: Option<&MetadataInputs>) -> Vec<TraitCredit> {
    let mut found = Vec::new();
    for (layer, used) in layers.iter().zip(traits) {
        let text = told.and_then(|told| told.settings.layers.get(layer));
        for (name, credit) in text.into_iter().flat_map(|text| &text.credits) {
            if used.names.contains(name) {
                found.push(TraitCredit { layer: layer.clone(), name: name.clone(), credit: credit.clone() });
            }
        }
    }
    found
}

/// The scores of all items that are no one-of-ones, from how many items show each thing that they show.
fn scores(drawn: u32, layers: &[LayerCounts], rows: &[Vec<u32>]) -> Scores {
    let widest = |layer: &LayerCounts| layer.sets.iter().map(|set| set.len()).max().unwrap_or(0);
    let width: usize = layers.iter().map(widest).sum();
    let mut counts = Vec::with_capacity(drawn as usize * width);
    for item in 0..drawn as usize {
        let end = counts.len() + width;
        for (layer, row) in layers.iter().zip(rows) {
            let set = &layer.sets[row[item] as usize];
            counts.extend(set.iter().map(|&place| layer.choices[place as usize].items));
        }
        counts.resize(end, 0);
    }
    Scores::new(drawn, width, counts)
}
