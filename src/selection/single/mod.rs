//! One item by itself: drawn from a text, with some layers limited, or refused with the reason.
//!
//! A service has no plan. It is asked for the picture of a user, or for one with a certain hat, and answers each request alone.
//! [`Items`] holds the decision diagrams of all items that a project allows, built once. An [`ItemRequest`] limits layers to
//! choices, and then draws an item from a text ([`ItemRequest::seeded`]) or lists what each layer can still show
//! ([`ItemRequest::candidates`]).
//!
//! The law of a draw is that of the project: weights, chances, rules, choices inside choices, groups by their numbers of items. With
//! limits it is the same law, of those items alone that keep to them. [`reach`] has the arithmetic.
//!
//! Every layer has a stream of random words of its own, whose key is the BLAKE3 hash of the text and the layer's name. So an
//! item keeps its other choices where one layer is limited, added or weighed otherwise, as far as no rule ties them together.

mod candidates;
mod error;
mod items;
mod reach;
mod request;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_candidates;
mod why;

pub use candidates::{Candidate, LayerCandidates};
pub use error::RequestError;
pub use items::Items;
pub use request::ItemRequest;
