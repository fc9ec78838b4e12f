// Where the bits of rows and spans lie: what `compress` of src/png/span.rs does from row to row.

// `is_cheaper_again`, with the bits that a copy is worth: the quotients by `max_match` are compared as products.
fn is_cheaper_again(bits: u32, ends: u32, copy: u32) -> bool {
    let count = (ends & 0x7fffu) + ((ends >> 16u) & 0x7fffu);
    return bits <= copy && count * given.long_copy < (copy - bits + 1u) * given.max_match;
}

// One invocation a span: its rows, its bytes and its sums.
@compute @workgroup_size(64)
fn lay_out(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let number = (group.x + group.y * LINE) * WORKGROUP + lane;
    if number >= given.spans {
        return;
    }
    let span = span_at(number);
    var to = SPAN_RESULTS + 4u * given.spans + 5u * span.row;
    // Of the last row: its first byte, its bits and its ends, and whether they mean the same in the row below.
    var at = 0u;
    var bits = 0u;
    var ends = 0u;
    var again = false;
    var bytes = 0u;
    var row_sum = 0u;
    var row_weighted = 0u;
    var sum = 0u;
    var weighted = 0u;
    var position = adler(1u + (span.x + u32(looks_left())) * given.bpp);
    for (var y = 0u; y < span.height; y++) {
        let row = rows[span.row + y];
        let is_new = row.equal == 0u;
        if is_new {
            row_sum = row.sum;
            row_weighted = row.weighted;
        }
        if is_new || (can_copy(span.width) && !(again && is_cheaper_again(bits, ends, span.copy))) {
            at = bytes;
            bits = row.bits;
            ends = row.ends;
            again = row.repeatable != 0u;
            rows[span.row + y].at = at;
            bytes += (bits + 7u) >> 3u;
        }
        atomicStore(&results[to], at);
        atomicStore(&results[to + 1u], bits);
        atomicStore(&results[to + 2u], ends);
        atomicStore(&results[to + 3u], row.first);
        atomicStore(&results[to + 4u], row.last);
        to += 5u;
        sum += row_sum;
        weighted += row_weighted + adler(position * row_sum);
        position = adler(position + given.stride);
    }
    let result = span_result(number);
    // Nothing is packed of what is given up.
    atomicStore(&results[result + 1u], select(bytes, 0u, is_given_up(number)));
    atomicStore(&results[result + 2u], adler(sum) | adler(weighted) << 16u);
}

var<workgroup> words_before: array<u32, 256>;

// One workgroup: where spans begin among the words of bits. What there is no room for is given up.
@compute @workgroup_size(256)
fn place_spans(@builtin(local_invocation_index) lane: u32) {
    let each = (given.spans + 255u) >> 8u;
    let first = lane * each;
    let end = min(given.spans, first + each);
    var own = 0u;
    for (var number = first; number < end; number++) {
        own += (atomicLoad(&results[span_result(number) + 1u]) + 3u) >> 2u;
    }
    words_before[lane] = own;
    workgroupBarrier();
    for (var step = 1u; step < 256u; step *= 2u) {
        var other = 0u;
        if lane >= step {
            other = words_before[lane - step];
        }
        workgroupBarrier();
        words_before[lane] += other;
        workgroupBarrier();
    }
    var base = words_before[lane] - own;
    for (var number = first; number < end; number++) {
        let words = (atomicLoad(&results[span_result(number) + 1u]) + 3u) >> 2u;
        atomicStore(&results[span_result(number)], base);
        base += words;
        if base > given.bits_room {
            give_up(number);
        }
    }
    if lane == 255u {
        atomicStore(&results[0], min(words_before[255], given.bits_room));
    }
}

// One invocation a row: its bits go where they belong. Rows begin with bytes, so their first and last words are shared.
@compute @workgroup_size(64)
fn pack(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let r = (group.x + group.y * LINE) * WORKGROUP + lane;
    if r >= given.rows {
        return;
    }
    let row = rows[r];
    let number = span_of(r);
    if row.at == NOWHERE || row.bits == 0u || is_given_up(number) {
        return;
    }
    let span = span_at(number);
    let words = words_of(row.bits);
    steps += words;
    if over_budget() {
        give_up(number);
        return;
    }
    let staged = STAGED * (span.pixel + (r - span.row) * span.width);
    var to = given.bits_at + atomicLoad(&results[span_result(number)]) + (row.at >> 2u);
    let shift = 8u * (row.at & 3u);
    var carry = 0u;
    for (var i = 0u; i < words; i++) {
        let word = staging[staged + i];
        let shifted = carry | word << shift;
        if i == 0u || i + 1u == words {
            atomicOr(&results[to], shifted);
        } else {
            atomicStore(&results[to], shifted);
        }
        carry = select(0u, word >> ((32u - shift) & 31u), shift > 0u);
        to++;
    }
    if carry != 0u {
        atomicOr(&results[to], carry);
    }
}
