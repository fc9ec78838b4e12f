//! Thumbnails of a collection: how one is made of a picture, and the file that they are kept in.

pub(crate) mod thumbnail;
mod thumbnail_file;

pub(crate) use thumbnail::{Code, Pair, default_side, half, of_picture, with_half};
pub(crate) use thumbnail_file::{Header, ThumbnailFile, Writer};
