//! Traits between their decoding and the choice of the arithmetic, which needs all of them.

use crate::art::trait_art::TraitArt;
use crate::files::Digest;
use crate::pixel::Arithmetic;

/// A decoded trait that is for one arithmetic or the other.
pub(super) struct Undecided {
    opacity: u8,
    form: Form,
}

enum Form {
    /// Straight pixels at full opacity.
    Held(TraitArt),
    /// Without its pixels: what each arithmetic makes of them.
    LetGo(Vec<(Arithmetic, TraitArt, Digest)>),
    /// What the art's arithmetic made of it before.
    Decided(TraitArt, Digest),
}

impl Undecided {
    /// A trait that keeps its straight pixels until the choice.
    pub(super) fn held(straight: TraitArt, opacity: u8) -> Self {
        Self { opacity, form: Form::Held(straight) }
    }

    /// A trait that was decoded before for the arithmetic that is asked for.
    pub(super) fn before(art: TraitArt, digest: Digest) -> Self {
        Self { opacity: 255, form: Form::Decided(art, digest) }
    }

    /// A trait for whose pixels there is no room; `choices` are the arithmetics that are possible.
    pub(super) fn let_go(straight: &TraitArt, opacity: u8, choices: &[Arithmetic]) -> Self {
        let convert = |&arithmetic: &Arithmetic| {
            let art = straight.clone().converted(arithmetic, opacity);
            let digest = art.digest();
            (arithmetic, art.without_pixels(), digest)
        };
        Self { opacity, form: Form::LetGo(choices.iter().map(convert).collect()) }
    }

    /// Whether it hides everything below in a tile, which does not depend on the arithmetic.
    pub(super) fn hides(&self, row: usize, column: usize) -> bool {
        match &self.form {
            Form::Held(art) => self.opacity == 255 && art.hides(row, column),
            Form::Decided(art, _) => art.hides(row, column),
            Form::LetGo(choices) => choices.first().is_some_and(|(_, art, _)| art.hides(row, column)),
        }
    }

    /// The trait in `arithmetic`, at its layer's opacity.
    ///
    /// # Panics
    /// If the trait was let go, and the arithmetic was not one of the choices.
    pub(super) fn decided(self, arithmetic: Arithmetic) -> (TraitArt, Digest) {
        match self.form {
            Form::Held(straight) => {
                let art = straight.converted(arithmetic, self.opacity);
                let digest = art.digest();
                (art, digest)
            }
            Form::Decided(art, digest) => (art, digest),
            Form::LetGo(choices) => {
                let chosen = choices.into_iter().find(|choice| choice.0 == arithmetic);
                let (_, art, digest) = chosen.expect("the arithmetic is one of the choices");
                (art, digest)
            }
        }
    }
}
