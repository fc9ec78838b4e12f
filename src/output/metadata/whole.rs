//! The files that describe the whole collection.

use std::io::{self, Write};

use crate::output::metadata::documents::MetadataTexts;
use crate::output::metadata::{credits, metaplex, table};
use crate::output::names;
use crate::plan::Plan;
use crate::project::{MetadataSettings, Project, Standard};

/// The names of these files, in the manifest's order.
pub(crate) fn whole_files(settings: &MetadataSettings) -> Vec<&'static str> {
    let mut files: Vec<&str> = settings
        .standards
        .iter()
        .map(|standard| match standard {
            // Candy Machine's tools refuse files that belong to no item.
            Standard::Metaplex => names::COLLECTION,
            Standard::Erc721 | Standard::Tezos => names::ALL_METADATA,
            Standard::Cardano => names::CARDANO,
            Standard::Csv => names::TABLE,
            Standard::Jsonl => names::LINES,
        })
        .collect();
    files.extend(credits::has_credits(settings).then_some(names::CREDITS));
    files.sort_by_key(|file| names::WHOLE.iter().position(|name| name == file));
    files
}

/// Writes the file `name`, one of [`whole_files`].
pub(crate) fn write_whole(
    name: &str,
    project: &Project,
    plan: &Plan,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut order: Vec<usize> = (0..plan.len()).collect();
    order.sort_by_key(|&index| plan.edition(index));
    match name {
        names::COLLECTION => out.write_all(&metaplex::collection(project, plan)),
        names::TABLE => table::write(project, plan, &order, out),
        names::CREDITS => credits::write(project, plan, out),
        names::LINES => join(&MetadataTexts::for_lines(project), plan, &order, "", out),
        names::CARDANO => {
            let policy = &project.metadata.policy_id;
            write!(out, "{{\n  \"721\": {{\n    \"0x{policy}\": {{\n")?;
            join(&MetadataTexts::for_cardano(project), plan, &order, ",\n", out)?;
            out.write_all(b"\n    },\n    \"version\": 2\n  }\n}\n")
        }
        _ => {
            out.write_all(b"[\n")?;
            join(&MetadataTexts::new(project), plan, &order, ",\n", out)?;
            out.write_all(b"\n]\n")
        }
    }
}

/// Writes all documents; where something is between them, without the line breaks at their ends.
fn join(
    texts: &MetadataTexts<'_>,
    plan: &Plan,
    order: &[usize],
    between: &str,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut document = Vec::new();
    for (number, &index) in order.iter().enumerate() {
        document.clear();
        texts.write_item(plan, index, &mut document);
        if number > 0 {
            out.write_all(between.as_bytes())?;
        }
        out.write_all(if between.is_empty() { &document } else { document.trim_ascii_end() })?;
    }
    Ok(())
}
