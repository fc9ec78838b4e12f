//! `collection.toml`: what the file says, checked key by key.
//!
//! The parsed document is walked by hand rather than derived, because an artist should see everything that is wrong
//! at once, each with its line, the value, the limit and for a misspelt key the one that was probably meant; a
//! derived reader stops at the first. Every key that is not asked for is refused.

use toml::de::DeTable;

use crate::error::Problem;
use crate::geometry::{MAX_SIDE, Size};
use crate::picture::PictureFormat;
use crate::project::background::Backgrounds;
use crate::project::duplicate_key;
use crate::project::keys::{KEYS, PREDICT_KEYS};
use crate::project::layer_settings::{LAYER_KEYS, LayerSettings};
use crate::project::metadata_settings::MetadataSettings;
use crate::project::model::{ColourHandling, Fit, MILLION, PredictSettings, ScaleFilter};
use crate::project::names::nfc;
use crate::project::nested::{self, NestedConfig};
use crate::project::one_settings::{self, OneSettings};
use crate::project::output_settings::{output_size, picture_format};
use crate::project::rule::{ChoiceLaw, GroupOrder, Rarity};
use crate::project::rule_settings::RuleConfig;
use crate::project::source::{Source, Span};
use crate::project::values::Values;
use crate::project::{background, metadata_table};

/// The file's name in the project folder.
pub(crate) const FILE: &str = "collection.toml";
/// The first item's edition where nothing else is said.
pub(crate) const DEFAULT_START: u32 = 1;
/// The most items that `count` may ask for: choosing them takes some 25 bytes an item, so more are for several collections.
pub(crate) const MAX_COUNT: u32 = 100_000_000;

/// The settings of a `collection.toml`, or the defaults where there is none.
#[derive(Debug, Default)]
pub(crate) struct Configuration {
    pub(crate) name: Option<String>,
    pub(crate) description: String,
    pub(crate) size: Option<Size>,
    pub(crate) count: Option<u32>,
    pub(crate) seed: Option<u64>,
    pub(crate) start: Option<u32>,
    pub(crate) base_uri: String,
    pub(crate) background: Option<[u8; 4]>,
    pub(crate) backgrounds: Option<Backgrounds>,
    pub(crate) fit: Fit,
    pub(crate) scale_filter: ScaleFilter,
    pub(crate) colors: ColourHandling,
    /// Empty: that of the art.
    pub(crate) output_size: Vec<u32>,
    pub(crate) picture_format: PictureFormat,
    pub(crate) predict: PredictSettings,
    /// Where the folders of the layers are, with the place of the value.
    pub(crate) layers_folder: Option<(String, Span)>,
    /// Empty: the folders of `layers/` are the layers.
    pub(crate) layers: Vec<LayerSettings>,
    /// Choices inside choices, in the order of the file.
    pub(crate) nested: Vec<NestedConfig>,
    pub(crate) duplicates: bool,
    /// Whether items differ by what is visible.
    pub(crate) by_pictures: bool,
    pub(crate) rarity: Rarity,
    pub(crate) choice: ChoiceLaw,
    pub(crate) group_order: GroupOrder,
    pub(crate) wishes: RuleConfig,
    pub(crate) ones: Vec<OneSettings>,
    pub(crate) metadata: MetadataSettings,
}

impl Configuration {
    /// Reads the text of a file; what is wrong is added to `problems` in the file's order,
    /// and what is right is returned, so that the rest of the project can be checked all the same.
    pub(crate) fn parse(source: Source<'_>, problems: &mut Vec<Problem>) -> Self {
        let mut values = Values::new(source);
        let (table, errors) = DeTable::parse_recoverable(source.text());
        let mut second_tables = Vec::new();
        for error in &errors {
            let span = error.span().map_or_else(Span::default, Span::from);
            let mut remedy = "correct the line".to_owned();
            if duplicate_key::is_duplicate(error.message()) {
                if duplicate_key::is_below_any(source.text(), &second_tables, span) {
                    continue;
                }
                if let Some(first) = duplicate_key::first(source.text(), span) {
                    second_tables.extend(first.is_table.then_some(span));
                    remedy = first.remedy();
                }
            }
            values.problem(span, format!("invalid TOML: {}", error.message()), remedy);
        }
        let configuration =
            if errors.is_empty() { Self::read(&mut values, table.get_ref()) } else { Self::default() };
        problems.extend(values.into_problems());
        configuration
    }

    fn read(values: &mut Values<'_>, table: &DeTable<'_>) -> Self {
        values.refuse_unknown(table, &KEYS, "");
        let mut this = Self {
            name: values.text(table, "name").map(|name| nfc(&name).into_owned()),
            description: values.text(table, "description").unwrap_or_default(),
            size: values
                .pair(table, "size", 1..=i64::from(MAX_SIDE))
                .map(|[width, height]| Size { width: width as u32, height: height as u32 }),
            count: values.integer(table, "count", 1..=i64::from(MAX_COUNT)).map(|count| count as u32),
            seed: values.integer(table, "seed", 0..=i64::MAX).map(|seed| seed as u64),
            start: values.integer(table, "start", 0..=i64::from(u32::MAX)).map(|start| start as u32),
            base_uri: values.text(table, "base_uri").unwrap_or_default(),
            background: None,
            backgrounds: None,
            fit: values
                .choice(
                    table,
                    "fit",
                    &[
                        ("exact", Fit::Exact),
                        ("scale", Fit::Scale),
                        ("stretch", Fit::Stretch),
                        ("place", Fit::Place),
                    ],
                )
                .unwrap_or_default(),
            scale_filter: values
                .choice(
                    table,
                    "scale_filter",
                    &[("nearest", ScaleFilter::Nearest), ("lanczos3", ScaleFilter::Lanczos3)],
                )
                .unwrap_or_default(),
            colors: values
                .choice(
                    table,
                    "colors",
                    &[("convert", ColourHandling::Convert), ("keep", ColourHandling::Keep)],
                )
                .unwrap_or_default(),
            output_size: output_size(values, table),
            picture_format: picture_format(values, table),
            predict: values
                .table(table, "predict")
                .map_or_else(PredictSettings::default, |table| predict(values, table)),
            layers_folder: values
                .text(table, "layers_folder")
                .map(|folder| (folder, values.span(table, "layers_folder"))),
            layers: Vec::new(),
            nested: Vec::new(),
            duplicates: values.boolean(table, "duplicates").unwrap_or(false),
            by_pictures: values
                .choice(table, "distinct", &[("items", false), ("pictures", true)])
                .unwrap_or_default(),
            rarity: values
                .choice(table, "rarity", &[("random", Rarity::Random), ("exact", Rarity::Exact)])
                .unwrap_or_default(),
            choice: values
                .choice(
                    table,
                    "choice",
                    &[("whole", ChoiceLaw::Whole), ("sequential", ChoiceLaw::Sequential)],
                )
                .unwrap_or_default(),
            group_order: values
                .choice(
                    table,
                    "group_order",
                    &[("shuffled", GroupOrder::Shuffled), ("listed", GroupOrder::Listed)],
                )
                .unwrap_or_default(),
            wishes: RuleConfig::default(),
            ones: Vec::new(),
            metadata: metadata_table::read(values, table),
        };
        let has_numbers = |this: &Self| {
            this.rarity == Rarity::Exact
                || this.wishes.traits.iter().any(|settings| settings.amount.is_some())
        };
        (this.background, this.backgrounds) = background::read(values, table);
        this.wishes = RuleConfig::read(values, table, this.fit == Fit::Place);
        if this.choice == ChoiceLaw::Sequential && has_numbers(&this) {
            let what =
                "choice = \"sequential\" draws layer by layer, which exact numbers of items do not allow";
            values.problem(values.span(table, "choice"), what, "remove it, or the exact numbers");
        }
        this.ones = one_settings::read(values, table, this.start.unwrap_or(DEFAULT_START));
        if this.duplicates && this.by_pictures {
            let what = "duplicates = true allows equal items, and distinct = \"pictures\" forbids them";
            values.problem(values.span(table, "distinct"), what, "remove one of the two");
        }
        if let (Some(start), Some(count)) = (this.start, this.count)
            && start.checked_add(count - 1).is_none()
        {
            let what = format!("start = {start} and count = {count} exceed item number {}", u32::MAX);
            values.problem(values.span(table, "start"), what, "lower start");
        }
        for (span, layer) in values.tables(table, "layers") {
            if let Some(layer) = this.layer(values, span, layer, (&LAYER_KEYS, " of a layer"), None) {
                this.layers.push(layer);
            }
        }
        nested::read(&mut this, values, table);
        this
    }
}

/// The `[predict]` table.
fn predict(values: &mut Values<'_>, table: &DeTable<'_>) -> PredictSettings {
    values.refuse_unknown(table, &PREDICT_KEYS, " of predict");
    let mut settings = PredictSettings::default();
    if let Some(window) = values.integer(table, "window", 1..=PredictSettings::MAX_WINDOW as i64) {
        settings.window = window as usize;
    }
    if let Some(similarity) = values.fraction(table, "similarity") {
        settings.similarity = (similarity * MILLION as f64).round() as u32;
    }
    if let Some(top) = values.integer(table, "top", 1..=PredictSettings::MAX_TOP as i64) {
        settings.top = top as usize;
    }
    settings
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::pixel::Blend;

    fn parse(text: &str) -> (Configuration, Vec<String>) {
        let mut problems = Vec::new();
        let configuration = Configuration::parse(Source::new(Path::new("c.toml"), text), &mut problems);
        (configuration, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_key_is_read() {
        let (c, problems) = parse(
            "\u{feff}name = \"Cafe\u{301}\"\ndescription = '''two\nlines'''\nsize = [16384, 1]\ncount = 1_000\n\
             seed = 9223372036854775807\nstart = 0\nbase_uri = \"ipfs://x\"\nbackground = \"#1fA\"\n\
             fit = \"place\"\nscale_filter = \"nearest\"\n\
             [[layers]]\nname = \"Back\"\n[[layers]]\nname = \"Hat\"\nfolder = \"hats/new\"\nchance = 0.25\n\
             opacity = 0.5\nblend = \"soft-light\"\nunique = false\noffset = [-3, 0x10]\n",
        );
        assert_eq!(problems, [""; 0]);
        assert_eq!((c.name.as_deref(), c.description.as_str()), (Some("Caf\u{e9}"), "two\nlines"));
        assert_eq!(c.size, Some(Size { width: 16384, height: 1 }));
        assert_eq!((c.count, c.seed, c.start), (Some(1000), Some(i64::MAX as u64), Some(0)));
        assert_eq!((c.base_uri.as_str(), c.background), ("ipfs://x", Some([0x11, 0xff, 0xaa, 255])));
        assert_eq!((c.fit, c.scale_filter), (Fit::Place, ScaleFilter::Nearest));
        let [back, hat] = &c.layers[..] else { panic!("two layers") };
        assert_eq!(
            (back.folder.as_str(), back.chance, back.opacity, back.unique),
            ("Back", 1_000_000, 255, true)
        );
        assert_eq!(
            (hat.folder.as_str(), hat.chance, hat.opacity, hat.unique),
            ("hats/new", 250_000, 128, false)
        );
        assert_eq!((back.blend, hat.blend), (Blend::Normal, Blend::SoftLight));
        assert_eq!(hat.offset, [-3, 16]);
    }

    #[test]
    fn every_problem_is_listed_with_its_line_value_and_limit() {
        let (_, problems) = parse(
            "nam = \"x\"\nsize = [0, 20000]\ncount = 0\nseed = -1\nstart = \"1\"\nbackground = \"red\"\n\
             fit = \"crop\"\n[[layers]]\nname = 5\n[[layers]]\nchance = 1.5\n\
             [[layers]]\nname = \"A\"\nopactiy = 0.5\noffset = [1, 2, 3]\nunique = 1\nopacity = nan\n\
             [[layers]]\nname = \"A\"\nblend = 1\n[[layers]]\nname = \"B\"\nblend = \"xor\"\n",
        );
        let expected = [
            "c.toml:1: the key \"nam\" is unknown; did you mean \"name\"?",
            "c.toml:2: size holds 0, which is not between 1 and 16384",
            "c.toml:2: size holds 20000, which is not between 1 and 16384",
            "c.toml:3: count is 0, which is not between 1 and 100000000",
            "c.toml:4: seed is -1, which is not between 0 and 9223372036854775807",
            "c.toml:5: start is a string",
            "c.toml:6: background is \"red\", which is not a colour",
            "c.toml:7: fit is \"crop\"",
            "c.toml:9: name is an integer",
            "c.toml:10: a layer has no name",
            "c.toml:11: chance is 1.5, which is not between 0.0 and 1.0",
            "c.toml:14: the key \"opactiy\" of a layer is unknown; did you mean \"opacity\"?",
            "c.toml:15: offset is an array of 3",
            "c.toml:16: unique is an integer",
            "c.toml:17: opacity is NaN, which is not between 0.0 and 1.0",
            "c.toml:19: a second layer is named \"A\" (the first is on line 12)",
            "c.toml:20: blend is an integer",
            "c.toml:23: blend is \"xor\", which is not supported: it cuts or replaces layers",
        ];
        for (problem, start) in problems.iter().zip(expected) {
            assert!(problem.starts_with(start), "{problem}\nshould start with\n{start}");
        }
        assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    }

    #[test]
    fn every_blend_mode_and_the_names_of_the_canvas_element_are_read() {
        let canvas = [("source-over", Blend::Normal), ("lighter", Blend::PlusLighter)];
        let modes = Blend::ALL.iter().map(|mode| (mode.name(), *mode));
        for (name, mode) in modes.chain(canvas) {
            let (c, problems) = parse(&format!("[[layers]]\nname = \"A\"\nblend = \"{name}\"\n"));
            assert_eq!(problems, [""; 0]);
            assert_eq!(c.layers[0].blend, mode, "{name}");
        }
    }

    #[test]
    fn offset_needs_place_and_editions_need_32_bits_and_tiny_chances_are_refused() {
        let (_, problems) = parse(
            "start = 4294967295\ncount = 2\n[[layers]]\nname = \"A\"\noffset = [0, 0]\nchance = 1e-9\n",
        );
        assert_eq!(problems.len(), 3, "{problems:#?}");
        assert!(problems[0].contains("exceed item number 4294967295"), "{}", problems[0]);
        assert!(problems[1].contains("fit = \"place\""), "{}", problems[1]);
        assert!(problems[2].contains("0.000001"), "{}", problems[2]);
    }

    #[test]
    fn predict_is_read_and_each_wrong_value_of_it_is_named() {
        let predict = |text: &str| parse(&format!("[predict]\n{text}")).0.predict;
        let settings = |window, similarity, top| PredictSettings { window, similarity, top };
        assert_eq!(parse("").0.predict, settings(100, 700_000, 5), "the defaults");
        assert_eq!(predict(""), settings(100, 700_000, 5));
        assert_eq!(predict("window = 10_000\nsimilarity = 1\ntop = 100\n"), settings(10_000, 1_000_000, 100));
        assert_eq!(predict("window = 1\nsimilarity = 0.0\ntop = 1\n"), settings(1, 0, 1));
        assert_eq!(predict("similarity = 0.333\n"), settings(100, 333_000, 5));
        let (configuration, problems) = parse(
            "[predict]\nwindow = 0\nsimilarity = 1.01\ntop = 101\nwindwo = 5\n[[layers]]\nname = \"A\"\n",
        );
        let expected = [
            "c.toml:2: window is 0, which is not between 1 and 10000",
            "c.toml:3: similarity is 1.01, which is not between 0.0 and 1.0",
            "c.toml:4: top is 101, which is not between 1 and 100",
            "c.toml:5: the key \"windwo\" of predict is unknown; did you mean \"window\"?",
        ];
        for (problem, start) in problems.iter().zip(expected) {
            assert!(problem.starts_with(start), "{problem}\nshould start with\n{start}");
        }
        assert_eq!((problems.len(), configuration.layers.len()), (expected.len(), 1), "{problems:#?}");
        for text in ["predict = 5", "[[predict]]", "predict = \"on\""] {
            let (_, problems) = parse(text);
            assert_eq!(problems.len(), 1, "{problems:#?}");
            assert!(problems[0].contains("starting with [predict]"), "{}", problems[0]);
        }
    }

    #[test]
    fn what_is_not_toml_is_named_with_its_line() {
        let (_, problems) = parse("name = \"a\"\nsize = [1, \ncount == 3\n");
        assert!(!problems.is_empty());
        assert!(problems[0].starts_with("c.toml:"), "{}", problems[0]);
        assert!(problems.iter().all(|p| p.contains("invalid TOML")), "{problems:#?}");
    }

    #[test]
    fn colours_are_straight_alpha_in_three_lengths() {
        for (text, colour) in
            [("#000", [0, 0, 0, 255]), ("#0102fe", [1, 2, 254, 255]), ("#01020304", [1, 2, 3, 4])]
        {
            assert_eq!(parse(&format!("background = \"{text}\"")).0.background, Some(colour), "{text}");
        }
        for text in ["#12", "#1234", "123456", "#gggggg", "#12345é", "#+12"] {
            assert_eq!(parse(&format!("background = \"{text}\"")).1.len(), 1, "{text}");
        }
    }
}
