//! Finished pictures that are equal, pixel by pixel.
//!
//! Of several sizes the largest counts. Equal pixels have equal checksums in their files (`png::checksum`), so a few bytes of each file say which could be equal.
//! Of these, files with the same digest are; the others are decoded and compared. What cannot be read is left out: to say
//! what is wrong with files is the task of `verify`.

use std::collections::{BTreeMap, HashMap};
use std::io::BufReader;

use rayon::prelude::*;

use crate::files::{Digest, Folder};
use crate::finished::thumbnails::thumbnail;
use crate::output::{Record, Stems};
use crate::png::data_checksum;
use crate::telemetry::Observer;

/// Pixels that are decoded at most: 200 pictures of 2048x2048, some seconds, where thousands could be equal.
const MOST_PIXELS: u64 = 200 << 22;
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
            data_checksum(&mut BufReader::with_capacity(64, file)).ok().flatten()
        };
        let checksums: Vec<Option<u32>> = some.par_iter().map(checksum).collect();
        for (item, checksum) in some.iter().zip(checksums) {
            if let Some(checksum) = checksum {
                by_checksum.entry(checksum).or_default().push(item);
            }
        }
    }
    let mut found = EqualPictures::default();
    let mut left = MOST_PIXELS;
    for items in by_checksum.into_values().filter(|items| items.len() > 1) {
        let mut by_file: BTreeMap<[u8; 32], Vec<&Record>> = BTreeMap::new();
        let digest = |item: &Record| item.picture(compared).digest;
        items.into_iter().for_each(|item| by_file.entry(digest(item)).or_default().push(item));
        let files: Vec<Vec<&Record>> = by_file.into_values().collect();
        let mut groups: Vec<Vec<u32>> = Vec::new();
        let mut group_of: HashMap<Digest, usize> = HashMap::new();
        let several = if files.len() > 1 { &files[..] } else { &[] };
        for some in several.chunks(AT_A_TIME) {
            if observer.is_cancelled() {
                return found;
            }
            if left == 0 {
                found.unchecked += some.iter().map(|same| same.len() as u64).sum::<u64>();
                continue;
            }
            let digest = |same: &Vec<&Record>| {
                let picture = thumbnail::picture(
                    folder,
                    &stems.image_of(compared, same[0].edition),
                    same[0].picture(compared),
                )
                .ok()?;
                Some((Digest::of(picture.as_raw()), picture.as_raw().len() as u64 / 4))
            };
            let digests: Vec<Option<(Digest, u64)>> = some.par_iter().map(digest).collect();
            for (same, digest) in some.iter().zip(digests) {
                let editions = same.iter().map(|item| item.edition);
                let Some((digest, pixels)) = digest else { continue };
                left = left.saturating_sub(pixels);
                let group = *group_of.entry(digest).or_insert(groups.len());
                match groups.get_mut(group) {
                    Some(group) => group.extend(editions),
                    None => groups.push(editions.collect()),
                }
            }
        }
        if let [same] = &files[..] {
            groups.push(same.iter().map(|item| item.edition).collect());
        }
        found.groups.extend(groups.into_iter().filter(|group| group.len() > 1).map(|mut group: Vec<u32>| {
            group.sort_unstable();
            group
        }));
    }
    found.groups.sort_unstable();
    found
}
