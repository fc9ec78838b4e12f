//! Credits: who made the traits that a collection shows.

use crate::util::Dir;

const CONFIG: &str = "name = \"P\"\nseed = 1\ncount = 2\n[[layers]]\nname = \"Back\"\ncredits = { author = \"Ada\", licence = \"CC0\" }\n\
     [[layers]]\nname = \"Hat\"\n[traits.\"Back/Red\"]\ncredits = { author = \"=Bob & <Co>\", licence = \"CC BY 4.0\", source = \"https://example.com/red?a=1&b=2\" }\n\
     [traits.\"Hat/Cap\"]\ncredits = { author = \"Eve\" }\n";

fn credits(dir: &Dir, out: &str) -> Vec<String> {
    let text = String::from_utf8(dir.read(format!("{out}/CREDITS.csv"))).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_credits_of_traits_that_are_shown_are_in_the_table_and_on_the_page() {
    let dir = Dir::with_project();
    dir.write("p/collection.toml", CONFIG);
    let plan = "{\"format\": \"traitpress-plan/1\", \"layers\": [\"Back\", \"Hat\"], \"items\": [[\"Red\", null], [\"Blue\", null]]}";
    dir.write("plan.json", plan);
    dir.run(["generate", "p", "--plan", "plan.json"]).ok();
    let expected = [
        "layer,trait,author,licence,source",
        "Back,Blue,Ada,CC0,",
        "Back,Red,'=Bob & <Co>,CC BY 4.0,https://example.com/red?a=1&b=2",
    ];
    assert_eq!(credits(&dir, "out"), expected);
    dir.run(["verify", "out", "--project", "p", "--sample", "all"]).ok();
    dir.run(["report", "out", "--html", "page.html"]).ok();
    let page = String::from_utf8(dir.read("page.html")).unwrap();
    assert!(
        page.contains("=Bob &amp; &lt;Co&gt;")
            && page.contains("href=\"https://example.com/red?a=1&amp;b=2\"")
    );
    assert!(!page.contains(">Eve<"), "nobody shows the cap");
    // An edit shows other traits, metadata is rewritten without the project, and a collection without credits has no table.
    dir.write("edited.json", plan.replace("[\"Blue\", null]", "[\"Blue\", \"Cap\"]"));
    dir.run(["generate", "p", "--plan", "edited.json", "--update"]).ok();
    assert_eq!(credits(&dir, "out")[3], "Hat,Cap,Eve,,");
    dir.run(["metadata", "out", "--metadata", "csv"]).ok();
    assert_eq!(credits(&dir, "out").len(), 4);
    dir.run(["verify", "out"]).ok();
    dir.write("p/collection.toml", "name = \"P\"\n");
    dir.run(["generate", "p", "--plan", "plan.json", "--force"]).ok();
    assert!(!dir.exists("out/CREDITS.csv"));
    dir.write("p/collection.toml", CONFIG.replace("licence = \"CC0\"", "license = \"CC0\""));
    dir.run(["check", "p"]).refused(1, &[&["\"license\" of credits", "did you mean \"licence\"?"]]);
}
