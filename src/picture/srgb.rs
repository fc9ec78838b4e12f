//! Colours of an ICC profile, converted to sRGB.
//!
//! One file has one profile, so pictures of several profiles cannot be put on one canvas as they are: the same numbers are
//! different colours. `moxcms` does the arithmetic, in fixed point where it can. Its last digit may depend on the processor,
//! so what is promised to be the same everywhere begins with the converted pixels.

use std::fmt;
use std::sync::Arc;

use moxcms::{ColorProfile, Layout, Transform8BitExecutor, TransformOptions};

use crate::pixel::{Pixel, unpack};

/// Steps of each channel of the colours by which two profiles are compared.
const STEPS: u32 = 9;
/// Levels by which a channel may differ where two profiles mean the same.
const SAME: u8 = 1;
/// Levels by which a channel must differ, there and back, to be lost: rounding twice makes up to 3.
const LOST: u8 = 4;
/// Pixels that are converted at a time.
const AT_A_TIME: usize = 4096;

/// What a profile's numbers mean.
#[derive(Clone, Debug)]
pub(crate) enum Meaning {
    /// What sRGB's numbers mean, whatever the bytes of the profile.
    Srgb,
    /// Other colours.
    Other(ToSrgb),
}

/// The conversion from one profile to sRGB.
#[derive(Clone)]
pub(crate) struct ToSrgb {
    there: Arc<Transform8BitExecutor>,
    back: Arc<Transform8BitExecutor>,
}

impl fmt::Debug for ToSrgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToSrgb").finish_non_exhaustive()
    }
}

impl Meaning {
    /// The meaning of a profile for RGB.
    ///
    /// # Errors
    /// If the profile is damaged or of a kind that is not known.
    pub(crate) fn of(profile: &[u8]) -> Result<Self, String> {
        let profile = ColorProfile::new_from_slice(profile).map_err(|error| error.to_string())?;
        let srgb = ColorProfile::new_srgb();
        let between = |from: &ColorProfile, to: &ColorProfile| {
            from.create_transform_8bit(Layout::Rgba, to, Layout::Rgba, TransformOptions::default())
                .map_err(|error| error.to_string())
        };
        let conversion = ToSrgb { there: between(&profile, &srgb)?, back: between(&srgb, &profile)? };
        let level = |step: u32| step * 255 / (STEPS - 1);
        let colours: Vec<Pixel> = (0..STEPS.pow(3))
            .map(|n| {
                let [r, g, b] = [n % STEPS, n / STEPS % STEPS, n / STEPS / STEPS].map(level);
                0xff00_0000 | b << 16 | g << 8 | r
            })
            .collect();
        let mut converted = colours.clone();
        conversion.convert(&mut converted)?;
        let is_same = colours.iter().zip(&converted).all(|(&a, &b)| distance(a, b) <= SAME);
        Ok(if is_same { Self::Srgb } else { Self::Other(conversion) })
    }
}

impl ToSrgb {
    /// Converts straight pixels; alpha stays. Gives whether a visible colour is outside of what sRGB has, and was brought
    /// to its edge.
    ///
    /// # Errors
    /// If the conversion fails.
    pub(crate) fn convert(&self, pixels: &mut [Pixel]) -> Result<bool, String> {
        let mut is_lossy = false;
        let (mut converted, mut again) = (vec![0; AT_A_TIME], Vec::new());
        for pixels in pixels.chunks_mut(AT_A_TIME) {
            let to = &mut converted[..pixels.len()];
            transform(&self.there, pixels, to)?;
            for (to, from) in to.iter_mut().zip(&*pixels) {
                *to = if *from >> 24 == 0 { 0 } else { *to & 0x00ff_ffff | *from & 0xff00_0000 };
            }
            // What is cut off ends at an edge, so most pixels need no second look.
            let is_at_edge = |pixel: &Pixel| unpack(*pixel)[..3].iter().any(|level| matches!(level, 0 | 255));
            if !is_lossy && to.iter().any(|pixel| pixel >> 24 != 0 && is_at_edge(pixel)) {
                again.resize(to.len(), 0);
                transform(&self.back, to, &mut again)?;
                let visible = pixels.iter().zip(&again).filter(|(from, _)| *from >> 24 != 0);
                is_lossy = visible.into_iter().any(|(&from, &again)| distance(from, again) > LOST);
            }
            pixels.copy_from_slice(to);
        }
        Ok(is_lossy)
    }
}

fn transform(by: &Arc<Transform8BitExecutor>, from: &[Pixel], to: &mut [Pixel]) -> Result<(), String> {
    // Red first in memory, as pixels are on every machine of this kind.
    if cfg!(target_endian = "big") {
        let mut bytes: Vec<u8> = from.iter().flat_map(|pixel| pixel.to_le_bytes()).collect();
        let source = bytes.clone();
        by.transform(&source, &mut bytes).map_err(|error| error.to_string())?;
        to.iter_mut().zip(bytes.as_chunks::<4>().0).for_each(|(to, bytes)| *to = u32::from_le_bytes(*bytes));
        return Ok(());
    }
    by.transform(bytemuck::cast_slice(from), bytemuck::cast_slice_mut(to)).map_err(|error| error.to_string())
}

/// The largest difference of a channel, alpha apart.
fn distance(a: Pixel, b: Pixel) -> u8 {
    let (a, b) = (unpack(a), unpack(b));
    a.iter().zip(&b).take(3).map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixel::pack;

    fn other(profile: &ColorProfile) -> ToSrgb {
        match Meaning::of(&profile.encode().unwrap()).unwrap() {
            Meaning::Other(conversion) => conversion,
            Meaning::Srgb => panic!("it is not sRGB"),
        }
    }

    #[test]
    fn what_means_srgb_is_srgb_and_what_is_damaged_is_refused() {
        let srgb = ColorProfile::new_srgb().encode().unwrap();
        assert!(matches!(Meaning::of(&srgb), Ok(Meaning::Srgb)));
        // Other bytes, the same meaning.
        let mut renamed = ColorProfile::new_srgb();
        renamed.copyright = None;
        renamed.description = None;
        let renamed = renamed.encode().unwrap();
        assert_ne!(srgb, renamed);
        assert!(matches!(Meaning::of(&renamed), Ok(Meaning::Srgb)));
        for bytes in [&b""[..], b"no profile", &srgb[..100], &srgb[..srgb.len() / 2]] {
            assert!(Meaning::of(bytes).is_err(), "{} bytes", bytes.len());
        }
    }

    /// Vectors of the formulas of IEC 61966-2-1 and of the profiles' own matrices, computed in floating point.
    #[test]
    fn colours_are_those_of_the_formulas() {
        let p3 = other(&ColorProfile::new_display_p3());
        let near = |conversion: &ToSrgb, from: [u8; 4], to: [u8; 4]| {
            let mut pixels = [pack(from)];
            conversion.convert(&mut pixels).unwrap();
            assert!(distance(pixels[0], pack(to)) <= 1, "{from:?}: {:?}, not {to:?}", unpack(pixels[0]));
            assert_eq!(unpack(pixels[0])[3], from[3], "alpha stays");
        };
        near(&p3, [128, 128, 128, 255], [128, 128, 128, 255]);
        near(&p3, [255, 255, 255, 7], [255, 255, 255, 7]);
        near(&p3, [200, 100, 50, 255], [215, 93, 31, 255]);
        near(&p3, [230, 60, 40, 255], [250, 31, 14, 255]);
        near(&p3, [60, 160, 90, 99], [0, 163, 82, 99]);
        let adobe = other(&ColorProfile::new_adobe_rgb());
        near(&adobe, [128, 128, 128, 255], [129, 129, 129, 255]);
        near(&adobe, [150, 120, 90, 255], [162, 121, 88, 255]);
        near(&adobe, [200, 100, 50, 255], [227, 100, 42, 255]);
    }

    #[test]
    fn a_colour_outside_of_srgb_is_a_loss_only_if_it_is_visible() {
        let p3 = other(&ColorProfile::new_display_p3());
        let lossy = |pixel: [u8; 4]| p3.convert(&mut [pack(pixel); 9000]).unwrap();
        assert!(lossy([0, 255, 0, 255]) && lossy([0, 255, 0, 1]) && lossy([255, 0, 0, 255]));
        assert!(
            !lossy([0, 0, 0, 0])
                && !lossy([128, 120, 110, 255])
                && !lossy([0, 0, 0, 255])
                && !lossy([255; 4])
        );
        let mut clear = [pack([0, 255, 0, 0])];
        assert_eq!((p3.convert(&mut clear).unwrap(), clear), (false, [0]), "invisible pixels are 0");
    }
}
