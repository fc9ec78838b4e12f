//! traitpress.
pub mod collection;
pub mod pixel;
mod png;
mod compositor;
pub mod selection;
pub mod tiling;
