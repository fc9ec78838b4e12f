//! A reader for each program: its configuration and folders, by the law of its own code.

mod common;
mod hashlips;

pub(super) use common::toml_text;
pub(super) use hashlips::read as hashlips;
