//! What pictures are called: `7.png` by their numbers, or what a template makes of their traits, `Red-Crown.png`. What
//! they end in follows from their format.
//!
//! Metadata keeps its numbers: contracts ask for it by them. A picture's name has to be a file's name on every system, so
//! what any of them does not take is replaced, and names that some file systems take for one are refused: [`problems`].
//! [`PictureNames`] makes names of a plan; [`Stems`] are those of a run, made by that, or read and not trusted.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use crate::output::names;
use crate::picture::PictureFormat;
use crate::plan::Plan;
use crate::project::{ABSENT, Layout, Part, Project, nearest, nfc, quoted, template};

/// The most bytes of a name without its extension: with that, and what a temporary file's name has around it, less than the
/// 255 of most file systems.
pub(crate) const MAX_BYTES: usize = 200;
/// What a layer says that an item does not show.
const NONE: &str = "none";
/// What need not be escaped in an address (RFC 3986, section 2.3).
pub(crate) const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Says what the pictures of a project's items are called.
///
/// ```no_run
/// use traitpress::project::Project;
/// use traitpress::output::PictureNames;
/// use traitpress::selection::Choose;
///
/// # fn main() -> Result<(), traitpress::Error> {
/// let mut project = Project::open("my-project".as_ref())?;
/// project.metadata.file_name = "{Body}-{edition:04}".to_owned();
/// let plan = Choose::new(100).with_seed(7).from(&project)?;
/// println!("{}.png", PictureNames::new(&project).stem(&plan, 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PictureNames<'a> {
    project: &'a Project,
    /// Layers by their numbers; nothing for names that are numbers.
    parts: Vec<Part<usize>>,
}

impl<'a> PictureNames<'a> {
    /// By the project's [`file_name`](crate::project::MetadataSettings::file_name); by numbers if there is none, or
    /// one that [`check_metadata`](crate::output::metadata::check_metadata) refuses.
    #[must_use]
    pub fn new(project: &'a Project) -> Self {
        Self { project, parts: parse(project).unwrap_or_default() }
    }

    /// The name, without extension, of the picture of the item at `index` of a plan.
    #[must_use]
    pub fn stem(&self, plan: &Plan, index: usize) -> String {
        if self.parts.is_empty() {
            return plan.edition(index).to_string();
        }
        let is_field = |part: &Part<usize>| matches!(part, Part::Field(_));
        // A one-of-one has a name in place of traits: it replaces everything from the first trait to the last.
        let one = plan.one(index).map(|number| self.project.ones[number].name.as_str());
        let first = self.parts.iter().position(is_field);
        let last = self.parts.iter().rposition(is_field);
        let mut stem = String::new();
        for (place, part) in self.parts.iter().enumerate() {
            match (part, one) {
                (_, Some(one)) if first == Some(place) => stem.push_str(one),
                (_, Some(_)) if first < Some(place) && Some(place) <= last => {}
                (Part::Text(text), _) => stem.push_str(text),
                (Part::Edition(width), _) => stem.push_str(&template::number(plan.edition(index), *width)),
                (Part::Field(layer), _) => stem.push_str(match plan.traits(index)[*layer] {
                    ABSENT => NONE,
                    choice => &self.project.layers[*layer].traits[usize::from(choice)].name,
                }),
            }
        }
        clean(&stem)
    }

    /// The name with its extension, and the folder of the item before it if the layout has such, escaped for an address.
    pub(crate) fn escaped(&self, plan: &Plan, index: usize) -> String {
        let (stem, extension) = (self.stem(plan, index), self.project.picture_format.extension());
        let folder = self.project.layout.item_folder(plan.edition(index));
        format!("{folder}{}.{extension}", utf8_percent_encode(&stem, ESCAPED))
    }
}

/// The template of a project's names, or what is wrong with it and what to do.
fn parse(project: &Project) -> Result<Vec<Part<usize>>, (String, String)> {
    const WRITE: &str = "write {edition}, {edition:04} for four digits, or the name of a layer in braces";
    let layers = || project.layers.iter().map(|layer| layer.name.as_str());
    let named = template::parse_fields(&project.metadata.file_name, |field| Ok(nfc(field).into_owned()));
    let number = |part: Part<String>| match part {
        Part::Text(text) => Ok(Part::Text(text)),
        Part::Edition(width) => Ok(Part::Edition(width)),
        Part::Field(name) => layers().position(|layer| *layer == *name).map(Part::Field).ok_or_else(|| {
            let near = nearest(&name, layers()).map(|near| format!("did you mean {{{near}}}?"));
            (format!("contains {{{name}}}, which is not a layer"), near.unwrap_or_else(|| WRITE.to_owned()))
        }),
    };
    named.map_err(|what| (what, WRITE.to_owned()))?.into_iter().map(number).collect()
}

/// What is wrong with a project's template, or with the names that it makes of a plan, each with what to do. The texts
/// begin with the template, for the name of the setting to be put in front.
pub(crate) fn problems(project: &Project, plan: Option<&Plan>) -> Vec<(String, String)> {
    let template = &project.metadata.file_name;
    let about = |what: String| format!("{} {what}", quoted(template));
    let parts = match parse(project) {
        Ok(parts) => parts,
        Err((what, remedy)) => return vec![(about(what), remedy)],
    };
    let refused = parts.iter().find_map(|part| match part {
        Part::Text(text) => text.chars().find(|&char| is_refused(char)),
        _ => None,
    });
    if let Some(refused) = refused {
        let what =
            about(format!("contains {}, which is not allowed in file names", quoted(&refused.to_string())));
        return vec![(what, "remove it; all pictures are in one folder".to_owned())];
    }
    let Some(plan) = plan.filter(|_| !parts.is_empty()) else { return Vec::new() };
    let names = PictureNames { project, parts };
    let mut taken: HashMap<String, (u32, String)> = HashMap::with_capacity(plan.len());
    let (mut found, mut all) = (None, 0);
    for index in 0..plan.len() {
        let (edition, stem) = (plan.edition(index), names.stem(plan, index));
        if stem.len() > MAX_BYTES {
            let what =
                format!("gives item {edition} a name of {} bytes, and the limit is {MAX_BYTES}", stem.len());
            return vec![(about(what), "use fewer layers, or rename traits".to_owned())];
        }
        // What differs in case alone is one file on Windows and macOS. To upper case first, as some letters have one form
        // there and two below.
        let folded = stem.to_uppercase().to_lowercase();
        match taken.get(&folded) {
            Some((other, theirs)) => {
                all += 1;
                found.get_or_insert_with(|| match *theirs == stem {
                    true => format!("gives items {other} and {edition} the same name, {}", quoted(&stem)),
                    false => format!(
                        "gives items {other} and {edition} the names {} and {}, which differ only in case",
                        quoted(theirs),
                        quoted(&stem)
                    ),
                });
            }
            None => _ = taken.insert(folded, (edition, stem)),
        }
    }
    let remedy = "add {edition} or more layers, or check layers with unique = false";
    let more = if all > 1 { format!(", and {} more", all - 1) } else { String::new() };
    found.map(|what| (about(what) + &more, remedy.to_owned())).into_iter().collect()
}

/// Whether some system does not take a character in a name, or shows the name as another one.
fn is_refused(char: char) -> bool {
    char.is_control()
        || matches!(char, '<' | '>' | ':' | '"' | '/' | '\\' | '|' | '?' | '*')
        // Line and paragraph separators, and what turns the direction of text around.
        || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether Windows takes a file of this name for a device, whatever its extension.
fn is_device(stem: &str) -> bool {
    let base = stem.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
    let numbered = |base: &str| {
        let digit = base.strip_prefix("COM").or_else(|| base.strip_prefix("LPT"))?;
        let mut digits = digit.chars();
        (digits.next().is_some_and(|c| matches!(c, '0'..='9' | '¹' | '²' | '³')) && digits.next().is_none())
            .then_some(())
    };
    ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&base.as_str()) || numbered(&base).is_some()
}

/// A text as the name of a file that every system takes; only its length is left to be looked at.
fn clean(text: &str) -> String {
    let kept = |char: char| if is_refused(char) { '_' } else { char };
    let mut name: String = nfc(text).chars().map(kept).collect();
    // Hidden, or cut off, or overlooked.
    if name.starts_with(['.', ' ', '-']) {
        name.replace_range(..1, "_");
    }
    if name.ends_with(['.', ' ']) {
        name.replace_range(name.len() - 1.., "_");
    }
    if name.is_empty() || is_device(&name) {
        name.insert(0, '_');
    }
    name
}

/// The names of a run's pictures, without extension, by edition. Written as a list of editions and names, and held to what
/// we write when it is read: no path leads anywhere else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Vec<(u32, String)>", try_from = "Vec<(u32, String)>")]
pub(crate) struct Stems {
    /// None if they are the numbers.
    named: Option<Arc<Named>>,
    /// The sizes of the pictures, if there are several: each has a folder of its own. Written elsewhere.
    sizes: Arc<[u32]>,
    /// The format of the pictures, which decides their extension. Written elsewhere.
    format: PictureFormat,
    /// The folders of pictures and documents. Written elsewhere.
    layout: Layout,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    stems: HashMap<u32, Arc<str>>,
    editions: HashMap<Arc<str>, u32>,
}

impl Stems {
    /// Those that a project's template makes of a plan.
    pub(crate) fn of(project: &Project, plan: &Plan) -> Self {
        let names = PictureNames::new(project);
        if names.parts.is_empty() {
            return Self::default().of_project(project);
        }
        let mut named = Named::default();
        for index in 0..plan.len() {
            named.add(plan.edition(index), names.stem(plan, index).into());
        }
        Self { named: Some(Arc::new(named)), ..Self::default() }.of_project(project)
    }

    fn of_project(self, project: &Project) -> Self {
        self.of_sizes(&project.output_size).of_format(project.picture_format).of_layout(project.layout)
    }

    /// The names of pictures of these sizes.
    pub(crate) fn of_sizes(self, sizes: &[u32]) -> Self {
        Self { sizes: if sizes.len() > 1 { sizes.into() } else { Arc::default() }, ..self }
    }

    /// The names of pictures of this format.
    pub(crate) fn of_format(self, format: PictureFormat) -> Self {
        Self { format, ..self }
    }

    /// The names of files in this layout.
    pub(crate) fn of_layout(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// The layout of the files.
    pub(crate) fn layout(&self) -> Layout {
        self.layout
    }

    /// The format of the pictures.
    pub(crate) fn format(&self) -> PictureFormat {
        self.format
    }

    /// How many pictures an item has.
    pub(crate) fn pictures(&self) -> usize {
        self.sizes.len().max(1)
    }

    /// The number of the picture in which items are compared: that of the largest size.
    pub(crate) fn largest(&self) -> usize {
        (0..self.sizes.len()).max_by_key(|&number| self.sizes[number]).unwrap_or(0)
    }

    /// The folders of the sizes within that of all pictures, if there are several.
    pub(crate) fn size_folders(&self) -> impl Iterator<Item = String> + use<'_> {
        self.sizes.iter().map(|&size| names::images_of_size(size))
    }

    /// Whether they are the numbers of the items.
    pub(crate) fn are_numbers(&self) -> bool {
        self.named.is_none()
    }

    /// What the picture of an edition is called, without extension.
    pub(crate) fn stem(&self, edition: u32) -> Cow<'_, str> {
        match self.named.as_ref().and_then(|named| named.stems.get(&edition)) {
            Some(stem) => Cow::Borrowed(stem),
            None => Cow::Owned(edition.to_string()),
        }
    }

    /// The name of its file without its folder.
    pub(crate) fn file(&self, edition: u32) -> String {
        format!("{}.{}", self.stem(edition), self.format.extension())
    }

    /// The name of its file; that of the first size, if there are several.
    pub(crate) fn image(&self, edition: u32) -> String {
        self.image_of(0, edition)
    }

    /// The name of its file in the size of this number.
    pub(crate) fn image_of(&self, number: usize, edition: u32) -> String {
        self.image_called(number, edition, &self.stem(edition))
    }

    /// The folder of the pictures in the size of this number.
    pub(crate) fn folder(&self, number: usize) -> String {
        self.sizes.get(number).map_or_else(|| names::IMAGES.to_owned(), |&size| names::images_of_size(size))
    }

    /// The name of the document of an item.
    pub(crate) fn metadata(&self, edition: u32) -> String {
        names::metadata(edition, self.layout)
    }

    /// The folders of the files of an item, where the layout has such: of its pictures in the order of the sizes, and of its
    /// document.
    pub(crate) fn item_folders(&self, edition: u32) -> Vec<String> {
        if self.layout.item_folder(edition).is_empty() {
            return Vec::new();
        }
        let names = self.images(edition).chain([self.metadata(edition)]);
        names.filter_map(|name| Some(name.rsplit_once('/')?.0.to_owned())).collect()
    }

    /// The name of a file in the size of this number, where the picture is called `stem`.
    pub(crate) fn image_called(&self, number: usize, edition: u32, stem: &str) -> String {
        let folder = self.folder(number);
        format!("{folder}/{}{stem}.{}", self.layout.item_folder(edition), self.format.extension())
    }

    /// The names of all its files, in the order of the sizes.
    pub(crate) fn images(&self, edition: u32) -> impl Iterator<Item = String> + use<'_> {
        (0..self.pictures()).map(move |number| self.image_of(number, edition))
    }

    /// Whether some template could give a picture the name `name` in a layout.
    pub(crate) fn could_name(name: &str, layout: Layout) -> bool {
        names::picture(name, layout).is_some_and(|picture| is_stem(picture.stem))
    }

    /// The edition whose picture or metadata has the name `name`.
    pub(crate) fn edition_of(&self, name: &str) -> Option<u32> {
        let of_number = || names::edition_of(name, self.layout);
        let Some(picture) = names::picture(name, self.layout) else { return of_number() };
        let is_there = picture.extension == self.format.extension()
            && match picture.size {
                None => self.sizes.is_empty(),
                Some(size) => self.sizes.contains(&size),
            };
        match &self.named {
            _ if !is_there => None,
            Some(named) => {
                let edition = named.editions.get(picture.stem).copied();
                edition.filter(|&edition| self.layout.item_folder(edition) == picture.folder)
            }
            None => of_number(),
        }
    }
}

/// Whether a text is one that a picture can be called.
fn is_stem(text: &str) -> bool {
    text.len() <= MAX_BYTES && clean(text) == text
}

impl From<Stems> for Vec<(u32, String)> {
    fn from(stems: Stems) -> Self {
        let named = stems.named.iter().flat_map(|named| &named.stems);
        let mut all: Self = named.map(|(&edition, stem)| (edition, stem.to_string())).collect();
        all.sort_unstable();
        all
    }
}

impl TryFrom<Vec<(u32, String)>> for Stems {
    type Error = String;

    /// Fails for the first that is none that we make, or that two have.
    fn try_from(all: Vec<(u32, String)>) -> Result<Self, String> {
        let mut named = Named::default();
        for (edition, stem) in all {
            if !is_stem(&stem) {
                return Err(format!("{} is not a valid picture name", quoted(&stem)));
            }
            if !named.add(edition, stem.as_str().into()) {
                return Err(format!("{} is the name of two pictures, or the second of one", quoted(&stem)));
            }
        }
        Ok(Self { named: Some(Arc::new(named)), ..Self::default() })
    }
}

impl Named {
    /// Whether neither the edition nor the name was there.
    fn add(&mut self, edition: u32, stem: Arc<str>) -> bool {
        self.stems.insert(edition, stem.clone()).is_none() & self.editions.insert(stem, edition).is_none()
    }
}

#[cfg(test)]
#[path = "tests_picture_names.rs"]
mod tests;
