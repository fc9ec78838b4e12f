//! The number of a trait.

/// Index of a trait over all layers, in drawing order; its layer's blend mode, opacity and offset are part of it.
pub type TraitId = u16;
