//! Whether a picture file holds more frames than the one that is used.
//!
//! Collections are still pictures, and a decoder gives the first frame without a word. So the frames are counted here, from
//! the file's structure alone: no frame is decoded.

use std::io::Cursor;

use image::ImageFormat;

/// The number of frames of an animated picture; `None` for a still one, and for a file whose structure is broken before
/// its second frame.
pub(super) fn frames(format: ImageFormat, file: &[u8]) -> Option<u64> {
    let frames = match format {
        ImageFormat::Gif => gif(file),
        ImageFormat::Png => png(file),
        ImageFormat::WebP => webp(file),
        _ => None,
    };
    frames.filter(|&frames| frames > 1)
}

fn gif(file: &[u8]) -> Option<u64> {
    let mut options = gif::DecodeOptions::new();
    options.skip_frame_decoding(true);
    let mut decoder = options.read_info(file).ok()?;
    let mut frames = 0;
    while let Ok(Some(_)) = decoder.next_frame_info() {
        frames += 1;
    }
    Some(frames)
}

/// What the acTL chunk of an APNG says, which is in front of the pixels (PNG specification, third edition, 11.3.6.1).
fn png(file: &[u8]) -> Option<u64> {
    let reader = png::Decoder::new(Cursor::new(file)).read_info().ok()?;
    reader.info().animation_control.map(|control| control.num_frames.into())
}

/// The number of ANMF chunks (RFC 9649, section 2.7).
fn webp(file: &[u8]) -> Option<u64> {
    let mut rest = file.get(12..)?;
    let mut frames = 0;
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let [name @ .., a, b, c, d] = *head;
        frames += u64::from(name == *b"ANMF");
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        // Chunks are padded to whole pairs of bytes.
        rest = body.get(length.saturating_add(length % 2)..).unwrap_or_default();
    }
    Some(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gif_of(frames: u8) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = gif::Encoder::new(&mut file, 2, 2, &[0, 0, 0, 255, 0, 0]).unwrap();
        for frame in 0..frames {
            encoder.write_frame(&gif::Frame::from_indexed_pixels(2, 2, vec![frame % 2; 4], None)).unwrap();
        }
        drop(encoder);
        file
    }

    fn png_of(frames: u32) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 1, 1);
        encoder.set_color(png::ColorType::Rgba);
        if frames > 0 {
            encoder.set_animated(frames, 0).unwrap();
        }
        let mut writer = encoder.write_header().unwrap();
        (0..frames.max(1)).for_each(|_| writer.write_image_data(&[9; 4]).unwrap());
        writer.finish().unwrap();
        file
    }

    fn webp_of(chunks: &[(&[u8; 4], usize)]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
        for &(name, length) in chunks {
            file.extend_from_slice(name);
            file.extend_from_slice(&(length as u32).to_le_bytes());
            file.resize(file.len() + length + length % 2, 7);
        }
        file
    }

    #[test]
    fn frames_are_counted_and_one_is_no_animation() {
        assert_eq!(
            [0, 1, 2, 7].map(|n| frames(ImageFormat::Gif, &gif_of(n))),
            [None, None, Some(2), Some(7)]
        );
        assert_eq!(
            [0, 1, 2, 3].map(|n| frames(ImageFormat::Png, &png_of(n))),
            [None, None, Some(2), Some(3)]
        );
        let (anim, one, odd) = ((b"ANIM", 6), (b"ANMF", 24), (b"ANMF", 17));
        assert_eq!(frames(ImageFormat::WebP, &webp_of(&[(b"VP8 ", 10)])), None);
        assert_eq!(frames(ImageFormat::WebP, &webp_of(&[anim, one])), None);
        assert_eq!(frames(ImageFormat::WebP, &webp_of(&[anim, odd, one, one])), Some(3));
    }

    #[test]
    fn broken_structures_are_no_animation_and_no_panic() {
        for format in [ImageFormat::Gif, ImageFormat::Png, ImageFormat::WebP] {
            let whole = match format {
                ImageFormat::Gif => gif_of(2),
                ImageFormat::Png => png_of(2),
                _ => webp_of(&[(b"ANMF", 20), (b"ANMF", usize::from(u16::MAX))]),
            };
            for length in 0..whole.len().min(60) {
                let found = frames(format, &whole[..length]);
                assert!(found.is_none_or(|frames| frames == 2), "{format:?} {length}: {found:?}");
            }
        }
        let mut endless = webp_of(&[(b"ANMF", 4)]);
        endless.extend_from_slice(b"ANMF\xff\xff\xff\xff");
        assert_eq!(frames(ImageFormat::WebP, &endless), Some(2));
    }
}
