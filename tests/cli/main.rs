//! The program as its users meet it: every test runs the real binary in a fresh folder.
//!
//! What goes wrong must go wrong well: [`util::Ran::refused`] holds every refusal to the same contract (the exit
//! code, one line for each problem that names the thing and the next step, no panic, no control character, no
//! broken file under a final name). What goes right must be what the documents promise, recomputed from the files.

// The helpers: a fresh folder, test art, running the program, and the contract of a refusal.
mod util;
// A browser, for pages.
#[cfg(unix)]
mod browser;
// How deep a test goes.
#[path = "../common/depth.rs"]
mod depth;
// What a test cannot find: skipped, or a failure where nothing may be skipped.
#[path = "../common/require.rs"]
mod require;

// --- what is refused ---

// Folders that are no project, or hold something weird but fine.
mod projects;
// Pictures that are broken, too large or of the wrong size; links that lead out.
mod art;
// The PngSuite: every kind of PNG file.
mod png_suite;
// Pictures that are damaged, or can be used but are not what their artist may think: animated ones.
mod pictures;
// Pictures of other sizes than the art's.
mod nested;
mod output_sizes;
mod parts;
// Pictures as WebP and JPEG, and compressed archives.
mod formats;
// Art that makes other items than its artist may think: invisible, equal or beside the canvas.
mod surprises;
// `distinct = "pictures"`: no two items look the same.
mod distinct;
// What is in a project's folders and is not read.
mod unread;
// Names and weights of traits, from `-1` over escape sequences to names that are not UTF-8.
mod names;
// `collection.toml`: unknown keys, wrong types, folders that are not there, counts beyond what is possible.
mod configuration;
// Rules and unique sets: names that are not there, rules that contradict each other, and that items obey them.
mod rules;
// Exact amounts and groups.
mod amounts;
// Plans that do not fit their project.
mod plans;
mod pools;
// What a newcomer types, and whether the answer names the way out.
mod newcomer;
// Output folders: foreign, occupied, linked, unwritable, in the art; and what `--force` may and may not do.
mod folders;
// Graphics adapters: which are taken, what happens when one fails midway, and patterns of traits kept in a file.
#[cfg(feature = "gpu")]
mod gpu;
mod gpu_stages;
// Files beside a collection on a full disk: whole or not there.
mod whole_files;
// Graphics drivers that print errors of their own where there is no desktop.
#[cfg(all(unix, feature = "gpu"))]
mod drivers;
// Standard output and standard error that somebody has closed, or that are full.
mod streams;

// --- what works ---

// `demo`, `init`, `check`, `plan` and `generate`, one after the other as a newcomer runs them.
mod journeys;
mod layouts;
// docs/walkthrough.sh: the artist's way in twelve commands.
#[cfg(unix)]
mod walkthrough;
// `init`: orders by numbers and by coverage, displayed names, and pictures of another size.
mod exports;
mod import_pictures;
mod imports;
mod imports_collection;
mod imports_nested;
mod imports_refused;
mod imports_rules;
mod init;
mod item_names;
// The files of a collection, recomputed: manifest, digests, provenance, metadata, statistics.
mod clips;
mod collections;
// Pictures with alpha: faint colours, and what one trait shows alone.
mod alpha;
// Collections in a tar, in a zip and on standard output: the files of a folder, and every way in which that fails.
mod archives;
// `--name`: pictures called by their traits, and every command that reads them.
mod templates;
// The HTTP service.
#[cfg(feature = "serve")]
mod serve;
#[cfg(feature = "serve")]
mod serve_clients;
#[cfg(feature = "serve")]
mod serve_items;
#[cfg(feature = "serve")]
mod serve_operation;
#[cfg(feature = "serve")]
mod serve_util;
// Shards: what processes of their own make, put together, is what one makes.
mod shards;
// Files for engines in examples/cluster.
mod cluster;
// Shards that are stopped, killed, or do not fit.
#[cfg(unix)]
mod shard_stops;
// `sheet`, atlases and `generate --preview`: what they show, and when they are refused.
mod sheets;
// `sheet --atlas` for games: cells, trimmed sprites, pages, palettes, and the JSON of other tools.
mod atlases;
// One-of-ones: their pixels, metadata and places, and that they change nothing of the other items.
mod ones;
// `verify`: an untouched folder passes, and what differs is named.
mod verify;
// `verify`: every kind of damage, links, pipes and names that are not UTF-8 among them.
#[cfg(target_os = "linux")]
mod verify_damage;
// Metadata: every standard, its limits, and the files of the whole collection.
mod metadata;
// `metadata DIR`: written anew, without a picture touched, through any stop.
mod rewrite;
// `metadata DIR --save`, `--cid`, and folders for an upload: Sugar's assets, and metadata before a reveal.
mod publish;
// `cid DIR`: the address on IPFS.
mod cid;
// `verify --project`: what differs in the project, and what it makes.
mod verify_project;
// Runs that are stopped by a signal, a crash, a full disk or a hand, and go on to the same bytes.
#[cfg(unix)]
mod resume;
// The first items of the whole collection.
mod trials;
// Items of finished collections that are chosen again, removed, added and swapped.
#[cfg(unix)]
mod edits;
// What a run that goes on does not allow, refused before any picture is read.
#[cfg(unix)]
mod early_refusals;
// Manifests and journals of early versions.
mod early_files;
// Folders that are replaced on the way.
#[cfg(unix)]
mod races;
// What stopped runs say, and their previews, thumbnails and names.
#[cfg(unix)]
mod stops;
mod stores;
// `bench`: the table, the JSON, the scenarios, and nothing left behind.
mod backgrounds;
mod bench;
// `report`: counts and ranks, recomputed, and the tables.
mod report;
// `report`: what it counts is what the metadata shows.
mod report_shown;
// `report --html`, in a browser.
#[cfg(unix)]
mod report_page;
#[cfg(unix)]
mod report_view;
// Pools in a browser, from servers that answer ranges in different ways.
#[cfg(unix)]
mod hosts;
#[cfg(unix)]
mod pools_browser;
// Thumbnails that are kept beside a collection.
mod thumbnails;
// The same seed gives the same folder, byte for byte, however it is pressed.
mod credits;
mod determinism;
// `--progress`: events, lines, a bar, and what a run says at its end.
mod progress;
// Budgets, clean-ups and limits of memory.
mod memory;
// `--help` and `--version`.
mod help;
// Help texts, the summary and typical refusals as a whole.
mod snapshots;
