//! Makes collections of layered pictures: chooses the traits of every item, composites them, and writes pictures with metadata,
//! every distinct place of every picture only once.
//!
//! The modules, from the ground up; nothing imports from a module above its own:
//!
//! - [`geometry`]: sizes, the tile grid, places and trait numbers. [`telemetry`]: progress and statistics.
//!   [`pixel`]: the integer formulas.
//! - [`project`]: read and check `collection.toml` and the layer folders.
//! - [`store`]: object stores, with the feature `cloud`.
//! - [`art`]: decode the pictures once, as tiles.
//! - [`plan`]: the traits of every item, as a file. [`selection`]: choose them.
//! - [`tiling`]: cut an item into spans of tiles that show the same traits.
//! - `compositor`: turn new spans into pixels. `png`: compress spans, and join them to whole files.
//! - [`output`]: write files, metadata and a manifest; or hand items to a sink of the caller's.
//! - [`finished`]: verify a finished collection, rewrite its metadata, count its rarity, show it on a sheet.
//! - [`engine`]: drive all of that, batch by batch.
//!
//! ```no_run
//! use traitpress::engine::Engine;
//! use traitpress::selection::Choose;
//!
//! # fn main() -> Result<(), traitpress::Error> {
//! let engine = Engine::open("my-project")?;
//! let plan = engine.choose(Choose::new(100).with_seed(7))?;
//! let pressed = engine.press(&plan).to_folder("out")?;
//! println!("{} items, {}", pressed.stats.items, pressed.collection.digest);
//!
//! let item = engine.project().item().with("Body", "Robot")?.with("Hat", "Crown")?.build()?;
//! let png = engine.render(&item)?;
//! # Ok(())
//! # }
//! ```

mod compositor;
mod panics;
mod picture;
mod png;
mod rules;
mod threads;

pub mod art;
pub mod engine;
pub mod error;
// For the program, which writes files of its own; no part of the interface.
#[doc(hidden)]
pub mod files;
pub mod finished;
pub mod geometry;
pub mod import;
pub mod output;
pub mod pixel;
pub mod plan;
pub mod pool;
pub mod project;
pub mod selection;
pub mod store;
pub mod telemetry;
pub mod tiling;

/// The examples of the page on the library, compiled.
#[cfg(doctest)]
#[doc = include_str!("../docs/library.md")]
struct PageOnTheLibrary;

pub use error::{Error, ErrorKind, Remedy};
pub use files::{Digest, DigestError};
