//! Random small projects: pressed pictures equal the reference compositor's.

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use traitpress::engine::EncodingMode;
use traitpress::pixel::Blend;

use crate::common::blending::tolerance;
use crate::common::canvas::{Canvas, Rgba};
use crate::common::differ::{near, report};
use crate::common::press::{Setting, choose, open};
use crate::common::readers::strict;
use crate::common::reference::{Reference, Stored};
use crate::common::sketch::{LayerSketch, Sketch};
use crate::common::walker::walk;

/// A rectangle in 256ths of the canvas, so that it can be drawn before the canvas is known.
type Rectangle = ([u32; 2], [u32; 2], Rgba);

fn color() -> impl Strategy<Value = Rgba> {
    let alpha = prop_oneof![3 => Just(255u8), 1 => Just(0u8), 2 => any::<u8>()];
    (any::<[u8; 3]>(), alpha).prop_map(|([r, g, b], a)| [r, g, b, a])
}

fn rectangle() -> impl Strategy<Value = Rectangle> {
    ([0..256u32, 0..256u32], [0..300u32, 0..300u32], color())
}

fn trait_of_rectangles() -> impl Strategy<Value = Vec<Rectangle>> {
    prop::collection::vec(rectangle(), 0..5)
}

type Layer = (u32, u32, Blend, Vec<Vec<Rectangle>>);

/// The modes in which pictures are the reference's to the last bit, or those in which they need not be.
fn modes(exact: bool) -> impl Strategy<Value = Blend> {
    let modes = Blend::ALL.iter().copied().filter(|&mode| (tolerance(mode) == 0) == exact);
    prop::sample::select(modes.collect::<Vec<_>>())
}

fn layer() -> impl Strategy<Value = Layer> {
    let chance = prop_oneof![2 => Just(1000u32), 1 => 1..1000u32];
    let opacity = prop_oneof![3 => Just(1000u32), 1 => 0..=1000u32];
    let blend = prop_oneof![2 => Just(Blend::Normal), 1 => modes(true)];
    (chance, opacity, blend, prop::collection::vec(trait_of_rectangles(), 1..4))
}

fn side() -> impl Strategy<Value = u32> {
    prop_oneof![3 => 1..=200u32, 1 => prop::sample::select(vec![1u32, 2, 3, 63, 64, 65, 127, 128, 129])]
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let background = prop::option::weighted(0.3, color());
    // Perhaps one layer in a mode that is not exact; then those above it are normal.
    let inexact = prop::option::weighted(0.4, (any::<prop::sample::Index>(), modes(false)));
    ([side(), side()], background, prop::collection::vec(layer(), 1..6), inexact).prop_map(
        |(size, background, mut layers, inexact)| {
            if let Some((index, mode)) = inexact {
                let first = index.index(layers.len());
                layers[first..].iter_mut().for_each(|layer| layer.2 = Blend::Normal);
                layers[first].2 = mode;
            }
            let draw = |rectangles: Vec<Rectangle>| {
                let part = |side: u32, of: u32| side * of / 256;
                let [width, height] = size;
                rectangles.into_iter().fold(Canvas::empty(width, height), |canvas, (at, extent, color)| {
                    let at = [part(width, at[0]), part(height, at[1])];
                    canvas.rect(at, [part(width, extent[0]), part(height, extent[1])], color)
                })
            };
            let layers = layers.into_iter().map(|(chance, opacity, blend, traits)| {
                LayerSketch::new(traits.into_iter().map(draw)).chance(chance).opacity(opacity).blend(blend)
            });
            Sketch { background, ..Sketch::new(size, layers) }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        max_shrink_iters: 200,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("proptest-regressions/pictures.txt"))),
        ..ProptestConfig::default()
    })]

    #[test]
    fn pressed_pictures_equal_the_reference(sketch in sketch(), seed: u64) {
        let dir = sketch.write();
        let engine = open(dir.path(), EncodingMode::Spans, Setting::USUAL);
        let plan = choose(&engine, seed, 4);
        let reference = Reference::decode(&sketch, dir.path());
        let plain = open(dir.path(), EncodingMode::Plain, Setting::USUAL);
        for index in 0..plan.len() {
            let item = plan.item(index);
            let file = engine.render(&item).expect("the item is possible");
            let walked = walk(&file).map_err(TestCaseError::fail)?;
            let expected = reference.picture(&item, Stored::as_type(walked.color_type));
            let walked = walked.canvas;
            let read = strict(&file).map_err(TestCaseError::fail)?.canvas;
            let is_near = near(sketch.tolerance(), &expected, &read);
            prop_assert!(is_near, "{}", report("property", &expected, &read));
            prop_assert!(walked == read, "{}", report("property walked", &read, &walked));
            let whole = strict(&plain.render(&item).expect("the item is possible"));
            let whole = whole.map_err(TestCaseError::fail)?.canvas;
            prop_assert!(whole == read, "{}", report("property plain", &whole, &read));
        }
    }
}
