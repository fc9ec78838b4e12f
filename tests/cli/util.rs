//! A fresh folder for each test, test art, running the program, and what every refusal must look like.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use image::{Rgba, RgbaImage};
use serde_json::Value;
use tempfile::TempDir;

use crate::require::found_adapter;

pub(crate) const RED: [u8; 4] = [200, 30, 30, 255];
pub(crate) const BLUE: [u8; 4] = [20, 40, 220, 255];
pub(crate) const VEIL: [u8; 4] = [250, 240, 10, 90];

/// The variables that list the drivers of Vulkan's loader, new and old.
pub(crate) const DRIVER_LISTS: [&str; 2] = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"];

/// A fresh folder, removed at the end of the test.
pub(crate) struct Dir {
    temp: TempDir,
}

impl Dir {
    /// An empty folder.
    pub(crate) fn empty() -> Self {
        Self { temp: TempDir::new().expect("a temporary folder") }
    }

    /// A folder with the project `p`: a back layer of two traits, a hat layer of two and absence. Six items.
    pub(crate) fn with_project() -> Self {
        let dir = Self::empty();
        dir.picture("p/layers/Back/Red.png", RED);
        dir.picture("p/layers/Back/Blue.png", BLUE);
        dir.square("p/layers/Hat/Cap.png", VEIL);
        dir.square("p/layers/Hat/Crown#3.png", [10, 200, 90, 255]);
        dir.write("p/layers/Hat/None#2", "");
        dir.write("p/collection.toml", "name = \"Test\"\nseed = 7\ncount = 4\n");
        dir
    }

    /// A folder with the project `p`, large and busy enough for several batches: 4 layers, 216 items, noise.
    pub(crate) fn with_busy_project() -> Self {
        let dir = Self::empty();
        for (number, layer) in ["Ground", "Figure", "Eyes", "Hat"].into_iter().enumerate() {
            for variant in 0..if number == 0 { 8 } else { 3 } {
                let seed = (number * 16 + variant) as u32;
                let noise = RgbaImage::from_fn(200, 150, |x, y| noise_pixel(number as u32, seed, x, y));
                dir.image(format!("p/layers/{number} {layer}/V{variant}#{}.png", variant + 1), &noise);
            }
        }
        dir.write("p/collection.toml", "seed = 11\ncount = 40\n");
        dir
    }

    /// A folder with the project `p`, a copy of tests/cases/`name`: a small project that went wrong once.
    pub(crate) fn with_case(name: &str) -> Self {
        let dir = Self::empty();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
        walk(&from, &mut |path, kind| {
            if kind.is_file() {
                let name = path.strip_prefix(&from).expect("a file below its folder");
                dir.write(Path::new("p").join(name), fs::read(path).expect("read a file"));
            }
        });
        assert!(dir.exists("p"), "there is no case {name}");
        dir
    }

    pub(crate) fn root(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.root().join(name)
    }

    /// Writes a file, making its folder.
    pub(crate) fn write(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("make a folder");
        fs::write(path, bytes).expect("write a file");
    }

    /// An 8x8 picture of one colour.
    pub(crate) fn picture(&self, name: impl AsRef<Path>, colour: [u8; 4]) {
        self.sized(name, [8, 8], colour);
    }

    /// A picture of one colour.
    pub(crate) fn sized(&self, name: impl AsRef<Path>, [width, height]: [u32; 2], colour: [u8; 4]) {
        self.image(name, &RgbaImage::from_pixel(width, height, Rgba(colour)));
    }

    /// An 8x8 picture with a square of one colour in its middle.
    pub(crate) fn square(&self, name: impl AsRef<Path>, colour: [u8; 4]) {
        let inside = |side: u32| (2..6).contains(&side);
        let pixel = |x, y| Rgba(if inside(x) && inside(y) { colour } else { [0; 4] });
        self.image(name, &RgbaImage::from_fn(8, 8, pixel));
    }

    pub(crate) fn image(&self, name: impl AsRef<Path>, picture: &RgbaImage) {
        self.write(name, png_bytes(picture));
    }

    /// Makes `name` a link to `target`.
    #[cfg(unix)]
    pub(crate) fn link(&self, target: impl AsRef<Path>, name: impl AsRef<Path>) {
        std::os::unix::fs::symlink(target, self.path(name)).expect("make a link");
    }

    /// Makes `name` a named pipe.
    #[cfg(unix)]
    pub(crate) fn pipe(&self, name: impl AsRef<Path>) {
        let made = Command::new("mkfifo").arg(self.path(name)).status();
        assert!(made.expect("run mkfifo").success(), "make a named pipe");
    }

    /// Writes files below the folder `name`, as [`Self::files`] gives them.
    #[cfg(unix)]
    pub(crate) fn write_all(&self, name: impl AsRef<Path>, files: &BTreeMap<PathBuf, Vec<u8>>) {
        for (file, bytes) in files {
            self.write(name.as_ref().join(file), bytes);
        }
    }

    pub(crate) fn read(&self, name: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(name);
        fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    pub(crate) fn json(&self, name: impl AsRef<Path>) -> Value {
        serde_json::from_slice(&self.read(name)).expect("a JSON document")
    }

    pub(crate) fn exists(&self, name: impl AsRef<Path>) -> bool {
        self.path(name).symlink_metadata().is_ok()
    }

    /// The bytes of every file below `name`, links not followed.
    pub(crate) fn files(&self, name: impl AsRef<Path>) -> BTreeMap<PathBuf, Vec<u8>> {
        let base = self.path(name);
        let mut files = BTreeMap::new();
        walk(&base, &mut |path, kind| {
            if kind.is_file() {
                let name = path.strip_prefix(&base).expect("a file below its folder");
                files.insert(name.to_owned(), fs::read(path).expect("read a file"));
            }
        });
        files
    }

    /// The program, to be run in this folder. Without arguments that name a GPU it finds no graphics driver: loading the
    /// drivers takes two thirds of the time of a small run (158 ms in place of 54), and the tests make a thousand of them.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_traitpress"));
        command.args(arguments).current_dir(self.root());
        let of_gpu = ["adapters", "bench", "gpu", "auto", "--adapter", "--require-gpu"];
        if !command.get_args().any(|argument| of_gpu.iter().any(|word| argument == *word)) {
            command.envs(DRIVER_LISTS.map(|name| (name, "no-driver.json")));
        }
        command
    }

    /// Runs the program.
    pub(crate) fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran<'_> {
        self.run_command(self.command(arguments))
    }

    /// Runs the program from a shell that first carries `setup` out, to set limits and the like.
    #[cfg(unix)]
    pub(crate) fn run_after(&self, setup: &str, arguments: &[&str]) -> Ran<'_> {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{setup}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_traitpress")]);
        command.args(arguments).current_dir(self.root());
        self.run_command(command)
    }

    pub(crate) fn run_command(&self, mut command: Command) -> Ran<'_> {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        self.run_command_as_set_up(command)
    }

    /// Runs a command whose streams may lead elsewhere; what goes there is not seen.
    pub(crate) fn run_command_as_set_up(&self, mut command: Command) -> Ran<'_> {
        let output = command.stdin(Stdio::null()).output().expect("run the program");
        let words = [command.get_program()].into_iter().chain(command.get_args());
        Ran { dir: self, command: words.map(ToOwned::to_owned).collect(), output }
    }
}

/// The name of an adapter to test on, if there is one.
pub(crate) fn adapter() -> Option<String> {
    let dir = Dir::empty();
    let listed = dir.run(["adapters", "--json"]).ok().stdout();
    let listed: Value = serde_json::from_str(&listed).expect("a JSON document");
    let usable = |adapter: &&Value| adapter["unusable"].is_null();
    let found = listed.as_array().expect("a list").iter().find(usable);
    found_adapter(found.is_some());
    found.map(|adapter| adapter["name"].as_str().expect("a name").to_owned())
}

/// A program that was run, and what came of it.
pub(crate) struct Ran<'a> {
    dir: &'a Dir,
    command: Vec<OsString>,
    output: Output,
}

impl Ran<'_> {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap_or_else(|_| self.fail("stdout is not UTF-8"))
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap_or_else(|_| self.fail("stderr is not UTF-8"))
    }

    /// Holds the run to exit code 0 and to what holds for every run.
    pub(crate) fn ok(&self) -> &Self {
        self.exited(0)
    }

    /// Holds the run to an exit code and to what holds for every run: no panic, no raw control character, no
    /// broken file under a final name.
    pub(crate) fn exited(&self, code: i32) -> &Self {
        self.exited_beside_broken_files(code);
        self.no_broken_file();
        self
    }

    /// As [`Self::exited`], where the test itself has put broken files.
    pub(crate) fn exited_beside_broken_files(&self, code: i32) -> &Self {
        self.check(self.output.status.code() == Some(code), &format!("the exit code is not {code}"));
        for stream in [self.stdout(), self.stderr()] {
            self.check(!stream.contains("panicked"), "it panicked");
            let raw = |c: char| c.is_control() && c != '\n';
            self.check(!stream.contains(raw), "a raw control character was printed");
        }
        self
    }

    fn no_broken_file(&self) {
        walk(self.dir.root(), &mut |path, kind| {
            let parent = path.parent().and_then(Path::file_name);
            let image = path.extension() == Some(OsStr::new("png")) && parent == Some(OsStr::new("images"));
            if kind.is_file() && image {
                self.check(image::open(path).is_ok(), &format!("{} is broken", path.display()));
            }
            let json = parent == Some(OsStr::new("json")) || path.ends_with("manifest.json");
            if kind.is_file() && json {
                let document = serde_json::from_slice::<Value>(&fs::read(path).expect("read a file"));
                self.check(document.is_ok(), &format!("{} is broken", path.display()));
            }
        });
    }

    /// Holds the run to a refusal: the exit code, and exactly one line for each of `problems` in their order, each
    /// with all words given for it and with a next step after its last semicolon.
    pub(crate) fn refused(&self, code: i32, problems: &[&[&str]]) -> &Self {
        self.no_broken_file();
        self.refused_beside_broken_files(code, problems)
    }

    /// As [`Self::refused`], where the test itself has put broken files.
    pub(crate) fn refused_beside_broken_files(&self, code: i32, problems: &[&[&str]]) -> &Self {
        self.exited_beside_broken_files(code);
        let stderr = with_slashes(self.stderr());
        let said = stderr.lines().filter_map(|line| line.strip_prefix("traitpress: "));
        let said: Vec<&str> = said.collect();
        self.check(said.len() == problems.len(), &format!("not {} problems were told", problems.len()));
        for (line, words) in said.iter().zip(problems) {
            for word in *words {
                self.check(line.contains(word), &format!("{word:?} is missing in {line:?}"));
            }
            let step = line.rsplit_once("; ").map(|(_, step)| step.trim());
            self.check(step.is_some_and(|step| step.len() > 5), &format!("no next step in {line:?}"));
        }
        // Nothing else is said but what the run says when all is well, too.
        for line in stderr.lines() {
            let setup = ["backend ", "span cache ", "encoder ", "predictor ", "pools ", "resuming: "];
            let known = ["traitpress: ", "warning: ", "note: ", "seed: ", "layers, back to front: "];
            let known = [&known[..], &setup].concat();
            // Where the machine is slow, how far it is.
            let progress = line.contains(" items/s, ") && line.contains(" spans cached ");
            // The line of a file, with carets: `2 | size = 5`.
            let gutter = line.split_once('|').map_or("?", |(gutter, _)| gutter);
            let excerpt = gutter.chars().all(|c| c == ' ' || c.is_ascii_digit());
            let is_known = progress || excerpt || known.iter().any(|start| line.starts_with(start));
            self.check(is_known, &format!("{line:?} is unexpected"));
        }
        self
    }

    /// Holds the run to having printed `text` on standard output.
    pub(crate) fn says(&self, text: &str) -> &Self {
        self.check(
            with_slashes(self.stdout()).contains(text),
            &format!("{text:?} is not on standard output"),
        );
        self
    }

    /// Holds the run to having printed `text` on standard error.
    pub(crate) fn warns(&self, text: &str) -> &Self {
        self.check(with_slashes(self.stderr()).contains(text), &format!("{text:?} is not on standard error"));
        self
    }

    /// The exit code; none if a signal ended the program.
    pub(crate) fn code(&self) -> Option<i32> {
        self.output.status.code()
    }

    /// Whether the exit code is 0; for runs that may fail.
    #[cfg(target_os = "linux")]
    pub(crate) fn succeeded(&self) -> bool {
        self.output.status.success()
    }

    /// What stands behind `key` at the start of a line of standard output.
    pub(crate) fn told(&self, key: &str) -> String {
        let value = self.stdout().lines().find_map(|line| Some(line.strip_prefix(key)?.trim().to_owned()));
        value.unwrap_or_else(|| self.fail(&format!("no line begins with {key:?}")))
    }

    fn check(&self, holds: bool, otherwise: &str) {
        if !holds {
            self.fail(otherwise);
        }
    }

    /// Ends the test with everything that helps to see why.
    fn fail(&self, why: &str) -> ! {
        let mut text = format!("{why}\n\ncommand: {:?}\n", self.command);
        let _ = writeln!(text, "folder:  {}\nfiles:", self.dir.root().display());
        walk(self.dir.root(), &mut |path, kind| {
            let name = path.strip_prefix(self.dir.root()).unwrap_or(path);
            let bytes = path.symlink_metadata().map_or(0, |metadata| metadata.len());
            let _ = writeln!(text, "  {kind:?} {bytes:8} {name:?}");
        });
        let _ = writeln!(text, "status:  {}", self.output.status);
        for (name, stream) in [("stdout", &self.output.stdout), ("stderr", &self.output.stderr)] {
            let _ = writeln!(text, "{name}:\n{}", String::from_utf8_lossy(stream));
        }
        panic!("{text}");
    }
}

/// The text with paths as the tests write them: Windows prints backslashes.
fn with_slashes(text: String) -> String {
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

/// Calls `see` for everything below `folder`, in the order of the names; links are not followed.
fn walk(folder: &Path, see: &mut dyn FnMut(&Path, fs::FileType)) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths {
        let Ok(metadata) = path.symlink_metadata() else { continue };
        see(&path, metadata.file_type());
        if metadata.is_dir() {
            walk(&path, see);
        }
    }
}

/// The picture as a PNG file.
pub(crate) fn png_bytes(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).expect("encode a picture");
    bytes.into_inner()
}

/// A PNG file of a picture of these sides whose pixels end after a few bytes.
pub(crate) fn png_header(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().expect("write a header");
    writer.write_chunk(png::chunk::IDAT, &[0x78, 1, 0]).expect("write a chunk");
    drop(writer);
    bytes
}

/// Noise in a disc that grows smaller from layer to layer; the lowest layer fills the canvas.
fn noise_pixel(layer: u32, seed: u32, x: u32, y: u32) -> Rgba<u8> {
    let radius = 90 - 20 * layer.min(4);
    let (dx, dy) = (x.abs_diff(100), y.abs_diff(75));
    if layer > 0 && dx * dx + dy * dy > radius * radius {
        return Rgba([0; 4]);
    }
    let mut hash = (x | y << 8 | seed << 16).wrapping_mul(0x9e37_79b9);
    hash = (hash ^ hash >> 15).wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    let [r, g, b, a] = hash.to_le_bytes();
    Rgba([r, g, b, if layer == 0 { 255 } else { a | 64 }])
}

/// The TOML of a section of docs/rules.md.
pub(crate) fn code_of(section: &str) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/rules.md")).unwrap();
    let text = page.split("\n## ").find(|text| text.starts_with(section)).expect("the section exists");
    let blocks = text.split("```toml\n").skip(1);
    blocks.map(|block| block.split("```").next().expect("the block ends")).collect()
}
