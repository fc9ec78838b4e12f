//! The number of a trait's picture.

/// Index of a trait's picture over all layers, in drawing order; its blend mode, opacity and offset are part of it. Traits of one
/// picture, drawn with their layers, have these numbers layer by layer.
pub type TraitId = u16;
