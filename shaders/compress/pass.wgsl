// What all kernels share that compress spans: where their inputs and results lie, and how a span is given up.
//
// A pass compresses the spans of a render target. Their pixels lie one after another, span by span and row by row, as the CPU
// has them (src/png/span.rs), and so does all that is kept by pixel or by row. Each kernel does for all spans of the pass
// what a function of src/png does for one, and its comment names that function: both are changed together.
//
// The kernels need no division and no order between workgroups; what atomics do is sums, unions and maxima of integers, which
// no schedule changes. Loops count their steps in `steps`: an invocation that has more than `given.budget` of them marks its
// span, which the CPU then compresses. (Mesa's llvmpipe ends all loops of an invocation, and says nothing, after 65,535
// iterations that eight invocations share; on a card the budget bounds the time of a row.)

// Inputs of a pass, in the order of `Parameters` in src/compositor/gpu/compress/work.rs.
struct Pass {
    rows: u32,
    spans: u32,
    // The target has two to the power of this cells in a row.
    cells: u32,
    budget: u32,
    // Words of the results' bits: where they begin and how many there may be.
    bits_at: u32,
    bits_room: u32,
    // Bytes of a pixel, and of a row of the picture with its filter byte.
    bpp: u32,
    stride: u32,
    min_match: u32,
    max_match: u32,
    sure_match: u32,
    // As in src/png/filter.rs: none 0, sub 1, up 2, average 3, paeth 4.
    filter_kind: u32,
    // Edges that are tried at each pixel, if any are.
    edges: u32,
    // Whether samples are entries of a palette.
    indexed: u32,
    // And the bits of a pixel that samples have.
    mask: u32,
    reaches_above: u32,
    // The second half of a match with the pixel to the left, and with those straight above: the code, and its bits.
    left: vec2<u32>,
    above: vec2<u32>,
    // Bits of the longest copy from straight above.
    long_copy: u32,
    // Whether matches are chosen for whole rows.
    whole_rows: u32,
    // Composited pixels that become one, a side, and whether they are premultiplied (samples.wgsl).
    factor: u32,
    premultiplied: u32,
}

// A span: the first of its filtered pixels, of its words of bits and of its rows; pixels of a filtered row, rows; its first
// column in the picture, its first cell on the target, and the bits that a row is worth as a copy of the one above.
struct Span { pixel: u32, word: u32, row: u32, width: u32, height: u32, x: u32, cell: u32, copy: u32 }

// What is found out about a row. `ends` has what it begins with in the low half and what it ends with in the high one
// (`Stretch` in src/png/rows.rs). `at` is where its own bits begin in the span, if it has any there.
struct Row {
    equal: u32,
    edges: u32,
    sum: u32,
    weighted: u32,
    bits: u32,
    ends: u32,
    repeatable: u32,
    // The last edge in rows above that begins the row's first colour.
    into: u32,
    first: u32,
    last: u32,
    at: u32,
    pad: u32,
}

const NOWHERE: u32 = 0xffffffffu;
const WORKGROUP: u32 = 64u;
// Workgroups of a dispatch in a line; there are more lines where that is not enough.
const LINE: u32 = 32768u;

// Codes of literals (the code, and its bits above), lengths by pixels (bits above 24), distances, a palette's entries and its
// look-up table.
@group(0) @binding(0) var<storage, read> tables: array<u32>;
const DISTANCES: u32 = 544u;
const ENTRIES: u32 = 576u;
const SLOTS: u32 = 832u;
// The spans, eight words each, and then the number of each row's span.
@group(0) @binding(1) var<storage, read> work: array<u32>;
@group(0) @binding(2) var<storage, read_write> pixels: array<u32>;
// For 32 pixels each a word of those that equal the one to the left, and one of those that equal the one above.
@group(0) @binding(3) var<storage, read_write> equal_bits: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read_write> rows: array<Row>;
// A row's edges, from its first pixel's place on; see edges.wgsl.
@group(0) @binding(5) var<storage, read_write> edges: array<vec4<u32>>;
// A row's bits, from four times its first pixel's place on; half of the room is for what is considered before (optimal.wgsl).
@group(0) @binding(6) var<storage, read_write> staging: array<u32>;
// Words of bits in all; from word 4 on by span where its bits begin among these, its bytes, its two sums, and whether it is
// given up; by row five words as in `Row` of src/png/rows.rs; the bits.
@group(0) @binding(7) var<storage, read_write> results: array<atomic<u32>>;
const SPAN_RESULTS: u32 = 4u;
const STAGED: u32 = 4u;
@group(0) @binding(8) var composited: texture_2d<u32>;
@group(0) @binding(9) var<uniform> given: Pass;

fn span_at(number: u32) -> Span {
    let at = 8u * number;
    return Span(
        work[at], work[at + 1u], work[at + 2u], work[at + 3u],
        work[at + 4u], work[at + 5u], work[at + 6u], work[at + 7u],
    );
}

fn span_of(row: u32) -> u32 {
    return work[8u * given.spans + row];
}

// Words of bits of a row of so many pixels.
fn words_of(width: u32) -> u32 {
    return (width + 31u) >> 5u;
}

// Whether what a row begins and ends with may go on in other spans (`RowCoder`).
fn joins() -> bool {
    return !looks_left();
}

// Whether a row can begin with a run that may go on from another span (`Method::opens`).
fn opens() -> bool {
    return given.min_match == 1u && !looks_left();
}

// Whether rows that equal the one above can be copies of it (`Method::can_copy`).
fn can_copy(width: u32) -> bool {
    return given.reaches_above != 0u && width >= given.min_match;
}

fn span_result(span: u32) -> u32 {
    return SPAN_RESULTS + 4u * span;
}

fn give_up(span: u32) {
    atomicStore(&results[span_result(span) + 3u], 1u);
}

fn is_given_up(span: u32) -> bool {
    return atomicLoad(&results[span_result(span) + 3u]) != 0u;
}
