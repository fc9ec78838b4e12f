//! One picture file: its header, and its pixels.
//!
//! A module of its own below `project`, because the reading of a layer's folder needs pixels in one case: whether a picture
//! called None shows nothing. `art` decodes all pictures of a project with it.

mod animation;
mod encode;
mod format;
mod header;
mod jpeg;
mod orient;
mod png_rows;
mod raster;
mod riff;
mod srgb;
mod warnings;

pub(crate) use encode::{EncodeError, Form, encode};
pub use format::PictureFormat;
pub(crate) use header::Header;
pub(crate) use png_rows::decode_bands;
pub(crate) use raster::{Scratch, decode, is_invisible, is_opaque};
pub(crate) use srgb::{Meaning, ToSrgb};
pub(crate) use warnings::warnings;
