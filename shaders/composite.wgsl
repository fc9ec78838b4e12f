// Composites the tiles of spans: one instance is one tile, one fragment four pixels of a row.
//
// It follows over.wgsl, blend.wgsl, straight.wgsl and clip.wgsl. Textures hold four packed pixels a texel, so that the cost of finding a texel is
// paid once for four pixels. An instance brings the cell of the target that it fills and its stack: up to four entries
// itself, or a run of `entries`, from bottom to top. Over a run a fragment looks from the top down for the first
// entry that hides all below, for most pixels of a stack are empty or hidden, and then blends upwards from there.

// What one trait shows in one tile. x: the blend mode in bits 0 to 7, bit 8 for a single colour, bit 9 for what is clipped to the
// entry below, bit 10 for a mask of the entry above; y: that colour, or
// where the tile lies in the atlas: column in bits 0 to 7, row in 8 to 15, page in 16 to 31.
@group(0) @binding(1) var<storage, read> entries: array<vec2<u32>>;
@group(0) @binding(2) var atlas: texture_2d_array<u32>;
// Width and height of the target in cells.
@group(0) @binding(3) var<uniform> target_cells: vec4<u32>;

// Width and height of a tile in texels.
const TILE: vec2<u32> = vec2<u32>(16u, 32u);
const SOLID: u32 = 256u;
const CLIPPED: u32 = 512u;
const MASK: u32 = 1024u;
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

// instance: cell column and row, width in texels and height (16 bits each), and what `Varyings.stack` holds.
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

// Four pixels of a tile in the atlas: column in bits 0 to 7 of `slot`, row in 8 to 15, page in 16 to 31.
fn texel(slot: u32, at: vec2<u32>) -> vec4<u32> {
    let tile = vec2<u32>(slot & 0xffu, (slot >> 8u) & 0xffu);
    return textureLoad(atlas, tile * TILE + at, slot >> 16u, 0);
}

fn fetch(entry: vec2<u32>, at: vec2<u32>) -> vec4<u32> {
    if (entry.x & SOLID) != 0u {
        return vec4<u32>(entry.y);
    }
    return texel(entry.y, at);
}

// Whether pixels are straight, or premultiplied.
override STRAIGHT: bool = false;

fn over4(s: vec4<u32>, d: vec4<u32>) -> vec4<u32> {
    if !STRAIGHT {
        return vec4<u32>(over(s.x, d.x), over(s.y, d.y), over(s.z, d.z), over(s.w, d.w));
    }
    if all(d >= vec4<u32>(OPAQUE)) {
        return vec4<u32>(
            over(premultiply(s.x), d.x),
            over(premultiply(s.y), d.y),
            over(premultiply(s.z), d.z),
            over(premultiply(s.w), d.w),
        );
    }
    var out = d;
    for (var i = 0u; i < 4u; i++) {
        out[i] = straight_normal(s[i], d[i]);
    }
    return out;
}

fn blend4(mode: u32, s: vec4<u32>, d: vec4<u32>) -> vec4<u32> {
    // A loop, lest the whole set of modes be compiled four times.
    var out = d;
    for (var i = 0u; i < 4u; i++) {
        if STRAIGHT {
            out[i] = blend_straight(mode, s[i], d[i]);
        } else {
            out[i] = blend(mode, s[i], d[i]);
        }
    }
    return out;
}

fn clip4(mode: u32, s: vec4<u32>, d: vec4<u32>) -> vec4<u32> {
    var out = d;
    for (var i = 0u; i < 4u; i++) {
        if STRAIGHT {
            out[i] = clip_straight(mode, s[i], d[i]);
        } else {
            out[i] = clip(mode, s[i], d[i]);
        }
    }
    return out;
}

fn masked4(s: vec4<u32>, mask: vec4<u32>) -> vec4<u32> {
    var out = s;
    for (var i = 0u; i < 4u; i++) {
        if STRAIGHT {
            out[i] = masked_straight(s[i], mask[i]);
        } else {
            out[i] = mul8x4(s[i], mask[i] >> 24u);
        }
    }
    return out;
}

// How many entries a shallow stack has, and whether the lowest is a single colour: fixed when the pipeline is made, so
// that no loop over entries, no branch on their number and no buffer is left.
override DEPTH: u32 = 2u;
override SOLID_BASE: bool = false;

fn shallow_fetch(value: u32, solid: bool, at: vec2<u32>) -> vec4<u32> {
    if solid {
        return vec4<u32>(value);
    }
    return texel(value, at);
}

// Stacks of two to four entries in which every layer is normal: most of them.
@fragment
fn composite_shallow(in: Varyings) -> @location(0) vec4<u32> {
    let at = vec2<u32>(in.position.xy) - in.origin;
    let solid = in.stack.x;
    var base = shallow_fetch(in.shallow.x, SOLID_BASE, at);
    base = over4(shallow_fetch(in.shallow.y, (solid & 2u) != 0u, at), base);
    if DEPTH > 2u {
        base = over4(shallow_fetch(in.shallow.z, (solid & 4u) != 0u, at), base);
    }
    if DEPTH > 3u {
        base = over4(shallow_fetch(in.shallow.w, (solid & 8u) != 0u, at), base);
    }
    return base;
}

// Deeper stacks in which every layer is normal.
@fragment
fn composite_over(in: Varyings) -> @location(0) vec4<u32> {
    let at = vec2<u32>(in.position.xy) - in.origin;
    var below = in.stack.y;
    var base = vec4<u32>(0u);
    // The first entry from the top that is not empty here, and what it shows.
    var highest = in.stack.x;
    var top = vec4<u32>(0u);
    while below > in.stack.x {
        below -= 1u;
        let source = fetch(entries[below], at);
        if all(source >= vec4<u32>(OPAQUE)) {
            base = source;
            below += 1u;
            break;
        }
        if all(top == vec4<u32>(0u)) && any(source != vec4<u32>(0u)) {
            highest = below;
            top = source;
        }
    }
    while below < highest {
        base = over4(fetch(entries[below], at), base);
        below += 1u;
    }
    return over4(top, base);
}

// The number of the entry that is drawn or clipped at `at`, or behind the masks there.
fn behind_masks(first: u32, end: u32) -> u32 {
    var at = first;
    while at < end && (entries[at].x & MASK) != 0u {
        at += 1u;
    }
    return at;
}

// One picture of a stack behind its masks: `next` is the number of its first mask, or its own, and is left behind it.
fn masked_fetch(next: ptr<function, u32>, end: u32, at: vec2<u32>) -> vec4<u32> {
    let first = *next;
    let own = behind_masks(first, end);
    *next = own + 1u;
    var source = fetch(entries[own], at);
    for (var mask = first; mask < own; mask++) {
        source = masked4(source, fetch(entries[mask], at));
    }
    return source;
}

// Stacks with any mode, and with pictures that are clipped or masked.
@fragment
fn composite_blend(in: Varyings) -> @location(0) vec4<u32> {
    let at = vec2<u32>(in.position.xy) - in.origin;
    let end = in.stack.y;
    // From the top down, the first picture that hides all below: a normal one that is neither masked nor clipped.
    var below = end;
    var start = in.stack.x;
    while below > in.stack.x {
        below -= 1u;
        let entry = entries[below];
        let is_masked = below > in.stack.x && (entries[max(below, 1u) - 1u].x & MASK) != 0u;
        if (entry.x & (0xffu | CLIPPED | MASK)) == 0u && !is_masked && all(fetch(entry, at) >= vec4<u32>(OPAQUE)) {
            start = below;
            break;
        }
    }
    var base = vec4<u32>(0u);
    var next = start;
    while next < end {
        let mode = entries[behind_masks(next, end)].x & 0xffu;
        var unit = masked_fetch(&next, end, at);
        // What is clipped to it.
        var clipped = behind_masks(next, end);
        while clipped < end && (entries[clipped].x & CLIPPED) != 0u {
            unit = clip4(entries[clipped].x & 0xffu, masked_fetch(&next, end, at), unit);
            clipped = behind_masks(next, end);
        }
        base = blend4(mode, unit, base);
    }
    return base;
}
