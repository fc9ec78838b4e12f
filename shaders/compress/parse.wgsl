// Choosing matches: `parse` and `Finder::matches` of src/png/lz77.rs. Rows are parsed all at the same time.

// A row at hand: its span's first pixel, its own, its words of bits; its number, and its pixels.
struct Line { span: u32, pixel: u32, word: u32, y: u32, width: u32 }

// How many pixels, and from where: 0 the pixel to the left, 1 straight above, else so many bytes back.
struct Found { length: u32, source: u32 }

// How many bits from `x` on are set, `most` at most, of those that equal the one to the left or above.
fn ones(line: Line, x: u32, most: u32, above: bool) -> u32 {
    let end = x + most;
    var at = x;
    while at < end {
        steps++;
        let both = equal_bits[line.word + (at >> 5u)];
        // Behind those of the word there are clear bits.
        let count = countTrailingZeros(~(select(both.x, both.y, above) >> (at & 31u)));
        at += count;
        if (at & 31u) != 0u || count == 0u {
            break;
        }
    }
    return min(at, end) - x;
}

// How many pixels from `here` and from `there` on are equal, `most` at most, of which `count` are (`equal_prefix`).
fn equal_prefix(here: u32, there: u32, already: u32, most: u32) -> u32 {
    var count = already;
    while count < most && pixels[here + count] == pixels[there + count] {
        count++;
    }
    steps += count - already;
    return count;
}

fn distance_to(line: Line, x: u32, row: u32, column: u32) -> u32 {
    return (line.y - row) * given.stride + x * given.bpp - column * given.bpp;
}

// The edges between the colours of `own`, the one that ends the run of `colour` pixels at `x`.
fn between(line: Line, x: u32, colour: u32, own: vec4<u32>, most: u32, best: Found) -> Found {
    var found = best;
    let here = line.pixel + x;
    let first = pixels[here];
    let second = pixels[here + colour];
    var number = before_above_of(own);
    var tries = given.edges;
    while number != 0u && tries > 0u && !over_budget() {
        steps++;
        let edge = edges[line.span + number - 1u];
        number = before_of(edge);
        let column = column_of(edge);
        let row = row_of(edge);
        let distance = distance_to(line, x + colour, row, column);
        if distance > 32768u {
            break;
        }
        let there = line.span + row * line.width + column;
        if pixels[there - 1u] != first || pixels[there] != second {
            // A search of one edge looks at no other.
            if given.edges == 1u {
                break;
            }
            continue;
        }
        tries--;
        if run_of(edge) < colour {
            continue;
        }
        let limit = min(most, line.width + colour - column);
        let start = there - colour;
        if limit > found.length && pixels[start + found.length] == pixels[here + found.length] {
            let length = equal_prefix(here, start, colour, limit);
            if length > found.length {
                found = Found(length, distance);
            }
        }
    }
    return found;
}

// The last run in rows above of the colour at `x` that begins with an edge. `last` is an edge that begins one of its hash.
fn into(line: Line, x: u32, last: u32, most: u32, best: Found) -> Found {
    let first = pixels[line.pixel + x];
    var number = last;
    while number != 0u && !over_budget() {
        steps++;
        let edge = edges[line.span + number - 1u];
        number = into_of(edge);
        let column = column_of(edge);
        let row = row_of(edge);
        let distance = distance_to(line, x, row, column);
        if distance > 32768u {
            break;
        }
        let there = line.span + row * line.width + column;
        if pixels[there] == first {
            let length = equal_prefix(line.pixel + x, there, 0u, min(most, line.width - column));
            if length > best.length {
                return Found(length, distance);
            }
            break;
        }
    }
    return best;
}

// Whether a match is cheaper than the pixels that it replaces.
fn pays(line: Line, x: u32, found: Found) -> bool {
    if found.length >= given.sure_match {
        return true;
    }
    var literals = 0u;
    for (var i = 0u; i < found.length; i++) {
        literals += bits_of_pixel(pixels[line.pixel + x + i]);
    }
    steps += found.length;
    var cost = tables[LENGTHS + found.length] >> 24u;
    if found.source == 1u {
        cost += given.above.y;
    } else {
        let symbol = distance_symbol(found.source);
        cost += (tables[DISTANCES + symbol.x] >> 16u) + symbol.y;
    }
    return cost < literals;
}

// The parts of a row whose edges are `count`, and `first_into` the last edge above that begins its first colour.
fn parse_line(line: Line, count: u32, first_into: u32) {
    let copies = given.reaches_above != 0u && line.y > 0u;
    let searched = given.edges > 0u && line.y > 0u;
    let has_edges = given.edges > 0u;
    let end = line.pixel + count;
    // The first edge to the right of `x`.
    var next = line.pixel;
    var x = 0u;
    while x < line.width && !over_budget() {
        steps++;
        let most = min(given.max_match, line.width - x);
        var colour = 0u;
        var run = 0u;
        if has_edges {
            while next < end && column_of(edges[next]) <= x {
                steps++;
                next++;
            }
            colour = line.width - x;
            if next < end {
                colour = column_of(edges[next]) - x;
            }
            let begins = (next > line.pixel && column_of(edges[next - 1u]) == x) || (x == 0u && !opens());
            run = select(colour, 0u, begins);
        } else if x > 0u || opens() {
            // A row's first pixel counts as equal where runs may open it.
            let first = u32(x == 0u);
            run = first + ones(line, x + first, line.width - x - first, false);
        }
        var found = Found(min(run, most), 0u);
        if copies {
            let copy = ones(line, x, most, true);
            if copy > found.length {
                found = Found(copy, 1u);
            }
        }
        if searched && found.length != most {
            if colour < most {
                found = between(line, x, colour, edges[next], most, found);
            }
            if given.edges > 1u && found.length < colour {
                var last = first_into;
                if next > line.pixel {
                    last = into_above_of(edges[next - 1u]);
                }
                found = into(line, x, last, most, found);
            }
        }
        if found.source != 0u && found.length >= given.min_match && pays(line, x, found) {
            if found.source == 1u {
                wait(false, found.length);
            } else {
                put_back(found.length, found.source);
            }
            x += found.length;
        } else if run >= given.min_match {
            wait(true, run);
            x += run;
        } else {
            put_literal(pixels[line.pixel + x]);
            x++;
        }
    }
}

// One invocation a row.
@compute @workgroup_size(64)
fn parse(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let r = (group.x + group.y * LINE) * WORKGROUP + lane;
    if r >= given.rows {
        return;
    }
    let number = span_of(r);
    if is_given_up(number) {
        return;
    }
    let span = span_at(number);
    let y = r - span.row;
    let pixel = span.pixel + y * span.width;
    steps = 0u;
    begin_row(2u * pixel);
    if rows[r].equal == 0u {
        let line = Line(span.pixel, pixel, span.word + y * words_of(span.width), y, span.width);
        parse_line(line, rows[r].edges, rows[r].into);
    } else if can_copy(span.width) {
        // What it is where it is not the same bits again.
        wait(false, span.width);
    }
    end_row(r, 2u * pixel);
    if over_budget() {
        give_up(number);
    }
}
