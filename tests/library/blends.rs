//! Layers in every blend mode.

use traitpress::engine::{EncodingMode, Engine};
use traitpress::pixel::Blend;
use traitpress::plan::Item;

use crate::check::{SETTINGS, check};
use crate::common::canvas::{Canvas, Rgba};
use crate::common::depth::at_depth;
use crate::common::differ::{assert_near, assert_same};
use crate::common::press::{Setting, choose, open, press};
use crate::common::readers::strict;
use crate::common::reference::{Reference, Stored};
use crate::common::sketch::{LayerSketch, Sketch};

const SIZE: [u32; 2] = [140, 72];

/// Slopes of colour in the left half and some of the right, opaque or as translucent as `alpha` says.
fn slopes(number: u32, alpha: impl Fn(u32, u32) -> u32) -> Canvas {
    Canvas::from_fn(SIZE[0], SIZE[1], |x, y| {
        if x > 70 + 16 * number && x < 130 {
            return [0; 4];
        }
        [x * 2 + 31 * number, 255 - y * 3, (x + y) * (number + 1), alpha(x, y)].map(|c| c as u8)
    })
}

/// A ground, a layer of slopes, flat colours and nothing in `mode`, and shapes above.
fn sketch(mode: Blend, opacity: u32) -> Sketch {
    let flat = |color: Rgba| Canvas::filled(SIZE[0], SIZE[1], color);
    let blended = [
        slopes(0, |_, _| 255),
        slopes(1, |x, y| (x * y) % 256),
        flat([250, 128, 3, 255]),
        flat([20, 200, 128, 100]),
    ];
    Sketch::new(
        SIZE,
        [
            LayerSketch::new((0..2).map(|n| slopes(n + 2, |x, _| 510 - (x * 4).min(510)))).chance(800),
            LayerSketch::new(blended).blend(mode).opacity(opacity).chance(900),
            LayerSketch::new([slopes(1, |x, y| if (x + y) % 40 < 20 { 90 } else { 0 })]).chance(500),
        ],
    )
}

#[test]
fn every_mode_equals_the_reference() {
    // Both opacities, or one for each mode in turn: 58 or 29 s.
    let opacities = [1000, 400];
    for (&mode, one) in Blend::ALL.iter().zip(opacities.iter().cycle()) {
        for &opacity in at_depth(std::slice::from_ref(one), &opacities) {
            let name = format!("{} at {opacity}", mode.name());
            let checked = check(&name, &sketch(mode, opacity), 9, &SETTINGS[1..2]);
            assert_eq!(checked.encoder, EncodingMode::Spans, "{name}");
        }
    }
}

/// The item that shows these traits of all layers.
fn item<const LAYERS: usize>(engine: &Engine, indices: [usize; LAYERS]) -> Item {
    Item::from_indices(engine.project(), indices.map(Some)).expect("the item is possible")
}

/// The copy of what is below is only legal because a mode gives the source over nothing.
#[test]
fn a_single_layer_is_itself_in_every_mode() {
    let layers = |mode| [LayerSketch::new((0..3).map(|n| slopes(n, |x, y| (x * y) % 256))).blend(mode)];
    let pictures = |mode| {
        let dir = Sketch::new(SIZE, layers(mode)).write();
        let engine = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
        [0, 1, 2].map(|index| engine.render(&item(&engine, [index])).expect("the item is possible"))
    };
    let normal = pictures(Blend::Normal);
    for &mode in Blend::ALL {
        assert!(pictures(mode) == normal, "{mode:?}");
    }
}

/// In all other modes opaque pixels let through what is below.
#[test]
fn only_normal_layers_hide() {
    let flat = |level| Canvas::filled(70, 66, [level, level, level, 255]);
    for &mode in Blend::ALL {
        let layers = [LayerSketch::new([flat(90)]), LayerSketch::new([flat(200)]).blend(mode)];
        let sketch = Sketch::new([70, 66], layers);
        let dir = sketch.write();
        let engine = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
        let item = item(&engine, [0, 0]);
        let read = strict(&engine.render(&item).expect("the item is possible")).expect("it can be read");
        let expected = Reference::decode(&sketch, dir.path()).picture(&item, Stored::WithoutAlpha);
        assert_near(mode.name(), sketch.tolerance(), &expected, &read.canvas);
        // A grey has no hue and no saturation to give, so these keep what is below.
        let level = read.canvas.pixels[0][0];
        let hidden = [Blend::Normal, Blend::Lighten, Blend::Luminosity].contains(&mode);
        assert_eq!(level == 200, hidden, "{mode:?} gives {level}");
    }
}

/// A mode mixes colours that no trait has, so a palette of the traits' colours would not hold them.
#[test]
fn two_colours_that_are_mixed_have_no_palette() {
    let flat = |color| Canvas::filled(70, 66, color);
    let traits = [flat([200, 0, 90, 255]), Canvas::empty(70, 66).rect([3, 3], [9, 9], [7, 7, 7, 255])];
    for (mode, color_type) in [(Blend::Normal, 3), (Blend::Multiply, 2)] {
        let layers = [
            LayerSketch::new([flat([10, 20, 30, 255]), flat([90, 200, 60, 255])]),
            LayerSketch::new(traits.clone()).blend(mode),
        ];
        let checked = check(mode.name(), &Sketch::new([70, 66], layers), 4, &SETTINGS[..1]);
        assert_eq!(checked.color_type(), color_type, "{mode:?}");
    }
}

/// Seventeen modes on top of each other: no reference says what comes of it, but both ways agree.
#[test]
fn all_modes_in_one_stack_are_the_same_both_ways() {
    let layers = Blend::ALL.iter().zip(0u32..).map(|(&mode, n)| {
        let traits = (0..2).map(|k| slopes(n % 3 + k, move |x, y| 255 - (x * (n + 1) + y) % 200));
        LayerSketch::new(traits).blend(mode).opacity(1000 - 40 * n).chance(900)
    });
    let sketch = Sketch::new(SIZE, layers);
    let dir = sketch.write();
    let spans = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
    let plan = choose(&spans, 3, 12);
    let (pressed, plain) =
        (press(&spans, &plan), press(&open(dir.path(), EncodingMode::Plain, Setting::USUAL), &plan));
    for index in 0..plan.len() {
        let [one, other] =
            [&pressed, &plain].map(|all| strict(all.picture(&plan, index)).expect("it can be read").canvas);
        assert_same(&format!("all modes {index}"), &other, &one);
    }
}
