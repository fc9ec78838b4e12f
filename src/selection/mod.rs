//! Choose the traits of every item.

mod amounts;
mod chi_square;
mod choose;
mod compare;
mod constrained;
mod diagram;
mod diagram_build;
mod diagram_in_order;
mod draw;
mod edit;
mod error;
mod every;
mod every_picture;
mod exact;
mod explain;
mod limits;
mod message;
mod ones;
mod picture_words;
mod pictures;
mod prove;
mod repair;
mod request;
mod reroll;
mod search;
mod single;
mod space;
pub(crate) mod survey;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests_amounts;
#[cfg(test)]
mod tests_compare;
#[cfg(test)]
mod tests_nested;
#[cfg(test)]
mod tests_ones;
#[cfg(test)]
mod tests_pictures;
#[cfg(test)]
mod tests_plan;
#[cfg(test)]
mod tests_rules;
#[cfg(test)]
mod tests_sequential;
mod tilt;
mod weights;

pub(crate) use amounts::ensure_amounts;
pub use chi_square::p_value;
pub use choose::ALGORITHM;
pub use compare::{AskedItems, ComparedChoice, ComparedLayer, compare};
pub(crate) use draw::RandomStream;
pub use edit::{Edits, edit};
pub use error::{SelectionError, Unrepeated};
pub use every::Every;
pub use ones::drawn;
pub use pictures::{Cause, Pictures, pictures};
pub use request::Choose;
pub use reroll::{Rerolls, reroll};
pub use single::{Candidate, ItemRequest, Items, LayerCandidates, RequestError};
pub(crate) use space::outcomes_in;
pub use survey::{Share, Survey, UniqueSet, shares, survey};
pub(crate) use weights::odds;
pub use weights::{Sampler, capacity};
