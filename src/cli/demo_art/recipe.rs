//! The sample project's `collection.toml`, which is also a newcomer's first lesson in writing one.

/// The configuration for pictures of `side` x `side` pixels.
pub(super) fn collection_toml(side: u32) -> String {
    format!(
        r#"# What the file names do not say: the collection's name, its size, and which layer is in front of which.

name = "Cosy Creatures"
description = "Seven kinds of friendly creature, dressed for the day."

# Width and height of every picture, in pixels. Art of another size is refused unless `fit` says otherwise.
size = [{side}, {side}]

# How many items to make, and the seed that chooses them: the same seed chooses the same collection.
count = 100
seed = 7

# One block for each layer, in drawing order: the first is at the back, the last in front.
# A layer is the folder of its name in layers/. Every picture in it is a trait, and the number after the # is its
# weight: in this layer "Peach#24.png" comes twice as often as "Sunbeams#12.png".

[[layers]]
name = "Background"

[[layers]]
name = "Clothes"

# Creatures are drawn over the clothes, so that collars and hoods go round behind the head.
[[layers]]
name = "Creature"

# `chance` is how often a layer is there at all: three items in four have something on their cheeks.
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

# The other way to leave a layer out: the empty file "None#40.png" in its folder is drawn like any other trait,
# with its own weight.
[[layers]]
name = "Extra"
"#
    )
}
