//! The colour profile that finished pictures carry: that of the art, if all of it agrees.

use std::collections::HashSet;
use std::path::Path;

use crate::picture::Header;
use crate::project::{Problem, quoted};

/// Files that a warning names before it only counts the rest.
const NAMED: usize = 3;

/// The one RGB profile of all pictures, or a warning if there are profiles but not one for all.
pub(crate) fn common<'a>(
    pictures: impl Iterator<Item = (&'a Path, &'a Header)>,
) -> (Option<Vec<u8>>, Option<Problem>) {
    let mut profiles: HashSet<&[u8]> = HashSet::new();
    let mut carriers = Vec::new();
    let mut count = 0;
    for (path, header) in pictures {
        count += 1;
        if let Some(profile) = &header.icc_profile {
            profiles.insert(profile);
            carriers.push(path);
        }
    }
    let Some(&profile) = profiles.iter().next() else { return (None, None) };
    let everywhere = carriers.len() == count && profiles.len() == 1;
    if everywhere && profile.get(16..20) == Some(b"RGB ") {
        return (Some(profile.to_vec()), None);
    }
    let names: Vec<String> = carriers
        .iter()
        .take(NAMED)
        .map(|path| quoted(&path.file_name().unwrap_or_default().to_string_lossy()))
        .collect();
    let more = match carriers.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let why = if everywhere {
        "it is not for RGB"
    } else if profiles.len() == 1 {
        "other pictures carry none"
    } else {
        "they are not the same"
    };
    let what = format!("the colour profile of {}{more} is left out: {why}", names.join(", "));
    (None, Some(Problem::general(what, "export all pictures with the same RGB profile, or with none")))
}
