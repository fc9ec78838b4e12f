//! `init`: the order of the layers, their names, and pictures of another size.

use std::io::Write as _;

use crate::util::{BLUE, Dir, RED};

/// The configuration that init wrote.
fn configuration(dir: &Dir) -> String {
    String::from_utf8(dir.read("p/collection.toml")).expect("text")
}

/// The values of a key of layers, in their order.
fn values(text: &str, key: &str) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    let layers = table["layers"].as_array().expect("layers").iter();
    layers.filter_map(|layer| Some(layer.get(key)?.as_str()?.to_owned())).collect()
}

#[test]
fn numbers_of_folders_are_the_drawing_order_and_no_part_of_the_name() {
    let dir = Dir::with_case("case-1");
    let by_name = dir.run(["check", "p", "--count", "4"]).ok().stderr();
    let ran = dir.run(["init", "p"]);
    ran.ok().says("back to front, by folder number:").says("Back  (by its number, folder 1-Back)");
    let text = configuration(&dir);
    let folders = ["1-Back", "2-Torso", "3-Badge", "4-Face", "5-Specs"];
    assert_eq!(values(&text, "folder"), folders);
    assert!(by_name.contains(&folders.join(", ")), "check takes the same order: {by_name}");
    assert_eq!(values(&text, "name"), ["Back", "Torso", "Badge", "Face", "Specs"]);
    dir.run(["generate", "p", "--count", "4"]).ok();
    let types = dir.json("out/json/1.json");
    let types: Vec<&str> =
        types["attributes"].as_array().unwrap().iter().map(|a| a["trait_type"].as_str().unwrap()).collect();
    assert_eq!(types, ["Back", "Torso", "Badge", "Face", "Specs"]);
}

#[test]
fn coverage_decides_where_no_number_does_and_init_says_which() {
    let dir = Dir::empty();
    // By name the sky would hide all the rest.
    dir.picture("p/layers/Sky/A.png", BLUE);
    dir.square("p/layers/02_Hat/A.png", RED);
    dir.picture("p/layers/00 Background/A.png", RED);
    dir.square("p/layers/1. Body/A.png", RED);
    dir.write("p/layers/Sky/None", "");
    let ran = dir.run(["init", "p"]);
    ran.ok().says("by folder number, or estimated from coverage:");
    ran.says("  Sky  (covers 100 % on average)").says("  Hat  (by its number, folder 02_Hat)");
    let text = configuration(&dir);
    assert_eq!(values(&text, "name"), ["Background", "Sky", "Body", "Hat"]);
    assert_eq!(values(&text, "folder"), ["00 Background", "1. Body", "02_Hat"]);
    // There are not ten different items.
    assert!(text.contains("\ncount = 2\n"), "{text}");
    dir.run(["check", "p"]).ok().says("no problems");
}

#[test]
fn two_layers_never_get_one_name() {
    let dir = Dir::empty();
    for layer in ["1-Hat", "2-Body", "3_Hat", "4"] {
        dir.square(format!("p/layers/{layer}/A.png"), RED);
    }
    dir.run(["init", "p"]).ok().says("  3_Hat  (by its number)");
    let text = configuration(&dir);
    assert_eq!(values(&text, "name"), ["1-Hat", "Body", "3_Hat", "4"]);
    assert_eq!(values(&text, "folder"), ["2-Body"]);
}

#[test]
fn one_picture_of_another_size_is_a_choice_in_the_file_and_no_refusal() {
    let dir = Dir::with_case("case-7");
    let ran = dir.run(["init", "p"]);
    ran.ok().says("sizes: Hat: ").says("is 65x64; the others are 64x64");
    ran.says("fit = \"place\" is set for these pictures; fit = \"scale\" is the alternative");
    let text = configuration(&dir);
    let fit = text.find("\nfit = \"place\"\n# fit = \"scale\"\n").expect("both ways are in the file");
    assert!(text[..fit].contains("is 65x64\n"), "{text}");
    assert!(text.contains("size = [64, 64]") && dir.exists("p/preview.png"));
    dir.run(["check", "p"]).ok().says("canvas 64x64");
    dir.run(["generate", "p"]).ok();
    dir.write("p/collection.toml", text.replace("fit = \"place\"\n# fit = \"scale\"", "fit = \"scale\""));
    dir.run(["check", "p"]).ok();
}

#[test]
fn pictures_of_the_canvas_proportions_are_to_be_scaled_and_many_are_counted() {
    let dir = Dir::with_project();
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    for number in 0..7 {
        dir.sized(format!("p/layers/Hat/Big\n{number}.png"), [16, 16], RED);
        dir.picture(format!("p/layers/Back/{number}.png"), BLUE);
    }
    let ran = dir.run(["init", "p"]);
    ran.ok().says("sizes: Hat: 7 of 9 pictures are 16x16 (").says(" and 4 more); the others are 8x8\n");
    ran.says("fit = \"scale\" is set");
    assert!(configuration(&dir).contains("\nfit = \"scale\"\n# fit = \"place\"\n"));
    dir.run(["check", "p"]).ok().says("canvas 8x8");
}

#[test]
fn the_file_is_written_beside_pictures_that_cannot_be_used() {
    let dir = Dir::with_case("case-7");
    dir.write("p/layers/Hat/Text.png", "text");
    let ran = dir.run(["init", "p"]);
    ran.refused(1, &[&["Text.png", "contains no picture"]]);
    ran.says("wrote p/collection.toml; fix the pictures below, then run `traitpress check p`");
    assert!(configuration(&dir).contains("\nfit = \"place\"\n"), "the other sizes are in it all the same");
    assert!(!dir.exists("p/preview.png"));
    std::fs::remove_file(dir.path("p/layers/Hat/Text.png")).unwrap();
    dir.run(["check", "p"]).ok();
}

#[test]
fn warnings_are_those_of_the_file_that_is_written_and_come_once() {
    let dir = Dir::with_project();
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    dir.sized("p/layers/Hat/Wide.png", [16, 16], [9, 9, 200, 255]);
    dir.sized("p/layers/Hat/Clear.png", [8, 8], [0; 4]);
    let ran = dir.run(["init", "p"]);
    ran.ok().says("fit = \"scale\" is set");
    let stderr = ran.stderr();
    assert!(!stderr.contains("cut off"), "{stderr}");
    assert_eq!(stderr.matches("Clear.png: the picture shows nothing").count(), 1, "{stderr}");
    // Where the preview stays, too.
    let kept = dir.path("p/collection.toml");
    std::fs::remove_file(kept).unwrap();
    let ran = dir.run(["init", "p"]);
    ran.ok().says("kept the existing p/preview.png").warns("Clear.png: the picture shows nothing");
}

#[test]
fn a_layer_of_another_size_is_one_line() {
    let dir = Dir::with_project();
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    for number in 0..4 {
        dir.picture(format!("p/layers/Back/{number}.png"), BLUE);
    }
    for number in 0..3 {
        dir.sized(format!("p/layers/Eyes/{number}.png"), [6, 6], RED);
    }
    dir.run(["init", "p"]).ok().says("sizes: Eyes: all 3 pictures are 6x6; the others are 8x8\n");
}

#[test]
fn an_existing_file_is_replaced_only_by_force_and_other_files_stay() {
    let dir = Dir::with_project();
    let before = dir.read("p/collection.toml");
    dir.run(["init", "p"]).refused(2, &[&["p/collection.toml", "exists", "--force"]]);
    assert_eq!(dir.read("p/collection.toml"), before);
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    dir.write("p/preview.png", "mine");
    dir.run(["init", "p"]).ok().says("kept the existing p/preview.png");
    assert_eq!(dir.read("p/preview.png"), b"mine");
    dir.write("p/collection.toml", "this = is not TOML at all");
    dir.run(["init", "p", "--force"]).ok().says("wrote p/collection.toml and p/preview.png");
    dir.run(["check", "p"]).ok();
}

#[test]
fn layers_are_found_where_they_are_and_runs_read_them_there() {
    for (folder, named) in [("My Art/Layers", "Layers"), ("My Art", "."), ("My Art/export", "export")] {
        let dir = Dir::empty();
        dir.picture(format!("{folder}/Back/A 1.png"), RED);
        dir.picture(format!("{folder}/Back/B.png"), BLUE);
        dir.square(format!("{folder}/Z\u{eb}bra & Co/\u{c9}.png"), BLUE);
        dir.square(format!("{folder}/Z\u{eb}bra & Co/Eye.png"), [9, 200, 40, 255]);
        dir.write(format!("{folder}/.DS_Store"), "x");
        dir.write(format!("My Art/__MACOSX/{named}/Back/._A.png"), "x");
        let ran = dir.run(["init", "My Art"]);
        ran.ok().says("found 2 layers in ").says("\nnext: traitpress check 'My Art'\n");
        let text = String::from_utf8(dir.read("My Art/collection.toml")).unwrap();
        let table: toml::Table = text.parse().unwrap();
        assert_eq!(table["layers_folder"].as_str(), Some(named), "{text}");
        assert!(text.starts_with("#:schema .traitpress/collection.schema.json\n"), "{text}");
        let schema = dir.json("My Art/.traitpress/collection.schema.json");
        let validator = jsonschema::validator_for(&schema).unwrap();
        let json = serde_json::to_value(&table).unwrap();
        let wrong: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert_eq!(wrong, [""; 0]);
        assert_eq!(dir.run(["check", "My Art"]).ok().stderr(), "", "nothing to warn of");
        dir.run(["generate", "My Art", "--out", "My Art/out", "--count", "3"]).ok();
        assert_eq!(dir.run(["check", "My Art"]).ok().stderr(), "", "a collection beside the layers is none");
        dir.run(["verify", "My Art/out", "--project", "My Art"]).ok();
    }
}

#[test]
fn a_folder_without_layers_and_one_with_two_are_explained() {
    let dir = Dir::empty();
    dir.picture("p/A.png", RED);
    dir.run(["init", "p"]).refused(1, &[&["no folder of pictures", "layers/Hat/Crown.png"]]);
    dir.picture("q/One/Hat/A.png", RED);
    dir.picture("q/Two/Hat/A.png", RED);
    dir.run(["init", "q"]).refused(1, &[&["\"One\" and \"Two\"", "or move the other"]]);
    assert!(!dir.exists("p/collection.toml") && !dir.exists("q/collection.toml"));
    let named = dir.run(["generate", "q"]);
    named.exited(1).warns("the project has no layers folder; write layers_folder = \"One\"");
}

/// A project of two layers, without a configuration.
fn without_configuration() -> Dir {
    let dir = Dir::with_project();
    std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
    dir
}

#[test]
fn a_table_of_weights_becomes_the_configuration() {
    let dir = without_configuration();
    dir.write("rarity.csv", "Layer;Trait;Percent\nback;red;75%\n;BLUE.png;25%\nHat;Crown;12,5\n;none;50\n");
    let ran = dir.run(["init", "p", "--rarity", "rarity.csv"]);
    ran.ok()
        .says("weights of 5 traits from rarity.csv")
        .says("\"Cap\" is not in the table: the remaining 37.5 %");
    let table: toml::Table = configuration(&dir).parse().unwrap();
    let weight = |name: &str| {
        table["traits"][name]["weight"]
            .as_float()
            .or(table["traits"][name]["weight"].as_integer().map(|w| w as f64))
    };
    let weights = ["Back/Red", "Back/Blue", "Hat/Crown", "Hat/Cap", "Hat/none"].map(weight);
    assert_eq!(weights, [75.0, 25.0, 12.5, 37.5, 50.0].map(Some));
    dir.run(["check", "p"]).ok().says("Hat         2    50.0%");
}

#[test]
fn a_workbook_of_counts_becomes_exact_numbers() {
    let dir = without_configuration();
    let rows = ["Layer|Trait|Count", "Back|Red|3", "Back|Blue|2", "Hat|Cap|2", "Hat|Crown|1"];
    dir.write("rarity.xlsx", workbook(&rows));
    let ran = dir.run(["init", "p", "--rarity", "rarity.xlsx"]);
    ran.ok()
        .says("exact numbers of 5 traits from rarity.xlsx")
        .says("the counts add up to 3, so 2 items do not show it");
    let text = configuration(&dir);
    assert!(text.contains("\ncount = 5\n") && text.contains("\n\"Hat/Crown\" = { count = 1 }\n"), "{text}");
    dir.run(["generate", "p", "--seed", "1"]).ok();
    let plan = String::from_utf8(dir.read("out/plan.json")).unwrap();
    assert_eq!((plan.matches("\"Red\"").count(), plan.matches("\"Crown\"").count()), (3, 1), "{plan}");
}

#[test]
fn a_table_that_does_not_fit_the_pictures_is_refused_row_by_row() {
    let dir = without_configuration();
    dir.write("r.csv", "layer,trait,weight\nHat,Crwn,1\nHut,Cap,1\nHat,Cap,lots\n");
    dir.run(["init", "p", "--rarity", "r.csv"]).refused(1, &[&["r.csv:4", "\"lots\" is not a number"]]);
    dir.write("r.csv", "layer,trait,weight\nHat,Crwn,1\nHut,Cap,1\n");
    let ran = dir.run(["init", "p", "--rarity", "r.csv"]);
    ran.refused(1, &[&["r.csv:2", "did you mean \"Crown\"?"], &["r.csv:3", "did you mean \"Hat\"?"]]);
    dir.run(["init", "p", "--rarity", "none.csv"]).refused(1, &[&["none.csv", "cannot be read"]]);
    assert!(!dir.exists("p/collection.toml"));
}

/// A workbook of one sheet; cells are separated by `|`.
fn workbook(rows: &[&str]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut add = |name: &str, text: &str| {
        zip.start_file(
            name,
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored),
        )
        .unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    };
    let (office, package) = (
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "http://schemas.openxmlformats.org/package/2006",
    );
    let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    add(
        "[Content_Types].xml",
        &format!(
            "<Types xmlns=\"{package}/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>"
        ),
    );
    add(
        "_rels/.rels",
        &format!(
            "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ),
    );
    add(
        "xl/_rels/workbook.xml.rels",
        &format!(
            "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
        ),
    );
    add(
        "xl/workbook.xml",
        &format!(
            "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"Rarity\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
        ),
    );
    let mut sheet = format!("<worksheet xmlns=\"{main}\"><sheetData>");
    for (row, cells) in (1..).zip(rows) {
        sheet += &format!("<row r=\"{row}\">");
        for (column, cell) in ('A'..).zip(cells.split('|')) {
            sheet += &match cell.parse::<f64>() {
                Ok(number) => format!("<c r=\"{column}{row}\"><v>{number}</v></c>"),
                Err(_) => format!("<c r=\"{column}{row}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>"),
            };
        }
        sheet += "</row>";
    }
    add("xl/worksheets/sheet1.xml", &(sheet + "</sheetData></worksheet>"));
    zip.finish().unwrap().into_inner()
}

#[cfg(unix)]
#[test]
fn a_layer_whose_folder_is_a_link_is_found_again() {
    let dir = Dir::empty();
    dir.picture("p/layers/Back/A.png", RED);
    dir.square("p/art/hats of 2026/A.png", BLUE);
    dir.link("../art/hats of 2026", "p/layers/Hat");
    dir.run(["init", "p"]).ok();
    let text = configuration(&dir);
    assert_eq!(
        (values(&text, "name"), values(&text, "folder").len()),
        (vec!["Back".to_owned(), "Hat".to_owned()], 0)
    );
    dir.run(["check", "p"]).ok();
}

/// Beside layers in the project's own folder are folders of other pictures.
#[test]
fn folders_beside_the_layers_that_are_none_are_left_out_and_named() {
    let dir = Dir::empty();
    for (folder, colour) in [("1 Back", BLUE), ("2 Hat", RED), ("References", RED), ("ones", RED)] {
        dir.picture(format!("p/{folder}/A.png"), colour);
        dir.square(format!("p/{folder}/B.png"), colour);
    }
    let ran = dir.run(["init", "p"]);
    ran.ok().says("not a layer: References (it has no number, and other folders have one)");
    let text = configuration(&dir);
    assert_eq!(values(&text, "name"), ["Back", "Hat"]);
    dir.write("p/collection.toml", text + "[[rules]]\nforbid = [\"Hat/A\", \"Back/B\"]\n[[ones]]\nimage = \"ones/A.png\"\nname = \"King\"\n");
    let ran = dir.run(["check", "p", "--count", "4"]);
    ran.ok()
        .says("0 errors, 1 warning: `traitpress generate` can run")
        .warns("p/References: no layer of the configuration uses this folder");
    assert_eq!(ran.stderr().matches("warning: ").count(), 1, "{}", ran.stderr());
    // Without numbers every folder but that of one-of-ones is a layer.
    for (from, to) in [("1 Back", "Back"), ("2 Hat", "Hat")] {
        std::fs::rename(dir.path(format!("p/{from}")), dir.path(format!("p/{to}"))).unwrap();
    }
    dir.run(["init", "p", "--force"]).ok();
    assert_eq!(values(&configuration(&dir), "name").len(), 3);
    // In a folder of layers all are layers.
    std::fs::create_dir(dir.path("p/layers")).unwrap();
    for folder in ["Back", "Hat", "References", "ones"] {
        std::fs::rename(dir.path(format!("p/{folder}")), dir.path(format!("p/layers/{folder}"))).unwrap();
    }
    dir.run(["init", "p", "--force"]).ok();
    assert_eq!(values(&configuration(&dir), "name").len(), 4);
}

/// Numbers of folders are no part of the names in a table, and none of the settings that it becomes.
#[test]
fn settings_of_a_table_have_the_names_of_the_file() {
    let dir = Dir::empty();
    dir.picture("p/layers/1 Back/A.png", BLUE);
    dir.square("p/layers/2 Hat/B.png", RED);
    dir.square("p/layers/2 Hat/C.png", BLUE);
    dir.write("r.csv", "layer,trait,weight\nHat,B,3\nHat,C,1\nBack,A,1\n");
    dir.run(["init", "p", "--rarity", "r.csv"]).ok();
    let text = configuration(&dir);
    assert!(text.contains("\"Hat/B\" = { weight = 3 }"), "{text}");
    dir.run(["check", "p", "--count", "2"]).ok();
}
