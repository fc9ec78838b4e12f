//! Pictures that are not of the canvas' size: grouped by layer and size, and what is proposed for them.

use std::collections::BTreeMap;
use std::path::Path;

use traitpress::art::odd_sizes;
use traitpress::geometry::Size;
use traitpress::project::{Fit, Project};

/// Pictures of a group that are named.
const LISTED: usize = 3;
/// Groups that are listed.
const GROUPS: usize = 8;

/// The pictures of other sizes.
pub(super) struct OddSizes {
    /// In words, a layer and a size each.
    pub(super) groups: Vec<String>,
    pub(super) canvas: Size,
    pub(super) fit: Fit,
}

impl OddSizes {
    /// Scaling is proposed if it makes them all of the canvas' size, else placing, which changes no pixel.
    pub(super) fn of(project: &Project, canvas: Size) -> Self {
        let odd = odd_sizes(project, canvas);
        let is_scaled = odd.iter().all(|odd| odd.is_in_proportion(canvas));
        let mut groups: BTreeMap<(usize, u32, u32), Vec<&Path>> = BTreeMap::new();
        for odd in &odd {
            let layer =
                project.layers.iter().position(|layer| layer.traits.iter().any(|item| item.path == odd.path));
            let key = (layer.unwrap_or(usize::MAX), odd.size.width, odd.size.height);
            groups.entry(key).or_default().push(&odd.path);
        }
        let words = groups
            .iter()
            .map(|(&(layer, width, height), paths)| group(project, layer, Size { width, height }, paths));
        let mut groups: Vec<String> = words.collect();
        if groups.len() > GROUPS {
            let more = groups.len() - GROUPS;
            groups.truncate(GROUPS);
            groups.push(format!("and {more} more groups of pictures"));
        }
        Self { groups, canvas, fit: if is_scaled { Fit::Scale } else { Fit::Place } }
    }

    /// As in `Eyes: all 7 pictures are 900x900; the others are 1000x1000`.
    pub(super) fn words(&self) -> String {
        format!("{}; the others are {}", self.groups.join("; "), self.canvas)
    }

    /// The word for what is proposed, and the one for the alternative.
    pub(super) fn fits(&self) -> (&'static str, &'static str) {
        if self.fit == Fit::Scale { ("scale", "place") } else { ("place", "scale") }
    }
}

fn group(project: &Project, layer: usize, size: Size, paths: &[&Path]) -> String {
    let Some(layer) = project.layers.get(layer) else {
        return format!("{} pictures are {size}", paths.len());
    };
    let all = layer.traits.len();
    let names: Vec<String> = paths.iter().take(LISTED).map(|path| file_name(path)).collect();
    let more = paths.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    match paths.len() {
        1 if all == 1 => format!("{}: its only picture is {size}", layer.name),
        1 => format!("{}: {} is {size}", layer.name, names[0]),
        count if count == all => format!("{}: all {all} pictures are {size}", layer.name),
        count => format!("{}: {count} of {all} pictures are {size} ({}{more})", layer.name, names.join(", ")),
    }
}

/// The name of a file on one line.
fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
