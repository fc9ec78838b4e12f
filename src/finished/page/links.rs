//! Addresses of the full pictures, relative to the page.

use std::path::{Component, Path};

use percent_encoding::utf8_percent_encode;

use crate::finished::page::data::FullPictures;
use crate::finished::rarity::Rarity;
use crate::output::{ESCAPED, resolve};
use crate::project::Layout;

/// Where the pictures are, seen from the page `file`, if it is in a folder above the collection. Elsewhere an address would lead
/// up, or over the whole machine, and name folders that are nobody else's business.
pub(crate) fn full_pictures(rarity: &Rarity, file: &Path) -> Option<FullPictures> {
    let collection = resolve(&rarity.folder).ok()?;
    let page = resolve(file).ok()?;
    let first = rarity.items.first()?.edition;
    let image = rarity.stems.image(first);
    let inside = rarity.stems.layout().item_folder(first) + &rarity.stems.file(first);
    let images = image.strip_suffix(&inside)?;
    let folder = address(page.parent()?, &collection)? + images;
    let stems = || rarity.items.iter().map(|item| rarity.stems.stem(item.edition).into_owned()).collect();
    let ending = rarity.stems.format().extension();
    let fan_out = rarity.stems.layout() == Layout::FanOut;
    Some(FullPictures { folder, ending, fan_out, stems: (!rarity.stems.are_numbers()).then(stems) })
}

/// The address of a folder that is in `from`, or deeper, relative to it.
fn address(from: &Path, folder: &Path) -> Option<String> {
    let mut address = String::new();
    for part in folder.strip_prefix(from).ok()?.components() {
        let Component::Normal(name) = part else { return None };
        address.extend(utf8_percent_encode(name.to_str()?, ESCAPED));
        address.push('/');
    }
    // A first part with a colon would be read as a scheme, but that is escaped.
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_down_and_are_escaped() {
        let address = |from: &str, folder: &str| address(Path::new(from), Path::new(folder));
        assert_eq!(address("/home/me", "/home/me/out").as_deref(), Some("out/"));
        assert_eq!(address("/home", "/home/me/my out").as_deref(), Some("me/my%20out/"));
        assert_eq!(address("/d", "/d/javascript:x#?é").as_deref(), Some("javascript%3Ax%23%3F%C3%A9/"));
        assert_eq!(address("/home/me/pages", "/home/me/out"), None);
        assert_eq!(address("/d", "/drop/out"), None);
    }
}
