//! The JSON of a page, with the fields that TexturePacker and Aseprite write.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::finished::atlas::options::AtlasFormat;
use crate::finished::atlas::{Sprite, Tag};

/// A rectangle in pixels.
#[derive(Serialize)]
struct Rectangle {
    x: u32,
    y: u32,
    w: u32,
    h: u32,
}

#[derive(Serialize)]
struct Sides {
    w: u32,
    h: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Frame<'a> {
    /// Where frames are a list.
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'a str>,
    frame: Rectangle,
    rotated: bool,
    trimmed: bool,
    sprite_source_size: Rectangle,
    source_size: Sides,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<u32>,
}

#[derive(Serialize)]
struct Meta<'a> {
    app: &'static str,
    version: &'static str,
    image: &'a str,
    format: &'static str,
    size: Sides,
    scale: String,
    #[serde(flatten)]
    aseprite: Option<Aseprite<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_multi_packs: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Aseprite<'a> {
    frame_tags: Vec<FrameTag<'a>>,
    layers: [(); 0],
    slices: [(); 0],
}

#[derive(Serialize)]
struct FrameTag<'a> {
    name: &'a str,
    from: usize,
    to: usize,
    direction: &'static str,
}

/// What is said of a page.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) format: AtlasFormat,
    pub(crate) image: &'a Path,
    pub(crate) size: [u32; 2],
    /// What the pictures' own pixels were multiplied by.
    pub(crate) scale: f64,
    pub(crate) indexed: bool,
    pub(crate) duration: u32,
    /// The corner of each sprite, in the order of the sprites.
    pub(crate) frames: Vec<(&'a Sprite, [u32; 2])>,
    pub(crate) tags: &'a [Tag],
    /// The names of the other pages' JSON files.
    pub(crate) others: Vec<&'a str>,
}

impl Page<'_> {
    /// Writes the JSON, a line a sprite.
    pub(crate) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let is_list = self.format != AtlasFormat::Hash;
        let is_aseprite = self.format == AtlasFormat::Aseprite;
        out.write_all(if is_list { b"{\"frames\": [\n" } else { b"{\"frames\": {\n" })?;
        for (number, (sprite, [x, y])) in self.frames.iter().enumerate() {
            if number > 0 {
                out.write_all(b",\n")?;
            }
            if !is_list {
                serde_json::to_writer(&mut *out, &sprite.name)?;
                out.write_all(b": ")?;
            }
            let [_, _, w, h] = sprite.cut;
            let [left, top] = sprite.offset;
            let frame = Frame {
                filename: is_list.then_some(&sprite.name),
                frame: Rectangle { x: *x, y: *y, w, h },
                rotated: false,
                trimmed: [w, h] != sprite.source,
                sprite_source_size: Rectangle { x: left, y: top, w, h },
                source_size: Sides { w: sprite.source[0], h: sprite.source[1] },
                duration: is_aseprite.then_some(self.duration),
            };
            serde_json::to_writer(&mut *out, &frame)?;
        }
        let tag = |tag: &'_ Tag| (tag.name.clone(), tag.first, tag.last);
        let tags: Vec<_> = self.tags.iter().map(tag).collect();
        let frame_tags = tags
            .iter()
            .map(|(name, from, to)| FrameTag { name, from: *from, to: *to, direction: "forward" })
            .collect();
        let image = self.image.file_name().unwrap_or_default().to_string_lossy();
        let meta = Meta {
            app: "traitpress",
            version: env!("CARGO_PKG_VERSION"),
            image: &image,
            format: if is_aseprite && self.indexed { "I8" } else { "RGBA8888" },
            size: Sides { w: self.size[0], h: self.size[1] },
            scale: self.scale.to_string(),
            aseprite: is_aseprite.then_some(Aseprite { frame_tags, layers: [], slices: [] }),
            related_multi_packs: self.others.clone(),
        };
        out.write_all(if is_list { b"\n],\n\"meta\": " } else { b"\n},\n\"meta\": " })?;
        serde_json::to_writer(&mut *out, &meta)?;
        out.write_all(b"\n}\n")?;
        out.flush()
    }
}
