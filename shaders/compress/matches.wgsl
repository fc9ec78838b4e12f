// The matches at a pixel, each longer than the one before: `Finder::matches` of src/png/lz77.rs.

// A row at hand: its span's first pixel, its own, its words of bits; its number, and its pixels. The place behind its last edge,
// and the last edge in rows above that begins its first colour.
struct Line { span: u32, pixel: u32, word: u32, y: u32, width: u32, end: u32, first_into: u32 }

// Where matches come from: the pixel to the left, straight above, or else so many bytes back.
const LEFT: u32 = 0u;
const ABOVE: u32 = 1u;

// The longest match at a pixel so far, and its source.
var<private> longest: u32;
var<private> source: u32;
// How many pixels from there on equal the one to the left.
var<private> run: u32;
// The place of the first edge to the right of it.
var<private> next_edge: u32;

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

// How many pixels from `here` and from `there` on are equal, `most` at most, of which `already` are (`equal_prefix`).
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

// `Longest::offer`
fn offer(x: u32, length: u32, from_where: u32) {
    if length > longest {
        longest = length;
        source = from_where;
        if given.whole_rows != 0u {
            reach(x, length, from_where);
        }
    }
}

// Offers what the last edges between two colours lead to, those that the run of `colour` pixels at `x` ends with.
fn offer_between(line: Line, x: u32, colour: u32, most: u32) {
    let here = line.pixel + x;
    let first = pixels[here];
    let second = pixels[here + colour];
    var number = before_above_of(edges[next_edge]);
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
        if limit > longest && pixels[start + longest] == pixels[here + longest] {
            offer(x, equal_prefix(here, start, colour, limit), distance);
        }
    }
}

// Offers the last run in rows above of the colour at `x` that begins with an edge. `last` is an edge that begins one of its hash.
fn offer_into(line: Line, x: u32, last: u32, most: u32) {
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
            offer(x, equal_prefix(line.pixel + x, there, 0u, min(most, line.width - column)), distance);
            break;
        }
    }
}

// Offers all matches at `x`, to which no pixel asked for before is to the right.
fn find_matches(line: Line, x: u32) {
    longest = 0u;
    source = LEFT;
    run = 0u;
    let most = min(given.max_match, line.width - x);
    var colour = 0u;
    if given.edges > 0u {
        while next_edge < line.end && column_of(edges[next_edge]) <= x {
            steps++;
            next_edge++;
        }
        colour = line.width - x;
        if next_edge < line.end {
            colour = column_of(edges[next_edge]) - x;
        }
        let begins = next_edge > line.pixel && column_of(edges[next_edge - 1u]) == x;
        run = select(colour, 0u, begins || (x == 0u && !opens()));
    } else if x > 0u || opens() {
        // A row's first pixel counts as equal where runs may open it.
        let first = u32(x == 0u);
        run = first + ones(line, x + first, line.width - x - first, false);
    }
    offer(x, min(run, most), LEFT);
    if given.reaches_above != 0u && line.y > 0u {
        offer(x, ones(line, x, most, true), ABOVE);
    }
    if given.edges == 0u || line.y == 0u || longest == most {
        return;
    }
    if colour < most {
        offer_between(line, x, colour, most);
    }
    if given.edges > 1u && longest < colour {
        var last = line.first_into;
        if next_edge > line.pixel {
            last = into_above_of(edges[next_edge - 1u]);
        }
        offer_into(line, x, last, most);
    }
}

// Bits of a match (`Code::a_match`).
fn bits_of_match(length: u32, from_where: u32) -> u32 {
    let first = tables[LENGTHS + length] >> 24u;
    if from_where == LEFT {
        return first + given.left.y;
    }
    if from_where == ABOVE {
        return first + given.above.y;
    }
    let symbol = distance_symbol(from_where);
    return first + (tables[DISTANCES + symbol.x] >> 16u) + symbol.y;
}
