//! Small files of drawing programs, made by hand.

use crate::import::model::Layer;

/// Names of layers with those of their traits and the weights.
pub(super) fn layer_names(layers: &[Layer]) -> String {
    let of = |layer: &Layer| {
        let traits = layer.traits.iter().map(|item| format!("{} {}", item.name, item.weight));
        let none = layer.none.iter().map(|none| format!("none {}", none.weight));
        format!("{}: {}", layer.name, traits.chain(none).collect::<Vec<_>>().join(", "))
    };
    layers.iter().map(of).collect::<Vec<_>>().join("; ")
}

/// A layer of an Aseprite file: its name, level, whether it is a group, opacity, blend mode, colour.
type AsepriteLayer<'a> = (&'a str, u16, Option<()>, u8, u16, [u8; 4]);

/// An Aseprite file of 2x2 pixels.
pub(super) fn aseprite(layers: &[AsepriteLayer<'_>]) -> Vec<u8> {
    let mut chunks = Vec::new();
    let mut count = 0u16;
    let mut chunk = |kind: u16, data: &[u8]| {
        chunks.extend((data.len() as u32 + 6).to_le_bytes());
        chunks.extend(kind.to_le_bytes());
        chunks.extend(data);
        count += 1;
    };
    for (name, level, group, opacity, mode, _) in layers {
        let mut data = Vec::new();
        for word in [1, u16::from(group.is_some()), *level, 0, 0, *mode] {
            data.extend(word.to_le_bytes());
        }
        data.extend([*opacity, 0, 0, 0]);
        data.extend((name.len() as u16).to_le_bytes());
        data.extend(name.as_bytes());
        chunk(0x2004, &data);
    }
    for (number, (.., group, _, _, colour)) in layers.iter().enumerate() {
        if group.is_some() {
            continue;
        }
        let mut data = Vec::new();
        data.extend((number as u16).to_le_bytes());
        data.extend([0; 4]);
        data.push(255);
        data.extend([0; 2 + 2 + 5]);
        data.extend([2, 0, 2, 0]);
        data.extend(colour.repeat(4));
        chunk(0x2005, &data);
    }
    let mut frame = Vec::new();
    frame.extend((chunks.len() as u32 + 16).to_le_bytes());
    frame.extend(0xf1fa_u16.to_le_bytes());
    frame.extend(count.to_le_bytes());
    frame.extend(100u16.to_le_bytes());
    frame.extend([0; 2]);
    frame.extend(u32::from(count).to_le_bytes());
    let mut file = vec![0; 128];
    let size = (128 + frame.len() + chunks.len()) as u32;
    file[..4].copy_from_slice(&size.to_le_bytes());
    file[4..6].copy_from_slice(&0xa5e0_u16.to_le_bytes());
    file[6] = 1;
    (file[8], file[10], file[12], file[14]) = (2, 2, 32, 1);
    file.extend(frame);
    file.extend(chunks);
    file
}

/// A record of a PSD file.
#[derive(Clone)]
pub(super) struct PsdLayer {
    name: String,
    colour: Option<[u8; 4]>,
    blend: [u8; 4],
    opacity: u8,
    is_clipped: bool,
    has_mask: bool,
    /// Keys of further blocks, with their data.
    blocks: Vec<([u8; 4], Vec<u8>)>,
}

impl PsdLayer {
    pub(super) fn pixels(name: &str, colour: [u8; 4]) -> Self {
        Self {
            name: name.to_owned(),
            colour: Some(colour),
            blend: *b"norm",
            opacity: 255,
            is_clipped: false,
            has_mask: false,
            blocks: Vec::new(),
        }
    }

    fn mark(name: &str, kind: u32) -> Self {
        let blocks = vec![(*b"lsct", kind.to_be_bytes().to_vec())];
        Self { colour: None, blocks, ..Self::pixels(name, [0; 4]) }
    }

    pub(super) fn end() -> Self {
        Self::mark("</Layer group>", 3)
    }

    pub(super) fn group(name: &str, blend: &[u8; 4], opacity: u8) -> Self {
        Self::mark(name, 1).with(blend, opacity)
    }

    pub(super) fn with(self, blend: &[u8; 4], opacity: u8) -> Self {
        Self { blend: *blend, opacity, ..self }
    }

    pub(super) fn clipped(self) -> Self {
        Self { is_clipped: true, ..self }
    }

    pub(super) fn masked(self) -> Self {
        Self { has_mask: true, ..self }
    }

    pub(super) fn tagged(mut self, key: &[u8; 4]) -> Self {
        self.blocks.push((*key, vec![0; 4]));
        self
    }
}

/// A PSD file of 2x2 pixels in RGB.
pub(super) fn psd(layers: &[PsdLayer], packed: bool) -> Vec<u8> {
    let mut info = (layers.len() as u16).to_be_bytes().to_vec();
    let mut data = Vec::new();
    for layer in layers {
        let side = if layer.colour.is_some() { 2u32 } else { 0 };
        for value in [0, 0, side, side] {
            info.extend(value.to_be_bytes());
        }
        let ids = [-1i16, 0, 1, 2];
        info.extend((ids.len() as u16).to_be_bytes());
        for id in ids {
            let before = data.len();
            if let Some(colour) = layer.colour {
                let sample = colour[if id < 0 { 3 } else { id as usize }];
                if packed {
                    data.extend([0, 1, 0, 2, 0, 2, 0xff, sample, 0xff, sample]);
                } else {
                    data.extend([0, 0]);
                    data.extend([sample; 4]);
                }
            } else {
                data.extend([0, 0]);
            }
            info.extend(id.to_be_bytes());
            info.extend(((data.len() - before) as u32).to_be_bytes());
        }
        info.extend(b"8BIM");
        info.extend(layer.blend);
        info.extend([layer.opacity, u8::from(layer.is_clipped), 0, 0]);
        let mut extra = Vec::new();
        let mask = if layer.has_mask { vec![0; 20] } else { Vec::new() };
        extra.extend((mask.len() as u32).to_be_bytes());
        extra.extend(mask);
        extra.extend(0u32.to_be_bytes());
        extra.push(layer.name.len() as u8);
        extra.extend(layer.name.as_bytes());
        extra.resize(extra.len() + (4 - (layer.name.len() + 1) % 4) % 4, 0);
        for (key, block) in &layer.blocks {
            extra.extend(b"8BIM");
            extra.extend(key);
            extra.extend((block.len() as u32).to_be_bytes());
            extra.extend(block);
        }
        info.extend((extra.len() as u32).to_be_bytes());
        info.extend(extra);
    }
    info.extend(data);
    let mut file = b"8BPS\0\x01\0\0\0\0\0\0\0\x04".to_vec();
    file.extend([0, 0, 0, 2, 0, 0, 0, 2, 0, 8, 0, 3]);
    file.extend([0; 8]);
    file.extend((info.len() as u32 + 4).to_be_bytes());
    file.extend((info.len() as u32).to_be_bytes());
    file.extend(info);
    file
}
