//! Refusals, as problem documents (RFC 9457) in the words of the library.

use axum::body::Body;
use axum::http::{HeaderValue, Response, StatusCode, header};
use traitpress::{Error, ErrorKind};

use crate::cli::remedy;

/// The methods of the service.
pub(crate) const METHODS: &str = "GET, HEAD, OPTIONS";

/// A refusal.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) detail: String,
    /// Seconds after which another try may succeed.
    pub(crate) retry_after: Option<u32>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after: None }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// The service has too much to do.
    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Self { retry_after: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, detail) }
    }

    /// One client asks for too much.
    pub(crate) fn too_many(detail: impl Into<String>, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail) }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        let text = remedy::message(&error);
        match error.kind() {
            ErrorKind::Usage => Self::bad_request(text),
            ErrorKind::Mismatch => Self::new(StatusCode::CONFLICT, text),
            ErrorKind::Temporary | ErrorKind::Cancelled => Self::busy(text),
            _ => Self::new(StatusCode::INTERNAL_SERVER_ERROR, text),
        }
    }
}

impl From<Problem> for Response<Body> {
    fn from(problem: Problem) -> Self {
        let Problem { status, detail, retry_after } = problem;
        let title = status.canonical_reason().unwrap_or("Error");
        let document = serde_json::json!({
            "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail,
        });
        let mut response = Self::new(Body::from(document.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            // RFC 9110, section 15.5.6.
            headers.insert(header::ALLOW, HeaderValue::from_static(METHODS));
        }
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
