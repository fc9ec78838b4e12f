//! Every reader of files from outside, over a fixed corpus and seeded mutations of it.
//!
//! `tests/corpus/FORMAT/` holds small files that are accepted (`good-*`) and files that are refused (`bad-*`). The
//! mutations are the same in every run; how many there is time for is not. `TRAITPRESS_TEST_MUTATE` is the number of
//! seconds for all formats together, 5 without it. `fuzz/` drives the same functions with libFuzzer.

#[path = "common/mutate.rs"]
mod mutate;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use traitpress::engine::internals::{Format, Readers};

use mutate::Mutator;

/// A call that takes longer is taken for one that does not end. Most take less than a millisecond; a busy machine is
/// allowed a lot.
const MAX_CALL: Duration = Duration::from_secs(10);
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

#[test]
fn no_mutation_makes_a_reader_panic_hang_or_fill_the_memory() {
    let seconds = std::env::var("TRAITPRESS_TEST_MUTATE").map_or(5.0, |text| text.parse().expect("seconds"));
    let each = Duration::from_secs_f64(seconds / Format::ALL.len() as f64);
    let formats = Mutex::new(Format::ALL.to_vec());
    let workers = std::thread::available_parallelism().map_or(1, usize::from).min(Format::ALL.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let watched = Watched::new();
                let next = || formats.lock().unwrap().pop();
                while let Some(format) = next() {
                    mutate(&watched, format, each);
                }
            });
        }
    });
}

/// Reads mutations for so long.
fn mutate(watched: &Watched, format: Format, time: Duration) {
    let mutator = Mutator::new(corpus(format).into_iter().map(|(_, bytes)| bytes).collect());
    let begun = Instant::now();
    let (mut seed, mut accepted) = (0, 0);
    while begun.elapsed() < time || seed < MIN_MUTATIONS {
        let bytes = mutator.mutation(seed);
        accepted += u32::from(watched.read(format, &format!("{} {seed}", format.name()), &bytes));
        seed += 1;
    }
    println!("{}: {seed} mutations, {accepted} of them accepted", format.name());
    if let Some(peak) = peak_memory() {
        assert!(peak < MAX_MEMORY_KB, "{}: up to {peak} KB of memory were held", format.name());
    }
}

/// The most memory that this process held, in KB, where the system says it.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
