//! Finished pictures that are equal, pixel by pixel.
//!
//! Of several sizes the largest counts. A few bytes of each file, its checksum, say which could be equal (`equal_search`). Of
//! these, files with the same digest are; the others are decoded and compared. What cannot be read is left out: to say what is
//! wrong with files is the task of `verify`.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::BufReader;

use rayon::prelude::*;

use crate::files::{Digest, Folder};
use crate::finished::equal_search::EqualSearch;
use crate::finished::thumbnails::thumbnail;
use crate::output::{Record, Stems, picture_checksum};
use crate::telemetry::Observer;

/// Pictures that are looked at before the observer is asked whether to go on.
const AT_A_TIME: usize = 64;

/// Items with equal pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EqualPictures {
    /// Editions, ascending; each group has at least two. In the order of their first edition.
    pub groups: Vec<Vec<u32>>,
    /// Items that have the checksum of another and were not compared, because too many have.
    pub unchecked: u64,
}

/// Finds the equal pictures among `items` of the collection in `folder`, on the threads of the pool that it is called in. An
/// observer that cancels ends the search with what was found.
pub(crate) fn equal_pictures(
    folder: &Folder,
    items: &[Record],
    stems: &Stems,
    observer: &dyn Observer,
) -> EqualPictures {
    let compared = stems.largest();
    let mut by_checksum: BTreeMap<u32, Vec<&Record>> = BTreeMap::new();
    for some in items.chunks(AT_A_TIME) {
        if observer.is_cancelled() {
            return EqualPictures::default();
        }
        let checksum = |item: &Record| {
            let name = stems.image_of(compared, item.edition);
            // Who opens a named pipe waits for its writer.
            let file = folder.is_file(&name).then(|| folder.read(&name))?.ok()?;
            picture_checksum(stems.format(), &mut BufReader::with_capacity(64, file)).ok().flatten()
        };
        let checksums: Vec<Option<u32>> = some.par_iter().map(checksum).collect();
        for (item, checksum) in some.iter().zip(checksums) {
            if let Some(checksum) = checksum {
                by_checksum.entry(checksum).or_default().push(item);
            }
        }
    }
    let mut search = EqualSearch::new();
    for items in by_checksum.into_values().filter(|items| items.len() > 1) {
        let mut by_file: BTreeMap<[u8; 32], Vec<&Record>> = BTreeMap::new();
        let digest = |item: &Record| item.picture(compared).digest;
        items.into_iter().for_each(|item| by_file.entry(digest(item)).or_default().push(item));
        let files = by_file.into_values();
        let entries = files.map(|same| (same[0], same.iter().map(|item| item.edition).collect())).collect();
        let digest = |item: &&Record| -> Result<_, Infallible> {
            let name = stems.image_of(compared, item.edition);
            let picture = thumbnail::picture(folder, &name, item.picture(compared)).ok();
            Ok(picture.map(|picture| (Digest::of(picture.as_raw()), picture.as_raw().len() as u64 / 4)))
        };
        let Ok(goes_on) = search.compare(entries, digest, observer);
        if !goes_on {
            break;
        }
    }
    search.into_found()
}
