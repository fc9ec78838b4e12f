//! The sample project's `collection.toml`, which is also a newcomer's first lesson in writing one.

/// The configuration for pictures of `side` x `side` pixels.
pub(super) fn collection_toml(side: u32) -> String {
    format!(
        r#"# Settings that file names do not contain: name, size, and the drawing order of the layers.

name = "Cosy Creatures"
description = "Seven kinds of friendly creature, dressed for the day."

# Width and height of every picture, in pixels. Art of another size is an error unless `fit` is set.
size = [{side}, {side}]

# The number of items, and the seed of the selection: the same seed selects the same items.
count = 100
seed = 7

# One block per layer, in drawing order: the first is at the back, the last in front.
# A layer is the folder of its name in layers/. Every picture in it is a trait, and the number after the # is its
# weight: in this layer "Peach#24.png" comes twice as often as "Sunbeams#12.png".

[[layers]]
name = "Background"

[[layers]]
name = "Clothes"

# Creatures are drawn over the clothes, so that collars and hoods are behind the head.
[[layers]]
name = "Creature"

# `chance` is the probability of a layer: three of four items show something on their cheeks.
[[layers]]
name = "Cheeks"
chance = 0.75

[[layers]]
name = "Mouth"

[[layers]]
name = "Eyes"

[[layers]]
name = "Hat"
chance = 0.6

# The other way to omit a layer: the empty file "None#40.png" in its folder is drawn like any other trait,
# with its own weight.
[[layers]]
name = "Extra"
"#
    )
}
