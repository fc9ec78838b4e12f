// Pictures put together from compressed spans: `Encoder::join_row` of src/png/join.rs and `SeamWriter` of src/png/seams.rs.
//
// Nothing that waits goes on past the end of a row of pixels, so each row of each picture is an invocation of its own. It is walked
// twice by the same functions: first its bits are counted, and once it is clear where it begins, they are written.
//
// Loops count their steps in `steps`; an invocation that has more than `given.budget` of them gives its picture up, which the CPU
// then joins (see shaders/compress/pass.wgsl). What atomics do is unions of bits, which no schedule changes.

// In the order of `Parameters` in src/compositor/gpu/join/work.rs.
struct Join {
    pictures: u32,
    // Rows of pixels of a picture, and tile rows.
    height: u32,
    tile_rows: u32,
    budget: u32,
    // Bytes of a pixel, and of a row of the picture with its filter byte.
    bpp: u32,
    stride: u32,
    // As in src/png/filter.rs: none 0, sub 1, up 2, average 3, paeth 4.
    filter_kind: u32,
    // Words of all pictures' bits that there is room for.
    room: u32,
    min_match: u32,
    max_match: u32,
    // Bits of the block's header, which the CPU writes, and the code of its end.
    header_bits: u32,
    pad: u32,
    left: vec2<u32>,
    above: vec2<u32>,
    end: vec2<u32>,
    pad2: vec2<u32>,
}

// A row of pixels of a picture: its bits, or the bit that it begins with; sums of what is made of it here, of bytes and of
// bytes times their position in the picture, mod 65521. Of a picture's first row also the word that the picture's bits begin with.
struct Line { bits: u32, plain: u32, weighted: u32, word: u32 }

const WORKGROUP: u32 = 64u;

// Codes, as in shaders/compress/pass.wgsl.
@group(0) @binding(0) var<storage, read> tables: array<u32>;
// Of spans five words for each row, and the bits of all rows.
@group(0) @binding(1) var<storage, read> arena: array<u32>;
// By picture and tile row where its spans are listed; the lists: how many, and by span where its rows and its bits begin in the
// arena, and its column.
@group(0) @binding(2) var<storage, read> lists: array<u32>;
@group(0) @binding(3) var<storage, read_write> lines: array<Line>;
// By picture four words: its bits, the sums of all rows, and whether it is given up. Then the bits, picture by picture.
@group(0) @binding(4) var<storage, read_write> joined: array<atomic<u32>>;
@group(0) @binding(5) var<uniform> given: Join;

fn give_up(picture: u32) {
    atomicStore(&joined[4u * picture + 3u], 1u);
}

fn is_given_up(picture: u32) -> bool {
    return atomicLoad(&joined[4u * picture + 3u]) != 0u;
}

// The sum, or the largest number if it is larger.
fn add_up_to_most(a: u32, b: u32) -> u32 {
    let sum = a + b;
    return select(sum, 0xffffffffu, sum < a);
}

// Bits of this row so far; whether they are written, and then the word at hand and the first, which is shared with the row
// before.
var<private> count: u32;
var<private> is_writing: bool;
var<private> partial_word: u32;
var<private> fill: u32;
var<private> put_at: u32;
var<private> first_word: u32;

fn begin_writing(bit: u32, word: u32) {
    is_writing = true;
    partial_word = 0u;
    fill = bit & 31u;
    put_at = word + (bit >> 5u);
    first_word = put_at;
}

fn end_writing() {
    if fill > 0u {
        atomicOr(&joined[put_at], partial_word);
    }
}

fn put_word() {
    if put_at == first_word {
        atomicOr(&joined[put_at], partial_word);
    } else {
        atomicStore(&joined[put_at], partial_word);
    }
    put_at++;
}

// Appends the low `bits` of a word, at most 32; higher ones must be zero.
fn put(word: u32, bits: u32) {
    count += bits;
    if !is_writing {
        return;
    }
    partial_word |= word << fill;
    let filled = fill + bits;
    if filled >= 32u {
        put_word();
        partial_word = select(0u, word >> ((32u - fill) & 31u), fill > 0u);
        fill = filled - 32u;
    } else {
        fill = filled;
    }
}

// Appends so many bits that begin with a byte of the bits at a word of the arena.
fn copy(word: u32, byte: u32, bits: u32) {
    if !is_writing {
        count += bits;
        return;
    }
    var word_at = word + (byte >> 2u);
    let shift = 8u * (byte & 3u);
    var rest = bits;
    while rest > 0u && !over_budget() {
        steps++;
        var next = arena[word_at] >> shift;
        if shift > 0u {
            next |= arena[word_at + 1u] << (32u - shift);
        }
        let take = min(rest, 32u);
        if take < 32u {
            next &= (1u << take) - 1u;
        }
        put(next, take);
        rest -= take;
        word_at++;
    }
}

// Pixels that repeat others and wait for what follows, whether these are the ones to their left, and the last pixel, if there
// is one in this row.
var<private> waiting: u32;
var<private> waiting_left: bool;
var<private> last_pixel: u32;
var<private> has_last: bool;

// Matches of what waits (`SeamWriter::flush`).
fn flush() {
    put_repeats(waiting_left, waiting);
    waiting = 0u;
}

// Appends a row of a span (`SeamWriter::row`), which is at these words of the arena, as are its span's bits.
fn put_row(row: u32, span_bits: u32) {
    let ends = arena[row + 2u];
    let first = arena[row + 3u];
    let pixels = ends & 0x7fffu;
    let left = (ends & 0x8000u) != 0u;
    // Another colour begins here: its first pixel is written, and the others repeat it.
    let other = left && (!has_last || first != last_pixel);
    let turns = pixels > 0u && waiting > 0u && left != waiting_left;
    if other || turns {
        flush();
        if other {
            put_pixel(first);
        }
    }
    waiting += pixels - u32(other);
    if pixels > 0u {
        waiting_left = left;
    }
    last_pixel = arena[row + 4u];
    has_last = true;
    let bits = arena[row + 1u];
    let tail = (ends >> 16u) & 0x7fffu;
    if bits > 0u || tail > 0u {
        flush();
        copy(span_bits, arena[row], bits);
        waiting = tail;
        waiting_left = ends >> 31u != 0u;
    }
}

// The first pixel of a span under a filter that looks to the left (`Encoder::edge_row`).
fn filter_edge(pixel: u32, position: u32, left: u32, above: u32, above_left: u32) -> u32 {
    if given.filter_kind == 1u || position == 0u {
        return subtract_bytes(pixel, left);
    }
    if given.filter_kind == 3u {
        return subtract_bytes(pixel, average_bytes(left, above));
    }
    return subtract_bytes(pixel, paeth_bytes(left, above, above_left));
}

// The byte of a row's filter (`Filter::byte`).
fn filter_byte(position: u32) -> u32 {
    return select(given.filter_kind, u32(looks_left()), position == 0u);
}

// Walks row `y` of a picture; gives the sums of what is made here: of bytes, and of each times its position in the row.
fn walk(picture: u32, y: u32) -> vec2<u32> {
    count = 0u;
    waiting = 0u;
    waiting_left = false;
    has_last = false;
    let tile_row = y >> 5u;
    let position = y & 31u;
    let list = lists[picture * given.tile_rows + tile_row];
    let spans = lists[list];
    var sums = vec2<u32>(0u, 0u);
    var left = 0u;
    var above_left = 0u;
    put_byte(filter_byte(position));
    for (var i = 0u; i < spans && !over_budget(); i++) {
        steps++;
        let listed = list + 1u + 3u * i;
        let row = lists[listed] + 5u * position;
        if looks_left() {
            let x = lists[listed + 2u];
            var above = 0u;
            var last_above = 0u;
            if position > 0u {
                above = arena[row - 2u];
                last_above = arena[row - 1u];
            }
            let edge = filter_edge(arena[row + 3u], position, left, above, above_left);
            put_pixel(edge);
            let even = edge & 0x00ff00ffu;
            let odd = (edge >> 8u) & 0x00ff00ffu;
            let bytes = (even & 0xffffu) + (even >> 16u) + (odd & 0xffffu) + (odd >> 16u);
            let places = (odd & 0xffffu) + 2u * (even >> 16u) + 3u * (odd >> 16u);
            sums = vec2<u32>(adler(sums.x + bytes), adler(sums.y + (1u + x * given.bpp) * bytes + places));
            left = arena[row + 4u];
            above_left = last_above;
        }
        put_row(row, lists[listed + 1u]);
    }
    flush();
    return sums;
}
