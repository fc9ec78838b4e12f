//! `report`: how rare traits and items of a finished collection are.

use std::fs::File;
use std::io::BufWriter;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Instant;

use traitpress::finished::rarity::{self, ChoiceCount, ItemKind, Rarity};
use traitpress::finished::{PageOptions, PoolAddress, PoolAddressError, ReportError};
use traitpress::project::Project;

use crate::cli::failure::Failure;
use crate::cli::interrupt::Interrupt;
use crate::cli::measure::{counted, thousands};
use crate::cli::output_paths::{ensure_distinct, ensure_outside, ensure_writable};
use crate::cli::print::{self, errln, outln};
use crate::cli::progress::Progress;
use crate::cli::project::open;
use crate::cli::rarity::most_items;
use crate::cli::summary::equal_items;
use crate::cli::values::threads;
use crate::cli::whole_file::{self, WriteFailure};

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// The collection: a folder that generate wrote
    dir: PathBuf,
    /// Also show the project's weights, shares under its rules, and exact numbers
    #[arg(long, value_name = "PROJECT")]
    project: Option<PathBuf>,
    /// Number of the rarest items to print
    #[arg(long, value_name = "N", default_value_t = 10)]
    top: u32,
    /// Write all items to FILE as CSV, the rarest first
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Write the counts of the traits of each layer to FILE as CSV
    #[arg(long, value_name = "FILE")]
    traits_csv: Option<PathBuf>,
    /// Write everything to FILE as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write one HTML page to FILE, with thumbnails, filters and ranks; it works offline
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Read the full pictures of the HTML page from the pool at URL, absolute or relative to the page; the page and the
    /// pool work on any web server
    #[arg(long, value_name = "URL", requires = "html", value_parser = pool_address)]
    pool: Option<PoolAddress>,
    /// The longer side of thumbnails in pixels, 16 to 512; from 128, half-size ones are added for ordinary
    /// screens [default: the size of generate --thumbnails, else 320, and less above 1,500 items]
    #[arg(long, value_name = "PIXELS", requires = "html",
          value_parser = clap::value_parser!(u32).range(PageOptions::MIN_THUMBNAIL as i64..=PageOptions::MAX_THUMBNAIL as i64))]
    thumbnail: Option<u32>,
    /// Worker threads, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<NonZeroUsize>,
    /// Replace existing files
    #[arg(long)]
    force: bool,
}

/// A report to make: its files can be written, and the project is open.
struct ReportJob {
    collection: PathBuf,
    project: Option<Project>,
    top: usize,
    csv: Option<PathBuf>,
    traits_csv: Option<PathBuf>,
    json: Option<PathBuf>,
    html: Option<PathBuf>,
    page: PageOptions,
}

impl TryFrom<ReportArgs> for ReportJob {
    type Error = Failure;

    fn try_from(args: ReportArgs) -> Result<Self, Failure> {
        let files = [
            ("--csv", args.csv.as_deref()),
            ("--traits-csv", args.traits_csv.as_deref()),
            ("--json", args.json.as_deref()),
            ("--html", args.html.as_deref()),
        ];
        for (flag, file) in files {
            let Some(file) = file else { continue };
            ensure_writable(file, flag)?;
            ensure_outside(file, flag, &args.dir, "a finished collection")?;
            whole_file::refuse_taken(file, flag, args.force)?;
        }
        ensure_distinct(&files)?;
        let project = args.project.as_deref().map(open).transpose()?;
        let mut page = PageOptions::default();
        page.thumbnail = args.thumbnail;
        page.threads = args.threads;
        page.file.clone_from(&args.html);
        page.pool = args.pool;
        Ok(Self {
            collection: args.dir,
            project,
            top: args.top as usize,
            csv: args.csv,
            traits_csv: args.traits_csv,
            json: args.json,
            html: args.html,
            page,
        })
    }
}

pub(crate) fn run(args: ReportArgs) -> Result<(), Failure> {
    ReportJob::try_from(args)?.run()
}

impl ReportJob {
    fn run(self) -> Result<(), Failure> {
        Interrupt::watch()?.or_end(|| self.report())
    }

    fn report(&self) -> Result<(), Failure> {
        let mut rarity = rarity::read(&self.collection)?;
        if let Some(project) = &self.project {
            rarity.compare(project)?;
        }
        print(&rarity, self.top);
        let equal = rarity.equal_pictures(self.page.threads, &())?;
        if let Some(equal) = equal_items(&equal.groups, equal.unchecked, rarity.items.len() as u64) {
            errln!("warning: {equal}");
        }
        write(self.csv.as_deref(), |out| rarity.write_csv(out), |()| String::new())?;
        write(self.traits_csv.as_deref(), |out| rarity.write_traits_csv(out), |()| String::new())?;
        write(self.json.as_deref(), |out| rarity.write_json(out), |()| String::new())?;
        self.write_page(&rarity)?;
        print::all_is_written()
    }

    fn write_page(&self, rarity: &Rarity) -> Result<(), Failure> {
        let items = rarity.items.len() as u64;
        let start = Instant::now();
        let page = |out: &mut BufWriter<File>| {
            Progress::auto().count(items, |counter| rarity.write_page(&self.page, out, counter))
        };
        write(self.html.as_deref(), page, |page| match page.kept {
            true => format!(", with the {}-pixel thumbnails of the run", page.thumbnail),
            false => format!(
                "; its {}-pixel thumbnails took {:.1} s (generate --thumbnails makes them during the run)",
                page.thumbnail,
                start.elapsed().as_secs_f64()
            ),
        })
    }
}

/// The address of `--pool`.
fn pool_address(text: &str) -> Result<PoolAddress, PoolAddressError> {
    text.parse()
}

/// Writes a file if it was asked for, and says so, with what `about` says of it.
fn write<T>(
    file: Option<&Path>,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, ReportError>,
    about: impl FnOnce(T) -> String,
) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    let written = whole_file::write(file, "report", |out| {
        write(out).map_err(|error| match error {
            ReportError::Write(error) => WriteFailure::Io(error),
            other => WriteFailure::Other(other.into()),
        })
    })?;
    errln!("written to {}{}", file.display(), about(written));
    Ok(())
}

/// Whether a name ends with the number of its item, as in `Cats #0007`.
fn names_edition(name: &str, edition: u32) -> bool {
    name.rsplit_once('#').is_some_and(|(_, number)| number.parse() == Ok(edition))
}

fn print(rarity: &Rarity, top: usize) {
    let named = if rarity.name.is_empty() { String::new() } else { format!("{}: ", rarity.name) };
    let ones = match rarity.count_ones() {
        0 => String::new(),
        1 => ", including 1 one-of-one, which is not counted below".to_owned(),
        ones => format!(", including {} one-of-ones, which are not counted below", thousands(ones)),
    };
    outln!("{named}{}{ones}", counted(rarity.items.len(), "item"));
    if !rarity.hidden.is_empty() {
        outln!("hidden layers are not counted: {}", rarity.hidden.join(", "));
    }
    let choices = || rarity.layers.iter().flat_map(|layer| &layer.choices);
    let name = |choice: &ChoiceCount| choice.name.clone().unwrap_or_else(|| "(none)".to_owned());
    let width = choices().map(|choice| name(choice).chars().count()).max().unwrap_or(0).max(5);
    let percent = |part: f64| format!("{:.2}%", part * 100.0);
    let is_compared = choices().any(|choice| choice.asked.is_some());
    for layer in &rarity.layers {
        outln!("");
        outln!("{}", layer.name);
        let asked = if is_compared { "  by weight  expected            asked" } else { "" };
        outln!("  {:width$}     items    share{asked}", "trait");
        for choice in &layer.choices {
            let asked = choice.asked.map_or_else(String::new, |asked| {
                let expected = asked.expected.map_or_else(|| "-".to_owned(), percent);
                let number = match (asked.min, asked.max) {
                    (None, _) => String::new(),
                    (Some(min), Some(max)) if min == max => thousands(min),
                    (Some(min), Some(max)) => format!("{} - {}", thousands(min), thousands(max)),
                    (Some(min), None) => format!(">= {}", thousands(min)),
                };
                format!("  {:>9}  {expected:>8}  {number:>15}", percent(asked.by_weight))
            });
            let (items, share) = (thousands(choice.items), percent(choice.share));
            outln!("  {:width$}  {items:>8}  {share:>7}{}", name(choice), asked.trim_end());
        }
    }
    if !rarity.limits.is_empty() {
        outln!("");
    }
    for (name, most) in &rarity.limits {
        outln!("{}", most_items(name, *most));
    }
    if top == 0 || rarity.items.is_empty() {
        return;
    }
    outln!("");
    outln!("   rank  information (bits)  rank by trait rarity         score  item");
    for place in rarity.by_information().into_iter().take(top) {
        let item = &rarity.items[place];
        let score =
            |score: Option<rarity::Score>| score.map_or_else(|| "-".to_owned(), |score| score.to_string());
        let what = if matches!(item.kind, ItemKind::One { .. }) { " (one-of-one)" } else { "" };
        let number = if names_edition(&item.name, item.edition) {
            String::new()
        } else {
            format!(" ({})", item.edition)
        };
        outln!(
            "{:>7}  {:>18}  {:>20}  {:>12}  {}{number}{what}",
            thousands(item.rank_information),
            score(item.information()),
            thousands(item.rank_trait),
            score(item.score()),
            item.name
        );
    }
    outln!(
        "Information content is the sum of -log2(share) over the layers; trait rarity is the sum of 1 / \
         share. An absent layer counts as a value. One-of-ones rank first, and equal items share the better \
         rank."
    );
}
