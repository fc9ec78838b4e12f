//! What the tests of finished pictures share: art drawn by integer arithmetic, projects of it in temporary folders,
//! a reference compositor, and readers of their own.

pub(crate) mod blending;
pub(crate) mod canvas;
pub(crate) mod depth;
pub(crate) mod differ;
pub(crate) mod press;
pub(crate) mod readers;
pub(crate) mod reference;
pub(crate) mod require;
pub(crate) mod sketch;
pub(crate) mod turn;
pub(crate) mod walker;
pub(crate) mod words;
