//! What the pictures of a project's art need of a file: a palette, colours alone, or colours with alpha.
//!
//! It decides the arithmetic of the art, and later the colour type of the recipe.

use crate::art::decoded::Art;
use crate::geometry::{Grid, TraitId};
use crate::pixel::{Arithmetic, Pixel};
use crate::project::{Project, Role};

/// The least that holds every picture of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Storage {
    /// 1 to 256 colours, the transparent one first, if there is one.
    Palette(Vec<Pixel>),
    /// Colours: every pixel is opaque.
    Opaque,
    /// Colours and alpha.
    Translucent,
}

impl Storage {
    /// What is needed for the opaque colours of all traits, if they are few and nothing is half transparent; `hides` says
    /// whether a trait hides everything below in a tile, by row and column.
    pub(super) fn of(
        project: &Project,
        grid: Grid,
        background: Option<TraitId>,
        colours: Option<&[Pixel]>,
        hides: impl Fn(TraitId, usize, usize) -> bool,
    ) -> Self {
        let opaque = is_always_opaque(project, grid, background, hides);
        if let Some(colours) = colours {
            let transparent = if opaque { None } else { Some(0) };
            let entries: Vec<Pixel> = transparent.into_iter().chain(colours.iter().copied()).collect();
            if (1..=256).contains(&entries.len()) {
                return Self::Palette(entries);
            }
        }
        if opaque { Self::Opaque } else { Self::Translucent }
    }

    /// Pictures with alpha are composited straight, so that faint pixels keep their colours.
    pub(super) fn arithmetic(&self) -> Arithmetic {
        match self {
            Self::Palette(_) | Self::Opaque => Arithmetic::Premultiplied,
            Self::Translucent => Arithmetic::Straight,
        }
    }
}

impl Art {
    /// What every picture that `project` can make needs.
    pub(crate) fn storage(&self, project: &Project) -> Storage {
        let hides = |id: TraitId, row, column| self.traits[usize::from(id)].hides(row, column);
        Storage::of(project, self.grid, self.background, self.palette.as_deref(), hides)
    }
}

/// Whether in every tile the background, or some layer that is never absent, hides everything below whichever of
/// its traits is chosen; in every group, where there are groups.
fn is_always_opaque(
    project: &Project,
    grid: Grid,
    background: Option<TraitId>,
    hides: impl Fn(TraitId, usize, usize) -> bool,
) -> bool {
    let numbers = project.picture_numbers();
    let opaque_with = |has: &dyn Fn(usize) -> bool| {
        // By layer, the pictures of each trait under each condition, of which one must hide what is below.
        let mut covering: Vec<Vec<&[TraitId]>> =
            background.iter().map(|id| vec![std::slice::from_ref(id)]).collect();
        for (number, layer) in project.layers.iter().enumerate() {
            // What is clipped hides where its base does; what is masked may not hide anything.
            let is_masked = project.layers.iter().any(|mask| mask.mask_for.contains(&number));
            let is_drawn = layer.role() == Role::Drawn && !is_masked;
            if has(number) && is_drawn && !project.layers[number].can_be_absent() && layer.parent.is_none() {
                covering.push(numbers.of_layer(number).flatten().map(Vec::as_slice).collect());
            }
        }
        (0..grid.rows()).all(|row| {
            (0..grid.columns()).all(|column| {
                covering
                    .iter()
                    .any(|looks| looks.iter().all(|ids| ids.iter().any(|&id| hides(id, row, column))))
            })
        })
    };
    match &project.groups[..] {
        [] => opaque_with(&|_| true),
        groups => groups.iter().all(|group| opaque_with(&|layer| group.layers.contains(&layer))),
    }
}
