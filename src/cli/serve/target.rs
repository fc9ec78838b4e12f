//! Addresses: what of which project is requested, in which format and size.
//!
//! Everything is read before anything is made, within limits: of lengths, of numbers of parameters, and of sizes from a list.

use percent_encoding::percent_decode_str;
use traitpress::project::PictureFormat;

use crate::cli::serve::problem::Problem;

/// The most bytes of a seed.
const MAX_SEED: usize = 256;
/// The most parameters.
const MAX_PARAMETERS: usize = 128;

/// What is requested.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// All projects.
    Projects,
    /// A description of a project.
    Project(Named),
    /// An item.
    Item(ItemTarget),
}

/// A project as an address names it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Named {
    pub(crate) id: String,
    /// The state that it must have.
    pub(crate) digest: Option<String>,
}

/// An item of a project, and in which form.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ItemTarget {
    pub(crate) project: Named,
    pub(crate) which: Which,
    pub(crate) form: Form,
    pub(crate) size: Option<u32>,
}

/// Which item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Which {
    /// One of certain choices, drawn from a text if there is one: layers, each with the names of its traits.
    Drawn { seed: Option<String>, limits: Vec<(String, Vec<String>)> },
    /// That of a number.
    Numbered(u32),
}

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Form {
    Picture(PictureFormat, &'static str),
    /// Names, attributes and traits.
    Document,
}

impl Form {
    fn of_extension(extension: &str) -> Option<Self> {
        let picture = |name, media| {
            let format = PictureFormat::parse(name, None).ok()?;
            Some(Self::Picture(format, media))
        };
        match extension {
            "png" => picture("png", "image/png"),
            "webp" => picture("webp", "image/webp"),
            "jpg" | "jpeg" => picture("jpeg", "image/jpeg"),
            "json" => Some(Self::Document),
            _ => None,
        }
    }
}

impl Target {
    /// Reads an address: the path as it was sent, and what is behind the question mark.
    pub(crate) fn read(path: &str, query: Option<&str>) -> Result<Self, Problem> {
        let nothing = || {
            Problem::not_found(format!(
                "there is nothing at {path:?}; see /openapi.json for the addresses of this service"
            ))
        };
        let parts: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
        let (["v1", rest @ ..], parameters) = (&parts[..], Parameters::read(query)?) else {
            return Err(nothing());
        };
        match rest {
            [] | [""] => parameters.refuse_all().map(|()| Self::Projects),
            [project] | [project, ""] => {
                parameters.refuse_all()?;
                Ok(Self::Project(Named::read(project)?))
            }
            [project, "seed", file] => {
                let (seed, form) = form_of(file).ok_or_else(nothing)?;
                if parameters.seed.is_some() {
                    return Err(Problem::bad_request("seed is given twice: in the path and as a parameter"));
                }
                Self::drawn(project, Some(decoded(seed)?), form, parameters)
            }
            [project, file] if file.starts_with("render.") => {
                let (_, form) = form_of(file).ok_or_else(nothing)?;
                let seed = parameters.seed.clone();
                Self::drawn(project, seed, form, parameters)
            }
            [project, "items", file] => {
                let (number, form) = form_of(file).ok_or_else(nothing)?;
                let number = number.parse().map_err(|_| {
                    Problem::not_found(format!(
                        "{number:?} is no edition: write a number, as in items/17.png"
                    ))
                })?;
                let size = parameters.size;
                Parameters { size: None, ..parameters }.refuse_all()?;
                let project = Named::read(project)?;
                Ok(Self::Item(ItemTarget { project, which: Which::Numbered(number), form, size }))
            }
            _ => Err(nothing()),
        }
    }

    fn drawn(
        project: &str,
        seed: Option<String>,
        form: Form,
        parameters: Parameters,
    ) -> Result<Self, Problem> {
        if let Some(seed) = seed.as_ref().filter(|seed| seed.len() > MAX_SEED) {
            let length = seed.len();
            return Err(Problem::bad_request(format!(
                "the seed has {length} bytes, and the limit is {MAX_SEED}"
            )));
        }
        let Parameters { size, limits, .. } = parameters;
        let which = Which::Drawn { seed, limits };
        Ok(Self::Item(ItemTarget { project: Named::read(project)?, which, form, size }))
    }
}

impl Named {
    fn read(text: &str) -> Result<Self, Problem> {
        let text = decoded(text)?;
        Ok(match text.split_once('@') {
            Some((id, digest)) => Self { id: id.to_owned(), digest: Some(digest.to_owned()) },
            None => Self { id: text, digest: None },
        })
    }
}

/// The parameters of an address.
#[derive(Debug, Default)]
struct Parameters {
    size: Option<u32>,
    seed: Option<String>,
    limits: Vec<(String, Vec<String>)>,
}

impl Parameters {
    fn read(query: Option<&str>) -> Result<Self, Problem> {
        let mut found = Self::default();
        let pairs = query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        for (number, pair) in pairs.enumerate() {
            if number == MAX_PARAMETERS {
                return Err(Problem::bad_request(format!("there are more than {MAX_PARAMETERS} parameters")));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            // A plus is a blank in what forms send.
            let [name, value] = [name, value].map(|text| decoded(&text.replace('+', "%20")));
            let (name, value) = (name?, value?);
            let is_new = match &*name {
                "size" => {
                    let size = value.parse().map_err(|_| {
                        Problem::bad_request(format!("size is {value:?}: write a number of pixels"))
                    })?;
                    found.size.replace(size).is_none()
                }
                "seed" => found.seed.replace(value).is_none(),
                "sig" => true,
                _ => {
                    let is_new = found.limits.iter().all(|(layer, _)| *layer != name);
                    found.limits.push((name.clone(), value.split(',').map(str::to_owned).collect()));
                    is_new
                }
            };
            if !is_new {
                return Err(Problem::bad_request(format!(
                    "{name:?} is given twice; separate traits with commas"
                )));
            }
        }
        Ok(found)
    }

    fn refuse_all(self) -> Result<(), Problem> {
        let Self { size, seed, limits } = self;
        let names = [size.map(|_| "size".to_owned()), seed.map(|_| "seed".to_owned())];
        match names.into_iter().flatten().chain(limits.into_iter().map(|(name, _)| name)).next() {
            Some(name) => Err(Problem::bad_request(format!("this address has no parameter {name:?}"))),
            None => Ok(()),
        }
    }
}

/// A file's name up to its extension, and the form that this is.
fn form_of(file: &str) -> Option<(&str, Form)> {
    let (name, extension) = file.rsplit_once('.')?;
    Some((name, Form::of_extension(extension)?))
}

fn decoded(text: &str) -> Result<String, Problem> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(Into::into)
        .map_err(|_| Problem::bad_request(format!("{text:?} is not UTF-8 in percent encoding")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(path: &str, query: &str) -> ItemTarget {
        match Target::read(path, Some(query)) {
            Ok(Target::Item(item)) => item,
            other => panic!("{path}?{query}: {other:?}"),
        }
    }

    #[test]
    fn addresses_name_items_forms_and_sizes() {
        let alice = item("/v1/cats/seed/alice%20%F0%9F%A6%8A.v2.png", "size=64&Hat=Crown,Cap&Eye+Colour=Red");
        let limits = vec![
            ("Hat".to_owned(), vec!["Crown".to_owned(), "Cap".to_owned()]),
            ("Eye Colour".to_owned(), vec!["Red".to_owned()]),
        ];
        assert_eq!(alice.which, Which::Drawn { seed: Some("alice 🦊.v2".to_owned()), limits });
        assert_eq!((alice.size, alice.project.id.as_str()), (Some(64), "cats"));
        assert!(matches!(alice.form, Form::Picture(PictureFormat::Png, "image/png")));
        let numbered = item("/v1/cats@0123/items/17.jpg", "");
        assert_eq!((numbered.which, numbered.project.digest.as_deref()), (Which::Numbered(17), Some("0123")));
        assert_eq!(item("/v1/cats/render.json", "Hat=Cap").form, Form::Document);
        assert_eq!(Target::read("/v1", None).unwrap(), Target::Projects);
        assert!(matches!(Target::read("/v1/cats/", None), Ok(Target::Project(_))));
    }

    #[test]
    fn what_is_wrong_is_refused_before_anything_is_made() {
        let status = |path: &str, query: &str| Target::read(path, Some(query)).unwrap_err().status.as_u16();
        let long = format!("/v1/cats/seed/{}.png", "a".repeat(257));
        let many = "A=1&".repeat(200);
        for (path, query, expected) in [
            ("/", "", 404),
            ("/v2/cats", "", 404),
            ("/v1/cats/seed/alice.gif", "", 404),
            ("/v1/cats/seed/alice", "", 404),
            ("/v1/cats/items/x.png", "", 404),
            ("/v1/cats/items/99999999999.png", "", 404),
            ("/v1/cats/items/1.png", "Hat=Crown", 400),
            ("/v1/cats/seed/alice.png", "size=-1", 400),
            ("/v1/cats/seed/alice.png", "size=1&size=2", 400),
            ("/v1/cats/seed/alice.png", "Hat=A&Hat=B", 400),
            ("/v1/cats/seed/alice.png", "seed=bob", 400),
            ("/v1/cats/seed/%ff.png", "", 400),
            (&*long, "", 400),
            ("/v1/cats/render.png", &*many, 400),
            ("/v1", "size=1", 400),
        ] {
            assert_eq!(status(path, query), expected, "{path}?{query}");
        }
    }
}
