//! The page that `report --html` writes, as a browser shows it: what it lists, how it filters and sorts ten thousand items,
//! what it does with hostile names, and that nothing but the page itself is ever loaded or run.

use std::fs;

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::Digest;

use crate::browser::Browser;
use crate::util::{BLUE, Dir, RED, VEIL};
use crate::verify::collection;

/// What is shown: editions of the cards in the order of the page.
pub(crate) const SHOWN: &str =
    "[...document.querySelectorAll('.card')].map((card) => Number(card.dataset.edition))";
/// True when the first items are there.
pub(crate) const READY: &str =
    "performance.getEntriesByName('items-shown').length && document.readyState === 'complete'";

/// A label of the filters: `layer` and `trait` as they are shown.
pub(crate) fn label(layer: &str, name: &str) -> String {
    let (layer, name) = (json!(layer), json!(name));
    format!(
        "[...document.querySelectorAll('.facet')].find((facet) => facet.querySelector('summary .layer')?.textContent === {layer})\
         .querySelectorAll('label').values().find((label) => label.querySelector('.what').textContent === {name})"
    )
}

/// Does something in the page and gives how long it took until its outcome was drawn, in milliseconds.
fn timed(browser: &mut Browser, action: &str) -> f64 {
    let script = format!(
        "(async () => {{ const start = performance.now(); {action}; \
         await new Promise((done) => requestAnimationFrame(() => setTimeout(done))); \
         return performance.now() - start; }})()"
    );
    browser.eval(&script).as_f64().expect("a time")
}

fn choose(browser: &mut Browser, select: &str, value: &str) -> f64 {
    let action = format!(
        "const select = document.getElementById('{select}'); select.value = '{value}'; \
         select.dispatchEvent(new Event('change'))"
    );
    timed(browser, &action)
}

/// Tells a time and whether it is below a second. Tests only stop what hangs: a machine may be busy with other things.
fn print_time(what: &str, milliseconds: f64) {
    let met = if milliseconds < 1000.0 { "met" } else { "missed" };
    println!("{what}: {milliseconds:.0} ms (goal: below 1000 ms, {met})");
    assert!(milliseconds < 30_000.0, "{what} took {milliseconds:.0} ms");
}

/// The first cards are those of `editions`, and there are some.
#[track_caller]
fn shows(browser: &mut Browser, editions: &[u64]) {
    let shown: Vec<u64> = serde_json::from_value(browser.eval(SHOWN)).expect("a list of editions");
    assert!(shown.len() >= editions.len().min(20), "only {} cards", shown.len());
    assert_eq!(shown[..], editions[..shown.len()]);
}

/// Ten thousand items of four layers, the last of which can be absent.
fn ten_thousand() -> Dir {
    let dir = Dir::empty();
    for (layer, count) in [("A Ground", 12u32), ("B Body", 11), ("C Eyes", 11)] {
        for number in 0..count {
            let colour = [(number * 20) as u8, (255 - number * 17) as u8, (number * 91) as u8, 255];
            let name = format!("p/layers/{layer}/T{number}#{}.png", number + 1);
            let edge = if layer.starts_with('A') {
                0
            } else if layer.starts_with('B') {
                12
            } else {
                20
            };
            let inside = |side: u32| (edge..48 - edge).contains(&side);
            let pixel = |x, y| image::Rgba(if inside(x) && inside(y) { colour } else { [0; 4] });
            dir.image(name, &image::RgbaImage::from_fn(48, 48, pixel));
        }
    }
    for number in 0..10u32 {
        dir.image(
            format!("p/layers/D Hat/T{number}.png"),
            &image::RgbaImage::from_fn(48, 48, |x, y| {
                image::Rgba(if y < 8 && x > number * 4 {
                    [250, 250, (number * 25) as u8, 255]
                } else {
                    [0; 4]
                })
            }),
        );
    }
    dir.write("p/layers/D Hat/None#5", "");
    dir.write("p/collection.toml", "name = \"Many\"\nseed = 4\ncount = 10000\n");
    dir.run(["generate", "p", "--encode-batch", "64"]).ok();
    dir.run([
        "report",
        "out",
        "--json",
        "report.json",
        "--html",
        "page.html",
        "--top",
        "0",
        "--thumbnail",
        "32",
    ])
    .ok();
    dir
}

#[test]
fn ten_thousand_items_open_filter_and_sort_at_once() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = ten_thousand();
    let report = dir.json("report.json");
    let ranking = report["ranking"].as_array().unwrap();
    let editions = |lines: &[&Value]| -> Vec<u64> {
        lines.iter().map(|line| line["edition"].as_u64().unwrap()).collect()
    };
    let all: Vec<&Value> = ranking.iter().collect();

    browser.open(&dir.path("page.html"), READY);
    let opened = browser.eval("performance.getEntriesByName('items-shown')[0].startTime").as_f64().unwrap();
    print_time("opening a page of 10,000 items", opened);
    println!("the page has {} bytes", fs::metadata(dir.path("page.html")).unwrap().len());
    assert_eq!(browser.eval("document.getElementById('count').textContent"), "10,000 items");
    shows(&mut browser, &editions(&all));
    // Each thumbnail is its picture: compared in the upper left corner of its ground, which is of one colour.
    browser.wait("[...document.images].every((image) => image.complete && image.naturalWidth)");
    let corners = browser.eval(
        "[...document.querySelectorAll('.card')].map((card) => { const image = card.querySelector('img'); \
         const canvas = document.createElement('canvas'); canvas.width = image.naturalWidth; canvas.height = image.naturalHeight; \
         const context = canvas.getContext('2d'); context.drawImage(image, 0, 0); \
         return [Number(card.dataset.edition), canvas.width, ...context.getImageData(1, 20, 1, 1).data]; })",
    );
    assert!(corners.as_array().unwrap().len() > 20);
    for corner in corners.as_array().unwrap() {
        let number = |at: usize| corner[at].as_u64().unwrap();
        assert_eq!(number(1), 32);
        let picture = image::open(dir.path(format!("out/images/{}.png", number(0)))).unwrap().into_rgba8();
        let pixel = picture.get_pixel(1, 30).0;
        for channel in 0..4 {
            let (thumbnail, whole) = (number(2 + channel), u64::from(pixel[channel]));
            assert!(thumbnail.abs_diff(whole) < 12, "{corner}: {pixel:?}");
        }
    }

    // One trait, two traits of a layer, and another layer beside them.
    let shown =
        |line: &Value, layer: usize, names: &[Option<&str>]| names.contains(&line["traits"][layer].as_str());
    let took = timed(&mut browser, &format!("{}.click()", label("B Body", "T3")));
    print_time("filtering by a trait", took);
    let wanted: Vec<&Value> = all.iter().copied().filter(|line| shown(line, 1, &[Some("T3")])).collect();
    assert!(wanted.len() > 100);
    shows(&mut browser, &editions(&wanted));
    timed(&mut browser, &format!("{}.click()", label("B Body", "T5")));
    timed(&mut browser, &format!("{}.click()", label("D Hat", "none")));
    let bodies = [Some("T3"), Some("T5")];
    let wanted: Vec<&Value> =
        all.iter().copied().filter(|line| shown(line, 1, &bodies) && shown(line, 3, &[None])).collect();
    shows(&mut browser, &editions(&wanted));
    let count = browser.eval("document.getElementById('count').textContent");
    assert_eq!(count, format!("{} of 10,000 items", wanted.len()));
    // Beside each trait stands how many there would be with it, whatever is chosen in its own layer.
    let many = |browser: &mut Browser, layer: &str, name: &str| {
        let text = browser.eval(&format!("{}.querySelector('.many').textContent", label(layer, name)));
        text.as_str().unwrap().replace(',', "").parse::<usize>().unwrap()
    };
    let with = |test: &dyn Fn(&Value) -> bool| all.iter().filter(|line| test(line)).count();
    let hatless_t9 = with(&|line| shown(line, 1, &[Some("T9")]) && shown(line, 3, &[None]));
    assert_eq!(many(&mut browser, "B Body", "T9"), hatless_t9);
    let of_hat = with(&|line| shown(line, 1, &bodies) && shown(line, 3, &[Some("T2")]));
    assert_eq!(many(&mut browser, "D Hat", "T2"), of_hat);
    let of_eyes =
        with(&|line| shown(line, 1, &bodies) && shown(line, 3, &[None]) && shown(line, 2, &[Some("T1")]));
    assert_eq!(many(&mut browser, "C Eyes", "T1"), of_eyes);

    print_time("clearing all filters", timed(&mut browser, "document.getElementById('reset').click()"));
    shows(&mut browser, &editions(&all));
    let rank_by = |kind: &str| format!("document.querySelector('[name=ranking][value={kind}]').click()");
    print_time("ranking by trait rarity", timed(&mut browser, &rank_by("trait")));
    let mut by_trait = all.clone();
    by_trait.sort_by_key(|line| (line["rank_trait"].as_u64(), line["edition"].as_u64()));
    assert_ne!(editions(&by_trait)[..20], editions(&all)[..20]);
    shows(&mut browser, &editions(&by_trait));
    choose(&mut browser, "sort", "common");
    by_trait.reverse();
    shows(&mut browser, &editions(&by_trait));
    choose(&mut browser, "sort", "lowest");
    shows(&mut browser, &(1..=10_000).collect::<Vec<_>>());
    choose(&mut browser, "sort", "highest");
    shows(&mut browser, &(1..=10_000).rev().collect::<Vec<_>>());
    timed(&mut browser, &rank_by("information"));
    print_time("sorting by rank", choose(&mut browser, "sort", "rarest"));
    shows(&mut browser, &editions(&all));

    // At the end of the page stand the last ones.
    browser.eval("scrollTo(0, document.documentElement.scrollHeight)");
    let last = editions(&all)[9_999];
    browser.wait(&format!("{SHOWN}.includes({last})"));
    let cards = browser.eval("document.querySelectorAll('.card').length").as_u64().unwrap();
    assert!(cards < 400, "{cards} cards are kept");
    browser.eval("scrollTo(0, 0)");
    let search = |browser: &mut Browser, text: &str| {
        let text = json!(text);
        browser.eval(&format!(
            "(() => {{ const field = document.getElementById('search'); field.value = {text}; \
             field.dispatchEvent(new Event('input')); }})()"
        ));
    };
    search(&mut browser, "#4711");
    shows(&mut browser, &[4711]);
    search(&mut browser, "many #471");
    assert_eq!(browser.eval("document.getElementById('count').textContent"), "11 of 10,000 items");
    search(&mut browser, "nothing like that");
    assert_eq!(browser.eval("document.getElementById('none').hidden"), false);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn of_layers_of_one_displayed_name_an_item_counts_with_each_thing_that_it_shows() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = Dir::empty();
    for name in ["Back hair/Long", "Back hair/Curly", "Front hair/Long", "Front hair/Short"] {
        dir.picture(format!("p/layers/{name}.png"), RED);
    }
    let layer = |name: &str| format!("[[layers]]\nname = \"{name}\"\ndisplay_name = \"Hair\"\n");
    dir.write(
        "p/collection.toml",
        format!("seed = 1\ncount = 4\n{}{}", layer("Back hair"), layer("Front hair")),
    );
    dir.run(["generate", "p"]).ok();
    dir.run(["report", "out", "--html", "page.html", "--json", "report.json"]).ok();
    browser.open(&dir.path("page.html"), READY);
    let count = |browser: &mut Browser| browser.eval("document.getElementById('count').textContent");
    let many = |browser: &mut Browser, name: &str| {
        browser.eval(&format!("{}.querySelector('.many').textContent", label("Hair", name)))
    };
    // Long alone, Long with Short, Curly with Long, Curly with Short.
    for (name, items) in [("Long", "3"), ("Curly", "2"), ("Short", "2")] {
        assert_eq!(many(&mut browser, name), items, "{name}");
        browser.eval(&format!("{}.click()", label("Hair", name)));
        assert_eq!(count(&mut browser), format!("{items} of 4 items"));
        browser.eval(&format!("{}.click()", label("Hair", name)));
    }
    assert_eq!(count(&mut browser), "4 items");
    let rows = "document.querySelectorAll('#detail tr').length - 1";
    let lines = dir.json("report.json")["ranking"].as_array().unwrap().clone();
    for line in lines {
        browser
            .eval(&format!("document.querySelector('.card[data-edition=\"{}\"]').click()", line["edition"]));
        assert_eq!(browser.eval(rows), line["traits"][0].as_array().map_or(1, Vec::len), "{line}");
        browser.eval("document.getElementById('detail').close()");
    }
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn an_item_opens_by_keyboard_and_tells_what_it_shows() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = collection();
    dir.run(["report", "out", "--html", "page.html", "--json", "report.json", "--project", "p"]).ok();
    let report = dir.json("report.json");
    browser.open(&dir.path("page.html"), READY);
    // One-of-ones are first, and can be filtered by.
    let line = &report["ranking"][2];
    browser.eval("document.querySelector('.card').focus()");
    browser.key("ArrowRight", 39);
    browser.key("ArrowRight", 39);
    assert_eq!(browser.eval("Number(document.activeElement.dataset.edition)"), line["edition"]);
    browser.key("Enter", 13);
    assert_eq!(browser.eval("document.getElementById('detail').open"), true);
    assert_eq!(browser.eval("document.getElementById('detail-name').textContent"), line["name"]);
    let rows = browser.eval(
        "[...document.querySelectorAll('#detail tr')].slice(1).map((row) => [...row.cells].map((cell) => cell.textContent))",
    );
    for (at, row) in rows.as_array().unwrap().iter().enumerate() {
        let layer = &report["layers"][at];
        let choice = layer["choices"]
            .as_array()
            .unwrap()
            .iter()
            .find(|choice| choice["name"] == line["traits"][at])
            .unwrap();
        let share = format!("{:.2}%", choice["share"].as_f64().unwrap() * 100.0);
        let name = choice["name"].as_str().unwrap_or("none");
        assert_eq!(*row, json!([layer["name"], name, choice["items"].to_string(), share]));
    }
    // Back to the first, a one-of-one, which tells its own attributes.
    browser.key("ArrowLeft", 37);
    browser.key("ArrowLeft", 37);
    let first = &report["ranking"][0];
    assert_eq!(browser.eval("document.getElementById('detail-name').textContent"), first["name"]);
    assert_eq!(browser.eval("document.querySelector('#detail table').textContent.trim()"), "Power9");
    browser.key("Escape", 27);
    assert_eq!(browser.eval("document.getElementById('detail').open"), false);
    // The browser tells the page of the dialog's end a little later.
    let focus =
        "new Promise((done) => setTimeout(() => done(Number(document.activeElement.dataset.edition)), 10))";
    let is_back = (0..500).any(|_| browser.eval(focus) == first["edition"]);
    assert!(is_back, "the focus is where it was");
    browser.eval(&format!("{}.click()", label("Kind", "One-of-one")));
    assert_eq!(browser.eval("document.getElementById('count').textContent"), "2 of 9 items");
    browser.eval("document.getElementById('all-traits').click()");
    let text = browser.eval("document.getElementById('traits-body').textContent");
    assert!(text.as_str().unwrap().contains("By weight"), "{text}");
    assert_eq!(browser.complaints(), [""; 0]);
    assert!(!browser.screenshot().is_empty());
}

#[test]
fn hostile_names_are_text_and_nothing_else_is_loaded_or_run() {
    let dir = Dir::empty();
    let evil = "<img src=x onerror=\"document.title='owned'\">&amp;<!--";
    dir.picture(format!("p/layers/Back/{evil}.png"), RED);
    dir.picture("p/layers/Back/plain.png", BLUE);
    dir.picture("p/ones/King.png", VEIL);
    let name = "</script><script>document.title='owned'</script>\u{2028}";
    dir.write(
        "p/collection.toml",
        format!(
            "name = {0}\nseed = 1\ncount = 3\n[[ones]]\nimage = \"ones/King.png\"\nname = {0}\nattributes = {{ \"<b>\" = {0} }}\n",
            json!(name)
        ),
    );
    dir.run(["generate", "p"]).ok();
    dir.run(["report", "out", "--html", "page.html"]).ok();
    let page = String::from_utf8(dir.read("page.html")).unwrap();
    assert!(!page.contains("<script>document") && !page.contains("<img src=x") && !page.contains("<!--"));
    // The policy names exactly the style sheet and the script that are there.
    let between = |from: &str, to: &str| {
        page.split(from).nth(1).and_then(|rest| rest.split(to).next()).expect("it is there").to_owned()
    };
    let hash = |text: &str| {
        let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(text));
        format!("'sha256-{digest}'")
    };
    assert_eq!(
        between("Content-Security-Policy\" content=\"", "\">"),
        format!(
            "default-src 'none'; img-src data: 'self' file:; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
            hash(&between("<style>", "</style>")),
            hash(&between("<script>", "</script>"))
        )
    );
    assert!(!page.contains("http:") && !page.contains("https:"), "nothing is elsewhere");

    let Some(mut browser) = Browser::start() else { return };
    browser.open(&dir.path("page.html"), READY);
    assert_eq!(browser.eval("document.querySelector('h1').textContent"), name);
    let shown = browser.eval("[...document.querySelectorAll('.what')].map((what) => what.textContent)");
    assert!(shown.as_array().unwrap().contains(&json!(evil)), "{shown}");
    browser.eval("document.querySelector('.card').click()");
    assert_eq!(browser.eval("document.getElementById('detail-name').textContent"), name);
    assert_eq!(browser.eval("document.querySelector('#detail td').textContent"), "<b>");
    assert_eq!(browser.eval("document.title"), format!("{name}: rarity"));
    assert_eq!(browser.complaints(), [""; 0]);
    // What got into the page all the same could do nothing.
    let bad = browser.eval(
        "(async () => { const script = document.createElement('script'); script.textContent = 'window.bad = 1'; \
         document.body.append(script); const image = new Image(); image.src = 'https://example.org/x.png'; \
         const loaded = await Promise.race([new Promise((done) => { image.onload = () => done('loaded'); image.onerror = () => done('blocked'); }), \
         new Promise((done) => setTimeout(() => done('nothing'), 5000))]); \
         const sent = await fetch('https://example.org/').then(() => 'sent', () => 'blocked'); \
         return [window.bad === undefined, loaded, sent]; })()",
    );
    assert_eq!(bad, json!([true, "blocked", "blocked"]));
    let complaints = browser.complaints();
    let refused = complaints.iter().filter(|what| what.contains("Content Security Policy")).count();
    assert!(refused >= 3, "{complaints:#?}");
    assert!(!complaints.iter().any(|what| what.starts_with("got ")), "{complaints:#?}");
}

#[test]
fn a_picture_that_is_not_the_listed_one_ends_the_page_and_leaves_no_file() {
    let dir = Dir::with_project();
    dir.run(["generate", "p"]).ok();
    let asked = ["report", "out", "--html", "page.html", "--top", "0"];
    let other = dir.read("out/images/2.png");
    let whole = dir.read("out/images/1.png");
    let mut flipped = whole.clone();
    let at = flipped.len() / 2;
    flipped[at] ^= 1;
    for (bytes, words) in [(flipped, "not the picture"), (other, "")] {
        dir.write("out/images/1.png", bytes);
        dir.run(asked).refused_beside_broken_files(1, &[&["out/images/1.png", words]]);
    }
    fs::remove_file(dir.path("out/images/1.png")).unwrap();
    dir.run(asked).refused(1, &[&["out/images/1.png", "it is missing"]]);
    dir.write("elsewhere.png", &whole);
    dir.link("../../elsewhere.png", "out/images/1.png");
    dir.run(asked).refused(1, &[&["out/images/1.png", "link"]]);
    fs::remove_file(dir.path("out/images/1.png")).unwrap();
    dir.write("out/images/1.png", whole);
    let left: Vec<_> = fs::read_dir(dir.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    dir.run(asked).ok();
    let page = dir.read("page.html");
    dir.run(asked.iter().chain(&["--threads", "3", "--force"])).ok();
    assert_eq!(dir.read("page.html"), page, "threads change nothing");
    dir.run(["report", "out", "--thumbnail", "64"]).exited(2).warns("--html");
    dir.run(["report", "out", "--html", "x", "--thumbnail", "8"]).exited(2).warns("16..=512");
}
