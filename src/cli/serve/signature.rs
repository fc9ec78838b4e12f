//! Signed addresses: HMAC-SHA-256 (RFC 2104) of an address, as its last parameter `sig`.
//!
//! Anyone can write an address, and every new one costs a picture. With a key, only those who have it write addresses that are served.
//! A second key serves addresses that were signed before a change of keys, and the file is read again when it changes.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

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
#[derive(PartialEq, Eq)]
struct Keys(Vec<Vec<u8>>);

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
    fn read(path: &Path) -> Result<Self, String> {
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

    /// How many there are, and where they are from.
    fn describe(&self, path: &Path) -> String {
        let count = self.0.len();
        format!("{}: {count} {}", path.display(), if count == 1 { "key" } else { "keys" })
    }

    fn mac(key: &[u8], address: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("every length is a key");
        mac.update(address.as_bytes());
        mac
    }

    /// The address, a path with or without parameters, with its signature.
    fn sign(&self, address: &str) -> String {
        let code = Self::mac(&self.0[0], address).finalize().into_bytes();
        let between = if address.contains('?') { '&' } else { '?' };
        format!("{address}{between}{PARAMETER}{}", URL_SAFE_NO_PAD.encode(code))
    }

    /// Whether one of the keys signed the address. The time that it takes says nothing about the signature.
    fn signed(&self, address: &str) -> bool {
        let Some((before, code)) = address.rsplit_once(PARAMETER) else { return false };
        let Some(before) = before.strip_suffix(['?', '&']) else { return false };
        let Ok(code) = URL_SAFE_NO_PAD.decode(code) else { return false };
        self.0.iter().any(|key| Self::mac(key, before).verify_slice(&code).is_ok())
    }
}

/// The keys of a file, which are read again when it changes.
#[derive(Debug)]
pub(crate) struct KeyFile {
    path: PathBuf,
    present: RwLock<Keys>,
    /// What was wrong with the file at the last look.
    wrong: Mutex<Option<String>>,
}

impl KeyFile {
    /// Reads a file of one or two lines.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub(crate) fn read(path: PathBuf) -> Result<Self, String> {
        let present = RwLock::new(Keys::read(&path)?);
        Ok(Self { path, present, wrong: Mutex::default() })
    }

    /// The address with its signature by the first key.
    pub(crate) fn sign(&self, address: &str) -> String {
        self.present.read().unwrap_or_else(PoisonError::into_inner).sign(address)
    }

    /// Whether one of the present keys signed the address.
    pub(crate) fn signed(&self, address: &str) -> bool {
        self.present.read().unwrap_or_else(PoisonError::into_inner).signed(address)
    }

    /// Reads the file again; gives a line if something has changed, and with `all` in any case. What is wrong keeps the keys
    /// that there are, and is said once.
    pub(crate) fn reload(&self, all: bool) -> Option<Result<String, String>> {
        // A pipe has no keys any more, and to read it could take forever.
        if std::fs::metadata(&self.path).is_ok_and(|metadata| !metadata.is_file()) {
            return None;
        }
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        match Keys::read(&self.path) {
            Ok(keys) => {
                let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
                let has_changed = *present != keys;
                let is_new = has_changed || wrong.take().is_some() || all;
                *present = keys;
                let how = if has_changed { "read again" } else { "unchanged" };
                is_new.then(|| Ok(format!("{}, {how}", present.describe(&self.path))))
            }
            Err(what) => {
                let is_new = wrong.as_ref() != Some(&what) || all;
                *wrong = Some(what.clone());
                is_new.then(|| Err(format!("the earlier keys stay: {what}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_is_read_again_and_one_that_is_wrong_keeps_the_keys() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys");
        let write = |text: &str| std::fs::write(&path, text).expect("a file");
        write("a key of 16 bytes\n");
        let keys = KeyFile::read(path.clone()).expect("a key");
        let signed = keys.sign("/v1/a.png");
        assert!(keys.reload(false).is_none() && keys.reload(true).expect("a line").is_ok());
        write("secret\n");
        let refused = keys.reload(false).expect("a line").expect_err("it is too short");
        assert!(refused.contains("the earlier keys stay") && !refused.contains("secret"), "{refused}");
        assert!(keys.reload(false).is_none() && keys.signed(&signed), "it is said once");
        std::fs::remove_file(&path).expect("a file");
        assert!(keys.reload(false).expect("a line").is_err() && keys.signed(&signed));
        write("another key, of 27 bytes...\na key of 16 bytes\n");
        let line = keys.reload(false).expect("a line").expect("keys");
        assert!(line.ends_with("2 keys, read again"), "{line}");
        assert!(keys.signed(&signed) && keys.signed(&keys.sign("/v1/a.png")));
        assert_ne!(keys.sign("/v1/a.png"), signed);
        write("another key, of 27 bytes...\n");
        assert!(keys.reload(false).expect("a line").is_ok() && !keys.signed(&signed));
    }

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
