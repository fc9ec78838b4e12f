//! From a request to its response.
//!
//! Of a picture the ETag follows from what is requested, so a request that has the picture already, or asks for its headers alone, is
//! answered without work.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, Response, StatusCode, Uri};
use hyper::body::Frame;
use serde_json::Value;

use crate::cli::serve::access::AccessLog;
use crate::cli::serve::describe;
use crate::cli::serve::metrics::Metrics;
use crate::cli::serve::numbered::{Numbered, check_item, find_document, find_size};
use crate::cli::serve::pictures::{Picture, Pictures};
use crate::cli::serve::problem::{METHODS, Problem};
use crate::cli::serve::signature::KeyFile;
use crate::cli::serve::sites::Sites;
use crate::cli::serve::target::{Form, ItemTarget, Target, Which};

/// Seconds that a picture of an address with a digest may be kept: a year.
const FOREVER: u32 = 31_536_000;

/// The service: what requests are answered from.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) sites: Arc<Sites>,
    pub(crate) pictures: Pictures,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) keys: Option<Arc<KeyFile>>,
    pub(crate) cors: Vec<String>,
    pub(crate) max_age: u32,
    /// Whether the service ends.
    pub(crate) drains: AtomicBool,
    pub(crate) access_log: Option<AccessLog>,
}

/// A response, with the kind of address and whether a picture was there already.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) response: Response<Body>,
    pub(crate) route: &'static str,
    pub(crate) cached: Option<bool>,
}

impl Answer {
    fn new(route: &'static str, response: Response<Body>) -> Self {
        Self { response, route, cached: None }
    }
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) client: IpAddr,
}

impl Service {
    /// Answers a request.
    pub(crate) async fn answer(&self, asked: Asked<'_>) -> Answer {
        let (route, answered) = match *asked.method {
            Method::GET | Method::HEAD => self.get(asked).await,
            Method::OPTIONS => ("options", Ok((options(), None))),
            _ => {
                let problem =
                    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this service has GET, HEAD and OPTIONS");
                ("other", Err(problem))
            }
        };
        let mut answer = match answered {
            Ok((response, cached)) => Answer { cached, ..Answer::new(route, response) },
            Err(problem) => Answer::new(route, problem.into()),
        };
        self.add_common(&mut answer.response, asked.headers);
        answer
    }

    async fn get(&self, asked: Asked<'_>) -> (&'static str, Result<(Response<Body>, Option<bool>), Problem>) {
        let Asked { uri, headers, .. } = asked;
        match uri.path() {
            "/healthz" => ("health", Ok((text("ok\n"), None))),
            "/readyz" if self.drains.load(SeqCst) => ("ready", Err(Problem::busy("the service ends"))),
            "/readyz" => ("ready", Ok((text("ok\n"), None))),
            "/openapi.json" => ("openapi", Ok((self.document(&describe::openapi(), None, headers), None))),
            path => match Target::read(path, uri.query()) {
                Err(problem) => ("other", Err(problem)),
                Ok(Target::Projects) => {
                    let document = describe::projects(&self.sites).to_string().into();
                    ("projects", Ok((Self::json(document, Self::present(), headers), None)))
                }
                Ok(Target::Project(named)) => {
                    let cache_control = match &named.digest {
                        None => Self::present(),
                        Some(digest) => self.cache_control(Some(digest)),
                    };
                    let found = self.sites.find(&named).map(|site| {
                        Self::json(describe::project(&site).to_string().into(), cache_control, headers)
                    });
                    ("project", found.map(|found| (found, None)))
                }
                Ok(Target::Item(target)) => {
                    let route = match target.which {
                        Which::Drawn { seed: Some(_), .. } => "seed",
                        Which::Drawn { seed: None, .. } => "render",
                        Which::Numbered(_) => "items",
                    };
                    (route, self.item(&target, asked).await)
                }
            },
        }
    }

    async fn item(
        &self,
        target: &ItemTarget,
        asked: Asked<'_>,
    ) -> Result<(Response<Body>, Option<bool>), Problem> {
        let Asked { uri, headers, .. } = asked;
        if let Some(keys) = &self.keys {
            let address = uri.path_and_query().map_or("/", |address| address.as_str());
            if !keys.signed(address) {
                let detail =
                    "the address is not signed: its last parameter must be sig=.. by a key of this service";
                return Err(Problem::new(StatusCode::FORBIDDEN, detail));
            }
        }
        let site = self.sites.find(&target.project)?;
        let digest = target.project.digest.as_deref();
        if let (Which::Numbered(edition), Some(Numbered::Pool(pool))) = (&target.which, &site.numbered) {
            // The index of a pool is read from its file.
            let Form::Picture(format, media) = target.form else {
                let document = tokio::task::block_in_place(|| find_document(pool, *edition))?;
                return Ok((Self::json(document.into(), self.cache_control(digest), headers), None));
            };
            let size = find_size(pool, *edition, format.extension(), target.size)?;
            let picture = Picture::Stored { pool: pool.clone(), edition: *edition, size };
            if !self.pictures.cache.has(&picture.key()) {
                tokio::task::block_in_place(|| check_item(pool, *edition))?;
            }
            return self.picture(&picture, media, digest, asked).await;
        }
        let sizes = site.sizes_of(&target.which);
        let side = target.size.unwrap_or(sizes[0]);
        if !sizes.contains(&side) {
            let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
            return Err(Problem::bad_request(format!(
                "size is {side}, and this project has {}",
                sizes.join(", ")
            )));
        }
        if let (Which::Numbered(edition), Form::Picture(format, media)) = (&target.which, target.form)
            && let Some(numbered) = &site.numbered
            && let Some((pictures, size)) = numbered.written(*edition, format.extension(), side)
        {
            let picture = Picture::Written { pictures: pictures.clone(), edition: *edition, size };
            return self.picture(&picture, media, digest, asked).await;
        }
        let item = match &target.which {
            // Choices of traits that are never drawn may take decision diagrams of their own.
            Which::Drawn { limits, .. } if !limits.is_empty() => {
                tokio::task::block_in_place(|| site.item(&target.which))?
            }
            which => site.item(which)?,
        };
        let Form::Picture(format, media) = target.form else {
            let document = describe::item(&site, &target.which, &item)?;
            return Ok((self.document(&document, digest, headers), None));
        };
        self.picture(&Picture::Made { site, item, side, format }, media, digest, asked).await
    }

    /// The picture, or as much of the answer as the client needs.
    async fn picture(
        &self,
        picture: &Picture,
        media: &'static str,
        digest: Option<&str>,
        asked: Asked<'_>,
    ) -> Result<(Response<Body>, Option<bool>), Problem> {
        let key = picture.key();
        let tag = tag_of(&key);
        let mut response = Response::new(Body::empty());
        let found = response.headers_mut();
        found.insert(header::ETAG, tag.clone());
        found.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        found.insert(header::CACHE_CONTROL, self.cache_control(digest));
        if has_tag(asked.headers, &tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response.headers_mut().remove(header::CONTENT_TYPE);
            return Ok((response, None));
        }
        if asked.method == Method::HEAD {
            // The length is not clear until the picture is made.
            *response.body_mut() = Body::new(OfUnclearLength);
            return Ok((response, None));
        }
        let (file, cached) = self.pictures.file(picture, key, asked.client).await?;
        *response.body_mut() = Body::from(file);
        Ok((response, Some(cached)))
    }

    /// A JSON document, or 304 if the client has it.
    fn document(&self, document: &Value, digest: Option<&str>, headers: &HeaderMap) -> Response<Body> {
        Self::json(document.to_string().into(), self.cache_control(digest), headers)
    }

    fn json(bytes: Bytes, cache_control: HeaderValue, headers: &HeaderMap) -> Response<Body> {
        let tag = tag_of(blake3::hash(&bytes).as_bytes());
        let mut response = Response::new(Body::empty());
        response.headers_mut().insert(header::ETAG, tag.clone());
        response.headers_mut().insert(header::CACHE_CONTROL, cache_control);
        if has_tag(headers, &tag) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *response.body_mut() = Body::from(bytes);
        }
        response
    }

    /// For documents with the digest of the present state: clients ask each time, because addresses with an earlier digest are refused.
    fn present() -> HeaderValue {
        HeaderValue::from_static("no-cache")
    }

    /// How long others may keep an answer: forever if its address names a state.
    fn cache_control(&self, digest: Option<&str>) -> HeaderValue {
        let text = match digest {
            Some(_) => format!("public, max-age={FOREVER}, immutable"),
            None => format!("public, max-age={}", self.max_age),
        };
        HeaderValue::try_from(text).expect("numbers and words are a value of a header")
    }

    /// What every response has.
    fn add_common(&self, response: &mut Response<Body>, headers: &HeaderMap) {
        let to = response.headers_mut();
        to.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.cors.is_empty() {
            return;
        }
        let any = self.cors.iter().any(|origin| origin == "*");
        if any {
            to.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        } else {
            to.insert(header::VARY, HeaderValue::from_static("Origin"));
            let origin = headers.get(header::ORIGIN);
            if let Some(origin) =
                origin.filter(|origin| self.cors.iter().any(|own| own.as_bytes() == origin.as_bytes()))
            {
                to.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            }
        }
        if to.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
            to.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("ETag"));
        }
    }
}

/// The body of an answer to HEAD: none, of no length that could be taken for that of the picture.
struct OfUnclearLength;

impl HttpBody for OfUnclearLength {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(None)
    }
}

fn options() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let methods: [(HeaderName, &str); 3] = [
        (header::ALLOW, METHODS),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "If-None-Match"),
    ];
    for (name, value) in methods {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn text(text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A strong ETag: half of a digest.
fn tag_of(digest: &[u8; 32]) -> HeaderValue {
    let digest = blake3::Hash::from_bytes(*digest).to_hex();
    HeaderValue::try_from(format!("\"{}\"", &digest[..32])).expect("digits are a value of a header")
}

/// Whether the client says that it has what this tag is of (RFC 9110, section 13.1.2).
fn has_tag(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let Ok(tag) = tag.to_str() else { return false };
    headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok()).any(|list| {
        list.split(',')
            .map(str::trim)
            .any(|other| other == "*" || other.strip_prefix("W/").unwrap_or(other) == tag)
    })
}
