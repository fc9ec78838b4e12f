//! A reader for each program: its configuration and folders, by the law of its own code.

mod art_maker;
mod common;
mod engine2;
mod generative_art;
mod generator_py;
mod hashlips;
mod nftchef;
mod studio;

pub(super) use art_maker::read as art_maker;
pub(super) use common::{Named, keep_absence, settle_pictures, toml_text};
pub(super) use engine2::{find as find_engine2, read as engine2};
pub(super) use generative_art::read as generative_art;
pub(super) use generator_py::read as generator_py;
pub(super) use hashlips::read as hashlips;
pub(super) use nftchef::read as nftchef;
pub(super) use studio::{is_project as is_studio, read as studio};
