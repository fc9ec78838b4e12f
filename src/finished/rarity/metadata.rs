//! The names of items, and what one-of-ones say of themselves: from the manifest, where it keeps what metadata was made
//! by, and else from `json/_metadata.json`, or the items' own documents.
//!
//! That file is read as a stream; of other items than one-of-ones nothing is kept but the name.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use crate::files::Folder;
use crate::finished::error::ReportError;
use crate::finished::rarity::files;
use crate::finished::rarity::plan::NamedItems;
use crate::output::{AsText, Listing, MetadataInputs};

/// What is kept of a document.
#[derive(Debug, Deserialize)]
pub(crate) struct Document {
    pub(crate) name: String,
    pub(crate) edition: u32,
    #[serde(default)]
    pub(crate) attributes: Vec<Attribute>,
}

impl Document {
    /// The content of an item's document, made from `inputs`: of the one-of-one called `one`, or of another item, which may have a
    /// name of its own.
    pub(crate) fn told(
        told: &MetadataInputs,
        edition: u32,
        one: Option<&str>,
        own_name: Option<&str>,
    ) -> Self {
        let Some(one) = one else {
            let width = usize::from(told.settings.number_width);
            let name = own_name.map_or_else(|| format!("{} #{edition:0width$}", told.name), str::to_owned);
            return Self { name, edition, attributes: Vec::new() };
        };
        let own = told.ones.get(one).map_or(&[][..], Vec::as_slice);
        let is_own = |fixed: &&crate::project::Attribute| own.iter().any(|own| own.name == fixed.name);
        let fixed = told.settings.attributes.iter().filter(|fixed| !is_own(fixed));
        let attributes = own.iter().chain(fixed).map(|attribute| Attribute {
            trait_type: attribute.name.clone(),
            value: AsText(&attribute.value).to_string(),
        });
        Self { name: one.to_owned(), edition, attributes: attributes.collect() }
    }
}

/// One attribute.
#[derive(Debug, Deserialize)]
pub(crate) struct Attribute {
    pub(crate) trait_type: String,
    #[serde(deserialize_with = "text")]
    pub(crate) value: String,
}

/// A text, number or boolean as text.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    use serde::de::Error;
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        value @ (serde_json::Value::Number(_) | serde_json::Value::Bool(_)) => Ok(value.to_string()),
        _ => Err(D::Error::custom("the value of an attribute is neither a string nor a number")),
    }
}

/// The documents of items, `order` with each edition and its item's place in the plan, where there is no file of all of them: shards
/// can be merged without it. Those of one-of-ones and of items with a name of their own are read; the others are called as the
/// first of them is, with their own numbers.
///
/// # Errors
/// If a file is missing, or is not what the manifest lists.
pub(crate) fn of_items(
    folder: &Folder,
    listing: &Listing,
    (order, items): (&[(u32, usize)], &NamedItems),
) -> Result<Vec<Document>, ReportError> {
    let mut common: Option<String> = None;
    let mut documents = Vec::with_capacity(order.len());
    for (&(edition, item), record) in order.iter().zip(&listing.items) {
        let is_numbered = items.one(item).is_none() && items.name(item).is_none();
        if let Some(name) = common.as_ref().filter(|_| is_numbered) {
            documents.push(Document { name: format!("{name} #{edition}"), edition, attributes: Vec::new() });
            continue;
        }
        let name = listing.stems.metadata(edition);
        let document: Document = files::parse(folder, &name, &record.metadata, PhantomData)?;
        if is_numbered {
            common = document.name.strip_suffix(&format!(" #{edition}")).map(str::to_owned);
        }
        documents.push(document);
    }
    Ok(documents)
}

/// Reads all documents, and keeps the attributes of those with these editions.
pub(crate) struct WithAttributes<'a>(pub(crate) &'a HashSet<u32>);

impl<'de> DeserializeSeed<'de> for WithAttributes<'_> {
    type Value = Vec<Document>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for WithAttributes<'_> {
    type Value = Vec<Document>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of metadata documents")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut documents = Vec::new();
        while let Some(mut document) = seq.next_element::<Document>()? {
            if !self.0.contains(&document.edition) {
                document.attributes = Vec::new();
            }
            documents.push(document);
        }
        Ok(documents)
    }
}
