//! Reads pictures of a pool in any order, and says how long each took.
//!
//!     cargo run --release --example pool -- drop.pool [PICTURES]

use std::path::Path;
use std::time::{Duration, Instant};

use traitpress::pool::Pool;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let path = arguments.next().ok_or("give a file that ends in .pool")?;
    let count = arguments.next().map_or(Ok(1000), |count| count.to_string_lossy().parse())?;
    run(path.as_ref(), count)
}

/// Reads `count` pictures of the pool at `path`.
pub(crate) fn run(path: &Path, count: u64) -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let pool = Pool::open_file(path)?;
    let editions = pool.editions()?;
    println!("{} items of {:?} pixels, opened in {:.1?}", pool.len(), pool.sizes(), start.elapsed());

    let (mut times, mut bytes): (Vec<Duration>, usize) = (Vec::new(), 0);
    // The multiples of the golden ratio, so that no two neighbours are read one after the other.
    for step in 0..count {
        let place = (step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % editions.len();
        let start = Instant::now();
        bytes += pool.picture(editions[place])?.len();
        times.push(start.elapsed());
    }
    println!("the first picture took {:.2?}", times[0]);
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!(
        "{count} pictures of {} KB: half within {:.2?}, 99 of 100 within {:.2?}, all within {:.2?}",
        bytes as u64 / count / 1000,
        at(0.5),
        at(0.99),
        at(1.0)
    );
    Ok(())
}
