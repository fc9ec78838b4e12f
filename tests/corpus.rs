//! Every reader of files from outside, over a fixed corpus and seeded mutations of it.
//!
//! `tests/corpus/FORMAT/` holds small files that are accepted (`good-*`) and files that are refused (`bad-*`);
//! `tests/pictures` holds pictures of every structure. The mutations are the same in every run; how many there is time
//! for is not. `TRAITPRESS_TEST_MUTATE` is the number of seconds for all formats together, 5 without it.
//! `TRAITPRESS_TEST_TORTURE` makes it fixed numbers, those of `scripts/torture`. `fuzz/` drives the same functions with
//! libFuzzer.

#[path = "common/mutate.rs"]
mod mutate;
#[path = "common/mutate_parts.rs"]
mod mutate_parts;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use traitpress::engine::internals::{Format, Readers};

use mutate::Mutator;

/// A call that takes longer is taken for one that does not end. Most take less than a millisecond.
const MAX_CALL: Duration = Duration::from_secs(5);
/// The mutations of the long form: of pictures, and of everything else.
const TORTURE: [u64; 2] = [50_000, 20_000];
/// The size of the pictures in `tests/pictures`.
const PICTURES: [u32; 2] = [61, 45];
/// So many mutations are read of each format, however slow the machine is.
const MIN_MUTATIONS: u64 = 50;
/// How much the process may hold at most. What the readers hold is some megabytes.
const MAX_MEMORY_KB: u64 = 400 << 10;

fn corpus(format: Format) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(format.name());
    let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut files: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
        })
        .collect();
    files.sort();
    files
}

/// The readers, and the watch over their calls.
struct Watched {
    readers: Readers,
    _folder: tempfile::TempDir,
}

impl Watched {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { readers: Readers::new(folder.path()).unwrap(), _folder: folder }
    }

    fn with_canvas(canvas: [u32; 2]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { readers: Readers::with_canvas(folder.path(), canvas).unwrap(), _folder: folder }
    }

    /// Whether the bytes are accepted.
    ///
    /// # Panics
    /// If the reader panics or takes too long. `what` says which bytes these are, and they are kept in a file.
    fn read(&self, format: Format, what: &str, bytes: &[u8]) -> bool {
        let start = Instant::now();
        let read = catch_unwind(AssertUnwindSafe(|| self.readers.read(format, bytes)));
        let (took, Ok(read)) = (start.elapsed(), read) else {
            panic!("{what} makes its reader panic; it is {}", keep(format, bytes).display());
        };
        assert!(took < MAX_CALL, "{what} took {took:?}; it is {}", keep(format, bytes).display());
        read.unwrap()
    }
}

/// Keeps bytes that make a test fail.
fn keep(format: Format, bytes: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("found-{}", format.name()));
    fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn the_corpus_is_accepted_and_refused_as_its_names_say() {
    let watched = Watched::new();
    for format in Format::ALL {
        let files = corpus(format);
        for (name, bytes) in &files {
            let accepted = watched.read(format, name, bytes);
            assert_eq!(accepted, name.starts_with("good-"), "{}/{name}", format.name());
        }
        for kind in ["good-", "bad-"] {
            assert!(files.iter().any(|(name, _)| name.starts_with(kind)), "{}: none {kind}", format.name());
        }
    }
}

/// What is mutated, and how the time is shared among all.
struct Target {
    name: &'static str,
    format: Format,
    canvas: Option<[u32; 2]>,
    files: Vec<Vec<u8>>,
    /// How many mutations the long form reads.
    torture: u64,
}

/// Every format of text by its corpus, and every format of pictures by its structure.
fn targets() -> Vec<Target> {
    let texts = Format::ALL.into_iter().filter(|format| *format != Format::Picture);
    let each = TORTURE[1] / texts.clone().count() as u64;
    let bytes = |format| corpus(format).into_iter().map(|(_, bytes)| bytes).collect();
    let text = |format: Format| Target {
        name: format.name(),
        format,
        canvas: None,
        files: bytes(format),
        torture: each,
    };
    let pictures =
        [("PNG", png_files()), ("JPEG", stored("jpeg")), ("GIF", gif_files()), ("WebP", stored("webp"))];
    let each = TORTURE[0] / pictures.len() as u64;
    let picture = |(name, files)| {
        let (format, canvas) = (Format::Picture, Some(PICTURES));
        Target { name, format, canvas, files, torture: each }
    };
    texts.map(text).chain(pictures.into_iter().map(picture)).collect()
}

/// The pictures in a folder of `tests/pictures`.
fn stored(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension != "md"));
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// A made-up sample of pictures that are written here.
fn sample(x: usize, y: usize) -> u8 {
    (x * 7 + y * 13 + (x ^ y)) as u8
}

/// PNG files of every colour type, at two depths.
fn png_files() -> Vec<Vec<u8>> {
    use png::{BitDepth, ColorType};
    let [width, height] = PICTURES;
    let kinds = [
        (ColorType::Grayscale, BitDepth::One),
        (ColorType::Grayscale, BitDepth::Sixteen),
        (ColorType::GrayscaleAlpha, BitDepth::Eight),
        (ColorType::Indexed, BitDepth::Four),
        (ColorType::Rgb, BitDepth::Eight),
        (ColorType::Rgba, BitDepth::Eight),
        (ColorType::Rgba, BitDepth::Sixteen),
    ];
    let file = |(colour, depth): (ColorType, BitDepth)| {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if colour == ColorType::Indexed {
            encoder.set_palette((0..48).collect::<Vec<u8>>());
            encoder.set_trns(vec![0, 128, 255]);
        }
        let row = (width as usize * colour.samples() * depth as usize).div_ceil(8);
        let pixels: Vec<u8> = (0..row * height as usize).map(|at| sample(at % row, at / row)).collect();
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        file
    };
    kinds.map(file).to_vec()
}

/// GIF files: a still picture, and frames that are smaller than the screen, interlaced and transparent.
fn gif_files() -> Vec<Vec<u8>> {
    let [width, height] = PICTURES.map(|side| side as u16);
    let frame = |[left, top, width, height]: [u16; 4]| {
        let pixels = (0..width * height).map(|at| sample((at % width).into(), (at / width).into()) % 16);
        let mut frame = gif::Frame::from_indexed_pixels(width, height, pixels.collect::<Vec<u8>>(), Some(3));
        (frame.left, frame.top) = (left, top);
        frame
    };
    let file = |frames: Vec<gif::Frame<'_>>| {
        let mut file = Vec::new();
        let palette: Vec<u8> = (0..48).map(|value| value * 5).collect();
        let mut encoder = gif::Encoder::new(&mut file, width, height, &palette).unwrap();
        frames.iter().for_each(|frame| encoder.write_frame(frame).unwrap());
        drop(encoder);
        file
    };
    let whole = frame([0, 0, width, height]);
    let mut interlaced = whole.clone();
    interlaced.interlaced = true;
    let mut own_palette = frame([20, 10, 30, 30]);
    own_palette.palette = Some((0..48).rev().collect());
    [vec![whole.clone()], vec![interlaced], vec![own_palette.clone()], vec![whole, own_palette]]
        .map(file)
        .to_vec()
}

#[test]
fn no_mutation_makes_a_reader_panic_hang_or_fill_the_memory() {
    let seconds = std::env::var("TRAITPRESS_TEST_MUTATE").map_or(5.0, |text| text.parse().expect("seconds"));
    let is_torture = std::env::var_os("TRAITPRESS_TEST_TORTURE").is_some();
    let targets = targets();
    let each = Duration::from_secs_f64(seconds / targets.len() as f64);
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(targets.len());
    let targets = Mutex::new(targets);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let next = || targets.lock().unwrap().pop();
                while let Some(target) = next() {
                    mutate(&target, if is_torture { Err(target.torture) } else { Ok(each) });
                }
            });
        }
    });
}

/// Reads mutations for so long, or so many.
fn mutate(target: &Target, limit: Result<Duration, u64>) {
    let watched = target.canvas.map_or_else(Watched::new, Watched::with_canvas);
    let Target { name, format, files, .. } = target;
    for file in files.iter().filter(|_| target.canvas.is_some()) {
        assert!(watched.read(*format, name, file), "{name}: a file is refused as it is");
    }
    let mutator = Mutator::new(files.clone());
    let begun = Instant::now();
    let (mut seed, mut accepted) = (0, 0);
    while limit.map_or_else(|most| seed < most, |time| begun.elapsed() < time || seed < MIN_MUTATIONS) {
        // Pictures mostly by their parts, and sometimes byte by byte as everything else.
        let bytes = match seed % 4 {
            1.. if target.canvas.is_some() => {
                let [file, other] = [seed / 4, seed / 7].map(|at| &files[at as usize % files.len()]);
                mutate_parts::mutation(file, other, seed)
            }
            _ => mutator.mutation(seed),
        };
        accepted += u32::from(watched.read(*format, &format!("{name} {seed}"), &bytes));
        seed += 1;
    }
    println!("{name}: {seed} mutations, {accepted} of them accepted, in {:.0?}", begun.elapsed());
    if let Some(peak) = peak_memory() {
        assert!(peak < MAX_MEMORY_KB, "{name}: up to {peak} KB of memory were held");
    }
}

/// The most memory that this process held, in KB, where the system says it.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
