//! What a receiver gets, in which order, and in which form.

use std::io::Cursor;

use super::*;

/// Keeps everything as text.
#[derive(Default)]
struct Log(Vec<String>);

impl Receiver for Log {
    fn layers(&mut self, names: &[String]) -> Result<(), Kind> {
        self.0.push(format!("layers {}", names.join(" ")));
        Ok(())
    }

    fn choice(&mut self, item: usize, column: usize, name: Option<&str>) -> Result<(), Kind> {
        if name == Some("refused") {
            return Err(Kind::Rule { item, rule: "mine".to_owned() });
        }
        self.0.push(format!("{item}.{column} {}", name.unwrap_or("-")));
        Ok(())
    }

    fn one(&mut self, item: usize, name: &str) -> Result<(), Kind> {
        self.0.push(format!("{item} one {name}"));
        Ok(())
    }

    fn group(&mut self, item: usize, name: &str) -> Result<(), Kind> {
        self.0.push(format!("{item} group {name}"));
        Ok(())
    }

    fn name(&mut self, item: usize, name: &str) {
        self.0.push(format!("{item} name {name}"));
    }
}

fn read(text: &str, take: Option<u32>) -> (Result<Document, Kind>, Vec<String>) {
    let mut log = Log::default();
    let document = Document::read(&mut Cursor::new(text), take, &mut log);
    (document, log.0)
}

#[test]
fn names_come_in_the_order_of_the_items_and_in_one_normal_form() {
    let text = r#"{"format": "traitpress-plan/1", "seed": 4, "layers": ["Cafe\u0301", "B"], "items": [
        ["e\u0301", null], {"edition": 9, "traits": ["x", "y"], "group": "G"}, {"one": "K"}]}"#;
    let (document, log) = read(text, None);
    assert_eq!(log, ["layers Caf\u{e9} B", "0.0 \u{e9}", "0.1 -", "1.0 x", "1.1 y", "1 group G", "2 one K"]);
    let wanted = Document {
        algorithm: None,
        seed: Some(4),
        start: 1,
        layers: vec!["Caf\u{e9}".to_owned(), "B".to_owned()],
        count: 3,
        editions: Some(vec![1, 9, 3]),
    };
    assert_eq!(document.unwrap(), wanted);
}

#[test]
fn items_before_their_layers_are_read_on_a_second_way_through() {
    let text = r#"{"items": [["x"], ["y"], ["refused"]], "layers": ["A"], "start": 5, "format": "traitpress-plan/1"}"#;
    let (document, log) = read(text, Some(2));
    assert_eq!(log, ["layers A", "0.0 x", "1.0 y"], "once each, and no more than are asked for");
    let document = document.unwrap();
    assert_eq!((document.start, document.count, document.edition(1)), (5, 2, 6));
}

#[test]
fn what_a_receiver_refuses_ends_the_reading() {
    let text = r#"{"format": "traitpress-plan/1", "layers": ["A"], "items": [["x"], ["refused"], ["y"]]}"#;
    let (document, log) = read(text, None);
    assert!(matches!(document, Err(Kind::Rule { item: 1, .. })));
    assert_eq!(log, ["layers A", "0.0 x"]);
}
