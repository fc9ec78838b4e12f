//! `metadata.csv`: one item a line, by RFC 4180, and nothing in it that a spreadsheet would carry out.
//!
//! Cells that begin with `=`, `+`, `-`, `@`, a tab or a line break are taken for formulas by spreadsheets; an apostrophe
//! before them makes them text (OWASP, "CSV Injection").

use std::collections::HashMap;
use std::io::{self, Write};

use crate::output::metadata::place_of_images;
use crate::output::metadata::shown::{AsText, Shown};
use crate::output::picture_names::PictureNames;
use crate::plan::Plan;
use crate::project::{Project, fill, template};

/// Writes the table: edition, name, image and links, then a column for each attribute name.
pub(crate) fn write(project: &Project, plan: &Plan, order: &[usize], out: &mut impl Write) -> io::Result<()> {
    let shown = Shown::new(project);
    let mut header = vec!["edition".to_owned(), "name".to_owned(), "image".to_owned()];
    let (place, names) = (place_of_images(project, "images/"), PictureNames::new(project));
    let settings = &project.metadata;
    let mut links = Vec::new();
    for (name, text) in [("animation_url", &settings.animation_url), ("external_url", &settings.external_url)]
    {
        if !text.is_empty() {
            header.push(name.to_owned());
            links.push(template::parse(text).unwrap_or_default());
        }
    }
    let before = header.len();
    let mut columns: HashMap<String, usize> = HashMap::new();
    for slot in shown.all() {
        let name = shown.name(slot);
        if !columns.contains_key(name) {
            columns.insert(name.to_owned(), header.len());
            // A layer may be called as a column of ours is.
            let is_ours = header[..before].iter().any(|ours| ours == name);
            header.push(if is_ours { format!("{name} (trait)") } else { name.to_owned() });
        }
    }
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).buffer_capacity(1 << 16).from_writer(out);
    let told = |writer: &mut csv::Writer<_>, cells: &[String]| {
        writer.write_record(cells.iter().map(|cell| harmless(cell))).map_err(io::Error::other)
    };
    told(&mut writer, &header)?;
    let mut cells = vec![String::new(); header.len()];
    for &index in order {
        let edition = plan.edition(index);
        cells.iter_mut().for_each(String::clear);
        cells[0] = edition.to_string();
        cells[1] = shown.item_name(plan, index);
        cells[2] = place.clone() + &names.escaped(plan, index);
        for (cell, link) in cells[3..before].iter_mut().zip(&links) {
            *cell = fill(link, edition);
        }
        shown.each(plan, index, |slot| {
            let cell = &mut cells[columns[shown.name(slot)]];
            if !cell.is_empty() {
                cell.push_str("; ");
            }
            cell.push_str(&AsText(shown.value(slot)).to_string());
        });
        told(&mut writer, &cells)?;
    }
    writer.flush()
}

/// A cell that no spreadsheet takes for a formula.
pub(super) fn harmless(cell: &str) -> String {
    let is_formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    if is_formula { format!("'{cell}") } else { cell.to_owned() }
}
