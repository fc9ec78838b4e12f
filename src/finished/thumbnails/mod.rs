//! Thumbnails of a collection: how one is made of a picture, and the file that they are kept in.

mod kept;
pub(crate) mod thumbnail;

pub(crate) use kept::{Header, Kept, Writer};
pub(crate) use thumbnail::{Code, Thumbnail, of_picture};
