//! Who made the traits, as a table of the page.

use std::fmt::Write;

use crate::finished::page::escaped;
use crate::finished::rarity::TraitCredit;

/// The table; nothing if there are no credits.
pub(super) fn table(credits: &[TraitCredit]) -> String {
    if credits.is_empty() {
        return String::new();
    }
    let mut text = "<h2>Credits</h2>\n<div class=\"credits\"><table>\n<thead><tr><th scope=\"col\">Trait</th>\
                    <th scope=\"col\">Author</th><th scope=\"col\">Licence</th><th scope=\"col\">Source</th></tr></thead>\n<tbody>\n"
        .to_owned();
    for TraitCredit { layer, name, credit } in credits {
        let source = match credit.source.starts_with("https://") || credit.source.starts_with("http://") {
            true => format!("<a rel=\"noreferrer\" href=\"{0}\">{0}</a>", escaped(&credit.source)),
            false => escaped(&credit.source),
        };
        let [layer, name, author, licence] =
            [layer, name, &credit.author, &credit.licence].map(|text| escaped(text));
        let _ = writeln!(
            text,
            "<tr><th scope=\"row\">{layer}: {name}</th><td>{author}</td><td>{licence}</td><td>{source}</td></tr>"
        );
    }
    text + "</tbody>\n</table></div>\n"
}
