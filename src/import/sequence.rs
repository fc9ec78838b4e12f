//! One drawing order for kinds of items that each have their own.
//!
//! A peer lists the layers of each kind; we have one list for all, and each kind shows some of it in this order. A layer that is the
//! same in two kinds is listed once where their orders agree, and twice where they do not.

use crate::import::model::Layer;

/// One list of all layers, and for each kind the numbers of its own.
pub(crate) fn merged(kinds: Vec<Vec<Layer>>) -> (Vec<Layer>, Vec<Vec<usize>>) {
    merged_by(kinds, is_same)
}

/// The same of anything that is listed by kinds.
pub(crate) fn merged_by<T>(kinds: Vec<Vec<T>>, is_same: fn(&T, &T) -> bool) -> (Vec<T>, Vec<Vec<usize>>) {
    // The number of the kind's layer that each entry of the list is, for each kind.
    let mut list: Vec<(T, Vec<Option<usize>>)> = Vec::new();
    let count = kinds.len();
    for (kind, layers) in kinds.into_iter().enumerate() {
        let pairs = common(&list, &layers, is_same);
        let mut at = 0;
        for (number, layer) in layers.into_iter().enumerate() {
            // What was inserted before moves the places behind it.
            if let Some(&(place, _)) = pairs.iter().find(|(_, own)| *own == number) {
                let shift = list.iter().filter(|(_, of)| is_new(of, kind)).count();
                at = place + shift;
                list[at].1[kind] = Some(number);
            } else {
                let mut of = vec![None; count];
                of[kind] = Some(number);
                list.insert(at, (layer, of));
            }
            at += 1;
        }
    }
    let mut numbers = vec![Vec::new(); count];
    for (place, (_, of)) in list.iter().enumerate() {
        for (kind, own) in of.iter().enumerate() {
            if own.is_some() {
                numbers[kind].push(place);
            }
        }
    }
    (list.into_iter().map(|(layer, _)| layer).collect(), numbers)
}

/// Whether an entry was added for this kind.
fn is_new(of: &[Option<usize>], kind: usize) -> bool {
    of[kind].is_some() && of[..kind].iter().all(Option::is_none)
}

/// The longest common subsequence: places in the list with numbers of the kind's layers.
fn common<T>(
    list: &[(T, Vec<Option<usize>>)],
    layers: &[T],
    is_same: fn(&T, &T) -> bool,
) -> Vec<(usize, usize)> {
    let (rows, columns) = (list.len(), layers.len());
    let same = |row: usize, column: usize| is_same(&list[row].0, &layers[column]);
    let mut length = vec![vec![0usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            length[row][column] = if same(row, column) {
                length[row + 1][column + 1] + 1
            } else {
                length[row + 1][column].max(length[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut pairs = Vec::new();
    while row < rows && column < columns {
        if same(row, column) {
            pairs.push((row, column));
            row += 1;
            column += 1;
        } else if length[row + 1][column] >= length[row][column + 1] {
            row += 1;
        } else {
            column += 1;
        }
    }
    pairs
}

/// Whether two layers are the same but for their traits, which follow from their place.
fn is_same(a: &Layer, b: &Layer) -> bool {
    a.origin == b.origin
        && a.name == b.name
        && a.display_name == b.display_name
        && a.hidden == b.hidden
        && a.unique == b.unique
        && a.opacity == b.opacity
        && a.blend == b.blend
        && a.chance == b.chance
        && a.offset == b.offset
        && a.none == b.none
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The merged list of kinds whose layers are letters; an upper-case letter is the same layer with other options.
    fn list(kinds: &[&str]) -> (String, Vec<String>) {
        let layers = |kind: &&str| {
            kind.chars()
                .map(|c| {
                    let mut layer = Layer::new(c.to_lowercase().to_string(), c.to_lowercase().to_string());
                    layer.unique = c.is_lowercase();
                    layer
                })
                .collect()
        };
        let (all, numbers) = merged(kinds.iter().map(layers).collect());
        let letter =
            |layer: &Layer| if layer.unique { layer.name.clone() } else { layer.name.to_uppercase() };
        let word = |numbers: &Vec<usize>| numbers.iter().map(|&number| letter(&all[number])).collect();
        (all.iter().map(letter).collect(), numbers.iter().map(word).collect())
    }

    #[test]
    fn every_kind_keeps_its_order_and_layers_are_shared_where_orders_agree() {
        for (kinds, wanted) in [
            (&["abc"][..], "abc"),
            (&["abc", "abc"], "abc"),
            (&["acb", "Abd"], "Aacbd"),
            (&["ab", "abc"], "abc"),
            (&["ab", "ba"], "bab"),
            (&["abc", "axc", "xyc"], "axybc"),
            (&["aa", "a"], "aa"),
        ] {
            let (all, words) = list(kinds);
            assert_eq!(words, kinds, "{all}");
            assert_eq!(all.len(), wanted.len(), "{kinds:?}: {all}, not as long as {wanted}");
        }
    }
}
