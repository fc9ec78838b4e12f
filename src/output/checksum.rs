//! A number that equal pictures share, read from a few bytes of a file where its format allows that.

use std::io::{self, Read, Seek};

use crate::picture::PictureFormat;
use crate::png::data_checksum;

/// The checksum of a picture: that of its pixels in a PNG file, else that of the file, which is the same for the same pixels
/// because one encoder made all. `None` if the file is none of the format.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn picture_checksum(
    format: PictureFormat,
    file: &mut (impl Read + Seek),
) -> io::Result<Option<u32>> {
    if format.is_png() {
        return data_checksum(file);
    }
    let (mut hasher, mut piece) = (crc32fast::Hasher::new(), [0; 1 << 12]);
    loop {
        match file.read(&mut piece) {
            Ok(0) => return Ok(Some(hasher.finalize())),
            Ok(bytes) => hasher.update(&piece[..bytes]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
