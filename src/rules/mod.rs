//! What a project allows of a single item: rules, groups, unique sets and exact numbers, and how messages name them.
//!
//! Both the reader of plans and the selection check items against these, so they are below both.

mod clause;
mod compared;
mod row;
mod row_set;
mod slots;
mod unique_sets;
mod words;

#[cfg(test)]
pub(crate) use clause::obeys;
pub(crate) use clause::{Clause, Literal, NESTING, clauses};
pub(crate) use compared::{Compared, PictureKey, Step, step};
pub use row::RowError;
pub(crate) use row::{check_in_group, check_row, group_of};
pub(crate) use row_set::{Exhausted, RowSet};
pub(crate) use slots::Slots;
pub(crate) use unique_sets::{counting_layers, is_compared, region_count, unique_sets};
pub(crate) use words::{
    amount_as_demand, amount_in_words, broken_rule, choice_in_words, layers_in_words, nesting_in_words,
    off_in_words, rule_in_words,
};
