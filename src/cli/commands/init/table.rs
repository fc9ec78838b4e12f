//! `--rarity`: the rows of a CSV file or of the first sheet of a workbook.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use calamine::{Data, Reader, Xlsx};

use traitpress::error::Problem;
use traitpress::project::{RarityKind, RarityRow};

/// Names of columns, in lower case.
const LAYER: [&str; 6] = ["layer", "category", "trait type", "trait_type", "attribute", "type"];
const TRAIT: [&str; 6] = ["trait", "name", "value", "trait name", "trait value", "variation"];
const COUNT: [&str; 5] = ["count", "number", "amount", "quantity", "items"];
const PERCENT: [&str; 6] = ["percent", "percentage", "%", "rarity %", "rarity (%)", "chance"];
const WEIGHT: [&str; 3] = ["weight", "rarity", "weights"];

/// Bytes that a file may have; a table of a million traits has fewer.
const MAX_BYTES: u64 = 64 << 20;

/// Rows of cells, each with its line.
type Lines = Vec<(usize, Vec<String>)>;

/// Reads a table: its rows, and what their numbers are.
pub(super) fn read(file: &Path) -> Result<(RarityKind, Vec<RarityRow>), Vec<Problem>> {
    let end = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let bytes = file.metadata().map_or(0, |metadata| metadata.len());
    if bytes > MAX_BYTES {
        let what = format!("the table has {bytes} bytes, more than {MAX_BYTES}");
        return Err(vec![Problem::at(file, what, "give a table of layers and traits")]);
    }
    let lines = match &*end {
        "xlsx" | "xlsm" => workbook(file),
        "csv" | "tsv" | "txt" => text(file),
        _ => Err(Problem::at(
            file,
            "the table is neither .csv nor .xlsx",
            "save it as CSV or as an Excel workbook",
        )),
    };
    rows(file, lines.map_err(|problem| vec![problem])?)
}

fn workbook(file: &Path) -> Result<Lines, Problem> {
    let wrong = |error: &dyn std::fmt::Display| {
        Problem::at(file, format!("the workbook cannot be read: {error}"), "save it again, or save it as CSV")
    };
    let opened = File::open(file).map_err(|error| wrong(&error))?;
    let mut book = Xlsx::new(BufReader::new(opened)).map_err(|error| wrong(&error))?;
    let Some(sheet) = book.worksheet_range_at(0) else { return Err(wrong(&"it has no sheet")) };
    let sheet = sheet.map_err(|error| wrong(&error))?;
    let first = sheet.start().map_or(0, |(row, _)| row as usize) + 1;
    let cell = |cell: &Data| match cell {
        Data::Empty => String::new(),
        other => other.to_string(),
    };
    Ok(sheet.rows().enumerate().map(|(row, cells)| (first + row, cells.iter().map(cell).collect())).collect())
}

fn text(file: &Path) -> Result<Lines, Problem> {
    let mut text = String::new();
    let read = File::open(file).and_then(|mut file| file.read_to_string(&mut text));
    read.map_err(|error| {
        let remedy = "check the path, and save the table as CSV in UTF-8";
        Problem::at(file, format!("the table cannot be read: {error}"), remedy)
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let head = text.lines().next().unwrap_or_default();
    // Spreadsheets write the separator of their language.
    let delimiter = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|&of| (head.bytes().filter(|byte| *byte == of).count(), of == b','));
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.delimiter(delimiter.unwrap_or(b',')).has_headers(false).flexible(true);
    let mut lines = Vec::new();
    for record in reader.from_reader(text.as_bytes()).into_records() {
        let record = record.map_err(|error| {
            Problem::at(file, format!("the table is not valid CSV: {error}"), "save it as CSV again")
        })?;
        // The position of a record can be before the break that ends the line above.
        let start = record.position().map_or(0, |position| position.byte() as usize);
        let start = start + text[start..].bytes().take_while(|byte| b"\r\n".contains(byte)).count();
        let line = text[..start].matches('\n').count() + 1;
        lines.push((line, record.iter().map(str::to_owned).collect()));
    }
    Ok(lines)
}

fn rows(file: &Path, lines: Lines) -> Result<(RarityKind, Vec<RarityRow>), Vec<Problem>> {
    let mut lines = lines.into_iter().filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty()));
    let columns = "name its columns layer, trait, and weight, percent or count, in the first line";
    let Some((line, head)) = lines.next() else {
        return Err(vec![Problem::at(file, "the table is empty", columns)]);
    };
    let head: Vec<String> = head.iter().map(|cell| cell.trim().to_lowercase()).collect();
    let column = |names: &[&str]| names.iter().find_map(|name| head.iter().position(|cell| cell == name));
    let numbers =
        [(RarityKind::Count, &COUNT[..]), (RarityKind::Percent, &PERCENT), (RarityKind::Weight, &WEIGHT)];
    let number = numbers.into_iter().find_map(|(kind, names)| Some((kind, column(names)?)));
    let (Some(layer), Some(item), Some((kind, number))) = (column(&LAYER), column(&TRAIT), number) else {
        let missing: Vec<&str> = [
            ("layer", column(&LAYER).is_none()),
            ("trait", column(&TRAIT).is_none()),
            ("weight, percent or count", number.is_none()),
        ]
        .into_iter()
        .filter_map(|(name, is_missing)| is_missing.then_some(name))
        .collect();
        let what = format!("the first line of the table has no column {}", missing.join(" and none "));
        return Err(vec![Problem::at(file, what, columns).on_line(line)]);
    };
    let (mut rows, mut problems): (Vec<RarityRow>, Vec<Problem>) = Default::default();
    for (line, cells) in lines {
        let cell = |column: usize| cells.get(column).map_or("", |cell| cell.trim());
        // A layer is often written once, above all of its traits.
        let above = rows.last().map_or("", |row| row.layer.as_str());
        let layer = if cell(layer).is_empty() { above } else { cell(layer) }.to_owned();
        let text = cell(number);
        // A line of sums or a heading within the table.
        if cell(item).is_empty() && text.is_empty() {
            continue;
        }
        match parse(text) {
            Some(number) => rows.push(RarityRow { line, layer, item: cell(item).to_owned(), number }),
            None => {
                let what = format!("{text:?} is not a number");
                problems.push(Problem::at(file, what, "write a number as in 5, 2.5 or 12.5%").on_line(line));
            }
        }
    }
    if rows.is_empty() && problems.is_empty() {
        problems.push(Problem::at(
            file,
            "the table has no row below its first line",
            "add a row for each trait",
        ));
    }
    if problems.is_empty() { Ok((kind, rows)) } else { Err(problems) }
}

/// A number with a point or a comma, perhaps with a percent sign.
fn parse(text: &str) -> Option<f64> {
    let text = text.trim_end_matches('%').trim_end().replace(',', ".");
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(name: &str, text: &str) -> Result<(RarityKind, Vec<RarityRow>), String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        read(&file)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    }

    #[test]
    fn tables_are_read_as_spreadsheets_write_them() {
        let (kind, rows) = read_text(
            "a.csv",
            "\u{feff}Layer;Trait;Percent\r\nHat;\"Cap; red\";12,5%\r\n;Crown;87,5\r\n;;\r\n",
        )
        .unwrap();
        assert_eq!(kind, RarityKind::Percent);
        let rows: Vec<_> = rows.iter().map(|row| (row.line, &*row.layer, &*row.item, row.number)).collect();
        assert_eq!(rows, [(2, "Hat", "Cap; red", 12.5), (3, "Hat", "Crown", 87.5)]);
        let (kind, rows) = read_text("a.tsv", "weight\tcategory\tvalue\n3\tHat\tCap\n").unwrap();
        assert_eq!((kind, rows[0].number, &*rows[0].layer), (RarityKind::Weight, 3.0, "Hat"));
        assert_eq!(read_text("a.csv", "layer,trait,count\nHat,Cap,7\n").unwrap().0, RarityKind::Count);
    }

    #[test]
    fn what_is_no_table_of_rarities_is_refused() {
        for (name, text, part) in [
            ("a.csv", "", "is empty"),
            ("a.csv", "layer,trait\nHat,Cap\n", "no column weight, percent or count"),
            ("a.csv", "layer,trait,weight\n", "no row below"),
            ("a.csv", "layer,trait,weight\nHat,Cap,many\n", ":2: \"many\" is not a number"),
            ("a.ods", "x", "neither .csv nor .xlsx"),
            ("a.xlsx", "x", "cannot be read"),
        ] {
            let problem = read_text(name, text).unwrap_err();
            assert!(problem.contains(part), "{problem}");
        }
    }
}
