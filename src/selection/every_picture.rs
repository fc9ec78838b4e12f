//! Every picture once, where items differ by what is visible.
//!
//! Items are gone through from the top layer down. Of choices that add the same to a picture and lead to the same node of the
//! diagram, only the first is tried. Other items of one picture are found by what was seen: with the beginning of a picture
//! and a node everything below was seen, too, so the search takes time by the number of pictures, not of items.

use rustc_hash::FxHashSet;

use crate::project::in_row;
use crate::rules::{PictureKey, Step};
use crate::selection::diagram::Diagram;

/// A layer in the search: the choices that are left, the next one last.
type Frame = Vec<(u16, u32)>;

/// Says whether an item obeys some rules.
pub(super) type Allows<'a> = dyn Fn(&[u16]) -> bool + 'a;

/// Calls `see` with the first item of each picture that is allowed, until it fails. The diagram decides from the top down;
/// `is_allowed` says whether an item obeys the rules that are not part of it, if there are any.
pub(super) fn each_picture<E>(
    diagram: &Diagram,
    key: &PictureKey,
    layers: usize,
    is_allowed: Option<&Allows<'_>>,
    mut see: impl FnMut(&[u16]) -> Result<(), E>,
) -> Result<(), E> {
    let mut row = vec![0; layers];
    let mut seen: FxHashSet<Box<[u32]>> = FxHashSet::default();
    // What such a rule allows depends on the traits themselves.
    let alike = is_allowed.is_none().then_some(key);
    let mut stack = vec![frame(diagram, alike, 0, diagram.root())];
    while let Some(choices) = stack.last_mut() {
        let Some((choice, to)) = choices.pop() else {
            stack.pop();
            continue;
        };
        let depth = stack.len();
        let layer = diagram.layer(depth - 1);
        row[layer] = in_row(choice);
        let is_whole = depth == diagram.depth();
        let is_new = match is_whole {
            true => {
                is_allowed.is_none_or(|is_allowed| is_allowed(&row))
                    && seen.insert(key.visible(&row, 0).collect())
            }
            false => alike.is_none_or(|key| {
                // No picture begins with this number.
                let node = [PictureKey::END, depth as u32, to].into_iter();
                seen.insert(node.chain(key.beginning(&row, layer)).collect())
            }),
        };
        match (is_new, is_whole) {
            (true, true) => see(&row)?,
            (true, false) => stack.push(frame(diagram, alike, depth, to)),
            (false, _) => {}
        }
    }
    Ok(())
}

/// The choices of a layer below a node, the first one last; by `alike`, of those that add and lead to the same only the first.
fn frame(diagram: &Diagram, alike: Option<&PictureKey>, depth: usize, node: u32) -> Frame {
    let layer = diagram.layer(depth);
    let mut choices: Frame = diagram.choices(depth, node).map(|(choice, _, to)| (choice, to)).collect();
    choices.sort_unstable();
    if let Some(key) = alike {
        let mut seen: FxHashSet<(Step, u32)> = FxHashSet::default();
        choices.retain(|&(choice, to)| seen.insert((key.step(layer, in_row(choice)), to)));
    }
    choices.reverse();
    choices
}
