//! Pools in a browser: `web/pool.js` gives the bytes of `cat` and `unpack`, from servers of all kinds, and pages of
//! `report --html --pool` show them.

use std::collections::BTreeSet;

use image::{Rgba, RgbaImage};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::browser::Browser;
use crate::hosts::{Host, Ranges};
use crate::report_page::READY;
use crate::util::{BLUE, Dir, RED, VEIL};
use crate::verify::collection;

const SIDES: [u32; 2] = [200, 100];

/// What a byte is nearly, by those to the left, above, and above left.
type Predict = fn([i32; 3]) -> i32;

/// A picture whose bytes are predicted with an error of up to `noise`, so that the filter of this prediction suits it best. Bytes
/// that have no neighbour are any.
fn texture(seed: u32, predict: Predict, noise: i32, channels: usize) -> RgbaImage {
    let mut picture = RgbaImage::from_pixel(SIDES[0], SIDES[1], Rgba([0, 0, 0, 255]));
    let mut state = seed;
    for (x, y) in (0..SIDES[1]).flat_map(|y| (0..SIDES[0]).map(move |x| (x, y))) {
        for channel in 0..channels {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let random = (state >> 24) as i32;
            let byte = |dx: u32, dy: u32| {
                let (x, y) = (x.checked_sub(dx)?, y.checked_sub(dy)?);
                Some(i32::from(picture.get_pixel(x, y).0[channel]))
            };
            let around = [byte(1, 0), byte(0, 1), byte(1, 1)].map(|byte| byte.unwrap_or(20 + random * 3 / 4));
            let value = predict(around) + random % (2 * noise + 1) - noise;
            picture.get_pixel_mut(x, y).0[channel] = value.clamp(1, 254) as u8;
        }
    }
    picture
}

/// Everything outside of a disc is transparent.
fn disc(mut picture: RgbaImage, radius: u32) -> RgbaImage {
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let (dx, dy) = (x.abs_diff(SIDES[0] / 2), y.abs_diff(SIDES[1] / 2));
        if dx * dx + dy * dy > radius * radius {
            *pixel = Rgba([0; 4]);
        }
    }
    picture
}

/// The predictor of the PNG specification.
fn paeth([left, above, corner]: [i32; 3]) -> i32 {
    let p = left + above - corner;
    [left, above, corner].into_iter().min_by_key(|one| (p - one).abs()).expect("there are three")
}

/// Pools by the name of their art: what predicts it, by how much that fails, and in how many channels.
const TEXTURES: [(&str, Predict, i32, usize); 5] = [
    ("sub", |[left, ..]| left, 1, 3),
    ("up", |[_, above, _]| above, 1, 3),
    ("average", |[left, above, _]| (left + above) / 2, 15, 3),
    ("paeth", paeth, 1, 3),
    ("alpha", paeth, 1, 4),
];
/// Pools of few colours, by name, and settings of them.
const FLAT: [(&str, &str); 2] = [
    ("few", ""),
    (
        "flat",
        "name = \"Flat\"
start = 4
output_size = [200, 100]
",
    ),
];

/// A folder with the pools, what `unpack` makes of each, and what is at hand for pages.
fn pools() -> Dir {
    let dir = Dir::empty();
    let press = |name: &str| {
        dir.run(["generate", name, "--out", &format!("{name}.pool")]).ok();
        dir.run(["unpack", &format!("{name}.pool"), "--out", &format!("{name}-files")]).ok();
    };
    for (name, predict, noise, channels) in TEXTURES {
        for number in 0..2 {
            let picture = |seed: u32| texture(seed + number, predict, noise, channels);
            dir.image(format!("{name}/layers/Back/B{number}.png"), &picture(1));
            dir.image(format!("{name}/layers/Hat/H{number}.png"), &disc(picture(7), 20 + 20 * number));
        }
        dir.image(format!("{name}/ones/King.png"), &texture(3, predict, noise, channels));
        dir.write(
            format!("{name}/collection.toml"),
            "seed = 1\ncount = 5\n[[ones]]\nimage = \"ones/King.png\"\nedition = 2\n",
        );
        press(name);
    }
    for (name, settings) in FLAT {
        let third = if settings.is_empty() { [9, 200, 9, 255] } else { VEIL };
        for (number, colour) in [RED, BLUE, third].into_iter().enumerate() {
            dir.sized(format!("{name}/layers/Back/B{number}.png"), SIDES, colour);
            let hat = RgbaImage::from_pixel(SIDES[0], SIDES[1], Rgba([60 * number as u8, 90, 10, 255]));
            dir.image(format!("{name}/layers/Hat/H{number}.png"), &disc(hat, 10 + 14 * number as u32));
        }
        dir.sized(format!("{name}/ones/King.png"), SIDES, [9, 9, 200, 255]);
        let ones = "[[ones]]\nimage = \"ones/King.png\"\nedition = 6\n";
        dir.write(format!("{name}/collection.toml"), format!("seed = 1\ncount = 9\n{settings}{ones}"));
        press(name);
    }
    dir.write("pool.js", include_str!("../../web/pool.js"));
    dir.write("example.html", include_str!("../../web/example.html"));
    dir
}

/// Reads every picture and document of a pool in a page, and compares them with the files of `folder`. Gives what else the page
/// has of the pool.
fn compare(browser: &mut Browser, dir: &Dir, pool: &str, folder: &str) -> Value {
    let script = "(async (address) => {
        const { openPool } = await import('./pool.js');
        const warnings = [];
        const pool = await openPool(address, { onwarning: (text) => warnings.push(text) });
        const sum = async (bytes) => [...new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
        const files = {};
        const editions = await pool.editions();
        await pool.picture(editions.at(-1));
        await Promise.all(editions.map(async (edition) => {
            for (const [size, { folder }] of pool.sizes.entries()) {
                files[folder + '/' + await pool.fileName(edition, { size })] = await sum(await pool.picture(edition, { size }));
            }
            files['json/' + edition + '.json'] = await sum(new TextEncoder().encode(await pool.metadata(edition)));
        }));
        return { files, warnings, sizes: pool.sizes, items: pool.items, stats: pool.stats(), plan: await sum(await pool.file('plan.json')) };
    })";
    let read = browser.eval(&format!("{script}({})", json!(pool)));
    let sum =
        |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let files = read["files"].as_object().expect("files");
    for (name, found) in files {
        assert_eq!(*found, sum(&dir.read(format!("{folder}/{name}"))), "{pool}: {name}");
    }
    let items = read["items"].as_u64().expect("a number") as usize;
    assert_eq!(files.len(), items * (1 + read["sizes"].as_array().expect("sizes").len()), "{pool}");
    assert_eq!(read["plan"], sum(&dir.read(format!("{folder}/plan.json"))));
    read
}

#[test]
fn pictures_are_the_same_bytes_from_every_kind_of_server() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = pools();
    let host = |ranges, allows_others| Host::start(dir.root(), ranges, allows_others);
    let page = host(Ranges::Many, false);
    browser.go(
        &page.url("example.html?pool=flat.pool&item=5"),
        "document.images[0]?.naturalWidth === 200 && document.getElementById('metadata')?.textContent",
    );
    assert_eq!(
        browser.eval("document.getElementById('metadata').textContent").as_str().unwrap().as_bytes(),
        dir.read("flat-files/json/5.json")
    );

    let mut seen = BTreeSet::new();
    for name in TEXTURES.map(|(name, ..)| name).into_iter().chain(FLAT.map(|(name, _)| name)) {
        let read = compare(&mut browser, &dir, &format!("{name}.pool"), &format!("{name}-files"));
        for size in read["sizes"].as_array().unwrap() {
            seen.insert(format!("{} {}", size["color"], size["filter"]).replace('"', ""));
        }
        assert_eq!(read["warnings"], json!([]));
        // Nothing is read twice.
        let whole = dir.read(format!("{name}.pool")).len() as u64;
        assert!(read["stats"]["bytes"].as_u64().unwrap() < whole * 5 / 4, "{whole}: {read}");
    }
    let all = ["indexed none", "rgb average", "rgb paeth", "rgb sub", "rgb up", "rgba none", "rgba paeth"];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), all);
    assert!(page.asked().iter().any(|asked| asked.contains(',')), "no request has several ranges");
    let picture = dir.command(["cat", "few.pool", "6"]).output().expect("run the program").stdout;
    assert!(picture == dir.read("few-files/images/6.png"), "cat and unpack differ");

    // Where several ranges, ranges at all, or more than simple requests of other origins are not answered.
    for (ranges, allows_others, warned) in
        [(Ranges::One, true, 0), (Ranges::One, false, 0), (Ranges::Many, true, 0), (Ranges::None, false, 1)]
    {
        let other = host(ranges, allows_others);
        for name in ["paeth", "flat"] {
            let pool = other.url(&format!("{name}.pool"));
            let read = compare(&mut browser, &dir, &pool, &format!("{name}-files"));
            let warnings = read["warnings"].as_array().unwrap();
            assert_eq!(warnings.len(), warned, "{ranges:?} {allows_others}: {read}");
            assert!(warnings.iter().all(|text| text.as_str().unwrap().contains("the whole pool is read")));
        }
        let multiple =
            other.asked().iter().filter(|asked| asked.starts_with("GET") && asked.contains(',')).count();
        assert_eq!(multiple > 0, allows_others, "{ranges:?}");
    }

    // A pool that changes while it is read is an error.
    dir.write("moving.pool", dir.read("paeth.pool"));
    browser.eval("import('./pool.js').then(async (library) => { window.library = library; window.pool = await library.openPool('moving.pool'); })");
    dir.write("moving.pool", dir.read("alpha.pool"));
    let error =
        browser.eval("pool.picture(2).catch((error) => error instanceof library.PoolError && error.message)");
    assert!(error.as_str().is_some_and(|error| error.contains("has changed on the server")), "{error}");
    damaged(&mut browser);
}

/// A damaged pool gives errors, or the pictures of the whole one, but no others.
fn damaged(browser: &mut Browser) {
    let script = "(async () => {
        const { openPool, PoolError } = library;
        const whole = new Uint8Array(await (await fetch('flat.pool')).arrayBuffer());
        let state = 1;
        const random = (count) => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return (state >>> 8) % count; };
        const read = async (bytes) => {
            const pool = await openPool(bytes);
            return (await Promise.all([4, 6, 9].flatMap((edition) => [pool.picture(edition), pool.picture(edition, { size: 1 })]))).map((bytes) => bytes.join()).join();
        };
        const good = await read(whole);
        const found = { errors: 0, same: 0 };
        for (let turn = 0; turn < 300; turn++) {
            let bytes = whole.slice(0, turn % 10 === 0 ? random(whole.length) : whole.length);
            for (let change = turn % 10 ? random(3) : 0; change >= 0; change--) bytes[random(bytes.length)] ^= 1 << random(8);
            try {
                if (await read(bytes) !== good) return 'another picture in turn ' + turn;
                found.same += 1;
            } catch (error) {
                if (!(error instanceof PoolError)) return String(error.stack);
                found.errors += 1;
            }
        }
        return found;
    })()";
    let found = browser.eval(script);
    assert!(found["errors"].as_u64().is_some_and(|count| count > 100), "{found}");
}

#[test]
fn a_page_shows_full_pictures_out_of_a_pool() {
    let Some(mut browser) = Browser::start() else { return };
    let dir = collection();
    dir.run(["generate", "p", "--out", "drop 1.pool", "--provenance"]).ok();
    dir.run(["report", "out", "--html", "page.html", "--pool", "drop 1.pool", "--top", "0"]).ok();
    dir.run(["report", "drop 1.pool", "--html", "lost.html", "--pool", "lost.pool", "--top", "0"]).ok();
    let host = Host::start(dir.root(), Ranges::Many, false);
    browser.go(&host.url("page.html#item=5"), READY);
    let link = "document.querySelector('#detail figure a[download]')";
    let shown = |edition: u32| {
        format!(
            "{link}?.download === '{edition}.png' && document.querySelector('#detail img').naturalWidth === 8"
        )
    };
    let pixels = "(() => { const image = document.querySelector('#detail img'); const canvas = document.createElement('canvas');
        canvas.width = canvas.height = 8; const context = canvas.getContext('2d'); context.drawImage(image, 0, 0);
        return [image.src.slice(0, 5), ...context.getImageData(0, 0, 1, 1).data]; })()";
    browser.wait(&shown(5));
    let asked = host.asked();
    assert!(asked.contains(&"GET drop%201.pool bytes=-16384".to_owned()), "{asked:?}");
    assert_eq!(browser.eval(pixels), json!(["blob:", RED[0], RED[1], RED[2], RED[3]]));
    // Each picture is read once, and the page never asks for more than the pool.
    for edition in [4, 5] {
        browser.eval("document.querySelector('#detail .close').click()");
        browser.eval(&format!("document.querySelector('.card[data-edition=\"{edition}\"]').click()"));
        browser.wait(&shown(edition));
    }
    let mut asked = host.asked();
    asked.retain(|asked| !asked.starts_with("GET favicon.ico"));
    assert!(
        asked.len() < 4 && asked.iter().all(|asked| asked.starts_with("GET drop%201.pool bytes=")),
        "{asked:?}"
    );

    // Where there is no pool the page works, and says so.
    browser.go(&host.url("lost.html#item=5"), READY);
    browser.wait("document.querySelector('.full button')");
    let text = browser.eval("document.querySelector('.full').textContent");
    assert!(text.as_str().unwrap().contains("the server answers 404 Not Found"), "{text}");
    dir.write("lost.pool", dir.read("drop 1.pool"));
    browser.eval("document.querySelector('.full button').click()");
    browser.wait(&shown(5));
}

#[test]
fn addresses_that_no_page_can_read_are_refused() {
    let dir = Dir::empty();
    for (address, why) in
        [("file:///d.pool", "only http: and https:"), ("d.pool#1", "write %23"), ("", "it is empty")]
    {
        let ran = dir.run(["report", "out", "--html", "page.html", "--pool", address]);
        ran.exited(2).warns(why);
    }
    dir.run(["report", "out", "--pool", "d.pool"]).exited(2).warns("--html <FILE>");
}
