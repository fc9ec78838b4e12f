// What the kernels that compress and those that join share: codes of pixels and of matches (src/png/huffman_tables.rs), steps, and
// Adler-32. They are put together with a `put`, with the tables of codes and with `given`, which each of both has for itself.

// Where codes of lengths begin in `tables`; those of literals are before them.
const LENGTHS: u32 = 256u;

fn looks_left() -> bool {
    return given.filter_kind == 1u || given.filter_kind > 2u;
}

// Iterations of this invocation's loops; a test has them begin above every budget.
override STEPS_BEFORE: u32 = 0u;
var<private> steps: u32 = STEPS_BEFORE;

fn over_budget() -> bool {
    return steps > given.budget;
}

// The remainder by 65521, Adler-32's modulus: 65536 leaves 15.
fn adler(sum: u32) -> u32 {
    let once = (sum & 0xffffu) + 15u * (sum >> 16u);
    let twice = (once & 0xffffu) + 15u * (once >> 16u);
    return select(twice, twice - 65521u, twice >= 65521u);
}

fn put_byte(byte: u32) {
    let code = tables[byte & 255u];
    put(code & 0xffffu, code >> 16u);
}

fn put_pixel(pixel: u32) {
    put_byte(pixel);
    if given.bpp > 1u {
        put_byte(pixel >> 8u);
        put_byte(pixel >> 16u);
    }
    if given.bpp > 3u {
        put_byte(pixel >> 24u);
    }
}

fn put_length(length: u32) {
    let code = tables[LENGTHS + length];
    put(code & 0xffffffu, code >> 24u);
}

// Matches of so many pixels that repeat the one to their left, or else those straight above (`put_repeats`, `pieces`).
fn put_repeats(left: bool, count: u32) {
    if count == 0u {
        return;
    }
    let second = select(given.above, given.left, left);
    var rest = count;
    while rest > given.max_match {
        steps++;
        let short = rest - given.max_match < given.min_match;
        let take = given.max_match - select(0u, given.min_match, short);
        put_length(take);
        put(second.x, second.y);
        rest -= take;
    }
    put_length(rest);
    put(second.x, second.y);
}
