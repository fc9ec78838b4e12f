//! A document as text with gaps: everything that all items share is escaped once.

use crate::output::metadata::json;
use crate::picture::PictureFormat;
use crate::project::{AttributeValue, Part};

/// A piece of a document.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// Literal text.
    Text(Vec<u8>),
    /// The edition, filled with zeros to so many digits.
    Edition(u8),
    /// The same as the hexadecimal digits of its characters.
    EditionInHex(u8),
    /// The item's name, as a JSON string.
    Name,
    /// All attributes of the item.
    Attributes,
    /// What the item's picture is called, as in an address.
    Picture,
    /// A text that Cardano wants in parts of 64 bytes.
    InParts(Vec<Part>),
    /// The same, the address of the picture behind the text.
    PictureInParts(String),
}

/// How a standard writes an item.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) pieces: Vec<Piece>,
    /// The texts before the first attribute, after the last, and where there is none.
    pub(crate) around: [&'static str; 3],
    /// An attribute, by its name and value.
    pub(crate) attribute: Attribute,
}

/// Writes an attribute as JSON.
type Write = dyn Fn(&str, &AttributeValue) -> String + Send + Sync;

/// A function that writes an attribute as JSON.
pub(crate) struct Attribute(pub(crate) Box<Write>);

impl std::fmt::Debug for Attribute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attribute")
    }
}

/// One picture in place of those of all items.
#[derive(Clone, Debug)]
pub(crate) struct OnePicture {
    pub(crate) address: String,
    /// Its type, as in `image/gif`.
    pub(crate) media_type: &'static str,
}

/// Puts a form's pieces together.
#[derive(Debug, Default)]
pub(crate) struct Pieces<'a> {
    pieces: Vec<Piece>,
    format: PictureFormat,
    /// The picture of every item; none if each has its own.
    one: Option<&'a OnePicture>,
}

impl<'a> Pieces<'a> {
    /// With pictures of this format, or with one picture in place of those of all items.
    pub(crate) fn with_picture(format: PictureFormat, one: Option<&'a OnePicture>) -> Self {
        Self { pieces: Vec::new(), format, one }
    }

    /// Literal text.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        match self.pieces.last_mut() {
            Some(Piece::Text(before)) => before.extend_from_slice(text.as_bytes()),
            _ => self.pieces.push(Piece::Text(text.as_bytes().to_vec())),
        }
        self
    }

    /// Text as a JSON string.
    pub(crate) fn string(&mut self, text: &str) -> &mut Self {
        self.text(&json(text))
    }

    /// A template as a JSON string: the escapes of a text are those of its parts.
    pub(crate) fn template(&mut self, parts: &[Part]) -> &mut Self {
        self.text("\"");
        for part in parts {
            match part {
                Part::Text(text) => {
                    let escaped = json(text);
                    self.text(&escaped[1..escaped.len() - 1]);
                }
                Part::Edition(width) => self.pieces.push(Piece::Edition(*width)),
                Part::Field(never) => match *never {},
            }
        }
        self.text("\"")
    }

    /// The address of the picture, in the folder `place`, as a JSON string.
    pub(crate) fn image(&mut self, place: &str) -> &mut Self {
        if let Some(one) = self.one {
            return self.string(&one.address);
        }
        let escaped = json(place);
        self.text(&escaped[..escaped.len() - 1]).gap(Piece::Picture).text("\"")
    }

    /// The type of the picture, as a JSON string.
    pub(crate) fn image_type(&mut self) -> &mut Self {
        self.string(self.one.map_or(self.format.media_type(), |one| one.media_type))
    }

    /// A gap.
    pub(crate) fn gap(&mut self, piece: Piece) -> &mut Self {
        self.pieces.push(piece);
        self
    }

    pub(crate) fn into_pieces(self) -> Vec<Piece> {
        self.pieces
    }
}
