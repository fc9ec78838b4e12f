//! The layout that a manifest names before its list of files: names in the list are read by it.
//!
//! `images/512/512000.png` is a picture of 512 pixels in one layout, and one of the items from 512,000 on in another. The
//! list is read as a stream, so the layout is looked for first, up to the list and no further.

use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::project::Layout;

/// The layout that a manifest names; the default if it names none, or cannot be read, which the reader of the whole reports.
pub(crate) fn layout_of(manifest: impl Read) -> Layout {
    let mut layout = Layout::default();
    let mut parser = serde_json::Deserializer::from_reader(BufReader::new(manifest));
    // Always an error: the list of files ends it.
    let _ = Head(&mut layout).deserialize(&mut parser);
    layout
}

struct Head<'a>(&'a mut Layout);

impl<'de> DeserializeSeed<'de> for Head<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Head<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a manifest")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "files" => return Err(A::Error::custom("the list begins")),
                "layout" => *self.0 = map.next_value()?,
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_is_found_before_the_list_and_nothing_behind_it_is_read() {
        for (text, layout) in [
            (r#"{"count": 1, "layout": "fan-out", "files": [this is not JSON"#, Layout::FanOut),
            (r#"{"recipe": {"layout": "fan-out"}, "files": []}"#, Layout::Flat),
            (r#"{"files": [], "layout": "fan-out"}"#, Layout::Flat),
            (r#"{"layout": "round", "files": []}"#, Layout::Flat),
            ("", Layout::Flat),
        ] {
            assert_eq!(layout_of(text.as_bytes()), layout, "{text}");
        }
    }
}
