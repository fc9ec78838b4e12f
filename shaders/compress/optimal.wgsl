// Choosing matches for the fewest bits of a row, by dynamic programming: src/png/optimal.rs.
//
// For each pixel but the first there are two words behind a row's staged bits: the fewest bits to get there, and the part that
// leads there. Once the best way is found, the parts on it are put where these bits were, each at its first pixel.

// From a match of so many pixels on no literal is tried in its place.
const LONG: u32 = 86u;

// The first words of the fewest bits and of the parts, of the row at hand; the fewest bits to the pixel at hand.
var<private> fewest_at: u32;
var<private> parts_at: u32;
var<private> so_far: u32;

// A part: its pixels below bit 9, and where they come from, one more than `source`; 0 is the pixel itself.
fn part(length: u32, from_where: u32) -> u32 {
    return length | from_where << 9u;
}

// A match at `x` leads to a pixel (`better` of `parse`).
fn reach(x: u32, length: u32, from_where: u32) {
    if length < given.min_match {
        return;
    }
    let cost = so_far + bits_of_match(length, from_where);
    let to = x + length - 1u;
    if cost < staging[fewest_at + to] {
        staging[fewest_at + to] = cost;
        staging[parts_at + to] = part(length, from_where + 1u);
    }
}

fn parse_whole(line: Line) {
    fewest_at = STAGED * line.pixel + 2u * line.width;
    parts_at = fewest_at + line.width;
    for (var x = 0u; x < line.width; x++) {
        staging[fewest_at + x] = NOWHERE;
    }
    steps += line.width;
    so_far = 0u;
    for (var x = 0u; x < line.width && !over_budget(); x++) {
        steps++;
        if x > 0u {
            so_far = staging[fewest_at + x - 1u];
        }
        if so_far == NOWHERE {
            continue;
        }
        find_matches(line, x);
        if longest < min(LONG, given.max_match) {
            let cost = so_far + bits_of_pixel(pixels[line.pixel + x]);
            if cost < staging[fewest_at + x] {
                staging[fewest_at + x] = cost;
                staging[parts_at + x] = part(1u, 0u);
            }
        }
    }
    // Back along the best way, which leads to every pixel's first part.
    var x = line.width;
    while x > 0u && !over_budget() {
        steps++;
        let chosen = staging[parts_at + x - 1u];
        x -= chosen & 511u;
        staging[fewest_at + x] = chosen;
    }
    while x < line.width && !over_budget() {
        steps++;
        let chosen = staging[fewest_at + x];
        put_part(line, x, chosen & 511u, chosen >> 9u);
        x += chosen & 511u;
    }
}

fn put_part(line: Line, x: u32, length: u32, from_where: u32) {
    if from_where == 0u {
        put_literal(pixels[line.pixel + x]);
    } else if from_where < 3u {
        wait(from_where == LEFT + 1u, length);
    } else {
        put_back(length, from_where - 1u);
    }
}
