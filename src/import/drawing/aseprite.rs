//! Aseprite files.
//!
//! The file's own sizes are checked before the library makes room for pixels, and its panics are errors of the file.

use std::fs;
use std::path::Path;

use aseprite_loader::binary::blend_mode::BlendMode;
use aseprite_loader::binary::chunks::layer::LayerType;
use aseprite_loader::loader::{AsepriteFile, LayerSelection};

use super::{Drawn, MAX_BYTES, add, imported};
use crate::error::PathIo;
use crate::geometry::MAX_SIDE;
use crate::import::error::ImportError;
use crate::import::model::{Imported, Layer, Peer};
use crate::import::notes::Notes;
use crate::panics;

/// The number of the format, in the fifth and sixth byte.
const MAGIC: [u8; 2] = [0xe0, 0xa5];
/// The flag that opacity and blend mode of groups count.
const GROUPS_ARE_MIXED: u8 = 2;
/// A deflated stream holds at most so many times its bytes (RFC 1951).
const MAX_INFLATION: u64 = 1032;

/// Whether these are the first bytes of such a file.
pub(in crate::import) fn is_aseprite(head: &[u8]) -> bool {
    head.get(4..6) == Some(&MAGIC)
}

/// Reads the layers of a file.
pub(in crate::import) fn read(path: &Path) -> Result<Imported, ImportError> {
    let bytes = file(path)?;
    let read = panics::decoded(|| layers(&bytes));
    let (size, layers, notes) = read
        .map_err(|what| ImportError::source(path, what, "save it again, or export its layers as pictures"))?;
    if layers.iter().all(|layer| layer.traits.is_empty()) {
        return Err(ImportError::source(path, "no layer has a picture", "draw one in a group of layers"));
    }
    Ok(imported(Peer::Aseprite, path, size, layers, notes))
}

/// The bytes of a file that is not too long.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, ImportError> {
    let bytes = fs::metadata(path).map_err(PathIo::on("look at", path))?.len();
    if bytes > MAX_BYTES {
        let what = format!("the file has {bytes} bytes, more than {MAX_BYTES}");
        return Err(ImportError::source(path, what, "export its layers as pictures"));
    }
    Ok(fs::read(path).map_err(PathIo::on("read", path))?)
}

type Read = ([u32; 2], Vec<Layer>, Notes);

fn layers(bytes: &[u8]) -> Result<Read, String> {
    let word = |at: usize| bytes.get(at..at + 2).map(|two| u32::from(u16::from_le_bytes([two[0], two[1]])));
    let size = [word(8).unwrap_or(0), word(10).unwrap_or(0)];
    if size.iter().any(|side| !(1..=MAX_SIDE).contains(side)) {
        return Err(format!("the canvas is {}x{}, and a side has 1 to {MAX_SIDE} pixels", size[0], size[1]));
    }
    let file = AsepriteFile::load(bytes).map_err(|error| format!("it cannot be read: {error}"))?;
    let mut notes = Notes::default();
    let all = &file.file.layers;
    if let Some(other) =
        all.iter().find(|layer| !matches!(layer.layer_type, LayerType::Normal | LayerType::Group))
    {
        return Err(format!("the layer {:?} is a tile map, which is not read", other.name));
    }
    let frame = file.frames.first().ok_or("it has no frame")?;
    if file.frames.len() > 1 {
        notes.lost("frames", file.frames.len().to_string(), "the first is used; there is no animation");
    }
    for cel in &frame.cels {
        let pixels = 4 * u64::from(cel.size.0) * u64::from(cel.size.1);
        if pixels > MAX_INFLATION * bytes.len() as u64 {
            return Err("it is damaged: its bytes cannot hold so many pixels".to_owned());
        }
    }
    let mixed_groups = bytes.get(14).is_some_and(|flags| flags & GROUPS_ARE_MIXED != 0);
    let mut layers = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let top = &all[at];
        let end = (at + 1..all.len()).find(|&next| all[next].child_level == 0).unwrap_or(all.len());
        let (first, range) = (at, at + 1..end);
        at = end;
        if top.name.starts_with('_') {
            notes.lost(top.name, "", "its name begins with _, so it was left out");
            continue;
        }
        let mut layer = Layer::new(top.name, format!("layer {}", top.name));
        if top.layer_type == LayerType::Group && mixed_groups {
            layer.opacity = f64::from(top.opacity) / 255.0;
            layer.blend = blend(top.name, top.blend_mode, &mut notes);
        }
        // A layer outside of groups is a layer of one trait.
        let children: Vec<usize> = match top.layer_type {
            LayerType::Group => range.clone().filter(|&child| all[child].child_level == 1).collect(),
            _ => vec![first],
        };
        for child in children {
            let it = &all[child];
            if it.name.starts_with('_') {
                notes.lost(
                    format!("{}/{}", top.name, it.name),
                    "",
                    "its name begins with _, so it was left out",
                );
                continue;
            }
            let last = (child + 1..end).find(|&next| all[next].child_level <= it.child_level).unwrap_or(end);
            let mask = (0..all.len()).map(|number| (child..last).contains(&number)).collect();
            let mut pixels = vec![0; 4 * size[0] as usize * size[1] as usize];
            file.render_frame(0, &mut pixels, &LayerSelection::Mask(mask))
                .map_err(|error| format!("the layer {:?} cannot be drawn: {error}", it.name))?;
            let is_group = it.layer_type == LayerType::Group;
            let mode =
                if is_group && !mixed_groups { None } else { blend(it.name, it.blend_mode, &mut notes) };
            let opacity = (is_group && mixed_groups && it.opacity < 255).then(|| {
                let own = f64::from(it.opacity) / 255.0;
                own * layer.opacity
            });
            let drawn = Drawn { pixels, opacity, blend: mode };
            add(&mut layer, it.name, format!("{}/{}", top.name, it.name), size, drawn)?;
        }
        layers.push(layer);
    }
    Ok((size, layers, notes))
}

/// A blend mode as CSS names it; none for normal.
fn blend(name: &str, mode: BlendMode, notes: &mut Notes) -> Option<String> {
    let css = match mode {
        BlendMode::Normal => return None,
        BlendMode::Multiply => "multiply",
        BlendMode::Screen => "screen",
        BlendMode::Overlay => "overlay",
        BlendMode::Darken => "darken",
        BlendMode::Lighten => "lighten",
        BlendMode::ColorDodge => "color-dodge",
        BlendMode::ColorBurn => "color-burn",
        BlendMode::HardLight => "hard-light",
        BlendMode::SoftLight => "soft-light",
        BlendMode::Difference => "difference",
        BlendMode::Exclusion => "exclusion",
        BlendMode::Hue => "hue",
        BlendMode::Saturation => "saturation",
        BlendMode::Color => "color",
        BlendMode::Luminosity => "luminosity",
        BlendMode::Addition => {
            notes.changed(
                name,
                "addition",
                "it is plus-lighter, which differs where pictures are translucent",
            );
            "plus-lighter"
        }
        other => {
            notes.lost(name, format!("{other:?}"), "there is no such blend mode; it mixes normally");
            return None;
        }
    };
    Some(css.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::drawing::testing::{aseprite, layer_names};

    #[test]
    fn groups_are_layers_and_their_layers_traits() {
        let bytes = aseprite(&[
            ("Ground", 0, None, 255, 0, [1, 2, 3, 255]),
            ("Hat", 0, Some(()), 255, 0, [0; 4]),
            ("Cap#5", 1, None, 128, 1, [9, 9, 9, 255]),
            ("_note", 1, None, 255, 0, [9, 9, 9, 255]),
            ("None#2", 1, None, 255, 0, [0; 4]),
        ]);
        assert!(is_aseprite(&bytes));
        let (size, layers, _) = layers(&bytes).unwrap();
        assert_eq!(size, [2, 2]);
        assert_eq!(layer_names(&layers), "Ground: Ground 1; Hat: Cap 5, none 2");
        assert_eq!(layers[1].traits[0].parts[0].blend.as_deref(), Some("multiply"));
    }

    #[test]
    fn damaged_files_are_errors() {
        let good = aseprite(&[("Ground", 0, None, 255, 0, [1, 2, 3, 255])]);
        for end in 0..good.len() {
            let _ = panics::decoded(|| layers(&good[..end]));
        }
        for at in 0..good.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut bad = good.clone();
                bad[at] = value;
                let _ = panics::decoded(|| layers(&bad));
            }
        }
        let mut large = good;
        large[8..12].copy_from_slice(&[0xff; 4]);
        assert!(panics::decoded(|| layers(&large)).unwrap_err().contains("65535x65535"));
    }
}
