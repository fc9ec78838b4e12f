// From composited pixels to filtered samples: `Color::to_samples` of src/png/color.rs and `Filter::row` of src/png/filter.rs.
//
// A pixel's neighbours are read and looked up again in place of kept: no memory is needed for samples that are not filtered.

// The pixel of a span at a column and a row, as it was composited. Its tiles are 64 pixels wide, four of which are a texel.
fn composited_pixel(span: Span, column: u32, y: u32) -> u32 {
    let cell = span.cell + (column >> 6u);
    let across = cell & ((1u << given.cells) - 1u);
    let texel = vec2<u32>(16u * across + ((column & 63u) >> 2u), 32u * (cell >> given.cells) + y);
    return textureLoad(composited, texel, 0)[column & 3u];
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
    let pixel = composited_pixel(span, column, y);
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
