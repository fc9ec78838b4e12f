//! `blend` of a layer: the names that are read, and why some well-known ones are not.
//!
//! Canvas and image programs list blend modes and Porter-Duff operators side by side. Modes mix colours: where a
//! layer is empty it changes nothing, and over nothing it is itself. Operators like `destination-in` cut layers out
//! instead, even where the layer is empty; then no layer could be left out of any place, and no place reused. What people want of
//! them is a clip or a mask (see [`clips`](super::clips)).

use toml::de::DeTable;

use crate::error::quoted;
use crate::pixel::Blend;
use crate::project::names::nearest;
use crate::project::values::Values;

const KEY: &str = "blend";

/// Other names of the same: those of the canvas element's `globalCompositeOperation`.
const ALIASES: [(&str, Blend); 2] = [("source-over", Blend::Normal), ("lighter", Blend::PlusLighter)];

/// Operators that are refused, each with the next step.
const REFUSED: [(&str, &str); 13] = [
    ("clear", CUT),
    ("copy", CUT),
    ("source", CUT),
    ("destination", "remove the layer"),
    ("source-in", CUT),
    ("source-out", CUT),
    ("source-atop", "set clip_to to the layer below"),
    ("destination-over", "move the layer further to the back"),
    ("destination-in", "make it a mask: mask_for = [\"Layer\"]"),
    ("destination-out", CUT),
    ("destination-atop", CUT),
    ("xor", CUT),
    ("plus-darker", "try \"multiply\" or \"color-burn\""),
];
const CUT: &str = "cut the shapes out in the pictures";

/// Every name that is read.
pub(super) fn names() -> impl Iterator<Item = (&'static str, Blend)> {
    Blend::ALL.iter().map(|mode| (mode.name(), *mode)).chain(ALIASES)
}

/// The blend mode of a layer's table, if it is given and right.
pub(super) fn blend(values: &mut Values<'_>, table: &DeTable<'_>) -> Option<Blend> {
    let name = values.text(table, KEY)?;
    let mode = names().find(|(known, _)| *known == name);
    if mode.is_none() {
        let span = values.span(table, KEY);
        let (what, remedy) = refusal(&name);
        values.problem(span, what, remedy);
    }
    mode.map(|(_, mode)| mode)
}

/// What is wrong with a name that is not read, and the next step.
fn refusal(name: &str) -> (String, String) {
    if let Some((_, remedy)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        let what = format!(
            "blend is {}, which is not supported: it cuts or replaces layers instead of mixing colours",
            quoted(name)
        );
        return (what, (*remedy).to_owned());
    }
    let remedy = match nearest(name, names().map(|(known, _)| known)) {
        Some(near) => format!("did you mean {}?", quoted(near)),
        None => {
            let modes: Vec<&str> = Blend::ALL.iter().map(|mode| mode.name()).collect();
            format!("the modes are {}", modes.join(", "))
        }
    };
    (format!("blend is {}, which is not a blend mode", quoted(name)), remedy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_both_read_and_refused() {
        for (name, mode) in names() {
            assert!(REFUSED.iter().all(|(refused, _)| *refused != name), "{mode:?}");
        }
    }

    #[test]
    fn the_next_step_fits_the_name() {
        for (name, part, step) in [
            ("xor", "instead of mixing colours", "cut the shapes out"),
            ("destination-over", "instead of mixing colours", "further to the back"),
            ("plus-darker", "instead of mixing colours", "\"multiply\""),
            ("multipy", "not a blend mode", "did you mean \"multiply\"?"),
            ("colorDodge", "not a blend mode", "did you mean \"color-dodge\"?"),
            ("Soft Light", "not a blend mode", "did you mean \"soft-light\"?"),
            ("linear-burn", "not a blend mode", "the modes are normal, multiply, screen"),
        ] {
            let (what, remedy) = refusal(name);
            assert!(what.contains(part) && what.contains(&quoted(name).to_string()), "{what}");
            assert!(remedy.contains(step), "{name}: {remedy}");
        }
    }
}
