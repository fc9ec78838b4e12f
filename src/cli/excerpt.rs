//! The line of a file that a problem is about, with carets under what is wrong.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use traitpress::error::Problem;

/// The excerpt of a problem as lines of text, without colours; none if the problem has no excerpt.
pub(crate) fn lines(problem: &Problem) -> Vec<String> {
    let (Some(excerpt), Some(line)) = (&problem.excerpt, problem.line) else { return Vec::new() };
    let snippet = Snippet::source(excerpt.text())
        .line_start(line)
        .annotation(AnnotationKind::Primary.span(excerpt.marked()));
    let report = [Group::with_level(Level::ERROR).element(snippet)];
    Renderer::plain().render(&report).lines().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use traitpress::error::Excerpt;

    use super::*;

    fn rendered(line: usize, text: &str, marked: Range<usize>) -> String {
        let problem = Problem::at("c.toml", "x", "y").on_line(line);
        lines(&problem.showing(Excerpt::new(text, marked).unwrap())).join("\n")
    }

    #[test]
    fn carets_are_under_what_is_wrong() {
        assert_eq!(rendered(2, "size = 5", 7..8), "  |\n2 | size = 5\n  |        ^");
        assert_eq!(rendered(12, "\tcuont = 5", 1..6), "   |\n12 |     cuont = 5\n   |     ^^^^^");
        // A wide character takes two columns.
        let wide = "a = \"\u{5bff}\", b";
        assert_eq!(
            rendered(1, wide, wide.len() - 1..wide.len()),
            format!("  |\n1 | {wide}\n  |           ^")
        );
    }

    #[test]
    fn a_place_at_the_end_of_a_line_has_a_caret() {
        assert_eq!(rendered(1, "size =", 6..6), "  |\n1 | size =\n  |       ^");
    }

    #[test]
    fn a_problem_without_an_excerpt_has_no_more_lines() {
        assert_eq!(lines(&Problem::at("c.toml", "x", "y").on_line(2)), [""; 0]);
    }
}
