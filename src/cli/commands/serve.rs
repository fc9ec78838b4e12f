//! `serve`: single pictures over HTTP.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderName;
use clap::ValueEnum;
use traitpress::engine::PrefetchSource;

use crate::cli::failure::Failure;
use crate::cli::measure::parse_size;
use crate::cli::print::outln;
use crate::cli::serve::{ClientLimits, ItemSource, KeyFile, ServedProject, Settings, check, serve};
use crate::cli::values::{OutputSizes, threads};

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Projects, each as a folder or as ID=FOLDER; addresses begin with /v1/ID
    #[arg(required_unless_present = "sign", value_name = "PROJECT")]
    projects: Vec<String>,
    /// Address and port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Address and port of the figures for Prometheus [default: none]
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// Longer sides that can be requested, the first where none is [default: those of the project]
    #[arg(long, value_name = "PIXELS", value_parser = OutputSizes::parse)]
    sizes: Option<OutputSizes>,
    /// Serve the numbered items of a plan file, a finished collection or a .pool file, as FILE or ID=FILE
    #[arg(long, value_name = "PLAN")]
    items: Vec<String>,
    /// Open the projects, make a picture of each, and end
    #[arg(long)]
    check: bool,
    /// Serve items at signed addresses alone: a file with one or two keys, a line each
    #[arg(long, value_name = "FILE")]
    keys: Option<PathBuf>,
    /// Print this address, e.g. /v1/cats/seed/alice.png, with its signature, and end
    #[arg(long, value_name = "PATH", requires = "keys")]
    sign: Option<String>,
    /// Origins of pages that may read answers, or * for all
    #[arg(long, value_name = "ORIGIN")]
    cors: Vec<String>,
    /// Seconds that others may keep a picture whose address has no digest
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    max_age: u32,
    /// Threads that make pictures, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", value_parser = threads())]
    threads: Option<NonZeroUsize>,
    /// Memory of compressed parts, for all projects together
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "256MB")]
    cache_memory: u64,
    /// Memory of finished files
    #[arg(long, value_name = "SIZE", value_parser = parse_size, default_value = "64MB")]
    file_cache: u64,
    /// Memory of decoded traits, for each project [default: all traits]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    trait_memory: Option<u64>,
    /// Pictures that may wait for a thread; more are refused with status 503
    #[arg(long, value_name = "N", default_value_t = 256)]
    queue: usize,
    /// Requests of one client that may wait for pictures; more are refused with status 429 [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    client_queue: Option<u32>,
    /// New pictures a second for one client; more are refused with status 429 [default: no limit]
    #[arg(long, value_name = "N", value_parser = parse_rate)]
    client_rate: Option<f64>,
    /// New pictures that one client may have at once before --client-rate counts
    #[arg(long, value_name = "N", default_value_t = 100, requires = "client_rate", value_parser = clap::value_parser!(u32).range(1..))]
    client_burst: u32,
    /// The header in which the nearest proxy names the client, e.g. X-Forwarded-For [default: none is trusted]
    #[arg(long, value_name = "NAME", value_parser = parse_header)]
    client_header: Option<HeaderName>,
    /// Connections at a time
    #[arg(long, value_name = "N", default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    connections: u32,
    /// Seconds that a connection may be without a request
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    idle_timeout: u64,
    /// Seconds that a picture may take, the wait for a thread included
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    deadline: u64,
    /// Seconds that requests may take to end after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(0..=3600))]
    drain: u64,
    /// Seconds between two looks for changed files; 0 looks never, but at SIGHUP
    #[arg(long, value_name = "SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=86_400))]
    watch: u64,
    /// What prepares pictures that are likely to be requested next
    #[arg(long, value_name = "MODEL", default_value = "learned")]
    predict: Predict,
    /// Write no line for each request
    #[arg(long)]
    no_access_log: bool,
}

/// Models of `--predict`.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Predict {
    /// Nothing is prepared.
    None,
    /// Counts of earlier requests.
    History,
    /// A model that is trained on the requests.
    Learned,
}

/// A rate, in pictures a second.
fn parse_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.001..=1e6).contains(rate));
    rate.ok_or_else(|| "write a number of pictures a second, 0.001 to 1000000".to_owned())
}

/// The name of a header with addresses of clients, the last of which the nearest proxy adds.
fn parse_header(text: &str) -> Result<HeaderName, String> {
    match HeaderName::try_from(text) {
        Ok(name) if name == "forwarded" => {
            Err("this header has another form; let the proxy send X-Forwarded-For or X-Real-IP".to_owned())
        }
        Ok(name) => Ok(name),
        Err(_) => Err("write the name of a header, as in X-Forwarded-For".to_owned()),
    }
}

/// Serves, checks or signs.
pub(crate) fn run(args: ServeArgs) -> Result<(), Failure> {
    let keys = args.keys.clone().map(KeyFile::read).transpose().map_err(Failure::Usage)?;
    if let (Some(address), Some(keys)) = (&args.sign, &keys) {
        outln!("{}", keys.sign(address));
        return Ok(());
    }
    let is_check = args.check;
    let settings = settings(args, keys)?;
    if is_check { check(&settings) } else { serve(settings) }
}

fn settings(args: ServeArgs, keys: Option<KeyFile>) -> Result<Settings, Failure> {
    let seconds = |seconds: u64| Duration::from_secs(seconds);
    Ok(Settings {
        projects: projects(&args.projects, &args.items)?,
        listen: args.listen,
        metrics: args.metrics,
        sizes: args.sizes.map_or_else(Vec::new, |OutputSizes(sizes)| sizes),
        threads: args.threads,
        span_cache: args.cache_memory,
        trait_memory: args.trait_memory,
        file_cache: args.file_cache,
        queue: args.queue,
        connections: args.connections as usize,
        clients: ClientLimits {
            at_once: args.client_queue.map(|most| most as usize),
            rate: args.client_rate.map(|rate| (rate, args.client_burst)),
            header: args.client_header,
        },
        deadline: seconds(args.deadline),
        idle: seconds(args.idle_timeout),
        drain: seconds(args.drain),
        watch: Some(seconds(args.watch)).filter(|pause| !pause.is_zero()),
        max_age: args.max_age,
        keys: keys.map(Arc::new),
        cors: args.cors,
        predict: match args.predict {
            Predict::None => None,
            Predict::History => Some(PrefetchSource::History),
            Predict::Learned => Some(PrefetchSource::Learned),
        },
        access_log: !args.no_access_log,
    })
}

/// The projects by their ids, with the items of each.
fn projects(named: &[String], items: &[String]) -> Result<Vec<ServedProject>, Failure> {
    let mut projects: Vec<ServedProject> = Vec::with_capacity(named.len());
    let mut ids = BTreeSet::new();
    for text in named {
        let (id, root) = match text.split_once('=') {
            Some((id, folder)) => (id.to_owned(), PathBuf::from(folder)),
            None => {
                let root = PathBuf::from(text);
                let resolved = root.canonicalize().unwrap_or_else(|_| root.clone());
                (resolved.file_name().unwrap_or_default().to_string_lossy().into_owned(), root)
            }
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if id.is_empty() || !id.chars().all(is_plain) {
            return Err(Failure::Usage(format!(
                "{id:?} cannot be part of an address; give letters, digits, -, _ and . as in cats={}",
                root.display()
            )));
        }
        if !ids.insert(id.clone()) {
            return Err(Failure::Usage(format!(
                "two projects have the id {id:?}; give ids, as in cats=my-art"
            )));
        }
        projects.push(ServedProject { id, root, items: None });
    }
    for text in items {
        let (id, path) = match text.split_once('=') {
            Some((id, path)) => (Some(id), Path::new(path)),
            None => (None, Path::new(text)),
        };
        let project = match (id, &mut projects[..]) {
            (Some(id), projects) => projects.iter_mut().find(|project| project.id == id),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        let Some(project) = project else {
            return Err(Failure::Usage(format!(
                "--items {text}: name a project that is served, as in cats=plan.json"
            )));
        };
        project.items = Some(ItemSource::at(path));
    }
    Ok(projects)
}
