//! What an afternoon in Rust gives: every picture composited whole, source-over, and encoded by itself, on all cores.
//!
//!     afternoon WORK.json FOLDER THREADS
use std::time::Instant;
use std::{collections::HashMap, env, fs, path::Path};

use image::RgbaImage;
use rayon::prelude::*;

#[derive(serde::Deserialize)]
struct Work {
    items: Vec<Vec<String>>,
}

/// Straight source-over in integers; most pixels of a layer are empty or opaque.
fn draw(below: &mut RgbaImage, above: &RgbaImage) {
    for (to, from) in below.chunks_exact_mut(4).zip(above.chunks_exact(4)) {
        match u32::from(from[3]) {
            0 => {}
            255 => to.copy_from_slice(from),
            alpha => {
                let rest = u32::from(to[3]) * (255 - alpha);
                let all = alpha * 255 + rest;
                for (to, from) in to.iter_mut().zip(from).take(3) {
                    *to = ((u32::from(*from) * alpha * 255 + u32::from(*to) * rest + all / 2) / all) as u8;
                }
                to[3] = ((all + 127) / 255) as u8;
            }
        }
    }
}

fn encode(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().expect("write a header");
    writer.write_image_data(picture).expect("write pixels");
    writer.finish().expect("write the end");
    bytes
}

fn main() {
    let arguments: Vec<String> = env::args().collect();
    let threads = arguments[3].parse().expect("a number of threads");
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().expect("make threads");
    let text = fs::read(&arguments[1]).expect("read the work");
    let work: Work = serde_json::from_slice(&text).expect("the work is JSON");
    let mut paths: Vec<&String> = work.items.iter().flatten().collect();
    paths.sort();
    paths.dedup();
    let art: HashMap<&String, RgbaImage> = paths
        .into_par_iter()
        .map(|path| (path, image::open(path).expect("decode a layer").into_rgba8()))
        .collect();
    let start = Instant::now();
    work.items.par_iter().enumerate().for_each(|(index, layers)| {
        let mut picture = art[&layers[0]].clone();
        layers[1..].iter().for_each(|layer| draw(&mut picture, &art[layer]));
        let path = Path::new(&arguments[2]).join(format!("{}.png", index + 1));
        fs::write(path, encode(&picture)).expect("write a picture");
    });
    println!("pressing {}", start.elapsed().as_secs_f64());
}
