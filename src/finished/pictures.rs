//! The pictures of a finished collection by their numbers, for programs that hand them on.
//!
//! What is read is held to the length and the BLAKE3 digest in the manifest, so a file that was changed is refused and never taken
//! for the picture. The digests are at hand before a file is read, as names for its bytes.

use std::path::Path;

use crate::files::{Digest, Folder};
use crate::finished::error::ReportError;
use crate::finished::info::dimensions;
use crate::finished::listed::check_plan;
use crate::output::{Listing, RunHeader, Stems, Written, finished, names, read_listed};
use crate::picture::PictureFormat;

/// The pictures of a finished collection.
#[derive(Debug)]
pub struct Pictures {
    folder: Folder,
    stems: Stems,
    sizes: Vec<u32>,
    /// Ascending.
    editions: Vec<u32>,
    /// Those of each edition in the order of the sizes.
    written: Vec<Written>,
    header: RunHeader,
    collection: Digest,
}

impl Pictures {
    /// Reads the manifest of the collection at `path`: a folder, or a merged collection of shards. Files are only read later.
    ///
    /// # Errors
    /// If there is no finished collection, if its manifest contradicts itself, if the plan is not the one that is listed, or if the first
    /// picture, from which the size follows where the manifest has none, cannot be read.
    pub fn open(path: &Path) -> Result<Self, ReportError> {
        let (folder, listing) = finished(path)?;
        check_plan(&folder, &listing).map_err(|what| ReportError::file(&folder.join(names::PLAN), what))?;
        let Listing { header, items, stems, collection, .. } = listing;
        let sizes = match &header.output_size[..] {
            [] => {
                let [width, height] = dimensions(&folder, &stems.image(items[0].edition))?;
                vec![width.max(height)]
            }
            sizes => sizes.to_vec(),
        };
        let editions = items.iter().map(|item| item.edition).collect();
        let written =
            items.into_iter().flat_map(|item| std::iter::once(item.image).chain(item.more)).collect();
        Ok(Self { folder, stems, sizes, editions, written, header, collection })
    }

    /// How many items there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.editions.len()
    }

    /// Whether there are none, which no finished collection has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.editions.is_empty()
    }

    /// The longer sides of the pictures in pixels, in their order; at least one.
    #[must_use]
    pub fn sizes(&self) -> &[u32] {
        &self.sizes
    }

    /// The format of the pictures.
    #[must_use]
    pub fn format(&self) -> PictureFormat {
        self.stems.format()
    }

    /// What the collection was made from.
    #[must_use]
    pub fn run(&self) -> &RunHeader {
        &self.header
    }

    /// The digest of the collection.
    #[must_use]
    pub fn collection(&self) -> Digest {
        self.collection
    }

    /// What the manifest lists of a picture.
    fn listed(&self, edition: u32, number: usize) -> Option<&Written> {
        let index = self.editions.binary_search(&edition).ok()?;
        self.written[index * self.sizes.len()..][..self.sizes.len()].get(number)
    }

    /// BLAKE3 of the picture of an item in the size of this number, as the manifest lists it; nothing if it lists none.
    #[must_use]
    pub fn digest(&self, edition: u32, number: usize) -> Option<Digest> {
        self.listed(edition, number).map(|written| Digest::from(written.digest))
    }

    /// The file of the picture of an item in the size of this number.
    ///
    /// # Errors
    /// If it cannot be read, or is not the file that the manifest lists.
    pub fn read(&self, edition: u32, number: usize) -> Result<Vec<u8>, ReportError> {
        let name = self.stems.image_of(number, edition);
        let refused = |what: String| ReportError::file(&self.folder.join(&name), what);
        let Some(listed) = self.listed(edition, number) else {
            return Err(refused("the manifest does not list it".to_owned()));
        };
        let mut bytes = Vec::new();
        let look = |piece: &[u8]| bytes.extend_from_slice(piece);
        read_listed(&self.folder, &name, listed.bytes, &mut Vec::new(), look)
            .map_err(|(_, what)| refused(what))?;
        match *blake3::hash(&bytes).as_bytes() == listed.digest {
            true => Ok(bytes),
            false => Err(refused("its bytes are not those that the manifest lists".to_owned())),
        }
    }
}
