//! Single pictures in sizes and formats of their own, as pixels, until a deadline; and their metadata.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use traitpress::engine::{Engine, RenderError};
use traitpress::plan::{Item, Plan};
use traitpress::project::PictureFormat;
use traitpress::selection::Choose;
use traitpress::telemetry::{CancelToken, FinishedItem};
use traitpress::{Error, ErrorKind};

use crate::common::canvas::Canvas;
use crate::common::press::Setting;
use crate::common::sketch::{LayerSketch, Sketch};

const SIDES: [u32; 2] = [240, 120];
const LOSSLESS: PictureFormat = PictureFormat::Webp { quality: None };
const JPEG: PictureFormat = PictureFormat::Jpeg { quality: 80 };

/// 36 items and a one-of-one; the pictures have transparent parts unless there is a background.
fn project(keys: &str) -> TempDir {
    let back = |n: u32| {
        Canvas::from_fn(240, 120, move |x, y| {
            [(x * n) as u8, (y + 9 * n) as u8, 80, if x > 200 { 0 } else { 255 }]
        })
    };
    let patch =
        |n: u32| Canvas::empty(240, 120).rect([17 * n, 11 * n], [60, 30], [200, (50 * n) as u8, 9, 160]);
    let layers = [
        LayerSketch::new((1..4).map(back)),
        LayerSketch::new((0..3).map(patch)),
        LayerSketch::new((3..6).map(patch)).chance(500),
    ];
    let dir = Sketch::new(SIDES, layers).write();
    let file = dir.path().join("collection.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::create_dir(dir.path().join("ones")).unwrap();
    Canvas::noise(240, 120, 7, |_| 255).write(&dir.path().join("ones/a.png"), None);
    fs::write(file, format!("{keys}\n{text}[[ones]]\nimage = \"ones/a.png\"\n")).unwrap();
    dir
}

fn open(root: &Path) -> Engine {
    Engine::open_with(root, Setting::USUAL.options()).unwrap()
}

fn plan(engine: &Engine) -> Plan {
    engine.choose(Choose::new(12).with_seed(5)).unwrap()
}

#[test]
fn sizes_and_formats_have_the_bytes_of_collections_in_them() {
    let plain = project("background = \"#fff\"");
    let engine = open(plain.path());
    let plan = plan(&engine);
    for (format, key) in
        [(LOSSLESS, "format = \"webp\"\nquality = \"lossless\""), (JPEG, "format = \"jpeg\"\nquality = 80")]
    {
        let other = project(&format!("background = \"#fff\"\noutput_size = [240, 120, 50]\n{key}"));
        let other = open(other.path());
        for index in 0..plan.len() {
            let item = plan.item(index);
            for (side, file) in [240, 120, 50].into_iter().zip(other.render_sizes(&item).unwrap()) {
                let found = engine.picture(&item).with_side(side).with_format(format).file().unwrap();
                assert!(found == file, "{format} {side} of item {index}");
            }
        }
    }
    let sized = project("background = \"#fff\"\noutput_size = [120, 60]");
    let sized = open(sized.path());
    for index in 0..plan.len() {
        let item = plan.item(index);
        let files = sized.render_sizes(&item).unwrap();
        assert!(sized.picture(&item).file().unwrap() == files[0], "the first size without a word");
        assert!(sized.picture(&item).with_side(60).file().unwrap() == files[1]);
        assert!(engine.picture(&item).file().unwrap() == engine.render(&item).unwrap());
        // A size that no collection of the engine has shows the same.
        let file = engine.picture(&item).with_side(60).file().unwrap();
        let decoded = |file: &[u8]| image::load_from_memory(file).unwrap().to_rgba8();
        assert!(decoded(&file) == decoded(&files[1]));
    }
}

#[test]
fn pixels_are_those_of_the_file() {
    let dir = project("");
    let engine = open(dir.path());
    let plan = plan(&engine);
    for index in 0..plan.len() {
        let item = plan.item(index);
        for side in [240, 120, 77] {
            let request = engine.picture(&item).with_side(side);
            let pixels = request.pixels().unwrap();
            let decoded = image::load_from_memory(&request.file().unwrap()).unwrap().to_rgba8();
            assert_eq!((pixels.size.width, pixels.size.height), decoded.dimensions());
            assert!(pixels.rgba == decoded.into_raw(), "{side} of item {index}, one {:?}", item.one());
        }
    }
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let dir = project("output_size = [240, 480]");
    let engine = open(dir.path());
    let item = engine.item().unwrap().seeded("alice").unwrap();
    let error = |result: Result<Vec<u8>, Error>| result.unwrap_err();
    for side in [0, 481, 1_000_000_000] {
        let refused = error(engine.picture(&item).with_side(side).file());
        let expected = RenderError::Size { side, most: 480 };
        assert_eq!(refused.downcast_ref::<RenderError>(), Some(&expected), "{refused}");
        assert_eq!(refused.kind(), ErrorKind::Usage);
    }
    let transparent = error(engine.picture(&item).with_format(JPEG).file()).to_string();
    assert!(transparent.contains("JPEG has no transparency"), "{transparent}");
    let late = error(engine.picture(&item).with_deadline(Instant::now()).file());
    assert_eq!(late.kind(), ErrorKind::Temporary, "{late}");
    let token = CancelToken::new();
    let request =
        engine.picture(&item).with_cancel(&token).with_deadline(Instant::now() + Duration::from_secs(60));
    assert!(request.file().unwrap() == engine.render(&item).unwrap(), "in time");
    token.cancel();
    assert_eq!(error(request.file()).kind(), ErrorKind::Cancelled);
    assert_eq!(request.pixels().unwrap_err().kind(), ErrorKind::Cancelled);
}

#[test]
fn metadata_of_an_item_is_that_of_a_collection() {
    let dir = project("");
    let engine = open(dir.path());
    let plan = plan(&engine);
    let documents = Mutex::new(Vec::new());
    let sink = |item: FinishedItem<'_>| {
        documents.lock().unwrap().push((item.edition, item.metadata.to_vec()));
        Ok(())
    };
    engine.press(&plan).to_sink(&sink).unwrap();
    let mut documents = documents.into_inner().unwrap();
    documents.sort();
    assert_eq!(documents.len(), 12);
    for (index, (edition, document)) in documents.into_iter().enumerate() {
        let found = engine.metadata(&plan.item(index), edition).unwrap();
        assert_eq!(found.unwrap().into_bytes(), document);
    }
    let named = |item: &Item| engine.metadata(item, 7).unwrap().unwrap();
    assert!(named(&engine.item().unwrap().seeded("alice").unwrap()).contains("Sketch #7"));
}
