//! What a finished collection is: the facts that people look for before they read, share or continue one.
//!
//! All of it comes from the manifest, the plan and the heads of the first item's pictures, so the answer is quick for any number of
//! items. Whether the files are those of the manifest is the question of `verify`.

use std::io::BufReader;
use std::path::Path;

use serde::Serialize;

use crate::files::{Digest, Folder};
use crate::finished::error::ReportError;
use crate::finished::listed::project_of;
use crate::output::{Listing, finished};
use crate::picture::PictureFormat;
use crate::pool::is_pool;

/// What a finished collection is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CollectionInfo {
    /// Program and version that made it.
    pub program: String,
    /// The seed of selection; none for a plan that was not drawn.
    pub seed: Option<u64>,
    /// How many items it has.
    pub items: u64,
    /// The first and the last edition.
    pub editions: [u32; 2],
    /// How many items the whole plan has, where only the first of them were made.
    pub of: Option<u64>,
    /// The layers of its plan, from bottom to top, with the number of traits that items use.
    pub layers: Vec<LayerInfo>,
    /// How many one-of-ones it has.
    pub ones: u64,
    /// The groups of its items.
    pub groups: Vec<String>,
    /// The format of its pictures.
    pub picture_format: PictureFormat,
    /// Width and height of the first item's pictures, in pixels, in the order of the sizes.
    pub pictures: Vec<[u32; 2]>,
    /// Bytes of all pictures, as files.
    pub picture_bytes: u64,
    /// Whether each item has a metadata file.
    pub metadata: bool,
    /// Whether the manifest has the SHA-256 of each picture.
    pub provenance: bool,
    /// Bytes of the pool, if it is one.
    pub pool_bytes: Option<u64>,
    /// The digest of the collection.
    pub collection: Digest,
    /// The digest of the plan.
    pub plan: Digest,
    /// The digest of the decoded art.
    pub art: Digest,
}

/// A layer of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LayerInfo {
    /// Its name.
    pub name: String,
    /// How many of its traits items use.
    pub traits: u64,
}

/// Looks at the collection in a folder or a pool.
///
/// # Errors
/// If there is no finished collection, its manifest or plan is damaged, or a picture of the first item cannot be read.
pub fn info(path: &Path) -> Result<CollectionInfo, ReportError> {
    let (folder, listing) = finished(path)?;
    let project = project_of(&folder).map_err(|error| ReportError::file(path, error.to_string()))?;
    let Listing { header, items, .. } = &listing;
    let (first, last) = (&items[0], &items[items.len() - 1]);
    let bytes_of = |record: &crate::output::Record| {
        record.image.bytes + record.more.iter().map(|more| more.bytes).sum::<u64>()
    };
    let is_pool = path.is_file() && is_pool(path);
    Ok(CollectionInfo {
        program: header.program.clone(),
        seed: header.seed,
        items: header.count,
        editions: [first.edition, last.edition],
        of: header.of,
        layers: project
            .layers
            .iter()
            .map(|layer| LayerInfo { name: layer.name.clone(), traits: layer.traits.len() as u64 })
            .collect(),
        ones: project.ones.len() as u64,
        groups: project.groups.iter().map(|group| group.name.clone()).collect(),
        picture_format: header.picture_format,
        pictures: listing
            .stems
            .images(first.edition)
            .map(|name| dimensions(&folder, &name))
            .collect::<Result<_, _>>()?,
        picture_bytes: items.iter().map(bytes_of).sum(),
        metadata: listing.has_documents,
        provenance: listing.has_sha256,
        pool_bytes: is_pool.then(|| path.metadata().map_or(0, |of| of.len())),
        collection: listing.collection,
        plan: header.plan,
        art: header.art,
    })
}

/// Width and height of a picture.
pub(super) fn dimensions(folder: &Folder, name: &str) -> Result<[u32; 2], ReportError> {
    let broken = |what: String| ReportError::file(&folder.join(name), what);
    if !folder.is_file(name) {
        return Err(broken("is missing".to_owned()));
    }
    let file = folder.read(name).map_err(|error| broken(error.to_string()))?;
    // Readers of files from pools cannot be sought in; heads of pictures are short, and a profile of colours may precede them.
    let mut head = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(BufReader::new(file), HEAD), &mut head)
        .map_err(|error| broken(error.to_string()))?;
    let reader = image::ImageReader::new(std::io::Cursor::new(head)).with_guessed_format();
    let size = reader.map_err(|error| broken(error.to_string()))?.into_dimensions();
    size.map(|(width, height)| [width, height]).map_err(|error| broken(error.to_string()))
}

/// Bytes of a picture in which its size is.
const HEAD: u64 = 1 << 20;
