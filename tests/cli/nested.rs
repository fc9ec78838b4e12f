//! Choices inside choices: chosen from with the trait that they belong to, and like any other layer in everything else.

use serde_json::Value;

use crate::util::Dir;

const COLOURS: [[u8; 4]; 4] = [[200, 0, 0, 255], [0, 200, 0, 255], [0, 0, 200, 255], [90, 90, 0, 255]];

/// Bodies of which the robot has eyes and an aerial, and the laser among its eyes a colour.
fn dir(choices: &str) -> Dir {
    let dir = Dir::empty();
    for (number, name) in
        ["Body/Cat#3", "Body/Robot", "Body/Robot/eyes/Laser", "Body/Robot/eyes/Lamp#3", "Hat/Cap", "Hat/Fez"]
            .into_iter()
            .enumerate()
    {
        dir.picture(format!("p/layers/{name}.png"), COLOURS[number % 4]);
    }
    for name in ["Red", "Blue"] {
        dir.picture(format!("p/layers/lights/{name}.png"), COLOURS[0]);
    }
    dir.write(
        "p/collection.toml",
        format!(
            "name = \"P\"\nseed = 1\ncount = 6\n[[layers]]\nname = \"Body\"\n[[layers]]\nname = \"Hat\"\n\
             [traits.\"Body/Robot\"]\nchoices = [{{ name = \"Eyes\", folder = \"Body/Robot/eyes\"{choices} }}]\n\
             [traits.\"Eyes/Laser\"]\nchoices = [{{ name = \"Light\", folder = \"lights\"{choices} }}]\n"
        ),
    );
    dir
}

fn attributes(dir: &Dir, edition: usize) -> Vec<(String, String)> {
    let document = dir.json(format!("out/json/{edition}.json"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = document["attributes"].as_array().unwrap().iter();
    all.map(|attribute| (text(&attribute["trait_type"]), text(&attribute["value"]))).collect()
}

/// All attributes of all items that show a laser, in their order.
fn of_lasers(dir: &Dir) -> Vec<Vec<(String, String)>> {
    let plan = dir.json("out/plan.json");
    let is_laser = |item: &Value| item[1] == "Laser";
    let places = plan["items"].as_array().unwrap().iter().enumerate().filter(|(_, item)| is_laser(item));
    places.map(|(place, _)| attributes(dir, place + 1)).collect()
}

#[test]
fn a_choice_is_made_where_its_trait_is_shown_and_counts_everywhere() {
    let dir = dir("");
    dir.run(["plan", "p", "--all", "-o", "all.json"]).ok();
    let plan = dir.json("all.json");
    assert_eq!(plan["layers"], serde_json::json!(["Body", "Eyes", "Light", "Hat"]));
    let items: Vec<String> = plan["items"].as_array().unwrap().iter().map(Value::to_string).collect();
    let mut expected: Vec<String> = Vec::new();
    for body in [
        "\"Cat\",null,null",
        "\"Robot\",\"Lamp\",null",
        "\"Robot\",\"Laser\",\"Blue\"",
        "\"Robot\",\"Laser\",\"Red\"",
    ] {
        expected.extend(["Cap", "Fez"].map(|hat| format!("[{body},\"{hat}\"]")));
    }
    let mut sorted = items.clone();
    sorted.sort();
    expected.sort();
    assert_eq!(sorted, expected);
    dir.run(["check", "p"]).ok().says("8 different items are possible");
    dir.run(["generate", "p", "--plan", "all.json"]).ok();
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
    dir.run(["report", "out", "--project", "p"]).ok();
    // What a plan says must fit.
    for (wrong, words) in [
        ("[\"Cat\",\"Lamp\",null,\"Cap\"]", "\"Eyes\" is shown with \"Body/Robot\", and only with it"),
        ("[\"Robot\",null,null,\"Cap\"]", "\"Eyes\" is shown with \"Body/Robot\", and only with it"),
        ("[\"Robot\",\"Lamp\",\"Red\",\"Cap\"]", "\"Light\" is shown with \"Eyes/Laser\", and only with it"),
    ] {
        let text = format!(
            "{{\"format\": \"traitpress-plan/1\", \"layers\": [\"Body\", \"Eyes\", \"Light\", \"Hat\"], \"items\": [{wrong}]}}"
        );
        dir.write("wrong.json", text);
        dir.run(["generate", "p", "--plan", "wrong.json", "--out", "w"]).refused(1, &[&["item 1", words]]);
    }
}

#[test]
fn rules_numbers_and_edits_reach_choices_inside_choices() {
    let dir = dir("");
    let config = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    let more = "[[rules]]\nwhen = \"Light/Red\"\nrequire = \"Hat/Fez\"\n[traits.\"Light/Red\"]\ncount = 1\n\
                [traits.\"Eyes/none\"]\ncount = 2\n";
    dir.write("p/collection.toml", format!("{config}{more}"));
    dir.run(["generate", "p"]).ok();
    let items = dir.json("out/plan.json")["items"].clone();
    let items: Vec<&Value> = items.as_array().unwrap().iter().collect();
    let red: Vec<&&Value> = items.iter().filter(|item| item[2] == "Red").collect();
    assert_eq!((red.len(), &red[0][3]), (1, &Value::from("Fez")));
    assert_eq!(items.iter().filter(|item| item[1].is_null()).count(), 2);
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
    dir.write("p/collection.toml", &config);
    dir.run(["generate", "p", "--force"]).ok();
    dir.run(["reroll", "out", "1,2", "--project", "p"]).ok();
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
    // A group has the choices inside the choices of its layers.
    let groups = "[[groups]]\nname = \"Bare\"\nlayers = [\"Body\"]\ncount = 3\n";
    dir.write("p/collection.toml", format!("{}{groups}", config.replace("count = 6\n", "")));
    dir.run(["generate", "p", "--out", "g"]).ok();
    let plan = dir.json("g/plan.json");
    assert!(plan["items"].as_array().unwrap().iter().all(|item| item["traits"][3].is_null()));
    assert!(plan.to_string().contains("Lamp"), "{plan}");
}

#[test]
fn metadata_lists_them_by_their_own_name_or_the_outermost_or_not() {
    let pairs = |list: &[(&str, &str)]| -> Vec<(String, String)> {
        list.iter().map(|&(a, b)| (a.to_owned(), b.to_owned())).collect()
    };
    for (listing, expected) in [
        ("own", &[("Body", "Robot"), ("Eyes", "Laser"), ("Light", "Red")][..]),
        ("root", &[("Body", "Red")]),
        ("hidden", &[("Body", "Robot")]),
    ] {
        let dir = dir(&format!(", metadata = \"{listing}\""));
        dir.run(["plan", "p", "--all", "-o", "all.json"]).ok();
        dir.run(["generate", "p", "--plan", "all.json"]).ok();
        let mut red = expected.to_vec();
        red.push(("Hat", "Fez"));
        let lasers = of_lasers(&dir);
        assert_eq!(lasers.len(), 4);
        assert!(lasers.contains(&pairs(&red)), "{listing}: {lasers:?}");
        // Metadata can be written again from the manifest.
        let before = dir.files("out/json");
        dir.run(["metadata", "out", "--metadata", "erc721"]).ok();
        assert_eq!(dir.files("out/json"), before);
        dir.run(["generate", "p", "--plan", "all.json", "--metadata", "csv", "--out", "table"]).ok();
    }
}

#[test]
fn a_trait_can_say_more_than_its_name() {
    let dir = Dir::with_project();
    dir.write(
        "p/collection.toml",
        "seed = 1\ncount = 4\n[traits.\"Back/Red\"]\nattributes = { Style = \"Ink\", Power = 3 }\n",
    );
    dir.run(["generate", "p"]).ok();
    let all = dir.json("out/json/_metadata.json");
    for document in all.as_array().unwrap() {
        let text = document["attributes"].to_string();
        let is_red = text.contains("Red");
        assert_eq!(text.contains("{\"trait_type\":\"Style\",\"value\":\"Ink\"}"), is_red, "{text}");
        assert_eq!(text.contains("{\"trait_type\":\"Power\",\"value\":3}"), is_red, "{text}");
    }
    assert!(all.to_string().contains("Ink"));
    let before = dir.files("out/json");
    dir.run(["metadata", "out", "--metadata", "erc721"]).ok();
    assert_eq!(dir.files("out/json"), before);
    dir.run(["metadata", "out", "--metadata", "csv"]).ok();
    dir.write("p/collection.toml", "[traits.\"Hat/none\"]\nattributes = { Style = \"Ink\" }\n");
    dir.run(["check", "p"]).exited(1);
}

#[test]
fn choices_that_cannot_be_are_refused() {
    let refused = |from: &str, to: &str, words: &[&str]| {
        let dir = dir("");
        let config = String::from_utf8(dir.read("p/collection.toml")).unwrap();
        assert!(config.contains(from));
        dir.write("p/collection.toml", config.replace(from, to));
        let ran = dir.run(["check", "p"]);
        ran.exited(1);
        assert!(words.iter().all(|word| ran.stderr().contains(word)), "{}", ran.stderr());
    };
    refused("Body/Robot/eyes", "Body/Robot/eys", &["\"Eyes\" has no folder"]);
    refused("name = \"Light\"", "name = \"Hat\"", &["a second layer is named \"Hat\""]);
    refused("name = \"Light\"", "nme = \"Light\"", &["\"nme\" of a choice", "did you mean \"name\"?"]);
    refused(
        "[traits.\"Eyes/Laser\"]",
        "[traits.\"Eyes/Laster\"]",
        &["no trait \"Laster\"", "did you mean \"Laser\"?"],
    );
    refused(
        "folder = \"lights\"",
        "folder = \"lights\", metadata = \"rot\"",
        &["\"own\", \"root\", \"hidden\""],
    );
}
