// The parts of a row become bits, and what may go on beside it: `RowCoder` of src/png/rows.rs.

// Pixels that no bits were written for yet, and whether they repeat the one to the left.
var<private> waiting: u32;
var<private> waiting_left: bool;
var<private> head: u32;
var<private> has_head: bool;
var<private> repeatable: u32;

fn begin_row(staged: u32) {
    begin_bits(staged);
    waiting = 0u;
    waiting_left = false;
    head = 0u;
    has_head = false;
    repeatable = 1u;
}

// `Stretch::new`
fn stretch() -> u32 {
    return waiting | select(0u, 0x8000u, waiting_left && waiting > 0u);
}

fn flush() {
    if !has_head && joins() {
        head = stretch();
        has_head = true;
    } else {
        put_repeats(waiting_left, waiting);
    }
    waiting = 0u;
}

fn wait(left: bool, count: u32) {
    if waiting > 0u && waiting_left != left {
        flush();
    }
    waiting_left = left;
    waiting += count;
}

fn end_row(r: u32, staged: u32) {
    if !joins() {
        flush();
    }
    let rest = stretch();
    if !has_head {
        head = rest;
    }
    rows[r].ends = head | select(0u, rest, has_head) << 16u;
    rows[r].bits = end_bits(staged);
    rows[r].repeatable = repeatable;
}

fn put_literal(pixel: u32) {
    flush();
    put_pixel(pixel);
}

fn put_back(length: u32, distance: u32) {
    flush();
    repeatable = 0u;
    put_length(length);
    put_distance(distance);
}
