//! Colours of backgrounds.

use crate::import::model::Background;
use crate::import::notes::Notes;
use crate::import::value::Value;

/// A colour of CSS as a straight-alpha colour.
pub(crate) fn css(text: &str) -> Option<[u8; 4]> {
    csscolorparser::parse(text).ok().map(|colour| colour.to_rgba8())
}

/// A background as TOML writes a colour.
pub(crate) fn hexadecimal([red, green, blue, alpha]: [u8; 4]) -> String {
    if alpha == 255 {
        format!("#{red:02x}{green:02x}{blue:02x}")
    } else {
        format!("#{red:02x}{green:02x}{blue:02x}{alpha:02x}")
    }
}

/// `background.brightness` of HashLips and its forks: a random hue of this lightness.
pub(crate) fn random_hue(brightness: Option<&Value>, notes: &mut Notes) -> Option<Background> {
    let text = brightness.and_then(Value::as_text).unwrap_or_default().trim().to_owned();
    let lightness = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    match lightness {
        Some(lightness) if (0.0..=100.0).contains(&lightness) => {
            Some(Background::RandomHue { saturation: 100, lightness: lightness.round() as u32 })
        }
        _ => {
            let shown = brightness.map_or_else(|| "(nothing)".to_owned(), Value::shown);
            notes.lost("background.brightness", shown, "it is no percentage, so there is no background");
            None
        }
    }
}
