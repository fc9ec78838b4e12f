// Bits of a row: `BitWriter` of src/png/bits.rs and the codes of src/png/huffman_tables.rs.

var<private> partial_word: u32;
var<private> fill: u32;
// The next word of `staging`.
var<private> put_at: u32;

fn begin_bits(at: u32) {
    partial_word = 0u;
    fill = 0u;
    put_at = at;
}

// Writes what fills no word yet, and gives how many bits there are from word `begin` on.
fn end_bits(begin: u32) -> u32 {
    if fill > 0u {
        staging[put_at] = partial_word;
    }
    return 32u * (put_at - begin) + fill;
}

// Appends the low `count` bits, at most 31; higher ones must be zero.
fn put(bits: u32, count: u32) {
    partial_word |= bits << fill;
    let filled = fill + count;
    if filled >= 32u {
        staging[put_at] = partial_word;
        put_at++;
        partial_word = select(0u, bits >> ((32u - fill) & 31u), fill > 0u);
        fill = filled - 32u;
    } else {
        fill = filled;
    }
}

// The bits of a pixel's codes.
fn bits_of_pixel(pixel: u32) -> u32 {
    var count = tables[pixel & 255u] >> 16u;
    if given.bpp > 1u {
        count += (tables[(pixel >> 8u) & 255u] >> 16u) + (tables[(pixel >> 16u) & 255u] >> 16u);
    }
    if given.bpp > 3u {
        count += tables[pixel >> 24u] >> 16u;
    }
    return count;
}

// Symbol, number of extra bits and these of a distance (`distance_symbol` of src/png/deflate_symbols.rs).
fn distance_symbol(distance: u32) -> vec3<u32> {
    let d = distance - 1u;
    if d < 4u {
        return vec3<u32>(d, 0u, 0u);
    }
    let extra = firstLeadingBit(d) - 1u;
    return vec3<u32>(2u * extra + (d >> extra), extra, d & ((1u << extra) - 1u));
}

fn put_distance(distance: u32) {
    let symbol = distance_symbol(distance);
    let code = tables[DISTANCES + symbol.x];
    put(code & 0xffffu, code >> 16u);
    put(symbol.z, symbol.y);
}
