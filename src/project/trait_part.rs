//! The pictures of a trait: one for most, several at different places of the drawing order for some.
//!
//! Long hair is behind the body and before the face, wings are on both sides of it, a weapon is before the hand that holds it.
//! Such a trait is still one choice with one name and one weight; it only has several pictures. Each picture of a project has
//! a number, its place in the drawing order of all, and everything that composites knows pictures by these numbers alone.

use std::path::{Path, PathBuf};

use crate::geometry::TraitId;
use crate::pixel::Blend;
use crate::project::model::{Layer, Project, Trait};
use crate::project::rule::Reference;

/// Where a picture comes in the drawing order: the order is by `z`, then by layer, then by part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Depth {
    /// With its layer.
    #[default]
    Layer,
    /// Behind (below 0) or before (above 0) the pictures of all layers that say nothing of their depth.
    Z(i32),
    /// Right behind the pictures of the layer with this number.
    Below(usize),
    /// Right before them.
    Above(usize),
    /// Right before the pictures of the lowest layer: the pictures called `back` of a trait that is a folder.
    Back,
}

/// What a part of a trait shows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartImage {
    /// The picture in a file.
    File(PathBuf),
    /// One straight-alpha colour over the whole canvas.
    Colour([u8; 4]),
}

impl PartImage {
    /// The file, if there is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Colour(_) => None,
        }
    }
}

/// What a picture is to those below and above it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// It is drawn over what is below it.
    #[default]
    Drawn,
    /// It shows only where the picture of its base does, which comes before it.
    Clipped,
    /// It is not drawn; its alpha multiplies that of the picture that comes behind it.
    Mask,
}

/// One picture of a trait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraitPart {
    /// What it shows.
    pub image: PartImage,
    /// Where it comes in the drawing order.
    pub depth: Depth,
    /// What it has of its own in place of its layer's `offset`, `blend` and `opacity`.
    pub own: PartSettings,
}

/// How a picture is drawn where that is not as its layer says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartSettings {
    /// Where its upper left corner goes, in pixels.
    pub offset: Option<[i32; 2]>,
    /// How it mixes with what is below.
    pub blend: Option<Blend>,
    /// 0 to 255.
    pub opacity: Option<u8>,
}

impl PartSettings {
    /// These settings, and those of `other` where there is none.
    #[must_use]
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            offset: self.offset.or(other.offset),
            blend: self.blend.or(other.blend),
            opacity: self.opacity.or(other.opacity),
        }
    }
}

impl TraitPart {
    /// The picture in a file, drawn as its layer says.
    #[must_use]
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self { image: PartImage::File(path.into()), depth: Depth::Layer, own: PartSettings::default() }
    }
}

/// Other pictures of a trait where an item shows something else, too.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variant {
    /// What else the item shows.
    pub when: Reference,
    /// The pictures, in place of the trait's own.
    pub parts: Vec<TraitPart>,
}

/// A picture of a project in its place of the drawing order.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Picture<'p> {
    /// Its layer, and the number of that.
    pub layer: &'p Layer,
    /// The number of the layer.
    pub layer_number: usize,
    /// Its trait.
    pub item: &'p Trait,
    /// The number of the trait in its layer.
    pub trait_number: usize,
    /// 0 for a picture of the trait itself, else the number of its variant, counted from 1.
    pub look: usize,
    /// What it shows.
    pub image: &'p PartImage,
    /// How its place in the drawing order was given.
    pub depth: Depth,
    /// Where its upper left corner goes on the canvas where pictures are placed, in pixels.
    pub offset: [i32; 2],
    /// How it mixes with what is below.
    pub blend: Blend,
    /// 0 to 255.
    pub opacity: u8,
    /// What it is to those below and above it.
    pub role: Role,
}

impl Picture<'_> {
    /// Where messages look for it: its file, or the folder of its layer.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.image.file().unwrap_or(&self.layer.folder)
    }
}

impl Trait {
    /// Whether it is one picture that is drawn as its layer says.
    pub(crate) fn is_plain(&self) -> bool {
        self.is_drawn_with_its_layer() && self.parts.iter().all(|part| part.own == PartSettings::default())
    }

    /// Whether it is one picture at its layer's place of the drawing order.
    fn is_drawn_with_its_layer(&self) -> bool {
        self.variants.is_empty() && matches!(&self.parts[..], [part] if part.depth == Depth::Layer)
    }

    /// Its pictures under each condition: its own, then those of its variants.
    pub(crate) fn looks(&self) -> impl Iterator<Item = &[TraitPart]> {
        std::iter::once(&self.parts[..]).chain(self.variants.iter().map(|variant| &variant.parts[..]))
    }

    /// The number of the pictures that it shows in an item with these traits: 0 for its own, else a variant's counted from 1.
    pub(crate) fn look(&self, row: &[u16]) -> usize {
        self.variants.iter().position(|variant| variant.when.is_shown(row)).map_or(0, |number| number + 1)
    }
}

impl Project {
    /// All pictures of traits in drawing order; a picture's place here is its [`TraitId`]. Of one trait, pictures of equal
    /// depth are in the order of its parts.
    #[must_use]
    pub fn pictures(&self) -> Vec<Picture<'_>> {
        let mut found: Vec<((i32, usize, i8, usize), Picture<'_>)> = Vec::new();
        for (layer_number, layer) in self.layers.iter().enumerate() {
            for (trait_number, item) in layer.traits.iter().enumerate() {
                for (look, part) in item
                    .looks()
                    .enumerate()
                    .flat_map(|(look, parts)| parts.iter().map(move |part| (look, part)))
                {
                    let (z, anchor, side) = match part.depth {
                        // Right behind its base.
                        Depth::Layer if layer.clip_to.is_some() => (0, layer.clip_to.unwrap_or_default(), 0),
                        // Background colours are below all other pictures, whatever the depth of these.
                        Depth::Layer if layer.is_apart => (i32::MIN, 0, i8::MIN),
                        Depth::Layer => (0, layer_number, 0),
                        Depth::Z(z) => (z, layer_number, 0),
                        Depth::Below(layer) => (0, layer, -1),
                        Depth::Above(layer) => (0, layer, 1),
                        Depth::Back if layer_number == 0 => (0, 0, -1),
                        Depth::Back => (0, 0, 1),
                    };
                    let picture = Picture {
                        layer,
                        layer_number,
                        item,
                        trait_number,
                        look,
                        image: &part.image,
                        depth: part.depth,
                        offset: part.own.offset.unwrap_or(layer.offset),
                        blend: part.own.blend.unwrap_or(layer.blend),
                        opacity: part.own.opacity.unwrap_or(layer.opacity),
                        role: layer.role(),
                    };
                    found.push(((z, anchor, side, layer_number), picture));
                }
            }
        }
        found.sort_by_key(|(key, _)| *key);
        found.into_iter().map(|(_, picture)| picture).collect()
    }

    /// The numbers of all pictures, by the traits that they are of.
    pub(crate) fn picture_numbers(&self) -> PictureNumbers {
        let looks = |item: &Trait| vec![Vec::new(); item.variants.len() + 1];
        let of_layer = |layer: &Layer| layer.traits.iter().map(looks).collect();
        let mut numbers: Vec<Vec<Vec<Vec<TraitId>>>> = self.layers.iter().map(of_layer).collect();
        for (id, picture) in (0..).zip(self.pictures()) {
            numbers[picture.layer_number][picture.trait_number][picture.look].push(id);
        }
        PictureNumbers(numbers)
    }

    /// Whether every trait is one picture that is drawn with its layer, so that the order of layers is that of pictures.
    pub(crate) fn is_drawn_by_layers(&self) -> bool {
        self.layers.iter().all(|layer| {
            layer.role() == Role::Drawn && layer.traits.iter().all(Trait::is_drawn_with_its_layer)
        })
    }
}

/// The numbers of a project's pictures, by layer, trait and look.
#[derive(Clone, Debug)]
pub(crate) struct PictureNumbers(Vec<Vec<Vec<Vec<TraitId>>>>);

impl PictureNumbers {
    /// The pictures of a trait, by look: its own, then those of its variants. Each in drawing order.
    pub(crate) fn of(&self, layer: usize, index: usize) -> &[Vec<TraitId>] {
        &self.0[layer][index]
    }

    /// The pictures of a layer, trait by trait.
    pub(crate) fn of_layer(&self, layer: usize) -> impl Iterator<Item = &[Vec<TraitId>]> {
        self.0[layer].iter().map(Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::project;

    fn part(file: &str, depth: Depth) -> TraitPart {
        TraitPart { depth, ..TraitPart::file(file) }
    }

    #[test]
    fn pictures_are_drawn_by_z_then_layer_then_part() {
        let mut project = project(&[("Sky", &[1]), ("Body", &[1, 1]), ("Hair", &[1, 1]), ("Hat", &[1])]);
        let names = |project: &Project| -> Vec<String> {
            let name = |picture: &Picture<'_>| picture.path().display().to_string();
            project.pictures().iter().map(name).collect()
        };
        assert!(project.is_drawn_by_layers());
        let plain = ["Sky/0.png", "Body/0.png", "Body/1.png", "Hair/0.png", "Hair/1.png", "Hat/0.png"];
        assert_eq!(names(&project), plain);
        project.layers[2].traits[0].parts = vec![
            part("front", Depth::Layer),
            part("front 2", Depth::Layer),
            part("back", Depth::Below(1)),
            part("over", Depth::Above(3)),
            part("last", Depth::Z(1)),
            part("first", Depth::Z(-3)),
        ];
        let order =
            ["first", "Sky/0.png", "back", "Body/0.png", "Body/1.png", "front", "front 2", "Hair/1.png"];
        assert_eq!(names(&project), [&order[..], &["Hat/0.png", "over", "last"]].concat());
        assert!(!project.is_drawn_by_layers());
        let numbers = project.picture_numbers();
        assert_eq!(numbers.of(2, 0), [vec![0, 2, 5, 6, 9, 10]]);
        assert_eq!(numbers.of_layer(1).collect::<Vec<_>>(), [[vec![3]], [vec![4]]]);
    }
}
