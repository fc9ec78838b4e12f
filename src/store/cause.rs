//! The errors of `object_store`: whether another try may help, and their texts without credentials.
//!
//! Its texts have the address of the request, and a query of that can have a signature or a token in it. So queries and users
//! of addresses are cut, and so is whatever the environment has as a secret, wherever it comes from.

use std::error::Error as _;

use object_store::Error;
use object_store::client::{HttpError, HttpErrorKind};

use crate::store::objects::Cause;

/// The most characters of a text: answers of servers can be pages.
const MAX_TEXT: usize = 400;
/// What replaces a secret.
const CUT: &str = "***";
/// Parts of the names of variables that have secrets.
const SECRET: [&str; 7] = ["SECRET", "TOKEN", "KEY", "PASSWORD", "SAS", "CREDENTIAL", "SIGNATURE"];

impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        match &error {
            Error::NotFound { .. } => Self::Missing,
            Error::AlreadyExists { .. } | Error::Precondition { .. } => Self::Exists,
            // Listing a bucket that is not there.
            Error::Generic { .. } if status_in(&error.to_string()) == Some(404) => Self::Missing,
            Error::Generic { .. } if may_work_later(&error) => Self::Away(text_of(&error)),
            Error::JoinError { .. } => Self::Away(text_of(&error)),
            _ => Self::Refused(text_of(&error)),
        }
    }
}

/// Whether the failure of a request is one that passes. A refusal has a status of 400 to 499, of which some say "later".
fn may_work_later(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(http) = error.downcast_ref::<HttpError>() {
            return http.kind() != HttpErrorKind::Decode;
        }
        source = error.source();
    }
    let text = error.to_string();
    match status_in(&text) {
        Some(status) => !(400..500).contains(&status) || matches!(status, 408 | 409 | 425 | 429),
        // A server of another region answers with a redirection that leads nowhere.
        None => !text.contains("redirect"),
    }
}

/// The status of an answer; the type that has it is not public.
fn status_in(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("status code: ")?;
    rest.get(..3)?.parse().ok()
}

/// The text of an error in one line, without credentials.
pub(crate) fn text_of(error: &Error) -> String {
    let variables = std::env::vars_os();
    let secrets = variables.filter_map(|(name, value)| {
        let (name, value) = (name.to_str()?, value.into_string().ok()?);
        let is_of_store = ["AWS_", "GOOGLE_", "AZURE_"].iter().any(|start| name.starts_with(start));
        (is_of_store && value.len() > 5 && SECRET.iter().any(|part| name.contains(part))).then_some(value)
    });
    without_secrets(&error.to_string(), &secrets.collect::<Vec<_>>())
}

/// A text in which an answer in XML is its message alone. What is around that can be a whole signed request.
fn shortened(text: &str) -> String {
    let within = |tag: &str| {
        let (_, rest) = text.split_once(&format!("<{tag}>"))?;
        rest.split_once("</").map(|(within, _)| within)
    };
    let Some((before, _)) = text.split_once('<') else { return text.to_owned() };
    let parts: Vec<&str> = ["Code", "Message"].into_iter().filter_map(within).collect();
    format!("{before}{}", parts.join(": "))
}

/// A text without the queries and users of addresses in it, and without these secrets.
fn without_secrets(text: &str, secrets: &[String]) -> String {
    let mut text = shortened(text);
    for secret in secrets {
        text = text.replace(secret.as_str(), CUT);
    }
    let words = text.split_whitespace().map(|word| {
        let Some((before, rest)) = word.split_once("://") else { return word.to_owned() };
        let rest = match rest.split_once('?') {
            Some((rest, _)) => format!("{rest}?{CUT}"),
            None => rest.to_owned(),
        };
        let (host, path) = rest.split_once('/').unwrap_or((&rest, ""));
        let host = host.rsplit_once('@').map_or(host.to_owned(), |(_, host)| format!("{CUT}@{host}"));
        let slash = if rest.contains('/') { "/" } else { "" };
        format!("{before}://{host}{slash}{path}")
    });
    let text = words.collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generic(text: &str) -> Cause {
        let source = Box::<dyn std::error::Error + Send + Sync>::from(text.to_owned());
        Error::Generic { store: "S3", source }.into()
    }

    #[test]
    fn no_secret_is_left_in_a_text() {
        for (text, cleaned) in [
            ("GET http://a.b/c?X-Amz-Signature=abc&t=1 in 3s", "GET http://a.b/c?*** in 3s"),
            ("GET https://user:pass@host:9/c d", "GET https://***@host:9/c d"),
            ("error sending for url (http://h?sig=abc)", "error sending for url (http://h?***"),
            (
                "code: 403 Forbidden: <?xml?><Error><Code>Bad</Code><Message>No.</Message><StringToSign>AB",
                "code: 403 Forbidden: Bad: No.",
            ),
            ("the key s3cr3tkey\n is  wrong", "the key *** is wrong"),
        ] {
            assert_eq!(without_secrets(text, &["s3cr3tkey".to_owned()]), cleaned);
        }
        assert_eq!(without_secrets(&"x".repeat(1000), &[]).len(), MAX_TEXT + 3);
    }

    #[test]
    fn what_passes_is_tried_again_and_a_refusal_is_not() {
        let status = |status: u16| generic(&format!("Server returned non-2xx status code: {status} X: body"));
        for later in [500, 503, 408, 429] {
            assert!(matches!(status(later), Cause::Away(_)), "{later}");
        }
        for never in [400, 403, 405, 411] {
            assert!(matches!(status(never), Cause::Refused(_)), "{never}");
        }
        assert!(matches!(generic("Received redirect without LOCATION"), Cause::Refused(_)));
        assert_eq!(status(404), Cause::Missing);
        assert!(matches!(generic("something else"), Cause::Away(_)));
        let of = |path: &str| (path.to_owned(), Box::<dyn std::error::Error + Send + Sync>::from("x"));
        let (path, source) = of("a");
        assert_eq!(Cause::from(Error::NotFound { path, source }), Cause::Missing);
        let (path, source) = of("a");
        assert_eq!(Cause::from(Error::Precondition { path, source }), Cause::Exists);
        let (path, source) = of("a");
        assert!(matches!(Cause::from(Error::PermissionDenied { path, source }), Cause::Refused(_)));
    }
}
