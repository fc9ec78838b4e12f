//! Metadata in every standard: what it says, what is refused before anything is pressed, and that `verify` knows its files.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::util::{Dir, RED, VEIL};
use crate::verify::{finds, found, owned};

const SOLANA: &str = "11111111111111111111111111111111";
const TEZOS: &str = "tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb";

/// Six items and two one-of-ones, numbered from 0, with more in the configuration.
pub(crate) fn told(more: &str) -> Dir {
    let dir = Dir::with_project();
    dir.picture("p/ones/King.png", RED);
    dir.picture("p/ones/Queen.png", VEIL);
    let policy = "a1".repeat(28);
    dir.write(
        "p/collection.toml",
        format!(
            "name = \"Test\"\ndescription = \"Two\\nlines\"\nseed = 7\ncount = 8\nstart = 0\nbase_uri = \"ipfs://CID\"\n\
             {more}\n[[layers]]\nname = \"Back\"\ndisplay_name = \"Ground\"\n[[layers]]\nname = \"Hat\"\n\
             [[ones]]\nimage = \"ones/King.png\"\nedition = 5\nattributes = {{ Power = 9, Artist = \"=1+1\", Signed = true }}\n\
             [[ones]]\nimage = \"ones/Queen.png\"\nattributes = {{ Share = 0.5 }}\n\
             [traits.\"Hat/Crown\"]\ndisplay_name = \"The Crown\"\n[traits.\"Hat/none\"]\ndisplay_name = \"Bare\"\n\
             [metadata]\nsymbol = \"TST\"\nexternal_url = \"https://x/{{edition:03}}\"\nanimation_url = \"https://y/{{edition}}.mp4\"\n\
             background_color = \"#FFaa00\"\nseller_fee_basis_points = 250\npolicy_id = \"{policy}\"\nnumber_width = 3\n\
             attributes = {{ Artist = \"Ann\", Born = 1700000000 }}\n"
        ),
    );
    dir
}

/// What the plan shows in layer `layer` of item `edition`: `None` for a one-of-one, else the trait or null.
fn shown(dir: &Dir, edition: usize) -> Option<[Value; 2]> {
    let item = dir.json("out/plan.json")["items"][edition].clone();
    item.as_array().map(|row| [row[0].clone(), row[1].clone()])
}

#[test]
fn erc721_has_the_links_the_colour_display_names_absence_and_what_all_items_say() {
    let dir = told("");
    let configuration = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write(
        "p/collection.toml",
        format!("{configuration}display_types = {{ Born = \"date\", Power = \"boost_number\" }}\n"),
    );
    dir.run(["generate", "p"]).ok();
    let mut bare = 0;
    for edition in 0..8 {
        let document = dir.json(format!("out/json/{edition}.json"));
        assert_eq!(document["image"], format!("ipfs://CID/{edition}.png"));
        assert_eq!(document["external_url"], format!("https://x/{edition:03}"));
        assert_eq!(document["animation_url"], format!("https://y/{edition}.mp4"));
        assert_eq!(document["background_color"], "ffaa00");
        assert_eq!((&document["edition"], &document["description"]), (&json!(edition), &json!("Two\nlines")));
        let attributes = document["attributes"].as_array().unwrap().clone();
        let born = json!({"display_type": "date", "trait_type": "Born", "value": 1_700_000_000});
        assert_eq!(attributes.last().unwrap(), &born);
        let Some([back, hat]) = shown(&dir, edition) else {
            let king = document["name"] == "King";
            if king {
                let own = json!([
                    {"display_type": "boost_number", "trait_type": "Power", "value": 9},
                    {"trait_type": "Artist", "value": "=1+1"}, {"trait_type": "Signed", "value": true}, born
                ]);
                assert_eq!(document["attributes"], own, "its own artist, not everybody's");
            }
            assert!(king || document["name"] == "Queen");
            continue;
        };
        assert_eq!(document["name"], format!("Test #{edition:03}"));
        let hat = match hat.as_str() {
            None => {
                bare += 1;
                "Bare"
            }
            Some("Crown") => "The Crown",
            Some(other) => other,
        };
        let wanted = json!([{"trait_type": "Ground", "value": back}, {"trait_type": "Hat", "value": hat},
                            {"trait_type": "Artist", "value": "Ann"}, born]);
        assert_eq!(document["attributes"], wanted);
    }
    assert!(bare > 0, "an item without a hat is among them");
    assert_eq!(dir.json("out/json/_metadata.json").as_array().unwrap().len(), 8);
    finds(&dir, &["--project", "p", "--sample", "all"], &[]);
    // A hidden layer: nothing of it is told, and the pictures are the same.
    let pictures = dir.files("out/images");
    dir.write("p/collection.toml", configuration.replace("name = \"Hat\"", "name = \"Hat\"\nhidden = true"));
    dir.run(["generate", "p", "--force"]).ok();
    assert!(!String::from_utf8(dir.read("out/json/_metadata.json")).unwrap().contains("Hat"));
    assert_eq!(dir.files("out/images"), pictures);
}

#[test]
fn without_settings_the_manifest_is_what_it_was_and_settings_are_no_part_of_the_configuration() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    let plain = dir.json("out/manifest.json");
    assert_eq!(plain["metadata"], Value::Null);
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    dir.write("p/collection.toml", format!("{text}[metadata]\nshow_absent = \"None\"\n"));
    dir.run(["generate", "p", "--out", "told"]).ok();
    let told = dir.json("told/manifest.json");
    for key in ["configuration", "art", "recipe", "plan"] {
        assert_eq!(told[key], plain[key], "{key}");
    }
    assert_eq!(told["metadata"]["settings"], json!({"show_absent": "None"}));
    assert_eq!(dir.files("told/images"), dir.files("out/images"));
    // The other project's settings are told once, and what the manifest says is what is compared.
    let (problems, said) = found(&dir, &["--project", "p", "--sample", "all"]);
    assert_eq!(problems, owned(&[("manifest.json", "metadata")]), "{said:#}");
}

#[test]
fn metaplex_has_texts_shares_files_and_a_document_of_the_collection() {
    let dir = told("");
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    let creators =
        format!("creators = [{{ address = \"{SOLANA}\", share = 100 }}]\ncollection_family = \"Pets\"\n");
    dir.write("p/collection.toml", format!("{text}standard = \"metaplex\"\n{creators}"));
    dir.run(["generate", "p"]).ok();
    for edition in 0..8 {
        let document = dir.json(format!("out/json/{edition}.json"));
        assert_eq!((&document["symbol"], &document["seller_fee_basis_points"]), (&json!("TST"), &json!(250)));
        assert_eq!(document["collection"], json!({"name": "", "family": "Pets"}));
        let image = format!("ipfs://CID/{edition}.png");
        let properties = json!({
            "files": [{"uri": image, "type": "image/png"}, {"uri": format!("https://y/{edition}.mp4"), "type": "video/mp4"}],
            "category": "video",
            "creators": [{"address": SOLANA, "share": 100}],
        });
        assert_eq!((&document["image"], &document["properties"]), (&json!(image), &properties));
        let values = document["attributes"].as_array().unwrap();
        assert!(values.iter().all(|attribute| attribute["value"].is_string()), "{values:?}");
    }
    let collection = dir.json("out/json/collection.json");
    assert_eq!((&collection["name"], &collection["image"]), (&json!("Test"), &json!("ipfs://CID/0.png")));
    assert!(!dir.exists("out/json/_metadata.json"), "no file that belongs to no item");
    finds(&dir, &["--project", "p", "--sample", "all"], &[]);
    dir.write("out/json/collection.json", "{}");
    finds(&dir, &[], &[("json/collection.json", "changed")]);
}

#[test]
fn tezos_has_whole_tokens_royalties_and_types() {
    let dir = told("");
    let text = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    let other = "tz1burnburnburnburnburnburnburjAYjjX";
    let creators = format!(
        "creators = [{{ address = \"{TEZOS}\", share = 60 }}, {{ address = \"{other}\", share = 40 }}]\n"
    );
    dir.write("p/collection.toml", format!("{text}standard = \"tezos\"\n{creators}"));
    dir.run(["generate", "p"]).ok();
    let king = dir.json("out/json/5.json");
    assert_eq!((&king["decimals"], &king["isBooleanAmount"]), (&json!(0), &json!(true)));
    assert_eq!(
        (&king["artifactUri"], &king["displayUri"]),
        (&json!("https://y/5.mp4"), &json!("ipfs://CID/5.png"))
    );
    assert_eq!(king["creators"], json!([TEZOS, other]));
    // 2.5 %: 1.5 and 1.0.
    assert_eq!(king["royalties"], json!({"decimals": 3, "shares": {TEZOS: 15, other: 10}}));
    assert_eq!(king["attributes"][0], json!({"name": "Power", "value": "9", "type": "integer"}));
    assert_eq!(king["attributes"][2], json!({"name": "Signed", "value": "true", "type": "boolean"}));
    finds(&dir, &["--project", "p"], &[]);
}

#[test]
fn cardano_csv_and_json_lines_are_one_file_each_and_there_are_no_documents() {
    let dir = told("");
    dir.run(["generate", "p", "--metadata", "csv,jsonl,cardano"]).ok();
    assert!(!dir.exists("out/json"));
    let names: Vec<String> = dir.json("out/manifest.json")["files"].as_array().unwrap()[8..]
        .iter()
        .map(|file| file["name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["cardano.json", "metadata.csv", "metadata.jsonl", "plan.json"]);

    let cardano = dir.json("out/cardano.json");
    assert_eq!(cardano["721"]["version"], 2);
    let assets = &cardano["721"][&format!("0x{}", "a1".repeat(28))];
    assert_eq!(assets.as_object().unwrap().len(), 8);
    for edition in 0..8 {
        let key: String = format!("Test{edition:03}").bytes().map(|byte| format!("{byte:02x}")).collect();
        let asset = &assets[&format!("0x{key}")];
        assert_eq!(asset["image"], format!("ipfs://CID/{edition}.png"));
        if let Some([back, _]) = shown(&dir, edition) {
            assert_eq!(
                (&asset["Ground"], &asset["Artist"], &asset["Born"]),
                (&back, &json!("Ann"), &json!(1_700_000_000))
            );
            assert_eq!(asset["name"], format!("Test #{edition:03}"));
        }
        assert_eq!(asset["files"][0]["src"], format!("https://y/{edition}.mp4"));
    }
    let king = assets.as_object().unwrap().values().find(|asset| asset["name"] == "King").unwrap();
    assert_eq!(
        (&king["Power"], &king["Signed"], &king["Artist"]),
        (&json!(9), &json!("true"), &json!("=1+1"))
    );

    let mut table = csv::Reader::from_path(dir.path("out/metadata.csv")).unwrap();
    let rows: Vec<BTreeMap<String, String>> = table.deserialize().collect::<Result<_, _>>().unwrap();
    assert_eq!(rows.len(), 8);
    let lines = String::from_utf8(dir.read("out/metadata.jsonl")).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (edition, (row, line)) in rows.iter().zip(&lines).enumerate() {
        assert_eq!(
            (row["edition"].as_str(), &line["edition"]),
            (edition.to_string().as_str(), &json!(edition))
        );
        assert_eq!(line["name"], row["name"]);
        assert_eq!(
            (row["image"].clone(), &line["image"]),
            (format!("ipfs://CID/{edition}.png"), &json!(row["image"]))
        );
        let own = |name: &str| {
            let found = line["attributes"].as_array().unwrap().iter().find(|one| one["trait_type"] == name);
            found.map_or(String::new(), |one| {
                one["value"].as_str().map_or(one["value"].to_string(), str::to_owned)
            })
        };
        for name in ["Ground", "Hat", "Born", "Power", "Signed", "Share"] {
            assert_eq!(row[name], own(name), "{name}");
        }
        if row["name"] == "King" {
            assert_eq!((row["Artist"].as_str(), own("Artist").as_str()), ("'=1+1", "=1+1"), "no formula");
        }
    }
    finds(&dir, &["--project", "p", "--sample", "all"], &[]);
    for name in ["cardano.json", "metadata.csv", "metadata.jsonl"] {
        let whole = dir.read(format!("out/{name}"));
        std::fs::remove_file(dir.path(format!("out/{name}"))).unwrap();
        finds(&dir, &[], &[(name, "missing")]);
        dir.write(format!("out/{name}"), &whole);
    }
    // In their place, everything else; and nothing of them stays.
    dir.run(["generate", "p", "--force", "--metadata", "none"]).ok();
    let there: Vec<_> = dir.files("out").into_keys().filter(|name| !name.starts_with("images")).collect();
    assert_eq!(there, ["manifest.json", "plan.json"].map(std::path::PathBuf::from));
    finds(&dir, &["--project", "p"], &[]);
    dir.write("out/metadata.csv", "mine");
    dir.write("out/json/1.json", "mine");
    finds(&dir, &[], &[("json", "extra"), ("metadata.csv", "extra")]);
    std::fs::remove_dir_all(dir.path("out/json")).unwrap();
    std::fs::remove_file(dir.path("out/metadata.csv")).unwrap();
    dir.run(["generate", "p", "--force", "--metadata", "erc721"]).ok();
    finds(&dir, &["--project", "p"], &[]);
}

#[test]
fn cells_that_a_spreadsheet_would_carry_out_are_text_and_all_else_survives() {
    let dir = Dir::empty();
    let awkward = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "a,b", "say \"hi\"", "two  words"];
    for (number, name) in awkward.iter().enumerate() {
        let name = name.replace('/', "\u{2215}");
        dir.picture(format!("p/layers/=Layer/{name}.png"), [number as u8, 0, 0, 255]);
    }
    dir.picture("p/layers/name/A.png", RED);
    dir.write("p/collection.toml", "name = \"-N\"\ndescription = \"x\"\nseed = 1\ncount = 7\n");
    dir.run(["generate", "p", "--metadata", "csv"]).ok();
    let text = String::from_utf8(dir.read("out/metadata.csv")).unwrap();
    assert!(text.ends_with("\r\n"));
    let mut table = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(table.headers().unwrap(), vec!["edition", "name", "image", "'=Layer", "name (trait)"]);
    let mut cells = Vec::new();
    for row in table.records() {
        let row = row.unwrap();
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])), "{row:?}");
        assert!(row[1].starts_with("'-N #"));
        cells.push(row[3].trim_start_matches('\'').replace('\u{2215}', "/"));
    }
    cells.sort_unstable();
    let mut wanted = awkward.map(str::to_owned);
    wanted.sort_unstable();
    assert_eq!(cells, wanted);
}

#[test]
fn limits_are_told_before_anything_is_pressed_all_at_once() {
    let dir = Dir::with_project();
    let write = |top: &str, bottom: &str| {
        dir.write(
            "p/collection.toml",
            format!("name = \"{}\"\nseed = 7\ncount = 4\n{top}\n[metadata]\n{bottom}", "N".repeat(31)),
        );
    };
    write(
        "base_uri = \"ipfs://CID\"",
        "symbol = \"ABCDEFGHIJK\"\nseller_fee_basis_points = 1\ncreators = [{ address = \"me\", share = 60 }, { address = \"me\", share = 50 }]",
    );
    let metaplex: &[&[&str]] = &[
        &["34 bytes, and metaplex allows 32", "shorten name"],
        &["symbol", "11 bytes, and metaplex allows 10"],
        &["add up to 110", "requires 100"],
        &["\"me\" is listed twice"],
        &["\"me\" is not an address on Solana"],
        &["\"me\" is not an address on Solana"],
        &["the first item is number 1", "starts at 0", "start = 0"],
    ];
    let problems = |problems: &[&[&str]]| -> Vec<Vec<String>> {
        problems
            .iter()
            .map(|words| {
                words
                    .iter()
                    .map(|word| (*word).to_owned())
                    .chain(["p/collection.toml: ".to_owned()])
                    .collect()
            })
            .collect()
    };
    let told = problems(metaplex);
    let told: Vec<Vec<&str>> = told.iter().map(|words| words.iter().map(String::as_str).collect()).collect();
    let told: Vec<&[&str]> = told.iter().map(Vec::as_slice).collect();
    dir.run(["generate", "p", "--metadata", "metaplex"]).refused(1, &told);
    assert!(!dir.exists("out"), "nothing was pressed");
    let cardano: &[&[&str]] = &[
        &["display_types lists \"Bakc\"", "did you mean \"Back\"?"],
        &["the attribute \"Back\" has the name of a layer"],
        &["cardano requires a policy_id"],
        &["asset name", "33 bytes, and cardano allows 32"],
        &["no scheme", "base_uri"],
        &["has the name \"image\""],
    ];
    write(
        "",
        "standard = \"cardano\"\nasset_name = \"ABCDEFGHIJABCDEFGHIJABCDEFGHIJ12{edition}\"\nattributes = { image = \"x\", Back = \"y\" }\ndisplay_types = { Bakc = \"date\" }",
    );
    dir.run(["generate", "p"]).refused(1, cardano);
    dir.run(["check", "p"]).exited(1).warns("cardano requires a policy_id").warns("no scheme");
    write(
        "",
        "standard = \"tezos\"\ncreators = [{ address = \"tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjc\", share = 99 }]",
    );
    dir.run(["generate", "p"])
        .refused(1, &[&["add up to 99", "tezos requires 100"], &["is not an address on Tezos"]]);
    write("", "display_types = { Back = \"number\" }");
    dir.run(["generate", "p"]).refused(1, &[&["\"Blue\" is not a number"], &["\"Red\" is not a number"]]);
    write("", "standard = [\"erc721\", \"tezos\"]");
    dir.run(["check", "p"])
        .refused(1, &[&["p/collection.toml:6: ", "erc721 and tezos both write json/1.json"]]);
    // A hole: a plan's own numbers.
    dir.write("p/collection.toml", "name = \"N\"\nstart = 0\n");
    dir.write(
        "plan.json",
        "{\"format\": \"traitpress-plan/1\", \"start\": 0, \"layers\": [\"Back\", \"Hat\"], \
         \"items\": [[\"Red\", null], {\"edition\": 2, \"traits\": [\"Blue\", null]}]}",
    );
    dir.run(["generate", "p", "--plan", "plan.json", "--metadata", "metaplex"])
        .refused(1, &[&["item number 1 is missing", "allows no gaps", "--renumber"]]);
    dir.run(["generate", "p", "--plan", "plan.json", "--metadata", "csv,nothing"])
        .exited(2)
        .warns("there is no standard \"nothing\"");
}
