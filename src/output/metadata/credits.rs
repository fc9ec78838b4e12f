//! `CREDITS.csv`: who made the traits that items show, under which licence, and where they come from.

use std::io::{self, Write};

use crate::output::metadata::table::harmless;
use crate::plan::Plan;
use crate::project::{ABSENT, MetadataSettings, Project};

/// Whether there is such a file.
pub(crate) fn has_credits(settings: &MetadataSettings) -> bool {
    settings.layers.values().any(|text| !text.credits.is_empty())
}

/// Writes a line for each trait that has credits and that some item shows, in the order of layers and traits.
pub(crate) fn write(project: &Project, plan: &Plan, out: &mut impl Write) -> io::Result<()> {
    let mut is_used: Vec<Vec<bool>> =
        project.layers.iter().map(|layer| vec![false; layer.traits.len()]).collect();
    for index in 0..plan.len() {
        for (used, &choice) in
            is_used.iter_mut().zip(plan.traits(index)).filter(|(_, choice)| **choice != ABSENT)
        {
            used[usize::from(choice)] = true;
        }
    }
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    writer.write_record(["layer", "trait", "author", "licence", "source"]).map_err(io::Error::other)?;
    for (layer, used) in project.layers.iter().zip(&is_used) {
        let Some(text) = project.metadata.layers.get(&layer.name) else { continue };
        for item in layer.traits.iter().zip(used).filter(|(_, used)| **used).map(|(item, _)| item) {
            let Some(credit) = text.credits.get(&item.name) else { continue };
            let cells = [&layer.name, &item.name, &credit.author, &credit.licence, &credit.source];
            writer.write_record(cells.map(|cell| harmless(cell))).map_err(io::Error::other)?;
        }
    }
    writer.flush()
}
