//! traitpress.
pub mod collection;
pub mod pixel;
pub mod selection;
pub mod tiling;
