//! From pixels to PNG bytes: compressed spans, and whole files joined from them.
//!
//! This module handles bytes only, no traits or items. In the order of the data: `color` turns pixels into samples,
//! `filter` and `lines` prepare a span's rows (`row_bits`: what equals its neighbours), `lz77` (or `optimal`) finds their `parts` through `edges`,
//! `deflate_symbols`, `huffman` and `huffman_tables` give their bits, `rows` writes them, stretches of literals through `near`, `span` keeps them and their
//! `sums`, `tile_row` has those of a tile row side by side, `join` shifts them into pictures and mends their `seams`, `file` puts the chunks around (`unjoined`: what follows from spans alone). `device_code` and `device_join` have all of it as numbers
//! for programs of other devices. `record` has a span as bytes of a file. `whole` writes
//! pictures that take no part in any of it, and `checksum` reads the checksum of a finished file.

mod bits;
mod checksum;
mod color;
mod deflate_symbols;
#[cfg(feature = "gpu")]
mod device_code;
#[cfg(feature = "gpu")]
mod device_join;
mod edges;
mod file;
mod filter;
mod huffman;
mod huffman_tables;
mod join;
mod joined;
mod lines;
mod lz77;
mod near;
mod optimal;
mod parts;
mod record;
mod row_bits;
mod rows;
mod seams;
mod span;
mod sums;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests_matches;
mod tile_row;
mod unjoined;
pub(crate) mod whole;

pub(crate) use checksum::data_checksum;
pub(crate) use color::Color;
pub(crate) use deflate_symbols::{CodeLengths, Histogram};
#[cfg(feature = "gpu")]
pub(crate) use device_code::DeviceCode;
#[cfg(feature = "gpu")]
pub(crate) use device_join::DeviceJoin;
pub(crate) use file::Format;
pub(crate) use filter::Filter;
pub(crate) use huffman_tables::Code;
pub(crate) use join::{Encoder, plain, shape_of};
pub(crate) use joined::JoinedBits;
pub(crate) use lz77::Search;
pub(crate) use record::{Bytes, CutShort, place_of, put_varint};
#[cfg(feature = "gpu")]
pub(crate) use span::OnCard;
pub(crate) use span::{CompressedSpan, Method, Scratch, SpanSamples, count};
pub(crate) use tile_row::{Block, RowSpans, TileRow};
pub(crate) use whole::whole;
