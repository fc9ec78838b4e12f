//! A project without its pictures: `collection.toml` becomes settings, rules and names; layer folders become layers.
//!
//! The spanned table is walked by hand (`values`), so that every unknown key and wrong value is reported at once, with
//! its line. Pictures are decoded on the next floor, in `art`.

mod absence;
mod background;
mod beside;
mod blending;
mod choice;
mod clips;
mod config;
mod credits;
mod declared;
mod distinct;
mod doubtful;
mod duplicate_key;
mod fingerprint;
mod folder_numbers;
mod home;
mod keys;
mod layer_settings;
mod layout;
mod left_behind;
mod lookalike;
mod metadata_settings;
mod metadata_table;
mod model;
mod names;
mod nested;
mod one_settings;
mod ones;
mod open;
mod output_settings;
mod part_id;
mod part_settings;
mod rarity_table;
mod resolve;
mod rule;
mod rule_settings;
mod scan;
mod schema;
mod source;
mod standard;
pub(crate) mod template;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests_ones;
#[cfg(test)]
mod tests_open;
mod trait_part;
mod unmatched;
mod unread;
mod values;

pub(crate) use crate::error::{Escaped, quoted};
pub use crate::error::{Problem, ProjectError};
pub use crate::picture::PictureFormat;
pub(crate) use absence::is_name as is_name_of_absence;
pub(crate) use background::{NAME as BACKGROUND_LAYER, drawn_apart};
pub(crate) use choice::{ABSENT, NOT_ASKED, in_row};
pub use distinct::{Distinct, PictureClass};
pub use folder_numbers::without_numbers;
pub use home::{FoundLayers, find_layers};
pub use layout::Layout;
pub(crate) use left_behind::is_left_behind;
pub(crate) use metadata_settings::check_settings;
pub use metadata_settings::{Creator, Credit, DisplayType, LayerText, MetadataSettings};
pub use model::{ColourHandling, Fit, Layer, MILLION, PredictSettings, Project, READING, ScaleFilter, Trait};
pub(crate) use names::{EXTENSIONS, MAX_WEIGHT, MIN_WEIGHT, natural, nearest, nfc, tidy, weight_of_text};
pub use ones::{Attribute, AttributeValue, One};
pub use output_settings::check_output_sizes;
pub use part_id::PartId;
pub use rarity_table::{Rarities, RarityKind, RarityRow};
pub use rule::{Amount, ChoiceLaw, Choices, Group, GroupOrder, Rarity, Reference, Rule, RuleKind};
pub use schema::{configuration_schema, configuration_schema_text};
pub use standard::Standard;
pub(crate) use template::{Part, fill};
#[cfg(test)]
pub(crate) use testing::{cases, ones, project};
pub(crate) use trait_part::PictureNumbers;
pub use trait_part::{Depth, PartImage, PartSettings, Picture, Role, TraitPart, Variant};
