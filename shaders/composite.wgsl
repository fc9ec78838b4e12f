// Composites the tiles of spans: one instance is one tile, one fragment one pixel.
//
// Stands after over.wgsl and blend.wgsl. An instance brings the cell of the target that it fills and its stack, a
// run of `entries` from bottom to top. A fragment looks from the top down for the first pixel that hides all below,
// for most pixels of a stack are empty or hidden, and then blends upwards from there.

// What one trait shows in one tile. x: the blend mode in bits 0 to 7, bit 8 for a single colour; y: that colour, or
// where the tile lies in the atlas: column in bits 0 to 7, row in 8 to 15, page in 16 to 31.
@group(0) @binding(1) var<storage, read> entries: array<vec2<u32>>;
@group(0) @binding(2) var atlas: texture_2d_array<u32>;
// Width and height of the target in cells.
@group(0) @binding(3) var<uniform> target_cells: vec4<u32>;

const TILE: u32 = 64u;
const SOLID: u32 = 256u;
const OPAQUE: u32 = 0xff000000u;

struct Varyings {
    @builtin(position) position: vec4<f32>,
    // The cell's upper left pixel on the target.
    @location(0) @interpolate(flat, either) origin: vec2<u32>,
    // First entry and the one after the last; for shallow stacks which entries are single colours, a bit each.
    @location(1) @interpolate(flat, either) stack: vec2<u32>,
    // The entries of a shallow stack.
    @location(2) @interpolate(flat, either) shallow: vec4<u32>,
}

// instance: cell column and row (16 bits each), width and height (16 bits each), and what `Varyings.stack` holds.
@vertex
fn place(
    @builtin(vertex_index) corner: u32,
    @location(0) instance: vec4<u32>,
    @location(1) shallow: vec4<u32>,
) -> Varyings {
    let cell = vec2<u32>(instance.x & 0xffffu, instance.x >> 16u);
    let size = vec2<u32>(instance.y & 0xffffu, instance.y >> 16u);
    let origin = cell * TILE;
    let at = origin + size * vec2<u32>(corner & 1u, corner >> 1u);
    // The target's sides are powers of two, so these positions are exact.
    let on_target = vec2<f32>(at) / vec2<f32>(target_cells.xy * TILE);
    var out: Varyings;
    out.position = vec4<f32>(on_target.x * 2.0 - 1.0, 1.0 - on_target.y * 2.0, 0.0, 1.0);
    out.origin = origin;
    out.stack = instance.zw;
    out.shallow = shallow;
    return out;
}

// The pixel of a tile in the atlas: column in bits 0 to 7 of `slot`, row in 8 to 15, page in 16 to 31.
fn texel(slot: u32, at: vec2<u32>) -> u32 {
    let tile = vec2<u32>(slot & 0xffu, (slot >> 8u) & 0xffu);
    let texel = textureLoad(atlas, tile * TILE + at, slot >> 16u, 0);
    return texel.r | (texel.g << 8u) | (texel.b << 16u) | (texel.a << 24u);
}

fn fetch(entry: vec2<u32>, at: vec2<u32>) -> u32 {
    if (entry.x & SOLID) != 0u {
        return entry.y;
    }
    return texel(entry.y, at);
}

fn unpacked(pixel: u32) -> vec4<u32> {
    return vec4<u32>(pixel, pixel >> 8u, pixel >> 16u, pixel >> 24u) & vec4<u32>(255u);
}

// How many entries a shallow stack has, and whether the lowest is a single colour: known when the pipeline is made, so
// that no loop, no branch and no buffer is left.
override DEPTH: u32 = 2u;
override SOLID_BASE: bool = false;

fn shallow_fetch(value: u32, solid: bool, at: vec2<u32>) -> u32 {
    if solid {
        return value;
    }
    return texel(value, at);
}

// Stacks of two to four entries in which every layer is normal: most of them.
@fragment
fn composite_shallow(in: Varyings) -> @location(0) vec4<u32> {
    let at = vec2<u32>(in.position.xy) - in.origin;
    let solid = in.stack.x;
    var base = shallow_fetch(in.shallow.x, SOLID_BASE, at);
    base = over(shallow_fetch(in.shallow.y, (solid & 2u) != 0u, at), base);
    if DEPTH > 2u {
        base = over(shallow_fetch(in.shallow.z, (solid & 4u) != 0u, at), base);
    }
    if DEPTH > 3u {
        base = over(shallow_fetch(in.shallow.w, (solid & 8u) != 0u, at), base);
    }
    return unpacked(base);
}

// Deeper stacks in which every layer is normal.
@fragment
fn composite_over(in: Varyings) -> @location(0) vec4<u32> {
    let at = vec2<u32>(in.position.xy) - in.origin;
    var below = in.stack.y;
    var highest = in.stack.x;
    var top = 0u;
    var base = 0u;
    while below > in.stack.x {
        below -= 1u;
        let source = fetch(entries[below], at);
        if source >= OPAQUE {
            base = source;
            below += 1u;
            break;
        }
        if source != 0u && top == 0u {
            highest = below;
            top = source;
        }
    }
    if top == 0u {
        return unpacked(base);
    }
    while below < highest {
        base = over(fetch(entries[below], at), base);
        below += 1u;
    }
    return unpacked(over(top, base));
}

// Stacks with any mode.
@fragment
fn composite_blend(in: Varyings) -> @location(0) vec4<u32> {
    let at = vec2<u32>(in.position.xy) - in.origin;
    var below = in.stack.y;
    var base = 0u;
    while below > in.stack.x {
        below -= 1u;
        let entry = entries[below];
        if (entry.x & 0xffu) == 0u {
            let source = fetch(entry, at);
            if source >= OPAQUE {
                base = source;
                below += 1u;
                break;
            }
        }
    }
    while below < in.stack.y {
        let entry = entries[below];
        base = blend(entry.x & 0xffu, fetch(entry, at), base);
        below += 1u;
    }
    return unpacked(base);
}
