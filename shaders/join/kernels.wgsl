// The kernels that join, in the order in which they run.

// One invocation a row of a picture: its bits and its sums.
@compute @workgroup_size(64)
fn measure_rows(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let picture = group.y;
    let y = group.x * WORKGROUP + lane;
    if y >= given.height {
        return;
    }
    let line = picture * given.height + y;
    let sums = walk(picture, y);
    // Positions in the picture begin where the row does.
    let weighted = adler(sums.y + adler(adler(y * given.stride) * sums.x));
    lines[line] = Line(count, sums.x, weighted, 0u);
    if over_budget() {
        give_up(picture);
    }
}

var<workgroup> bits_before: array<u32, 256>;
var<workgroup> plain: array<u32, 256>;
var<workgroup> weighted: array<u32, 256>;

// One workgroup a picture: where its rows begin, its bits and its sums.
@compute @workgroup_size(256)
fn place_rows(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let picture = group.x;
    let each = (given.height + 255u) >> 8u;
    let first = picture * given.height + min(given.height, lane * each);
    let end = picture * given.height + min(given.height, (lane + 1u) * each);
    var own = 0u;
    var sums = vec2<u32>(0u, 0u);
    for (var line = first; line < end; line++) {
        own = add_up_to_most(own, lines[line].bits);
        sums = vec2<u32>(adler(sums.x + lines[line].plain), adler(sums.y + lines[line].weighted));
    }
    bits_before[lane] = own;
    plain[lane] = sums.x;
    weighted[lane] = sums.y;
    workgroupBarrier();
    for (var step = 1u; step < 256u; step *= 2u) {
        var bits = 0u;
        var other = vec2<u32>(0u, 0u);
        if lane >= step {
            bits = bits_before[lane - step];
            other = vec2<u32>(plain[lane - step], weighted[lane - step]);
        }
        workgroupBarrier();
        bits_before[lane] = add_up_to_most(bits_before[lane], bits);
        plain[lane] = adler(plain[lane] + other.x);
        weighted[lane] = adler(weighted[lane] + other.y);
        workgroupBarrier();
    }
    var before = 0u;
    if lane > 0u {
        before = bits_before[lane - 1u];
    }
    before = add_up_to_most(before, given.header_bits);
    for (var line = first; line < end; line++) {
        let bits = lines[line].bits;
        lines[line].bits = before;
        before = add_up_to_most(before, bits);
    }
    if lane == 255u {
        let all = add_up_to_most(add_up_to_most(bits_before[255], given.header_bits), given.end.y);
        atomicStore(&joined[4u * picture], all);
        atomicStore(&joined[4u * picture + 1u], plain[255]);
        atomicStore(&joined[4u * picture + 2u], weighted[255]);
    }
}

// One invocation: pictures that there is no room for are given up, and of these no bits are counted.
@compute @workgroup_size(1)
fn place_pictures() {
    var words = 0u;
    for (var picture = 0u; picture < given.pictures; picture++) {
        let bits = atomicLoad(&joined[4u * picture]);
        let own = (bits >> 5u) + u32((bits & 31u) != 0u);
        if is_given_up(picture) || own > given.room - words {
            give_up(picture);
            atomicStore(&joined[4u * picture], 0u);
        } else {
            lines[picture * given.height].word = 4u * given.pictures + words;
            words += own;
        }
    }
}

// One invocation a row of a picture: its bits go where they belong, with the end of the block behind the last.
@compute @workgroup_size(64)
fn write_rows(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let picture = group.y;
    let y = group.x * WORKGROUP + lane;
    if y >= given.height || is_given_up(picture) {
        return;
    }
    let first = picture * given.height;
    begin_writing(lines[first + y].bits, lines[first].word);
    walk(picture, y);
    if y + 1u == given.height {
        put(given.end.x, given.end.y);
    }
    end_writing();
    if over_budget() {
        give_up(picture);
    }
}
