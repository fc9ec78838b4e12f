// From composited pixels to filtered samples: averages of boxes in smaller pictures, `Color::to_samples` of src/png/color.rs and `Filter::row` of src/png/filter.rs.
//
// A pixel's neighbours are read and looked up again in place of kept: no memory is needed for samples that are not filtered.

// The composited pixel of a span at a column and a row. Its tiles are 64 pixels wide, four of which are a texel; tiles of more than
// one row of tiles lie row after row.
fn composited_pixel(span: Span, column: u32, y: u32) -> u32 {
    let across = ((span.width + u32(looks_left())) * given.factor + 63u) >> 6u;
    let cell = span.cell + (y >> 5u) * across + (column >> 6u);
    let place = vec2<u32>(cell & ((1u << given.cells) - 1u), cell >> given.cells);
    let texel = vec2<u32>(16u * place.x + ((column & 63u) >> 2u), 32u * place.y + (y & 31u));
    return textureLoad(composited, texel, 0)[column & 3u];
}

// A quotient of at most 255, rounded down.
fn quotient(numerator: u32, denominator: u32) -> u32 {
    var rest = numerator;
    var result = 0u;
    for (var bit = 128u; bit > 0u; bit >>= 1u) {
        if rest >= denominator * bit {
            rest -= denominator * bit;
            result |= bit;
        }
    }
    return result;
}

// The average of a box of composited pixels (`BoxSums::add_row` and `Averages::of` of src/pixel/average.rs). A box has sixteen
// pixels a side at most, so no sum has more than 24 bits.
fn averaged_pixel(span: Span, column: u32, y: u32) -> u32 {
    let count = given.factor * given.factor;
    let half = count >> 1u;
    var colours = vec3<u32>(0u);
    var alpha = 0u;
    for (var j = 0u; j < given.factor; j++) {
        for (var i = 0u; i < given.factor && !over_budget(); i++) {
            steps++;
            let pixel = composited_pixel(span, column * given.factor + i, y * given.factor + j);
            let own = pixel >> 24u;
            let weight = select(own, 255u, given.premultiplied != 0u);
            colours += weight * (vec3<u32>(pixel, pixel >> 8u, pixel >> 16u) & vec3<u32>(255u));
            alpha += own;
        }
    }
    // Of opaque pixels the colours alone are rounded.
    let is_opaque = alpha == 255u * count;
    let rounding = select(alpha >> 1u, 255u * half, is_opaque);
    let average_alpha = quotient(alpha + half, count);
    if average_alpha == 0u {
        return 0u;
    }
    return quotient(colours.x + rounding, alpha)
        | quotient(colours.y + rounding, alpha) << 8u
        | quotient(colours.z + rounding, alpha) << 16u
        | average_alpha << 24u;
}

// The pixel of a span, in its picture's size.
fn pixel_at(span: Span, column: u32, y: u32) -> u32 {
    if given.factor > 1u {
        return averaged_pixel(span, column, y);
    }
    return composited_pixel(span, column, y);
}

// The number of a colour in the palette (`Palette::index`).
fn entry_of(pixel: u32) -> u32 {
    var slot = (pixel * 0x9e3779b1u) >> 22u;
    while !over_budget() {
        steps++;
        let entry = tables[SLOTS + slot];
        if entry == 0u {
            break;
        }
        if tables[ENTRIES + entry - 1u] == pixel {
            return entry - 1u;
        }
        slot = (slot + 1u) & 1023u;
    }
    return 0u;
}

fn sample_at(span: Span, column: u32, y: u32) -> u32 {
    let pixel = pixel_at(span, column, y);
    if given.indexed != 0u {
        return entry_of(pixel);
    }
    return pixel & given.mask;
}

// A sample under the filter that its row has (`Filter::pixel`).
fn filtered(span: Span, column: u32, y: u32) -> u32 {
    let pixel = sample_at(span, column, y);
    if given.filter_kind == 0u || (given.filter_kind == 2u && y == 0u) {
        return pixel;
    }
    if given.filter_kind == 2u {
        return subtract_bytes(pixel, sample_at(span, column, y - 1u));
    }
    let left = sample_at(span, column - 1u, y);
    if given.filter_kind == 1u || y == 0u {
        return subtract_bytes(pixel, left);
    }
    let above = sample_at(span, column, y - 1u);
    if given.filter_kind == 3u {
        return subtract_bytes(pixel, average_bytes(left, above));
    }
    return subtract_bytes(pixel, paeth_bytes(left, above, sample_at(span, column - 1u, y - 1u)));
}

// One workgroup a row, one invocation every 64th pixel.
@compute @workgroup_size(64)
fn filter_rows(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let r = group.x + group.y * LINE;
    if r >= given.rows {
        return;
    }
    let number = span_of(r);
    let span = span_at(number);
    let y = r - span.row;
    let skipped = u32(looks_left());
    let to = span.pixel + y * span.width;
    for (var x = lane; x < span.width; x += WORKGROUP) {
        steps++;
        pixels[to + x] = filtered(span, skipped + x, y);
    }
    // As they are for filters that look to the left, else filtered (`Row`).
    if lane < 2u {
        let column = select(0u, span.width + skipped - 1u, lane == 1u);
        var edge = 0u;
        if skipped == 1u {
            edge = sample_at(span, column, y);
        } else {
            edge = filtered(span, column, y);
        }
        if lane == 0u {
            rows[r].first = edge;
        } else {
            rows[r].last = edge;
        }
    }
    if over_budget() {
        give_up(number);
    }
}
