// The parts of rows, all rows at the same time: `parse` of src/png/lz77.rs, at each pixel the longest match.

// Whether the longest match is cheaper than the pixels that it replaces.
fn pays(line: Line, x: u32) -> bool {
    if longest >= given.sure_match {
        return true;
    }
    var literals = 0u;
    for (var i = 0u; i < longest; i++) {
        literals += bits_of_pixel(pixels[line.pixel + x + i]);
    }
    steps += longest;
    return bits_of_match(longest, source) < literals;
}

fn parse_line(line: Line) {
    var x = 0u;
    while x < line.width && !over_budget() {
        steps++;
        find_matches(line, x);
        if source != LEFT && longest >= given.min_match && pays(line, x) {
            if source == ABOVE {
                wait(false, longest);
            } else {
                put_back(longest, source);
            }
            x += longest;
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
    begin_row(STAGED * pixel);
    if rows[r].equal == 0u {
        let word = span.word + y * words_of(span.width);
        let line =
            Line(span.pixel, pixel, word, y, span.width, pixel + rows[r].edges, rows[r].into);
        next_edge = pixel;
        if given.whole_rows != 0u {
            parse_whole(line);
        } else {
            parse_line(line);
        }
    } else if can_copy(span.width) {
        // What it is where it is not the same bits again.
        wait(false, span.width);
    }
    end_row(r, STAGED * pixel);
    if over_budget() {
        give_up(number);
    }
}
