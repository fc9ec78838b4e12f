//! What is in a project's folders and is not read: every file and folder is named, with the reason, and what systems leave
//! behind is passed over.

use crate::util::{BLUE, Dir, RED, png_bytes};

/// The lines on standard error that hold `text`.
fn lines(stderr: &str, text: &str) -> usize {
    stderr.lines().filter(|line| line.contains(text)).count()
}

#[test]
fn a_layer_of_which_nothing_is_read_says_what_it_holds_and_all_warnings_are_there() {
    let dir = Dir::with_case("case-6");
    // A warning of another layer appears beside the refusal.
    dir.write("p/layers/Bg/Back#0,5.png", dir.read("p/layers/Bg/a.png"));
    let cape: &[&str] =
        &["layers/Cape", "no trait", "2 files that are not read", "a.svg", "b.tif", "add at least one"];
    for command in ["check", "init", "generate", "plan"] {
        let ran = dir.run([command, "p"]);
        ran.refused(1, &[cape]);
        ran.warns("Cape/a.svg: it is not read: the SVG format")
            .warns("Cape/b.tif: it is not read: the TIFF format");
        ran.warns("Back#0,5.png: \"#0,5\" looks like a weight");
    }
}

#[test]
fn folders_inside_a_layer_are_named_with_the_pictures_in_them() {
    let dir = Dir::with_project();
    for number in 0..7 {
        dir.picture(format!("p/layers/Back/Old/deep/{number}.png"), RED);
    }
    dir.write("p/layers/Back/Old/notes.txt", "x");
    dir.write("p/layers/Back/Sources/a.psd", "x");
    std::fs::create_dir(dir.path("p/layers/Hat/Later")).unwrap();
    // What a system leaves inside does not count.
    dir.write("p/layers/Hat/Later/.DS_Store", "x");
    let ran = dir.run(["check", "p"]);
    ran.ok().warns("Back/Old: a folder inside a layer is not read: it contains 7 pictures (\"deep/0.png\", ");
    ran.warns("and 2 more) and 1 other file (\"notes.txt\")");
    ran.warns("Back/Sources: ")
        .warns("it contains 1 file (\"a.psd\")")
        .warns("Hat/Later: ")
        .warns("it contains nothing");
    assert_eq!(lines(&ran.stderr(), "warning: "), 3);
}

#[test]
fn formats_that_are_not_read_are_named_as_such() {
    let dir = Dir::with_project();
    for (name, format) in [
        ("a.svg", "SVG"),
        ("b.TIFF", "TIFF"),
        ("c.bmp", "BMP"),
        ("d#5.psd", "Photoshop"),
        ("e.avif", "AVIF"),
        ("f.heic", "HEIF"),
        ("g.jxl", "JPEG XL"),
        ("h.ai", "PDF or PostScript"),
        ("i.mp4", "video"),
    ] {
        dir.write(format!("p/layers/Back/{name}"), "x");
        let ran = dir.run(["check", "p"]);
        ran.ok().warns(&format!("Back/{name}: it is not read: the {format} format is not supported; export"));
    }
    dir.write("p/layers/Back/all.zip", "x");
    dir.write("p/layers/Back/notes.txt", "x");
    let ran = dir.run(["generate", "p"]);
    ran.ok().warns("all.zip: it is not read: it is an archive; unpack it").warns("notes.txt: it is ignored");
    assert_eq!(lines(&ran.stderr(), "warning: "), 11);
}

#[test]
fn a_picture_under_a_name_that_is_not_read_is_named_with_the_name_that_is() {
    let picture = png_bytes(&image::RgbaImage::from_pixel(8, 8, image::Rgba([9, 9, 9, 255])));
    for (name, right) in [
        ("Sun", "Sun.png"),
        ("Sun#5", "Sun#5.png"),
        ("Sun.png#5", "Sun#5.png"),
        ("Sun.bmp", "Sun.png"),
        ("Sun.apng", "Sun.png"),
    ] {
        let dir = Dir::with_project();
        dir.write(format!("p/layers/Back/{name}"), &picture);
        dir.run(["check", "p"]).ok().warns(&format!("rename it to \"{right}\""));
        std::fs::rename(
            dir.path(format!("p/layers/Back/{name}")),
            dir.path(format!("p/layers/Back/{right}")),
        )
        .unwrap();
        let ran = dir.run(["check", "p", "--count", "3"]);
        ran.ok().says("9 different items are possible");
        assert_eq!(ran.stderr(), "", "{right}");
    }
    let dir = Dir::with_project();
    dir.write("p/layers/Back/Sun.jfif", "x");
    dir.run(["check", "p"]).ok().warns("Sun.jfif: it is not read").warns("rename it to \"Sun.jpg\"");
}

#[test]
fn pictures_beside_the_folders_of_layers_are_named() {
    let dir = Dir::with_project();
    dir.picture("p/layers/Stray.png", BLUE);
    dir.write("p/layers/Stray.svg", "x");
    dir.write("p/layers/notes.txt", "x");
    let ran = dir.run(["check", "p"]);
    ran.ok().warns("layers/Stray.png: a picture outside the layer folders is not read; move it");
    ran.warns("layers/Stray.svg: it is not read: the SVG").warns("layers/notes.txt: it is ignored");
    // Where a layer's folder is deeper, what is beside it is named as well.
    dir.picture("p/layers/Hats/new/Cap.png", RED);
    dir.picture("p/layers/Hats/Lost.png", RED);
    dir.picture("p/layers/Hats/old/Gone.png", RED);
    dir.write(
        "p/collection.toml",
        "seed = 1\ncount = 2\n[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\nfolder = \"Hats/new\"\n",
    );
    let ran = dir.run(["check", "p"]);
    ran.ok().warns("layers/Hats: this folder also contains 2 pictures (\"Lost.png\", \"old/Gone.png\")");
    ran.warns("layers/Hat: no layer of the configuration uses this folder: it contains 2 pictures");
}

#[test]
fn a_layer_inside_the_folder_of_another_is_no_stray() {
    let dir = Dir::with_project();
    dir.picture("p/layers/Hat/Tall/Top.png", [7, 7, 7, 90]);
    let layers = "seed = 1\ncount = 2\n[[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\n";
    dir.write("p/collection.toml", format!("{layers}[[layers]]\nname = \"Tall\"\nfolder = \"Hat/Tall\"\n"));
    let ran = dir.run(["check", "p"]);
    ran.ok();
    assert_eq!(ran.stderr(), "");
    std::fs::remove_file(dir.path("p/layers/Hat/Cap.png")).unwrap();
    std::fs::remove_file(dir.path("p/layers/Hat/Crown#3.png")).unwrap();
    std::fs::remove_file(dir.path("p/layers/Hat/None#2")).unwrap();
    dir.run(["check", "p"])
        .refused(1, &[&["layers/Hat", "no trait", "the folder \"Tall\" of another layer"]]);
    dir.square("p/layers/Hat/Cap.png", RED);
    dir.write("p/collection.toml", layers);
    dir.run(["check", "p"])
        .ok()
        .warns("Hat/Tall: a folder inside a layer is not read: it contains 1 picture (\"Top.png\")");
}

#[test]
fn without_a_layer_what_there_is_instead_is_named() {
    let dir = Dir::empty();
    dir.picture("p/layers/A.png", RED);
    dir.picture("p/layers/B.png", RED);
    dir.run(["check", "p"])
        .refused(1, &[&["p/layers", "no layer", "2 pictures (\"A.png\", \"B.png\")", "create"]])
        .warns("layers/A.png: a picture outside the layer folders");
    let dir = Dir::empty();
    dir.picture("p/Layer/Hat/A.png", RED);
    dir.run(["check", "p"]).refused(
        1,
        &[&["p/layers", "no layers folder", "layers_folder = \"Layer\"", "rename that folder to \"layers\""]],
    );
}

#[test]
fn what_archives_and_storage_systems_leave_is_passed_over() {
    let dir = Dir::with_case("case-16");
    let ran = dir.run(["init", "p"]);
    ran.ok();
    let configuration = String::from_utf8(dir.read("p/collection.toml")).unwrap();
    assert_eq!(configuration.matches("\n[[layers]]").count(), 2, "{configuration}");
    for name in
        ["@eaDir/SYNO.png", "#recycle/old.png", "__MACOSX/._a.png", "$RECYCLE.BIN/x.png", "lost+found/x"]
    {
        dir.write(format!("p/layers/{name}"), "x");
        dir.write(format!("p/layers/Bg/{name}"), "x");
    }
    #[cfg(unix)]
    let files = ["Icon\r", "ehthumbs.db", "c0.png@SynoEAStream", ".AppleDouble/c0.png"];
    #[cfg(not(unix))]
    let files = ["ehthumbs.db"];
    for name in files {
        dir.write(format!("p/layers/{name}"), "x");
        dir.write(format!("p/layers/Hat/{name}"), "x");
    }
    for configured in [true, false] {
        if !configured {
            std::fs::remove_file(dir.path("p/collection.toml")).unwrap();
        }
        let ran = dir.run(["check", "p", "--count", "12"]);
        ran.ok().says("12 different items are possible");
        assert_eq!(lines(&ran.stderr(), "warning: "), 0, "{}", ran.stderr());
    }
}

#[test]
fn many_files_of_a_kind_are_counted() {
    let dir = Dir::with_project();
    for number in 0..60 {
        dir.write(format!("p/layers/Back/{number}.svg"), "x");
    }
    let ran = dir.run(["check", "p"]);
    ran.ok().warns("Back/49.svg");
    ran.warns("layers/Back: 10 more files in unsupported formats are here, beside the 50 listed; fix the listed ones");
    assert_eq!(lines(&ran.stderr(), "warning: "), 51);
}
