// Which pixels equal their neighbours, and the sums of rows: `compare` of src/png/lines.rs and `Sums::add` of src/png/sums.rs.

var<workgroup> unequal_lanes: atomic<u32>;
var<workgroup> edge_count: atomic<u32>;
var<workgroup> sum_of_lanes: atomic<u32>;
var<workgroup> weighted_of_lanes: atomic<u32>;

// One workgroup a row, one invocation every 64th word of 32 pixels.
@compute @workgroup_size(64)
fn compare(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let r = group.x + group.y * LINE;
    if r >= given.rows {
        return;
    }
    if lane == 0u {
        atomicStore(&unequal_lanes, 0u);
        atomicStore(&edge_count, 0u);
        atomicStore(&sum_of_lanes, 0u);
        atomicStore(&weighted_of_lanes, 0u);
    }
    workgroupBarrier();
    let span = span_at(span_of(r));
    let y = r - span.row;
    let row = span.pixel + y * span.width;
    let words = words_of(span.width);
    var all_sum = 0u;
    var all_weighted = 0u;
    var edges_here = 0u;
    var unequal = y == 0u;
    for (var word = lane; word < words; word += WORKGROUP) {
        let first = 32u * word;
        let count = min(32u, span.width - first);
        var before = 0u;
        if first > 0u {
            before = pixels[row + first - 1u];
        }
        var left = 0u;
        var above = 0u;
        var sum = 0u;
        var weighted = 0u;
        for (var i = 0u; i < count; i++) {
            let pixel = pixels[row + first + i];
            left |= u32(pixel == before && first + i > 0u) << i;
            if y > 0u {
                above |= u32(pixel == pixels[row + first + i - span.width]) << i;
            }
            before = pixel;
            let bytes = vec4<u32>(pixel, pixel >> 8u, pixel >> 16u, pixel >> 24u) & vec4<u32>(255u);
            let together = bytes.x + bytes.y + bytes.z + bytes.w;
            sum += together;
            weighted += i * given.bpp * together + bytes.y + 2u * bytes.z + 3u * bytes.w;
        }
        equal_bits[span.word + y * words + word] = vec2<u32>(left, above);
        // The first pixel has nothing to its left, and is no edge either.
        edges_here += count - countOneBits(left) - u32(first == 0u);
        unequal = unequal || countOneBits(above) != count;
        all_sum += sum;
        all_weighted = adler(all_weighted + weighted + adler(adler(first * given.bpp) * sum));
    }
    if unequal {
        atomicOr(&unequal_lanes, 1u);
    }
    atomicAdd(&edge_count, edges_here);
    atomicAdd(&sum_of_lanes, all_sum);
    atomicAdd(&weighted_of_lanes, all_weighted);
    workgroupBarrier();
    if lane == 0u {
        rows[r].equal = 1u - atomicLoad(&unequal_lanes);
        rows[r].edges = atomicLoad(&edge_count);
        rows[r].sum = adler(atomicLoad(&sum_of_lanes));
        rows[r].weighted = adler(atomicLoad(&weighted_of_lanes));
        rows[r].at = NOWHERE;
    }
}
