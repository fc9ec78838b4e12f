//! Signed addresses: HMAC-SHA-256 (RFC 2104) of an address, as its last parameter `sig`.
//!
//! Anyone can write an address, and every new one costs a picture. With a key, only those who have it write addresses that are served.
//! A second key serves addresses that were signed before a change of keys.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The least bytes of a key.
const LEAST: usize = 16;
/// The most bytes of a file of keys.
const MOST: u64 = 1 << 12;
/// What begins the parameter.
const PARAMETER: &str = "sig=";

/// One or two keys; the first signs.
#[derive(Clone)]
pub(crate) struct Keys(Vec<Vec<u8>>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

impl Keys {
    /// Reads a file of one or two lines.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let at = |what: String| format!("{}: {what}", path.display());
        let size = std::fs::metadata(path).map_err(|error| at(error.to_string()))?.len();
        if size > MOST {
            return Err(at(format!("the file of keys has {size} bytes, and the limit is {MOST}")));
        }
        let text = std::fs::read_to_string(path).map_err(|error| at(error.to_string()))?;
        let keys: Vec<Vec<u8>> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .map(|line| line.as_bytes().to_vec())
            .collect();
        match keys.len() {
            1 | 2 => {}
            count => return Err(at(format!("the file has {count} keys; write one a line, and at most two"))),
        }
        if let Some(short) = keys.iter().find(|key| key.len() < LEAST) {
            let length = short.len();
            return Err(at(format!(
                "a key has {length} bytes; write at least {LEAST}, as from `openssl rand -hex 32`"
            )));
        }
        Ok(Self(keys))
    }

    fn mac(key: &[u8], address: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("every length is a key");
        mac.update(address.as_bytes());
        mac
    }

    /// The address, a path with or without parameters, with its signature.
    pub(crate) fn sign(&self, address: &str) -> String {
        let code = Self::mac(&self.0[0], address).finalize().into_bytes();
        let between = if address.contains('?') { '&' } else { '?' };
        format!("{address}{between}{PARAMETER}{}", URL_SAFE_NO_PAD.encode(code))
    }

    /// Whether one of the keys signed the address. The time that it takes says nothing about the signature.
    pub(crate) fn signed(&self, address: &str) -> bool {
        let Some((before, code)) = address.rsplit_once(PARAMETER) else { return false };
        let Some(before) = before.strip_suffix(['?', '&']) else { return false };
        let Ok(code) = URL_SAFE_NO_PAD.decode(code) else { return false };
        self.0.iter().any(|key| Self::mac(key, before).verify_slice(&code).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_of_both_keys_are_taken_and_of_no_other() {
        let (old, new) = (b"an old key of 20 byt".to_vec(), b"a new key of 21 bytes".to_vec());
        let keys = Keys(vec![new, old.clone()]);
        for address in ["/v1/cats/seed/alice.png", "/v1/cats/seed/alice.png?size=64"] {
            for signed in [keys.sign(address), Keys(vec![old.clone()]).sign(address)] {
                assert!(keys.signed(&signed), "{signed}");
                assert!(!keys.signed(&signed.replace("alice", "bob")));
                assert!(!keys.signed(&format!("{signed}&size=512")), "the signature is the last parameter");
                assert!(!keys.signed(&signed[..signed.len() - 1]));
            }
            assert!(!keys.signed(address));
            assert!(!keys.signed(&Keys(vec![b"a key of somebody else".to_vec()]).sign(address)));
        }
    }
}
