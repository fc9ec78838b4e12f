//! From pixels to PNG bytes: compressed spans, and whole files joined from them.
//!
//! This module knows bytes only, no trait and no item. In the order of the data: `color` turns pixels into samples,
//! `filter` and `parse` (or `optimal`) make tokens of a span's rows, `code` and `huffman` turn tokens into bits, `span` keeps them and
//! their `sums`, `join` shifts them into pictures and mends their `seams`, `file` puts the chunks around.

mod bits;
mod code;
mod color;
mod file;
mod filter;
mod huffman;
mod join;
mod optimal;
mod parse;
mod seams;
mod span;
mod sums;
mod token;

pub(crate) use code::{Code, CodeLengths, Histogram};
pub(crate) use color::Color;
pub(crate) use file::Format;
pub(crate) use filter::Filter;
pub(crate) use join::{Encoder, PictureSpans, plain, shape_of};
pub(crate) use parse::Search;
pub(crate) use span::{CompressedSpan, Method, Scratch, SpanSamples, count};
