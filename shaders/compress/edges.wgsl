// Where the colour changes, by the two colours: `Edges` of src/png/edges.rs for all rows of a span at once.
//
// The CPU adds the edges of a row once all above are parsed, and asks for the last edge of some colours. Here rows are parsed at
// the same time, so each edge has the answers for its own row: the last edge in rows above with the hash of its two colours,
// which is where the search for the end of its run begins, and the last in rows above with the hash of its second colour, for
// pixels of the run that it begins.
//
// An edge has the number, from 1, of its place among the pixels of its span: those of row y are row y's pixels.
//   x: its column in 14 bits, and how many pixels of the first colour are to its left in 14
//   y: the last edge before it with the same hash of both colours in 20 bits; in 5 above 27 the row that counts as its own, the
//      last of those that equal each other
//   z: the same in rows above only, in 20 bits; the upper 12 are half of the next
//   w: the last edge in rows above with the same hash of the second colour in 20 bits; the upper 12 are the other half: the
//      last before it
// Colours are compared by what follows these, so which edges share a hash decides the time alone, but for a search of one edge.

const HASHES: u32 = 1024u;
const NUMBER: u32 = 0xfffffu;

// Of two colours (`hash` of src/png/edges.rs).
fn hash(first: u32, second: u32) -> u32 {
    return ((first ^ ((second << 13u) | (second >> 19u))) * 0x9e3779b1u) >> 22u;
}

fn column_of(edge: vec4<u32>) -> u32 {
    return edge.x & 0x3fffu;
}

fn run_of(edge: vec4<u32>) -> u32 {
    return edge.x >> 14u;
}

fn before_of(edge: vec4<u32>) -> u32 {
    return edge.y & NUMBER;
}

fn row_of(edge: vec4<u32>) -> u32 {
    return edge.y >> 27u;
}

fn before_above_of(edge: vec4<u32>) -> u32 {
    return edge.z & NUMBER;
}

fn into_above_of(edge: vec4<u32>) -> u32 {
    return edge.w & NUMBER;
}

fn into_of(edge: vec4<u32>) -> u32 {
    return edge.z >> 20u | (edge.w >> 20u) << 12u;
}

// One invocation a row: its edges' columns and runs.
@compute @workgroup_size(64)
fn list_edges(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let r = (group.x + group.y * LINE) * WORKGROUP + lane;
    if r >= given.rows || rows[r].equal != 0u {
        return;
    }
    let number = span_of(r);
    let span = span_at(number);
    let y = r - span.row;
    let words = words_of(span.width);
    steps += words + rows[r].edges;
    if over_budget() {
        give_up(number);
        return;
    }
    var at = span.pixel + y * span.width;
    var start = 0u;
    for (var word = 0u; word < words; word++) {
        var bits = ~equal_bits[span.word + y * words + word].x;
        // The first pixel is none, and what is behind the last is not there.
        bits &= select(NOWHERE, NOWHERE - 1u, word == 0u);
        let count = span.width - 32u * word;
        bits &= select(NOWHERE, (1u << (count & 31u)) - 1u, count < 32u);
        while bits != 0u {
            let column = 32u * word + firstTrailingBit(bits);
            bits &= bits - 1u;
            edges[at] = vec4<u32>(column | (column - start) << 14u, 0u, 0u, 0u);
            start = column;
            at++;
        }
    }
}

// By hash, the number of the last edge.
var<workgroup> last_between: array<atomic<u32>, 1024>;
var<workgroup> last_into: array<atomic<u32>, 1024>;
// The hashes of 64 edges: of both colours, and above of the second.
var<workgroup> hashes: array<u32, 64>;
// Whether a row equals the one above, and how many edges it has; how many steps all rows take.
var<workgroup> row_now: vec2<u32>;
var<workgroup> steps_in_all: u32;

fn hashes_of(row: u32, column: u32) -> u32 {
    let first = pixels[row + column - 1u];
    let second = pixels[row + column];
    return hash(first, second) | hash(second, second) << 16u;
}

// One workgroup a span: links each edge to those before it, row by row.
@compute @workgroup_size(64)
fn link_edges(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let number = group.x + group.y * LINE;
    if number >= given.spans {
        return;
    }
    let span = span_at(number);
    if lane == 0u {
        var all = 64u;
        for (var y = 0u; y < span.height; y++) {
            let one = rows[span.row + y];
            // A step for what is above, and at most seventeen for each 64 edges.
            all += select(18u * ((one.edges + 63u) >> 6u), 1u, one.equal != 0u);
        }
        if is_given_up(number) {
            all = NOWHERE;
        }
        steps_in_all = all;
    }
    steps += workgroupUniformLoad(&steps_in_all);
    if over_budget() {
        give_up(number);
        return;
    }
    for (var i = lane; i < HASHES; i += WORKGROUP) {
        atomicStore(&last_between[i], 0u);
        atomicStore(&last_into[i], 0u);
    }
    workgroupBarrier();
    for (var y = 0u; y < span.height; y++) {
        if lane == 0u {
            row_now = vec2<u32>(rows[span.row + y].equal, rows[span.row + y].edges);
        }
        let now = workgroupUniformLoad(&row_now);
        if now.x != 0u {
            continue;
        }
        // Of rows that equal each other the last is the nearest.
        var nearest = y;
        while nearest + 1u < span.height && rows[span.row + nearest + 1u].equal != 0u {
            nearest++;
        }
        let offset = y * span.width;
        let row = span.pixel + offset;
        let count = now.y;
        if lane == 0u && span.width > 0u {
            let first = pixels[row];
            rows[span.row + y].into = atomicLoad(&last_into[hash(first, first)]);
        }
        for (var i = lane; i < count; i += WORKGROUP) {
            let own = hashes_of(row, column_of(edges[row + i]));
            edges[row + i].z = atomicLoad(&last_between[own & 0xffffu]);
            edges[row + i].w = atomicLoad(&last_into[own >> 16u]);
        }
        workgroupBarrier();
        for (var start = 0u; start < count; start += WORKGROUP) {
            let i = start + lane;
            let is_edge = i < count;
            var own = 0u;
            if is_edge {
                own = hashes_of(row, column_of(edges[row + i]));
            }
            hashes[lane] = own;
            workgroupBarrier();
            let between = own & 0xffffu;
            let into = own >> 16u;
            var before = 0u;
            var into_before = 0u;
            if is_edge {
                // Of those in the same 64, from the last on, four a step.
                let base = offset + start;
                for (var j = lane; j > 0u && (before == 0u || into_before == 0u); j -= min(j, 4u)) {
                    for_earlier(j, between, into, base, &before, &into_before);
                    for_earlier(max(j, 1u) - 1u, between, into, base, &before, &into_before);
                    for_earlier(max(j, 2u) - 2u, between, into, base, &before, &into_before);
                    for_earlier(max(j, 3u) - 3u, between, into, base, &before, &into_before);
                }
                before = select(before, atomicLoad(&last_between[between]), before == 0u);
                into_before = select(into_before, atomicLoad(&last_into[into]), into_before == 0u);
            }
            workgroupBarrier();
            if is_edge {
                let own_number = offset + i + 1u;
                atomicMax(&last_between[between], own_number);
                atomicMax(&last_into[into], own_number);
                let edge = edges[row + i];
                edges[row + i] = vec4<u32>(
                    edge.x,
                    before | nearest << 27u,
                    edge.z | into_before << 20u,
                    edge.w | (into_before >> 12u) << 20u,
                );
            }
            workgroupBarrier();
        }
    }
}

// Takes the edge before lane `j` of the 64, unless one behind it was taken.
fn for_earlier(
    j: u32,
    between: u32,
    into: u32,
    base: u32,
    before: ptr<function, u32>,
    into_before: ptr<function, u32>,
) {
    if j == 0u {
        return;
    }
    let other = hashes[j - 1u];
    if *before == 0u && (other & 0xffffu) == between {
        *before = base + j;
    }
    if *into_before == 0u && (other >> 16u) == into {
        *into_before = base + j;
    }
}
