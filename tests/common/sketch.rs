//! Projects described in a few lines and written into a temporary folder.

use std::fmt::Write;
use std::fs;

use tempfile::TempDir;
use traitpress::pixel::Blend;

use crate::common::blending;
use crate::common::canvas::{Canvas, Rgba};

/// One layer. Chance and opacity are thousandths, so that the tests need no floating point.
#[derive(Clone, Debug)]
pub(crate) struct LayerSketch {
    pub(crate) chance: u32,
    pub(crate) opacity: u32,
    pub(crate) blend: Blend,
    pub(crate) offset: [i32; 2],
    /// Each with its weight.
    pub(crate) traits: Vec<(Canvas, u32)>,
}

impl LayerSketch {
    pub(crate) fn new(traits: impl IntoIterator<Item = Canvas>) -> Self {
        let traits = traits.into_iter().map(|canvas| (canvas, 1)).collect();
        Self { chance: 1000, opacity: 1000, blend: Blend::Normal, offset: [0, 0], traits }
    }

    pub(crate) fn chance(self, chance: u32) -> Self {
        Self { chance, ..self }
    }

    pub(crate) fn opacity(self, opacity: u32) -> Self {
        Self { opacity, ..self }
    }

    pub(crate) fn blend(self, blend: Blend) -> Self {
        Self { blend, ..self }
    }

    pub(crate) fn offset(self, offset: [i32; 2]) -> Self {
        Self { offset, ..self }
    }

    /// Adds a trait that is never drawn, only by plan.
    pub(crate) fn never_drawn(mut self, canvas: Canvas) -> Self {
        self.traits.push((canvas, 0));
        self
    }
}

/// A whole project.
#[derive(Clone, Debug)]
pub(crate) struct Sketch {
    pub(crate) size: [u32; 2],
    pub(crate) layers: Vec<LayerSketch>,
    pub(crate) background: Option<Rgba>,
    /// Whether pictures are placed at their layer's offset.
    pub(crate) place: bool,
    /// An ICC profile that all pictures carry.
    pub(crate) profile: Option<Vec<u8>>,
}

impl Sketch {
    pub(crate) fn new(size: [u32; 2], layers: impl IntoIterator<Item = LayerSketch>) -> Self {
        let layers = layers.into_iter().collect();
        Self { size, layers, background: None, place: false, profile: None }
    }

    /// How far a channel of a picture may be from that of the reference compositor.
    ///
    /// One layer may be in a mode that is not the same to the last bit. What is above it must be normal: that moves
    /// no two colours further apart, as other modes can.
    pub(crate) fn tolerance(&self) -> u32 {
        let of = |layer: &LayerSketch| blending::tolerance(layer.blend);
        let Some(first) = self.layers.iter().position(|layer| of(layer) > 0) else { return 0 };
        let above = &self.layers[first + 1..];
        assert!(above.iter().all(|layer| layer.blend == Blend::Normal), "what is above must be normal");
        of(&self.layers[first])
    }

    /// Writes the project into a new temporary folder.
    ///
    /// Traits are named by number, and so are layers, so that their natural order is the one given here.
    pub(crate) fn write(&self) -> TempDir {
        let dir = tempfile::tempdir().expect("a temporary folder can be made");
        let mut text = format!("name = \"Sketch\"\nsize = {:?}\n", self.size);
        if let Some([r, g, b, a]) = self.background {
            writeln!(text, "background = \"#{r:02x}{g:02x}{b:02x}{a:02x}\"").expect("a string grows");
        }
        if self.place {
            text.push_str("fit = \"place\"\n");
        }
        for (number, layer) in self.layers.iter().enumerate() {
            let name = format!("L{number:02}");
            let thousandths = |value: u32| format!("{}.{:03}", value / 1000, value % 1000);
            let (chance, opacity) = (thousandths(layer.chance), thousandths(layer.opacity));
            write!(text, "[[layers]]\nname = \"{name}\"\nchance = {chance}\nopacity = {opacity}\n")
                .expect("a string grows");
            if layer.blend != Blend::Normal {
                writeln!(text, "blend = \"{}\"", layer.blend.name()).expect("a string grows");
            }
            if self.place {
                writeln!(text, "offset = {:?}", layer.offset).expect("a string grows");
            }
            let folder = dir.path().join("layers").join(&name);
            fs::create_dir_all(&folder).expect("the temporary folder can be written to");
            for (index, (canvas, weight)) in layer.traits.iter().enumerate() {
                canvas.write(&folder.join(format!("t{index:03}#{weight}.png")), self.profile.as_deref());
            }
        }
        fs::write(dir.path().join("collection.toml"), text).expect("the temporary folder can be written to");
        dir
    }
}
