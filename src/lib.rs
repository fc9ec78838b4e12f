//! Presses layered-picture collections: chooses the traits of every item, composites them, and writes PNG files
//! with metadata, every distinct place of every picture only once.
//!
//! The modules, in the order that the data takes:
//!
//! - [`collection`]: load and check a project; decode its art once, as tiles.
//! - [`selection`]: choose every item's traits: the plan.
//! - [`tiling`]: cut the canvas into tiles, and an item into spans of tiles that show the same traits.
//! - `compositor`: turn new spans into pixels, in the integer arithmetic of [`pixel`].
//! - `png`: compress spans, and join them to whole files.
//! - [`output`]: write files, metadata and a manifest; or hand items to a sink of the caller's.
//!
//! [`press`] drives it all batch by batch, [`report`] watches it; [`sheet`] shows many pictures in one.
//!
//! ```no_run
//! use traitpress::press::{Engine, PressOptions};
//!
//! # fn main() -> Result<(), traitpress::Error> {
//! let engine = Engine::open("my-project", PressOptions::default())?;
//! let plan = engine.choose(7, 1, 100)?;
//! let collection = engine.press_to_folder(&plan, "out".as_ref(), Default::default(), &())?.1;
//! println!("{}", collection.digest);
//! # Ok(())
//! # }
//! ```

mod compositor;
mod error;
mod png;
mod pool;

pub mod collection;
pub mod output;
pub mod pixel;
pub mod press;
pub mod report;
pub mod selection;
pub mod sheet;
pub mod tiling;

pub use error::Error;
