//! PSD files: top groups are layers, from the back to the front, and what is in them are traits.
//!
//! A group within a group is one trait of several pictures. Masks, clipped layers, adjustments and fillings are refused by name,
//! for without them the pictures would be others.

use std::path::Path;

use super::aseprite::file;
use super::psd_layers::{self, Kind, Psd, Record};
use super::{Drawn, add, imported};
use crate::import::error::ImportError;
use crate::import::model::{Imported, Layer, Peer};
use crate::import::notes::Notes;
use crate::panics;

/// Groups within groups that are read.
const MAX_DEPTH: usize = 32;

/// Whether these are the first bytes of such a file.
pub(in crate::import) fn is_psd(head: &[u8]) -> bool {
    head.starts_with(b"8BPS")
}

/// Reads the layers of a file.
pub(in crate::import) fn read(path: &Path) -> Result<Imported, ImportError> {
    let bytes = file(path)?;
    let read = panics::decoded(|| layers(&bytes));
    let (size, layers, notes) =
        read.map_err(|what| ImportError::source(path, what, "export its layers as pictures"))?;
    if layers.iter().all(|layer| layer.traits.is_empty()) {
        return Err(ImportError::source(path, "no layer has a picture", "draw one in a group of layers"));
    }
    Ok(imported(Peer::Psd, path, size, layers, notes))
}

/// A group with what is in it, or a layer.
enum Node<'a> {
    Leaf(&'a Record),
    Group(&'a Record, Vec<Node<'a>>),
}

impl<'a> Node<'a> {
    fn record(&self) -> &'a Record {
        match self {
            Self::Leaf(record) | Self::Group(record, _) => record,
        }
    }

    /// The layers in it, from the back to the front.
    fn leaves(&self) -> Vec<&'a Record> {
        match self {
            Self::Leaf(record) => vec![record],
            Self::Group(_, children) => children.iter().flat_map(Self::leaves).collect(),
        }
    }
}

/// The records as a tree.
fn tree(records: &[Record]) -> Result<Vec<Node<'_>>, String> {
    let mut open: Vec<Vec<Node<'_>>> = vec![Vec::new()];
    for record in records {
        match record.kind {
            Kind::End => open.push(Vec::new()),
            Kind::Group => {
                let children = open.pop().filter(|_| !open.is_empty()).ok_or("a group has no end")?;
                open.last_mut().ok_or("a group has no end")?.push(Node::Group(record, children));
            }
            Kind::Pixels => open.last_mut().ok_or("a group has no end")?.push(Node::Leaf(record)),
        }
        if open.len() > MAX_DEPTH {
            return Err("groups are nested too deeply".to_owned());
        }
    }
    let all = open.pop().filter(|_| open.is_empty());
    all.ok_or_else(|| "a group has no head".to_owned())
}

fn layers(bytes: &[u8]) -> Result<([u32; 2], Vec<Layer>, Notes), String> {
    let psd = psd_layers::read(bytes)?;
    let used = |record: &&Record| !record.name.starts_with('_');
    let refused: Vec<String> = psd
        .records
        .iter()
        .filter(used)
        .flat_map(|record| record.refused.iter().map(move |what| format!("{:?} {what}", record.name)))
        .collect();
    if !refused.is_empty() {
        return Err(format!("these layers are more than pixels: {}", refused.join(", ")));
    }
    let mut notes = Notes::default();
    let mut layers = Vec::new();
    for node in tree(&psd.records)? {
        let top = node.record();
        if top.name.starts_with('_') {
            notes.lost(top.name.clone(), "", "its name begins with _, so it was left out");
            continue;
        }
        let mut layer = Layer::new(top.name.clone(), format!("layer {}", top.name));
        match node {
            // A layer outside of groups is a layer of one trait.
            Node::Leaf(record) => child(&psd, bytes, &mut layer, &Node::Leaf(record), true, 1.0, &mut notes)?,
            Node::Group(group, children) => {
                let passes = group.blend == *b"pass";
                layer.blend = if passes { None } else { blend(group, &mut notes) };
                layer.opacity = group.opacity;
                for node in &children {
                    child(&psd, bytes, &mut layer, node, passes, group.opacity, &mut notes)?;
                }
            }
        }
        layers.push(layer);
    }
    Ok((psd.size, layers, notes))
}

/// Adds a trait. In a group that is mixed by itself a blend mode has nothing to mix with.
fn child(
    psd: &Psd,
    bytes: &[u8],
    layer: &mut Layer,
    node: &Node<'_>,
    passes: bool,
    opacity: f64,
    notes: &mut Notes,
) -> Result<(), String> {
    let record = node.record();
    let origin = format!("{}/{}", layer.name, record.name);
    if record.name.starts_with('_') {
        notes.lost(origin, "", "its name begins with _, so it was left out");
        return Ok(());
    }
    let own = if matches!(node, Node::Group(..)) { opacity * record.opacity } else { opacity };
    let mut parts = Vec::new();
    for leaf in node.leaves() {
        if leaf.has_effects {
            notes.lost(
                format!("{origin}/{}", leaf.name),
                "",
                "its effects are not drawn; make pixels of them",
            );
        }
        let all = own * leaf.opacity;
        let mode = if passes { blend(leaf, notes) } else { None };
        let drawn = Drawn {
            pixels: psd.pixels(bytes, leaf)?,
            opacity: (all != layer.opacity).then_some(all),
            blend: mode.filter(|mode| layer.blend.as_ref() != Some(mode)),
        };
        let before = layer.traits.len();
        add(layer, &record.name, origin.clone(), psd.size, drawn)?;
        if layer.traits.len() > before {
            parts.extend(layer.traits.pop());
        }
    }
    let mut parts = parts.into_iter();
    if let Some(mut first) = parts.next() {
        first.parts.extend(parts.flat_map(|other| other.parts));
        layer.traits.push(first);
    }
    Ok(())
}

/// A blend mode as CSS names it; none for normal.
fn blend(record: &Record, notes: &mut Notes) -> Option<String> {
    let css = match &record.blend {
        b"norm" | b"pass" => return None,
        b"mul " => "multiply",
        b"scrn" => "screen",
        b"over" => "overlay",
        b"dark" => "darken",
        b"lite" => "lighten",
        b"div " => "color-dodge",
        b"idiv" => "color-burn",
        b"hLit" => "hard-light",
        b"sLit" => "soft-light",
        b"diff" => "difference",
        b"smud" => "exclusion",
        b"hue " => "hue",
        b"sat " => "saturation",
        b"colr" => "color",
        b"lum " => "luminosity",
        b"lddg" => {
            notes.changed(
                record.name.clone(),
                "add",
                "it is plus-lighter, which differs where pictures are translucent",
            );
            "plus-lighter"
        }
        other => {
            let name = String::from_utf8_lossy(other).into_owned();
            notes.lost(record.name.clone(), name, "there is no such blend mode; it mixes normally");
            return None;
        }
    };
    Some(css.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::drawing::testing::{PsdLayer, layer_names, psd};

    fn sample() -> Vec<PsdLayer> {
        vec![
            PsdLayer::pixels("Ground", [1, 2, 3, 255]),
            PsdLayer::end(),
            PsdLayer::pixels("Cap#5", [9, 9, 9, 255]).with(b"mul ", 128),
            PsdLayer::pixels("_note", [9, 9, 9, 255]),
            PsdLayer::pixels("None#2", [0; 4]),
            PsdLayer::end(),
            PsdLayer::pixels("back", [4, 4, 4, 255]),
            PsdLayer::pixels("front", [5, 5, 5, 255]),
            PsdLayer::group("Crown#3", b"norm", 255),
            PsdLayer::group("Hat", b"pass", 255),
        ]
    }

    #[test]
    fn groups_are_layers_and_their_layers_traits() {
        for packed in [false, true] {
            let bytes = psd(&sample(), packed);
            let (size, layers, notes) = layers(&bytes).unwrap();
            assert_eq!(size, [2, 2]);
            assert_eq!(layer_names(&layers), "Ground: Ground 1; Hat: Cap 5, Crown 3, none 2");
            let cap = &layers[1].traits[0].parts[0];
            assert_eq!(cap.blend.as_deref(), Some("multiply"));
            assert!(cap.opacity.is_some_and(|opacity| (opacity - 128.0 / 255.0).abs() < 1e-9));
            assert_eq!(layers[1].traits[1].parts.len(), 2);
            assert_eq!(notes.sorted().len(), 1);
        }
    }

    #[test]
    fn what_is_more_than_pixels_is_refused_by_name() {
        let refused = |layer: PsdLayer| layers(&psd(&[layer], false)).unwrap_err();
        assert!(refused(PsdLayer::pixels("A", [1; 4]).clipped()).contains("\"A\" is clipped"));
        assert!(refused(PsdLayer::pixels("B", [1; 4]).masked()).contains("\"B\" has a mask"));
        assert!(refused(PsdLayer::pixels("C", [1; 4]).tagged(b"curv")).contains("\"C\" is an adjustment"));
        assert!(refused(PsdLayer::end()).contains("no head"));
        assert!(refused(PsdLayer::group("D", b"norm", 255)).contains("no end"));
    }

    #[test]
    fn damaged_files_are_errors() {
        for packed in [false, true] {
            let good = psd(&sample(), packed);
            for end in 0..good.len() {
                let _ = layers(&good[..end]);
            }
            for at in 0..good.len() {
                for value in [0, 1, 0x7f, 0x80, 0xff] {
                    let mut bad = good.clone();
                    bad[at] = value;
                    let _ = layers(&bad);
                }
            }
        }
    }
}
