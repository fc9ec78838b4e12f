//! The address of a pool that a page reads its full pictures from.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What has no place in an address as it is (RFC 3986, 2); `%` begins what is escaped already.
const UNSAFE: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What has a meaning of its own in a content security policy.
const OF_POLICY: &AsciiSet = &CONTROLS.add(b';').add(b',').add(b'\'');

/// The address of a pool: absolute (`https://example.org/drop.pool`), or relative to the page (`drop.pool`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolAddress {
    text: String,
    is_absolute: bool,
}

/// Why a text is no address of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolAddressError {
    /// It is empty.
    #[error("it is empty; write an address, for example https://example.org/drop.pool or drop.pool")]
    Empty,
    /// Browsers do not read it over the network.
    #[error("only http: and https: addresses can be read by a page; put the pool on a web server")]
    Scheme,
    /// It names no host.
    #[error("it has no host; write it as in https://example.org/drop.pool, or relative to the page")]
    Host,
    /// What follows `#` is not part of what is read.
    #[error("it contains #, which ends an address; write %23 where it is part of a name")]
    Fragment,
}

impl FromStr for PoolAddress {
    type Err = PoolAddressError;

    fn from_str(text: &str) -> Result<Self, PoolAddressError> {
        if text.trim().is_empty() {
            return Err(PoolAddressError::Empty);
        }
        if text.contains('#') {
            return Err(PoolAddressError::Fragment);
        }
        let text = utf8_percent_encode(text, UNSAFE).to_string();
        let before = text.split(['/', '?']).next().unwrap_or_default();
        let is_absolute = match before.split_once(':') {
            None if text.starts_with("//") => return Err(PoolAddressError::Host),
            None => false,
            Some((scheme, _)) => {
                if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
                    return Err(PoolAddressError::Scheme);
                }
                let rest = text[scheme.len() + 1..].strip_prefix("//").unwrap_or_default();
                if rest.is_empty() || rest.starts_with(['/', '?']) {
                    return Err(PoolAddressError::Host);
                }
                true
            }
        };
        Ok(Self { text, is_absolute })
    }
}

impl fmt::Display for PoolAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PoolAddress {
    /// The source by which a content security policy allows to read it (CSP level 3, 2.3.1): a query is no part of one.
    pub(super) fn source(&self) -> String {
        if !self.is_absolute {
            return "'self'".to_owned();
        }
        let path = self.text.split('?').next().unwrap_or_default();
        utf8_percent_encode(path, OF_POLICY).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_escaped_and_cannot_leave_their_place_in_a_policy() {
        for (text, address, source) in [
            ("drop.pool", "drop.pool", "'self'"),
            ("../my drop/ä.pool?v=2", "../my%20drop/%C3%A4.pool?v=2", "'self'"),
            ("/a:b/%20.pool", "/a:b/%20.pool", "'self'"),
            (
                "https://example.org/drop.pool",
                "https://example.org/drop.pool",
                "https://example.org/drop.pool",
            ),
            (
                "HTTP://127.0.0.1:8000/d.pool?x=1",
                "HTTP://127.0.0.1:8000/d.pool?x=1",
                "HTTP://127.0.0.1:8000/d.pool",
            ),
            (
                "https://example.org/x'; script-src *,\"\n.pool",
                "https://example.org/x';%20script-src%20*,%22%0A.pool",
                "https://example.org/x%27%3B%20script-src%20*%2C%22%0A.pool",
            ),
        ] {
            let read: PoolAddress = text.parse().unwrap();
            assert_eq!((&*read.to_string(), &*read.source()), (address, source), "{text}");
            assert!(!read.source().trim_matches('\'').contains(['\'', ';', ',', ' ', '"']), "{text}");
        }
    }

    #[test]
    fn what_no_page_can_read_is_refused() {
        for (text, error) in [
            ("", PoolAddressError::Empty),
            (" ", PoolAddressError::Empty),
            ("javascript:alert(1)", PoolAddressError::Scheme),
            ("file:///home/me/drop.pool", PoolAddressError::Scheme),
            (r"C:\drop.pool", PoolAddressError::Scheme),
            ("data:,x", PoolAddressError::Scheme),
            ("ftp://example.org/drop.pool", PoolAddressError::Scheme),
            ("https:drop.pool", PoolAddressError::Host),
            ("https:///drop.pool", PoolAddressError::Host),
            ("//example.org/drop.pool", PoolAddressError::Host),
            ("drop.pool#3", PoolAddressError::Fragment),
        ] {
            assert_eq!(text.parse::<PoolAddress>(), Err(error), "{text:?}");
        }
    }
}
