//! What the standards allow, looked at before anything is pressed: every problem at once.
//!
//! Without a plan all is held to the limits that is known without one: settings, names of layers and traits, and the
//! item with the largest number. With one, every item is.

use std::path::Path;

use crate::error::{Remedy, Setting};
use crate::output::metadata::shown::{AsText, Shown, Slot, as_number};
use crate::output::metadata::{cardano, place_of_images};
use crate::output::picture_names;
use crate::plan::Plan;
use crate::project::{Creator, Problem, Project, ProjectError, Standard, fill, nearest, quoted, template};

/// Bytes of a name in Metaplex's token metadata.
const METAPLEX_NAME: usize = 32;
const METAPLEX_SYMBOL: usize = 10;
const METAPLEX_URI: usize = 200;
/// Creators of a token there.
const METAPLEX_CREATORS: usize = 5;

/// Checks what a project's metadata would say of the items of `plan`, or of any plan; `file` is where the settings
/// are, or should be.
///
/// # Errors
/// Everything that a standard of [`Project::metadata`] does not allow.
pub fn check_metadata(file: &Path, project: &Project, plan: Option<&Plan>) -> Result<(), ProjectError> {
    check(file, project, plan, false)
}

/// The same for documents that are numbered from 0 on, whatever the items' numbers are.
///
/// # Errors
/// Everything that a standard does not allow.
pub(crate) fn check_renumbered(file: &Path, project: &Project, plan: &Plan) -> Result<(), ProjectError> {
    check(file, project, Some(plan), true)
}

fn check(file: &Path, project: &Project, plan: Option<&Plan>, renumbered: bool) -> Result<(), ProjectError> {
    let (shown, problems) = (Shown::new(project), Vec::new());
    let mut check = Check { file, project, shown, plan, renumbered, problems };
    check.names();
    for standard in &project.metadata.standards {
        match standard {
            Standard::Erc721 => check.display_types(),
            Standard::Metaplex => check.metaplex(),
            Standard::Tezos => check.tezos(),
            Standard::Cardano => check.cardano(),
            Standard::Csv | Standard::Jsonl => {}
        }
    }
    match check.problems {
        problems if problems.is_empty() => Ok(()),
        problems => Err(problems.into()),
    }
}

struct Check<'a> {
    file: &'a Path,
    project: &'a Project,
    shown: Shown<'a>,
    plan: Option<&'a Plan>,
    /// Whether documents get numbers of their own, from 0 on.
    renumbered: bool,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn problem(&mut self, what: impl Into<String>, remedy: impl Into<Remedy>) {
        self.problems.push(Problem::at(self.file, what, remedy));
    }

    /// What the settings name, whatever the standard.
    fn names(&mut self) {
        let settings = &self.project.metadata;
        let mut names: Vec<&str> = self.shown.all().map(|slot| self.shown.name(slot)).collect();
        names.dedup();
        let mut wrong = Vec::new();
        for name in settings.display_types.keys().filter(|name| !names.contains(&name.as_str())) {
            let remedy = match nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean {}?", quoted(near)),
                None => "name a layer or an attribute as the metadata shows it".to_owned(),
            };
            wrong.push((format!("display_types lists {}, which no item has", quoted(name)), remedy));
        }
        let of_layers: Vec<&str> = self
            .shown
            .all()
            .filter(|slot| matches!(slot, Slot::Trait(..) | Slot::Absent(_)))
            .map(|slot| self.shown.name(slot))
            .collect();
        for attribute in settings.attributes.iter().filter(|own| of_layers.contains(&own.name.as_str())) {
            let what = format!("the attribute {} has the name of a layer", quoted(&attribute.name));
            wrong.push((what, "rename it, or give the layer another display_name".to_owned()));
        }
        for (what, remedy) in wrong {
            self.problem(what, remedy);
        }
        for (what, remedy) in picture_names::problems(self.project, self.plan) {
            self.problems.push(Problem::at(self.file, what, remedy).of_setting(Setting::FileName));
        }
    }

    /// Numbers are shown as numbers.
    fn display_types(&mut self) {
        let types = &self.project.metadata.display_types;
        let wrong = self.shown.all().filter(|&slot| {
            types.contains_key(self.shown.name(slot)) && as_number(self.shown.value(slot)).is_none()
        });
        let wrong: Vec<(String, String)> = wrong
            .map(|slot| {
                let (name, value) = (self.shown.name(slot), AsText(self.shown.value(slot)).to_string());
                (name.to_owned(), value)
            })
            .collect();
        for (name, value) in wrong {
            let kind = types[&name].name();
            let what = format!(
                "{} has the display type {kind}, but {} is not a number",
                quoted(&name),
                quoted(&value)
            );
            self.problem(what, "remove it from display_types, or give the trait a number as display_name");
        }
    }

    /// A text that may be at most so many bytes long.
    fn most(&mut self, standard: &str, what: &str, text: &str, most: usize, remedy: &str) {
        if text.len() > most {
            let what = format!(
                "{what} {} has {} bytes, and {standard} allows {most}",
                quoted(&short(text)),
                text.len()
            );
            self.problem(what, remedy);
        }
    }

    /// The longest name of an item that is put together from traits, those of all ones, and those that the plan has.
    fn item_names(&mut self, standard: &str, most: usize) {
        let name = self.shown.name_of_edition(self.largest_edition());
        self.most(standard, "the name", &name, most, "shorten name, or number_width");
        let project = self.project;
        for one in &project.ones {
            self.most(standard, "the name of the one-of-one", &one.name, most, "shorten it");
        }
        for (_, name) in self.plan.map_or(&[][..], |plan| &plan.names) {
            self.most(standard, "the plan's name", name, most, "shorten it");
        }
    }

    fn largest_edition(&self) -> u32 {
        let Some(plan) = self.plan else {
            let count = self.project.items_asked().unwrap_or(1);
            return self.project.start.saturating_add(count.saturating_sub(1));
        };
        (0..plan.len()).map(|index| plan.edition(index)).max().unwrap_or(0)
    }

    /// The addresses in the metadata, for the largest number.
    fn uris(&self, relative: &str) -> Vec<(&'static str, String)> {
        let settings = &self.project.metadata;
        let edition = self.largest_edition();
        let extension = self.project.picture_format.extension();
        let link = |text: &str| fill(&template::parse(text).unwrap_or_default(), edition);
        let folder = self.project.layout.item_folder(edition);
        vec![
            (
                "the image",
                format!("{}{folder}{edition}.{extension}", place_of_images(self.project, relative)),
            ),
            ("animation_url", link(&settings.animation_url)),
            ("external_url", link(&settings.external_url)),
        ]
    }

    fn shares(&mut self, standard: &str) {
        let creators = &self.project.metadata.creators;
        let sum: u32 = creators.iter().map(|creator| u32::from(creator.share)).sum();
        if !creators.is_empty() && sum != 100 {
            let what = format!("the creators' shares add up to {sum}, and {standard} requires 100");
            self.problem(what, "change them until their sum is 100");
        }
        let settings = &self.project.metadata;
        if creators.is_empty() && settings.seller_fee_basis_points.is_some_and(|fee| fee > 0) {
            let what = "seller_fee_basis_points sets a fee, but there are no creators to receive it";
            self.problem(what, "add creators = [{ address = \"..\", share = 100 }]");
        }
        for (index, creator) in creators.iter().enumerate() {
            if creators[..index].iter().any(|other| other.address == creator.address) {
                let what = format!("the creator {} is listed twice", quoted(&creator.address));
                self.problem(what, "combine the two shares");
            }
        }
    }

    fn addresses(&mut self, chain: &str, is_right: impl Fn(&Creator) -> bool, remedy: &str) {
        let project = self.project;
        for creator in project.metadata.creators.iter().filter(|creator| !is_right(creator)) {
            let what = format!("{} is not an address on {chain}", quoted(&short(&creator.address)));
            self.problem(what, remedy);
        }
    }

    fn metaplex(&mut self) {
        let settings = &self.project.metadata;
        self.item_names("metaplex", METAPLEX_NAME);
        if !settings.file_name.is_empty() {
            let what = "metaplex requires pictures named by number, and file_name is set";
            self.problem(what, Remedy::NumberPictures);
        }
        let name = super::metaplex::collection_name(self.project);
        self.most(
            "metaplex",
            "the name of the collection",
            name,
            METAPLEX_NAME,
            "shorten it, or set collection_name",
        );
        self.most("metaplex", "the symbol", &settings.symbol, METAPLEX_SYMBOL, "shorten it");
        for (what, uri) in self.uris("") {
            self.most("metaplex", what, &uri, METAPLEX_URI, "shorten the address");
        }
        self.most(
            "metaplex",
            "collection_image",
            &settings.collection_image,
            METAPLEX_URI,
            "shorten the address",
        );
        self.shares("metaplex");
        if settings.creators.len() > METAPLEX_CREATORS {
            let what = format!(
                "there are {} creators, and metaplex allows {METAPLEX_CREATORS}",
                settings.creators.len()
            );
            self.problem(what, "list fewer, and split shares outside the token");
        }
        let is_key =
            |creator: &Creator| bs58::decode(&creator.address).into_vec().is_ok_and(|key| key.len() == 32);
        self.addresses("Solana", is_key, "copy all of it, 32 bytes in base 58");
        if !self.renumbered {
            self.counted_from_zero();
        }
    }

    /// Documents are numbered 0, 1, 2 and so on.
    fn counted_from_zero(&mut self) {
        let remedy = Remedy::CountFromZero;
        let Some(plan) = self.plan else {
            if self.project.start != 0 {
                let what =
                    format!("the first item is number {}, and metaplex starts at 0", self.project.start);
                self.problem(what, "set start = 0");
            }
            return;
        };
        if let Some((wanted, found)) =
            (0u32..).zip(plan.sorted_editions()).find(|(wanted, found)| wanted != found)
        {
            let what = match wanted {
                0 => format!("the first item is number {found}, and metaplex starts at 0"),
                _ => format!("item number {wanted} is missing, and metaplex allows no gaps"),
            };
            self.problem(what, remedy);
        }
    }

    fn tezos(&mut self) {
        self.shares("tezos");
        self.addresses(
            "Tezos",
            |creator| is_tezos(&creator.address),
            "copy all of it: tz1.., tz2.., tz3.., tz4.. or KT1..",
        );
    }

    fn cardano(&mut self) {
        let settings = &self.project.metadata;
        if settings.policy_id.is_empty() {
            self.problem(
                "cardano requires a policy_id",
                "add policy_id = \"..\", 56 hexadecimal digits, to [metadata]",
            );
        }
        self.item_names("cardano", cardano::MAX_TEXT);
        let asset = fill(&cardano::asset_name(self.project), self.largest_edition());
        let remedy = "set a shorter asset_name, as in asset_name = \"Cat{edition}\"";
        self.most("cardano", "the asset name", &asset, cardano::MAX_NAME, remedy);
        for (what, uri) in
            self.uris("").into_iter().filter(|(what, uri)| *what != "external_url" && !uri.is_empty())
        {
            let scheme = uri.split_once(':').map(|(scheme, _)| scheme);
            if scheme.is_none_or(|scheme| scheme.is_empty() || scheme.contains(['/', '.'])) {
                let what = format!(
                    "{what} {} has no scheme, and cardano requires an absolute address",
                    quoted(&short(&uri))
                );
                self.problem(what, "begin base_uri and animation_url with ipfs://, ar:// or https://");
            }
        }
        let mut names: Vec<String> = self.shown.all().map(|slot| self.shown.name(slot).to_owned()).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            self.most(
                "cardano",
                "the name of the attribute",
                &name,
                cardano::MAX_TEXT,
                "give it a shorter display_name",
            );
            if cardano::KNOWN.contains(&name.as_str()) {
                let what = format!("an attribute has the name {}, which cardano reserves", quoted(&name));
                self.problem(what, "give it another display_name");
            }
        }
        if let Some((a, b)) = self.shown.told_twice() {
            let name = |layer: usize| quoted(&self.project.layers[layer].name);
            let what = format!(
                "the layers {} and {} have the same display_name, and cardano allows each name once",
                name(a),
                name(b)
            );
            self.problem(what, "change one, or hide it");
        }
    }
}

/// Whether a text is an address on Tezos: base 58 with its prefix, 20 bytes and four of a checksum.
fn is_tezos(address: &str) -> bool {
    use sha2::{Digest, Sha256};
    let known = ["tz1", "tz2", "tz3", "tz4", "KT1"].iter().any(|prefix| address.starts_with(prefix));
    let decoded = bs58::decode(address).into_vec().ok().filter(|bytes| known && bytes.len() == 27);
    decoded.is_some_and(|bytes| {
        let (body, checksum) = bytes.split_at(23);
        Sha256::digest(Sha256::digest(body))[..4] == *checksum
    })
}

/// The beginning of a text that is too long to be shown.
fn short(text: &str) -> String {
    const MOST: usize = 80;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{MetadataSettings, testing};

    fn problems(project: &Project) -> Vec<String> {
        let checked = check_metadata(Path::new("c.toml"), project, None);
        checked.err().map_or_else(Vec::new, |error| error.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn addresses_of_tezos_are_held_to_their_checksum() {
        assert!(is_tezos("tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjb"));
        assert!(is_tezos("KT1RJ6PbjHpwc3M5rw5s2Nbmefwbuwbdxton"));
        for wrong in
            ["", "tz1", "tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcjc", "tz1VSUr8wwNhLAzempoch5d6hLRiTh8Cjcj", "xy1"]
        {
            assert!(!is_tezos(wrong), "{wrong}");
        }
    }

    #[test]
    fn lengths_are_counted_in_bytes_and_up_to_the_limit() {
        let mut project = testing::project(&[("Back", &[1, 1])]);
        project.start = 0;
        project.count = Some(10);
        project.metadata =
            MetadataSettings { standards: vec![Standard::Metaplex], ..MetadataSettings::default() };
        // 29 bytes, then " #9": 32 of them.
        project.name = "é".repeat(14) + "x";
        assert_eq!(problems(&project), [""; 0]);
        project.count = Some(11);
        assert!(
            problems(&project)[0].contains("33 bytes, and metaplex allows 32"),
            "{:?}",
            problems(&project)
        );
        project.count = Some(10);
        project.metadata.symbol = "é".repeat(5);
        assert_eq!(problems(&project), [""; 0]);
        project.metadata.symbol.push('x');
        assert!(problems(&project)[0].contains("11 bytes, and metaplex allows 10"));
        project.metadata.symbol.clear();
        // A slash and "9.png" behind it.
        project.base_uri = "x".repeat(194);
        assert_eq!(problems(&project), [""; 0]);
        project.base_uri.push('x');
        assert!(problems(&project)[0].contains("201 bytes, and metaplex allows 200"));
    }
}
