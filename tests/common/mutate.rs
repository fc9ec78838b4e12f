//! Seeded mutations of files: the same seed gives the same bytes.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What changes the meaning of text formats, and numbers at the limits of their types.
const WORDS: [&str; 32] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    ",",
    ":",
    "\n",
    "\\",
    "null",
    "true",
    "-1",
    "0",
    "65535",
    "65536",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "1e309",
    "-0.0",
    "1e-400",
    "\\u0000",
    "\\ud800",
    "\u{1b}[31m",
    "\u{feff}",
    "../",
    "[[layers]]\n",
    "= ",
    "'",
    "#",
    "\0",
];

/// Changes the files of a corpus.
pub(crate) struct Mutator {
    files: Vec<Vec<u8>>,
}

impl Mutator {
    pub(crate) fn new(files: Vec<Vec<u8>>) -> Self {
        Self { files }
    }

    /// The mutation with this seed: up to four changes of one file. Every other time the checksums of a picture, a
    /// journal or a manifest are made right, so that not all mutations end there.
    pub(crate) fn mutation(&self, seed: u64) -> Vec<u8> {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let below = |random: &mut ChaCha8Rng, end: usize| (random.next_u64() % end.max(1) as u64) as usize;
        let mut bytes = self.files[below(&mut random, self.files.len())].clone();
        for _ in 0..=below(&mut random, 4) {
            let at = below(&mut random, bytes.len());
            let end = (at + 1 + below(&mut random, 24)).min(bytes.len());
            match below(&mut random, 8) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << (random.next_u32() % 8),
                1 if !bytes.is_empty() => bytes[at] = random.next_u32() as u8,
                2 => drop(bytes.drain(at.min(end)..end)),
                3 => bytes.truncate(at),
                4 => {
                    let copy = bytes[at.min(end)..end].repeat(1 + below(&mut random, 40));
                    bytes.splice(at..at, copy);
                }
                5 => {
                    let other = &self.files[below(&mut random, self.files.len())];
                    let from = below(&mut random, other.len());
                    let to = (from + below(&mut random, 200)).min(other.len());
                    bytes.splice(at..end.max(at), other[from..to].iter().copied());
                }
                6 => {
                    // A number in place of another.
                    let start =
                        bytes[at..].iter().position(u8::is_ascii_digit).map_or(at, |start| at + start);
                    let digits = bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    let word = WORDS[11 + below(&mut random, 11)];
                    bytes.splice(start..start + digits, word.bytes());
                }
                _ => {
                    let word = WORDS[below(&mut random, WORDS.len())];
                    bytes.splice(at..at, word.bytes());
                }
            }
        }
        if seed.is_multiple_of(2) {
            mend_chunks(&mut bytes);
            mend_lines(&mut bytes);
            mend_manifest(&mut bytes);
        }
        bytes
    }
}

/// Makes the checksums of a PNG file right.
pub(crate) fn mend_chunks(bytes: &mut [u8]) {
    let mut at = 8;
    while bytes.starts_with(b"\x89PNG") && at + 12 <= bytes.len() {
        let length = u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize;
        let Some(end) = (at + 8).checked_add(length).filter(|end| end + 4 <= bytes.len()) else { return };
        let checksum = crc32fast::hash(&bytes[at + 4..end]);
        bytes[end..end + 4].copy_from_slice(&checksum.to_be_bytes());
        at = end + 4;
    }
}

/// Makes the checksums at the ends of a journal's lines right.
fn mend_lines(bytes: &mut [u8]) {
    if !bytes.starts_with(b"traitpress-journal/") {
        return;
    }
    for line in bytes.split_mut(|&byte| byte == b'\n') {
        let Some(end) = line.len().checked_sub(9) else { continue };
        let checksum = format!(" {:08x}", crc32fast::hash(&line[..end]));
        line[end..].copy_from_slice(checksum.as_bytes());
    }
}

/// Makes the digest in the last line of a manifest right.
fn mend_manifest(bytes: &mut Vec<u8>) {
    const KEY: &[u8] = b"\"manifest\": \"";
    let Some(at) = bytes.windows(KEY.len()).rposition(|window| window == KEY) else { return };
    let digest = blake3::hash(&bytes[..at]).to_hex();
    bytes.truncate(at + KEY.len());
    bytes.extend_from_slice(digest.as_bytes());
    bytes.extend_from_slice(b"\"\n}\n");
}
