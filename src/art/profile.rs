//! Colour profiles: which of the art's profiles finished pictures carry, and which pictures are converted to sRGB.
//!
//! Where all pictures carry the same profile their numbers are kept, and the profile with them. Else one file cannot say
//! what its numbers mean, so all pictures become sRGB, which untagged ones are taken for.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::picture::{Header, Meaning, ToSrgb};
use crate::project::{ColourHandling, Problem, quoted};

/// Files that a message names before it only counts the rest.
const NAMED: usize = 3;

/// What is done about the profiles of a project's pictures.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    /// The one RGB profile of all pictures.
    pub(super) output: Option<Vec<u8>>,
    /// By profile, how its colours become sRGB.
    converted: HashMap<Vec<u8>, ToSrgb>,
    /// What the artist should see.
    pub(super) warnings: Vec<Problem>,
}

impl Profiles {
    /// Decides by the headers of all pictures.
    pub(super) fn of<'a>(
        handling: ColourHandling,
        pictures: impl Iterator<Item = (&'a Path, &'a Header)>,
    ) -> Self {
        let mut carriers: BTreeMap<&[u8], Vec<&Path>> = BTreeMap::new();
        let mut count = 0;
        for (path, header) in pictures {
            count += 1;
            if let Some(profile) = &header.icc_profile {
                carriers.entry(profile).or_default().push(path);
            }
        }
        let mut this = Self::default();
        let is_rgb = |profile: &[u8]| profile.get(16..20) == Some(b"RGB ");
        if let Some((&profile, paths)) = carriers.first_key_value()
            && paths.len() == count
            && is_rgb(profile)
        {
            this.output = Some(profile.to_vec());
            return this;
        }
        if handling == ColourHandling::Keep {
            let several = carriers.len() > 1;
            let everywhere = carriers.values().map(Vec::len).sum::<usize>() == count;
            let why = match (several, everywhere) {
                (true, _) => "they differ",
                (_, true) => "it is not an RGB profile",
                _ => "other pictures have none",
            };
            let paths: Vec<&Path> = carriers.into_values().flatten().collect();
            let remedy =
                "export all pictures with the same RGB profile, or with none; or remove colors = \"keep\"";
            this.warnings.extend(left_out(&paths, why, remedy));
            return this;
        }
        for (profile, paths) in carriers {
            if !is_rgb(profile) {
                let remedy = "export these pictures with an RGB profile, or with none";
                this.warnings.extend(left_out(&paths, "it is not an RGB profile", remedy));
                continue;
            }
            match Meaning::of(profile) {
                Ok(Meaning::Srgb) => {}
                Ok(Meaning::Other(conversion)) => _ = this.converted.insert(profile.to_vec(), conversion),
                Err(error) => {
                    let why = format!("it cannot be read ({error}), and the pictures are read as sRGB");
                    let remedy = "export these pictures again, with an sRGB profile or with none";
                    this.warnings.extend(left_out(&paths, &why, remedy));
                }
            }
        }
        this
    }

    /// How the colours of a picture become sRGB, if they must.
    pub(super) fn conversion(&self, header: &Header) -> Option<&ToSrgb> {
        self.converted.get(header.icc_profile.as_ref()?)
    }
}

/// The names of some files, and how many more there are.
fn named(paths: &[&Path]) -> String {
    let names: Vec<String> = paths
        .iter()
        .take(NAMED)
        .map(|path| quoted(&path.file_name().unwrap_or_default().to_string_lossy()))
        .collect();
    match paths.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// The warning about profiles that are left out.
fn left_out(paths: &[&Path], why: &str, remedy: &str) -> Option<Problem> {
    let what = format!("the colour profile of {} is ignored: {why}", named(paths));
    (!paths.is_empty()).then(|| Problem::general(what, remedy))
}

/// The note about pictures with colours that sRGB does not have.
pub(super) fn lossy(paths: &[&Path]) -> Option<Problem> {
    let what = format!("the conversion to sRGB changes colours of {} that sRGB does not have", named(paths));
    let remedy = "export all pictures with the same profile to keep them, or draw in sRGB";
    (!paths.is_empty()).then(|| Problem::general(what, remedy))
}
