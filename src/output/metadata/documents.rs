//! The documents of items, put together from pieces that are escaped once.

use std::io::Write;

use crate::output::metadata::form::{Form, OnePicture, Piece};
use crate::output::metadata::shown::{Shown, Slot};
use crate::output::metadata::{cardano, erc721, json, lines, metaplex, tezos};
use crate::output::picture_names::PictureNames;
use crate::plan::Plan;
use crate::project::{Project, Standard, fill};

/// The parts of a project's documents as JSON text. All documents of a project are made of the same names, which are
/// escaped once; an item's document is these parts and its number, some ten copies for eight layers.
#[derive(Debug)]
pub(crate) struct MetadataTexts<'a> {
    shown: Shown<'a>,
    names: PictureNames<'a>,
    pieces: Vec<Piece>,
    around: [&'static str; 3],
    /// An item's name up to its number, as JSON without the closing mark.
    name: String,
    /// For each layer and trait the attribute.
    traits: Vec<Vec<Vec<u8>>>,
    /// By layer and trait, what else is listed of it.
    own: Vec<Vec<Vec<Vec<u8>>>>,
    /// For each layer its absence.
    absent: Vec<Vec<u8>>,
    fixed: Vec<Vec<u8>>,
    /// For each one-of-one its name and its attributes.
    ones: Vec<(String, Vec<Vec<u8>>)>,
}

impl<'a> MetadataTexts<'a> {
    /// The documents that a project writes an item, `json/N.json`; none if its standards have no such.
    pub(crate) fn new(project: &'a Project) -> Self {
        Self::with_picture(project, None)
    }

    /// The same with one picture in place of those of all items, if there is one.
    pub(crate) fn with_picture(project: &'a Project, one: Option<&OnePicture>) -> Self {
        let form = match project.metadata.per_item() {
            Some(Standard::Metaplex) => Some(metaplex::form(project, one)),
            Some(Standard::Tezos) => Some(tezos::form(project, one)),
            Some(_) => Some(erc721::form(project, one)),
            None => None,
        };
        Self::of_form(project, form)
    }

    /// The parts of `cardano.json`, one an item.
    pub(crate) fn for_cardano(project: &'a Project) -> Self {
        Self::of_form(project, Some(cardano::form(project)))
    }

    /// The lines of `metadata.jsonl`.
    pub(crate) fn for_lines(project: &'a Project) -> Self {
        Self::of_form(project, Some(lines::form(project)))
    }

    fn of_form(project: &'a Project, form: Option<Form>) -> Self {
        let shown = Shown::new(project);
        let mut name = json(&format!("{} #", project.name));
        name.pop();
        let mut traits: Vec<Vec<Vec<u8>>> =
            project.layers.iter().map(|layer| vec![Vec::new(); layer.traits.len()]).collect();
        let mut own: Vec<Vec<Vec<Vec<u8>>>> =
            project.layers.iter().map(|layer| vec![Vec::new(); layer.traits.len()]).collect();
        let mut absent = vec![Vec::new(); project.layers.len()];
        let mut fixed = vec![Vec::new(); project.metadata.attributes.len()];
        let of_one = |one: &crate::project::One| (json(&one.name), vec![Vec::new(); one.attributes.len()]);
        let mut ones: Vec<(String, Vec<Vec<u8>>)> = project.ones.iter().map(of_one).collect();
        let (pieces, around) = match form {
            None => (Vec::new(), [""; 3]),
            Some(form) => {
                for slot in shown.all() {
                    let text = (form.attribute.0)(shown.name(slot), shown.value(slot)).into_bytes();
                    let to = match slot {
                        // They come in their order.
                        Slot::Own(layer, choice, _) => {
                            let own: &mut Vec<Vec<u8>> = &mut own[layer][usize::from(choice)];
                            own.push(Vec::new());
                            own.last_mut().expect("one was added just now")
                        }
                        Slot::Trait(layer, choice) => &mut traits[layer][usize::from(choice)],
                        Slot::Absent(layer) => &mut absent[layer],
                        Slot::Fixed(number) => &mut fixed[number],
                        Slot::One(number, own) => &mut ones[number].1[own],
                    };
                    *to = text;
                }
                (form.pieces, form.around)
            }
        };
        let names = PictureNames::new(project);
        Self { shown, names, pieces, around, name, traits, own, absent, fixed, ones }
    }

    /// Appends the document of the item at `index` of a plan; nothing, if the project writes none.
    pub(crate) fn write_item(&self, plan: &Plan, index: usize, out: &mut Vec<u8>) {
        self.write_item_called(plan, index, || self.names.escaped(plan, index), out);
    }

    /// The same, with another name of the picture, as in an address.
    pub(crate) fn write_item_called(
        &self,
        plan: &Plan,
        index: usize,
        picture: impl Fn() -> String,
        out: &mut Vec<u8>,
    ) {
        let edition = plan.edition(index);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Edition(width) => push_edition(out, edition, *width),
                Piece::EditionInHex(width) => {
                    let mut digits = Vec::with_capacity(10);
                    push_edition(&mut digits, edition, *width);
                    digits.iter().for_each(|digit| out.extend_from_slice(&[b'3', *digit]));
                }
                Piece::Name => match (plan.one(index), plan.name(index)) {
                    (Some(number), _) => out.extend_from_slice(self.ones[number].0.as_bytes()),
                    (None, Some(name)) => out.extend_from_slice(json(name).as_bytes()),
                    (None, None) => {
                        out.extend_from_slice(self.name.as_bytes());
                        push_edition(out, edition, self.shown.project.metadata.number_width);
                        out.push(b'"');
                    }
                },
                Piece::Picture => out.extend_from_slice(picture().as_bytes()),
                Piece::Attributes => self.write_attributes(plan, index, out),
                Piece::InParts(parts) => {
                    out.extend_from_slice(cardano::text(&fill(parts, edition)).as_bytes());
                }
                Piece::PictureInParts(place) => {
                    let address = place.clone() + &picture();
                    out.extend_from_slice(cardano::text(&address).as_bytes());
                }
            }
        }
    }

    fn write_attributes(&self, plan: &Plan, index: usize, out: &mut Vec<u8>) {
        let [before, behind, none] = self.around;
        let mut first = true;
        self.shown.each(plan, index, |slot| {
            let separator = if first { before.as_bytes() } else { b"," };
            first = false;
            out.extend_from_slice(separator);
            out.extend_from_slice(match slot {
                Slot::Trait(layer, choice) => &self.traits[layer][usize::from(choice)],
                Slot::Own(layer, choice, own) => &self.own[layer][usize::from(choice)][own],
                Slot::Absent(layer) => &self.absent[layer],
                Slot::Fixed(number) => &self.fixed[number],
                Slot::One(number, own) => &self.ones[number].1[own],
            });
        });
        out.extend_from_slice(if first { none } else { behind }.as_bytes());
    }
}

fn push_edition(out: &mut Vec<u8>, edition: u32, width: u8) {
    write!(out, "{edition:0width$}", width = usize::from(width)).expect("memory can be written to");
}
