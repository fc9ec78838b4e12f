//! What readers of the page of `report --html` do with it: share its address, use it on a phone and on a sharp screen, and open
//! full pictures.

use image::{Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::report_page::{READY, SHOWN, label};
use crate::util::Dir;
use crate::verify::collection;

const COUNT: &str = "document.getElementById('count').textContent";
const ITEM: &str =
    "document.getElementById('detail').open && document.getElementById('detail-name').textContent";

/// Twelve opaque items of 400x300 pixels, in two layers.
fn large() -> Dir {
    let dir = Dir::empty();
    for (layer, count) in [("Back", 4u32), ("Face", 3)] {
        for number in 0..count {
            let shows = |x: u32, y: u32| layer == "Back" || (x / 20 + y / 20).is_multiple_of(number + 2);
            dir.image(
                format!("p/layers/{layer}/{layer} {number}.png"),
                &RgbaImage::from_fn(400, 300, |x, y| {
                    let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 13;
                    let colour = [(number * 40) as u8, (255 - number * 30) as u8, noise as u8 / 4];
                    Rgba(if shows(x, y) { [colour[0], colour[1], colour[2], 255] } else { [0; 4] })
                }),
            );
        }
    }
    dir.write("p/collection.toml", "name = \"Large\"\nseed = 3\ncount = 12\n");
    dir.run(["generate", "p"]).ok();
    dir
}

/// Goes to the page at `hash`, as a link that somebody sent.
fn follow(browser: &mut Browser, dir: &Dir, hash: &str) {
    browser.call("Page.navigate", json!({"url": "about:blank"}));
    let url = format!("file://{}{hash}", dir.path("page.html").display());
    browser.call("Page.navigate", json!({ "url": url }));
    browser.wait(READY);
}

fn screen(browser: &mut Browser, width: u32, height: u32, factor: u32) {
    let metrics =
        json!({"width": width, "height": height, "deviceScaleFactor": factor, "mobile": width < 600});
    browser.call("Emulation.setDeviceMetricsOverride", metrics);
}

#[test]
fn the_address_holds_the_item_the_filters_and_the_order() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = collection();
    dir.run(["report", "out", "--html", "page.html", "--json", "report.json", "--top", "0"]).ok();
    follow(&mut browser, &dir, "");
    let hash = "location.hash";
    assert_eq!(browser.eval(hash), "");
    // All that are like an item without a hat.
    let wanted = dir.json("report.json")["ranking"].as_array().unwrap().clone();
    let bare =
        wanted.iter().find(|line| line["traits"][1].is_null() && line["traits"][0].is_string()).unwrap();
    let back = bare["traits"][0].as_str().unwrap();
    browser.eval(&format!("{}.click()", label("Back", back)));
    browser.eval(&format!("{}.click()", label("Hat", "none")));
    let (count, cards) = (browser.eval(COUNT), browser.eval(SHOWN));
    let like = wanted.iter().filter(|line| line["traits"] == bare["traits"]).count();
    assert_eq!(count, format!("{like} of 9 items"));
    let filters = browser.eval(hash);
    assert_eq!(filters, format!("#trait.Back={back}&absent=Hat"));
    browser.eval("document.querySelector('.card').click()");
    let name = browser.eval(ITEM);
    let item = browser.eval(hash).as_str().unwrap().to_owned();
    assert!(
        item.starts_with("#item=") && item.ends_with(&format!("&trait.Back={back}&absent=Hat")),
        "{item}"
    );
    // Back leads from the item to the filters, and an item that is closed leaves its address, too.
    browser.eval("history.back()");
    browser.wait(&format!("!document.getElementById('detail').open && {hash} === {filters}"));
    browser.eval("document.querySelector('.card').click()");
    browser.key("Escape", 27);
    browser.wait(&format!("!document.getElementById('detail').open && {hash} === {filters}"));
    assert_eq!((browser.eval(COUNT), browser.eval(SHOWN)), (count.clone(), cards.clone()));

    follow(&mut browser, &dir, &item);
    assert_eq!((browser.eval(COUNT), browser.eval(SHOWN)), (count, cards));
    assert_eq!(browser.eval(ITEM), name);
    browser.eval("document.querySelector('#detail .close').click()");
    browser.wait(&format!("{hash} === {filters}"));
    // Each filter has a button that removes it.
    assert_eq!(browser.eval("document.querySelectorAll('#active li').length"), 3);
    browser.eval("document.querySelector('#active button').click()");
    assert_eq!(browser.eval(hash), "#absent=Hat");
    browser.eval("document.querySelector('#active button').click()");
    assert_eq!((browser.eval(hash), browser.eval(COUNT)), (json!(""), json!("9 items")));

    follow(&mut browser, &dir, "#search=%237&sort=highest&ranking=trait&kind=From+traits");
    assert_eq!((browser.eval(COUNT), browser.eval(SHOWN)), (json!("1 of 9 items"), json!([7])));
    assert_eq!(browser.eval("document.getElementById('sort').value"), "highest");
    browser.eval("document.getElementById('reset').click()");
    assert_eq!(
        (browser.eval(hash), browser.eval(SHOWN)),
        (json!("#sort=highest&ranking=trait"), json!([11, 10, 9, 8, 7, 6, 5, 4, 3]))
    );
    // What the page does not have is left out.
    follow(&mut browser, &dir, "#item=99&trait.Back=Green&trait.Shoes=Red&sort=best&absent=Back&x");
    assert_eq!((browser.eval(COUNT), browser.eval(ITEM)), (json!("9 items"), json!(false)));
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn a_trait_of_an_item_leads_to_all_items_with_it() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = large();
    dir.run(["report", "out", "--html", "page.html", "--top", "0"]).ok();
    follow(&mut browser, &dir, "#item=5&trait.Back=Back+1&trait.Back=Back+2&trait.Back=Back+3");
    let cells = "[...document.querySelectorAll('#detail tr')][1].cells";
    let name = browser.eval(&format!("{cells}[1].textContent"));
    let many = browser.eval(&format!("{cells}[2].textContent"));
    browser.eval(&format!("{cells}[1].querySelector('button').click()"));
    browser.wait("!document.getElementById('detail').open");
    assert_eq!(browser.eval(COUNT), format!("{} of 12 items", many.as_str().unwrap()));
    let hash = format!("#trait.Back={}", name.as_str().unwrap().replace(' ', "+"));
    assert_eq!(browser.eval("location.hash"), hash);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn on_a_phone_filters_are_a_drawer_below_the_results() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = large();
    dir.run(["report", "out", "--html", "page.html", "--top", "0"]).ok();
    screen(&mut browser, 390, 844, 2);
    follow(&mut browser, &dir, "");
    let is_visible = "document.getElementById('facets').checkVisibility({visibilityProperty: true})";
    let fits = "document.documentElement.scrollWidth <= innerWidth";
    assert_eq!((browser.eval(is_visible), browser.eval(fits)), (json!(false), json!(true)));
    browser.eval("document.getElementById('open-filters').click()");
    assert_eq!(browser.eval(is_visible), true);
    browser.eval(&format!("{}.click()", label("Back", "Back 2")));
    // Between the bar and the drawer there are whole cards of what is left.
    let between = "(() => { const bar = document.getElementById('bar').getBoundingClientRect().bottom; \
         const drawer = document.getElementById('filters').getBoundingClientRect().top; \
         return [...document.querySelectorAll('.card')].filter((card) => { const box = card.getBoundingClientRect(); \
         return box.top >= bar && box.bottom <= drawer; }).length; })()";
    assert!(browser.eval(between).as_u64().unwrap() >= 2);
    let top = "document.getElementById('bar').getBoundingClientRect().top";
    assert_eq!(browser.eval(top), 0, "the bar is in view");
    let count = browser.eval(COUNT);
    assert!(count != "12 items" && count.as_str().unwrap().ends_with(" of 12 items"), "{count}");
    assert_eq!(browser.eval("document.getElementById('open-filters').textContent"), "Filters (1)");
    browser.key("Escape", 27);
    assert_eq!((browser.eval(is_visible), browser.eval(COUNT)), (json!(false), count));
    assert_eq!(browser.eval("document.activeElement.id"), "open-filters");
    // On a wide screen the same filters are beside the results.
    screen(&mut browser, 1280, 900, 1);
    browser.wait(is_visible);
    let beside = "document.getElementById('filters').getBoundingClientRect().right <= \
         document.getElementById('grid').getBoundingClientRect().left";
    assert_eq!((browser.eval(beside), browser.eval(fits)), (json!(true), json!(true)));
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn thumbnails_have_a_pixel_for_each_pixel_of_the_screen() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = large();
    let ran = dir.run(["report", "out", "--html", "page.html", "--top", "0"]);
    ran.ok().warns("320-pixel thumbnails took").warns("generate --thumbnails");
    let made = dir.read("page.html");
    // Those of a run are used, and halved in the same way.
    dir.run(["generate", "p", "--force", "--thumbnails"]).ok();
    let ran = dir.run(["report", "out", "--html", "kept.html", "--top", "0"]);
    ran.ok().warns("with the 320-pixel thumbnails of the run");
    assert!(dir.read("kept.html").len().abs_diff(made.len()) < made.len() / 10);
    for page in ["page.html", "kept.html"] {
        for (width, height, factor) in [(1280, 900, 1), (1280, 900, 2), (390, 844, 2)] {
            screen(&mut browser, width, height, factor);
            browser.call("Page.navigate", json!({"url": "about:blank"}));
            browser.open(&dir.path(page), READY);
            let images = "[...document.querySelectorAll('.card img')]";
            browser.wait(&format!("{images}.every((image) => image.complete && image.naturalWidth)"));
            let sizes = browser.eval(&format!(
                "{images}.map((image) => [image.naturalWidth, image.naturalHeight, image.clientWidth])"
            ));
            let sizes: Vec<[u32; 3]> = serde_json::from_value(sizes).unwrap();
            assert!(sizes.len() > 5);
            let side = if factor == 1 { [160, 120] } else { [320, 240] };
            for [natural_width, natural_height, shown] in sizes {
                assert_eq!([natural_width, natural_height], side);
                assert!(
                    natural_width * 11 >= shown * factor * 10,
                    "{natural_width} pixels on {shown} x {factor}"
                );
            }
        }
    }
    // JPEG needs no ground behind it.
    assert_eq!(browser.eval("document.querySelectorAll('img.clear').length"), 0);
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
fn transparent_pictures_have_a_checked_ground_and_small_ones_sharp_edges() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = collection();
    dir.run(["report", "out", "--html", "page.html", "--top", "0"]).ok();
    for scheme in ["light", "dark"] {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        browser.call("Emulation.setEmulatedMedia", json!({ "features": features }));
        follow(&mut browser, &dir, "#item=5");
        for place in [".card img", "#detail img"] {
            let style =
                |property: &str| format!("getComputedStyle(document.querySelector('{place}')).{property}");
            browser.wait(&format!("{} === 'pixelated'", style("imageRendering")));
            let ground = browser.eval(&style("backgroundImage"));
            assert!(ground.as_str().unwrap().contains("conic-gradient"), "{scheme} {place}: {ground}");
        }
    }
}

#[test]
fn an_item_links_its_full_picture_where_the_page_is_above_the_collection() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = collection();
    dir.write("pages/here", "");
    let link = "document.querySelector('#detail figure a')?.getAttribute('href') ?? null";
    for (out, name, format, expected) in [
        ("out", "{edition}", "png", "out/images/5.png"),
        ("web", "{edition}", "webp", "web/images/5.webp"),
        ("my drop/50% #1", "{Back} & 100% #{edition:03}", "png", "my%20drop/50%25%20%231/images/"),
    ] {
        dir.write("my drop/here", "");
        dir.run(["generate", "p", "--force", "--out", out, "--name", name, "--format", format]).ok();
        dir.run(["report", out, "--html", "page.html", "--force", "--top", "0"]).ok();
        follow(&mut browser, &dir, "#item=5");
        let address = browser.eval(link);
        assert!(address.as_str().unwrap().starts_with(expected), "{address}");
        // The browser finds the picture there: it shows it in place of the thumbnail, and when the link is followed.
        browser.wait("document.querySelector('#detail img').currentSrc === document.querySelector('#detail figure a').href");
        browser.wait("document.querySelector('#detail img').naturalWidth > 0");
        browser.eval("document.querySelector('#detail figure a').removeAttribute('target')");
        browser.eval("document.querySelector('#detail figure a').click()");
        browser.wait(&format!(
            "document.contentType === 'image/{format}' && document.images[0].naturalWidth > 0"
        ));
    }
    // The thumbnail stays where the picture is missing.
    std::fs::rename(dir.path("out"), dir.path("elsewhere")).unwrap();
    dir.run(["report", "elsewhere", "--html", "page.html", "--force", "--top", "0"]).ok();
    std::fs::rename(dir.path("elsewhere"), dir.path("out")).unwrap();
    follow(&mut browser, &dir, "#item=5");
    browser.wait("document.querySelector('#detail img').naturalWidth > 0");
    assert_eq!(browser.eval("document.querySelector('#detail img').src.slice(0, 5)"), "data:");
    // Elsewhere the way to the collection is nobody's business.
    dir.run(["report", "out", "--html", "pages/page.html", "--top", "0"]).ok();
    browser.open(&dir.path("pages/page.html"), READY);
    browser.eval("document.querySelector('.card').click()");
    assert_eq!((browser.eval(link), browser.eval(&format!("Boolean({ITEM})"))), (Value::Null, json!(true)));
}

/// Going back takes a browser a moment, in which a quick reader opens the next item.
#[test]
fn an_item_that_is_opened_right_after_another_was_closed_stays_open() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = collection();
    dir.run(["report", "out", "--html", "page.html", "--top", "0"]).ok();
    follow(&mut browser, &dir, "");
    let click = |edition: u32| format!("document.querySelector('.card[data-edition=\"{edition}\"]').click()");
    let close = "document.querySelector('#detail .close').click()";
    let item = |edition: u32| {
        format!("document.getElementById('detail').open && location.hash === '#item={edition}'")
    };
    for (first, next) in [(7, 9), (3, 11), (5, 4)] {
        browser.eval(&click(first));
        browser.eval(close);
        browser.eval(&click(next));
        let now = browser.eval("performance.now()").as_f64().unwrap();
        browser.wait(&format!("performance.now() > {}", now + 150.0));
        assert_eq!(browser.eval(&item(next)), true, "{first} {next}");
        browser.eval(close);
    }
    // One step back closes an item, whatever was opened and closed before it.
    browser.eval(&click(8));
    browser.eval("history.back()");
    browser.wait("!document.getElementById('detail').open && location.hash === ''");
    // A filter that is set after an item was closed has an entry of its own.
    browser.eval(&click(8));
    browser.eval(close);
    browser.eval(&format!("{}.click()", label("Hat", "none")));
    let filters = browser.eval("location.hash");
    browser.eval("document.querySelector('.card').click()");
    browser.eval("history.back()");
    browser.wait(&format!("!document.getElementById('detail').open && location.hash === {filters}"));
    assert_eq!(browser.complaints(), [""; 0]);
}
