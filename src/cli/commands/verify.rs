//! `verify`: compare a folder with its manifest, and with what the project makes.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;
use traitpress::Digest;
use traitpress::engine::{Reproduction, SampleSize, reproduce};
use traitpress::error::Cancelled;
use traitpress::finished::{
    FileProblem, Verification, VerifyOptions, check_pool, fill_pool, verify, verify_shard,
};
use traitpress::output::{ProblemKind, VerifyError};
use traitpress::project::Project;
use traitpress::store::StoreAddress;

use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::{bytes, counted, thousands};
use crate::cli::print::{self, errln, outln};
use crate::cli::progress::{Counter, Progress};
use crate::cli::project::{open, warn};
use crate::cli::shard_number::{ShardValue, parse_shard, shard_of};
use crate::cli::shell;
use crate::cli::summary::equal_items;
use crate::cli::values::threads;

/// The name of what `--json` prints.
const FORMAT: &str = "traitpress-verify/1";
/// Problems that are printed as text; `--json` has all.
const SHOWN: usize = 20;
/// What is said where the lines of the result are lost.
const CHECKED: &str = "the comparison was completed";
/// Items that are made again without `--sample`.
const DEFAULT_SAMPLE: &str = "10";

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// The collection: a folder that generate wrote
    dir: PathBuf,
    /// Add the digests of its files to a pool that was written with `generate --digests later`
    #[arg(long, conflicts_with_all = ["decode", "expect", "project", "json"])]
    fill: bool,
    /// Also decompress the pixels of every picture and check their Adler-32
    #[arg(long)]
    decode: bool,
    /// The digest that the collection must have, as printed by generate
    #[arg(long, value_name = "DIGEST", value_parser = parse_digest)]
    expect: Option<Digest>,
    /// Check only shard I of N of a merged collection or a folder of shards; auto as in generate
    #[arg(long, value_name = "I/N|auto", value_parser = parse_shard,
          conflicts_with_all = ["fill", "decode", "expect", "project", "json"])]
    shard: Option<ShardValue>,
    /// The number of shards, for --shard auto
    #[arg(long, value_name = "N", requires = "shard")]
    shards: Option<u32>,
    /// What --shard auto subtracts from the number of a task; it may be negative
    #[arg(long, value_name = "K", requires = "shard", default_value_t = 0, allow_negative_numbers = true)]
    shard_offset: i32,
    /// Make items again from this project, and compare the bytes
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    /// Number of items to make again, spread evenly
    #[arg(long, value_name = "N|all", requires = "project", default_value = DEFAULT_SAMPLE, value_parser = parse_sample)]
    sample: Sampled,
    /// Worker threads, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<NonZeroUsize>,
    /// Print the result with all differences as JSON
    #[arg(long)]
    json: bool,
}

/// A collection to verify: the project that items are made again from is open.
struct VerifyJob {
    dir: PathBuf,
    options: VerifyOptions,
    made_again: Option<MadeAgain>,
    json: bool,
}

/// Items that are made again.
struct MadeAgain {
    project: Project,
    request: Reproduction,
}

impl TryFrom<VerifyArgs> for VerifyJob {
    type Error = Failure;

    fn try_from(args: VerifyArgs) -> Result<Self, Failure> {
        let mut options = VerifyOptions::default();
        options.threads = args.threads;
        options.decode = args.decode;
        options.expect = args.expect;
        let Sampled(sample) = args.sample;
        let mut request = Reproduction::new(sample);
        if let Some(threads) = args.threads {
            request = request.with_threads(threads);
        }
        let made_again = match args.project {
            Some(root) => Some(MadeAgain { project: open(&root)?, request }),
            None => None,
        };
        Ok(Self { dir: args.dir, options, made_again, json: args.json })
    }
}

pub(crate) fn run(args: VerifyArgs) -> Result<(), Failure> {
    if args.fill {
        return fill(&args);
    }
    if args.shard.is_none() && StoreAddress::is_one(&args.dir) {
        return Err(Failure::Usage(format!(
            "{}: shards in a store are checked one by one; add --shard I/N, or merge them and give that folder",
            args.dir.display()
        )));
    }
    match args.shard {
        Some(value) => check_shard(&args, value),
        None => VerifyJob::try_from(args)?.run(),
    }
}

/// Compares the files of one shard with its manifest.
fn check_shard(args: &VerifyArgs, value: ShardValue) -> Result<(), Failure> {
    let shard = shard_of(value, args.shards, args.shard_offset, |name| std::env::var(name).ok())?;
    let start = Instant::now();
    let found = Progress::auto().count(0, |counter| verify_shard(&args.dir, shard, args.threads, counter))?;
    for problem in found.problems.iter().take(SHOWN) {
        outln!("{}: {}", problem.file, problem.what);
    }
    let seconds = start.elapsed().as_secs_f64();
    outln!(
        "shard {} of {}: {}, {} files, {} in {seconds:.2} s",
        shard.number(),
        shard.of(),
        counted(found.items, "item"),
        thousands(found.files),
        bytes(found.bytes)
    );
    if found.problems.len() > SHOWN {
        outln!("{} differences in all", thousands(found.problems.len() as u64));
    }
    print::all_is_received(CHECKED)?;
    if found.problems.is_empty() { Ok(()) } else { Err(Failure::Reported) }
}

/// Adds the digests of a pool's files.
fn fill(args: &VerifyArgs) -> Result<(), Failure> {
    let interrupt = Interrupt::watch()?;
    let work =
        || Progress::auto().count(0, |counter| fill_pool(&args.dir, args.threads, &(counter, &interrupt)));
    let digest = interrupt.during("the pool is as it was", work).map_err(|error| {
        match error.downcast_ref::<Cancelled>() {
            Some(_) => {
                Failure::Stopped(Some("stopped: the pool is as it was".to_owned()), interrupt.exit_code())
            }
            None => error.into(),
        }
    })?;
    outln!("collection: {digest}");
    print::all_is_received("the digests were added")
}

impl VerifyJob {
    /// Checks a pool that has no digests of its files, by what it has.
    fn check_pool(&self) -> Result<(), Failure> {
        let start = Instant::now();
        let check = |counter: &Counter| check_pool(&self.dir, self.options.threads, counter);
        let found = Progress::auto().count(0, check)?;
        if let Some(expected) = self.options.expect.filter(|expected| *expected != found.digest) {
            return Err(Failure::Other(format!(
                "{}: the pool is {}, not {expected}; compare where both digests come from",
                self.dir.display(),
                found.digest
            )));
        }
        outln!(
            "{}, {} of files, all joined in {:.2} s; the pool has no digests of them, `traitpress verify --fill` adds them",
            counted(found.items, "item"),
            bytes(found.bytes),
            start.elapsed().as_secs_f64()
        );
        outln!("pool: {}", found.digest);
        print::all_is_received(CHECKED)
    }

    fn run(self) -> Result<(), Failure> {
        let start = Instant::now();
        let found = Progress::auto().count(0, |counter| verify(&self.dir, &self.options, counter));
        let mut found = match found {
            // A difference, and all that there is to look at.
            Err(VerifyError::Manifest { reason, .. }) if self.json => {
                print::json(&json!({
                    "format": FORMAT,
                    "ok": false,
                    "problems": [{ "file": "manifest.json", "kind": "manifest", "what": reason }],
                }));
                return print::all_is_received(CHECKED).and(Err(Failure::Reported));
            }
            Err(VerifyError::NoDigests(_)) if self.made_again.is_none() && !self.json => {
                return self.check_pool();
            }
            found => found?,
        };
        // Reading alone: how fast the disk and the hashing are.
        let seconds = start.elapsed().as_secs_f64();
        let pressed =
            self.made_again.as_ref().map(|again| self.press_again(again, &mut found)).transpose()?;
        if self.json {
            print_json(&self, &found, pressed, seconds);
        } else {
            print(&self, &found, pressed, seconds);
        }
        print::all_is_received(CHECKED)?;
        if found.is_whole() { Ok(()) } else { Err(Failure::Reported) }
    }

    /// Makes items again, and returns how many.
    fn press_again(&self, again: &MadeAgain, found: &mut Verification) -> Result<u64, Failure> {
        let make = |counter: &Counter| reproduce(&again.project, &self.dir, found, again.request, counter);
        let made = Progress::auto().count(0, make)?;
        warn(&made.warnings);
        Ok(made.pressed)
    }
}

/// How many items `--sample` asks for.
#[derive(Clone, Copy, Debug)]
struct Sampled(SampleSize);

fn parse_sample(text: &str) -> Result<Sampled, String> {
    match text {
        "all" => Ok(Sampled(SampleSize::All)),
        number => match number.parse() {
            Ok(count) => Ok(Sampled(SampleSize::Count(count))),
            Err(_) => Err("give all, or a number of items of at least 1".to_owned()),
        },
    }
}

fn parse_digest(text: &str) -> Result<Digest, &'static str> {
    let digest = text.to_ascii_lowercase().parse();
    digest.map_err(|_| "a digest has 64 hexadecimal digits, as generate prints it after \"collection:\"")
}

fn print(job: &VerifyJob, found: &Verification, pressed: Option<u64>, seconds: f64) {
    for problem in found.problems.iter().take(SHOWN) {
        outln!("{}: {}", problem.file, problem.what);
    }
    let speed = per_second(found.bytes, seconds);
    let speed = speed.map_or_else(String::new, |speed| format!(" ({}/s)", bytes(speed as u64)));
    outln!(
        "{} files, {} pictures, {} in {seconds:.2} s{speed}{}",
        thousands(found.files),
        thousands(found.pictures),
        bytes(found.bytes),
        if job.options.decode { ", all pixels decoded" } else { "" }
    );
    if let Some(pressed) = pressed {
        outln!("{} of {} items made again", thousands(pressed), thousands(found.header.count));
    }
    if let Some(collection) = &found.collection {
        outln!("collection: {collection}");
    }
    let equal = &found.equal;
    if let Some(equal) = equal_items(&equal.groups, equal.unchecked, found.header.count) {
        errln!("warning: {equal}");
    }
    let count = found.problems.len();
    match count {
        0 => outln!("no differences"),
        _ => {
            let more = match count.saturating_sub(SHOWN) {
                0 => String::new(),
                more => format!(", {} of them not shown (--json prints all)", thousands(more)),
            };
            let differences = if count == 1 { "difference" } else { "differences" };
            errln!(
                "traitpress: {}: {} {differences}{more}; {}",
                job.dir.display(),
                thousands(count),
                remedies(&found.problems, &job.dir)
            );
        }
    }
}

/// What to do about these differences, a part for each sort of them.
fn remedies(problems: &[FileProblem], dir: &Path) -> String {
    let is_any = |kinds: &[ProblemKind]| problems.iter().any(|problem| kinds.contains(&problem.kind));
    let dir = shell::quoted(dir);
    let mut parts = Vec::new();
    if is_any(&[ProblemKind::Extra]) {
        parts.push("delete what is not part of the collection, or move it elsewhere".to_owned());
    }
    if is_any(&[ProblemKind::Metadata]) {
        parts.push(format!(
            "change collection.toml as named above, or write its texts to the collection with `traitpress metadata {dir} \
             --project ..`"
        ));
    } else if is_any(&[ProblemKind::Configuration]) {
        parts.push(format!(
            "undo the change of the project; for changed texts, write the metadata again with `traitpress metadata {dir} \
             --project ..`; else make the collection again in another folder"
        ));
    }
    if is_any(&[ProblemKind::Art]) {
        parts
            .push("undo the change of the art, or update the collection with `generate --update`".to_owned());
    }
    // What the project makes differs where the project does.
    let follows = [
        ProblemKind::Extra,
        ProblemKind::Metadata,
        ProblemKind::Configuration,
        ProblemKind::Art,
        ProblemKind::Recipe,
        ProblemKind::Pressed,
    ];
    if problems.iter().any(|problem| !follows.contains(&problem.kind)) || parts.is_empty() {
        parts.push("restore these files, or make the collection again".to_owned());
    }
    parts.join("; ")
}

/// Nothing if no time passed, as where a clock is set back.
fn per_second(bytes: u64, seconds: f64) -> Option<f64> {
    (seconds > 0.0).then(|| bytes as f64 / seconds)
}

fn print_json(job: &VerifyJob, found: &Verification, pressed: Option<u64>, seconds: f64) {
    let json = json!({
        "format": FORMAT,
        "ok": found.is_whole(),
        "files": found.files,
        "pictures": found.pictures,
        "bytes": found.bytes,
        "seconds": seconds,
        "megabytes_per_second": per_second(found.bytes, seconds).map(|speed| speed / 1e6),
        "decoded": job.options.decode,
        "pressed": pressed,
        "collection": found.collection,
        "expected": job.options.expect,
        "equal_items": found.equal.groups,
        "problems": found.problems,
    });
    print::json(&json);
}
