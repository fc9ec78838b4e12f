//! Parsers and limits of values that several commands take.

use std::num::NonZeroUsize;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use traitpress::engine::Performance;
use traitpress::project::{Layout, Project, Standard, check_output_sizes};

/// The largest number of items, as in a configuration.
pub(crate) const MAX_ITEMS: i64 = 100_000_000;

/// The largest seed: TOML's integers end there.
pub(crate) const MAX_SEED: u64 = i64::MAX as u64;

/// A number of items, 1 to [`MAX_ITEMS`].
pub(crate) fn items() -> impl TypedValueParser<Value = u32> {
    parse_items
}

fn parse_items(text: &str) -> Result<u32, String> {
    let bare: String = text.chars().filter(|c| !matches!(c, ',' | '.' | '\'' | '_' | ' ')).collect();
    match text.parse::<i64>() {
        Ok(count @ 1..=MAX_ITEMS) => Ok(count as u32),
        Ok(_) => Err(format!("a number of items is 1 to {MAX_ITEMS}")),
        Err(_) if bare != text && bare.parse::<u32>().is_ok() => {
            Err(format!("write it without separators, as in {bare}"))
        }
        Err(_) => Err(format!("write a number of items, 1 to {MAX_ITEMS}")),
    }
}

/// A seed, 0 to [`MAX_SEED`].
pub(crate) fn seed() -> impl TypedValueParser<Value = u64> {
    clap::value_parser!(u64).range(..=MAX_SEED)
}

/// A number of threads, 1 to [`Performance::MAX_THREADS`].
pub(crate) fn threads() -> impl TypedValueParser<Value = NonZeroUsize> {
    let number = clap::value_parser!(u16).range(1..=Performance::MAX_THREADS as i64);
    number.try_map(|threads| NonZeroUsize::try_from(usize::from(threads)))
}

/// One of the layouts that a command takes.
pub(crate) fn layout(taken: &'static [Layout]) -> impl TypedValueParser<Value = Layout> {
    let names = taken.iter().map(|layout| layout.name());
    PossibleValuesParser::new(names).map(|name| {
        Layout::ALL
            .into_iter()
            .find(|layout| layout.name() == name)
            .expect("the parser takes names of layouts")
    })
}

/// The metadata standards of `--metadata`.
#[derive(Clone, Debug)]
pub(crate) struct Standards(pub(crate) Vec<Standard>);

impl Standards {
    /// Reads a list as it is typed: `metaplex,csv`, or `none`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match Standard::parse_list(text.split(',')) {
            Ok(standards) => Ok(Self(standards)),
            Err((what, remedy)) => Err(format!("{what}; {remedy}")),
        }
    }

    /// Replaces the standards of a project's configuration.
    pub(crate) fn apply(&self, project: &mut Project) {
        project.metadata.standards.clone_from(&self.0);
    }
}

/// The sizes of `--output-size`.
#[derive(Clone, Debug)]
pub(crate) struct OutputSizes(pub(crate) Vec<u32>);

impl OutputSizes {
    /// Reads a list as it is typed: `1024`, or `2048,512,64`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let number = |part: &str| part.parse().map_err(|_| format!("{part:?} is not a number of pixels"));
        let sizes = text.split(',').map(number).collect::<Result<Vec<i64>, String>>()?;
        check_output_sizes(&sizes).map(Self)
    }
}
